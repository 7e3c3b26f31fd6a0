//! A scanner on the network that types what a script says, with what goes wrong on real lines.
//!
//! It connects to a terminal (`mtm scan --source tcp-listen:…`), sends each code and waits for its answer, as a
//! person does who listens for the beep. Lines arrive in parts of any size. By a seed, some are garbled on the way, some
//! labels are read twice, and some connections end in the middle of a code; what was not taken is scanned again.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What goes wrong, each with one code of so many; never for 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// The same seed has the same codes meet the same faults.
    pub seed: u64,
    /// A byte that no code holds is put into it.
    pub garble: u32,
    /// The label is read twice, and both arrive at once.
    pub twice: u32,
    /// The connection ends in the middle of it.
    pub cut: u32,
}

/// What became of a script.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    /// Codes of the script that were taken.
    pub taken: u64,
    /// Codes that were garbled on the way, each scanned again.
    pub garbled: u64,
    /// Labels that were read twice.
    pub twice: u64,
    /// Connections that ended in the middle of a code.
    pub cut: u64,
}

/// Types every code of `codes` at the terminal at `address`. Fails where it cannot be reached, does not answer
/// within half a minute, or answers other than it should; `said` hears each answer.
pub fn type_codes(
    address: SocketAddr,
    codes: impl IntoIterator<Item = String>,
    faults: Faults,
    mut said: impl FnMut(&str, &str),
) -> io::Result<Account> {
    let mut dice = ChaCha8Rng::seed_from_u64(faults.seed);
    let mut line = Line::connect(address)?;
    let mut account = Account::default();
    for code in codes {
        let whole = format!("{code}\r\n").into_bytes();
        if meets(&mut dice, faults.garble) {
            account.garbled += 1;
            let mut garbled = whole.clone();
            garbled.insert(dice.random_range(0..=code.len()), 0);
            line.send(&garbled, &mut dice)?;
            let answer = line.answer()?;
            said(&code, &answer);
            expect(&code, &answer, "NO garbled")?;
        }
        if meets(&mut dice, faults.cut) {
            account.cut += 1;
            line.send(&whole[..dice.random_range(1..=code.len().max(1))], &mut dice)?;
            line = Line::connect(address)?;
        }
        line.send(&whole, &mut dice)?;
        let twice = meets(&mut dice, faults.twice);
        if twice {
            account.twice += 1;
            line.send(&whole, &mut dice)?;
        }
        let answer = line.answer()?;
        said(&code, &answer);
        expect(&code, &answer, "OK ")?;
        account.taken += 1;
        if twice {
            let answer = line.answer()?;
            said(&code, &answer);
            expect(&code, &answer, "NO again")?;
        }
    }
    Ok(account)
}

fn meets(dice: &mut ChaCha8Rng, one_of: u32) -> bool {
    one_of > 0 && dice.random_range(0..one_of) == 0
}

fn expect(code: &str, answer: &str, begins: &str) -> io::Result<()> {
    if answer.starts_with(begins) {
        return Ok(());
    }
    let message = format!("{code:?} was answered {answer:?}, which does not begin with {begins:?}");
    Err(io::Error::new(io::ErrorKind::InvalidData, message))
}

/// A connection to a terminal.
struct Line {
    stream: TcpStream,
    answers: BufReader<TcpStream>,
}

impl Line {
    fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let answers = BufReader::new(stream.try_clone()?);
        Ok(Self { stream, answers })
    }

    /// Sends bytes in parts of any size.
    fn send(&mut self, mut bytes: &[u8], dice: &mut ChaCha8Rng) -> io::Result<()> {
        while !bytes.is_empty() {
            let (part, rest) = bytes.split_at(dice.random_range(1..=bytes.len()));
            self.stream.write_all(part)?;
            bytes = rest;
        }
        Ok(())
    }

    fn answer(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the terminal closed the connection",
            ));
        }
        Ok(line.trim_end().to_owned())
    }
}

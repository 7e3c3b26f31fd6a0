//! A device and whoever takes its scans: opened, listened to, opened again.

use std::time::{Duration, Instant};

use super::debounce::Debounce;
use super::error::Lost;
use super::framer::{Framer, Framing, Garble, Piece};

/// Longest wait for bytes before it is looked whether everything ends.
const TICK: Duration = Duration::from_millis(50);

/// First and longest pause between two attempts to open a device.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// A device that can be opened, and opened again.
pub trait Device: Send {
    /// What people know it by.
    fn name(&self) -> &str;

    /// Opens it.
    fn open(&mut self) -> Result<Box<dyn Line>, Lost>;
}

/// An open device: bytes come and go.
pub trait Line: Send {
    /// Waits for bytes, at most so long, and puts them into `room`; how many came. None is silence.
    fn hear(&mut self, room: &mut [u8], wait: Duration) -> Result<usize, Lost>;

    /// Sends bytes; a device that takes none ignores them. Where this fails, the line is still listened to.
    fn say(&mut self, bytes: &[u8]) -> Result<(), Lost>;
}

/// What holds for every scan of a device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// Where scans begin and end.
    pub framing: Framing,
    /// The same code within this time is no new scan.
    pub debounce: Duration,
    /// What the device is answered.
    pub replies: Replies,
}

/// What a device is answered to each scan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Replies {
    /// Nothing.
    #[default]
    Nothing,
    /// A line: `OK` and the number of the scan, or `NO` and why not.
    Lines,
    /// These bytes: what makes it beep or shine.
    Bytes {
        /// To a scan that was taken.
        taken: Vec<u8>,
        /// To one that was not.
        refused: Vec<u8>,
    },
}

/// Something that a device brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'h> {
    /// A whole scan.
    Scan(&'h str),
    /// The scan before, seen once more within this time.
    Again(&'h str, Duration),
    /// Bytes that are no whole scan.
    Garbled(&'h Garble),
    /// It cannot be used; told once until it is back.
    Away(&'h Lost),
    /// It is open, for the first time or again.
    Ready,
}

/// What became of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It cannot be lost any more; its number.
    Taken(u64),
    /// It was not taken: why, in a word.
    Refused(&'static str),
}

/// Whoever takes scans. Several devices may speak to it at once.
pub trait Taker: Sync {
    /// Hears what a device brought about. The device waits for the answer.
    fn hear(&self, source: &str, heard: Heard<'_>) -> Verdict;

    /// Whether no more is taken, and every device is let go.
    fn ends(&self) -> bool;
}

/// Listens to a device until the taker ends; opens it again, ever less often, while it is away.
pub fn attend(device: &mut dyn Device, rules: &Rules, taker: &dyn Taker) {
    let name = device.name().to_owned();
    // A scanner whose answer got lost with the line sends the scan again on the next one.
    let mut debounce = Debounce::new(rules.debounce);
    let mut pause = PAUSES.0;
    let mut away = false;
    while !taker.ends() {
        let lost = match device.open() {
            Ok(mut line) => {
                taker.hear(&name, Heard::Ready);
                away = false;
                let mut heard = false;
                let ended = pump(&mut *line, &name, (rules, &mut debounce), taker, &mut heard);
                if heard {
                    pause = PAUSES.0;
                }
                match ended {
                    Ok(()) => return,
                    Err(lost) => lost,
                }
            }
            Err(lost) => lost,
        };
        if !away {
            taker.hear(&name, Heard::Away(&lost));
            away = true;
        }
        rest(pause, taker);
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Pauses, and looks often whether everything ends.
fn rest(pause: Duration, taker: &dyn Taker) {
    let until = Instant::now() + pause;
    while !taker.ends() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        std::thread::sleep(left.min(TICK));
    }
}

/// Hands over what an open line brings, until the taker ends or the line is lost. `heard` says whether
/// anything came. What is half scanned then is told as garbled.
pub(super) fn pump(
    line: &mut dyn Line,
    name: &str,
    (rules, debounce): (&Rules, &mut Debounce),
    taker: &dyn Taker,
    heard: &mut bool,
) -> Result<(), Lost> {
    let mut framer = Framer::new(rules.framing.clone());
    let mut silence = Duration::ZERO;
    let mut room = [0_u8; 4096];
    let mut pieces = Vec::new();
    // A device that takes no answer has no less scanned: only answers end then, so that it is not waited for again.
    let mut answers = true;
    let ended = loop {
        if taker.ends() {
            break Ok(());
        }
        let quiet = rules.framing.quiet;
        let wait = if framer.is_open() { TICK.min(quiet) } else { TICK };
        // Only waiting in vain is silence: a program that was held up has bytes to read.
        match line.hear(&mut room, wait) {
            Ok(0) => {
                silence += wait;
                if framer.is_open() && silence >= quiet {
                    framer.quiet(&mut pieces);
                }
            }
            Ok(count) => {
                *heard = true;
                silence = Duration::ZERO;
                framer.push(&room[..count], &mut pieces);
            }
            Err(lost) => break Err(lost),
        }
        let at = Instant::now();
        for piece in pieces.drain(..) {
            let verdict = hand_over(&piece, name, (rules, &mut *debounce, at), taker);
            answers = answers && answer(line, &rules.replies, &verdict).is_ok();
        }
    };
    framer.cut(&mut pieces);
    for piece in pieces {
        hand_over(&piece, name, (rules, &mut *debounce, Instant::now()), taker);
    }
    ended
}

/// Tells the taker of a piece that came at that moment.
fn hand_over(
    piece: &Piece,
    name: &str,
    (rules, debounce, at): (&Rules, &mut Debounce, Instant),
    taker: &dyn Taker,
) -> Verdict {
    match piece {
        Piece::Frame(code) if debounce.again(code, at) => {
            taker.hear(name, Heard::Again(code, rules.debounce))
        }
        Piece::Frame(code) => taker.hear(name, Heard::Scan(code)),
        Piece::Garbled(garble) => taker.hear(name, Heard::Garbled(garble)),
    }
}

fn answer(line: &mut dyn Line, replies: &Replies, verdict: &Verdict) -> Result<(), Lost> {
    match (replies, verdict) {
        (Replies::Nothing, _) => Ok(()),
        (Replies::Lines, Verdict::Taken(n)) => line.say(format!("OK {n}\r\n").as_bytes()),
        (Replies::Lines, Verdict::Refused(why)) => line.say(format!("NO {why}\r\n").as_bytes()),
        (Replies::Bytes { taken, .. }, Verdict::Taken(_)) => line.say(taken),
        (Replies::Bytes { refused, .. }, Verdict::Refused(_)) => line.say(refused),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::scanner::error::Loss;

    /// A line that brings these bytes, one part at a time, takes no answer, and is lost at the end.
    struct Deaf {
        parts: Vec<&'static [u8]>,
        asked: usize,
    }

    impl Line for Deaf {
        fn hear(&mut self, room: &mut [u8], _: Duration) -> Result<usize, Lost> {
            if self.parts.is_empty() {
                return Err(Lost::new(Loss::Away, "pulled out"));
            }
            let part = self.parts.remove(0);
            room[..part.len()].copy_from_slice(part);
            Ok(part.len())
        }

        fn say(&mut self, _: &[u8]) -> Result<(), Lost> {
            self.asked += 1;
            Err(Lost::new(Loss::Away, "it takes nothing"))
        }
    }

    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>);

    impl Taker for Notes {
        fn hear(&self, _: &str, heard: Heard<'_>) -> Verdict {
            self.0.lock().unwrap().push(match heard {
                Heard::Scan(code) => code.to_owned(),
                Heard::Again(code, _) => format!("again {code}"),
                other => format!("{other:?}").chars().take(7).collect(),
            });
            Verdict::Taken(1)
        }

        fn ends(&self) -> bool {
            false
        }
    }

    #[test]
    fn a_device_that_takes_no_answers_loses_no_scan_and_what_it_sends_again_is_told() {
        let within = Duration::from_secs(600);
        let rules = Rules { debounce: within, replies: Replies::Lines, ..Rules::default() };
        let (notes, mut debounce) = (Notes::default(), Debounce::new(within));
        let mut listen = |parts: &[&'static [u8]]| {
            let mut line = Deaf { parts: parts.to_vec(), asked: 0 };
            let lost = pump(&mut line, "x", (&rules, &mut debounce), &notes, &mut false);
            assert_eq!(lost.unwrap_err().message, "pulled out");
            assert_eq!(line.asked, 1);
        };
        listen(&[b"A\rB\r", b"C\r", b"D"]);
        listen(&[b"C\r", b"D\r"]);
        let told = notes.0.into_inner().unwrap();
        assert_eq!(told, ["A", "B", "C", "Garbled", "again C", "D"]);
    }
}

//! Input that nobody thought of, for everything that reads what others send.
//!
//! [`Fuzz`] starts from texts that a reader takes, and makes others of them: bits turned over, pieces
//! cut out, doubled, moved from one to another, and words of the reader's own language put in. What makes a reader say
//! something that it has not said yet is kept and changed further, so that its depths are reached without looking into
//! its code: the libraries that do look want a compiler of tomorrow.
//!
//! Kept is a promise: a reader neither panics nor hangs, and what it makes of its input is not much larger than that.
//! What else holds, the test says itself. What breaks the promise is told with its seed and as hexadecimal digits, and
//! tried alone by `MTM_FUZZ_INPUT`.
//!
//! [`SIZE`] says how many inputs each reader is given; a test command gives each some thousands, and
//! `cargo xtask proof fuzz` gives them ten million.

mod mutate;
mod watch;

use std::any::Any;
use std::collections::HashSet;
use std::env;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;

use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::proof::{evidence, number};
use watch::Watch;

/// Names the variable that says how many inputs each reader is given.
pub const SIZE: &str = "MTM_FUZZ";
/// Names the variable that holds one input, as hexadecimal digits, to be tried instead.
pub const INPUT: &str = "MTM_FUZZ_INPUT";

/// Inputs for each reader where nobody says how many.
const FEW: u64 = 4_000;
/// Where nobody says a seed: the test command tries the same every time.
const SEED: u64 = 1;
/// Most inputs of a kind that are kept because something new was said of them, and most bytes of one.
const MOST_KEPT: usize = 256;
const LONGEST: usize = 16 * 1024;
/// How often an input is blown up, and to how many bytes: a reader that takes time by the square of its input hangs.
const LARGE_EVERY: u64 = 997;
const LARGE: usize = 256 * 1024;
/// Bytes that a reader may make of an empty input: an error in words.
const LEAST_ROOM: usize = 16 * 1024;

/// What a reader said of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It can be used; so many bytes were made of it.
    Taken(usize),
    /// It cannot, and why.
    Refused(String),
}

impl Said {
    /// A result, with the size of what was made.
    pub fn of<T, E: ToString>(result: &Result<T, E>, size: impl FnOnce(&T) -> usize) -> Self {
        match result {
            Ok(made) => Self::Taken(size(made)),
            Err(error) => Self::Refused(error.to_string()),
        }
    }

    /// What is new about it: the words of a refusal without numbers and quoted input.
    fn kind(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        match self {
            // Twice as much is something else.
            Self::Taken(size) => size.checked_ilog2().hash(&mut hasher),
            Self::Refused(why) => {
                let words = why.split(|it: char| !it.is_ascii_alphabetic());
                words.filter(|word| word.len() > 2).take(12).for_each(|it| it.hash(&mut hasher));
            }
        }
        hasher.finish()
    }

    fn size(&self) -> usize {
        match self {
            Self::Taken(size) => *size,
            Self::Refused(why) => why.len(),
        }
    }
}

/// Inputs of which something new was said.
#[derive(Debug, Default)]
struct Kept {
    taken: Vec<Vec<u8>>,
    refused: Vec<Vec<u8>>,
}

impl Kept {
    fn keep(&mut self, random: &mut ChaCha8Rng, input: Vec<u8>, is_taken: bool) {
        let list = if is_taken { &mut self.taken } else { &mut self.refused };
        if list.len() < MOST_KEPT {
            list.push(input);
        } else {
            list[random.random_range(0..MOST_KEPT)] = input;
        }
    }

    /// What the next input is made of: a seed as often as not, because what was refused is mostly refused again.
    fn choose<'k>(&'k self, random: &mut ChaCha8Rng, seeds: &'k [Vec<u8>]) -> &'k [u8] {
        let kept = match random.random_range(0..8) {
            0 => &self.refused,
            1..4 => &self.taken,
            _ => seeds,
        };
        kept.choose(random).or_else(|| seeds.choose(random)).map_or(&[], Vec::as_slice)
    }
}

/// One reader, and what it is given.
#[derive(Debug, Clone)]
pub struct Fuzz {
    reader: &'static str,
    seeds: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
    growth: usize,
    share: u64,
    longest: usize,
    large: usize,
}

impl Fuzz {
    /// A reader, by the name under which it is told, and inputs that it takes.
    pub fn new<S: AsRef<[u8]>>(reader: &'static str, seeds: impl IntoIterator<Item = S>) -> Self {
        let seeds = seeds.into_iter().map(|it| it.as_ref().to_vec()).collect();
        let (longest, large) = (LONGEST, LARGE);
        Self { reader, seeds, words: Vec::new(), growth: 64, share: 1, longest, large }
    }

    /// Words of its language.
    pub fn words<W: AsRef<[u8]>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.words.extend(words.into_iter().map(|it| it.as_ref().to_vec()));
        self
    }

    /// How many bytes it may make of one at most.
    pub fn growth(mut self, growth: usize) -> Self {
        self.growth = growth;
        self
    }

    /// It is slow, and given one of so many inputs that others are given.
    pub fn share(mut self, share: u64) -> Self {
        self.share = share;
        self
    }

    /// The most bytes of an input, and of one that is blown up.
    pub fn longest(mut self, longest: usize, large: usize) -> Self {
        (self.longest, self.large) = (longest, large);
        self
    }

    /// Gives the reader its inputs. It fails the test where the promise is broken, or where everything was taken, or
    /// nothing: then it tried less than it says.
    ///
    /// # Panics
    ///
    /// That is how a test fails.
    pub fn run(&self, mut read: impl FnMut(&[u8]) -> Said) {
        let watch = Watch::new(self.reader);
        if let Some(input) = alone() {
            let said = self.give(&watch, &input, "the input that was asked for", &mut read);
            println!("{}: {said:?}", self.reader);
            return;
        }
        let seed = number("MTM_SEED", SEED);
        let mut random = ChaCha8Rng::seed_from_u64(seed ^ hash(self.reader));
        let mut kept = Kept::default();
        let mut known = HashSet::new();
        let (mut taken, mut refused) = (0_u64, 0_u64);
        let started = Instant::now();
        let size = (number(SIZE, FEW) / self.share).max(1);
        for number in 0..size {
            // Seeds first as they are: the reader takes them.
            let first = usize::try_from(number).ok().and_then(|it| self.seeds.get(it));
            let input = first.cloned().unwrap_or_else(|| {
                let start = kept.choose(&mut random, &self.seeds).to_vec();
                let input =
                    mutate::input(&mut random, start, &self.seeds, &self.words, self.longest);
                let is_large = number % LARGE_EVERY == LARGE_EVERY - 1;
                if is_large { mutate::large(&mut random, input, self.large) } else { input }
            });
            let whence = format!("input {number} of seed {seed}");
            let said = self.give(&watch, &input, &whence, &mut read);
            match &said {
                Said::Taken(_) => taken += 1,
                Said::Refused(why) => {
                    assert!(first.is_none(), "{}: a seed is refused: {why}", self.reader);
                    refused += 1;
                }
            }
            let is_new = known.insert(said.kind()) && first.is_none();
            if is_new && input.len() <= self.longest {
                kept.keep(&mut random, input, matches!(said, Said::Taken(_)));
            }
        }
        let reader = self.reader;
        assert!(taken > 0 && refused > 0, "{reader}: {taken} taken, {refused} refused");
        evidence(format_args!(
            "{reader}: {size} inputs, {taken} taken, {refused} refused, {} ways, {:.0} s",
            known.len(),
            started.elapsed().as_secs_f64()
        ));
    }

    fn give(
        &self,
        watch: &Watch,
        input: &[u8],
        whence: &str,
        read: &mut impl FnMut(&[u8]) -> Said,
    ) -> Said {
        watch.begin(input, whence);
        let said = catch_unwind(AssertUnwindSafe(|| {
            let said = read(input);
            let (size, room) = (said.size(), LEAST_ROOM + input.len() * self.growth);
            assert!(size <= room, "{size} bytes were made of {}", input.len());
            said
        }));
        watch.end();
        said.unwrap_or_else(|panic| self.fail(input, whence, panic))
    }

    fn fail(&self, input: &[u8], whence: &str, panic: Box<dyn Any + Send>) -> ! {
        eprintln!("{}: {whence} failed; try it alone by {INPUT}={}", self.reader, hex(input));
        resume_unwind(panic)
    }
}

/// The input that somebody asked for.
#[expect(clippy::panic, reason = "another input than the one asked for would be a false record")]
fn alone() -> Option<Vec<u8>> {
    let text = env::var(INPUT).ok()?;
    let digits = |at: usize| text.get(at..at + 2).and_then(|it| u8::from_str_radix(it, 16).ok());
    let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(digits).collect();
    Some(bytes.unwrap_or_else(|| panic!("{INPUT} holds something else than pairs of digits")))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;

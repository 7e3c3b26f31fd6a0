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

    /// Sends bytes; a device that takes none ignores them.
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
    let mut pause = PAUSES.0;
    let mut away = false;
    while !taker.ends() {
        let lost = match device.open() {
            Ok(mut line) => {
                taker.hear(&name, Heard::Ready);
                away = false;
                let mut heard = false;
                let ended = pump(&mut *line, &name, rules, taker, &mut heard);
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
/// anything came.
pub(super) fn pump(
    line: &mut dyn Line,
    name: &str,
    rules: &Rules,
    taker: &dyn Taker,
    heard: &mut bool,
) -> Result<(), Lost> {
    let mut framer = Framer::new(rules.framing.clone());
    let mut debounce = Debounce::new(rules.debounce);
    let mut silence = Duration::ZERO;
    let mut room = [0_u8; 4096];
    let mut pieces = Vec::new();
    while !taker.ends() {
        let quiet = rules.framing.quiet;
        let wait = if framer.is_open() { TICK.min(quiet) } else { TICK };
        // Only waiting in vain is silence: a program that was held up has bytes to read.
        let mut lost = match line.hear(&mut room, wait) {
            Ok(0) => {
                silence += wait;
                if framer.is_open() && silence >= quiet {
                    framer.quiet(&mut pieces);
                }
                None
            }
            Ok(count) => {
                *heard = true;
                silence = Duration::ZERO;
                framer.push(&room[..count], &mut pieces);
                None
            }
            Err(lost) => {
                framer.cut(&mut pieces);
                Some(lost)
            }
        };
        let at = Instant::now();
        for piece in pieces.drain(..) {
            let verdict = match &piece {
                Piece::Frame(code) if debounce.again(code, at) => {
                    taker.hear(name, Heard::Again(code, rules.debounce))
                }
                Piece::Frame(code) => taker.hear(name, Heard::Scan(code)),
                Piece::Garbled(garble) => taker.hear(name, Heard::Garbled(garble)),
            };
            // A device that takes no answer has no less scanned.
            if lost.is_none() {
                lost = answer(line, &rules.replies, &verdict).err();
            }
        }
        if let Some(lost) = lost {
            return Err(lost);
        }
    }
    Ok(())
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

//! Asking a scale, and waiting until what lies on it stands still.
//!
//! A line says what was weighed when it was sent. So one of a scale that weighs on by itself is opened anew for each
//! weighing: on one that stayed open lines of long ago wait to be read.

use std::time::{Duration, Instant};

use super::mass::Mass;
use super::protocol::{Protocol, Reading};
use crate::scanner::{Device, Framer, Framing, Line, Lost, Piece, Source};

/// Most bytes of a line of a scale.
const LONGEST: usize = 128;

/// Longest wait for bytes before it is looked whether the time is over.
const TICK: Duration = Duration::from_millis(50);

/// Most reads of what a scale said before it was asked; one that says more than that talks on by itself.
const STALE: u32 = 100;

/// For so long what a line that was just opened brings may be of before.
const SETTLE: Duration = Duration::from_millis(50);

/// How a scale is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// How it speaks.
    pub protocol: Protocol,
    /// What is sent to it; nothing to one that weighs on by itself.
    pub question: Vec<u8>,
    /// Longest wait for a weight that stands still.
    pub patience: Duration,
}

/// Why there is no weight.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The scale cannot be used now.
    #[error("the scale cannot be used: {0}")]
    Lost(#[from] Lost),
    /// What lies there did not stand still.
    #[error("the weight does not stand still")]
    Moving,
    /// More than the scale can weigh.
    #[error("more lies on the scale than it can weigh")]
    TooMuch,
    /// Less than nothing lies there.
    #[error("the scale shows less than nothing")]
    TooLittle,
    /// It answers in another language.
    #[error("the scale does not understand the question")]
    NotUnderstood,
    /// Nothing that says a weight came.
    #[error("the scale says no weight")]
    Silent,
}

impl Trouble {
    /// Stable machine-readable name of the cause.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Lost(lost) => lost.code(),
            Self::Moving => "weight_moves",
            Self::TooMuch | Self::TooLittle => "weight_out_of_range",
            Self::NotUnderstood | Self::Silent => "scale_silent",
        }
    }

    /// What a person can do about it.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Lost(lost) => lost.next_step(),
            Self::Moving => "Wait until it stands still, then ask again.",
            Self::TooMuch => "Take some off, or use another scale.",
            Self::TooLittle => "Set the empty scale to zero, then ask again.",
            Self::NotUnderstood | Self::Silent => {
                "Check scale.protocol and the settings of its interface against the manual of the scale."
            }
        }
    }
}

/// A scale, opened when it is asked, and kept open where it speaks only then.
pub struct Scale {
    device: Box<dyn Device>,
    line: Option<Box<dyn Line>>,
    ask: Ask,
}

impl Scale {
    /// The scale at `source`; `None` where that is no device that is opened.
    pub fn new(source: &Source, ask: Ask) -> Option<Self> {
        Some(Self { device: source.device()?, line: None, ask })
    }

    /// What people know it by.
    pub fn name(&self) -> &str {
        self.device.name()
    }

    /// The weight that lies there now and stands still.
    pub fn weigh(&mut self) -> Result<Mass, Trouble> {
        let mut line = match self.line.take() {
            Some(line) => line,
            None => self.device.open()?,
        };
        let asks = !self.ask.question.is_empty();
        let answer = match listen(&mut *line, &self.ask) {
            // One that was switched off since is opened again, once.
            Err(Trouble::Lost(_)) => {
                line = self.device.open()?;
                listen(&mut *line, &self.ask)
            }
            answer => answer,
        };
        if asks && !matches!(answer, Err(Trouble::Lost(_) | Trouble::Silent)) {
            self.line = Some(line);
        }
        answer
    }
}

/// Lets go of what was said before the question: it is of a weight that may not lie there any more.
fn drain(line: &mut dyn Line, room: &mut [u8]) -> Result<(), Trouble> {
    for _ in 0..STALE {
        if line.hear(room, Duration::from_millis(1))? == 0 {
            return Ok(());
        }
    }
    // It talks on: nobody can tell the answer from what was said before.
    Err(Trouble::Silent)
}

/// Lets go of what comes at once when the line was opened: a converter on the way may have kept it.
fn settle(line: &mut dyn Line, room: &mut [u8]) -> Result<(), Trouble> {
    let until = Instant::now() + SETTLE;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        line.hear(room, left)?;
    }
}

fn listen(line: &mut dyn Line, ask: &Ask) -> Result<Mass, Trouble> {
    let until = Instant::now() + ask.patience;
    let mut room = [0_u8; 512];
    if ask.question.is_empty() {
        settle(line, &mut room)?;
    } else {
        drain(line, &mut room)?;
        line.say(&ask.question)?;
    }
    // Where nothing is asked, the first line may have lost its beginning.
    let mut skip = ask.question.is_empty();
    let mut framer = Framer::new(Framing { longest: LONGEST, ..Framing::default() });
    let mut trouble = Trouble::Silent;
    let mut pieces = Vec::new();
    loop {
        let count = line.hear(&mut room, TICK)?;
        framer.push(&room[..count], &mut pieces);
        for piece in pieces.drain(..) {
            if std::mem::take(&mut skip) {
                continue;
            }
            let Piece::Frame(text) = piece else { continue };
            match ask.protocol.read(&text) {
                Reading::Stable(mass) => return Ok(mass),
                Reading::Moving => trouble = Trouble::Moving,
                Reading::TooMuch => return Err(Trouble::TooMuch),
                Reading::TooLittle => return Err(Trouble::TooLittle),
                Reading::NotUnderstood => return Err(Trouble::NotUnderstood),
                Reading::Other => {}
            }
        }
        if Instant::now() >= until {
            return Err(trouble);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line on which the same is said all the time.
    struct TalksOn;

    impl Line for TalksOn {
        fn hear(&mut self, room: &mut [u8], _: Duration) -> Result<usize, Lost> {
            let line = b"S S 1.00 kg\r\n";
            room[..line.len()].copy_from_slice(line);
            Ok(line.len())
        }

        fn say(&mut self, _: &[u8]) -> Result<(), Lost> {
            Ok(())
        }
    }

    #[test]
    fn what_a_scale_says_unasked_is_no_answer() {
        let patience = Duration::from_secs(60);
        let ask = |question: &[u8]| {
            let question = question.to_vec();
            Ask { protocol: Protocol::Sics, question, patience }
        };
        assert_eq!(listen(&mut TalksOn, &ask(b"S\r\n")), Err(Trouble::Silent));
        assert_eq!(listen(&mut TalksOn, &ask(b"")).unwrap().to_string(), "1.00 kg");
    }
}

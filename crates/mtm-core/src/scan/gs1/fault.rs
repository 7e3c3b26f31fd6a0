//! What is wrong with GS1 data: which identifier, where, what was expected, what to do.

use std::fmt;

/// Why GS1 data cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The application identifier it is about, where one was read.
    pub ai: Option<String>,
    /// The place in the data, in characters from 1.
    pub place: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing stands behind the symbology identifier, or behind an application identifier.
    #[error("there is no data; scan again")]
    Empty,
    /// No application identifier begins like this.
    #[error(
        "no application identifier begins with {0:?}; a separator (FNC1) may be lost, or the label is not GS1"
    )]
    Unknown(String),
    /// The data ends before the value does.
    #[error(
        "{expected} characters are wanted and {found} are there; the code was cut off: scan again"
    )]
    CutOff {
        /// Fewest characters of a value.
        expected: usize,
        /// Characters that are there.
        found: usize,
    },
    /// More characters than the value may have.
    #[error(
        "at most {most} characters are wanted; the separator (FNC1) behind the value may be lost"
    )]
    TooLong {
        /// Most characters of a value.
        most: usize,
    },
    /// A character that does not belong there.
    #[error("{found:?} is no {expected}; a separator (FNC1) may be lost before it")]
    Character {
        /// The character.
        found: char,
        /// What is wanted: "digit", "character of GS1's set 82".
        expected: &'static str,
    },
    /// The check digit does not fit the digits before it.
    #[error(
        "the check digit is {found}, by the digits before it {expected}; scan again, or type it"
    )]
    CheckDigit {
        /// As on the label.
        found: char,
        /// As it should be.
        expected: char,
    },
    /// Check characters do not fit what stands before them.
    #[error("the check characters do not fit the rest; scan again, or type it")]
    CheckCharacters,
    /// No day or time of the calendar.
    #[error("{0} is no {1}; the label is printed wrong")]
    Date(String, &'static str),
    /// Not what the value must be.
    #[error("{found} is not {expected}; the label is printed wrong")]
    Value {
        /// As on the label.
        found: String,
        /// What is wanted.
        expected: &'static str,
    },
    /// The same identifier says two things.
    #[error("it stands there twice, once with another value; scan one label at a time")]
    Repeated,
    /// Two identifiers that must not stand together.
    #[error("it must not stand together with ({0}); the label is printed wrong")]
    Together(String),
    /// A signature signs one thing, and the label names none.
    #[error("with (8030) it needs its serial number; the label is printed wrong")]
    NoSerial,
    /// The path of a Digital Link is not built as one.
    #[error("{0}; the link is made wrong")]
    Link(String),
}

impl Fault {
    pub(super) fn new(ai: &str, at: usize, problem: Problem) -> Self {
        Self { ai: Some(ai.to_owned()), place: at + 1, problem }
    }

    pub(super) fn nameless(at: usize, problem: Problem) -> Self {
        Self { ai: None, place: at + 1, problem }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ai {
            Some(ai) => write!(f, "({ai}) at {}: {}", self.place, self.problem),
            None => write!(f, "at {}: {}", self.place, self.problem),
        }
    }
}

impl std::error::Error for Fault {}

//! An ERP's books, read by a program of its own.
//!
//! The program (`mtm-odbc`) holds the vendor's driver; here it is started, asked and, when it hangs, ended.
//! It is told the connection string on its input, where no list of processes shows it. Whatever it says is
//! checked before it is believed: its protocol, the length of its lines, and that it answers what was asked.
//! Nothing is left of it when a [`Session`] is dropped.
//!
//! Every question goes through the [`Guard`](crate::guard::Guard) of its ERP, so that one that is away is
//! left alone.
//!
//! Deliberately absent: SQL, and what rows mean.

#[cfg(feature = "fakes")]
pub mod fake;
mod process;
mod session;

use std::path::PathBuf;
use std::time::Duration;

use mtm_core::erp::protocol::{Failed, FailedKind};
use mtm_core::trouble::Trouble;

use crate::guard::{Refusal, Verdict};

pub use self::session::{Rows, Session};

/// How an ERP is reached.
#[derive(Clone)]
pub struct Way {
    pub(self) to: To,
    deadlines: Deadlines,
}

/// What answers.
#[derive(Clone)]
enum To {
    /// The reading program.
    Program(Program),
    /// Books in memory.
    #[cfg(feature = "fakes")]
    Fake(fake::Books),
}

/// The reading program, and what it is told.
#[derive(Clone)]
pub struct Program {
    /// The program.
    pub program: PathBuf,
    /// The ODBC connection string; a secret.
    pub connection: String,
    /// The schema of the tables, where it is not the login's own.
    pub schema: Option<String>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("program", &self.program).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.to {
            To::Program(reader) => reader.fmt(f),
            #[cfg(feature = "fakes")]
            To::Fake(_) => f.write_str("Fake"),
        }
    }
}

/// Until when what has to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// The program has to greet.
    pub greeting: Duration,
    /// The database has to answer a question; the program is told so, too.
    pub answer: Duration,
    /// The program has to say something, once it was asked: longer, so that it can say what went wrong.
    pub line: Duration,
}

impl Deadlines {
    /// Where the database has so long to answer.
    pub fn answering_within(answer: Duration) -> Self {
        Self { greeting: Duration::from_secs(10), answer, line: answer + Duration::from_secs(10) }
    }
}

impl Way {
    /// By the reading program.
    pub fn reader(reader: Program, deadlines: Deadlines) -> Self {
        Self { to: To::Program(reader), deadlines }
    }

    /// From when on an answer is slow: half of the time that it may take.
    pub fn slow(&self) -> Duration {
        self.deadlines.answer / 2
    }

    /// To books in memory.
    #[cfg(feature = "fakes")]
    pub fn fake(books: fake::Books) -> Self {
        let deadlines = Deadlines::answering_within(Duration::from_secs(60));
        Self { to: To::Fake(books), deadlines }
    }
}

/// Why an ERP was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErpError {
    /// It is left alone.
    #[error(transparent)]
    NotCalled(Refusal),
    /// The reading program cannot be started.
    #[error("the reading program {} cannot be started: {message}", program.display())]
    NotStarted {
        /// The program.
        program: PathBuf,
        /// What the operating system said.
        message: String,
    },
    /// The reading program said what it must not.
    #[error("the reading program does not keep to its protocol: {0}")]
    Protocol(String),
    /// The reading program said nothing for so long, and was ended.
    #[error("the reading program said nothing for {} s and was ended", .0.as_secs())]
    Hung(Duration),
    /// The reading program ended in the middle.
    #[error("the reading program ended ({0})")]
    Ended(String),
    /// It, or the database, says no.
    #[error("{}", .0.message)]
    Failed(Failed),
}

impl ErpError {
    /// What it is to whoever wanted to read.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::NotCalled(refusal) => refusal.trouble(),
            Self::NotStarted { .. } | Self::Protocol(_) => Trouble::Permanent,
            Self::Hung(_) | Self::Ended(_) => Trouble::Transient,
            Self::Failed(failed) => match failed.trouble {
                FailedKind::Away | FailedKind::Slow | FailedKind::Other => Trouble::Transient,
                FailedKind::Denied => Trouble::BusinessRejection,
                FailedKind::Question | FailedKind::Schema => Trouble::InvalidInput,
                FailedKind::Driver | FailedKind::Dialect => Trouble::Permanent,
            },
        }
    }

    /// What somebody does about it.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::NotCalled(_) => "It is tried again by itself.",
            Self::NotStarted { .. } => {
                "Put `mtm-odbc` beside `mtm`, or name it with `erp.program`; it needs the unixODBC library."
            }
            Self::Protocol(_) => "Use the `mtm-odbc` of the same version as `mtm`.",
            Self::Hung(_) | Self::Ended(_) => {
                "It is started again by itself; where it stays so, look at the driver's own log."
            }
            Self::Failed(failed) => match failed.trouble {
                FailedKind::Away | FailedKind::Slow | FailedKind::Other => {
                    "It is tried again by itself; look whether the ERP's database answers."
                }
                FailedKind::Denied => "Correct user and password in the connection string.",
                FailedKind::Driver => {
                    "Install the driver that the connection string names; `odbcinst -q -d` lists those \
                     there are."
                }
                FailedKind::Dialect => "Read docs/erp.md for the databases that can be read.",
                FailedKind::Schema => {
                    "Give the login SELECT on the tables of docs/erp.md, or name their schema with \
                     `erp.schema`."
                }
                FailedKind::Question => "Use the `mtm-odbc` of the same version as `mtm`.",
            },
        }
    }

    pub(self) fn verdict(&self) -> Verdict {
        Verdict::of(self.trouble(), None)
    }
}

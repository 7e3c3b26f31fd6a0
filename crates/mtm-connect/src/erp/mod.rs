//! An ERP's books, read by a program of its own over ODBC, or over REST by a mapping file (`rest`).
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
mod rest;
mod session;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mtm_core::erp::protocol::{Failed, FailedKind};
use mtm_core::trouble::Trouble;

use crate::guard::{Refusal, Verdict};
use crate::peer::{CallFailed, Peer};

pub use self::rest::{Gap, Lists};
pub use self::session::{Rows, Session, Unread};

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
    /// Lists of a system that is called.
    Rest(rest::System),
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
            To::Rest(system) => f.debug_tuple("Rest").field(&system.name).finish(),
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

    /// Over REST, by lists of the system of this name; `peer` gives it as it is configured when it is asked for.
    pub fn rest(
        name: String,
        lists: Lists,
        peer: impl Fn() -> Option<Peer> + Send + Sync + 'static,
    ) -> Self {
        // How long it may take is the system's own setting.
        let deadlines = Deadlines::answering_within(Duration::ZERO);
        Self { to: To::Rest(rest::System { name, lists, peer: Arc::new(peer) }), deadlines }
    }

    /// Whether a ledger can be read by it; without one, what it says is on hand is all that is read.
    pub fn has_ledger(&self) -> bool {
        match &self.to {
            To::Rest(system) => system.lists.has_ledger(),
            _ => true,
        }
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
    /// It was asked over REST, and gave no answer that can be read.
    #[error(transparent)]
    Call(CallFailed),
    /// What it answered over REST cannot be believed.
    #[error("what it answers cannot be believed: {0}")]
    Answer(String),
    /// A list changed while its pages were read: a row may have been passed over.
    #[error("a list changed while it was read, page by page")]
    Moved,
    /// The system that it is read from over REST is not configured.
    #[error("there is no system {0}")]
    NoSystem(String),
}

impl ErpError {
    /// What it is to whoever wanted to read.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::NotCalled(refusal) => refusal.trouble(),
            Self::NotStarted { .. }
            | Self::Protocol(_)
            | Self::Answer(_)
            | Self::Moved
            | Self::NoSystem(_)
            // Reading again does not help, and nothing happened.
            | Self::Call(CallFailed::OtherContent { .. } | CallFailed::Unreadable(_)) => {
                Trouble::Permanent
            }
            Self::Call(failed) => failed.trouble(),
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
            Self::Call(failed) => failed.next_step(),
            Self::Answer(_) => {
                "Compare the mapping with what the other system's documentation says it answers; it is read \
                 again by itself."
            }
            Self::Moved => {
                "It is read again by itself; where it stays so, have the list ordered by what does not change, or \
                 paged by a cursor."
            }
            Self::NoSystem(_) => "Name a table [peers.NAME] with `erp.peer`.",
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
        // That we have nothing to prove with, or nothing that it takes, is not its fault.
        if let Self::Call(CallFailed::Credential(_) | CallFailed::NotTaken) = self {
            return Verdict::SaidNo;
        }
        Verdict::of(self.trouble(), None)
    }
}

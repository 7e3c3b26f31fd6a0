//! Verification on reading connections, in steps: no step keeps the log from being carried over
//! for long, and memory does not grow with history.
//!
//! The chain only grows, so that walking it in steps is the same as walking it at once; a lot is
//! compared with its movements in one moment.

mod chain;
mod facade;
mod file;
mod lot;

use crate::fault::Fault;
use crate::integrity::{Damage, FirstBad};
use crate::sqlite::fault::{Trouble, trouble};

/// Why a step ended early.
enum Stop {
    /// A row is bad.
    Bad(FirstBad),
    /// It could not be found out.
    Failed(Fault),
}

impl From<FirstBad> for Stop {
    fn from(bad: FirstBad) -> Self {
        Self::Bad(bad)
    }
}

impl From<rusqlite::Error> for Stop {
    /// A file that cannot be read is a finding, not a failure to verify.
    fn from(error: rusqlite::Error) -> Self {
        match trouble(&error) {
            Trouble::Damaged => Self::Bad(FirstBad::new(Damage::FileDamaged, error.to_string())),
            _ => Self::Failed(error.into()),
        }
    }
}

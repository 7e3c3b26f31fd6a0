//! Verification on reading connections, in steps: no step keeps the log from being carried over
//! for long, and memory does not grow with history.
//!
//! The chain only grows, so that walking it in steps is the same as walking it at once; a lot is
//! compared with its movements in one moment.
//!
//! Chain, lots and references are verified alike on either engine. The structure of its file is
//! asked of the embedded engine only: a server keeps its files itself.

mod chain;
mod facade;
mod lot;
mod moved;
mod present;
mod references;
mod standing;
mod touched;
mod watch;

pub(crate) use facade::whole;
pub(crate) use references::{Reference, refuse_dangling};
pub use watch::{ALWAYS_AGAIN, ChainWatch, Piece, Sweep, Swept};

use crate::fault::Fault;
use crate::integrity::{Damage, FirstBad};
#[cfg(test)]
use crate::read::Dialects;
use crate::sql::Error;
use crate::sqlite::fault::{Trouble, trouble};

/// Why a step ended early.
pub(crate) enum Stop {
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

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::Sqlite(error) => error.into(),
            other => Self::Failed(other.into()),
        }
    }
}

/// The statements, by name.
#[cfg(test)]
pub(crate) fn statements() -> [(&'static str, Dialects); 11] {
    [
        ("verify.entries", Dialects::alike(chain::ENTRIES)),
        ("verify.entry", Dialects::alike(chain::ENTRY)),
        ("verify.hash", Dialects::alike(chain::HASH)),
        ("verify.joined", moved::JOINED),
        ("verify.last_movement", Dialects::alike(chain::LAST_MOVEMENT)),
        ("verify.from_lot", Dialects::alike(lot::FROM_LOT)),
        ("verify.lots", Dialects::alike(lot::LOTS)),
        ("verify.movement_from", Dialects::alike(chain::MOVEMENT_FROM)),
        ("verify.own", moved::OWN),
        ("verify.present", Dialects::alike(present::STOCK)),
        ("verify.stock", Dialects::alike(standing::STOCK)),
    ]
}

/// The first bad entry of the chain's beginning, and the first bad lot.
#[cfg(test)]
pub(crate) fn first_bad(connection: crate::sql::Connection<'_>) -> [Option<FirstBad>; 2] {
    let bad = |found: Result<_, Stop>| match found.err()? {
        Stop::Bad(bad) => Some(bad),
        Stop::Failed(fault) => panic!("{fault}"),
    };
    let mut walk = chain::Walk::before(connection, 1, false).ok().expect("the chain begins");
    let chain = walk.step(connection, 9_000, 100).map(drop);
    let lots = lot::step(connection, "", u32::MAX).map(drop);
    [bad(chain), bad(lots)]
}

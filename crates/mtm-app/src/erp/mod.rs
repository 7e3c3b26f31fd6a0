//! Reading an ERP's books: its ledger as it grows, its own figures, its master data; and a look for gaps.
//!
//! One server of those that share a database reads ([`Reader::run`]), under a lease that keeps others from
//! doing the same work; what was read is counted once whoever reads it. Before anything is read, the login is
//! looked at: one that may write is refused, again and again until it is another one.
//!
//! Nothing here changes a quantity of ours, and nothing writes to an ERP.

mod feed;
mod map;
mod round;
mod scan;
mod table;
mod view;

use std::sync::Arc;
use std::time::Duration;

use mtm_connect::erp::{ErpError, Unread, Way};
use mtm_core::erp::protocol::Login;
use mtm_core::erp::{Moments, PlaceMap};
use mtm_core::trouble::Trouble;
use mtm_store::Fault;
use mtm_store::record::ErpFailure;

pub use self::map::{MapFileError, read_map};
pub use self::round::{Checked, Reader, What};
pub use self::view::ErpView;

/// What the name of its guard begins with.
const PEER: &str = "erp:";

/// The id of an ERP among other systems, by its name.
pub fn peer_of(name: &str) -> String {
    format!("{PEER}{name}")
}

/// An ERP that this server is configured with.
#[derive(Debug, Clone)]
pub struct ErpSettings {
    /// Its name here.
    pub name: String,
    /// The way to it.
    pub way: Way,
    /// How its moments are read.
    pub moments: Moments,
    /// Which of its places are which of ours, where the plant said.
    pub map: Option<Arc<PlaceMap>>,
    /// Between two readings of its ledger.
    pub every: Duration,
    /// Between two readings of what it says is on hand.
    pub on_hand_every: Duration,
    /// Between two readings of its master data and orders.
    pub masters_every: Duration,
    /// The hour of the night, on the site's clocks, at which gaps are looked for.
    pub scan_hour: i8,
}

/// Why an ERP's books were not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadingError {
    /// Its login may write, or nobody can tell.
    #[error("{}", not_read_only(.0))]
    MayWrite(Login),
    /// The way to it, or it, failed.
    #[error(transparent)]
    Erp(#[from] ErpError),
    /// A table of it could not be read; the others were.
    #[error("{table}: {error}")]
    Table {
        /// Which.
        table: &'static str,
        /// Why.
        error: ErpError,
    },
    /// Its answers do not go on: rows without ids.
    #[error("its ledger does not go on behind id {after}: no row has an id that can be read")]
    NoIds {
        /// The id that was asked behind.
        after: i64,
    },
    /// Another server reads it.
    #[error("another server reads it just now")]
    Elsewhere,
    /// Our own database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Unread> for ReadingError {
    fn from(Unread { table, error }: Unread) -> Self {
        match table {
            Some(table) => Self::Table { table: table.as_str(), error },
            None => Self::Erp(error),
        }
    }
}

fn not_read_only(login: &Login) -> String {
    let why = match login.writes {
        Some(true) => "its login may write",
        _ => "nobody can tell that its login may not write",
    };
    format!("{why}: {}", login.evidence)
}

impl ReadingError {
    /// Why, by a code.
    pub fn cause(&self) -> &'static str {
        match self {
            Self::MayWrite(_) => "erp_may_write",
            Self::Elsewhere => "erp_read_elsewhere",
            Self::Fault(_) => "unavailable",
            Self::NoIds { .. } => "erp_unusable",
            Self::Erp(error) | Self::Table { error, .. } => match error.trouble() {
                Trouble::Transient | Trouble::Ambiguous => "erp_unreachable",
                _ => "erp_unusable",
            },
        }
    }

    /// What somebody does about it.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::MayWrite(_) => {
                "Give the login SELECT and nothing else, as docs/erp.md shows; it is tried again by itself."
            }
            Self::Elsewhere => "Leave it to that server, or stop it first.",
            Self::Fault(_) => "It is tried again by itself.",
            Self::NoIds { .. } => "Look whether INVENTORY_TRANS has its TRANSACTION_ID.",
            Self::Erp(error) | Self::Table { error, .. } => error.next_step(),
        }
    }

    /// Whether it says something of the ERP: one that is left alone, or read by another server, is as it was.
    fn is_about_the_erp(&self) -> bool {
        !matches!(self, Self::Elsewhere | Self::Fault(_) | Self::Erp(ErpError::NotCalled(_)))
    }

    /// As it is kept for whoever looks.
    fn told(&self) -> ErpFailure {
        ErpFailure {
            cause: self.cause().to_owned(),
            error: format!("{self}. {}", self.next_step()),
            refused: matches!(self, Self::MayWrite(_)),
        }
    }
}

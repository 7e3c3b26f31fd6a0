//! How a ledger is opened, and why it could not be.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mtm_core::view::Limits;

use crate::clock::{Clock, SystemClock};

/// Why a ledger could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no file.
    #[error("there is no ledger at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file or its directory cannot be written.
    #[error("the ledger at {} cannot be written; check the rights of the file and its directory", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a database at all.
    #[error("{} is not a database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of another program; it was left alone.
    #[error("{} belongs to another program and was left alone", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of this program wrote the file; it was left alone.
    #[error("the ledger at {} has schema {found}, this program knows up to {known}; use the newer program", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Schema of the file.
        found: usize,
        /// Newest schema known here.
        known: usize,
    },
    /// Another process keeps the file to itself.
    #[error("the ledger at {} is locked by another process", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// No space is left.
    #[error("the disk of {} is full", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("the ledger at {} is damaged ({message}); restore a backup", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        message: String,
    },
    /// The server, or the way to it.
    #[error("the ledger's server: {message}")]
    Server {
        /// What it said.
        message: String,
    },
    /// A newer version of this program made the database; it was left alone.
    #[error(
        "the database has schema {found}, this program knows up to {known}; use the newer program"
    )]
    NewerServer {
        /// Schema of the database.
        found: usize,
        /// Newest schema known here.
        known: usize,
    },
    /// The database holds tables of another program; it was left alone.
    #[error("the database belongs to another program and was left alone; name an empty one")]
    ForeignServer,
    /// A copy into the database was begun and did not end; it is no ledger.
    #[error("a copy into the database was begun and did not end; it is no ledger yet")]
    Incomplete,
    /// The database must be brought to this version, and this account may not.
    #[error(
        "the database is not yet as this version needs it, and this account may not change it: {message}"
    )]
    NotPermitted {
        /// What the server said.
        message: String,
    },
    /// This account may not read or do what the program needs.
    #[error("this account may not work in the ledger: {message}")]
    Denied {
        /// What the server said.
        message: String,
    },
    /// Anything else.
    #[error("the ledger at {} could not be opened: {message}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        message: String,
    },
}

/// How to open a ledger.
#[derive(Clone)]
pub struct OpenOptions {
    /// Whether to make the file where there is none.
    pub create: bool,
    /// Where moments and identities come from.
    pub clock: Arc<dyn Clock>,
    /// The site's bounds.
    pub limits: Limits,
    /// How many queries may run at once.
    pub readers: usize,
    /// How many bookings may be under way at once on a server; the embedded engine groups them.
    pub writers: usize,
    /// How many exports and reports a server reads at once; more wait for one to end.
    pub reports: usize,
    /// From which duration on a statement is told ([`crate::slow`]); none where there is none.
    pub slow_statement: Option<Duration>,
    /// What goes wrong at commits of a file, on purpose.
    #[cfg(feature = "faults")]
    pub faults: Option<crate::faults::Faults>,
}

impl Default for OpenOptions {
    /// An existing ledger, the computer's clock, the default bounds, four readers, sixteen
    /// writers, two reports; slow statements are not told.
    fn default() -> Self {
        Self {
            create: false,
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
            readers: 4,
            writers: 16,
            reports: 2,
            slow_statement: None,
            #[cfg(feature = "faults")]
            faults: None,
        }
    }
}

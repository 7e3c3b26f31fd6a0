//! The sealed log as files that prove themselves: entries of the audit chain byte for byte, the notes that they
//! hold only the salted hash of, and a signed checkpoint with the pieces of every part at the end.
//!
//! Nothing leaves the ledger by it: history only grows. An archive is for whoever must keep the log for
//! years elsewhere, or look at it without this program. Each one begins with the checkpoint that the one before
//! ended with, so that consecutive ones are one chain, which the ledger's goes on from. Memory does not grow
//! with the log, only with the number of parts. The form is described in `docs/retention.md`.

mod check;
mod joined;
mod line;
mod packing;
mod redact;
#[cfg(test)]
mod tests;
mod walk;
mod write;

use std::path::PathBuf;

use mtm_core::word::Timestamp;
use mtm_platform::FileError;
use mtm_store::Fault;
use mtm_store::query::ReadError;
use serde::Serialize;

use crate::checkpoint::{Checkpoint, Flaw, KeyError, Signature};

pub use check::check;
pub use joined::{compare, joined};
pub use redact::{Redaction, redact};
pub use write::{Extent, write};

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArchiveReport {
    /// The file.
    pub path: PathBuf,
    /// Place of the first entry.
    pub from: u64,
    /// Hash of the one before it, hexadecimal.
    pub previous: String,
    /// Place of the last entry.
    pub to: u64,
    /// Its hash.
    pub hash: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Entries.
    pub entries: u64,
    /// Movements among them.
    pub movements: u64,
    /// Movements with notes among those.
    pub notes: u64,
    /// Notes that were taken out, or not put in.
    pub notes_removed: u64,
    /// Parts of which there were any pieces then.
    pub parts: u64,
    /// All pieces.
    pub pieces: i64,
    /// The checkpoint at its end.
    #[serde(skip)]
    pub checkpoint: Checkpoint,
    /// The one that it begins with; none where it begins with the first entry.
    #[serde(skip)]
    pub after: Option<Checkpoint>,
    /// Who vouches for it.
    #[serde(skip)]
    pub signature: Signature,
}

/// What is wrong with an archive, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// Line of the unpacked text, counted from 1; none where it is about the whole file.
    pub line: Option<u64>,
    /// Place of the audit entry that is bad, or is not there.
    pub sequence: Option<u64>,
    /// Place of its movement, where it tells one.
    pub movement: Option<u64>,
    /// The lot of that.
    pub lot: Option<String>,
    /// What was found.
    pub message: String,
}

/// Why there is no archive, or why it proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is nothing to be archived.
    #[error("there are no entries from {from} on that are to be archived")]
    Nothing {
        /// Where it would begin.
        from: u64,
    },
    /// The file is no archive.
    #[error("{} is not an archive: {message}", path.display())]
    NotOne {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The archive is not what was written.
    #[error("{} is not what was written: {}", path.display(), bad.message)]
    Altered {
        /// The file.
        path: PathBuf,
        /// The first row that is bad.
        bad: Box<BadRow>,
    },
    /// Nobody who is trusted vouches for it.
    #[error("{}: {flaw}", path.display())]
    NotVouchedFor {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        flaw: Flaw,
    },
    /// Two archives do not follow each other.
    #[error("{} does not follow {}: {message}", second.display(), first.display())]
    NotJoined {
        /// The earlier one.
        first: PathBuf,
        /// The later one.
        second: PathBuf,
        /// Why not.
        message: String,
    },
    /// The archive and the ledger are not of one chain.
    #[error("{} does not fit the ledger: {flaw}", path.display())]
    DoesNotFit {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        flaw: Flaw,
    },
    /// The ledger is not what was written.
    #[error("the ledger is not what was written: {}", bad.message)]
    Broken {
        /// The first row that is bad.
        bad: Box<BadRow>,
    },
    /// The movement of an entry whose notes are to be taken out has none.
    #[error("entry {sequence} has no notes in {}", path.display())]
    NoNotes {
        /// The file.
        path: PathBuf,
        /// Place of the entry.
        sequence: u64,
    },
    /// The key to sign with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] ReadError),
}

impl From<Fault> for ArchiveError {
    fn from(fault: Fault) -> Self {
        Self::Ledger(fault.into())
    }
}

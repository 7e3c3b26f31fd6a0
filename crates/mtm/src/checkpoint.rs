//! Where the audit chain ended at some moment, to be kept elsewhere.
//!
//! The chain alone cannot show that its end was cut off, or that all of it was computed anew; a
//! checkpoint kept outside the machine can. The server writes one every hour and at every stop; whoever copies
//! them away can prove later that everything up to there is still the same.

use std::path::{Path, PathBuf};

use mtm_core::word::Timestamp;
use mtm_platform::{Access, DataDirectory, FileError, Operation, durable};
use mtm_store::Ledger;
use mtm_store::query::{AuditQuery, AuditRow, Cursor, PageRequest};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Outcome, exit};

/// So many stay in the data directory: those of twelve weeks.
const MOST_KEPT: usize = 2_016;

/// The end of the chain at some moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkpoint {
    /// Position of the newest entry.
    pub(crate) sequence: u64,
    /// Its hash, hexadecimal.
    pub(crate) hash: String,
    /// When that entry was recorded.
    pub(crate) recorded_at: Timestamp,
}

impl Checkpoint {
    /// The end of the chain as it is now; `None` where nothing was recorded yet.
    pub(crate) async fn of(ledger: &Ledger) -> Outcome<Option<Self>> {
        let page = PageRequest { limit: 1, ..PageRequest::default() };
        let newest = ledger.audit_rows(AuditQuery { page, ..AuditQuery::default() }).await?;
        Ok(newest.items.into_iter().next().map(|entry| Self {
            sequence: entry.sequence,
            hash: entry.hash,
            recorded_at: entry.at,
        }))
    }

    /// Puts it among the others of the data directory, named by its position.
    pub(crate) fn write(&self, directory: &DataDirectory) -> Outcome<PathBuf> {
        let folder = DataDirectory::prepare(&directory.checkpoints())?;
        let path = folder.path().join(format!("{:012}.json", self.sequence));
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Failure::new("internal", exit::FAILURE, error.to_string()))?;
        durable::replace(&path, text.as_bytes(), Access::Private)?;
        let mut files = files(directory);
        let most = files.len().saturating_sub(MOST_KEPT);
        for old in files.drain(..most) {
            // One that stays is only older than it needs to be.
            let _ = std::fs::remove_file(old);
        }
        Ok(path)
    }

    /// Reads one.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| FileError::new(Operation::Read, path, error))?;
        serde_json::from_str(&text).map_err(|error| {
            Failure::usage(format!("{} is not a checkpoint: {error}", path.display()))
                .next("Name a file that a server left in its checkpoints directory.")
        })
    }

    /// The newest one of the data directory, if there is any.
    pub(crate) fn newest(directory: &DataDirectory) -> Outcome<Option<Self>> {
        files(directory).last().map(|path| Self::read(path)).transpose()
    }

    /// Sets the checkpoints of a ledger aside that is about to be replaced by another: they tell
    /// nothing about that one.
    pub(crate) fn set_aside(directory: &DataDirectory) -> Outcome<Option<PathBuf>> {
        let folder = directory.checkpoints();
        if !folder.exists() {
            return Ok(None);
        }
        let moment = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%6fZ").to_string();
        let aside = directory.path().join(format!("checkpoints-until-{moment}"));
        std::fs::rename(&folder, &aside)
            .map_err(|error| FileError::new(Operation::Publish, &aside, error))?;
        Ok(Some(aside))
    }

    /// Refuses a ledger whose chain does not go through this checkpoint.
    pub(crate) async fn compare(&self, ledger: &Ledger) -> Outcome {
        let altered = |message: String| {
            Failure::new("chain_altered", exit::FAILURE, message)
                .because("The chain was cut, or computed anew, since the checkpoint was written.")
                .next("Keep a copy of the directory as it is, then compare with a backup or restore one.")
        };
        match self.entry(ledger).await? {
            Some(entry) if entry.hash == self.hash => Ok(()),
            Some(_) => Err(altered(format!(
                "audit entry {} is not the one that the checkpoint saw",
                self.sequence
            ))),
            None => Err(altered(format!(
                "audit entry {}, which the checkpoint saw, is not there",
                self.sequence
            ))),
        }
    }

    /// The entry at this position and moment.
    async fn entry(&self, ledger: &Ledger) -> Outcome<Option<AuditRow>> {
        let mut cursor = None;
        loop {
            let page = PageRequest { limit: 1000, cursor, count: false };
            let query = AuditQuery {
                from: Some(self.recorded_at),
                to: Some(self.recorded_at.plus_micros(1)),
                page,
                ..AuditQuery::default()
            };
            let rows = ledger.audit_rows(query).await?;
            let found = rows.items.into_iter().find(|entry| entry.sequence == self.sequence);
            match (found, rows.next_cursor) {
                (None, Some(next)) => {
                    cursor =
                        Some(Cursor::decode(&next).map_err(mtm_store::query::ReadError::from)?);
                }
                (found, _) => return Ok(found),
            }
        }
    }
}

/// The checkpoints of a data directory, oldest first.
fn files(directory: &DataDirectory) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory.checkpoints()) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
    files.sort();
    files
}

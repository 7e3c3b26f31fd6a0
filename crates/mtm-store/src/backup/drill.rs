//! A drill: a backup is restored for once, next to the ledger, and compared with what it holds.
//!
//! A backup that nobody ever restored is a hope. The drill restores into a place of its own that
//! is gone afterwards, on the engine that the ledger is on: a database beside the ledger's where
//! this account may make one, or else a file.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{BackupError, BackupProgress, server};
use crate::copy;
use crate::fault::Fault;
use crate::integrity::ChainHead;
use crate::ledger::{Ledger, OpenError, OpenOptions};
use crate::mariadb;
use crate::sql::{Connection, Error, params};

/// A drill to be held.
#[derive(Debug, Clone)]
pub struct Drill {
    /// The backup to try; one is made now where there is none.
    pub backup: Option<PathBuf>,
    /// Where the ledger is, if that is a server.
    pub url: Option<String>,
    /// An empty directory that only this drill uses.
    pub scratch: PathBuf,
}

/// Where a drill restored to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DrillPlace {
    /// A file.
    File {
        /// Why it was no database, where the ledger is in one.
        #[serde(skip_serializing_if = "Option::is_none")]
        instead: Option<String>,
    },
    /// A database on the ledger's server.
    Database {
        /// Its name.
        name: String,
    },
}

/// What there is in a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Movements in the log.
    pub movements: u64,
    /// Audit entries.
    pub entries: u64,
    /// Lots.
    pub lots: u64,
    /// Buckets with something in them.
    pub buckets: u64,
    /// Pieces on hand, in 10⁻⁶.
    pub on_hand_micros: i64,
}

/// What a drill found: everything the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DrillReport {
    /// Where it restored to.
    pub place: DrillPlace,
    /// Size of the backup.
    pub bytes: u64,
    /// The end of the audit chain, the same in backup and restored ledger.
    pub head: ChainHead,
    /// Parts whose sums were compared.
    pub parts: u64,
    /// What there is in both.
    pub totals: Totals,
}

/// Makes a backup of `ledger`, or takes the one named, restores it in a place of its own, compares
/// both, and removes what it made.
///
/// # Errors
/// [`BackupError`]; the ledger itself is only read.
pub async fn drill(
    ledger: &Ledger,
    drill: &Drill,
    mut progress: impl FnMut(BackupProgress) + Send,
) -> Result<DrillReport, BackupError> {
    let backup = drill.scratch.join("backup.db");
    let made = match &drill.backup {
        None => ledger.backup(&backup, &mut progress).await?,
        // Tried on a copy: opening a ledger may write to it.
        Some(file) => Ledger::restore(file, &backup, &mut progress).await?,
    };
    let restored = drill.scratch.join("restored.db");
    let instead = match &drill.url {
        None => None,
        Some(url) => match beside(url, &backup, &mut progress).await? {
            Ok((place, compared)) => return Ok(compared.report(place, made.bytes)),
            Err(reason) => Some(reason),
        },
    };
    Ledger::restore(&backup, &restored, &mut progress).await?;
    let there = Ledger::open(&restored, one_reader()).await?;
    let compared = compare(&backup, &there).await;
    there.close().await;
    Ok(compared?.report(DrillPlace::File { instead }, made.bytes))
}

/// Restores into a database beside the ledger's; or why this account may not.
async fn beside(
    url: &str,
    backup: &Path,
    progress: &mut (impl FnMut(BackupProgress) + Send),
) -> Result<Result<(DrillPlace, Compared), String>, BackupError> {
    let scratch = match mariadb::Scratch::beside(url).await? {
        Ok(scratch) => scratch,
        Err(reason) => return Ok(Err(reason)),
    };
    let target = match server::prepare(scratch.url()).await {
        Ok(target) => target,
        Err(error) => {
            // What else is in a database of that name is nobody's to remove.
            if scratch.is_new() {
                scratch.remove().await?;
            }
            return instead_of(error).map(Err);
        }
    };
    let tried = async {
        server::fill(backup, target, progress).await?;
        let there = Ledger::connect(scratch.url(), one_reader()).await?;
        let compared = compare(backup, &there).await;
        there.close().await;
        compared
    };
    let tried = tried.await;
    let name = scratch.name().to_owned();
    scratch.remove().await?;
    match tried {
        Ok(compared) => Ok(Ok((DrillPlace::Database { name }, compared))),
        Err(error) => instead_of(error).map(Err),
    }
}

/// Why a file has to do, where that is what an error means.
fn instead_of(error: BackupError) -> Result<String, BackupError> {
    match error {
        BackupError::Open(OpenError::NotPermitted { message }) => Ok(message),
        other => Err(other),
    }
}

fn one_reader() -> OpenOptions {
    OpenOptions { readers: 1, writers: 1, reports: 1, ..OpenOptions::default() }
}

/// What backup and restored ledger have in common.
struct Compared {
    head: ChainHead,
    parts: u64,
    totals: Totals,
}

impl Compared {
    fn report(self, place: DrillPlace, bytes: u64) -> DrillReport {
        let Self { head, parts, totals } = self;
        DrillReport { place, bytes, head, parts, totals }
    }
}

async fn compare(backup: &Path, there: &Ledger) -> Result<Compared, BackupError> {
    let here = Ledger::open(backup, one_reader()).await?;
    let compared = compare_open(&here, there).await;
    here.close().await;
    compared
}

async fn compare_open(here: &Ledger, there: &Ledger) -> Result<Compared, BackupError> {
    let (head, parts) = copy::compare_sums(here, there).await.map_err(|error| match error {
        copy::CopyError::Differs { what } => BackupError::Differs { what },
        copy::CopyError::Fault(fault) => BackupError::Fault(fault),
        other => BackupError::Copy(other),
    })?;
    let totals = totals(here).await?;
    if totals != self::totals(there).await? {
        return Err(BackupError::Differs { what: "the number of rows".to_owned() });
    }
    Ok(Compared { head, parts, totals })
}

async fn totals(ledger: &Ledger) -> Result<Totals, Fault> {
    ledger.query(|connection| read_totals(connection).map_err(Fault::from)).await
}

fn read_totals(connection: Connection<'_>) -> Result<Totals, Error> {
    connection.query_row(
        "SELECT (SELECT count(*) FROM movement), (SELECT count(*) FROM audit),
                (SELECT count(*) FROM lot), (SELECT count(*) FROM stock),
                (SELECT COALESCE(sum(quantity), 0) FROM stock)",
        params![],
        |row| {
            Ok(Totals {
                movements: row.get(0)?,
                entries: row.get(1)?,
                lots: row.get(2)?,
                buckets: row.get(3)?,
                on_hand_micros: row.get(4)?,
            })
        },
    )
}

//! Moving a whole ledger into an empty database of either engine.
//!
//! Everything is copied, identities and positions included, and read in one snapshot: what is
//! booked meanwhile is not in the copy. Then the copy is proved before it counts: every row is
//! read back and compared by digest, the chain's head and the sums per part are compared, and the
//! copy is verified like any ledger. Until then the target is no ledger, whatever happens: a file
//! has another name, a server's database carries a mark.
//!
//! What is not copied belongs to the running of one engine: leases, the queue of what has no
//! place in the log yet (it must be empty), and the versions that decisions stand on.
//!
//! Deliberately absent: following bookings that go on. Whoever moves a plant stops it first.

mod layout;
mod rows;
mod sums;
mod target;

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::backup::BackupError;
use crate::fault::Fault;
use crate::integrity::{ChainHead, FirstBad};
use crate::ledger::{Ledger, OpenError, OpenOptions};
use crate::sql::{Connection, Error, params};
use crate::verify;
use layout::Table;
use rows::Digest;
use sums::Sums;
use target::Target;

/// How often a snapshot is taken in the hope that nothing waits for its place in the log.
const ATTEMPTS: u32 = 25;
/// How long between two of them.
const PAUSE: Duration = Duration::from_millis(200);

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The ledger to read could not be opened.
    #[error("the ledger to copy: {0}")]
    Source(#[source] OpenError),
    /// The database to fill could not be opened.
    #[error("the database to fill: {0}")]
    Target(#[source] OpenError),
    /// Something is in the target; it was left alone.
    #[error("the database to fill is not empty and was left alone")]
    NotEmpty,
    /// Bookings go on, so that no moment was found in which the whole log has its places.
    #[error(
        "the ledger to copy is being written to: {waiting} bookings have no place in the log yet"
    )]
    Unsealed {
        /// How many.
        waiting: u64,
    },
    /// A row could not be copied.
    #[error("table {table} could not be copied: {fault}")]
    Table {
        /// The table.
        table: String,
        /// What the engine said.
        fault: Fault,
    },
    /// The copy is not what was copied.
    #[error("the copy is not what was copied: {what} differs")]
    Differs {
        /// What differs.
        what: String,
    },
    /// The copy does not verify; nor does what was copied, then.
    #[error("the copy does not verify: {}", .0.message)]
    Damaged(Box<FirstBad>),
    /// The copy could not be brought to the disk.
    #[error("{}: {message}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        message: String,
    },
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Error> for CopyError {
    fn from(error: Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<BackupError> for CopyError {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::File { path, message } => Self::File { path, message },
            BackupError::Exists { .. } => Self::NotEmpty,
            other => Self::Fault(Fault::Permanent(other.to_string())),
        }
    }
}

impl From<verify::Stop> for CopyError {
    fn from(stop: verify::Stop) -> Self {
        match stop {
            verify::Stop::Bad(bad) => Self::Damaged(Box::new(bad)),
            verify::Stop::Failed(fault) => Self::Fault(fault),
        }
    }
}

/// How far a copy is: so many of about so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyProgress {
    /// Rows written.
    Copying(u64, u64),
    /// Rows read back and compared.
    Comparing(u64, u64),
    /// Audit entries and lots verified.
    Verifying(u64, u64),
}

/// A proved copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopyReport {
    /// Rows by table.
    pub tables: Vec<CopiedTable>,
    /// Rows in all.
    pub rows: u64,
    /// The end of the audit chain, the same on both sides.
    pub head: ChainHead,
    /// Parts whose sums were compared.
    pub parts: u64,
    /// Audit entries verified in the copy.
    pub entries: u64,
    /// Lots whose stock was recomputed from the log in the copy.
    pub lots: u64,
}

/// What was copied of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopiedTable {
    /// Its name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
}

/// Copies the ledger at `from` into the empty database at `to` (each `sqlite:PATH` or
/// `mysql://…`) and proves the copy. `progress` is called between chunks of rows.
///
/// # Errors
/// [`CopyError`]; the target is then no ledger, and the copy may be started again.
pub async fn copy(
    from: &str,
    to: &str,
    mut progress: impl FnMut(CopyProgress) + Send,
) -> Result<CopyReport, CopyError> {
    let options = OpenOptions { readers: 1, writers: 1, ..OpenOptions::default() };
    let source = Ledger::connect(from, options).await.map_err(CopyError::Source)?;
    let copied = into(&source, to, &mut progress).await;
    source.close().await;
    copied
}

async fn into(
    source: &Ledger,
    to: &str,
    progress: &mut (impl FnMut(CopyProgress) + Send),
) -> Result<CopyReport, CopyError> {
    let mut target = Target::prepare(to, &**source.clock()).await?;
    let mut attempt = 1;
    loop {
        let (report, mut reports) = unbounded_channel();
        let filling = source.query_along(move |from| {
            Ok::<_, Fault>(target.fill(|to| Copying { from, to, report }.run()))
        });
        let (filled, ()) = tokio::join!(filling, async {
            while let Some(step) = reports.recv().await {
                progress(step);
            }
        });
        let (back, copied) = filled?;
        target = back;
        match copied {
            Ok(report) => return target.finish().await.map(|()| report),
            Err(CopyError::Unsealed { .. }) if attempt < ATTEMPTS => {
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => {
                target.abandon().await;
                return Err(error);
            }
        }
    }
}

/// A copy under way, between two connections that block.
struct Copying<'c> {
    from: Connection<'c>,
    to: Connection<'c>,
    report: UnboundedSender<CopyProgress>,
}

impl Copying<'_> {
    fn run(&self) -> Result<CopyReport, CopyError> {
        refuse_unsealed(self.from)?;
        let tables = layout::tables()?;
        let digests = self.copy(&tables)?;
        target::refuse_dangling(self.to, &tables)?;
        self.compare(&tables, &digests)?;
        let sums = Sums::of(self.from)?;
        sums.refuse_other(&Sums::of(self.to)?)?;
        let whole = verify::whole(self.to, &mut |done, total| {
            self.tell(CopyProgress::Verifying(done, total));
        })?;
        let rows = digests.iter().map(|digest| digest.rows).sum();
        let named = tables.into_iter().zip(digests);
        let tables = named
            .map(|(table, digest)| CopiedTable { table: table.name, rows: digest.rows })
            .collect();
        Ok(CopyReport {
            tables,
            rows,
            head: sums.head,
            parts: sums.parts.len() as u64,
            entries: whole.entries,
            lots: whole.lots,
        })
    }

    fn copy(&self, tables: &[Table]) -> Result<Vec<Digest>, CopyError> {
        let counts = tables.iter().map(|table| table.count(self.from));
        let total = counts.sum::<Result<u64, Error>>()?;
        let mut before = 0;
        let mut digests = Vec::with_capacity(tables.len());
        target::clear(self.to, tables)?;
        for table in tables {
            let told = |rows| self.tell(CopyProgress::Copying(before + rows, total));
            let copied = rows::copy(table, self.from, self.to, told);
            let digest = copied.map_err(|error| CopyError::Table {
                table: table.name.clone(),
                fault: error.into(),
            })?;
            before += digest.rows;
            digests.push(digest);
        }
        Ok(digests)
    }

    fn compare(&self, tables: &[Table], digests: &[Digest]) -> Result<(), CopyError> {
        let total = digests.iter().map(|digest| digest.rows).sum();
        let mut before = 0;
        for (table, digest) in tables.iter().zip(digests) {
            let told = |rows| self.tell(CopyProgress::Comparing(before + rows, total));
            if rows::digest(table, self.to, told)? != *digest {
                return Err(CopyError::Differs { what: format!("table {}", table.name) });
            }
            before += digest.rows;
        }
        Ok(())
    }

    fn tell(&self, step: CopyProgress) {
        // Nobody listening is no reason to stop.
        let _ = self.report.send(step);
    }
}

/// A server's log has holes as long as something waits for its place.
fn refuse_unsealed(from: Connection<'_>) -> Result<(), CopyError> {
    if matches!(from, Connection::Sqlite(_)) {
        return Ok(());
    }
    let waiting =
        from.query_row("SELECT count(*) FROM seal_queue", params![], |row| row.get::<u64>(0))?;
    if waiting > 0 {
        return Err(CopyError::Unsealed { waiting });
    }
    Ok(())
}

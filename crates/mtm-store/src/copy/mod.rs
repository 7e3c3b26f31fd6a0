//! Moving a whole ledger into an empty database of either engine.
//!
//! Everything is copied, identities and positions included, and read in one snapshot: what is
//! booked meanwhile is not in the copy. Then the copy is proved before it counts: every row is
//! read back and compared by digest, the chain's head and the sums per part are compared, and the
//! copy is verified like any ledger. Until then the target is no ledger, whatever happens: a file
//! has another name, a server's database carries a mark.
//!
//! What is not copied belongs to the running of one engine: leases, the versions that decisions
//! stand on, and the queue of what has no place in the log yet: the copy gives these places
//! itself; or it is derived from the log and made anew beside the bookings: what moved
//! per day, and the closings.
//!
//! Deliberately absent: following bookings that go on. Whoever moves a plant stops it first.

mod late;
mod layout;
mod rows;
mod sums;
mod target;

use std::path::PathBuf;

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::backup::BackupError;
use crate::fault::Fault;
use crate::integrity::{ChainHead, FirstBad};
use crate::ledger::{Ledger, OpenError, OpenOptions};
use crate::sql::{Connection, Error};
use crate::verify;
use late::Late;
use layout::Table;
use rows::Digest;
use sums::Sums;
pub(crate) use target::Target;

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
            BackupError::Fault(fault) => Self::Fault(fault),
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
    let copied = match Target::prepare(to, &**source.clock()).await {
        Ok(target) => into(&source, target, &mut progress).await,
        Err(error) => Err(error),
    };
    source.close().await;
    copied
}

/// Copies a ledger that is open, and in use.
pub(crate) async fn into(
    source: &Ledger,
    target: Target,
    progress: &mut (impl FnMut(CopyProgress) + Send),
) -> Result<CopyReport, CopyError> {
    let (report, mut reports) = unbounded_channel();
    let filling = source.query_along(move |from| {
        Ok::<_, Fault>(target.fill(|to| Copying { from, to, report }.run()))
    });
    let (filled, ()) = tokio::join!(filling, async {
        while let Some(step) = reports.recv().await {
            progress(step);
        }
    });
    let (target, copied) = filled?;
    match copied {
        Ok(report) => target.finish().await.map(|()| report),
        Err(error) => {
            target.abandon().await;
            Err(error)
        }
    }
}

/// Compares the chain's end and the sums per part of two ledgers; gives the end, and how many
/// parts there are.
pub(crate) async fn compare_sums(
    here: &Ledger,
    there: &Ledger,
) -> Result<(ChainHead, u64), CopyError> {
    let sums = async |ledger: &Ledger| {
        ledger.query_along(|connection| Ok::<_, Fault>(Sums::of(connection)?)).await
    };
    let (here, there) = (sums(here).await?, sums(there).await?);
    here.refuse_other(&there)?;
    let parts = here.parts.len() as u64;
    Ok((here.head, parts))
}

/// A copy under way, between two connections that block.
struct Copying<'c> {
    from: Connection<'c>,
    to: Connection<'c>,
    report: UnboundedSender<CopyProgress>,
}

impl Copying<'_> {
    fn run(&self) -> Result<CopyReport, CopyError> {
        let late = Late::of(self.from)?;
        let tables = layout::tables()?;
        let digests = self.copy(&tables)?;
        target::refuse_dangling(self.to, &tables)?;
        self.compare(&tables, &digests)?;
        late.write(&tables, self.from, self.to)?;
        self.count(&tables, &digests, &late)?;
        let mut sums = Sums::of(self.from)?;
        if let Some((sequence, hash)) = late.head() {
            sums.head = ChainHead { sequence, hash };
        }
        sums.refuse_other(&Sums::of(self.to)?)?;
        let whole = verify::whole(self.to, &mut |done, total| {
            self.tell(CopyProgress::Verifying(done, total));
        })?;
        let named = tables.into_iter().zip(digests);
        let tables: Vec<_> = named
            .map(|(Table { name, .. }, digest)| {
                let rows = digest.rows + late.rows(&name);
                CopiedTable { table: name, rows }
            })
            .collect();
        Ok(CopyReport {
            rows: tables.iter().map(|table| table.rows).sum(),
            tables,
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

    /// What came late is proved by the chain and the sums; that all of it is there, by its number.
    fn count(&self, tables: &[Table], digests: &[Digest], late: &Late) -> Result<(), CopyError> {
        for (Table { name, .. }, digest) in tables.iter().zip(digests) {
            let added = late.rows(name);
            if added == 0 {
                continue;
            }
            let sql = format!("SELECT count(*) FROM {name}");
            let there: u64 = self.to.query_row(&sql, &[], |row| row.get(0))?;
            if there != digest.rows + added {
                return Err(CopyError::Differs { what: format!("the number of rows of {name}") });
            }
        }
        Ok(())
    }

    fn tell(&self, step: CopyProgress) {
        // Nobody listening is no reason to stop.
        let _ = self.report.send(step);
    }
}

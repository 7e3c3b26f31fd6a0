//! Verification from outside: the order of the checks, and the report.

use super::Stop;
use super::chain::{self, Walk};
use super::touched::Touched;
use super::{lot, references};
use crate::closing::Compared;
use crate::fault::Fault;
use crate::integrity::{
    ChainHead, FirstBad, NOT_EXCLUDED, VerifyProgress, VerifyRange, VerifyReport,
};
use crate::ledger::Ledger;
use crate::sql::Connection;
use crate::sqlite::verify as file;
use crate::throughput::{self, Sketch};

/// Audit entries in one step: about a twentieth of a second.
const ENTRIES: u32 = 10_000;
/// Lots in one step.
const LOTS: u32 = 5_000;

impl Ledger {
    /// Verifies the ledger and names the first bad row. Nothing is changed and nobody waits for
    /// it. `progress` is called between steps.
    pub async fn verify(
        &self,
        range: VerifyRange,
        mut progress: impl FnMut(VerifyProgress) + Send,
    ) -> Result<VerifyReport, Fault> {
        let (from, upto) = match range {
            VerifyRange::Full => (1, None),
            VerifyRange::From(from) => (from.max(1), None),
            VerifyRange::Between(from, upto) => (from.max(1), Some(upto)),
        };
        let mut run = Run { ledger: self, lots: 0, walk: None, total: 0, remade: Vec::new() };
        let found = run.verify((from, upto), range == VerifyRange::Full, &mut progress).await;
        let first_bad = match found {
            Ok(()) => None,
            Err(Stop::Bad(bad)) => Some(bad),
            Err(Stop::Failed(fault)) => return Err(fault),
        };
        Ok(run.report(from, first_bad))
    }
}

struct Run<'l> {
    ledger: &'l Ledger,
    lots: u64,
    walk: Option<Walk>,
    total: u64,
    remade: Vec<&'static str>,
}

impl Run<'_> {
    async fn verify(
        &mut self,
        (from, upto): (u64, Option<u64>),
        full: bool,
        progress: &mut (impl FnMut(VerifyProgress) + Send),
    ) -> Result<(), Stop> {
        let Ends { audit, movement, lots } = self.step(Ends::read).await?;
        let to = upto.map_or(audit, |upto| upto.min(audit));
        self.total = (to + 1).saturating_sub(from) + if full { lots } else { 0 };
        let mut walk = self.step(move |connection| Walk::before(connection, from, !full)).await?;
        loop {
            let (walked, more) = self
                .step(move |connection| {
                    let more = walk.step(connection, to, ENTRIES);
                    Ok((walk, more))
                })
                .await?;
            walk = walked;
            self.walk = Some(walk.clone());
            progress(VerifyProgress { done: walk.checked, total: self.total });
            if !more? {
                break;
            }
        }
        if to == audit && walk.next_movement <= movement {
            let unaudited = walk.next_movement;
            self.step(move |connection| chain::refuse_unaudited(connection, unaudited)).await?;
        }
        if full {
            self.every_lot(progress).await?;
            self.step(references::check).await?;
            self.step(|connection| of_file(connection, file::check_structure)).await?;
            self.throughput().await?;
            self.closings().await
        } else {
            self.touched_lots(progress).await
        }
    }

    /// Compares the table of what moved with the log, which is sound by now, and gives it up where they
    /// differ: whoever follows the log makes it anew.
    async fn throughput(&mut self) -> Result<(), Stop> {
        let mut sketch = self.step(|connection| Ok(Sketch::of_table(connection)?)).await?;
        loop {
            let (stepped, more) = self
                .step(move |connection| {
                    let more = sketch.step(connection)?;
                    Ok((sketch, more))
                })
                .await?;
            sketch = stepped;
            if !more {
                break;
            }
        }
        if throughput::differs(&sketch) {
            self.ledger.forget_throughput().await.map_err(Stop::Failed)?;
            self.remade.push("throughput");
        }
        Ok(())
    }

    /// Compares the closings with the log, and gives them up where one differs.
    async fn closings(&mut self) -> Result<(), Stop> {
        let mut compared = Compared::default();
        loop {
            let (stepped, more) = self
                .step(move |connection| {
                    let more = compared.step(connection)?;
                    Ok((compared, more))
                })
                .await?;
            compared = stepped;
            if !more {
                break;
            }
        }
        if compared.differs {
            self.ledger.forget_closings().await.map_err(Stop::Failed)?;
            self.remade.push("closing");
        }
        Ok(())
    }

    async fn every_lot(
        &mut self,
        progress: &mut (impl FnMut(VerifyProgress) + Send),
    ) -> Result<(), Stop> {
        let mut after = String::new();
        loop {
            let (last, checked) =
                self.step(move |connection| lot::step(connection, &after, LOTS)).await?;
            self.lots += checked;
            progress(VerifyProgress { done: self.checked() + self.lots, total: self.total });
            match last {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }

    async fn touched_lots(
        &mut self,
        progress: &mut (impl FnMut(VerifyProgress) + Send),
    ) -> Result<(), Stop> {
        let touched = self.walk.as_mut().and_then(|walk| walk.touched.take()).unwrap_or_default();
        let mut touched = Touched::of(touched);
        self.total += touched.total();
        loop {
            let (stepped, more) = self
                .step(move |connection| {
                    let more = touched.step(connection)?;
                    Ok((touched, more))
                })
                .await?;
            touched = stepped;
            self.lots = touched.met();
            progress(VerifyProgress { done: self.checked() + self.lots, total: self.total });
            if !more {
                return Ok(());
            }
        }
    }

    fn checked(&self) -> u64 {
        self.walk.as_ref().map_or(0, |walk| walk.checked)
    }

    /// Runs one step on a reading connection.
    async fn step<T: Send + 'static>(
        &self,
        step: impl FnOnce(Connection<'_>) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, Stop> {
        let done = self
            .ledger
            .query(move |connection| {
                Ok::<_, Fault>(match step(connection) {
                    Ok(value) => Ok(value),
                    Err(Stop::Bad(bad)) => Err(bad),
                    Err(Stop::Failed(fault)) => return Err(fault),
                })
            })
            .await;
        match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(bad)) => Err(Stop::Bad(bad)),
            Err(fault) => Err(Stop::Failed(fault)),
        }
    }

    fn report(self, from: u64, first_bad: Option<FirstBad>) -> VerifyReport {
        let checked = self.checked();
        let hash = self.walk.as_ref().map(|walk| walk.hash.hex()).unwrap_or_default();
        let to = self.walk.map_or(0, |walk| walk.next - 1);
        VerifyReport {
            ok: first_bad.is_none(),
            checked,
            from,
            to,
            lots: self.lots,
            verified_at: self.ledger.clock().now(),
            head: ChainHead { sequence: to, hash },
            first_bad,
            remade: self.remade,
            not_excluded: NOT_EXCLUDED.to_owned(),
        }
    }
}

/// Runs `check` where there is a file to check.
fn of_file(
    connection: Connection<'_>,
    check: fn(&rusqlite::Connection) -> Result<(), Stop>,
) -> Result<(), Stop> {
    match connection {
        Connection::Sqlite(file) => check(file),
        Connection::MariaDb(_) => Ok(()),
    }
}

/// What verifying everything on one connection passed over.
pub(crate) struct Whole {
    pub(crate) entries: u64,
    pub(crate) lots: u64,
}

/// Verifies everything on `connection`, whose database nobody else writes to. `told` hears how
/// many entries and lots of about how many are verified.
pub(crate) fn whole(
    connection: Connection<'_>,
    told: &mut dyn FnMut(u64, u64),
) -> Result<Whole, Stop> {
    let Ends { audit: to, movement, lots: expected } = Ends::read(connection)?;
    let total = to + expected;
    let mut walk = Walk::before(connection, 1, false)?;
    while walk.step(connection, to, ENTRIES)? {
        told(walk.checked, total);
    }
    if walk.next_movement <= movement {
        chain::refuse_unaudited(connection, walk.next_movement)?;
    }
    let (mut after, mut lots) = (String::new(), 0);
    loop {
        let (last, checked) = lot::step(connection, &after, LOTS)?;
        lots += checked;
        told(walk.checked + lots, total);
        let Some(last) = last else { break };
        after = last;
    }
    of_file(connection, file::check_references)?;
    of_file(connection, file::check_structure)?;
    Ok(Whole { entries: walk.checked, lots })
}

/// Where chain and log end, in one moment, and how many lots there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) audit: u64,
    pub(super) movement: u64,
    lots: u64,
}

impl Ends {
    fn read(connection: Connection<'_>) -> Result<Self, Stop> {
        let lots = number(connection, "SELECT count(*) FROM lot")?;
        Ok(Self { lots, ..Self::of_log(connection)? })
    }

    /// Without counting lots.
    pub(super) fn of_log(connection: Connection<'_>) -> Result<Self, Stop> {
        Ok(Self {
            audit: number(connection, "SELECT max(sequence) FROM audit")?,
            movement: number(connection, "SELECT max(sequence) FROM movement")?,
            lots: 0,
        })
    }
}

fn number(connection: Connection<'_>, sql: &str) -> Result<u64, Stop> {
    let number: Option<i64> = connection.query_row(sql, &[], |row| row.get(0))?;
    Ok(number.unwrap_or(0).cast_unsigned())
}

//! Making the next one: from the last one and what happened since, in short transactions.

use super::near::{self, Bucket};
use super::spacing;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::read::Effects;
use crate::sql::{Connection, Error, OptionalExtension as _, Value, params};
use crate::throughput::moved;

/// The name in `derived_position` under which steps are counted: who counts from another number than
/// he left was overtaken, and gives up.
const STEPS: &str = "closing";
/// Buckets written, or removed, by one transaction: a few milliseconds of the writer.
const STEP: usize = 1_000;
/// Buckets written by one statement.
const TOGETHER: usize = 50;

const LAST: &str =
    "SELECT sequence, buckets FROM closing_point WHERE whole = 1 ORDER BY sequence DESC LIMIT 1";
const NEWEST: &str = "SELECT max(sequence) FROM movement";
const COUNTED: &str = "SELECT max(sequence) FROM derived_position WHERE name = ?1";
const UNFINISHED: &str = "SELECT min(sequence) FROM closing_point WHERE whole = 0";

/// A closing that is being made: that of an earlier movement is read piece by piece, and written as
/// what happened since has left it. Only the latter is in memory, and the pieces are.
#[derive(Debug)]
pub struct Closing {
    sequence: i64,
    earlier: Earlier,
    /// Buckets that wait to be written.
    waiting: Vec<Bucket>,
    /// How many are written.
    written: usize,
    /// Where the steps are counted to.
    counted: i64,
    removes: bool,
}

/// What it is made from.
#[derive(Debug, Default)]
struct Earlier {
    /// The earlier closing; none for the beginning of the log.
    sequence: Option<i64>,
    /// What happened since to the buckets that were not met yet.
    effects: Effects,
    /// The last bucket that was read.
    last: Option<Bucket>,
    /// Whether all of it was read.
    is_read: bool,
}

impl Ledger {
    /// The next closing, where there is one to be made: `least` movements after the last one, or half as
    /// many as that has buckets. Nothing is written yet.
    pub async fn next_closing(&self, least: u32) -> Result<Option<Closing>, Fault> {
        self.query_along(move |connection| Ok(next(connection, least.into())?)).await
    }

    /// Gives up all closings: they are made anew, and until then questions do without.
    pub(crate) async fn forget_closings(&self) -> Result<(), Fault> {
        self.write(|context| {
            let connection = context.sql();
            // Whoever makes one just now is overtaken by this, however far he is by now.
            connection.execute(
                "UPDATE derived_position SET sequence = sequence + 1 WHERE name = ?1",
                params![STEPS],
            )?;
            connection.execute("UPDATE closing_point SET whole = 0", params![])?;
            Ok(())
        })
        .await
    }
}

fn next(connection: Connection<'_>, least: i64) -> Result<Option<Closing>, Error> {
    let last = connection
        .query_row(LAST, params![], |row| Ok::<(i64, i64), Error>((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (last, buckets) = last.unwrap_or((0, 0));
    let newest: Option<i64> = connection.query_row(NEWEST, params![], |row| row.get(0))?;
    let unfinished: Option<i64> = connection.query_row(UNFINISHED, params![], |row| row.get(0))?;
    let sequence = last + spacing(buckets, least.max(1));
    let due = newest.is_some_and(|newest| newest >= sequence);
    if !due && unfinished.is_none() {
        return Ok(None);
    }
    let (sequence, earlier) = if due {
        (sequence, Earlier::of(connection, last, sequence)?)
    } else {
        (0, Earlier::default())
    };
    Ok(Some(Closing {
        sequence,
        earlier,
        waiting: Vec::new(),
        written: 0,
        counted: counted(connection)?,
        removes: unfinished.is_some(),
    }))
}

impl Earlier {
    /// The closing at `from`, 0 for the beginning, and what happened until `to`.
    fn of(connection: Connection<'_>, from: i64, to: i64) -> Result<Self, Error> {
        let mut effects = Effects::default();
        effects.between(connection, from, to)?;
        Ok(Self { sequence: (from > 0).then_some(from), effects, ..Self::default() })
    }

    /// The next buckets, as they are by then.
    fn next(&mut self, connection: Connection<'_>) -> Result<Vec<Bucket>, Error> {
        let mut buckets = Vec::new();
        if let Some(sequence) = self.sequence {
            let (found, more) = near::chunk(connection, sequence, self.last.as_ref())?;
            self.last = found.last().cloned();
            for bucket in found {
                let Bucket { operation, location, .. } = bucket;
                let units = bucket.units + self.effects.take(&bucket.lot, operation, location);
                if units != 0 {
                    buckets.push(Bucket { units, ..bucket });
                }
            }
            if more {
                return Ok(buckets);
            }
        }
        // In the order in which they lie: neighbours share a page.
        let mut new: Vec<Bucket> = std::mem::take(&mut self.effects).rest().collect();
        new.sort_unstable();
        buckets.append(&mut new);
        self.is_read = true;
        Ok(buckets)
    }
}

fn counted(connection: Connection<'_>) -> Result<i64, Error> {
    let counted: Option<i64> = connection.query_row(COUNTED, params![STEPS], |row| row.get(0))?;
    Ok(counted.unwrap_or(0))
}

impl Closing {
    /// Takes the next step, in a transaction of its own. Whether there is more to do; none where
    /// somebody else makes one by now.
    pub async fn step(&mut self, ledger: &Ledger) -> Result<bool, Fault> {
        if self.removes {
            let left = self.counted_step(ledger, remove).await?;
            self.removes = left == Some(true);
            return Ok(left.is_some() && (self.removes || self.sequence > 0));
        }
        if self.sequence == 0 {
            return Ok(false);
        }
        self.read(ledger).await?;
        let rest = self.waiting.split_off(STEP.min(self.waiting.len()));
        let buckets = std::mem::replace(&mut self.waiting, rest);
        let first = self.written == 0;
        self.written += buckets.len();
        let part = Part {
            sequence: self.sequence,
            buckets,
            first,
            last: self.earlier.is_read && self.waiting.is_empty(),
            all: i64::try_from(self.written).unwrap_or(i64::MAX),
        };
        let is_last = part.last;
        let went_on = self.counted_step(ledger, move |connection| part.write(connection)).await?;
        Ok(went_on.is_some() && !is_last)
    }

    /// Reads on until there is a whole step to be written, or nothing more to be read.
    async fn read(&mut self, ledger: &Ledger) -> Result<(), Fault> {
        while self.waiting.len() < STEP && !self.earlier.is_read {
            let mut earlier = std::mem::take(&mut self.earlier);
            let (earlier, mut buckets) = ledger
                .query_along(move |connection| {
                    let buckets = earlier.next(connection)?;
                    Ok::<_, Fault>((earlier, buckets))
                })
                .await?;
            self.earlier = earlier;
            self.waiting.append(&mut buckets);
        }
        Ok(())
    }

    /// Does `work` in the step that comes next; nothing where somebody else took it.
    async fn counted_step<T: Send + 'static>(
        &mut self,
        ledger: &Ledger,
        work: impl FnOnce(Connection<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<Option<T>, Fault> {
        let counted = self.counted;
        self.counted += 1;
        ledger
            .write(move |context| {
                let connection = context.sql();
                if !moved(connection, STEPS, counted, counted + 1)? {
                    return Ok::<_, Fault>(None);
                }
                Ok(Some(work(connection)?))
            })
            .await
    }
}

/// What one step writes.
struct Part {
    sequence: i64,
    buckets: Vec<Bucket>,
    first: bool,
    last: bool,
    /// Buckets so far.
    all: i64,
}

impl Part {
    fn write(self, connection: Connection<'_>) -> Result<(), Error> {
        let sequence = self.sequence;
        if self.first {
            let insert = "INSERT INTO closing_point (sequence, buckets, whole) VALUES (?1, 0, 0)";
            connection.execute(insert, params![sequence])?;
        }
        for together in self.buckets.chunks(TOGETHER) {
            // Two texts in all: of a full set, and of one.
            let size = if together.len() == TOGETHER { TOGETHER } else { 1 };
            let mut insert = connection.prepare_cached(&insert(size))?;
            for set in together.chunks(size) {
                let mut values = vec![Value::Int(sequence)];
                for Bucket { location, part, lot, operation, units } in set {
                    values.extend([location, part].map(|id| Value::Int(*id)));
                    values.push(Value::Text((&**lot).into()));
                    values.extend([operation, units].map(|number| Value::Int(*number)));
                }
                insert.execute(&values)?;
            }
        }
        if self.last {
            let whole = "UPDATE closing_point SET whole = 1, buckets = ?2 WHERE sequence = ?1";
            connection.execute(whole, params![sequence, self.all])?;
        }
        Ok(())
    }
}

fn insert(rows: usize) -> String {
    let row = |n: usize| {
        let at = |column: usize| 2 + 5 * n + column;
        format!("(?1, ?{}, ?{}, ?{}, ?{}, ?{})", at(0), at(1), at(2), at(3), at(4))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO closing (sequence, location_id, part_id, lot, operation_id, quantity) VALUES {}",
        rows.join(", ")
    )
}

/// Removes some of what is not whole. Whether there is more of it.
fn remove(connection: Connection<'_>) -> Result<bool, Error> {
    let unfinished: Option<i64> = connection.query_row(UNFINISHED, params![], |row| row.get(0))?;
    let Some(sequence) = unfinished else { return Ok(false) };
    let sql = connection.pick(
        "DELETE FROM closing WHERE (sequence, location_id, part_id, lot, operation_id) IN
             (SELECT sequence, location_id, part_id, lot, operation_id FROM closing
              WHERE sequence = ?1 LIMIT ?2)",
        "DELETE FROM closing WHERE sequence = ?1 LIMIT ?2",
    );
    let removed = connection.execute(sql, params![sequence, i64::try_from(STEP).unwrap_or(1)])?;
    if removed < STEP {
        connection.execute("DELETE FROM closing_point WHERE sequence = ?1", params![sequence])?;
    }
    Ok(true)
}

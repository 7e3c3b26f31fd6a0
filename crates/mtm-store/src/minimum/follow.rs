//! Following the sealed log, and telling whose stock fell below its minimum.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mtm_core::catalogue::Catalogue;
use mtm_core::event::EventType;
use mtm_core::minimum::{Turn, turn};
use mtm_core::word::{PartCode, PartId};
use serde_json::json;
use uuid::Uuid;

use super::standing::{SINCE, at};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, params, uuid};
use crate::write::{Failure, WriteContext};

/// The name in `derived_position`.
const NAME: &str = "minimum";

/// So many movements that nobody had to be told of may be judged again by the next look: writing the
/// position down after each would cost more.
const UNWRITTEN: usize = 1_000;

/// Units of one piece.
const UNITS: i64 = 1_000_000;

/// A part with a minimum.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    code: PartCode,
    minimum: i64,
}

type AllWanted = BTreeMap<PartId, Wanted>;

/// What one who follows knows from one look to the next. It may be forgotten at any time.
#[derive(Debug, Default)]
pub struct MinimumWatch {
    /// The master data that was judged by, and the minimums in it.
    judged: Option<(Arc<Catalogue>, Arc<AllWanted>)>,
}

/// What a look found.
#[derive(Debug, Default)]
struct Look {
    /// The position before it, where there is one.
    before: Option<i64>,
    /// The position after it; `None` where there shall be none.
    last: Option<i64>,
    /// What happened, in order.
    news: Vec<News>,
    /// Whether it must be written down.
    counts: bool,
    /// Whether there may be more.
    more: bool,
}

/// Something happened to a part.
#[derive(Debug)]
enum News {
    Fell { part: PartId, wanted: Wanted, quantity: i64, movement: Option<Uuid> },
    Recovered(PartId),
}

/// A movement of the log.
struct Step {
    id: Uuid,
    part: PartId,
    delta: i64,
}

impl MinimumWatch {
    /// The minimums of `catalogue`, and the parts whose minimum is another one than before; all of
    /// them at first.
    fn compare(&self, catalogue: &Arc<Catalogue>) -> (Arc<AllWanted>, BTreeSet<PartId>) {
        match &self.judged {
            Some((before, wanted)) if Arc::ptr_eq(before, catalogue) => {
                (Arc::clone(wanted), BTreeSet::new())
            }
            before => {
                let wanted = wanted(catalogue);
                let same = |part: &PartId| {
                    let before = before.as_ref().and_then(|(_, before)| before.get(part));
                    before.map(|it| it.minimum) == wanted.get(part).map(|it| it.minimum)
                };
                let gone = before.iter().flat_map(|(_, before)| before.keys());
                let changed = wanted.keys().chain(gone).filter(|part| !same(part));
                let changed = changed.copied().collect();
                (Arc::new(wanted), changed)
            }
        }
    }
}

fn wanted(catalogue: &Catalogue) -> AllWanted {
    let in_use = catalogue.parts.iter().filter(|part| part.header.retired_at.is_none());
    let wanted = in_use.filter_map(|part| {
        let minimum = part.minimum_stock?.units();
        Some((part.row, Wanted { code: part.code.clone(), minimum }))
    });
    wanted.collect()
}

impl Ledger {
    /// Judges the next piece of the sealed log, at most `most` movements, and tells of every part
    /// whose stock fell below its minimum. Whether there may be more.
    pub async fn watch_minimums(&self, watch: &mut MinimumWatch, most: u32) -> Result<bool, Fault> {
        let catalogue = self.catalogue();
        let (wanted, changed) = watch.compare(&catalogue);
        let anew = watch.judged.is_none();
        let judged = Arc::clone(&wanted);
        let look = self
            .query(move |connection| {
                Ok::<_, Fault>(look(connection, &judged, &changed, anew, most.into())?)
            })
            .await?;
        let more = look.more;
        if look.counts {
            let told = self.write(move |context| Ok::<_, Fault>(write(context, &look)?)).await?;
            if !told {
                // Another server was faster: its position is read next.
                return Ok(true);
            }
        }
        watch.judged = Some((catalogue, wanted));
        Ok(more)
    }
}

/// What is to be told. `changed` have another minimum than at the last look, and are judged by how
/// they stand in the end: what happened before was judged by the minimum of then.
fn look(
    connection: Connection<'_>,
    wanted: &AllWanted,
    changed: &BTreeSet<PartId>,
    anew: bool,
    most: i64,
) -> Result<Look, Error> {
    let before = position(connection)?;
    let mut told = told(connection)?;
    if wanted.is_empty() {
        // Whoever sets the first minimum does not mean what happened until then.
        let news: Vec<News> = told.into_iter().map(News::Recovered).collect();
        let counts = before.is_some() || !news.is_empty();
        return Ok(Look { before, last: None, news, counts, more: false });
    }
    let start = match before {
        Some(before) => before,
        None => newest(connection)?,
    };
    let (steps, last) = piece(connection, start, most)?;
    let more = i64::try_from(steps.len()).is_ok_and(|met| met == most);
    let mut judged: BTreeSet<PartId> = changed.clone();
    judged.extend(steps.iter().map(|step| step.part));
    judged.retain(|part| wanted.contains_key(part));
    let parts: Vec<PartId> = judged.iter().copied().collect();
    let mut standing = at(connection, &parts, start)?;
    let mut news = Vec::new();
    for step in steps.iter().filter(|step| judged.contains(&step.part)) {
        let quantity = standing.entry(step.part).or_default();
        *quantity += step.delta;
        if anew || !changed.contains(&step.part) {
            judge(wanted, &mut told, step.part, *quantity, Some(step.id), &mut news);
        }
    }
    for part in changed.iter().filter(|part| judged.contains(part)) {
        let quantity = standing.get(part).copied().unwrap_or(0);
        judge(wanted, &mut told, *part, quantity, None, &mut news);
    }
    let gone = told.iter().filter(|part| !wanted.contains_key(part));
    news.extend(gone.copied().map(News::Recovered));
    let counts = !news.is_empty()
        || before.is_none()
        || more
        || steps.len() >= UNWRITTEN
        || (!anew && !changed.is_empty());
    Ok(Look { before, last: Some(last), news, counts, more })
}

fn judge(
    wanted: &AllWanted,
    told: &mut BTreeSet<PartId>,
    part: PartId,
    quantity: i64,
    movement: Option<Uuid>,
    news: &mut Vec<News>,
) {
    let Some(wanted) = wanted.get(&part) else { return };
    match turn(told.contains(&part), quantity, wanted.minimum) {
        None => {}
        Some(Turn::Fell) => {
            told.insert(part);
            news.push(News::Fell { part, wanted: wanted.clone(), quantity, movement });
        }
        Some(Turn::Recovered) => {
            told.remove(&part);
            news.push(News::Recovered(part));
        }
    }
}

/// Writes what a look found, in one transaction. Not where somebody else wrote since.
fn write(context: &mut WriteContext<'_>, look: &Look) -> Result<bool, Failure> {
    if !advance(context.sql(), look)? {
        return Ok(false);
    }
    for news in &look.news {
        match news {
            News::Fell { part, wanted, quantity, movement } => {
                let at = context.now();
                let connection = context.sql();
                let insert = connection.pick(
                    "INSERT OR IGNORE INTO below_minimum (part_id, since) VALUES (?1, ?2)",
                    "INSERT IGNORE INTO below_minimum (part_id, since) VALUES (?1, ?2)",
                );
                once(connection.execute(insert, params![part.0, at.micros()])?)?;
                let data = json!({
                    "part": wanted.code, "quantity": pieces(*quantity),
                    "minimum_stock": pieces(wanted.minimum), "movement_id": movement,
                });
                let kind = EventType::StockBelowMinimum;
                context.emit(kind, wanted.code.as_str(), at, &data, None)?;
            }
            News::Recovered(part) => {
                let delete = "DELETE FROM below_minimum WHERE part_id = ?1";
                once(context.sql().execute(delete, params![part.0])?)?;
            }
        }
    }
    Ok(true)
}

/// Moves the position on, unless somebody else did.
fn advance(connection: Connection<'_>, look: &Look) -> Result<bool, Error> {
    let changed = match (look.before, look.last) {
        (None, Some(last)) => {
            let insert = connection.pick(
                "INSERT OR IGNORE INTO derived_position (name, sequence) VALUES (?1, ?2)",
                "INSERT IGNORE INTO derived_position (name, sequence) VALUES (?1, ?2)",
            );
            connection.execute(insert, params![NAME, last])?
        }
        (Some(before), None) => connection.execute(
            "DELETE FROM derived_position WHERE name = ?1 AND sequence = ?2",
            params![NAME, before],
        )?,
        (Some(before), Some(last)) if last > before => connection.execute(
            "UPDATE derived_position SET sequence = ?3 WHERE name = ?1 AND sequence = ?2",
            params![NAME, before, last],
        )?,
        // What is written besides says whether somebody else was faster.
        _ => 1,
    };
    Ok(changed == 1)
}

/// What is told was told by nobody else, or nothing of this is written.
fn once(changed: usize) -> Result<(), Failure> {
    if changed == 1 {
        return Ok(());
    }
    let message = "another server judged the minimums at the same time".to_owned();
    Err(Failure::Fault(Fault::Transient(message)))
}

/// As a whole number, as every event has it.
const fn pieces(units: i64) -> i64 {
    units / UNITS
}

fn position(connection: Connection<'_>) -> Result<Option<i64>, Error> {
    let sql = "SELECT max(sequence) FROM derived_position WHERE name = ?1";
    connection.query_row(sql, params![NAME], |row| row.get(0))
}

fn newest(connection: Connection<'_>) -> Result<i64, Error> {
    let found: Option<i64> =
        connection.query_row("SELECT max(sequence) FROM movement", params![], |row| row.get(0))?;
    Ok(found.unwrap_or(0))
}

fn told(connection: Connection<'_>) -> Result<BTreeSet<PartId>, Error> {
    let found = connection
        .prepare_cached("SELECT part_id FROM below_minimum")?
        .query_all(params![], |row| Ok::<_, Error>(PartId(row.get(0)?)))?;
    Ok(found.into_iter().collect())
}

/// The movements after `start`, at most `most`, and the position of the last one.
fn piece(connection: Connection<'_>, start: i64, most: i64) -> Result<(Vec<Step>, i64), Error> {
    let mut statement = connection.prepare_cached(SINCE.on(&connection))?;
    let mut rows = statement.query(params![start, most])?;
    let (mut steps, mut last) = (Vec::new(), start);
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        let (id, part, delta) = (uuid(&row, 1)?, PartId(row.get(2)?), row.get(3)?);
        steps.push(Step { id, part, delta });
    }
    Ok((steps, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(minimums: &[(i64, i64)]) -> AllWanted {
        let wanted = |&(part, minimum): &(i64, i64)| {
            let code = PartCode::parse(&format!("PART-{part}")).unwrap();
            (PartId(part), Wanted { code, minimum })
        };
        minimums.iter().map(wanted).collect()
    }

    #[test]
    fn only_parts_whose_minimum_is_another_one_are_judged_without_a_movement() {
        let catalogue = Arc::new(Catalogue::default());
        let wanted = Arc::new(all(&[(1, 5), (2, 7)]));
        let watch = MinimumWatch { judged: Some((Arc::clone(&catalogue), wanted)) };
        let (kept, changed) = watch.compare(&catalogue);
        assert_eq!((kept.len(), changed.len()), (2, 0), "the same master data");
        let (wanted, changed) = watch.compare(&Arc::new(Catalogue::default()));
        assert!(wanted.is_empty());
        assert_eq!(changed, BTreeSet::from([PartId(1), PartId(2)]), "nobody wants them any more");
    }

    #[test]
    fn every_fall_between_two_looks_is_news() {
        let wanted = all(&[(1, 50)]);
        let (mut told, mut news) = (BTreeSet::new(), Vec::new());
        for quantity in [60, 49, 70, 30] {
            judge(&wanted, &mut told, PartId(1), quantity, None, &mut news);
        }
        let falls: Vec<i64> = news
            .iter()
            .filter_map(|news| match news {
                News::Fell { quantity, .. } => Some(*quantity),
                News::Recovered(_) => None,
            })
            .collect();
        assert_eq!(falls, [49, 30]);
        assert_eq!(told, BTreeSet::from([PartId(1)]));
    }
}

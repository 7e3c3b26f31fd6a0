//! The last receipts of parts: what is usual, for the plausibility of the next one.
//!
//! Other servers receive as well, so that what is remembered is never the answer: each question
//! reads what the log has more of the part than is remembered, and what has no place in it yet.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mtm_core::movement::MovementType;
use mtm_core::plausibility::HISTORY;
use mtm_core::word::{PartId, Quantity};
use uuid::Uuid;

use crate::sql::{Connection, Row, Value, named, optional_uuid, params, quantity, together, uuid};
use crate::write::Failure;

/// Parts kept in memory at most: 20 MB. The whole memory starts over when it is full, which costs
/// one index walk for each part that is still received.
const MOST_PARTS: usize = 4_096;
/// Where a question finds more than this, the parts that it was cut off at are read anew.
const MOST_NEW: usize = 500;
/// Parts asked for in one question.
const TOGETHER: [usize; 4] = [1, 4, 16, 64];

/// The end of the log, as far as it is about a part.
const END: &str = "SELECT max(sequence) FROM movement WHERE part_id = ?1";
/// The newest receipts in the log up to a place that were not undone.
const READ: &str = "SELECT id, quantity FROM movement AS receipt
      WHERE part_id = ?1 AND sequence <= ?3 AND type = 'in'
        AND NOT EXISTS (SELECT 1 FROM movement WHERE reverses = receipt.id)
      ORDER BY sequence DESC LIMIT ?2";

/// What happened to the parts after their places in the log, and what has no place yet.
fn since_text(parts: usize) -> String {
    let sealed: Vec<String> = (0..parts)
        .map(|n| format!("(part_id = ?{} AND sequence > ?{})", 2 * n + 1, 2 * n + 2))
        .collect();
    let open: Vec<String> = (0..parts).map(|n| format!("?{}", 2 * n + 1)).collect();
    format!(
        "(SELECT part_id, id, sequence, type, quantity, reverses FROM movement
           WHERE {} ORDER BY part_id, sequence LIMIT {})
         UNION ALL
         (SELECT part_id, id, sequence, type, quantity, reverses FROM movement
           WHERE part_id IN ({}) AND sequence IS NULL)",
        sealed.join(" OR "),
        MOST_NEW + 1,
        open.join(", ")
    )
}

/// Quantities of the last receipts of the parts received lately.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    of_part: Mutex<HashMap<PartId, Known>>,
}

/// The newest receipts of a part up to a place in the log, newest first.
#[derive(Debug, Clone, Default)]
struct Known {
    upto: u64,
    receipts: Vec<(Uuid, Quantity)>,
}

/// A movement of a part.
struct Later {
    part: PartId,
    id: Uuid,
    sequence: Option<u64>,
    kind: MovementType,
    quantity: Quantity,
    reverses: Option<Uuid>,
}

impl Receipts {
    /// The last receipts of each of `parts` that were not undone, newest first.
    pub(super) fn of(
        &self,
        connection: Connection<'_>,
        parts: &[PartId],
    ) -> Result<Vec<(PartId, Vec<Quantity>)>, Failure> {
        let mut found = Vec::with_capacity(parts.len());
        for parts in parts.chunks(TOGETHER.last().copied().unwrap_or(1)) {
            let mut known = Vec::with_capacity(parts.len());
            for part in parts {
                let remembered = self.memory().get(part).cloned();
                known.push((*part, remembered.map_or_else(|| Known::read(connection, *part), Ok)?));
            }
            let (mut later, short) = since(connection, &known)?;
            if !short.is_empty() {
                later.retain(|later| !short.contains(&later.part));
                let mut anew = Vec::with_capacity(short.len());
                for (part, known) in known.iter_mut().filter(|(part, _)| short.contains(part)) {
                    *known = Known::read(connection, *part)?;
                    anew.push((*part, known.clone()));
                }
                later.extend(since(connection, &anew)?.0);
            }
            for (part, known) in known {
                let known = self.follow(connection, part, known, &later)?;
                found.push((part, known.receipts.into_iter().map(|it| it.1).collect()));
            }
        }
        Ok(found)
    }

    /// Takes in what happened to `part` later. What is in the log by now is remembered.
    fn follow(
        &self,
        connection: Connection<'_>,
        part: PartId,
        mut known: Known,
        later: &[Later],
    ) -> Result<Known, Failure> {
        let of_part = || later.iter().filter(|later| later.part == part);
        if of_part().any(|later| later.sequence.is_some() && known.cannot_follow(later)) {
            known = Known::read(connection, part)?;
        } else {
            of_part().filter(|later| later.sequence.is_some()).for_each(|it| known.follow(it));
        }
        self.remember(part, known.clone());
        of_part().filter(|later| later.sequence.is_none()).for_each(|it| known.follow(it));
        Ok(known)
    }

    fn memory(&self) -> MutexGuard<'_, HashMap<PartId, Known>> {
        self.of_part.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, part: PartId, known: Known) {
        let mut memory = self.memory();
        if memory.len() >= MOST_PARTS && !memory.contains_key(&part) {
            memory.clear();
        }
        memory.insert(part, known);
    }
}

/// The last receipts of `part` that were not undone, newest first, for whoever remembers them.
pub(crate) fn last_receipts(
    connection: Connection<'_>,
    part: PartId,
) -> Result<Vec<Quantity>, Failure> {
    let found = Receipts::default().of(connection, &[part])?;
    Ok(found.into_iter().flat_map(|(_, receipts)| receipts).collect())
}

impl Known {
    fn read(connection: Connection<'_>, part: PartId) -> Result<Self, Failure> {
        let most = i64::try_from(HISTORY).unwrap_or(i64::MAX);
        let last = |row: &Row<'_>| row.get::<Option<u64>>(0).map_err(Failure::from);
        let upto = connection.prepare_cached(END)?.query_row(params![part.0], last)?.unwrap_or(0);
        let end = upto.cast_signed();
        let values = params![part.0, most, end];
        let receipts = connection
            .prepare_cached(READ)?
            .query_all(values, |row| Ok::<_, Failure>((uuid(row, 0)?, quantity(row, 1)?)))?;
        Ok(Self { upto, receipts })
    }

    /// Whether something of the list was undone that older receipts would have to make up for.
    fn cannot_follow(&self, later: &Later) -> bool {
        self.receipts.len() >= HISTORY
            && later.reverses.is_some_and(|undone| self.receipts.iter().any(|it| it.0 == undone))
    }

    fn follow(&mut self, later: &Later) {
        self.upto = self.upto.max(later.sequence.unwrap_or(0));
        if let Some(undone) = later.reverses {
            self.receipts.retain(|(id, _)| *id != undone);
        } else if later.kind == MovementType::In {
            self.receipts.insert(0, (later.id, later.quantity));
            self.receipts.truncate(HISTORY);
        }
    }
}

/// What happened to the parts later, and those of which not all was found.
fn since(
    connection: Connection<'_>,
    known: &[(PartId, Known)],
) -> Result<(Vec<Later>, HashSet<PartId>), Failure> {
    let (mut all, mut short) = (Vec::new(), HashSet::new());
    for (some, _) in together(known, &TOGETHER) {
        let values = some
            .iter()
            .flat_map(|(part, known)| [Value::Int(part.0), Value::Int(known.upto.cast_signed())]);
        let values: Vec<Value<'_>> = values.collect();
        let found =
            connection.prepare_cached(&since_text(some.len()))?.query_all(&values, later)?;
        let sealed = || found.iter().filter(|later| later.sequence.is_some());
        if sealed().count() > MOST_NEW {
            let last = sealed().map(|later| later.part).max();
            short.extend(some.iter().map(|(part, _)| *part).filter(|part| Some(*part) >= last));
        }
        all.extend(found);
    }
    // In the order of the log; what has no place in it yet begins with its time.
    all.sort_by_key(|it| (it.sequence.unwrap_or(u64::MAX), it.id));
    Ok((all, short))
}

fn later(row: &Row<'_>) -> Result<Later, Failure> {
    Ok(Later {
        part: PartId(row.get(0)?),
        id: uuid(row, 1)?,
        sequence: row.get(2)?,
        kind: named(row, 3, MovementType::from_name)?,
        quantity: quantity(row, 4)?,
        reverses: optional_uuid(row, 5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(n: u128, sequence: u64) -> Later {
        Later {
            part: PartId(1),
            id: Uuid::from_u128(n),
            sequence: Some(sequence),
            kind: MovementType::In,
            quantity: Quantity::pieces(i64::try_from(n).unwrap()).unwrap(),
            reverses: None,
        }
    }

    fn undone(n: u128, sequence: u64) -> Later {
        let reverses = Some(Uuid::from_u128(n));
        Later { kind: MovementType::Reversal, reverses, ..received(n + 1_000, sequence) }
    }

    #[test]
    fn what_is_remembered_follows_the_log() {
        let mut known = Known::default();
        for it in [received(1, 1), received(2, 2), undone(1, 3), received(3, 4)] {
            assert!(!known.cannot_follow(&it));
            known.follow(&it);
        }
        let whole: Vec<i64> = known.receipts.iter().map(|(_, pieces)| pieces.whole()).collect();
        assert_eq!((whole, known.upto), (vec![3, 2], 4));
    }

    #[test]
    fn a_full_list_is_read_again_when_one_of_it_was_undone() {
        let mut known = Known::default();
        for n in 1..=HISTORY as u64 + 1 {
            known.follow(&received(n.into(), n));
        }
        assert_eq!(known.receipts.len(), HISTORY);
        assert!(!known.cannot_follow(&undone(1, 500)), "it is not in the list any more");
        assert!(known.cannot_follow(&undone(2, 500)));
    }
}

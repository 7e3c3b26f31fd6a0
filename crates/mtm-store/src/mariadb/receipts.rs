//! The last receipts of parts: what is usual, for the plausibility of the next one.
//!
//! Other servers receive as well, so that what is remembered is never the answer: each question
//! reads what the log has more of the part than is remembered, and what has no place in it yet.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mtm_core::movement::MovementType;
use mtm_core::plausibility::HISTORY;
use mtm_core::word::{PartId, Quantity};
use uuid::Uuid;

use crate::sql::{Connection, Row, named, optional_uuid, params, quantity, uuid};
use crate::write::Failure;

/// Parts kept in memory at most: 20 MB. The whole memory starts over when it is full, which costs
/// one index walk for each part that is still received.
const MOST_PARTS: usize = 4_096;
/// More than this of one part is not caught up with, but read anew.
const MOST_NEW: usize = 500;

/// The newest receipts in the log that were not undone.
const READ: &str = "SELECT id, quantity, sequence FROM movement AS receipt
      WHERE part_id = ?1 AND sequence IS NOT NULL AND type = 'in'
        AND NOT EXISTS (SELECT 1 FROM movement WHERE reverses = receipt.id)
      ORDER BY sequence DESC LIMIT ?2";

/// What happened to the part after a place in the log, and what has no place yet.
const SINCE: &str = "(SELECT id, sequence, type, quantity, reverses FROM movement
       WHERE part_id = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3)
     UNION ALL
     (SELECT id, sequence, type, quantity, reverses FROM movement
       WHERE part_id = ?1 AND sequence IS NULL)";

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

/// A movement of the part.
struct Later {
    id: Uuid,
    sequence: Option<u64>,
    kind: MovementType,
    quantity: Quantity,
    reverses: Option<Uuid>,
}

impl Receipts {
    /// The last receipts of `part` that were not undone, newest first.
    pub(super) fn of(
        &self,
        connection: Connection<'_>,
        part: PartId,
    ) -> Result<Vec<Quantity>, Failure> {
        let remembered = self.memory().get(&part).cloned();
        let mut known = match remembered {
            Some(known) => known,
            None => Known::read(connection, part)?,
        };
        let mut later = since(connection, part, known.upto)?;
        if later.len() > MOST_NEW {
            known = Known::read(connection, part)?;
            later = since(connection, part, known.upto)?;
        }
        let (sealed, open): (Vec<Later>, Vec<Later>) =
            later.into_iter().partition(|later| later.sequence.is_some());
        if sealed.iter().any(|later| known.cannot_follow(later)) {
            known = Known::read(connection, part)?;
        } else {
            for later in &sealed {
                known.follow(later);
            }
        }
        self.remember(part, known.clone());
        for later in &open {
            known.follow(later);
        }
        Ok(known.receipts.into_iter().map(|(_, quantity)| quantity).collect())
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
    Receipts::default().of(connection, part)
}

impl Known {
    fn read(connection: Connection<'_>, part: PartId) -> Result<Self, Failure> {
        let most = i64::try_from(HISTORY).unwrap_or(i64::MAX);
        let mut known = Self::default();
        connection.prepare_cached(READ)?.query_all(params![part.0, most], |row| {
            known.upto = known.upto.max(row.get(2)?);
            known.receipts.push((uuid(row, 0)?, quantity(row, 1)?));
            Ok::<_, Failure>(())
        })?;
        Ok(known)
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

fn since(connection: Connection<'_>, part: PartId, upto: u64) -> Result<Vec<Later>, Failure> {
    let most = i64::try_from(MOST_NEW).unwrap_or(i64::MAX) + 1;
    let read = |row: &Row<'_>| {
        Ok::<_, Failure>(Later {
            id: uuid(row, 0)?,
            sequence: row.get(1)?,
            kind: named(row, 2, MovementType::from_name)?,
            quantity: quantity(row, 3)?,
            reverses: optional_uuid(row, 4)?,
        })
    };
    let mut later = connection
        .prepare_cached(SINCE)?
        .query_all(params![part.0, upto.cast_signed(), most], read)?;
    // In the order of the log; what has no place in it yet begins with its time.
    later.sort_by_key(|it| (it.sequence.unwrap_or(u64::MAX), it.id));
    Ok(later)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(n: u128, sequence: u64) -> Later {
        Later {
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

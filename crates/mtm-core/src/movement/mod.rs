//! The immutable fact: pieces went from one account to another.

mod account;
mod record;

pub use account::{Account, Bucket, Outside, Place};
pub use record::{MovementRecord, MovementType};

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::word::{LocationCode, LocationId, OperationCode, OperationId, PartCode, PartId};

/// A master record as it stands in a posting: its row for the database, its code for people.
///
/// Identity is the row: two values are equal, and order, by `id` alone, so that stock stays where
/// it is when its part or place is renamed between two movements.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Named<I, C> {
    /// Row id, stable across renames.
    pub id: I,
    /// Code at the time of the posting.
    pub code: C,
}

impl<I: PartialEq, C> PartialEq for Named<I, C> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<I: Eq, C> Eq for Named<I, C> {}

impl<I: Hash, C> Hash for Named<I, C> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl<I: Ord, C> PartialOrd for Named<I, C> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<I: Ord, C> Ord for Named<I, C> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }
}

/// A part named in a posting.
pub type PartRef = Named<PartId, PartCode>;
/// An operation named in a posting.
pub type OperationRef = Named<OperationId, OperationCode>;
/// A location named in a posting.
pub type LocationRef = Named<LocationId, LocationCode>;

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::word::{CommandId, LotNumber, Quantity, Timestamp, UserId};

    fn part(id: i64, code: &str) -> PartRef {
        PartRef { id: PartId(id), code: PartCode::parse(code).unwrap() }
    }

    /// Stock stays where it is when its part is renamed between two movements.
    #[test]
    fn what_is_named_is_its_row_whatever_it_is_called() {
        assert_eq!(part(1, "NEW"), part(1, "OLD"));
        assert_ne!(part(1, "P-1"), part(2, "P-1"));
        assert!(part(1, "Z") < part(2, "A"));
        let hash = |part: PartRef| {
            use std::hash::DefaultHasher;
            let mut hasher = DefaultHasher::new();
            part.hash(&mut hasher);
            hasher.finish()
        };
        assert_eq!(hash(part(1, "NEW")), hash(part(1, "OLD")));
        assert_ne!(hash(part(1, "P-1")), hash(part(2, "P-1")));
    }

    #[test]
    fn the_lot_of_a_movement_is_the_one_that_pieces_left_or_else_reached() {
        let bucket = |lot| {
            let code = LocationCode::parse("A-1").unwrap();
            let location = LocationRef { id: LocationId(1), code };
            let code = OperationCode::not_applicable();
            let operation = OperationRef { id: OperationId(1), code };
            let lot = LotNumber::allocated(lot);
            Account::from(Bucket {
                part: part(1, "P-1"),
                place: Place { operation, location },
                lot,
            })
        };
        let lot = |from, to| {
            let record = MovementRecord {
                id: CommandId::from_fresh(Uuid::nil()).movement(1),
                sequence: None,
                kind: MovementType::Transfer,
                part: part(1, "P-1"),
                quantity: Quantity::ZERO,
                from,
                to,
                recorded_at: Timestamp::from_micros(0),
                user: UserId(1),
                reason: None,
                notes: None,
                reverses: None,
            };
            record.lot().and_then(LotNumber::counter)
        };
        assert_eq!(lot(bucket(7), bucket(8)), Some(7));
        assert_eq!(lot(bucket(7), Outside::Scrap.into()), Some(7));
        assert_eq!(lot(Outside::Supplier.into(), bucket(8)), Some(8));
        assert_eq!(lot(Outside::Supplier.into(), Outside::Scrap.into()), None);
    }

    #[test]
    fn names_lead_back_to_types_and_accounts() {
        for kind in MovementType::ALL {
            assert_eq!(MovementType::from_name(kind.as_str()), Some(kind));
        }
        for outside in Outside::ALL {
            assert_eq!(Outside::from_name(outside.as_str()), Some(outside));
        }
        assert_eq!((MovementType::from_name("stock"), Outside::from_name("stock")), (None, None));
    }
}

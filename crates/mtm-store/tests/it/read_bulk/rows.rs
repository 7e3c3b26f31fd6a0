//! The rows of a movement, and what it does to the stock.

use rusqlite::params;

use super::{Bucket, Bulk, Fact, Hand, Place, movement_id};

impl Bulk {
    pub(super) fn write(&mut self, hand: &dyn Hand, fact: &Fact) {
        let outside = match fact.kind {
            "out" => "consumed",
            "scrap" => "scrap",
            "adjust" => "count",
            _ => "supplier",
        };
        let account = |end: Option<Place>| end.map_or(outside, |_| "stock");
        hand.write(
            "INSERT INTO movement (sequence, id, type, part_id, lot, quantity, from_account,
                    from_operation_id, from_location_id, to_account, to_operation_id,
                    to_location_id, to_lot, recorded_at, user_id, notes, reverses, station)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                         ?17, 'PC-' || (?1 % 7))",
            params![
                fact.sequence,
                movement_id(fact.sequence),
                fact.kind,
                fact.part,
                fact.lot,
                fact.quantity * 1_000_000,
                account(fact.from),
                fact.from.map(|place| place.0),
                fact.from.map(|place| place.1),
                account(fact.to),
                fact.to.map(|place| place.0),
                fact.to.map(|place| place.1),
                fact.to_lot,
                fact.at,
                fact.user,
                fact.notes,
                fact.reverses.map(movement_id),
            ],
        );
        if let Some((operation, location)) = fact.from {
            self.change(hand, (fact.part, operation, location, fact.lot.clone()), -fact.quantity);
        }
        if let Some((operation, location)) = fact.to {
            let lot = fact.to_lot.as_ref().unwrap_or(&fact.lot).clone();
            self.change(hand, (fact.part, operation, location, lot), fact.quantity);
        }
    }

    fn change(&mut self, hand: &dyn Hand, bucket: Bucket, delta: i64) {
        let after = self.stock.get(&bucket).copied().unwrap_or(0) + delta;
        assert!(after >= 0, "the model took more than there was");
        let received_at = self.lots[&bucket.3].received_at;
        if after == 0 {
            hand.write(
                "DELETE FROM stock WHERE lot = ?1 AND operation_id = ?2 AND location_id = ?3",
                params![bucket.3, bucket.1, bucket.2],
            );
            self.stock.remove(&bucket);
            let at = self.stands_at.remove(&bucket).unwrap();
            self.standing.swap_remove(at);
            if let Some(moved) = self.standing.get(at) {
                self.stands_at.insert(moved.clone(), at);
            }
        } else {
            hand.write(
                "REPLACE INTO stock (lot, operation_id, location_id, part_id, quantity,
                                        received_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![bucket.3, bucket.1, bucket.2, bucket.0, after * 1_000_000, received_at],
            );
            if self.stock.insert(bucket.clone(), after).is_none() {
                self.stands_at.insert(bucket.clone(), self.standing.len());
                self.standing.push(bucket);
            }
        }
    }
}

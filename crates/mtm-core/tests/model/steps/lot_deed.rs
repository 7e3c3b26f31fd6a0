//! Bookings of people who keep to lots of their own.

use std::num::NonZeroU16;

use mtm_core::command::{Action, Adjust, Count, LotAttributes, Move, Pick, Receive, Scrap, Take};
use mtm_core::word::LotNumber;
use proptest::prelude::*;

use super::words::{location, operation, part, pieces, reason};

/// Something done to one of a person's own lots.
#[derive(Debug, Clone, Copy)]
pub struct LotDeed {
    kind: u8,
    lot: u8,
    quantity: u8,
    place: u8,
}

/// A person's bookings on lots of their own, up to `most`.
pub fn lot_deeds(most: usize) -> impl Strategy<Value = Vec<LotDeed>> {
    let deed = (0..5_u8, 0..3_u8, 0..60_u8, 0..4_u8)
        .prop_map(|(kind, lot, quantity, place)| LotDeed { kind, lot, quantity, place });
    prop::collection::vec(deed, 1..most)
}

impl LotDeed {
    /// The action on a lot that only `person` touches.
    pub fn action(self, person: usize) -> Action {
        let lot = LotNumber::parse(&format!("p{person}-{}", self.lot)).unwrap();
        let pick = Pick { lot: Some(lot.clone()), ..Pick::default() };
        let quantity = Some(pieces(self.quantity.into()));
        match self.kind {
            0 => Action::Receive(Receive {
                part: part(1),
                operation: operation(0),
                location: location(self.place),
                quantity: pieces(i64::from(self.quantity) + 40),
                containers: NonZeroU16::MIN,
                lot: Some(lot),
                attributes: LotAttributes::default(),
                reason: None,
            }),
            1 => {
                Action::Take(Take { pick, quantity, reason: None, notes: None, reservation: None })
            }
            2 => Action::Move(Move {
                pick: Pick { location: Some(location(self.lot)), ..pick },
                quantity,
                to_operation: None,
                to_location: Some(location(self.place)),
                notes: None,
            }),
            3 => Action::Scrap(Scrap { pick, quantity, reason: reason("damaged", 0), notes: None }),
            _ => Action::Adjust(Adjust {
                pick,
                count: Count::Counted(pieces(self.quantity.into())),
                expected: None,
                reason: reason("count", 0),
                notes: None,
            }),
        }
    }
}

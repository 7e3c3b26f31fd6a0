//! A believable plant from a seed: master data, people, and a history of bookings.
//!
//! [`Plant`] is a plain iterator: first everything that must exist before a booking can be made,
//! then the bookings in order of time, ending at a given moment. Nothing here reads a clock, a
//! file or a database; the caller writes what comes out, in batches or one by one, and
//! [`References`] turns each booking into a command once the ledger has numbered the lots.
//!
//! The same [`PlantSpec`] gives the same bytes on every machine: a stream cipher gives the bits,
//! and everything after it is whole numbers. The shapes (how often parts move, how many pieces a
//! lot has, how long it stays, how busy an hour is) are a real plant's, kept as percentiles in one
//! table; the codes, names and texts are invented.
//!
//! A history does not start on an empty floor. What stands there on the first day was received in
//! the ninety days before it, and those receipts come first; receipts of lots that had left again
//! by then are not told.
//!
//! Deliberately absent: idempotency keys, identities and quantities in stock. Those are the
//! ledger's, and a generator that kept its own would be a second truth.

mod booking;
mod calendar;
mod export;
mod floor;
mod life;
mod master;
mod number;
mod references;
mod sample;
mod shape;
mod spec;
mod text;

pub use booking::{Booking, BookingOrdinal, Deed, LotOrdinal, Spot};
pub use export::{Digest, Export, ExportSummary, Table, digest};
pub use master::{
    ColorMaster, ItemTypeMaster, LocationMaster, OperationMaster, PartMaster, ShiftMaster,
    UserMaster,
};
pub use references::{ReferenceError, References};
pub use spec::{PlantSpec, Scale, SpecError};

use floor::Floor;

/// One item of a plant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlantItem {
    /// A kind of material.
    ItemType(ItemTypeMaster),
    /// A colour.
    Color(ColorMaster),
    /// An operation.
    Operation(OperationMaster),
    /// A location.
    Location(LocationMaster),
    /// A part.
    Part(PartMaster),
    /// A shift.
    Shift(ShiftMaster),
    /// A person.
    User(UserMaster),
    /// A booking.
    Booking(Booking),
}

/// A plant as a stream of items. Reasons are not among them: bookings use `damaged` (scrap),
/// `count` (adjust) and `quality` (hold), which every site has.
#[derive(Debug)]
pub struct Plant {
    stage: Stage,
    nth: usize,
    floor: Floor,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    ItemTypes,
    Colors,
    Operations,
    Locations,
    Parts,
    Shifts,
    Users,
    Bookings,
}

impl Plant {
    /// The plant of `spec`.
    pub fn new(spec: &PlantSpec) -> Result<Self, SpecError> {
        spec.check()?;
        Ok(Self { stage: Stage::ItemTypes, nth: 0, floor: Floor::new(spec) })
    }

    /// The master item at the current position, or the stage that follows.
    fn master(&self) -> Result<PlantItem, Stage> {
        let (masters, nth) = (&self.floor.masters, self.nth);
        let (item, following) = match self.stage {
            Stage::ItemTypes => {
                (masters.item_types.get(nth).cloned().map(PlantItem::ItemType), Stage::Colors)
            }
            Stage::Colors => {
                (masters.colors.get(nth).cloned().map(PlantItem::Color), Stage::Operations)
            }
            Stage::Operations => {
                let operation = masters.operations.get(nth).cloned();
                (operation.map(PlantItem::Operation), Stage::Locations)
            }
            Stage::Locations => {
                (masters.places.all.get(nth).cloned().map(PlantItem::Location), Stage::Parts)
            }
            Stage::Parts => {
                (masters.parts.all.get(nth).cloned().map(PlantItem::Part), Stage::Shifts)
            }
            Stage::Shifts => (master::SHIFTS.get(nth).cloned().map(PlantItem::Shift), Stage::Users),
            Stage::Users => {
                (masters.people.all.get(nth).cloned().map(PlantItem::User), Stage::Bookings)
            }
            Stage::Bookings => (None, Stage::Bookings),
        };
        item.ok_or(following)
    }
}

impl Iterator for Plant {
    type Item = PlantItem;

    fn next(&mut self) -> Option<PlantItem> {
        while !matches!(self.stage, Stage::Bookings) {
            match self.master() {
                Ok(item) => {
                    self.nth += 1;
                    return Some(item);
                }
                Err(following) => {
                    self.stage = following;
                    self.nth = 0;
                }
            }
        }
        self.floor.next().map(PlantItem::Booking)
    }
}

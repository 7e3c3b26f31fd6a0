//! From ordinals to what the ledger answered: turns bookings into commands for a real ledger.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use mtm_core::Action;
use mtm_core::command::{
    Adjust, Complete, HoldSubject, Move, Pick, PickRule, PlaceHold, Receive, ReleaseHold, Reverse,
    ReverseTarget, Scrap, Split, Take,
};
use mtm_core::word::{CommandId, HoldId, LotNumber, Quantity};

use super::booking::{Booking, BookingOrdinal, Deed, LotOrdinal, Spot};

/// A booking names something whose number is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// A lot that was not recorded.
    #[error("booking {} names lot {}, whose number was not recorded", .booking.0, .lot.0)]
    UnknownLot {
        /// The booking.
        booking: BookingOrdinal,
        /// The lot.
        lot: LotOrdinal,
    },
    /// A booking that was not recorded.
    #[error("booking {} names booking {}, which was not recorded", .booking.0, .named.0)]
    UnknownBooking {
        /// The booking.
        booking: BookingOrdinal,
        /// The one it names.
        named: BookingOrdinal,
    },
    /// The ledger made another number of lots than the booking asked for.
    #[error("booking {} makes {asked} lots; the ledger made {made}", .booking.0)]
    OtherLots {
        /// The booking.
        booking: BookingOrdinal,
        /// Lots it creates.
        asked: usize,
        /// Lots the ledger answered with.
        made: usize,
    },
}

/// Numbers that the ledger gave to lots and commands, kept only as long as a later booking may
/// name them.
///
/// A sink that writes in batches asks [`References::resolves`] before each booking and writes
/// the batch first where the answer is no:
///
/// ```text
/// for each booking:
///     if !references.resolves(&booking) { post the batch; record each answer }
///     batch.push(references.action(&booking)?)
/// ```
#[derive(Debug, Default)]
pub struct References {
    lots: BTreeMap<LotOrdinal, LotNumber>,
    commands: BTreeMap<BookingOrdinal, CommandId>,
}

impl References {
    /// Whether everything that the booking names was recorded.
    pub fn resolves(&self, booking: &Booking) -> bool {
        let deed = &booking.deed;
        deed.named_booking().is_none_or(|named| self.commands.contains_key(&named))
            && deed.named_lots().iter().all(|lot| self.lots.contains_key(lot))
    }

    /// Keeps what the ledger answered to `booking`: the command's id, and the lots it made where
    /// it made any. Forgets what no later booking names.
    pub fn record(
        &mut self,
        booking: &Booking,
        command: CommandId,
        lots: &[LotNumber],
    ) -> Result<(), ReferenceError> {
        let new: Vec<LotOrdinal> = booking.deed.new_lots().collect();
        if !new.is_empty() && new.len() != lots.len() {
            return Err(ReferenceError::OtherLots {
                booking: booking.ordinal,
                asked: new.len(),
                made: lots.len(),
            });
        }
        self.lots.extend(new.into_iter().zip(lots.iter().cloned()));
        if booking.named_later {
            self.commands.insert(booking.ordinal, command);
        }
        if let Some(named) = booking.deed.named_booking() {
            self.commands.remove(&named);
        }
        if booking.last_of_lot {
            for lot in booking.deed.named_lots() {
                self.lots.remove(lot);
            }
        }
        Ok(())
    }

    /// How many lots are remembered.
    pub fn lots(&self) -> usize {
        self.lots.len()
    }

    /// The command's action, with the ledger's own numbers.
    pub fn action(&self, booking: &Booking) -> Result<Action, ReferenceError> {
        let pick = |spot: &Spot| self.pick(booking, spot);
        Ok(match &booking.deed {
            Deed::Receive {
                part, operation, location, quantity, containers, attributes, ..
            } => Action::Receive(Receive {
                part: part.clone(),
                operation: operation.clone(),
                location: location.clone(),
                quantity: *quantity,
                containers: NonZeroU16::new(*containers).unwrap_or(NonZeroU16::MIN),
                lot: None,
                attributes: attributes.clone(),
                reason: None,
            }),
            Deed::Take { from, quantity, notes } => Action::Take(Take {
                pick: pick(from)?,
                quantity: *quantity,
                reason: None,
                notes: notes.clone(),
                reservation: None,
            }),
            Deed::Move { from, quantity, to_operation, to_location, notes } => Action::Move(Move {
                pick: pick(from)?,
                quantity: *quantity,
                to_operation: to_operation.clone(),
                to_location: to_location.clone(),
                notes: notes.clone(),
            }),
            Deed::Scrap { from, quantity, reason, notes } => Action::Scrap(Scrap {
                pick: pick(from)?,
                quantity: *quantity,
                reason: reason.clone(),
                notes: notes.clone(),
            }),
            Deed::Adjust { spot, count, reason, notes } => Action::Adjust(Adjust {
                pick: pick(spot)?,
                count: *count,
                expected: None,
                reason: reason.clone(),
                notes: notes.clone(),
            }),
            Deed::Complete { from, good, scrap, scrap_reason, to_operation } => {
                Action::Complete(Complete {
                    pick: pick(from)?,
                    good: *good,
                    scrap: *scrap,
                    rework: Quantity::ZERO,
                    to_operation: Some(to_operation.clone()),
                    to_location: None,
                    rework_operation: None,
                    rework_location: None,
                    scrap_reason: scrap_reason.clone(),
                    notes: None,
                })
            }
            Deed::Split { from, quantity, .. } => {
                Action::Split(Split { pick: pick(from)?, quantity: *quantity, notes: None })
            }
            Deed::Hold { lot, reason, notes } => Action::PlaceHold(PlaceHold {
                subject: HoldSubject::Lot(self.lot(booking, *lot)?),
                reason: reason.clone(),
                notes: notes.clone(),
            }),
            Deed::Release { hold, .. } => Action::ReleaseHold(ReleaseHold {
                hold: HoldId::placed_by(self.command(booking, *hold)?),
                notes: None,
            }),
            Deed::Undo { booking: named, reason, .. } => Action::Reverse(Reverse {
                target: ReverseTarget::Command(self.command(booking, *named)?),
                reason: reason.clone(),
            }),
        })
    }

    fn pick(&self, booking: &Booking, spot: &Spot) -> Result<Pick, ReferenceError> {
        Ok(Pick {
            lot: Some(self.lot(booking, spot.lot)?),
            part: Some(spot.part.clone()),
            operation: Some(spot.operation.clone()),
            location: Some(spot.location.clone()),
            rule: PickRule::Exact,
        })
    }

    fn lot(&self, booking: &Booking, lot: LotOrdinal) -> Result<LotNumber, ReferenceError> {
        let unknown = ReferenceError::UnknownLot { booking: booking.ordinal, lot };
        self.lots.get(&lot).cloned().ok_or(unknown)
    }

    fn command(
        &self,
        booking: &Booking,
        named: BookingOrdinal,
    ) -> Result<CommandId, ReferenceError> {
        let unknown = ReferenceError::UnknownBooking { booking: booking.ordinal, named };
        self.commands.get(&named).copied().ok_or(unknown)
    }
}

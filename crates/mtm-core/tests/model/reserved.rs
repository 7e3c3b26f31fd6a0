//! What becomes of reservations in the model's world.

use mtm_core::command::Command;
use mtm_core::posting::Postings;
use mtm_core::view::{ReservationFact, TakenFor};
use mtm_core::word::{Quantity, ReservationId};

use super::world::World;

impl World {
    /// Writes what was decided about reservations.
    pub(super) fn reserve(&mut self, command: &Command, postings: &Postings) {
        for undone in postings.movements.iter().filter_map(|posting| posting.reverses) {
            let Some(taken) = self.taken_for.remove(&undone) else { continue };
            let found = self.reservations.iter_mut().find(|it| it.id == taken.reservation);
            if let Some(found) = found {
                found.used = found.used.minus(taken.quantity).expect("more than was taken");
            }
        }
        for used in &postings.reservation_uses {
            let found = self.reservations.iter_mut().find(|it| it.id == used.reservation);
            let found = found.expect("a reservation that is there");
            found.used = found.used.plus(used.quantity).expect("too much");
            let taken = TakenFor { reservation: used.reservation, quantity: used.quantity };
            self.taken_for.insert(command.id.movement(used.position), taken);
        }
        if let Some(ended) = postings.released_reservation() {
            self.reservations.retain(|it| it.id != ended.id);
        }
        if let Some(new) = &postings.new_reservation {
            let actor = &command.context.actor;
            self.reservations.push(ReservationFact {
                id: ReservationId::made_by(command.id),
                lot: new.lot.clone(),
                quantity: new.quantity,
                used: Quantity::ZERO,
                work_order: new.work_order.clone(),
                purpose: new.purpose.clone(),
                ends_at: new.ends_at,
                by: actor.id,
                by_name: actor.name.clone(),
            });
        }
    }
}

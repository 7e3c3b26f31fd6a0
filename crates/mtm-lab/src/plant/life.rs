//! What happens to a lot between the dock and the line.

use mtm_core::command::{Count, LotAttributes};
use mtm_core::word::{ReasonCode, WorkOrder};

use super::booking::{Booking, Deed, LotOrdinal};
use super::calendar::SECOND;
use super::floor::{Arrival, Floor, Pile, What};
use super::master::{pieces, word};
use super::shape::life;
use super::text;

const MINUTE: i64 = 60 * SECOND;

/// Something that happens to a lot before it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happening {
    Moved,
    Completed,
    Counted,
    Parted,
    Split,
    Held,
}

/// Happenings with how many lots in a thousand have them.
const HAPPENINGS: [(Happening, u64); 6] = [
    (Happening::Moved, life::MOVED),
    (Happening::Completed, life::COMPLETED),
    (Happening::Counted, life::COUNTED),
    (Happening::Parted, life::PARTED),
    (Happening::Split, life::SPLIT),
    (Happening::Held, life::HELD),
];

impl Floor {
    /// Lets something happen; plans what follows.
    pub(super) fn happen(&mut self, at: i64, what: What) -> Option<Booking> {
        match what {
            What::Arrives(arrival) => Some(self.arrive(at, *arrival)),
            What::Happens(happening, pile, leaves) => self.befall(at, happening, pile, leaves),
            What::Leaves(pile) => Some(self.leave(at, pile)),
            What::RestLeaves(pile) => Some(self.take_all(at, pile)),
            What::ReceiptUndone { booking, who, piles, again } => {
                for pile in &piles {
                    self.masters.places.clear(pile.location);
                }
                let seconds = self.between(20, 120);
                self.plan(at + seconds * SECOND, What::Arrives(again));
                let lots = piles.iter().map(|pile| pile.lot).collect();
                let reason = text::slip(&mut self.life);
                let undone = self.booking(at, who, Deed::Undo { booking, lots, reason });
                Some(Booking { last_of_lot: true, ..undone })
            }
            What::TakeUndone { booking, who, pile } => {
                self.masters.places.fill(pile.location);
                let minutes = self.between(10, 90);
                self.plan(at + minutes * MINUTE, What::RestLeaves(pile));
                let reason = text::slip(&mut self.life);
                Some(self.booking(at, who, Deed::Undo { booking, lots: vec![pile.lot], reason }))
            }
            What::Released { hold, pile, leaves } => {
                self.plan(leaves.max(at + MINUTE), What::Leaves(pile));
                let who = self.lead(at);
                Some(self.booking(at, who, Deed::Release { hold, lot: pile.lot }))
            }
        }
    }

    fn arrive(&mut self, at: i64, arrival: Arrival) -> Booking {
        let containers = u16::try_from(arrival.leaves.len()).unwrap_or(u16::MAX);
        let location = self.masters.places.with_room(arrival.location, containers, &mut self.life);
        let mut piles = Vec::with_capacity(arrival.leaves.len());
        for _ in &arrival.leaves {
            self.masters.places.fill(location);
            piles.push(Pile {
                lot: self.new_lot(),
                part: arrival.part,
                operation: arrival.operation,
                location,
                quantity: arrival.quantity,
                taker: arrival.taker,
                whole_lot: true,
            });
        }
        let who = self.somebody(at, arrival.receiver);
        let attributes = self.attributes(arrival.part);
        let deed = Deed::Receive {
            first_lot: piles.first().map_or(LotOrdinal(0), |pile| pile.lot),
            part: self.masters.parts.all[arrival.part].code.clone(),
            operation: self.masters.operations[arrival.operation].code.clone(),
            location: self.masters.places.all[location].code.clone(),
            quantity: pieces(arrival.quantity),
            containers,
            attributes,
        };
        let booking = self.booking(at, who, deed);
        if !arrival.slip {
            for (pile, leaves) in piles.into_iter().zip(arrival.leaves) {
                if let Some(leaves) = leaves {
                    self.plan_life(at, pile, leaves);
                }
            }
            return booking;
        }
        let seconds = self.between(30, 420);
        let quantity = self.masters.parts.lot_quantity(arrival.part, &mut self.life);
        let again = Box::new(Arrival { slip: false, quantity, ..arrival });
        let undone = What::ReceiptUndone { booking: booking.ordinal, who, piles, again };
        self.plan(at + seconds * SECOND, undone);
        Booking { named_later: true, ..booking }
    }

    /// Plans what happens to a new pile: at most one thing, and that it leaves.
    fn plan_life(&mut self, at: i64, pile: Pile, leaves: i64) {
        let leaves = leaves.max(at + MINUTE);
        let mut draw = self.life.below(1_000);
        for (happening, chance) in HAPPENINGS {
            if draw < chance {
                let when = self.within(at, leaves);
                if when >= self.calendar.opens {
                    self.plan(when, What::Happens(happening, pile, leaves));
                    return;
                }
                break;
            }
            draw -= chance;
        }
        self.plan(leaves, What::Leaves(pile));
    }

    fn befall(
        &mut self,
        at: i64,
        happening: Happening,
        mut pile: Pile,
        leaves: i64,
    ) -> Option<Booking> {
        let leaves = leaves.max(at + MINUTE);
        let who = match happening {
            Happening::Counted | Happening::Held => self.lead(at),
            _ => {
                let bits = self.life.bits();
                self.somebody(at, bits)
            }
        };
        let deed = match happening {
            Happening::Moved => self.relocate(&mut pile),
            Happening::Completed => self.complete(&mut pile),
            Happening::Counted => self.count(&mut pile),
            Happening::Held => return Some(self.hold(at, who, pile, leaves)),
            Happening::Parted | Happening::Split if pile.quantity < 4 => {
                // Too few to share out: it simply leaves.
                self.plan(leaves, What::Leaves(pile));
                return None;
            }
            Happening::Parted => self.part(&mut pile, leaves),
            Happening::Split => self.split(&mut pile, leaves),
        };
        self.plan(leaves, What::Leaves(pile));
        Some(self.booking(at, who, deed))
    }

    fn relocate(&mut self, pile: &mut Pile) -> Deed {
        let from = self.spot(pile);
        let kind = self.life.below(100);
        let to_operation = (kind >= 60).then(|| {
            pile.operation = self.masters.parts.next(pile.part, pile.operation, &mut self.life);
            self.masters.operations[pile.operation].code.clone()
        });
        let to_location = (kind < 85).then(|| {
            pile.location = self.put_elsewhere(pile.location);
            self.masters.places.all[pile.location].code.clone()
        });
        let notes = text::note(&mut self.life);
        Deed::Move { from, quantity: None, to_operation, to_location, notes }
    }

    /// Moves one lot's worth of room from `here` to another location.
    fn put_elsewhere(&mut self, here: usize) -> usize {
        let there = self.masters.places.elsewhere(here, &mut self.life);
        self.masters.places.clear(here);
        self.masters.places.fill(there);
        there
    }

    fn complete(&mut self, pile: &mut Pile) -> Deed {
        let from = self.spot(pile);
        pile.operation = self.masters.parts.next(pile.part, pile.operation, &mut self.life);
        let scrap = if pile.quantity > 1 && self.life.chance(500) { self.few(pile) } else { 0 };
        pile.quantity -= scrap;
        Deed::Complete {
            from,
            good: pieces(pile.quantity),
            scrap: pieces(scrap),
            scrap_reason: (scrap > 0).then(damaged),
            to_operation: self.masters.operations[pile.operation].code.clone(),
        }
    }

    fn count(&mut self, pile: &mut Pile) -> Deed {
        let spot = self.spot(pile);
        match self.life.below(10) {
            0..3 => {}
            3..6 => pile.quantity += self.few(pile),
            _ => pile.quantity -= self.few(pile).min(pile.quantity - 1),
        }
        let count = Count::Counted(pieces(pile.quantity));
        let notes = text::note(&mut self.life);
        Deed::Adjust { spot, count, reason: word("count"), notes }
    }

    fn part(&mut self, pile: &mut Pile, leaves: i64) -> Deed {
        let from = self.spot(pile);
        let taken = self.share(pile);
        pile.whole_lot = false;
        let mut other = Pile { quantity: taken, ..*pile };
        // The room of the part that stays is not given up.
        self.masters.places.fill(pile.location);
        other.location = self.put_elsewhere(pile.location);
        let hours = self.between(2, 60);
        self.plan(leaves.saturating_add(hours * 60 * MINUTE), What::RestLeaves(other));
        let to_location = Some(self.masters.places.all[other.location].code.clone());
        let notes = text::note(&mut self.life);
        Deed::Move { from, quantity: Some(pieces(taken)), to_operation: None, to_location, notes }
    }

    fn split(&mut self, pile: &mut Pile, leaves: i64) -> Deed {
        let from = self.spot(pile);
        let quantity = self.share(pile);
        let new_lot = self.new_lot();
        self.masters.places.fill(pile.location);
        let other = Pile { lot: new_lot, quantity, whole_lot: true, ..*pile };
        let hours = self.between(2, 60);
        self.plan(leaves.saturating_add(hours * 60 * MINUTE), What::RestLeaves(other));
        Deed::Split { from, quantity: pieces(quantity), new_lot }
    }

    fn hold(&mut self, at: i64, who: usize, pile: Pile, leaves: i64) -> Booking {
        let notes = Some(text::hold(&mut self.life));
        let deed = Deed::Hold { lot: pile.lot, reason: word("quality"), notes };
        let released = self.life.chance(500);
        let booking = self.booking(at, who, deed);
        if released {
            let when = self.within(at, leaves).max(at + 10 * MINUTE);
            self.plan(when, What::Released { hold: booking.ordinal, pile, leaves });
        }
        // The last booking that names the lot where the hold stays.
        Booking { named_later: released, last_of_lot: !released && pile.whole_lot, ..booking }
    }

    fn leave(&mut self, at: i64, mut pile: Pile) -> Booking {
        let mut draw = self.life.below(1_000);
        let mut falls_to = |chance: u64| {
            let hit = draw < chance;
            draw = if hit { u64::MAX } else { draw.saturating_sub(chance) };
            hit
        };
        if falls_to(life::TAKE_UNDONE) {
            return self.take_by_mistake(at, pile);
        }
        if falls_to(life::SCRAPPED) {
            self.masters.places.clear(pile.location);
            let scrapped = self.scrap(at, &pile, None);
            return Booking { last_of_lot: pile.whole_lot, ..scrapped };
        }
        if pile.quantity >= 4 && falls_to(life::PARTLY_SCRAPPED) {
            let some = self.few(&pile);
            let booking = self.scrap(at, &pile, Some(some));
            pile.quantity -= some;
            let minutes = self.between(1, 20);
            self.plan(at + minutes * MINUTE, What::RestLeaves(pile));
            return booking;
        }
        if pile.quantity >= 4 && falls_to(life::TAKEN_IN_PARTS) {
            let from = self.spot(&pile);
            let some = self.share(&mut pile);
            let hours = self.between(2, 48);
            self.plan(at + hours * 60 * MINUTE, What::RestLeaves(pile));
            let who = self.somebody(at, pile.taker);
            let notes = text::note(&mut self.life);
            return self.booking(at, who, Deed::Take { from, quantity: Some(pieces(some)), notes });
        }
        self.take_all(at, pile)
    }

    fn take_all(&mut self, at: i64, pile: Pile) -> Booking {
        self.masters.places.clear(pile.location);
        let who = self.somebody(at, pile.taker);
        let from = self.spot(&pile);
        let notes = text::note(&mut self.life);
        let taken = self.booking(at, who, Deed::Take { from, quantity: None, notes });
        Booking { last_of_lot: pile.whole_lot, ..taken }
    }

    fn take_by_mistake(&mut self, at: i64, pile: Pile) -> Booking {
        let who = self.somebody(at, pile.taker);
        let seconds = self.between(30, 420);
        let booking = self.take_all(at, pile);
        let undone = What::TakeUndone { booking: booking.ordinal, who, pile };
        self.plan(at + seconds * SECOND, undone);
        Booking { named_later: true, last_of_lot: false, ..booking }
    }

    fn scrap(&mut self, at: i64, pile: &Pile, some: Option<u32>) -> Booking {
        let who = self.somebody(at, pile.taker);
        let from = self.spot(pile);
        let notes = text::note(&mut self.life);
        let deed = Deed::Scrap { from, quantity: some.map(pieces), reason: damaged(), notes };
        self.booking(at, who, deed)
    }

    fn attributes(&mut self, part: usize) -> LotAttributes {
        let dice = &mut self.life;
        let master = &self.masters.parts.all[part];
        let colored = master.requires_color || dice.chance(8);
        let ordered = master.requires_work_order || dice.chance(60);
        LotAttributes {
            item_type: None,
            color_code: colored.then(|| dice.pick(&self.masters.colors).code.clone()),
            work_order: ordered.then(|| {
                let number = dice.between(58_000, 64_000);
                word::<WorkOrder>(&format!("WO-{number:06}"))
            }),
            notes: text::note(dice),
        }
    }

    /// A moment between two, somewhere in the middle, in plant time.
    fn within(&mut self, from: i64, to: i64) -> i64 {
        let (from, to) = (self.calendar.plant_time(from), self.calendar.plant_time(to));
        let span = to.saturating_sub(from);
        let at = from + span / 10 + self.life.below(span / 10 * 8);
        self.calendar.moment(at).unwrap_or(i64::MAX)
    }

    /// Takes a tenth to six tenths of a pile's pieces off it.
    fn share(&mut self, pile: &mut Pile) -> u32 {
        let permille = self.life.between(100, 600);
        let share = u64::from(pile.quantity) * permille / 1_000;
        let share = u32::try_from(share).unwrap_or_default().clamp(1, pile.quantity - 1);
        pile.quantity -= share;
        share
    }

    /// A few pieces of a pile: one at least, a thirtieth at most.
    fn few(&mut self, pile: &Pile) -> u32 {
        let few = self.life.between(1, u64::from(pile.quantity / 30 + 1));
        u32::try_from(few).unwrap_or(1)
    }

    fn between(&mut self, low: u64, high: u64) -> i64 {
        i64::try_from(self.life.between(low, high)).unwrap_or_default()
    }
}

fn damaged() -> ReasonCode {
    word("damaged")
}

//! The shop floor in motion: what arrives, what stands, what happens next.
//!
//! A queue holds the next event of every lot that will have one; dead stock costs nothing but a
//! count per location. So memory grows with the stock, never with the length of the history.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::booking::{Booking, BookingOrdinal, Deed, LotOrdinal, Spot};
use super::calendar::{Calendar, PLANT_HOUR, SECOND, ShiftOfDay};
use super::life::Happening;
use super::master::Masters;
use super::master::Roster;
use super::sample::{Concern, Deck, Dice, MILLION, ratio};
use super::shape::{self, life};
use super::spec::PlantSpec;

/// Lots of one part about to be received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) part: usize,
    pub(super) operation: usize,
    pub(super) location: usize,
    pub(super) quantity: u32,
    /// When each of the lots leaves; `None` for dead stock. One lot for each.
    pub(super) leaves: Vec<Option<i64>>,
    /// Chooses who receives them.
    pub(super) receiver: u64,
    /// Chooses who takes them; the same for lots that leave together.
    pub(super) taker: u64,
    /// Booked wrongly, to be undone.
    pub(super) slip: bool,
}

/// Stock in one place: a lot, or the part of it that stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pile {
    pub(super) lot: LotOrdinal,
    pub(super) part: usize,
    pub(super) operation: usize,
    pub(super) location: usize,
    pub(super) quantity: u32,
    pub(super) taker: u64,
    /// No other pile is of the same lot.
    pub(super) whole_lot: bool,
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Arrives(Box<Arrival>),
    Happens(Happening, Pile, i64),
    Leaves(Pile),
    /// The rest of a pile that was begun leaves.
    RestLeaves(Pile),
    /// A receipt is undone; the right one follows.
    ReceiptUndone {
        booking: BookingOrdinal,
        who: usize,
        piles: Vec<Pile>,
        again: Box<Arrival>,
    },
    /// A take is undone; the pile leaves later.
    TakeUndone {
        booking: BookingOrdinal,
        who: usize,
        pile: Pile,
    },
    /// A hold ends; the pile leaves later.
    Released {
        hold: BookingOrdinal,
        pile: Pile,
        leaves: i64,
    },
}

#[derive(Debug, PartialEq, Eq)]
struct Event {
    at: i64,
    order: u64,
    what: What,
}

impl Ord for Event {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The floor: an iterator of bookings in order of time.
#[derive(Debug)]
pub(super) struct Floor {
    pub(super) masters: Masters,
    pub(super) calendar: Calendar,
    pub(super) life: Dice,
    /// Plant time that a lot stays, against the real plant's, in parts in a million.
    dwell_scale: u64,
    dwell: Deck,
    runs: Deck,
    flow: Source,
    dead: Source,
    queue: BinaryHeap<Reverse<Event>>,
    order: u64,
    lots: u64,
    bookings: u64,
    last_at: i64,
    roster: Option<((i64, ShiftOfDay), Roster)>,
}

/// A stream of arrivals: the plant time of the next, and the mean time between two.
#[derive(Debug)]
struct Source {
    dice: Dice,
    parts: Deck,
    next: u64,
    mean_gap: Option<u64>,
    until: u64,
}

impl Source {
    fn new(dice: Dice, mean_gap: Option<u64>, until: u64) -> Self {
        let mut source = Self { dice, parts: Deck::default(), next: 0, mean_gap, until };
        source.advance();
        source
    }

    fn advance(&mut self) {
        let gap = self.mean_gap.map_or(u64::MAX, |mean| {
            let drawn = shape::ARRIVAL_GAP.choose(self.dice.bits());
            ratio(mean, drawn, shape::ARRIVAL_GAP.mean()).max(1)
        });
        self.next = self.next.saturating_add(gap);
    }

    /// The moment of the next arrival, if there is one.
    fn moment(&self, calendar: &Calendar) -> Option<i64> {
        if self.next >= self.until { None } else { calendar.moment(self.next) }
    }
}

impl Floor {
    pub(super) fn new(spec: &PlantSpec) -> Self {
        let calendar = Calendar::new(spec);
        let lots = spec.movements * 1_000 / life::MOVEMENTS;
        let open_hours = (calendar.open_time() / PLANT_HOUR).max(1);
        let standing = ratio(lots, shape::DWELL_MILLIHOURS.mean(), 1_000 * open_hours);
        let buckets = u64::from(spec.buckets);
        let opens = calendar.plant_time(calendar.opens);
        let ends = calendar.plant_time(calendar.ends);
        let run_gap = (lots > 0).then(|| ratio(calendar.open_time(), mean_run(), 1_000 * lots));
        let dead = buckets.saturating_sub(standing);
        let dead_gap = (dead > 0).then(|| opens / dead);
        Self {
            dwell_scale: ratio(buckets, MILLION, standing).min(MILLION),
            dwell: Deck::default(),
            runs: Deck::default(),
            flow: Source::new(Dice::new(spec.seed, Concern::Flow), run_gap, ends),
            dead: Source::new(Dice::new(spec.seed, Concern::DeadStock), dead_gap, opens),
            masters: Masters::new(spec),
            life: Dice::new(spec.seed, Concern::Life),
            calendar,
            queue: BinaryHeap::new(),
            order: 0,
            lots: 0,
            bookings: 0,
            last_at: i64::MIN,
            roster: None,
        }
    }

    /// Plans what happens, unless it is after the end.
    pub(super) fn plan(&mut self, at: i64, what: What) {
        if at < self.calendar.ends {
            self.order += 1;
            self.queue.push(Reverse(Event { at, order: self.order, what }));
        }
    }

    /// The moment a lot leaves that arrives at this plant time; after the end where it is later
    /// than the calendar.
    pub(super) fn leaving(&mut self, arrives: u64) -> i64 {
        let hours = shape::DWELL_MILLIHOURS.choose(self.dwell.bits(&mut self.life));
        let stay = ratio(ratio(hours, PLANT_HOUR, 1_000), self.dwell_scale, MILLION);
        self.calendar.moment(arrives.saturating_add(stay)).unwrap_or(i64::MAX)
    }

    /// The next lot's ordinal.
    pub(super) fn new_lot(&mut self) -> LotOrdinal {
        self.lots += 1;
        LotOrdinal(self.lots)
    }

    /// Where a pile stands, in words.
    pub(super) fn spot(&self, pile: &Pile) -> Spot {
        Spot {
            lot: pile.lot,
            part: self.masters.parts.all[pile.part].code.clone(),
            operation: self.masters.operations[pile.operation].code.clone(),
            location: self.masters.places.all[pile.location].code.clone(),
        }
    }

    /// Somebody of the shift at work, the same for the same bits.
    pub(super) fn somebody(&mut self, at: i64, bits: u64) -> usize {
        self.on_shift(at).anybody(bits)
    }

    /// The lead of the shift at work.
    pub(super) fn lead(&mut self, at: i64) -> usize {
        self.on_shift(at).lead()
    }

    fn on_shift(&mut self, at: i64) -> &Roster {
        let now = self.calendar.shift(at);
        let people = &self.masters.people;
        if self.roster.as_ref().is_some_and(|(shift, _)| *shift != now) {
            self.roster = None;
        }
        &self.roster.get_or_insert_with(|| (now, people.roster(now.0, now.1))).1
    }

    /// A booking that no later one names, with the next ordinal.
    pub(super) fn booking(&mut self, at: i64, who: usize, deed: Deed) -> Booking {
        self.bookings += 1;
        Booking {
            ordinal: BookingOrdinal(self.bookings),
            at: mtm_core::word::Timestamp::from_micros(at),
            user: self.masters.people.all[who].name.clone(),
            deed,
            named_later: false,
            last_of_lot: false,
        }
    }

    /// Lets everything arrive that arrives before the next planned event.
    fn receive_until_next_event(&mut self) {
        loop {
            let planned = self.queue.peek().map_or(i64::MAX, |Reverse(event)| event.at);
            let flow = self.flow.moment(&self.calendar).unwrap_or(i64::MAX);
            let dead = self.dead.moment(&self.calendar).unwrap_or(i64::MAX);
            if flow.min(dead) >= planned.min(self.calendar.ends) {
                return;
            }
            if dead < flow {
                self.plan_dead_stock(dead);
                self.dead.advance();
            } else {
                self.plan_run(flow);
                self.flow.advance();
            }
        }
    }

    fn plan_dead_stock(&mut self, at: i64) {
        let dice = &mut self.dead.dice;
        let part = self.masters.parts.choose(self.dead.parts.bits(dice));
        let arrival = Arrival {
            part,
            operation: self.masters.parts.entry(part, dice),
            location: self.masters.places.rack(1, None, dice),
            quantity: self.masters.parts.lot_quantity(part, dice),
            leaves: vec![None],
            receiver: dice.bits(),
            taker: 0,
            slip: false,
        };
        self.plan(at, What::Arrives(Box::new(arrival)));
    }

    /// A run: lots of one part, received one after the other by one person.
    fn plan_run(&mut self, starts: i64) {
        let arrives = self.flow.next;
        let dice = &mut self.flow.dice;
        let lots = shape::RUN_MILLILOTS.choose(self.runs.bits(dice)) / 1_000;
        let part = self.masters.parts.choose(self.flow.parts.bits(dice));
        let mut arrival = Arrival {
            part,
            operation: self.masters.parts.entry(part, dice),
            location: self.masters.places.somewhere(dice),
            quantity: self.masters.parts.lot_quantity(part, dice),
            leaves: Vec::new(),
            receiver: dice.bits(),
            taker: dice.bits(),
            slip: false,
        };
        let pace = Pace::of_receipts(dice, lots);
        let at_once = lots >= 3 && dice.chance(80);
        let together = (lots > 1 && dice.chance(350)).then(|| Pace::of_takes(dice, lots));
        let one_place = dice.chance(600);
        let mut leaves = self.leaving(arrives);
        let mut at = starts;
        for nth in 0..lots {
            if nth > 0 {
                at += pace.gap(&mut self.flow.dice);
                leaves = match together {
                    Some(pace) => leaves.saturating_add(pace.gap(&mut self.flow.dice)),
                    None => self.leaving(arrives),
                };
            }
            let dice = &mut self.flow.dice;
            if together.is_none() {
                arrival.taker = dice.bits();
            }
            if nth > 0 && !one_place {
                arrival.location = self.masters.places.somewhere(dice);
            }
            if nth > 0 && nth + 1 == lots && !at_once {
                // The last container of a run is often not full.
                arrival.quantity = self.masters.parts.lot_quantity(part, dice);
            }
            arrival.slip =
                at >= self.calendar.opens && !at_once && dice.chance(life::RECEIPT_UNDONE);
            if leaves < self.calendar.opens {
                // It came and went before the history begins.
                continue;
            }
            arrival.leaves.push(Some(leaves.max(at + 60 * SECOND)));
            if !at_once {
                let one =
                    Arrival { leaves: std::mem::take(&mut arrival.leaves), ..arrival.clone() };
                self.plan(at, What::Arrives(Box::new(one)));
            }
        }
        if !arrival.leaves.is_empty() {
            self.plan(starts, What::Arrives(Box::new(arrival)));
        }
    }
}

impl Iterator for Floor {
    type Item = Booking;

    fn next(&mut self) -> Option<Booking> {
        loop {
            self.receive_until_next_event();
            let Reverse(event) = self.queue.pop()?;
            // No two bookings at the same moment: the ledger would tell them apart anyway.
            let at = event.at.max(self.last_at.saturating_add(1));
            if at >= self.calendar.ends {
                return None;
            }
            if let Some(booking) = self.happen(at, event.what) {
                self.last_at = at;
                return Some(booking);
            }
        }
    }
}

/// How fast one booking follows another.
#[derive(Debug, Clone, Copy)]
struct Pace {
    least: i64,
    most: i64,
}

impl Pace {
    const SCANNING: Self = Self { least: 14 * SECOND, most: 75 * SECOND };
    const QUICK: Self = Self { least: 2 * SECOND, most: 8 * SECOND };
    const HURRIED: Self = Self { least: SECOND, most: SECOND * 17 / 10 };
    const ONE_TAP: Self = Self { least: 38_000, most: 62_000 };

    fn of_receipts(dice: &mut Dice, lots: u64) -> Self {
        match dice.below(100) {
            0..20 if lots >= 8 => Self::HURRIED,
            20..35 => Self::QUICK,
            _ => Self::SCANNING,
        }
    }

    fn of_takes(dice: &mut Dice, lots: u64) -> Self {
        match dice.below(100) {
            0..25 if lots >= 8 => Self::ONE_TAP,
            25..45 => Self::QUICK,
            _ => Self::SCANNING,
        }
    }

    fn gap(self, dice: &mut Dice) -> i64 {
        let span = u64::try_from(self.most - self.least).unwrap_or_default();
        self.least + i64::try_from(dice.below(span)).unwrap_or_default()
    }
}

/// Mean number of lots of a run, in thousandths.
fn mean_run() -> u64 {
    (0..1_000).map(|nth| shape::RUN_MILLILOTS.at(nth * 1_000 + 500) / 1_000).sum()
}

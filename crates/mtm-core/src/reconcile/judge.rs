//! What each difference comes from, so that one fault is one break.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::{Cell, Leg, Met, Row, Spot, Table, Units, quantity};
use super::class::BreakClass;
use super::found::{Break, Evidence, Findings, Fix, Posting, Waiting};
use super::input::Books;
use super::rows::{came_late, repeated, unpaired};
use super::stale::{Stale, stale};
use super::sums::{Standing, standing};
use super::{mapping, pair, tell};
use crate::erp::{ErpQuantity, Transaction};

/// Most pieces of evidence that a break has.
const MOST: usize = 20;

/// The comparison on its way.
struct Judge<'a> {
    books: &'a Books<'a>,
    table: Table<'a>,
    /// Halves of transfers, by the number that names them.
    unpaired: BTreeMap<i64, Vec<usize>>,
    /// The group in `unpaired` of a transaction.
    group_of: BTreeMap<usize, i64>,
    /// Movements whose absence there shows.
    missed: BTreeSet<usize>,
    /// Rows that repeat another, where it shows.
    twice: BTreeMap<usize, usize>,
    /// Locations that are not mapped and whose movements explain something.
    crossed: BTreeSet<String>,
    waiting_movements: BTreeSet<usize>,
    waiting_postings: BTreeSet<usize>,
    findings: Findings,
}

pub(super) fn run(books: &Books<'_>) -> Findings {
    let stale = stale(books);
    if stale.contains(&Stale::LedgerNever) {
        return Findings { stale, ..Findings::default() };
    }
    let mut table = Table::of(books);
    pair::pair(&mut table, &books.settings);
    let unpaired = unpaired(&table, books);
    let group_of = unpaired.iter().flat_map(|(id, all)| all.iter().map(|n| (*n, *id))).collect();
    let (breaks, left_out) = mapping::parts(&table, books);
    let mut judge = Judge {
        books,
        findings: Findings { stale, breaks, elsewhere: table.elsewhere, ..Findings::default() },
        table,
        unpaired,
        group_of,
        missed: BTreeSet::new(),
        twice: BTreeMap::new(),
        crossed: BTreeSet::new(),
        waiting_movements: BTreeSet::new(),
        waiting_postings: BTreeSet::new(),
    };
    let spots: Vec<(Spot, usize)> =
        judge.table.spots.iter().map(|(spot, cell)| (spot.clone(), *cell)).collect();
    for (spot, cell) in &spots {
        if !left_out.contains(cell) {
            judge.spot(spot, *cell);
        }
    }
    judge.movements();
    judge.transactions();
    let places = mapping::places(&judge.table, &judge.crossed);
    judge.finish(places)
}

impl Judge<'_> {
    fn cell(&self, number: usize) -> &Cell {
        &self.table.cells[number]
    }

    fn legs(&self, cell: usize) -> impl Iterator<Item = (usize, &Leg)> {
        self.table.cells[cell].legs.iter().map(|n| (*n, &self.table.legs[*n]))
    }

    fn rows(&self, cell: usize) -> impl Iterator<Item = (usize, &Row)> {
        self.table.cells[cell].rows.iter().map(|n| (*n, &self.table.rows[*n]))
    }

    fn transaction(&self, row: usize) -> &Transaction {
        self.table.transactions[self.table.rows[row].transaction]
    }

    /// How ours stands to a figure of theirs.
    fn against(&self, cell: usize, theirs: Units) -> Standing {
        let difference = self.cell(cell).ours - theirs;
        let young = |open: bool| {
            let is_open = move |met: Met| !open || met == Met::Nothing;
            let legs = self.legs(cell).filter(move |(_, it)| it.young && is_open(it.met));
            let rows = self.rows(cell).filter(move |(_, it)| it.young && is_open(it.met));
            let legs = legs.map(|(_, it)| it.units);
            legs.chain(rows.map(|(_, it)| -it.units)).collect::<Vec<_>>()
        };
        match standing(difference, &young(true)) {
            Standing::Differs => standing(difference, &young(false)),
            known => known,
        }
    }

    /// How their ledger stands to their on hand.
    fn theirs(&self, cell: usize) -> Standing {
        let it = self.cell(cell);
        let difference = it.ledger - it.on_hand;
        let Some(read) = self.books.peer.on_hand_at else { return Standing::InMotion };
        if difference != 0 && self.findings.stale.contains(&Stale::LedgerBeforeOnHand) {
            return Standing::InMotion;
        }
        let since = self.rows(cell);
        let since = since.filter(|(row, _)| self.transaction(*row).read_at >= read);
        standing(difference, &since.map(|(_, it)| it.units).collect::<Vec<_>>())
    }

    fn spot(&mut self, spot: &Spot, cell: usize) {
        self.findings.compared += 1;
        let it = self.cell(cell);
        let (ledger, on_hand) = (it.ledger, it.on_hand);
        let mut led = self.against(cell, ledger);
        let theirs = self.theirs(cell);
        if theirs == Standing::Differs {
            self.ledger_not_on_hand(cell);
            if led == Standing::Differs {
                led = self.against(cell, on_hand);
            }
        }
        if led == Standing::InMotion || theirs == Standing::InMotion && self.books.peer.on_hand_at.is_some() {
            self.findings.waiting.in_motion += 1;
        }
        if led != Standing::Agrees {
            let open = |met: Met, young: bool| met == Met::Nothing && young;
            let legs = self.legs(cell).filter(|(_, it)| open(it.met, it.young));
            let legs: Vec<usize> = legs.map(|(_, it)| it.movement).collect();
            let rows = self.rows(cell).filter(|(_, it)| open(it.met, it.young));
            let rows: Vec<usize> = rows.map(|(n, _)| n).collect();
            self.waiting_movements.extend(legs);
            self.waiting_postings.extend(rows);
        }
        if led == Standing::Differs {
            self.difference(spot, cell, theirs == Standing::Differs);
        }
    }

    /// Looks for what the difference of a spot comes from.
    fn difference(&mut self, spot: &Spot, cell: usize, also: bool) {
        let repeats = repeated(&self.table, self.books, cell);
        let it = self.cell(cell);
        let mut rest = it.ours - it.ledger;
        let mut legs: Vec<(i64, usize, Units)> = Vec::new();
        let mut rows: Vec<(i64, usize, Units)> = Vec::new();
        for (number, leg) in self.legs(cell).filter(|(_, it)| it.met == Met::Nothing) {
            rest -= leg.units;
            if !leg.young {
                legs.push((leg.at, number, leg.units));
            }
        }
        for (number, row) in self.rows(cell).filter(|(_, it)| it.met == Met::Nothing) {
            let it = self.transaction(number);
            let tells = self.group_of.contains_key(&row.transaction)
                || repeats.contains_key(&number)
                || came_late(it, self.books);
            if row.young || tells {
                rest += row.units;
            }
            if !row.young && tells {
                rows.push((row.at, number, -row.units));
            }
        }
        legs.sort_unstable();
        rows.sort_unstable();
        // Without one of them all the others explain it: that one is of before what is looked at.
        if rest != 0
            && let Some(n) = legs.iter().position(|(_, _, units)| *units == -rest)
        {
            legs.remove(n);
            rest = 0;
        }
        if rest != 0 && (also && rest + it.ledger - it.on_hand == 0 || self.is_unmapped(spot, rest)) {
            rest = 0;
        }
        for (_, leg, _) in &legs {
            let leg = &self.table.legs[*leg];
            match &leg.excused {
                Some(location) => {
                    self.crossed.insert(location.clone());
                }
                None => {
                    self.missed.insert(leg.movement);
                }
            }
        }
        for (_, row, _) in &rows {
            let is_half = self.group_of.contains_key(&self.table.rows[*row].transaction);
            if let Some(before) = repeats.get(row).filter(|_| !is_half) {
                self.twice.insert(*row, *before);
            }
        }
        if rest != 0 {
            self.left_over(cell, rest);
        }
    }

    /// Whether the part has as many at a place that is not mapped.
    fn is_unmapped(&self, spot: &Spot, rest: Units) -> bool {
        let is_part = |part: &str| crate::word::fold(part) == spot.part;
        let here = self.table.unmapped_here.values().filter_map(|parts| {
            let found: Vec<Units> =
                parts.iter().filter(|(part, _)| is_part(part)).map(|(_, units)| *units).collect();
            (!found.is_empty()).then(|| found.iter().sum::<Units>())
        });
        let here: Vec<Units> = here.collect();
        let there = self.table.unmapped_there.iter().filter(|(it, _)| it.part == spot.part);
        let mut there = there.flat_map(|(_, it)| [it.2, it.3]);
        here.contains(&-rest)
            || (!here.is_empty() && here.iter().sum::<Units>() == -rest)
            || there.any(|units| units == rest)
    }

    fn on(&self, class: BreakClass, cell: usize, difference: Units) -> Break {
        let it = self.cell(cell);
        let known = self.books.peer.on_hand_at.is_some();
        Break {
            class,
            part: Some(it.part.clone()),
            place: it.place.clone(),
            subject: None,
            ours: Some(quantity(it.ours)),
            on_hand: known.then(|| quantity(it.on_hand)),
            ledger: Some(quantity(it.ledger)),
            difference: quantity(difference),
            evidence: Vec::new(),
            cause: String::new(),
            fix: Fix::LookThere { transaction: None },
        }
    }

    fn ledger_not_on_hand(&mut self, cell: usize) {
        let it = self.cell(cell);
        let spot = it.place.as_ref().map(|place| Spot::of(&it.part, place));
        let unknown = self.table.transactions.iter().filter(|it| {
            it.signed().is_none() && Some(Spot::of(&it.part, &it.place)) == spot
        });
        let unknown: Vec<usize> =
            unknown.filter_map(|it| self.table.by_id.get(&it.id).copied()).collect();
        let difference = it.ledger - it.on_hand;
        let mut told = self.on(BreakClass::LedgerNotOnHand, cell, difference);
        told.cause = tell::ledger_not_on_hand(unknown.len() as u64);
        told.evidence = unknown.iter().take(MOST).map(|n| self.of_transaction(*n)).collect();
        if told.evidence.is_empty() {
            told.evidence = self.newest_rows(cell, |_| true);
        }
        self.findings.breaks.push(told);
    }

    /// What nothing explains.
    fn left_over(&mut self, cell: usize, rest: Units) {
        let it = self.cell(cell);
        let is_negative = it.ledger < 0 || it.on_hand < 0;
        let (ours, none_there) = (it.ours, it.ledger == 0 && it.on_hand == 0);
        let locations: Vec<String> = match &it.place {
            Some(place) => self.books.map.here(place).to_vec(),
            None => Vec::new(),
        };
        let unbooked =
            self.rows(cell).filter(|(_, it)| it.met == Met::Nothing && !it.young).count();
        let (class, cause) = match () {
            () if is_negative => (BreakClass::NegativeThere, tell::negative()),
            () if ours == 0 => (BreakClass::MissingHere, tell::missing_here(unbooked)),
            () if none_there => (BreakClass::MissingThere, tell::missing_there(unbooked)),
            () => (BreakClass::QuantityDiffers, tell::differs(rest, unbooked)),
        };
        let mut told = self.on(class, cell, rest);
        told.cause = cause;
        told.evidence = self.newest_rows(cell, |met| met == Met::Nothing);
        let stock = self.cell(cell).locations.iter().map(|(location, units)| Evidence::Stock {
            part: self.cell(cell).part.clone(),
            location: location.clone(),
            quantity: quantity(*units),
        });
        let stock: Vec<Evidence> = stock.take(MOST).collect();
        told.evidence.extend(stock);
        let part = self.cell(cell).part.clone();
        told.fix = Fix::CountHere { part, locations };
        self.findings.breaks.push(told);
    }

    fn newest_rows(&self, cell: usize, wanted: impl Fn(Met) -> bool) -> Vec<Evidence> {
        let rows = self.rows(cell).filter(|(_, it)| wanted(it.met));
        let mut rows: Vec<_> = rows.map(|(_, it)| (it.at, it.transaction)).collect();
        rows.sort_unstable();
        rows.iter().rev().take(MOST).map(|(_, n)| self.of_transaction(*n)).collect()
    }

    /// Breaks about movements of ours.
    fn movements(&mut self) {
        for movement in std::mem::take(&mut self.missed) {
            let legs = self.table.legs_of[movement];
            let legs: Vec<&Leg> =
                legs.iter().flatten().filter_map(|n| self.table.legs.get(*n)).collect();
            let proof = legs.iter().find_map(|leg| match leg.met {
                Met::One(row) => Some(row),
                _ => None,
            });
            let Some(open) = legs.iter().find(|leg| leg.met == Met::Nothing) else { continue };
            let cell = open.cell;
            let units = open.units;
            let is_half = proof.is_some_and(|row| {
                let number = self.table.rows[row].transaction;
                self.group_of.contains_key(&number)
            });
            if is_half {
                continue;
            }
            let half = proof.filter(|row| {
                self.transaction(*row).class.trim().eq_ignore_ascii_case("A")
            });
            let told = match half {
                Some(row) => {
                    let mut told = self.on(BreakClass::TransferUnpaired, cell, units);
                    told.subject = Some(self.transaction(row).id.to_string());
                    told.cause = tell::half_posted(self.transaction(row));
                    told.evidence = vec![
                        self.of_movement(movement),
                        self.of_transaction(self.table.rows[row].transaction),
                    ];
                    told.fix = self.post(cell, units);
                    told
                }
                None => self.unposted(movement, &legs, cell, units),
            };
            self.findings.breaks.push(told);
        }
    }

    fn unposted(&self, movement: usize, legs: &[&Leg], cell: usize, units: Units) -> Break {
        let mut told = self.on(BreakClass::UnpostedMove, cell, units);
        told.subject = Some(self.table.movements[movement].id.to_string());
        let open: Vec<&&Leg> = legs.iter().filter(|leg| leg.met == Met::Nothing).collect();
        told.cause = tell::unposted(open.len() < legs.len());
        told.evidence = vec![self.of_movement(movement)];
        told.fix = match open.as_slice() {
            [from, to] => Fix::PostThere {
                posting: Posting::Transfer,
                part: self.cell(cell).part.clone(),
                from: self.cell(from.cell).place.clone(),
                to: self.cell(to.cell).place.clone(),
                quantity: quantity(units.abs()),
            },
            _ => self.post(cell, units),
        };
        told
    }

    /// What to post for `units` more or fewer at one place.
    fn post(&self, cell: usize, units: Units) -> Fix {
        let it = self.cell(cell);
        let more = units > 0;
        Fix::PostThere {
            posting: if more { Posting::In } else { Posting::Out },
            part: it.part.clone(),
            from: it.place.clone().filter(|_| !more),
            to: it.place.clone().filter(|_| more),
            quantity: quantity(units.abs()),
        }
    }

    /// Breaks about transactions of theirs.
    fn transactions(&mut self) {
        for (id, group) in std::mem::take(&mut self.unpaired) {
            let told = self.halves(id, &group);
            self.findings.breaks.extend(told);
        }
        let twice = std::mem::take(&mut self.twice);
        let mut told_of: BTreeSet<usize> = BTreeSet::new();
        for (row, before) in &twice {
            let number = self.table.rows[*row].transaction;
            // Both halves of a transfer that was posted twice are one fault.
            let other = self.other_half(number);
            if !told_of.insert(number) || other.is_some_and(|it| told_of.contains(&it)) {
                continue;
            }
            let told = self.repeat(*row, *before, other);
            told_of.extend(other);
            self.findings.breaks.push(told);
        }
        for number in 0..self.table.transactions.len() {
            let it = self.table.transactions[number];
            let Some(row) = self.table.row_of[number] else { continue };
            let is_told = told_of.contains(&number) || self.group_of.contains_key(&number);
            if is_told || !came_late(it, self.books) {
                continue;
            }
            let (cell, open) = (self.table.rows[row].cell, self.table.rows[row].met == Met::Nothing);
            let units = if open { -self.table.rows[row].units } else { 0 };
            let made = it.created.unwrap_or(it.happened).micros();
            let minutes = it.read_at.micros().saturating_sub(made) / 60_000_000;
            let mut told = self.on(BreakClass::LateCommit, cell, units);
            told.subject = Some(it.id.to_string());
            told.cause = tell::late(it, minutes);
            told.evidence = vec![self.of_transaction(number)];
            told.fix = Fix::LookThere { transaction: Some(it.id) };
            self.findings.breaks.push(told);
        }
    }

    /// The other half of a whole transfer.
    fn other_half(&self, number: usize) -> Option<usize> {
        let id = self.table.transactions[number].id;
        let named = self.table.transactions[number].transfer_of;
        let named = named.and_then(|id| self.table.by_id.get(&id).copied());
        named.or_else(|| {
            self.table.transactions.iter().position(|other| other.transfer_of == Some(id))
        })
    }

    fn halves(&self, id: i64, group: &[usize]) -> Option<Break> {
        let row = group.iter().find_map(|n| self.table.row_of[*n])?;
        let units = self.table.rows[row].units;
        let cell = self.table.rows[row].cell;
        let mut told = self.on(BreakClass::TransferUnpaired, cell, -units);
        told.subject = Some(id.to_string());
        told.cause = match group {
            [one, other, ..] => {
                let id = |n: &usize| self.table.transactions[*n].id;
                tell::halves_differ(id(one), id(other))
            }
            _ => tell::other_half_missing(self.transaction(row)),
        };
        told.evidence = group.iter().map(|n| self.of_transaction(*n)).collect();
        let movement = match self.table.rows[row].met {
            Met::One(leg) => Some(self.table.legs[leg].movement),
            _ => None,
        };
        told.fix = Fix::LookThere { transaction: Some(self.transaction(row).id) };
        if let Some(movement) = movement {
            told.evidence.push(self.of_movement(movement));
            let open = self.table.legs_of[movement].iter().flatten();
            let open = open.map(|n| &self.table.legs[*n]).find(|leg| leg.met == Met::Nothing);
            if let (Some(leg), 1) = (open, group.len()) {
                told.fix = self.post(leg.cell, leg.units);
            }
        }
        Some(told)
    }

    fn repeat(&self, row: usize, before: usize, other: Option<usize>) -> Break {
        let number = self.table.rows[row].transaction;
        let units = self.table.rows[row].units;
        let cell = self.table.rows[row].cell;
        let first = other.map_or(number, |other| number.min(other));
        let mut told = self.on(BreakClass::PostedTwice, cell, -units);
        told.subject = Some(self.table.transactions[first].id.to_string());
        told.cause = tell::twice(self.transaction(row), self.transaction(before));
        let all = [Some(number), other, Some(self.table.rows[before].transaction)];
        told.evidence = all.into_iter().flatten().map(|n| self.of_transaction(n)).collect();
        if let Met::One(leg) = self.table.rows[before].met {
            told.evidence.push(self.of_movement(self.table.legs[leg].movement));
        }
        let back = other.and_then(|other| self.table.row_of[other]).map(|n| &self.table.rows[n]);
        told.fix = match back {
            // The way back.
            Some(back) => {
                let (from, to) = if units > 0 { (cell, back.cell) } else { (back.cell, cell) };
                Fix::PostThere {
                    posting: Posting::Transfer,
                    part: self.cell(cell).part.clone(),
                    from: self.cell(from).place.clone(),
                    to: self.cell(to).place.clone(),
                    quantity: quantity(units.abs()),
                }
            }
            None => self.post(cell, -units),
        };
        told
    }

    fn of_transaction(&self, number: usize) -> Evidence {
        let it = self.table.transactions[number];
        let row = self.table.row_of[number].map(|n| &self.table.rows[n]);
        Evidence::Transaction {
            id: it.id,
            quantity: it.signed(),
            at: it.created.unwrap_or(it.happened),
            read_at: it.read_at,
            warehouse: it.place.warehouse.clone(),
            location: it.place.location.clone(),
            class: it.class.clone(),
            user: it.user.clone(),
            reference: it.reference.clone(),
            transfer_of: it.transfer_of,
            booked: row.is_some_and(|row| row.met != Met::Nothing),
        }
    }

    fn of_movement(&self, number: usize) -> Evidence {
        let it = self.table.movements[number];
        let legs = self.table.legs_of[number];
        let open = legs.iter().flatten().any(|n| self.table.legs[*n].met == Met::Nothing);
        Evidence::Movement {
            id: it.id,
            at: it.at,
            kind: it.kind.clone(),
            lot: it.lot.clone(),
            user: it.user.clone(),
            quantity: ErpQuantity::from_units(it.units),
            from: it.from.clone(),
            to: it.to.clone(),
            posted: !open,
        }
    }

    fn finish(mut self, places: Vec<Break>) -> Findings {
        self.findings.waiting = Waiting {
            movements: self.waiting_movements.len() as u64,
            postings: self.waiting_postings.len() as u64,
            ..self.findings.waiting
        };
        self.findings.breaks.extend(places);
        self.findings.breaks.sort_by_cached_key(|it| (it.class, it.identity()));
        self.findings.breaks.dedup_by_key(|it| it.identity());
        self.findings
    }
}

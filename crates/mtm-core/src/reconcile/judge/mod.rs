//! What each difference comes from, so that one fault is one break.

mod evidence;
mod figures;
mod movements;
mod transactions;

use std::collections::{BTreeMap, BTreeSet};

use super::cell::{Cell, Leg, Met, Row, Spot, Table, Units};
use super::found::{Break, Findings, Waiting};
use super::input::Books;
use super::rows::{came_late, repeated, unpaired};
use super::stale::{Stale, stale};
use super::sums::{Standing, standing};
use super::{mapping, pair};
use crate::erp::{Flag, Transaction};

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
    /// Transactions by cell that are neither in nor out.
    unknown: BTreeMap<usize, Vec<usize>>,
    /// The transaction that is tied to one, where it is there.
    tied: BTreeMap<usize, usize>,
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
    if stale.iter().any(|it| it.is_nothing()) {
        return Findings { stale, ..Findings::default() };
    }
    let mut table = Table::of(books);
    pair::pair(&mut table, &books.settings);
    if books.peer.only_on_hand {
        table.believe_old_ones();
    }
    let unpaired = unpaired(&table, books);
    let group_of = unpaired.iter().flat_map(|(id, all)| all.iter().map(|n| (*n, *id))).collect();
    let (breaks, left_out) = mapping::parts(&table, books);
    let mut judge = Judge {
        books,
        findings: Findings { stale, breaks, elsewhere: table.elsewhere, ..Findings::default() },
        unknown: unknown(&table),
        tied: tied(&table),
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

/// Transactions that are neither in nor out, at places that are compared. What was taken back is neither.
fn unknown(table: &Table<'_>) -> BTreeMap<usize, Vec<usize>> {
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, it) in table.transactions.iter().enumerate() {
        if it.signed().is_none()
            && !it.flags.has(Flag::Gone)
            && let Some(cell) = table.spots.get(&Spot::of(&it.part, &it.place))
        {
            found.entry(*cell).or_default().push(number);
        }
    }
    found
}

fn tied(table: &Table<'_>) -> BTreeMap<usize, usize> {
    let all = table.transactions.iter().enumerate();
    let pairs = all.filter_map(|(number, it)| {
        let other = table.by_id.get(&it.transfer_of?).copied()?;
        Some((other, number))
    });
    pairs.collect()
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
        // What was posted while it was being read may be in it or not.
        let read = read.plus_micros(-self.books.settings.reading);
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
        let known = self.books.peer.on_hand_at.is_some();
        if led == Standing::InMotion || (theirs == Standing::InMotion && known) {
            self.findings.waiting.in_motion += 1;
            let Spot { part, warehouse, location } = spot.clone();
            self.findings.unjudged.push((part, warehouse, location));
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
        // What was keyed in with another quantity is posted: what is wrong is told with the rest.
        let mistyped = self.mistyped(cell, &legs, &repeats);
        legs.retain(|(_, number, units)| {
            let kept = !mistyped.contains(number);
            rest += if kept { 0 } else { *units };
            kept
        });
        // Without one of them all the others explain it: that one is of before what is looked at.
        if rest != 0
            && let Some(n) = legs.iter().position(|(_, _, units)| *units == -rest)
        {
            legs.remove(n);
            rest = 0;
        }
        if rest != 0 && (also && rest + it.ledger - it.on_hand == 0 || self.is_unmapped(spot, rest))
        {
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

    /// Of `legs`, those beside which a posting of the same direction stands, within the grace, that is nobody
    /// else's: the same pieces, counted otherwise.
    fn mistyped(
        &self,
        cell: usize,
        legs: &[(i64, usize, Units)],
        repeats: &BTreeMap<usize, usize>,
    ) -> BTreeSet<usize> {
        let within = self.books.settings.grace + self.books.settings.skew;
        let mut found = BTreeSet::new();
        for sign in [1, -1] {
            let here: pair::Times = legs
                .iter()
                .filter(|(_, _, units)| units.signum() == sign)
                .map(|(at, number, _)| (*at, *number))
                .collect();
            let mut there: pair::Times = self
                .rows(cell)
                .filter(|(number, row)| {
                    row.met == Met::Nothing
                        && !row.young
                        && row.units.signum() == sign
                        && !repeats.contains_key(number)
                        && !self.group_of.contains_key(&row.transaction)
                        && !came_late(self.transaction(*number), self.books)
                })
                .map(|(number, row)| (row.at, number))
                .collect();
            there.sort_unstable();
            found.extend(pair::meet(&here, &there, within).into_iter().map(|(leg, _)| leg));
        }
        found
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
        let mut there = there.flat_map(|(_, it)| [it.on_hand, it.ledger]);
        here.contains(&-rest)
            || (!here.is_empty() && here.iter().sum::<Units>() == -rest)
            || there.any(|units| units == rest)
    }

    fn finish(mut self, places: Vec<Break>) -> Findings {
        self.findings.waiting = Waiting {
            movements: self.waiting_movements.len() as u64,
            postings: self.waiting_postings.len() as u64,
            ..self.findings.waiting
        };
        self.findings.breaks.extend(places);
        if self.books.peer.only_on_hand {
            // It stood for the one that is not read.
            self.findings.breaks.iter_mut().for_each(|it| it.ledger = None);
        }
        self.findings.breaks.sort_by_cached_key(|it| (it.class, it.identity()));
        self.findings.breaks.dedup_by_key(|it| it.identity());
        self.findings
    }
}

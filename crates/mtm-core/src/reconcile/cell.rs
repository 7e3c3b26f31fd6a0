//! Both books laid out by part and place.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::input::{Books, OurMovement};
use crate::erp::{ErpPlace, ErpQuantity, Mapped, Transaction};
use crate::word::fold;

/// 10⁻⁶ pieces, wide enough for any sum.
pub(super) type Units = i128;

/// A part at a place of the peer, as both are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Spot {
    pub(super) part: String,
    pub(super) warehouse: String,
    pub(super) location: String,
}

impl Spot {
    pub(super) fn of(part: &str, place: &ErpPlace) -> Self {
        Self {
            part: fold(part),
            warehouse: fold(&place.warehouse),
            location: fold(&place.location),
        }
    }
}

/// What both books say about a spot.
#[derive(Debug, Default)]
pub(super) struct Cell {
    /// The part as it is spelt: here, else there.
    pub(super) part: String,
    is_ours: bool,
    /// The place as it is spelt; of several ways the first by the alphabet.
    pub(super) place: Option<ErpPlace>,
    pub(super) ours: Units,
    pub(super) on_hand: Units,
    pub(super) ledger: Units,
    /// Ours by location.
    pub(super) locations: BTreeMap<String, Units>,
    pub(super) legs: Vec<usize>,
    pub(super) rows: Vec<usize>,
}

/// What a movement did at one spot.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) movement: usize,
    pub(super) cell: usize,
    pub(super) units: Units,
    pub(super) at: i64,
    pub(super) young: bool,
    /// The location at the other end, where that is not mapped.
    pub(super) excused: Option<String>,
    pub(super) met: Met,
}

/// What a transaction did at one spot.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) transaction: usize,
    pub(super) cell: usize,
    pub(super) units: Units,
    pub(super) at: i64,
    pub(super) young: bool,
    pub(super) met: Met,
}

/// What stands on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// Nothing.
    Nothing,
    /// The row, or the leg, with this number.
    One(usize),
    /// Others of the same side or several of the other, with which it comes to nothing.
    Netted,
}

/// A part at a place of theirs that is not mapped.
#[derive(Debug)]
pub(super) struct Strange {
    pub(super) part: String,
    pub(super) place: ErpPlace,
    pub(super) on_hand: Units,
    pub(super) ledger: Units,
}

/// Both books.
pub(super) struct Table<'a> {
    pub(super) movements: Vec<&'a OurMovement>,
    pub(super) transactions: Vec<&'a Transaction>,
    /// Places in `transactions` by the peer's number.
    pub(super) by_id: HashMap<i64, usize>,
    pub(super) spots: BTreeMap<Spot, usize>,
    pub(super) cells: Vec<Cell>,
    pub(super) legs: Vec<Leg>,
    pub(super) rows: Vec<Row>,
    /// Legs of each movement: where it left, where it came to.
    pub(super) legs_of: Vec<[Option<usize>; 2]>,
    /// The row of each transaction, where its place is mapped.
    pub(super) row_of: Vec<Option<usize>>,
    /// Stock at locations that are not mapped: location, then part.
    pub(super) unmapped_here: BTreeMap<String, BTreeMap<String, Units>>,
    /// Figures at places that are not mapped, in warehouses that are: by spot, on hand and ledger.
    pub(super) unmapped_there: BTreeMap<Spot, Strange>,
    pub(super) elsewhere: u64,
}

impl<'a> Table<'a> {
    /// Lays `books` out. The order of their rows does not matter.
    pub(super) fn of(books: &'a Books<'_>) -> Self {
        let mut movements: Vec<_> = books.ours.movements.iter().collect();
        movements.sort_by_key(|it| (it.at, it.id));
        movements.dedup_by_key(|it| it.id);
        let transactions = if books.peer.only_on_hand { &[][..] } else { &books.peer.transactions };
        let mut transactions: Vec<_> = transactions.iter().collect();
        transactions.sort_by_key(|it| it.id);
        transactions.dedup_by_key(|it| it.id);
        let mut table = Self {
            by_id: transactions.iter().enumerate().map(|(n, it)| (it.id, n)).collect(),
            row_of: vec![None; transactions.len()],
            legs_of: vec![[None, None]; movements.len()],
            movements,
            transactions,
            spots: BTreeMap::new(),
            cells: Vec::new(),
            legs: Vec::new(),
            rows: Vec::new(),
            unmapped_here: BTreeMap::new(),
            unmapped_there: BTreeMap::new(),
            elsewhere: 0,
        };
        table.lay_out_ours(books);
        table.lay_out_theirs(books);
        table
    }

    /// Movements that are not young count as posted: what shows that one was not is a ledger.
    pub(super) fn believe_old_ones(&mut self) {
        for leg in self.legs.iter_mut().filter(|leg| !leg.young && leg.met == Met::Nothing) {
            leg.met = Met::Netted;
        }
    }

    fn cell(&mut self, part: &str, place: &ErpPlace, ours: bool) -> usize {
        let spot = Spot::of(part, place);
        let next = self.cells.len();
        let number = *self.spots.entry(spot).or_insert(next);
        if number == next {
            self.cells.push(Cell::default());
        }
        if let Some(cell) = self.cells.get_mut(number) {
            // Whoever comes in whatever order.
            let better = cell.part.is_empty() || part < cell.part.as_str();
            if (ours && !cell.is_ours) || (ours == cell.is_ours && better) {
                part.clone_into(&mut cell.part);
                cell.is_ours = ours;
            }
            if cell.place.as_ref().is_none_or(|before| place < before) {
                cell.place = Some(place.clone());
            }
        }
        number
    }

    fn lay_out_ours(&mut self, books: &Books<'_>) {
        for stock in &books.ours.stock {
            let units = Units::from(stock.units);
            match books.map.there(&stock.location) {
                Mapped::Place(place) => {
                    let number = self.cell(&stock.part, place, true);
                    let cell = &mut self.cells[number];
                    cell.ours += units;
                    *cell.locations.entry(stock.location.clone()).or_default() += units;
                }
                Mapped::Outside => {}
                Mapped::Unknown => {
                    let parts = self.unmapped_here.entry(stock.location.clone()).or_default();
                    *parts.entry(stock.part.clone()).or_default() += units;
                }
            }
        }
        let (grace, skew) = (books.settings.grace, books.settings.skew);
        let seen = books.peer.known_at().unwrap_or(books.ours.at).min(books.ours.at);
        let young_from = seen.plus_micros(-(grace + skew)).micros();
        for number in 0..self.movements.len() {
            let movement = self.movements[number];
            let map = books.map;
            let end = |location: &Option<String>| location.as_deref().map(|it| map.there(it));
            let ends = [end(&movement.from), end(&movement.to)];
            let place = |end: &Option<Mapped<'_>>| match end {
                Some(Mapped::Place(place)) => Some((*place).clone()),
                _ => None,
            };
            let places = [place(&ends[0]), place(&ends[1])];
            let spot = |place: &Option<ErpPlace>| place.as_ref().map(|it| Spot::of("", it));
            if places[0].is_some() && spot(&places[0]) == spot(&places[1]) {
                continue;
            }
            let strange = |n: usize| match (&ends[n], [&movement.from, &movement.to][n]) {
                (Some(Mapped::Unknown), Some(location)) => Some(location.clone()),
                _ => None,
            };
            for (n, place) in places.iter().enumerate() {
                let Some(place) = place else { continue };
                let units = Units::from(movement.units) * if n == 0 { -1 } else { 1 };
                let cell = self.cell(&movement.part, place, true);
                let leg = Leg {
                    movement: number,
                    cell,
                    units,
                    at: movement.at.micros(),
                    young: movement.at.micros() > young_from,
                    excused: strange(1 - n),
                    met: Met::Nothing,
                };
                self.legs_of[number][n] = Some(self.legs.len());
                self.cells[cell].legs.push(self.legs.len());
                self.legs.push(leg);
            }
        }
    }

    fn lay_out_theirs(&mut self, books: &Books<'_>) {
        let warehouses: BTreeSet<String> =
            books.map.places().map(|place| place.warehouse.clone()).collect();
        let is_mapped = |place: &ErpPlace| !books.map.here(place).is_empty();
        let peer = &books.peer;
        // Where on hand is all there is, ours is compared with it.
        let ledger = if peer.only_on_hand { &peer.on_hand } else { &peer.ledger };
        for (is_ledger, figures) in [(false, &peer.on_hand), (true, ledger)] {
            for figure in figures {
                let units = units(figure.quantity);
                if is_mapped(&figure.place) {
                    let cell = self.cell(&figure.part, &figure.place, false);
                    let cell = &mut self.cells[cell];
                    *(if is_ledger { &mut cell.ledger } else { &mut cell.on_hand }) += units;
                } else if units == 0 {
                } else if warehouses.contains(&fold(&figure.place.warehouse)) {
                    let spot = Spot::of(&figure.part, &figure.place);
                    let entry = self.unmapped_there.entry(spot);
                    let entry = entry.or_insert_with(|| Strange {
                        part: figure.part.clone(),
                        place: figure.place.clone(),
                        on_hand: 0,
                        ledger: 0,
                    });
                    // Whoever comes in whatever order.
                    if figure.part < entry.part {
                        entry.part.clone_from(&figure.part);
                    }
                    if figure.place < entry.place {
                        entry.place.clone_from(&figure.place);
                    }
                    *(if is_ledger { &mut entry.ledger } else { &mut entry.on_hand }) += units;
                } else if is_ledger {
                    self.elsewhere += 1;
                }
            }
        }
        let (grace, skew) = (books.settings.grace, books.settings.skew);
        let young_from = books.ours.at.plus_micros(-(grace + skew));
        for number in 0..self.transactions.len() {
            let it = self.transactions[number];
            let Some(signed) = it.signed().filter(|_| is_mapped(&it.place)) else { continue };
            let cell = self.cell(&it.part, &it.place, false);
            let row = Row {
                transaction: number,
                cell,
                units: units(signed),
                at: it.created.unwrap_or(it.happened).micros(),
                young: it.created.unwrap_or(it.read_at) > young_from,
                met: Met::Nothing,
            };
            self.row_of[number] = Some(self.rows.len());
            self.cells[cell].rows.push(self.rows.len());
            self.rows.push(row);
        }
    }
}

pub(super) fn units(quantity: ErpQuantity) -> Units {
    Units::from(quantity.units())
}

/// As far as a quantity can be read again: a thousand million pieces.
pub(super) fn quantity(units: Units) -> ErpQuantity {
    let most = Units::from(ErpQuantity::MAX.units());
    let bounded = units.clamp(-most, most);
    ErpQuantity(i64::try_from(bounded).unwrap_or(0))
}

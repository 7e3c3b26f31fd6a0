//! Lots and openings: what stands in the plant today becomes the first entries of the ledger.
//!
//! Decisions, each counted in the report:
//! * A row with a quantity of zero or below opens nothing: there is nothing, or less, to stand
//!   anywhere. It is set aside.
//! * A row without a usable part or location is set aside: it names no bucket.
//! * Rows of one bucket (same lot, part, operation, location) become one opening of their sum.
//! * A row without a usable lot number gets a fresh one of its own, above every legacy number: a
//!   container that nobody numbered is still one container.
//! * A lot number that stands for several parts stays with the part of its first stock row (else
//!   of its first log row); each other part gets one fresh number.
//! * A lot's attributes are those of its first stock row (earliest received, then lowest id), else
//!   of its first IN row, else of its first log row.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::tz::TimeZone;
use mtm_core::word::{
    ColorCode, ItemType, LocationCode, LotNumber, Note, OperationCode, PartCode, Quantity,
    Timestamp, UserName, WorkOrder,
};
use serde::Serialize;

use super::PlanError;
use super::people::person;
use crate::legacy::plant::{LegacyPlant, LogKind, LogRow, StockRow};

/// Where a lot's received time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceivedFrom {
    /// `ReceiveDate` of its first stock row.
    Stock,
    /// Its IN row of the log.
    Receipt,
    /// Its first row of the log, which is no receipt.
    FirstSeen,
    /// Nothing readable: the newest moment of the dump, so that it is nobody's oldest lot.
    Unknown,
}

/// A lot to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedLot {
    /// Its number.
    pub number: LotNumber,
    /// The legacy number where it differs.
    pub legacy_number: Option<String>,
    /// Whether the number is a fresh one, given because the legacy rows had none for it.
    pub renumbered: bool,
    /// Its part.
    pub part: PartCode,
    /// Item type; `None` for unknown.
    pub item_type: Option<ItemType>,
    /// Colour code; `None` for unknown.
    pub color_code: Option<ColorCode>,
    /// Work order; `None` for unknown.
    pub work_order: Option<WorkOrder>,
    /// Notes.
    pub notes: Option<Note>,
    /// When it was received.
    pub received_at: Timestamp,
    /// Where that time comes from.
    pub received_from: ReceivedFrom,
    /// Who entered it.
    pub received_by: Option<UserName>,
    /// Whether an opening follows; `false` for lots that live in the legacy log only.
    pub on_hand: bool,
}

/// Stock of one bucket taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedOpening {
    /// Part.
    pub part: PartCode,
    /// Operation.
    pub operation: OperationCode,
    /// Location.
    pub location: LocationCode,
    /// Lot.
    pub lot: LotNumber,
    /// Pieces, above zero.
    pub quantity: Quantity,
    /// When the earliest of its rows was received.
    pub received_at: Timestamp,
    /// Who entered that row.
    pub received_by: Option<UserName>,
    /// The legacy stock rows it sums up.
    pub legacy_ids: Vec<i64>,
    /// The same rows as they are to be remembered.
    #[serde(skip)]
    pub rows: Vec<StockOrigin>,
}

/// A legacy stock row behind an opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockOrigin {
    /// Row id.
    pub id: i64,
    /// Its own lot number, where it has a usable one.
    pub lot: Option<LotNumber>,
    /// Its pieces.
    pub quantity: Quantity,
}

/// What is known of lots from an earlier look, so that every one keeps its number.
#[derive(Debug, Default)]
pub struct Known {
    /// The numbers that rows without a usable one were given, by row id and part.
    pub rows: HashMap<(i64, PartCode), LotNumber>,
    /// The numbers that lots have here, by their own number and part.
    pub lots: HashMap<(LotNumber, PartCode), LotNumber>,
    /// Whose every number is that exists here.
    pub owners: HashMap<LotNumber, PartCode>,
    /// Numbers that were given here, to lots that the legacy system knows nothing of.
    pub taken: HashSet<LotNumber>,
    /// The first number that nobody has, where it is not the one above the highest legacy number.
    pub next_lot: Option<u64>,
}

/// Why a stock row opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SetAsideReason {
    /// Its quantity is zero.
    Zero,
    /// Its quantity is below zero.
    Negative,
    /// Its part number is empty or no valid one.
    NoPart,
    /// Its location is empty or no valid one.
    NoLocation,
    /// Its operation is no valid one.
    NoOperation,
}

/// A stock row that opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// Legacy row id.
    pub legacy_id: i64,
    /// Why.
    pub reason: SetAsideReason,
    /// Pieces as stored.
    pub quantity: i64,
    /// Part as stored.
    pub part: String,
    /// Location as stored.
    pub location: String,
    /// Lot as stored.
    pub lot: String,
}

/// Lots, openings, and what opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stock {
    /// Lots, by number.
    pub lots: Vec<PlannedLot>,
    /// Openings, by part, operation, location and lot.
    pub openings: Vec<PlannedOpening>,
    /// Stock rows that open nothing.
    pub set_aside: Vec<SetAside>,
    /// The next number to give to a lot: above every legacy number and every fresh one.
    pub next_lot: u64,
}

/// The highest number of ten digits.
pub(in crate::legacy) const LAST_LOT: u64 = 9_999_999_999;

struct Planner<'p> {
    zone: &'p TimeZone,
    known: &'p Known,
    newest: Timestamp,
    next_lot: u64,
    lots: BTreeMap<LotNumber, PlannedLot>,
    /// Fresh numbers of parts whose lot number belongs to another part.
    relabelled: HashMap<(LotNumber, PartCode), LotNumber>,
}

/// Plans the lots and openings of `plant`, of which `known` was seen before.
pub(in crate::legacy) fn stock(
    plant: &LegacyPlant,
    zone: &TimeZone,
    known: &Known,
) -> Result<Stock, PlanError> {
    let mut planner = Planner {
        zone,
        known,
        newest: newest(plant, zone),
        next_lot: known.next_lot.unwrap_or_else(|| highest_lot(plant) + 1),
        lots: BTreeMap::new(),
        relabelled: HashMap::new(),
    };
    let mut rows: Vec<&StockRow> = plant.stock.iter().collect();
    rows.sort_by_key(|row| (row.received.civil().is_none(), row.received.civil(), row.id));

    let mut buckets = BTreeMap::new();
    let mut set_aside = Vec::new();
    for row in rows {
        match planner.open(row)? {
            Ok(opening) => add(&mut buckets, opening)?,
            Err(reason) => set_aside.push(aside(row, reason)),
        }
    }
    planner.history(&plant.log);
    if planner.next_lot > LAST_LOT {
        return Err(PlanError::LotNumbersExhausted);
    }
    set_aside.sort_by_key(|row| row.legacy_id);
    Ok(Stock {
        lots: planner.lots.into_values().collect(),
        openings: buckets.into_values().collect(),
        set_aside,
        next_lot: planner.next_lot,
    })
}

type BucketKey = (PartCode, OperationCode, LocationCode, LotNumber);

fn add(
    buckets: &mut BTreeMap<BucketKey, PlannedOpening>,
    opening: PlannedOpening,
) -> Result<(), PlanError> {
    let key = (
        opening.part.clone(),
        opening.operation.clone(),
        opening.location.clone(),
        opening.lot.clone(),
    );
    match buckets.get_mut(&key) {
        Some(bucket) => {
            let sum = bucket.quantity.plus(opening.quantity);
            bucket.quantity = sum.ok_or(PlanError::TooManyPieces { lot: opening.lot })?;
            bucket.legacy_ids.extend(opening.legacy_ids);
            bucket.rows.extend(opening.rows);
        }
        None => {
            buckets.insert(key, opening);
        }
    }
    Ok(())
}

impl Planner<'_> {
    /// The opening of one stock row, or why it has none. Rows come earliest first.
    fn open(
        &mut self,
        row: &StockRow,
    ) -> Result<Result<PlannedOpening, SetAsideReason>, PlanError> {
        let quantity = match Quantity::pieces(row.quantity) {
            Ok(quantity) if quantity.is_zero() => return Ok(Err(SetAsideReason::Zero)),
            Ok(quantity) => quantity,
            Err(_) => return Ok(Err(SetAsideReason::Negative)),
        };
        let Some(part) = row.part.value() else { return Ok(Err(SetAsideReason::NoPart)) };
        let Some(location) = row.location.value() else {
            return Ok(Err(SetAsideReason::NoLocation));
        };
        let Some(operation) = row.operation.value() else {
            return Ok(Err(SetAsideReason::NoOperation));
        };
        let received = row.received.in_zone(self.zone).timestamp();
        let received_at = received.unwrap_or(self.newest);
        let number = self.number(row, part)?;
        self.lots.entry(number.clone()).or_insert_with(|| PlannedLot {
            number: number.clone(),
            legacy_number: legacy_number(row.lot.verbatim(), &number),
            renumbered: row.lot.value() != Some(&number),
            part: part.clone(),
            item_type: row.item_type.value().cloned(),
            color_code: row.color.value().cloned(),
            work_order: row.work_order.value().cloned(),
            notes: row.notes.value().cloned(),
            received_at,
            received_from: received.map_or(ReceivedFrom::Unknown, |_| ReceivedFrom::Stock),
            received_by: person(&row.user).cloned(),
            on_hand: true,
        });
        Ok(Ok(PlannedOpening {
            part: part.clone(),
            operation: operation.clone(),
            location: location.clone(),
            lot: number,
            quantity,
            received_at,
            received_by: person(&row.user).cloned(),
            legacy_ids: vec![row.id],
            rows: vec![StockOrigin { id: row.id, lot: row.lot.value().cloned(), quantity }],
        }))
    }

    /// The lot number of a stock row: its own, unless it has none or another part holds it.
    fn number(&mut self, row: &StockRow, part: &PartCode) -> Result<LotNumber, PlanError> {
        let Some(own) = row.lot.value() else {
            let known = self.known.rows.get(&(row.id, part.clone()));
            return known.map_or_else(|| self.fresh(), |known| Ok(known.clone()));
        };
        let key = (own.clone(), part.clone());
        if let Some(number) = self.known.lots.get(&key) {
            return Ok(number.clone());
        }
        let owner = self.known.owners.get(own).or(self.lots.get(own).map(|lot| &lot.part));
        if owner.is_none_or(|owner| owner == part) && !self.known.taken.contains(own) {
            return Ok(own.clone());
        }
        if let Some(number) = self.relabelled.get(&key) {
            return Ok(number.clone());
        }
        let number = self.fresh()?;
        self.relabelled.insert(key, number.clone());
        Ok(number)
    }

    fn fresh(&mut self) -> Result<LotNumber, PlanError> {
        if self.next_lot > LAST_LOT {
            return Err(PlanError::LotNumbersExhausted);
        }
        let number = LotNumber::allocated(self.next_lot);
        self.next_lot += 1;
        Ok(number)
    }

    /// Adds the lots that only the log knows, receipts before other rows.
    fn history(&mut self, log: &[LogRow]) {
        let mut rows: Vec<&LogRow> = log.iter().collect();
        rows.sort_by_key(|row| (row.kind != LogKind::In, row.at.civil(), row.id));
        for row in rows {
            let (Some(number), Some(part)) = (row.lot.value(), row.part.value()) else { continue };
            if self.lots.contains_key(number) || self.known.owners.contains_key(number) {
                continue;
            }
            let at = row.at.in_zone(self.zone).timestamp();
            let (received_from, received_by) = match (at, row.kind) {
                (None, _) => (ReceivedFrom::Unknown, None),
                (_, LogKind::In) => (ReceivedFrom::Receipt, person(&row.user).cloned()),
                _ => (ReceivedFrom::FirstSeen, None),
            };
            let lot = PlannedLot {
                number: number.clone(),
                legacy_number: legacy_number(row.lot.verbatim(), number),
                renumbered: false,
                part: part.clone(),
                item_type: row.item_type.value().cloned(),
                color_code: row.color.value().cloned(),
                work_order: row.work_order.value().cloned(),
                notes: row.notes.value().filter(|_| row.kind == LogKind::In).cloned(),
                received_at: at.unwrap_or(self.newest),
                received_from,
                received_by,
                on_hand: false,
            };
            self.lots.insert(number.clone(), lot);
        }
    }
}

fn legacy_number(verbatim: Option<&str>, number: &LotNumber) -> Option<String> {
    verbatim.filter(|text| *text != number.as_str()).map(str::to_owned)
}

fn aside(row: &StockRow, reason: SetAsideReason) -> SetAside {
    let text = |verbatim: Option<&str>| verbatim.unwrap_or_default().to_owned();
    SetAside {
        legacy_id: row.id,
        reason,
        quantity: row.quantity,
        part: text(row.part.verbatim()),
        location: text(row.location.verbatim()),
        lot: text(row.lot.verbatim()),
    }
}

/// The newest moment that the dump names.
fn newest(plant: &LegacyPlant, zone: &TimeZone) -> Timestamp {
    let stock = plant.stock.iter().flat_map(|row| [&row.received, &row.updated]);
    let log = plant.log.iter().map(|row| &row.at);
    let newest = stock.chain(log).filter_map(|time| time.in_zone(zone).timestamp()).max();
    newest.unwrap_or_default()
}

/// The highest lot number that the system itself could have given.
pub(in crate::legacy) fn highest_lot(plant: &LegacyPlant) -> u64 {
    let stock = plant.stock.iter().map(|row| &row.lot);
    let log = plant.log.iter().map(|row| &row.lot);
    let lots = stock.chain(log).filter_map(|lot| lot.value().and_then(LotNumber::counter));
    lots.chain(plant.last_lot).max().unwrap_or(0).min(LAST_LOT)
}

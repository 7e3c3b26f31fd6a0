//! Lots and stock that a trial knows: what the tables say, and what the trial did since.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use mtm_core::catalogue::Catalogue;
use mtm_core::command::{Command, Pick};
use mtm_core::movement::{Bucket, Place};
use mtm_core::posting::NewLot;
use mtm_core::view::{LotFact, Needs, StockFact, needs};
use mtm_core::word::{LocationId, LotNumber, OperationId, PartId, Quantity};

use crate::movement::{location_ref, operation_ref};
use crate::sql::{Bind as _, Connection, Error, Value, params, quantity, word};
use crate::write::Failure;
use crate::write::facts::lot_fact;

/// Lots asked for in one question.
const TOGETHER: usize = 100;

/// A lot and all its buckets that hold pieces.
struct Lot {
    fact: LotFact,
    stock: Vec<StockFact>,
}

type Spot = (PartId, OperationId, LocationId);

/// Everything that the commands of a trial may look at.
pub(super) struct Known<'c> {
    connection: Connection<'c>,
    catalogue: &'c Catalogue,
    lots: HashMap<LotNumber, Lot>,
    /// The lots that stand somewhere.
    spots: HashMap<Spot, BTreeSet<LotNumber>>,
    /// The last receipts of parts, newest first.
    pub(super) receipts: HashMap<PartId, VecDeque<Quantity>>,
}

impl<'c> Known<'c> {
    pub(super) fn new(connection: Connection<'c>, catalogue: &'c Catalogue) -> Self {
        let (lots, spots, receipts) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { connection, catalogue, lots, spots, receipts }
    }

    /// Reads every lot that the commands name, and all lots in stock of the parts that they take
    /// from a place without naming a lot.
    pub(super) fn load(&mut self, commands: &[Command]) -> Result<(), Failure> {
        let mut lots: HashSet<LotNumber> = HashSet::new();
        let mut parts: BTreeSet<i64> = BTreeSet::new();
        for command in commands {
            let needs = needs(&command.action);
            let named = needs.lot.or_else(|| needs.pick.and_then(|pick| pick.lot.as_ref()));
            match (named, needs.pick.and_then(|pick| pick.part.as_ref())) {
                (Some(lot), _) => {
                    lots.insert(lot.clone());
                }
                (None, Some(code)) => parts.extend(self.catalogue.part(code).map(|it| it.row.0)),
                (None, None) => {}
            }
        }
        let mut of_part =
            self.connection.prepare_cached("SELECT DISTINCT lot FROM stock WHERE part_id = ?1")?;
        for part in parts {
            let found: Vec<LotNumber> =
                of_part.query_all(params![part], |row| word(row, 0, LotNumber::parse))?;
            lots.extend(found);
        }
        let lots: Vec<LotNumber> = lots.into_iter().collect();
        lots.chunks(TOGETHER).try_for_each(|lots| Ok(self.read(lots)?))
    }

    fn read(&mut self, lots: &[LotNumber]) -> Result<(), Error> {
        let catalogue = self.catalogue;
        // Always as many marks, so that it is one statement: a short question repeats its last.
        let marks = (1..=TOGETHER).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ");
        let last = lots.last().into_iter().cycle();
        let values: Vec<Value<'_>> =
            lots.iter().chain(last).take(TOGETHER).map(|lot| lot.as_str().bind()).collect();
        let facts = format!(
            "SELECT lot, part_id, item_type_id, color_id, work_order, notes, received_at,
                    received_by, version
             FROM lot WHERE lot IN ({marks})"
        );
        let found = self.connection.prepare_cached(&facts)?.query_all(&values, |row| {
            lot_fact(row, 1, word(row, 0, LotNumber::parse)?, catalogue)
        })?;
        for fact in found {
            self.lots.insert(fact.lot.clone(), Lot { fact, stock: Vec::new() });
        }
        let buckets = format!(
            "SELECT lot, operation_id, location_id, quantity FROM stock WHERE lot IN ({marks})"
        );
        let found = self.connection.prepare_cached(&buckets)?.query_all(&values, |row| {
            let place = Place {
                operation: operation_ref(catalogue, row.get(1)?, 1)?,
                location: location_ref(catalogue, row.get(2)?, 2)?,
            };
            Ok::<_, Error>((word(row, 0, LotNumber::parse)?, place, quantity(row, 3)?))
        })?;
        for (number, place, quantity) in found {
            let Some(lot) = self.lots.get(&number) else { continue };
            let bucket = Bucket { part: lot.fact.part.clone(), place, lot: number };
            self.settle(&bucket, quantity);
        }
        Ok(())
    }

    /// The stock and the lots that a verdict depends on.
    pub(super) fn facts(&self, needs: &Needs<'_>) -> (Vec<StockFact>, Vec<LotFact>) {
        let named = needs.lot.or_else(|| needs.pick.and_then(|pick| pick.lot.as_ref()));
        let spot = needs.pick.filter(|_| named.is_none()).and_then(|pick| self.spot(pick));
        let there = spot.and_then(|spot| self.spots.get(&spot));
        let found = named.into_iter().chain(there.into_iter().flatten());
        let (mut stock, mut lots) = (Vec::new(), Vec::new());
        for lot in found.filter_map(|number| self.lots.get(number)) {
            stock.extend(lot.stock.iter().cloned());
            lots.push(lot.fact.clone());
        }
        (stock, lots)
    }

    fn spot(&self, pick: &Pick) -> Option<Spot> {
        let part = self.catalogue.part(pick.part.as_ref()?)?;
        let operation = self.catalogue.operation(pick.operation.as_ref()?)?;
        let location = self.catalogue.location(pick.location.as_ref()?)?;
        Some((part.row, operation.row, location.row))
    }

    /// Adds a lot that holds nothing yet.
    pub(super) fn add(&mut self, new: &NewLot) {
        let fact = LotFact {
            lot: new.lot.clone(),
            part: new.part.clone(),
            attributes: new.attributes.clone(),
            received_at: new.received_at,
            received_by: new.received_by,
            version: 1,
        };
        self.lots.insert(new.lot.clone(), Lot { fact, stock: Vec::new() });
    }

    /// Puts `quantity` into a bucket in place of what it holds.
    pub(super) fn settle(&mut self, bucket: &Bucket, quantity: Quantity) {
        let Some(lot) = self.lots.get_mut(&bucket.lot) else { return };
        lot.stock.retain(|fact| fact.bucket != *bucket);
        let spot = (bucket.part.id, bucket.place.operation.id, bucket.place.location.id);
        let there = self.spots.entry(spot).or_default();
        if quantity.is_zero() {
            there.remove(&bucket.lot);
        } else {
            there.insert(bucket.lot.clone());
            let received_at = lot.fact.received_at;
            lot.stock.push(StockFact { bucket: bucket.clone(), quantity, received_at });
        }
    }
}

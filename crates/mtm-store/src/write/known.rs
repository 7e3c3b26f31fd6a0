//! What commands look at that are decided one on the other before any of them is written: lots,
//! stock and past, read for all of them in few questions, and kept as each of them leaves it.
//!
//! A group of bookings, a batch and an import's trial have it in common. It is no cache: it lives
//! as long as the work that it was read for, and what is written is guarded by the versions of
//! the lots that stand here.

use std::collections::{BTreeSet, HashMap, HashSet};

use mtm_core::catalogue::Catalogue;
use mtm_core::command::{Command, Pick};
use mtm_core::movement::{Bucket, Place};
use mtm_core::posting::{NewLot, Postings};
use mtm_core::view::{LotFact, Needs, ReservationFact, StockFact, needs};
use mtm_core::word::{LocationId, LotNumber, OperationId, PartId, Quantity};

use super::facts::{Facts, lot_fact};
use super::failure::Failure;
use super::past::Past;
use super::reservation;
use crate::movement::{location_ref, operation_ref};
use crate::sql::{Bind as _, Connection, Error, Value, quantity, together, word};

/// A lot, what it stands on, and all its buckets that hold pieces.
#[derive(Debug)]
struct Lot {
    fact: LotFact,
    /// `ledger_version` in the database; `None` for a lot that is not written yet.
    version: Option<i64>,
    stock: Vec<StockFact>,
    reservations: Vec<ReservationFact>,
}

type Spot = (PartId, OperationId, LocationId);

/// Everything that the commands may look at.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// `None` for a number that names no lot.
    lots: HashMap<LotNumber, Option<Lot>>,
    /// The lots known that have pieces there.
    spots: HashMap<Spot, BTreeSet<LotNumber>>,
    /// Where all lots are known.
    walked: HashSet<Spot>,
    /// The lots that something decided and not yet written touches.
    touched: HashSet<LotNumber>,
    pub(crate) past: Past,
}

impl Known {
    /// Reads every lot that the commands name, and all lots that stand where they take from
    /// without naming one, as far as they are not known.
    pub(crate) fn load<'a>(
        &mut self,
        connection: Connection<'_>,
        catalogue: &Catalogue,
        commands: impl IntoIterator<Item = &'a Command>,
    ) -> Result<(), Failure> {
        let (mut lots, mut spots) = (BTreeSet::new(), BTreeSet::new());
        for command in commands {
            let needs = needs(&command.action);
            lots.extend(needs.also.iter().cloned());
            if let Some(lot) = named(&needs) {
                lots.insert(lot.clone());
            } else if let Some(spot) = needs.pick.and_then(|pick| spot(catalogue, pick)) {
                spots.insert(spot);
            }
        }
        spots.retain(|spot| !self.walked.contains(spot));
        let spots: Vec<Spot> = spots.into_iter().collect();
        lots.extend(standing(connection, &spots)?);
        let lots: Vec<LotNumber> =
            lots.into_iter().filter(|lot| !self.lots.contains_key(lot)).collect();
        self.read(connection, catalogue, &lots)?;
        self.walked.extend(spots);
        Ok(())
    }

    /// Reads lots that are not known. A lot's version is read before its stock: what changes in
    /// between makes it stale.
    pub(super) fn read(
        &mut self,
        connection: Connection<'_>,
        catalogue: &Catalogue,
        lots: &[LotNumber],
    ) -> Result<(), Error> {
        for (lots, marks) in together(lots, &LOTS) {
            let values: Vec<Value<'_>> = lots.iter().map(|lot| lot.as_str().bind()).collect();
            let facts = format!("{} WHERE lot IN ({marks})", connection.pick(FACTS, VERSIONED));
            let found = connection.prepare_cached(&facts)?.query_all(&values, |row| {
                let fact = lot_fact(row, 1, word(row, 0, LotNumber::parse)?, catalogue)?;
                Ok::<_, Error>((fact, row.get::<i64>(9)?, row.get::<bool>(10)?))
            })?;
            self.lots.extend(lots.iter().map(|lot| ((*lot).clone(), None)));
            let mut reserved = Vec::new();
            for (fact, version, is_reserved) in found {
                reserved.extend(is_reserved.then(|| fact.lot.clone()));
                let (stock, reservations) = (Vec::new(), Vec::new());
                let lot = Lot { fact, version: Some(version), stock, reservations };
                self.lots.insert(lot.fact.lot.clone(), Some(lot));
            }
            let reserved: Vec<&LotNumber> = reserved.iter().collect();
            for fact in reservation::of(connection, &reserved)? {
                if let Some(Some(lot)) = self.lots.get_mut(&fact.lot) {
                    lot.reservations.push(fact);
                }
            }
            let buckets = format!(
                "SELECT lot, operation_id, location_id, quantity FROM stock WHERE lot IN ({marks})"
            );
            let found = connection.prepare_cached(&buckets)?.query_all(&values, |row| {
                let place = Place {
                    operation: operation_ref(catalogue, row.get(1)?, 1)?,
                    location: location_ref(catalogue, row.get(2)?, 2)?,
                };
                Ok::<_, Error>((word(row, 0, LotNumber::parse)?, place, quantity(row, 3)?))
            })?;
            for (number, place, quantity) in found {
                let Some(Some(lot)) = self.lots.get(&number) else { continue };
                let bucket = Bucket { part: lot.fact.part.clone(), place, lot: number };
                self.settle(&bucket, quantity);
            }
        }
        Ok(())
    }

    /// The stock and the lots that a verdict depends on. Not for undoing, which reads the log.
    pub(crate) fn facts(&self, catalogue: &Catalogue, needs: &Needs<'_>) -> Facts {
        let named = named(needs);
        let spot = needs.pick.filter(|_| named.is_none()).and_then(|pick| spot(catalogue, pick));
        let there = spot.and_then(|spot| self.spots.get(&spot));
        self.facts_of(named.into_iter().chain(needs.also).chain(there.into_iter().flatten()))
    }

    /// Lots with their stock.
    pub(super) fn facts_of<'l>(&self, numbers: impl IntoIterator<Item = &'l LotNumber>) -> Facts {
        let mut facts = Facts::default();
        let found = numbers.into_iter().filter_map(|number| self.lots.get(number)?.as_ref());
        for lot in found {
            facts.stock.extend(lot.stock.iter().cloned());
            facts.reservations.extend(lot.reservations.iter().cloned());
            facts.lots.push(lot.fact.clone());
            facts.versions.push(lot.version);
        }
        facts
    }

    /// Whether a lot was read.
    pub(super) fn knows(&self, lot: &LotNumber) -> bool {
        self.lots.contains_key(lot)
    }

    /// What a bucket holds.
    pub(super) fn quantity(&self, bucket: &Bucket) -> Quantity {
        let lot = self.lots.get(&bucket.lot).and_then(Option::as_ref);
        let found = lot.and_then(|lot| lot.stock.iter().find(|fact| fact.bucket == *bucket));
        found.map_or(Quantity::ZERO, |fact| fact.quantity)
    }

    /// What was decided is there for those that follow.
    pub(crate) fn decided(&mut self, postings: &Postings) {
        for new in &postings.new_lots {
            self.lots.insert(new.lot.clone(), Some(made(new)));
        }
        for balance in &postings.balances {
            self.settle(&balance.bucket, balance.after);
        }
        for change in &postings.lot_changes {
            if let Some(Some(lot)) = self.lots.get_mut(&change.lot) {
                lot.fact.attributes = change.attributes.clone();
                lot.fact.version = change.version;
            }
        }
        self.touched.extend(touched(postings).into_iter().cloned());
    }

    /// What was decided so far is written: by one call, which moves the version of a lot on by
    /// one, and gives a new one its first.
    pub(crate) fn written(&mut self) {
        for number in self.touched.drain() {
            if let Some(Some(lot)) = self.lots.get_mut(&number) {
                lot.version = Some(lot.version.map_or(0, |version| version + 1));
            }
        }
    }

    /// Nothing is known any more.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Puts `quantity` into a bucket in place of what it holds.
    fn settle(&mut self, bucket: &Bucket, quantity: Quantity) {
        let Some(Some(lot)) = self.lots.get_mut(&bucket.lot) else { return };
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

/// The lot that a command names.
fn named<'n>(needs: &Needs<'n>) -> Option<&'n LotNumber> {
    needs.lot.or_else(|| needs.pick.and_then(|pick| pick.lot.as_ref()))
}

/// Where a command takes from. Without all three nothing is picked, and deciding says so.
fn spot(catalogue: &Catalogue, pick: &Pick) -> Option<Spot> {
    let part = catalogue.part(pick.part.as_ref()?)?;
    let operation = catalogue.operation(pick.operation.as_ref()?)?;
    let location = catalogue.location(pick.location.as_ref()?)?;
    Some((part.row, operation.row, location.row))
}

/// The lots that have pieces at one of `spots`.
fn standing(connection: Connection<'_>, spots: &[Spot]) -> Result<Vec<LotNumber>, Error> {
    let mut lots = Vec::new();
    for spots in spots.chunks(SPOTS) {
        let there = (0..spots.len()).map(|n| {
            let [part, operation, location] = [1, 2, 3].map(|column| 3 * n + column);
            format!(
                "(part_id = ?{part} AND operation_id = ?{operation} AND location_id = ?{location})"
            )
        });
        let there: Vec<String> = there.collect();
        let sql = format!("SELECT lot FROM stock WHERE {}", there.join(" OR "));
        let values = spots.iter().flat_map(|(part, operation, location)| {
            [Value::Int(part.0), Value::Int(operation.0), Value::Int(location.0)]
        });
        let values: Vec<Value<'_>> = values.collect();
        lots.extend(
            connection
                .prepare_cached(&sql)?
                .query_all(&values, |row| word(row, 0, LotNumber::parse))?,
        );
    }
    Ok(lots)
}

/// The lots that the postings read or change in a way that must not have moved meanwhile.
pub(crate) fn touched(postings: &Postings) -> HashSet<&LotNumber> {
    let moved = postings.balances.iter().map(|balance| &balance.bucket.lot);
    let kept = postings.new_reservation.iter().map(|new| &new.lot);
    let kept = kept.chain(postings.released_reservation().map(|ended| &ended.lot));
    moved.chain(postings.lot_changes.iter().map(|change| &change.lot)).chain(kept).collect()
}

fn made(new: &NewLot) -> Lot {
    let fact = LotFact {
        lot: new.lot.clone(),
        part: new.part.clone(),
        attributes: new.attributes.clone(),
        received_at: new.received_at,
        received_by: new.received_by,
        version: 1,
    };
    Lot { fact, version: None, stock: Vec::new(), reservations: Vec::new() }
}

/// How many lots a question asks for.
const LOTS: [usize; 3] = [1, 10, 100];
/// Places asked for at most in one question.
const SPOTS: usize = 8;

const FACTS: &str = "SELECT lot, part_id, item_type_id, color_id, work_order, notes, received_at,
        received_by, version, 0,
        EXISTS (SELECT 1 FROM reservation AS r WHERE r.lot = lot.lot AND r.released_at IS NULL)
 FROM lot";
const VERSIONED: &str = "SELECT lot, part_id, item_type_id, color_id, work_order, notes,
        received_at, received_by, version, ledger_version,
        EXISTS (SELECT 1 FROM reservation AS r WHERE r.lot = lot.lot AND r.released_at IS NULL)
 FROM lot";

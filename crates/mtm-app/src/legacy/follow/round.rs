//! One round: what was found at a look, beside what stands here, as something to write.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::tz::TimeZone;
use mtm_core::word::{LotNumber, PartCode, Timestamp};
use mtm_store::record::{FollowState, LegacyStock, Look, LotHere, MirroredLot, Spots};

use super::known::lot_of;
use super::report::Class;
use super::steps::{Told, steps};
use crate::legacy::plan::{Known, PlannedLot, Stock};
use crate::legacy::plant::{LegacyPlant, LogRow};
use crate::legacy::take_over::{attributes, past_lot};

/// How far back an event may lie to be told with its time; see [`crate::movement`].
const OLDEST: i64 = 30 * 24 * 3600 * 1_000_000;
/// How far the legacy clock may run ahead.
const AHEAD: i64 = 5 * 60 * 1_000_000;

/// A lot that is not followed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unsettled {
    pub(super) class: Class,
    pub(super) why: String,
}

/// What a look comes to.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// The lots to write.
    pub(super) look: Look,
    /// Lots that are left alone.
    pub(super) unsettled: BTreeMap<LotNumber, Unsettled>,
    /// Log rows that the stock does not bear out.
    pub(super) unheard: Vec<i64>,
    /// Pieces by lot that came or went without a row of the log.
    pub(super) unexplained: Vec<(LotNumber, i64)>,
    /// Lots that people booked here as it happened there.
    pub(super) adopted: u64,
}

/// Everything a round looks at.
pub(super) struct Sight<'s> {
    pub(super) plant: &'s LegacyPlant,
    pub(super) planned: &'s Stock,
    pub(super) known: &'s Known,
    pub(super) state: &'s FollowState,
    pub(super) here: &'s BTreeMap<LotNumber, LotHere>,
    pub(super) zone: &'s TimeZone,
    pub(super) now: Timestamp,
}

/// The legacy stock by the lots it stands for here.
pub(super) fn legacy_stock(planned: &Stock) -> BTreeMap<LotNumber, (PartCode, Spots)> {
    let mut stock = BTreeMap::new();
    for opening in &planned.openings {
        let spot = mtm_core::command::Spot {
            operation: opening.operation.clone(),
            location: opening.location.clone(),
        };
        let (_, spots) = stock
            .entry(opening.lot.clone())
            .or_insert_with(|| (opening.part.clone(), Spots::new()));
        spots.insert(spot, opening.quantity);
    }
    stock
}

impl Sight<'_> {
    /// Compares, lot by lot.
    pub(super) fn round(&self) -> Round {
        let after = legacy_stock(self.planned);
        let rows_after = self.rows_after();
        let before = self.rows_before();
        let told = self.told();
        let planned: HashMap<&LotNumber, &PlannedLot> =
            self.planned.lots.iter().map(|lot| (&lot.number, lot)).collect();
        let mut round = Round::default();
        let lots: BTreeSet<&LotNumber> =
            after.keys().chain(before.keys()).chain(told.keys()).collect();
        for lot in lots {
            let part = after.get(lot).map(|(part, _)| part);
            let part = part.or(self.known.owners.get(lot)).or(planned.get(lot).map(|it| &it.part));
            let Some(part) = part else { continue };
            let nothing = Vec::new();
            let view = LotView {
                lot,
                part,
                planned: planned.get(lot).copied(),
                before: before.get(lot).unwrap_or(&nothing),
                after: after.get(lot).map(|(_, spots)| spots.clone()).unwrap_or_default(),
                rows: rows_after.get(lot).unwrap_or(&nothing),
                told: told.get(lot).map(Vec::as_slice).unwrap_or_default(),
            };
            self.lot(&view, &mut round);
        }
        let booked: HashSet<&LotNumber> = round
            .look
            .lots
            .iter()
            .filter(|lot| !lot.steps.is_empty())
            .map(|lot| &lot.lot)
            .collect();
        let past = self.planned.lots.iter().filter(|lot| {
            !lot.on_hand
                && !self.known.owners.contains_key(&lot.number)
                && !booked.contains(&lot.number)
        });
        let past = past.map(past_lot).collect();
        round.look.past_lots = past;
        round.look.round = self.state.round;
        round
    }

    fn lot(&self, view: &LotView<'_>, round: &mut Round) {
        let before = spots(view.before);
        let ours = self.state.stock.get(view.lot).map(|(_, spots)| spots.clone());
        let ours = ours.unwrap_or_default();
        let told: Vec<Told> = view.told.iter().filter_map(|row| Told::of(row)).collect();
        if ours != before {
            if ours == view.after {
                round.adopted += 1;
                round.look.lots.push(self.mirrored(view, before, Vec::new()));
            } else {
                let why = "booked here while the legacy system is followed: undo it here, or \
                           book it there as well";
                let unsettled = Unsettled { class: Class::BookedHere, why: why.to_owned() };
                round.unsettled.insert(view.lot.clone(), unsettled);
            }
            return;
        }
        let is_new = !self.known.owners.contains_key(view.lot) && !self.here.contains_key(view.lot);
        let found = steps(&before, &view.after, &told, is_new);
        round.unheard.extend(&found.unheard);
        if found.unexplained != 0 {
            round.unexplained.push((view.lot.clone(), found.unexplained));
        }
        if !found.steps.is_empty() || view.before != view.rows {
            round.look.lots.push(self.mirrored(view, before, found.steps));
        }
    }

    fn mirrored(
        &self,
        view: &LotView<'_>,
        expected: Spots,
        steps: Vec<mtm_core::command::MirrorStep>,
    ) -> MirroredLot {
        let times = view.told.iter().filter_map(|row| row.at.in_zone(self.zone).timestamp());
        let told_at = times.max();
        let credible = |at: &Timestamp| {
            *at >= self.now.plus_micros(-OLDEST) && *at <= self.now.plus_micros(AHEAD)
        };
        MirroredLot {
            lot: view.lot.clone(),
            part: view.part.clone(),
            expected,
            attributes: view.planned.map(attributes).unwrap_or_default(),
            received_at: view.planned.map_or(told_at.unwrap_or(self.now), |lot| lot.received_at),
            received_by: view.planned.and_then(|lot| lot.received_by.clone()),
            steps,
            occurred_at: told_at.filter(credible),
            shadow: view.rows.clone(),
        }
    }

    fn rows_before(&self) -> BTreeMap<LotNumber, Vec<LegacyStock>> {
        let mut rows = BTreeMap::<_, Vec<_>>::new();
        for row in &self.state.shadow {
            rows.entry(row.lot.clone()).or_default().push(row.clone());
        }
        rows
    }

    fn rows_after(&self) -> BTreeMap<LotNumber, Vec<LegacyStock>> {
        let mut rows = BTreeMap::<_, Vec<_>>::new();
        for opening in &self.planned.openings {
            let lot = rows.entry(opening.lot.clone()).or_default();
            lot.extend(opening.rows.iter().map(|row| LegacyStock {
                lot: opening.lot.clone(),
                id: row.id,
                legacy_lot: row.lot.clone(),
                spot: mtm_core::command::Spot {
                    operation: opening.operation.clone(),
                    location: opening.location.clone(),
                },
                quantity: row.quantity,
            }));
        }
        for rows in rows.values_mut() {
            rows.sort();
        }
        rows
    }

    /// The new rows of the log by the lots they are about here, in the order of their ids.
    fn told(&self) -> BTreeMap<LotNumber, Vec<&LogRow>> {
        let mut told = BTreeMap::<LotNumber, Vec<&LogRow>>::new();
        for row in &self.plant.log {
            let (Some(own), Some(part)) = (row.lot.value(), row.part.value()) else { continue };
            if let Some(lot) = lot_of(self.known, own, part) {
                told.entry(lot.clone()).or_default().push(row);
            }
        }
        for rows in told.values_mut() {
            rows.sort_by_key(|row| row.id);
        }
        told
    }
}

/// One lot, at the last look and now.
struct LotView<'v> {
    lot: &'v LotNumber,
    part: &'v PartCode,
    planned: Option<&'v PlannedLot>,
    before: &'v Vec<LegacyStock>,
    after: Spots,
    rows: &'v Vec<LegacyStock>,
    told: &'v [&'v LogRow],
}

fn spots(rows: &[LegacyStock]) -> Spots {
    let mut spots = Spots::new();
    for row in rows {
        let there = spots.entry(row.spot.clone()).or_default();
        // Their sum was a quantity when it was taken over.
        *there = there.plus(row.quantity).unwrap_or(*there);
    }
    spots
}

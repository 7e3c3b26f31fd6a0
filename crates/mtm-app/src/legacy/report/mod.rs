//! The reconciliation report: what the legacy database says about its own stock, what is wrong
//! with it, and what the migration makes of it. As data for programs, as text for people.

mod text;
mod totals;

use jiff::tz::TimeZone;
use mtm_core::word::{LotNumber, PartCode};
use serde::Serialize;

pub use totals::{CodeTotal, LogTotal, StockTotal, Totals, legacy_stock};

use super::classify::{LotClass, Lots, classify};
use super::findings::{Finding, find};
use super::plan::{MigrationPlan, PlanError, plan};
use super::plant::{LegacyPlant, Source};

/// The reconciliation report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReconciliationReport {
    /// What it was made from.
    pub source: Source,
    /// The time zone in which legacy times were read.
    pub time_zone: String,
    /// Lots that occur in the log or in stock; the classes sum to it.
    pub lots: u64,
    /// Every lot in exactly one class.
    pub classes: Classes,
    /// Sums of stock and log.
    pub totals: Totals,
    /// What the migration creates.
    pub creates: Creates,
    /// What is wrong or odd, and what is done about it.
    pub findings: Vec<Finding>,
}

/// The classes of lots; see [`LotClass`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Classes {
    /// Σin = Σout + stock.
    pub balanced: ClassReport,
    /// Received, never taken, not there.
    pub vanished: ClassReport,
    /// More taken than received.
    pub surplus_out: ClassReport,
    /// Less there than should be.
    pub short_stock: ClassReport,
    /// Some taken, the rest not there.
    pub part_vanished: ClassReport,
    /// No receipt in the log.
    pub no_receipt: ClassReport,
    /// Anything else.
    pub unexplained: ClassReport,
}

/// The lots of one class.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ClassReport {
    /// How many lots.
    pub lots: u64,
    /// Of these, lots that the log names; the others are in the stock table only.
    pub in_log: u64,
    /// Pieces that the lots' records cannot account for.
    pub pieces: i64,
    /// Each lot, by number.
    pub items: Vec<LotItem>,
}

/// One lot of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LotItem {
    /// Lot number.
    pub lot: LotNumber,
    /// Its part, where any row names a valid one.
    pub part: Option<PartCode>,
    /// Pieces that its record cannot account for.
    pub pieces: i64,
    /// Pieces of its IN rows.
    pub received: i64,
    /// Pieces of its OUT rows.
    pub taken: i64,
    /// Pieces of its stock rows.
    pub stock: i64,
}

/// How much the migration creates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Creates {
    /// Parts.
    pub parts: Count,
    /// Locations.
    pub locations: Count,
    /// Operations.
    pub operations: Count,
    /// Item types.
    pub item_types: Count,
    /// Colour codes.
    pub color_codes: Count,
    /// Users, all disabled.
    pub users: Count,
    /// Lots, those that only the history knows included.
    pub lots: u64,
    /// Openings: buckets with stock.
    pub openings: u64,
    /// Pieces of the openings.
    pub pieces: i64,
    /// Legacy stock rows that open nothing.
    pub set_aside: u64,
    /// Records of the legacy log.
    pub legacy_records: u64,
    /// Quick buttons.
    pub quick_buttons: u64,
    /// The first lot number that this system gives.
    pub next_lot: LotNumber,
}

/// How many records, and how many of them nobody has verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Count {
    /// All records.
    pub all: u64,
    /// Records that rows name without the master data defining them.
    pub unverified: u64,
}

/// Plans the migration of `plant` and reports on it.
///
/// # Errors
/// [`PlanError`]; nothing can be migrated then.
pub fn reconcile(
    plant: &LegacyPlant,
    zone: &TimeZone,
) -> Result<(MigrationPlan, ReconciliationReport), PlanError> {
    let plan = plan(plant, zone)?;
    let lots = classify(plant);
    let report = ReconciliationReport {
        source: plant.source.clone(),
        time_zone: plan.time_zone.clone(),
        lots: lots.len() as u64,
        classes: Classes::of(&lots),
        totals: Totals::of(plant),
        creates: Creates::of(&plan),
        findings: find(plant, &lots, &plan, zone),
    };
    Ok((plan, report))
}

impl ReconciliationReport {
    /// The report as text for people: a page of figures, then the lots and findings in detail.
    pub fn text(&self) -> String {
        text::render(self)
    }
}

impl Classes {
    fn of(lots: &Lots) -> Self {
        let class = |class: LotClass| {
            let mut report = ClassReport::default();
            for (lot, balance) in lots.iter().filter(|(_, balance)| balance.class() == class) {
                report.lots += 1;
                report.in_log += u64::from(balance.in_log);
                report.pieces += balance.pieces();
                report.items.push(LotItem {
                    lot: lot.clone(),
                    part: balance.part.clone(),
                    pieces: balance.pieces(),
                    received: balance.received.unwrap_or(0),
                    taken: balance.taken.unwrap_or(0),
                    stock: balance.stock,
                });
            }
            report
        };
        Self {
            balanced: class(LotClass::Balanced),
            vanished: class(LotClass::Vanished),
            surplus_out: class(LotClass::SurplusOut),
            short_stock: class(LotClass::ShortStock),
            part_vanished: class(LotClass::PartVanished),
            no_receipt: class(LotClass::NoReceipt),
            unexplained: class(LotClass::Unexplained),
        }
    }

    /// The report of one class.
    pub const fn class(&self, class: LotClass) -> &ClassReport {
        match class {
            LotClass::Balanced => &self.balanced,
            LotClass::Vanished => &self.vanished,
            LotClass::SurplusOut => &self.surplus_out,
            LotClass::ShortStock => &self.short_stock,
            LotClass::PartVanished => &self.part_vanished,
            LotClass::NoReceipt => &self.no_receipt,
            LotClass::Unexplained => &self.unexplained,
        }
    }
}

impl Creates {
    fn of(plan: &MigrationPlan) -> Self {
        fn count<T>(records: &[T], unverified: impl Fn(&T) -> bool) -> Count {
            let unverified = records.iter().filter(|record| unverified(record)).count();
            Count { all: records.len() as u64, unverified: unverified as u64 }
        }
        let openings = &plan.stock.openings;
        Self {
            parts: count(&plan.masters.parts, |part| part.unverified),
            locations: count(&plan.masters.locations, |location| location.unverified),
            operations: count(&plan.masters.operations, |operation| operation.unverified),
            item_types: count(&plan.masters.item_types, |item_type| item_type.unverified),
            color_codes: count(&plan.masters.color_codes, |color| color.unverified),
            users: count(&plan.people.users, |user| user.unverified),
            lots: plan.stock.lots.len() as u64,
            openings: openings.len() as u64,
            pieces: openings.iter().map(|opening| opening.quantity.whole()).sum(),
            set_aside: plan.stock.set_aside.len() as u64,
            legacy_records: plan.history.len() as u64,
            quick_buttons: plan.buttons.planned.len() as u64,
            next_lot: LotNumber::allocated(plan.stock.next_lot),
        }
    }
}

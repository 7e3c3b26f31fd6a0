//! The migration as data: everything to create, in the order of creation, decided beforehand.
//!
//! Applying a plan is a straight loop over its fields from top to bottom inside one transaction:
//! master data, users, lots, openings, legacy records, quick buttons, the lot counter; then the
//! source's hash, by which a second run is recognised. Nothing is left to decide while writing,
//! and [`plan`] has checked that the openings and what is set aside add up to the legacy stock.
//!
//! Deliberately absent: ids, the actor and the time of the migration, which the store gives.

pub(super) mod buttons;
pub(super) mod history;
pub(super) mod masters;
pub(super) mod people;
pub(super) mod stock;

use jiff::tz::TimeZone;
use mtm_core::word::LotNumber;
use serde::Serialize;

pub use buttons::{Buttons, LeftOutButton, LeftOutReason, PlannedButton, SLOTS};
pub use history::LegacyRecord;
pub use masters::{
    LocationAttributes, Masters, Named, NoAttributes, PartAttributes, PlannedMaster,
};
pub use people::{People, PlannedUser};
pub use stock::{
    Known, PlannedLot, PlannedOpening, ReceivedFrom, SetAside, SetAsideReason, Stock, StockOrigin,
};

use super::plant::LegacyPlant;

/// Everything to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigrationPlan {
    /// SHA-256 of the dump, in hexadecimal: the same dump is taken over once.
    pub source_sha256: String,
    /// The time zone in which legacy times were read.
    pub time_zone: String,
    /// Master data.
    pub masters: Masters,
    /// Users, all disabled until they set a secret.
    pub people: People,
    /// Lots and their openings.
    pub stock: Stock,
    /// The legacy log, verbatim and never counted.
    pub history: Vec<LegacyRecord>,
    /// Quick buttons.
    pub buttons: Buttons,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A legacy lot number so high that no number of ten digits is left above it.
    #[error("no lot number of ten digits is left above the highest legacy number")]
    LotNumbersExhausted,
    /// One bucket with more pieces than a quantity can hold.
    #[error("the stock rows of lot {lot} add up to more pieces than a quantity can hold")]
    TooManyPieces {
        /// The lot.
        lot: LotNumber,
    },
    /// The plan does not hold the stock it was made from: a fault of this program.
    #[error("the plan opens {opened} and sets aside {aside} of {stock} legacy pieces")]
    NotConserved {
        /// Pieces of the openings.
        opened: i64,
        /// Pieces set aside.
        aside: i64,
        /// Pieces of the legacy stock table.
        stock: i64,
    },
}

impl PlanError {
    /// A stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::LotNumbersExhausted => "legacy_lots_exhausted",
            Self::TooManyPieces { .. } => "quantity_out_of_range",
            Self::NotConserved { .. } => "legacy_stock_not_conserved",
        }
    }

    /// What the person in front of the screen should do.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::LotNumbersExhausted | Self::TooManyPieces { .. } => {
                "Correct the lot in the legacy database and export again."
            }
            Self::NotConserved { .. } => "Nothing was written. Report this with the dump's report.",
        }
    }
}

/// Plans the migration of `plant`, whose clocks showed the time of `zone`.
///
/// # Errors
/// [`PlanError`]; nothing can be migrated then.
pub fn plan(plant: &LegacyPlant, zone: &TimeZone) -> Result<MigrationPlan, PlanError> {
    let buttons = buttons::buttons(plant);
    let plan = MigrationPlan {
        source_sha256: plant.source.sha256.clone(),
        time_zone: zone.iana_name().unwrap_or("fixed offset").to_owned(),
        masters: masters::masters(plant, &buttons),
        people: people::people(plant),
        stock: stock::stock(plant, zone, &Known::default())?,
        history: history::history(plant, zone),
        buttons,
    };
    let opened: i64 = plan.stock.openings.iter().map(|opening| opening.quantity.whole()).sum();
    let aside: i64 = plan.stock.set_aside.iter().map(|row| row.quantity).sum();
    let stock: i64 = plant.stock.iter().map(|row| row.quantity).sum();
    if opened + aside != stock {
        return Err(PlanError::NotConserved { opened, aside, stock });
    }
    Ok(plan)
}

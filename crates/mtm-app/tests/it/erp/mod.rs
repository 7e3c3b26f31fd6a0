//! Reading an ERP's books: from memory where what matters is when something breaks, and by the reading
//! program and real drivers where what matters is what a database says.

mod breaking;
mod certificates;
mod drivers;
mod on_hand;
mod rest;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mtm_app::App;
use mtm_app::erp::{ErpSettings, Reader};
use mtm_connect::erp::Way;
use mtm_core::erp::{ErpQuantity, Moments};
use mtm_core::word::Timestamp;
use mtm_store::record::FeedState;
use mtm_store::{Ledger, ManualClock, OpenOptions};
use tempfile::TempDir;

pub(crate) const ERP: &str = "visual";
const SECOND: i64 = 1_000_000;
pub(crate) const HOUR: i64 = 3_600 * SECOND;

/// A site that reads an ERP.
pub(crate) struct Site {
    pub(crate) app: App,
    pub(crate) clock: Arc<ManualClock>,
    settings: ErpSettings,
    directory: TempDir,
}

impl Site {
    pub(crate) async fn reading(way: Way) -> Self {
        let directory = tempfile::tempdir().unwrap();
        // 2026-11-23T12:00:00Z, the day after the last of what is generated.
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_795_435_200 * SECOND), 7));
        let shared: Arc<ManualClock> = Arc::clone(&clock);
        let options = OpenOptions { create: true, clock: shared, ..OpenOptions::default() };
        let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        let app = App::new(ledger).await.unwrap();
        let settings = ErpSettings {
            name: ERP.to_owned(),
            way,
            moments: Moments::of_zone("UTC").unwrap(),
            map: None,
            every: Duration::from_secs(60),
            on_hand_every: Duration::from_secs(600),
            masters_every: Duration::from_secs(3_600),
            scan_hour: 2,
        };
        Self { app, clock, settings, directory }
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::new(self.app.clone(), self.settings.clone())
    }

    async fn state(&self) -> FeedState {
        self.app.ledger().erp_state(ERP.to_owned()).await.unwrap().unwrap()
    }

    /// What its ledger adds up to, by part, warehouse and location.
    async fn sums(&self) -> BTreeMap<(String, String, String), i64> {
        let sums = self.app.ledger().erp_ledger_sums(ERP.to_owned()).await.unwrap();
        sums.into_iter()
            .map(|it| ((it.part, it.place.warehouse, it.place.location), it.quantity.units()))
            .collect()
    }

    /// What it says is on hand.
    async fn on_hand(&self) -> BTreeMap<(String, String, String), i64> {
        let rows = self.app.ledger().erp_on_hand(ERP.to_owned()).await.unwrap();
        rows.into_iter()
            .filter(|it| it.quantity != ErpQuantity::ZERO)
            .map(|it| ((it.part, it.place.warehouse, it.place.location), it.quantity.units()))
            .collect()
    }
}

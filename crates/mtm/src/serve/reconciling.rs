//! With which books our stock is compared.

use std::sync::Arc;

use mtm_app::App;
use mtm_app::erp::ErpSettings;
use mtm_app::reconcile::PeerSetup;
use mtm_core::reconcile::Settings;

use crate::config::Config;

/// Microseconds of a minute.
const MINUTE: i64 = 60 * 1_000_000;

/// Has our stock compared with the ERP's books, where the plant said which place of it is which of ours.
pub(crate) fn compare_with(app: &App, config: &Config, erp: Option<&ErpSettings>) {
    let Some(ErpSettings { name, way, map: Some(map), .. }) = erp else { return };
    let settings =
        Settings { grace: config.reconcile_grace.saturating_mul(MINUTE), ..Settings::default() };
    let nightly_at = Some(config.reconcile_hour.saturating_mul(60));
    let (only_on_hand, map) = (!way.has_ledger(), Arc::clone(map));
    app.reconcile_with(
        name,
        PeerSetup { settings, only_on_hand, nightly_at, ..PeerSetup::of(map) },
    );
}

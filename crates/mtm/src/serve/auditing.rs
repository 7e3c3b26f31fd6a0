//! What must always hold is looked at as long as the server runs.

use mtm_app::App;
use mtm_app::truth::{Auditor, Settings};
use mtm_platform::DataDirectory;

use crate::config::Config;

/// The auditor of a server that works in `directory`.
pub(super) fn auditor(app: &App, config: &Config, directory: &DataDirectory) -> Auditor {
    let (disk_low, disk_full) = config.truth_disk;
    let settings = Settings {
        pace: config.truth_pace,
        directories: vec![directory.path().to_owned()],
        checkpoints: Some(directory.checkpoints()),
        disk_low,
        disk_full,
        ..Settings::default()
    };
    Auditor::new(app.clone(), settings)
}

//! The folder by which files are exchanged, as the configuration names it.

use std::time::Duration;

use mtm_app::drop_folder::Settings as DropFolder;

use super::layers::Settings;

const DAY: u64 = 86_400;
/// For one step in the folder: a share that has not read the largest file by then hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The folder; `most` is the largest file that is taken, in bytes.
pub(super) fn settings(settings: &Settings, most: usize) -> Option<DropFolder> {
    let folder = settings.setting("files.folder")?.value.clone().into();
    let number = |name: &str| -> u64 {
        settings.setting(name).and_then(|setting| setting.value.parse().ok()).unwrap_or(0)
    };
    let every = Duration::from_secs(number("files.out_seconds"));
    Some(DropFolder {
        folder,
        settle: Duration::from_millis(number("files.settle_ms")),
        most,
        keep: Duration::from_secs(number("files.keep_days").saturating_mul(DAY)),
        leaves_every: (!every.is_zero()).then_some(every),
        patience: PATIENCE,
    })
}

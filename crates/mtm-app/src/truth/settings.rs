//! How an auditor works.

use std::path::PathBuf;
use std::time::Duration;

/// Pace and bounds of an auditor.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The pause between two looks at what is cheap to look at.
    pub pace: Duration,
    /// Directories whose disks must have room.
    pub directories: Vec<PathBuf>,
    /// Where checkpoints of the chain are left.
    pub checkpoints: Option<PathBuf>,
    /// Below so many free bytes a disk is yellow.
    pub disk_low: u64,
    /// Below so many it is red.
    pub disk_full: u64,
    /// When what was committed has waited so long for its place, sealing is yellow.
    pub seal_slow: Duration,
    /// When it has waited so long, it is red.
    pub seal_late: Duration,
    /// A checkpoint older than that is yellow.
    pub checkpoint_old: Duration,
    /// One older than that is red.
    pub checkpoint_missed: Duration,
}

impl Default for Settings {
    /// A look every two seconds; 1 GiB and 64 MiB; 1 and 5 seconds; 2 and 26 hours.
    fn default() -> Self {
        Self {
            pace: Duration::from_secs(2),
            directories: Vec::new(),
            checkpoints: None,
            disk_low: 1 << 30,
            disk_full: 64 << 20,
            seal_slow: Duration::from_secs(1),
            seal_late: Duration::from_secs(5),
            checkpoint_old: Duration::from_secs(2 * 3600),
            checkpoint_missed: Duration::from_secs(26 * 3600),
        }
    }
}

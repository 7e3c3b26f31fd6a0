//! Printing, as a task.

use mtm_app::printing::Printing;
use mtm_app::supervisor::{Ended, Stop};

use super::relaying;

/// Prints until it is stopped.
pub(super) async fn run(printing: Printing, stop: Stop) -> Ended {
    Box::pin(relaying::run(printing.run(), || printing.stop(), stop)).await
}

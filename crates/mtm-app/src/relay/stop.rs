//! How relays are asked to end.

use tokio::sync::watch;

/// A wish to end. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Sender<bool>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Says that it is time to end.
    pub(crate) fn now(&self) {
        self.0.send_replace(true);
    }

    /// Whether it is.
    pub(crate) fn is_wanted(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is.
    pub(crate) async fn wanted(&self) {
        // The sender is held here: it does not go away.
        let _ = self.0.subscribe().wait_for(|wanted| *wanted).await;
    }
}

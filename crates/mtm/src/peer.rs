//! Systems that a command calls by itself.

use std::sync::Arc;

use mtm_app::guards::Settings as Guarding;
use mtm_connect::guard::{Guard, Moments};
use mtm_connect::peer::{Guards, Peer, Settings};
use mtm_store::{Clock as _, SystemClock};

/// The system as a server would call it; its guards begin without a past.
pub(crate) fn called(settings: Settings) -> Peer {
    let moments: Moments = Arc::new(|| SystemClock.now());
    let guarding = settings.limits.over(&Guarding::default());
    let guard = || Guard::new(guarding.clone(), 0, moments.clone());
    let guards = Guards { calls: guard(), tokens: guard() };
    Peer::new(settings, guards, moments, 0)
}

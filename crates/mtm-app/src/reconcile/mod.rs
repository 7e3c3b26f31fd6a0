//! Reconciliation: our stock beside the books of another system, once a night and whenever somebody asks.
//!
//! What was found is kept with what people decide about it ([`mtm_store::reconcile`]); nothing here
//! changes stock, on either side. A fix that is proposed leads to a form, or says what to post there.
//!
//! One comparison of a system at a time, on whichever server: the run's row says so. It reads our side at
//! one moment, and theirs between two looks at how far they were read that say the same; so neither side is
//! made of two moments.

mod books;
mod decide;
mod list;
mod nightly;
mod run;
mod sheet;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use mtm_core::erp::PlaceMap;
use mtm_core::reconcile::Settings;
pub use mtm_core::reconcile::{BreakClass, CloseCode, Evidence, Fix, Posting, Stale, Waiting};
pub use mtm_store::reconcile::{
    BreakQuery, BreakRow, BreakSheet, BreakState, DeedRow, RunCause, RunRow,
};

use crate::App;

pub use decide::{AssignBody, CloseBody, NoteBody, RunBody};
pub use list::{Breaks, ClassCount, PeerStanding, Runs, Standing};

/// What is compared with a system, and when.
#[derive(Debug, Clone)]
pub struct PeerSetup {
    /// Which locations of ours are which place of theirs.
    pub map: Arc<PlaceMap>,
    /// How long what waits for what.
    pub settings: Settings,
    /// Whether it has no ledger that is read: its on hand is all there is.
    pub only_on_hand: bool,
    /// Minutes after midnight of the site from which on the nightly comparison is made; `None` for none.
    pub nightly_at: Option<u16>,
}

impl PeerSetup {
    /// Compared by this map, with the usual settings, at three in the morning.
    pub fn of(map: impl Into<Arc<PlaceMap>>) -> Self {
        let (settings, nightly_at) = (Settings::default(), Some(3 * 60));
        Self { map: map.into(), settings, only_on_hand: false, nightly_at }
    }
}

/// The systems that this process is configured with.
#[derive(Debug, Default)]
pub(crate) struct Peers(RwLock<BTreeMap<String, PeerSetup>>);

impl Peers {
    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<String, PeerSetup>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, peer: &str) -> Option<PeerSetup> {
        self.read().get(peer).cloned()
    }

    fn all(&self) -> Vec<(String, PeerSetup)> {
        self.read().iter().map(|(name, setup)| (name.clone(), setup.clone())).collect()
    }
}

impl App {
    /// From now on the system of this name is compared by `setup`.
    pub fn reconcile_with(&self, peer: impl Into<String>, setup: PeerSetup) {
        let mut peers = self.books().0.write().unwrap_or_else(PoisonError::into_inner);
        peers.insert(peer.into(), setup);
    }

    /// The systems that are compared here, by name.
    pub fn reconciled_peers(&self) -> Vec<String> {
        self.books().read().keys().cloned().collect()
    }
}

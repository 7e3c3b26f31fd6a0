//! The guards of the systems that this process calls, one for each peer, and what is known of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mtm_connect::guard::Guard;
pub use mtm_connect::guard::{Cause, Counts, Settings, State, View};
use mtm_connect::peer::Limits;
use mtm_store::record::GuardTold;
use mtm_store::{Clock, Fault};

use crate::App;

/// Guards that are kept at once; beyond them those that know nothing are let go.
const MOST: usize = 1_000;

/// The guards of this process. Time is the ledger's, and what they draw follows from their peers' names.
pub struct Guards {
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    settings: Settings,
    guards: BTreeMap<String, Peer>,
}

struct Peer {
    guard: Guard,
    /// What it goes by otherwise than all.
    limits: Limits,
    /// How others were last told that it stands.
    told: Option<GuardTold>,
}

impl Guards {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, known: Mutex::default() }
    }

    /// From now on every guard goes by these.
    pub fn set(&self, settings: &Settings) {
        let mut known = self.known();
        known.settings = settings.clone();
        known.guards.values().for_each(|peer| peer.guard.set(peer.limits.over(settings)));
    }

    /// The guard of a peer that this process calls.
    pub(crate) fn of(&self, peer: &str) -> Guard {
        let mut known = self.known();
        match known.guards.get(peer) {
            Some(known) => known.guard.clone(),
            None => self.added(&mut known, peer, Limits::default()),
        }
    }

    /// The guard of a peer that goes by limits of its own from now on.
    pub(crate) fn limited(&self, peer: &str, limits: &Limits) -> Guard {
        let mut known = self.known();
        let settings = limits.over(&known.settings);
        if let Some(known) = known.guards.get_mut(peer) {
            known.limits = limits.clone();
            known.guard.set(settings);
            return known.guard.clone();
        }
        self.added(&mut known, peer, limits.clone())
    }

    fn added(&self, known: &mut Known, peer: &str, limits: Limits) -> Guard {
        if known.guards.len() >= MOST {
            // Those with limits of their own are held by whoever calls them.
            let stays =
                |peer: &Peer| peer.limits != Limits::default() || !is_idle(&peer.guard.view());
            known.guards.retain(|_, peer| stays(peer));
        }
        let clock = Arc::clone(&self.clock);
        let moments = Arc::new(move || clock.now());
        let guard = Guard::new(limits.over(&known.settings), seed(peer), moments);
        let it = Peer { guard: guard.clone(), limits, told: None };
        known.guards.insert(peer.to_owned(), it);
        guard
    }

    /// Nobody calls it any more.
    pub(crate) fn forget(&self, peer: &str) {
        self.known().guards.remove(peer);
    }

    /// How a peer's guard stands, where this process calls it.
    pub fn view(&self, peer: &str) -> Option<View> {
        let guard = self.known().guards.get(peer)?.guard.clone();
        Some(guard.view())
    }

    /// How every guard stands, by peer.
    pub fn views(&self) -> Vec<(String, View)> {
        let known = self.known();
        known.guards.iter().map(|(peer, it)| (peer.clone(), it.guard.view())).collect()
    }

    /// How others are to be told that a peer stands, where they were told otherwise or never, and how it
    /// stood before.
    fn news(&self, peer: &str) -> Option<(GuardTold, Option<State>)> {
        let mut known = self.known();
        let known = known.guards.get_mut(peer)?;
        let now = told(&known.guard.view());
        let same = |it: &GuardTold| {
            (it.state, it.since, it.next_probe_at) == (now.state, now.since, now.next_probe_at)
        };
        if known.told.as_ref().is_some_and(same) {
            return None;
        }
        let before = known.told.replace(now);
        Some((now, before.map(|it| it.state)))
    }

    /// It could not be told: next time it is news again.
    fn untold(&self, peer: &str) {
        if let Some(peer) = self.known().guards.get_mut(peer) {
            peer.told = None;
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing in there panics half way.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Writes down how the way to a peer stands, where that has changed.
    pub(crate) async fn tell_guard(&self, peer: &str) -> Result<(), Fault> {
        let Some((now, before)) = self.guards().news(peer) else { return Ok(()) };
        match (before, now.state) {
            (None | Some(State::Closed), State::Open) => {
                let until = now.next_probe_at.map(|at| at.to_string());
                tracing::warn!(
                    peer,
                    until,
                    "a system that fails is left alone; what is for it waits"
                );
            }
            (Some(State::Open | State::HalfOpen), State::Closed) => {
                tracing::info!(peer, "a system that was left alone is called again");
            }
            _ => {}
        }
        let told = self.ledger().tell_guard(peer.to_owned(), now).await;
        if told.is_err() {
            self.guards().untold(peer);
        }
        told
    }
}

/// How it stands, as others are told.
pub(crate) fn told(view: &View) -> GuardTold {
    GuardTold {
        state: view.state,
        since: view.since,
        next_probe_at: view.next_probe_at,
        calls: view.calls,
        failed: view.failed,
        slow: view.slow,
    }
}

/// It would not be missed.
fn is_idle(view: &View) -> bool {
    view.state == State::Closed && view.in_flight == 0
}

/// A number that follows from a name (FNV-1a).
pub(crate) fn seed(peer: &str) -> u64 {
    peer.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

//! The guard of one peer, and the passage that it gives to each call.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mtm_core::guard::{Hold, State};
use mtm_core::word::Timestamp;

use super::breaker::{Breaker, Permit};
use super::budget::Budget;
use super::bulkhead::{Bulkhead, Place};
use super::jitter::Jitter;
use super::limit::Limit;
use super::settings::Settings;
use super::verdict::Verdict;
use super::view::{Counts, View};
use super::{Cause, Refusal};

/// Where moments come from.
pub type Moments = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The guard of one peer and endpoint. Clones are the same.
#[derive(Clone)]
pub struct Guard {
    shared: Arc<Shared>,
}

struct Shared {
    moments: Moments,
    parts: Mutex<Parts>,
}

struct Parts {
    settings: Settings,
    breaker: Breaker,
    limit: Limit,
    budget: Budget,
    bulkhead: Bulkhead,
    jitter: Jitter,
    in_flight: u32,
    counts: Counts,
}

/// A call that may be made. Dropped without a word it counts as given up, and says nothing of the peer.
#[must_use = "how the call ends is to be told"]
pub struct Passage {
    guard: Guard,
    permit: Option<Permit>,
    began: Timestamp,
    _place: Place,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("breaker", &self.parts().breaker).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Passage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passage").field("permit", &self.permit).finish_non_exhaustive()
    }
}

impl Guard {
    /// A guard that goes by `settings`; what it draws follows from `seed`.
    pub fn new(settings: Settings, seed: u64, moments: Moments) -> Self {
        let parts = Parts {
            breaker: Breaker::new(&settings, seed, moments()),
            limit: Limit::of(settings.per_second),
            budget: Budget::of(settings.repeat_percent),
            bulkhead: Bulkhead::of(settings.at_once, settings.waiting),
            jitter: Jitter::of(!seed),
            in_flight: 0,
            counts: Counts::default(),
            settings,
        };
        Self { shared: Arc::new(Shared { moments, parts: Mutex::new(parts) }) }
    }

    /// From now on it goes by other settings; how it stands, and what is under way, stays.
    pub fn set(&self, settings: Settings) {
        let mut parts = self.parts();
        if settings == parts.settings {
            return;
        }
        parts.breaker.set(&settings);
        if settings.per_second != parts.settings.per_second {
            parts.limit = Limit::of(settings.per_second);
        }
        if settings.repeat_percent != parts.settings.repeat_percent {
            parts.budget = Budget::of(settings.repeat_percent);
        }
        let room = |it: &Settings| (it.at_once, it.waiting);
        if room(&settings) != room(&parts.settings) {
            // Who is inside or waits keeps the place in the old one.
            parts.bulkhead = Bulkhead::of(settings.at_once, settings.waiting);
        }
        parts.settings = settings;
    }

    /// What it goes by.
    pub fn settings(&self) -> Settings {
        self.parts().settings.clone()
    }

    /// Somebody decides about the breaker. Whether that is new.
    pub fn hold(&self, hold: Hold) -> bool {
        let now = self.now();
        let mut parts = self.parts();
        let is_new = parts.breaker.held() != hold;
        parts.breaker.hold(hold, now);
        is_new
    }

    /// Whether nothing is to be called now, and until when; nothing changes by asking.
    pub fn shut(&self) -> Option<Refusal> {
        let now = self.now();
        self.parts().breaker.shut(now)
    }

    /// A passage for a call now, or why not. It never waits.
    pub fn admit(&self) -> Result<Passage, Refusal> {
        let bulkhead = self.open_room()?;
        let place = bulkhead.enter().map_err(|_| self.refuse(Cause::Busy))?;
        self.pass(place)
    }

    /// The same, where a place inside may be waited for.
    pub(super) async fn admit_in_turn(&self) -> Result<Passage, Refusal> {
        let bulkhead = self.open_room()?;
        let place = bulkhead.wait().await.map_err(|_| self.refuse(Cause::Busy))?;
        self.pass(place)
    }

    /// How it stands.
    pub fn view(&self) -> View {
        let now = self.now();
        let mut parts = self.parts();
        // So that a probe that never ended is not shown as one that is under way.
        let _ = parts.breaker.shut(now);
        let (breaker, sums) = (&parts.breaker, parts.breaker.sums(now));
        View {
            state: breaker.state(),
            hold: breaker.held(),
            since: breaker.since(),
            next_probe_at: breaker.next_probe_at(),
            calls: sums.calls,
            failed: sums.failed,
            slow: sums.slow,
            in_flight: parts.in_flight,
            counts: Counts { opened: breaker.opened(), ..parts.counts },
        }
    }

    /// How its breaker stands.
    pub fn state(&self) -> State {
        self.view().state
    }

    /// The room for calls, where the breaker lets any through at all: who is refused waits for nobody.
    fn open_room(&self) -> Result<Bulkhead, Refusal> {
        let now = self.now();
        let mut parts = self.parts();
        if let Some(refusal) = parts.breaker.shut(now) {
            parts.counts.refuse(refusal.cause);
            return Err(refusal);
        }
        Ok(parts.bulkhead.clone())
    }

    /// The breaker is asked last, so that a probe is let through only if it is made.
    fn pass(&self, place: Place) -> Result<Passage, Refusal> {
        let now = self.now();
        let mut parts = self.parts();
        let refusal = match parts.breaker.shut(now) {
            Some(refusal) => Some(refusal),
            None => match parts.limit.take(now) {
                Ok(()) => None,
                Err(until) => Some(Refusal { cause: Cause::Rate, until: Some(until) }),
            },
        };
        let asked = refusal.map_or_else(|| parts.breaker.ask(now), Err);
        match asked {
            Ok(permit) => {
                parts.in_flight += 1;
                drop(parts);
                let (guard, permit) = (self.clone(), Some(permit));
                Ok(Passage { guard, permit, began: now, _place: place })
            }
            Err(refusal) => {
                parts.counts.refuse(refusal.cause);
                Err(refusal)
            }
        }
    }

    /// Nobody left in time.
    pub(super) fn waited_in_vain(&self) -> Refusal {
        self.refuse(Cause::Busy)
    }

    fn refuse(&self, cause: Cause) -> Refusal {
        self.parts().counts.refuse(cause);
        Refusal { cause, until: None }
    }

    /// Something is called for the first time.
    pub(super) fn called(&self) {
        self.parts().budget.called();
    }

    /// How long to rest before the `times`th repetition, where there may be one.
    pub(super) fn repetition(&self, times: u8) -> Option<Duration> {
        /// Before the first.
        const FIRST: Duration = Duration::from_millis(200);
        let mut parts = self.parts();
        if times >= parts.settings.repeats || !parts.budget.repeat() {
            return None;
        }
        parts.counts.repeated += 1;
        let pause = FIRST.saturating_mul(2_u32.saturating_pow(u32::from(times)));
        Some(parts.jitter.up_to(pause))
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.shared.moments)()
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        // Nothing in there panics half way.
        self.shared.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Passage {
    /// Whether it is the one call by which is seen whether the peer is well again.
    pub fn is_probe(&self) -> bool {
        self.permit.as_ref().is_some_and(Permit::is_probe)
    }

    /// The call has ended.
    pub fn ended(mut self, verdict: Verdict) {
        let Some(permit) = self.permit.take() else { return };
        let now = self.guard.now();
        let took = now.micros().saturating_sub(self.began.micros());
        let took = Duration::from_micros(u64::try_from(took).unwrap_or(0));
        let mut parts = self.guard.parts();
        parts.in_flight = parts.in_flight.saturating_sub(1);
        match verdict {
            Verdict::Taken => parts.counts.taken += 1,
            Verdict::SaidNo => parts.counts.said_no += 1,
            Verdict::Failed { .. } => parts.counts.failed += 1,
        }
        parts.counts.slow += u64::from(took >= parts.settings.slow);
        parts.breaker.told(&permit, verdict, took, now);
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else { return };
        let now = self.guard.now();
        let mut parts = self.guard.parts();
        parts.in_flight = parts.in_flight.saturating_sub(1);
        parts.counts.given_up += 1;
        parts.breaker.dropped(&permit, now);
    }
}

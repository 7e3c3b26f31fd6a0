//! The circuit breaker: a peer that fails, or is slow, is left alone, and tried by one call at a time.
//!
//! **Closed**: calls go through, and how they end is counted over a window. When enough of enough calls
//! failed or were slow it opens, and at once where the peer asks to be left alone. **Open**: nothing goes
//! through until a pause is over. Then the next call is the probe. **Half open**: the probe is under way,
//! and nothing else goes through. Ends it well, the breaker closes; otherwise it opens for a pause twice as
//! long. A probe that did not end by its deadline has failed then. Somebody may hold it open or closed,
//! and their word wins.
//!
//! A peer that says no to what it was sent is well: that is never counted against it.
//!
//! Every transition begins another epoch, and the end of a call that was let through in an earlier one
//! says nothing any more. So no late answer closes, opens or probes anything.

use std::time::Duration;

use mtm_core::guard::{Hold, State};
use mtm_core::word::Timestamp;

use super::jitter::Jitter;
use super::settings::Settings;
use super::verdict::Verdict;
use super::window::{Sums, Window};
use super::{Cause, Refusal, micros};

/// A call that may be made. How it ends is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Permit {
    epoch: u64,
    is_probe: bool,
}

impl Permit {
    /// Whether it is the one call by which is seen whether the peer is well again.
    pub const fn is_probe(&self) -> bool {
        self.is_probe
    }
}

/// The breaker of one peer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Breaker {
    rules: Rules,
    jitter: Jitter,
    hold: Hold,
    phase: Phase,
    epoch: u64,
    /// Since when it stands as it does; open and half open are one.
    since: Timestamp,
    /// Probes that failed since it was closed.
    failed_probes: u32,
    window: Window,
    /// How often it opened, by itself.
    opened: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Phase {
    Closed,
    Open { until: Timestamp, pause: i64 },
    HalfOpen { deadline: Timestamp },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Rules {
    error_percent: u8,
    slow: Duration,
    slow_percent: u8,
    least_calls: u32,
    window: i64,
    pause: Duration,
    longest_pause: Duration,
    longest_asked: Duration,
    deadline: i64,
}

impl Rules {
    fn of(settings: &Settings) -> Self {
        Self {
            error_percent: settings.error_percent,
            slow: settings.slow,
            slow_percent: settings.slow_percent,
            least_calls: settings.least_calls,
            window: micros(settings.window),
            pause: settings.pause,
            longest_pause: settings.longest_pause.max(settings.pause),
            longest_asked: settings.longest_asked,
            deadline: micros(settings.deadline),
        }
    }
}

impl Breaker {
    /// It is closed at `now`, and its pauses are drawn from `seed`.
    pub fn new(settings: &Settings, seed: u64, now: Timestamp) -> Self {
        let rules = Rules::of(settings);
        let window = Window::of(rules.window);
        Self {
            rules,
            jitter: Jitter::of(seed),
            hold: Hold::Automatic,
            phase: Phase::Closed,
            epoch: 0,
            since: now,
            failed_probes: 0,
            window,
            opened: 0,
        }
    }

    /// From now on it goes by other settings; how it stands stays.
    pub fn set(&mut self, settings: &Settings) {
        let rules = Rules::of(settings);
        if rules.window != self.rules.window {
            self.window = Window::of(rules.window);
        }
        self.rules = rules;
    }

    /// Whether nothing goes through at `now`; nothing changes by asking.
    pub fn shut(&mut self, now: Timestamp) -> Option<Refusal> {
        self.settle(now);
        match (self.hold, &self.phase) {
            (Hold::Open, _) => Some(Refusal { cause: Cause::Held, until: None }),
            (Hold::Closed, _) | (_, Phase::Closed) => None,
            (Hold::Automatic, Phase::Open { until, .. }) => {
                let refusal = Refusal { cause: Cause::Open, until: Some(*until) };
                (now < *until).then_some(refusal)
            }
            (Hold::Automatic, Phase::HalfOpen { deadline }) => {
                Some(Refusal { cause: Cause::Open, until: Some(*deadline) })
            }
        }
    }

    /// Lets a call through, or does not.
    pub fn ask(&mut self, now: Timestamp) -> Result<Permit, Refusal> {
        if let Some(refusal) = self.shut(now) {
            return Err(refusal);
        }
        let is_probe = matches!(self.phase, Phase::Open { .. });
        if is_probe {
            let deadline = now.plus_micros(self.rules.deadline);
            self.enter(Phase::HalfOpen { deadline });
        }
        Ok(Permit { epoch: self.epoch, is_probe })
    }

    /// A call that was let through has ended after so long.
    pub fn told(&mut self, permit: &Permit, verdict: Verdict, took: Duration, now: Timestamp) {
        self.settle(now);
        if permit.epoch != self.epoch {
            return;
        }
        let slow = verdict != Verdict::SaidNo && took >= self.rules.slow;
        match self.phase {
            Phase::Closed => {
                self.window.add(now, verdict.is_failure(), slow);
                if self.hold == Hold::Automatic {
                    self.judge(verdict, slow, now);
                }
            }
            Phase::HalfOpen { .. } if verdict.is_failure() || slow => {
                self.failed_probes = self.failed_probes.saturating_add(1);
                self.open(verdict, now);
            }
            Phase::HalfOpen { .. } => self.close(now),
            // Nothing is let through in the epoch of an open breaker.
            Phase::Open { .. } => {}
        }
    }

    /// A call that was let through was given up by whoever made it: nothing is known of the peer. A probe
    /// may be made by somebody else at once.
    pub fn dropped(&mut self, permit: &Permit, now: Timestamp) {
        self.settle(now);
        if permit.epoch == self.epoch && matches!(self.phase, Phase::HalfOpen { .. }) {
            self.enter(Phase::Open { until: now, pause: 0 });
        }
    }

    /// Somebody decides. What is let go on by itself is tried first where it was held open, and begins
    /// without a past where it was held closed.
    pub fn hold(&mut self, hold: Hold, now: Timestamp) {
        self.settle(now);
        if hold == self.hold {
            return;
        }
        let was = std::mem::replace(&mut self.hold, hold);
        match (hold, was) {
            (Hold::Open, _) => {
                if self.phase == Phase::Closed {
                    self.since = now;
                }
                self.enter(Phase::Open { until: now, pause: 0 });
            }
            (Hold::Automatic, Hold::Open) => self.enter(Phase::Open { until: now, pause: 0 }),
            (Hold::Closed | Hold::Automatic, _) => self.close(now),
        }
    }

    /// How it stands, but for what time alone changes.
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Closed => State::Closed,
            Phase::Open { .. } => State::Open,
            Phase::HalfOpen { .. } => State::HalfOpen,
        }
    }

    /// What somebody decided.
    pub const fn held(&self) -> Hold {
        self.hold
    }

    /// Since when it stands as it does; open and half open are one.
    pub const fn since(&self) -> Timestamp {
        self.since
    }

    /// From when on the next call is a probe, where it is open by itself.
    pub fn next_probe_at(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Open { until, .. } if self.hold == Hold::Automatic => Some(until),
            _ => None,
        }
    }

    /// How often it opened by itself.
    pub const fn opened(&self) -> u64 {
        self.opened
    }

    pub(super) fn sums(&self, now: Timestamp) -> Sums {
        self.window.sums(now)
    }

    /// Opens where what just ended is the reason for it.
    fn judge(&mut self, verdict: Verdict, slow: bool, now: Timestamp) {
        let asked = matches!(verdict, Verdict::Failed { asked: Some(asked) } if !asked.is_zero());
        let Sums { calls, failed, slow: slowly } = self.window.sums(now);
        let reached = |count: u32, percent: u8| {
            calls >= self.rules.least_calls
                && u64::from(count) * 100 >= u64::from(percent) * u64::from(calls)
        };
        let fails = verdict.is_failure() && reached(failed, self.rules.error_percent);
        let lags = slow && reached(slowly, self.rules.slow_percent);
        if asked || fails || lags {
            self.failed_probes = 0;
            self.since = now;
            self.open(verdict, now);
        }
    }

    fn open(&mut self, verdict: Verdict, now: Timestamp) {
        let pause = self.next_pause();
        let asked = match verdict {
            Verdict::Failed { asked: Some(asked) } => asked.min(self.rules.longest_asked),
            _ => Duration::ZERO,
        };
        self.opened += 1;
        self.leave_alone(pause.max(asked), now);
    }

    fn leave_alone(&mut self, pause: Duration, from: Timestamp) {
        let pause = micros(pause);
        self.enter(Phase::Open { until: from.plus_micros(pause), pause });
    }

    fn next_pause(&mut self) -> Duration {
        let doubled = 2_u32.saturating_pow(self.failed_probes);
        let pause = self.rules.pause.saturating_mul(doubled).min(self.rules.longest_pause);
        self.jitter.of_pause(pause)
    }

    fn close(&mut self, now: Timestamp) {
        self.window.clear();
        self.failed_probes = 0;
        self.since = now;
        self.enter(Phase::Closed);
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.epoch += 1;
    }

    /// What time alone does. A clock that was set back makes nobody wait longer than they had to.
    fn settle(&mut self, now: Timestamp) {
        match &mut self.phase {
            Phase::Closed => {}
            Phase::Open { until, pause } => *until = (*until).min(now.plus_micros(*pause)),
            Phase::HalfOpen { deadline } => {
                *deadline = (*deadline).min(now.plus_micros(self.rules.deadline));
                let deadline = *deadline;
                if now >= deadline {
                    // As if somebody had looked at that moment.
                    self.failed_probes = self.failed_probes.saturating_add(1);
                    let pause = self.next_pause();
                    self.opened += 1;
                    self.leave_alone(pause, deadline);
                }
            }
        }
    }
}

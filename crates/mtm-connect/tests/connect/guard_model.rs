//! Every order of events, to a good depth, against a plain model of the breaker.
//!
//! The model keeps every call and works everything out anew; it shares no code with the breaker. Only how
//! long a pause is it takes from there, after it has checked the bounds: what is drawn it cannot know.

mod plain;

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::time::Duration;

use mtm_connect::guard::breaker::{Breaker, Permit};
use mtm_connect::guard::{Cause, Hold, Settings, State, Verdict};
use mtm_core::word::Timestamp;

use self::plain::{Model, Under};

/// A moment is so many seconds.
const SECOND: i64 = 1_000_000;
const PAUSE: i64 = 4;
const LONGEST: i64 = 8;
const DEADLINE: i64 = 3;
const ASKED: i64 = 6;
const LONGEST_ASKED: i64 = 5;
const WINDOW: i64 = 10;
const LEAST: usize = 2;
/// Calls under way at once.
const AT_ONCE: usize = 2;

fn settings() -> Settings {
    let seconds = |it: i64| Duration::from_secs(it.unsigned_abs());
    Settings {
        error_percent: 50,
        slow: seconds(2),
        slow_percent: 100,
        least_calls: u32::try_from(LEAST).unwrap(),
        window: seconds(WINDOW),
        pause: seconds(PAUSE),
        longest_pause: seconds(LONGEST),
        longest_asked: seconds(LONGEST_ASKED),
        deadline: seconds(DEADLINE),
        ..Settings::default()
    }
}

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Taken,
    SaidNo,
    Slow,
    SlowNo,
    Failed,
    Asked,
    GivenUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Call,
    /// Of the call that began first, or of the one after it.
    End(usize, End),
    Hold(Hold),
    Pass(i64),
}

const STEPS: [Step; 22] = [
    Step::Call,
    Step::End(0, End::Taken),
    Step::End(0, End::SaidNo),
    Step::End(0, End::Slow),
    Step::End(0, End::SlowNo),
    Step::End(0, End::Failed),
    Step::End(0, End::Asked),
    Step::End(0, End::GivenUp),
    Step::End(1, End::Taken),
    Step::End(1, End::SaidNo),
    Step::End(1, End::Slow),
    Step::End(1, End::Failed),
    Step::End(1, End::Asked),
    Step::End(1, End::GivenUp),
    Step::Hold(Hold::Automatic),
    Step::Hold(Hold::Open),
    Step::Hold(Hold::Closed),
    Step::Pass(1),
    Step::Pass(3),
    Step::Pass(8),
    Step::Pass(12),
    Step::Pass(-2),
];

/// Both, side by side, and what is under way.
#[derive(Debug, Clone)]
struct Pair {
    breaker: Breaker,
    model: Model,
    under: Vec<Under>,
    now: i64,
}

impl Pair {
    fn start() -> Self {
        // Not at the beginning of a slice of the window.
        let now = 1_000_000 * SECOND;
        let breaker = Breaker::new(&settings(), 7, Timestamp::from_micros(now));
        Self { breaker, model: Model::new(), under: Vec::new(), now }
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_micros(self.now)
    }

    /// What was let through before says nothing any more.
    fn turn(&mut self, state: State) {
        self.model.state = state;
        self.under.iter_mut().for_each(|it| it.counts = false);
    }

    fn close(&mut self) {
        self.model.ended.clear();
        self.model.failed_probes = 0;
        self.turn(State::Closed);
    }

    /// It opened from `from` on: by how long, the breaker says, within these bounds.
    fn open(&mut self, from: i64, asked: i64) {
        let (least, most) = self.model.pauses();
        let until = self.breaker.next_probe_at().expect("open by itself").micros();
        let pause = until - from;
        let (least, most) = (least.max(asked), most.max(asked));
        assert!((least..=most).contains(&pause), "{pause} is not in {least}..={most}");
        (self.model.until, self.model.pause) = (until, pause);
        self.turn(State::Open);
    }

    /// What time alone does, in the model; the breaker was asked already.
    fn settle(&mut self) {
        match self.model.state {
            State::Closed => {}
            State::Open => self.model.until = self.model.until.min(self.now + self.model.pause),
            State::HalfOpen => {
                self.model.deadline = self.model.deadline.min(self.now + DEADLINE * SECOND);
                if self.now >= self.model.deadline {
                    self.model.failed_probes += 1;
                    self.open(self.model.deadline, 0);
                }
            }
        }
    }

    fn step(&mut self, step: Step) -> bool {
        match step {
            Step::Call => {
                if self.under.len() >= AT_ONCE {
                    return false;
                }
                self.call();
            }
            Step::End(place, end) => {
                if place >= self.under.len() {
                    return false;
                }
                let under = self.under.remove(place);
                self.end(&under, end);
            }
            Step::Hold(hold) => {
                let mut held = self.breaker.clone();
                held.hold(hold, self.at());
                // What time did before is done to the model by what the breaker says of it unheld.
                self.breaker.shut(self.at());
                self.settle();
                self.breaker = held;
                if hold != self.model.hold {
                    let was = std::mem::replace(&mut self.model.hold, hold);
                    if hold == Hold::Open || was == Hold::Open && hold == Hold::Automatic {
                        (self.model.until, self.model.pause) = (self.now, 0);
                        self.turn(State::Open);
                    } else {
                        self.close();
                    }
                }
            }
            Step::Pass(seconds) => self.now += seconds * SECOND,
        }
        self.agree();
        true
    }

    fn call(&mut self) {
        let asked = self.breaker.ask(self.at());
        // A probe begins after the pause, and only then: what time does comes first.
        if self.model.state == State::HalfOpen && self.breaker.state() != State::HalfOpen {
            self.settle();
        } else if self.model.state == State::HalfOpen {
            self.settle_half_open(asked.is_ok());
        } else {
            self.settle();
        }
        let open = self.model.state == State::Open && self.now < self.model.until;
        let probing = self.model.state == State::HalfOpen;
        let expected = match self.model.hold {
            Hold::Open => Err(Cause::Held),
            Hold::Closed => Ok(false),
            Hold::Automatic if open || probing => Err(Cause::Open),
            Hold::Automatic => Ok(self.model.state == State::Open),
        };
        let given = asked.as_ref().map(Permit::is_probe).map_err(|refusal| refusal.cause);
        assert_eq!(given, expected);
        let Ok(permit) = asked else { return };
        let is_probe = permit.is_probe();
        if is_probe {
            self.turn(State::HalfOpen);
            self.model.deadline = self.now + DEADLINE * SECOND;
        }
        self.under.push(Under { permit, counts: true, is_probe });
        let probes = self.under.iter().filter(|it| it.is_probe && it.counts).count();
        assert!(probes <= 1, "two probes");
    }

    /// A probe that was never heard of again, and another begins in the same moment: the pause in between
    /// is over as well.
    fn settle_half_open(&mut self, begun: bool) {
        self.model.deadline = self.model.deadline.min(self.now + DEADLINE * SECOND);
        if begun {
            self.model.failed_probes += 1;
            let (least, _) = self.model.pauses();
            let free = self.now - self.model.deadline;
            assert!(free >= least, "a probe {free} after the one that failed");
            (self.model.until, self.model.pause) = (self.now, 0);
            self.turn(State::Open);
        } else {
            assert!(self.now < self.model.deadline);
        }
    }

    fn end(&mut self, under: &Under, end: End) {
        let before = self.breaker.clone();
        let seconds = |it: i64| Duration::from_secs(it.unsigned_abs());
        let (verdict, took) = match end {
            End::Taken => (Verdict::Taken, 0),
            End::SaidNo => (Verdict::SaidNo, 0),
            End::Slow => (Verdict::Taken, 2),
            End::SlowNo => (Verdict::SaidNo, 9),
            End::Failed => (Verdict::FAILED, 0),
            End::Asked => (Verdict::Failed { asked: Some(seconds(ASKED)) }, 0),
            End::GivenUp => {
                self.breaker.dropped(&under.permit, self.at());
                self.settle();
                if self.is_awaited(under) && self.model.state == State::HalfOpen {
                    (self.model.until, self.model.pause) = (self.now, 0);
                    self.turn(State::Open);
                }
                return;
            }
        };
        self.breaker.told(&under.permit, verdict, seconds(took), self.at());
        let state = self.model.state;
        self.settle();
        let counts = self.is_awaited(under) && self.model.state == state;
        let (failed, slow) = (verdict.is_failure(), end == End::Slow);
        let asked = if end == End::Asked { ASKED.min(LONGEST_ASKED) * SECOND } else { 0 };
        match self.model.state {
            State::Closed if counts => {
                self.model.remember(self.now, failed, slow);
                if self.model.hold == Hold::Automatic && self.opens(failed, slow, asked > 0) {
                    self.model.failed_probes = 0;
                    self.open(self.now, asked);
                } else if !failed && !slow {
                    assert_eq!(self.breaker.state(), before.state(), "{end:?} changed something");
                }
            }
            State::HalfOpen if counts && (failed || slow) => {
                self.model.failed_probes += 1;
                self.open(self.now, asked);
            }
            State::HalfOpen if counts => self.close(),
            _ => {}
        }
    }

    /// A late answer is heard by nobody. What was let through is told apart by the model alone.
    fn is_awaited(&self, under: &Under) -> bool {
        under.counts && (!under.is_probe || self.model.state == State::HalfOpen)
    }

    fn opens(&self, failed: bool, slow: bool, asked: bool) -> bool {
        let known = &self.model.ended;
        let enough = |count: usize, percent: usize| {
            known.len() >= LEAST && count * 100 >= percent * known.len()
        };
        asked
            || failed && enough(known.iter().filter(|it| it.1).count(), 50)
            || slow && enough(known.iter().filter(|it| it.2).count(), 100)
    }

    fn agree(&mut self) {
        let mut looked = self.breaker.clone();
        let shut = looked.shut(self.at());
        assert_eq!(looked.held(), self.model.hold);
        let mut expected = self.clone();
        expected.breaker = looked;
        expected.settle();
        assert_eq!(expected.breaker.state(), expected.model.state);
        match self.model.hold {
            Hold::Open => assert_eq!(shut.map(|it| it.cause), Some(Cause::Held)),
            Hold::Closed => assert_eq!(shut, None),
            Hold::Automatic => {}
        }
        if self.model.hold == Hold::Automatic {
            expected.recovers();
        }
    }

    /// Whatever happened: once the peer is well, it is called within one interval of probes, and the
    /// breaker is closed by that call.
    fn recovers(&self) {
        let mut breaker = self.breaker.clone();
        let interval = (LONGEST.max(LONGEST_ASKED) + DEADLINE) * SECOND;
        let soon = Timestamp::from_micros(self.now + interval);
        let permit = breaker.ask(soon).expect("nobody is kept out for longer");
        breaker.told(&permit, Verdict::Taken, Duration::ZERO, soon);
        assert_eq!(breaker.state(), State::Closed);
    }

    /// What tells two situations apart, but for how far the clock has gone in all.
    fn mark(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        format!("{:?}", self.breaker).hash(&mut hasher);
        self.model.hash(&mut hasher);
        self.under.hash(&mut hasher);
        self.now.hash(&mut hasher);
        hasher.finish()
    }
}

/// Goes every way of `depth` steps; situations that were met are not met again.
fn explore(depth: usize) -> usize {
    let mut seen = HashSet::new();
    let mut layer = vec![Pair::start()];
    for _ in 0..depth {
        let mut next = Vec::new();
        for pair in &layer {
            for step in STEPS {
                let mut after = pair.clone();
                if after.step(step) && seen.insert(after.mark()) {
                    next.push(after);
                }
            }
        }
        layer = next;
    }
    seen.len()
}

#[test]
fn every_order_of_events_leaves_the_breaker_as_the_model_has_it() {
    let seen = explore(6);
    assert!(seen > 20_000, "{seen} situations");
}

/// Deep and narrow: long ways at random, from a seed that is printed where it fails.
#[test]
fn long_ways_leave_it_so_as_well() {
    for seed in 0..400_u64 {
        let mut drawn = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut pair = Pair::start();
        let mut way = Vec::new();
        for _ in 0..120 {
            drawn ^= drawn << 13;
            drawn ^= drawn >> 7;
            drawn ^= drawn << 17;
            let step = STEPS[usize::try_from(drawn % STEPS.len() as u64).unwrap()];
            way.push(step);
            pair.step(step);
        }
        assert!(!way.is_empty(), "seed {seed}");
    }
}

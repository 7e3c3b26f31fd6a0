//! The systems outside: receivers of webhooks and brokers, moody by seed, and what they took.
//!
//! Each takes an event once, by its id, as a consumer does that keeps to the guide. Whatever a program
//! says after it was killed reaches nobody.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mtm_app::App;
use mtm_app::relay::{BrokerRelay, Patience, Schedule, WebhookRelay};
use mtm_connect::broker::fake::{Fake, Fate};
use mtm_connect::broker::{Broker, Message, Protocol};
use mtm_connect::outgoing::fake::{Answer, Call};
use mtm_connect::outgoing::{Client, Deadlines};
use mtm_core::event::Event;
use mtm_core::word::Timestamp;
use mtm_store::{Clock as _, ManualClock};
use serde_json::Value;

use super::chance::Chance;
use super::mishap::Mishaps;

/// Events about one thing wait so long for an earlier one.
const HELD: i64 = 5 * 60 * 1_000_000;

/// Who is told: the names of receivers are their hosts.
pub(super) const DESTINATIONS: [&str; 4] = ["erp", "andon", "mqtt", "nats"];
/// How many of them are receivers of webhooks.
pub(super) const RECEIVERS: usize = 2;

/// An event that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) id: String,
    pub(super) sequence: u64,
    pub(super) subject: String,
    at: Timestamp,
}

/// What one destination saw.
#[derive(Debug, Default)]
struct Seen {
    /// How often each id came, and when first.
    came: HashMap<String, (u64, Timestamp)>,
    /// What was taken, each id once, in order.
    taken: Vec<Taken>,
    /// Ids that were refused for good at least once.
    refused: HashSet<String>,
    away: bool,
}

/// The systems outside. Clones are the same.
#[derive(Clone)]
pub(super) struct Outside {
    state: Arc<Mutex<State>>,
    brokers: Vec<Fake>,
}

struct State {
    seed: u64,
    clock: Arc<ManualClock>,
    mishaps: Mishaps,
    /// Whether everything is taken at once.
    calm: bool,
    seen: [Seen; DESTINATIONS.len()],
}

impl Outside {
    pub(super) fn new(seed: u64, clock: Arc<ManualClock>, mishaps: Mishaps) -> Self {
        let seen = Default::default();
        let state = Arc::new(Mutex::new(State { seed, clock, mishaps, calm: false, seen }));
        let broker = |protocol, destination| {
            let state = Arc::clone(&state);
            let script = move |message: &Message, _| lock(&state).published(destination, message);
            Fake::new(protocol, script)
        };
        let brokers = vec![broker(Protocol::Mqtt, 2), broker(Protocol::Nats, 3)];
        Self { state, brokers }
    }

    /// The relays of a program that begins.
    pub(super) fn relays(&self, app: &App) -> (WebhookRelay, Vec<BrokerRelay>) {
        let state = Arc::clone(&self.state);
        let script = move |call: &Call| lock(&state).called(call);
        let client = Client::fake(Deadlines::default(), script);
        let webhooks = WebhookRelay::new(app.clone(), client, Schedule::default());
        let relay = |(fake, unsafe_for): (&Fake, u64)| {
            let broker = Broker::Fake(fake.clone());
            let relay = BrokerRelay::new(app.clone(), broker, Patience::default());
            relay.told_again_for(std::time::Duration::from_secs(unsafe_for))
        };
        (webhooks, self.brokers.iter().zip([60, 0]).map(relay).collect())
    }

    /// A destination goes away, or comes back. Whether it is there now.
    pub(super) fn turn(&self, destination: usize) -> bool {
        let away = {
            let mut state = lock(&self.state);
            let seen = &mut state.seen[destination];
            seen.away = !seen.away;
            seen.away
        };
        if let Some(broker) = destination.checked_sub(RECEIVERS).map(|place| &self.brokers[place]) {
            if away { broker.go_away() } else { broker.come_back() }
        }
        !away
    }

    /// From now on everybody is there and takes everything, or not.
    pub(super) fn calm_down(&self, calm: bool) {
        lock(&self.state).calm = calm;
        for destination in 0..DESTINATIONS.len() {
            if calm && lock(&self.state).seen[destination].away {
                self.turn(destination);
            }
        }
    }

    /// How much a destination took.
    pub(super) fn taken(&self, destination: usize) -> usize {
        lock(&self.state).seen[destination].taken.len()
    }

    /// Every destination took exactly these events, each once, and about one thing in their order.
    pub(super) fn judge(&self, destination: usize, expected: &[&Event]) {
        let state = lock(&self.state);
        let name = DESTINATIONS[destination];
        let seen = &state.seen[destination];
        let ids: HashSet<&str> = seen.taken.iter().map(|taken| taken.id.as_str()).collect();
        assert_eq!(ids.len(), seen.taken.len(), "{name}: each id once");
        for event in expected {
            let id = event.id.to_string();
            assert!(ids.contains(id.as_str()), "{name} was never told of {event:?}");
        }
        assert_eq!(ids.len(), expected.len(), "{name} was told of what never happened");
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn called(&mut self, call: &Call) -> Answer {
        let host = call.url.trim_start_matches("http://").split('.').next().unwrap();
        let destination = DESTINATIONS.iter().position(|name| *name == host).unwrap();
        if self.mishaps.was_killed() {
            return Answer::Away;
        }
        let body: Value = serde_json::from_slice(&call.body).unwrap();
        assert_eq!(call.header("webhook-id"), body["id"].as_str(), "the id of the event");
        let taken = taken(&body, self.clock.now());
        if self.seen[destination].away {
            // Nobody is there, and it was tried all the same.
            self.seen[destination].came.entry(taken.id).or_insert((0, taken.at));
            return Answer::Away;
        }
        let mood = self.comes(destination, &taken.id);
        match mood {
            0 | 1 => Answer::Status(503),
            2 => Answer::Later(429, 20),
            3 | 4 => Answer::HangUp,
            5 | 6 => {
                self.take(destination, taken, false);
                Answer::HangUp
            }
            7 => {
                self.take(destination, taken, false);
                Answer::Silence
            }
            8 => Answer::Status(422),
            _ => {
                self.take(destination, taken, false);
                Answer::Status(200)
            }
        }
    }

    fn published(&mut self, destination: usize, message: &Message) -> Fate {
        if self.mishaps.was_killed() {
            return Fate::Lose;
        }
        let body: Value = serde_json::from_str(&message.body).unwrap();
        assert_eq!(Some(message.id.as_str()), body["id"].as_str(), "the id of the event");
        let taken = taken(&body, self.clock.now());
        let fate = match self.comes(destination, &taken.id) {
            0 | 1 => Fate::Lose,
            2 | 3 => Fate::TakeUnsaid,
            4 | 5 => Fate::TakeTwice,
            6 => Fate::Refuse,
            _ => Fate::Take,
        };
        if fate == Fate::Refuse {
            self.seen[destination].refused.insert(taken.id);
        } else if fate != Fate::Lose {
            self.take(destination, taken, true);
        }
        fate
    }

    /// An event comes; a number below 64 for what becomes of it.
    fn comes(&mut self, destination: usize, id: &str) -> u64 {
        let now = self.clock.now();
        let came = self.seen[destination].came.entry(id.to_owned()).or_insert((0, now));
        came.0 += 1;
        let letters = id.bytes().fold(0_u64, |all, byte| all.wrapping_mul(31) + u64::from(byte));
        let drawn = Chance::drawn(&[self.seed, destination as u64, letters, came.0]);
        if self.calm { 63 } else { drawn % 64 }
    }

    /// An event is taken, once: about one thing none is taken before an earlier one, unless that was
    /// refused for good, or was waited for long enough; with `in_order` nothing is long enough.
    fn take(&mut self, destination: usize, taken: Taken, in_order: bool) {
        let seen = &mut self.seen[destination];
        if seen.taken.iter().any(|known| known.id == taken.id) {
            return;
        }
        let later = seen
            .taken
            .iter()
            .rev()
            .find(|known| known.subject == taken.subject && known.sequence > taken.sequence);
        if let Some(later) = later {
            let (_, first) = seen.came[&taken.id];
            let was_late = !in_order && later.at.micros() - first.micros() >= HELD;
            assert!(
                was_late || seen.refused.contains(&taken.id),
                "{}: {taken:?} came after {later:?}",
                DESTINATIONS[destination]
            );
        }
        seen.taken.push(taken);
    }
}

fn taken(body: &Value, at: Timestamp) -> Taken {
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    let sequence = text("sequence").parse().unwrap();
    Taken { id: text("id"), sequence, subject: text("subject"), at }
}

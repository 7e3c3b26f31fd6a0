//! One peer that fails: whoever books, and everybody else who is told, does not notice.
//!
//! In rounds, under the same load, all peers are well and then one of them fails: a webhook's receiver
//! that refuses, one that hangs, one that answers by the drop, a broker that hangs. While it fails,
//! everything reaches the others. `MTM_RATE`, `MTM_SECONDS` and `MTM_ROUNDS` set the size; at full size
//! (the long proof) 99 of 100 bookings, and of the events on their way to the others, must not take more
//! than a tenth longer than in the same rounds without a failing peer.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::time::Duration;

use mtm_lab::proxy::{Direction, End, Fault, Proxy};
use mtm_testkit::mtm_process::Start;
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::receiver::Answer;
use mtm_testkit::{Api, EventFollower, Mosquitto, Mtm, NatsServer, Receiver, poll};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::load::{Booked, book, lags, p99};
use crate::publishing::AS_SHIPPED;
use crate::support::{PROGRAM, masters};

const RATE: u64 = 40;
const SECONDS: u64 = 1;
const ROUNDS: u64 = 1;
/// From so many rounds on, times are compared.
const ALL_ROUNDS: u64 = 10;
const SOON: Duration = Duration::from_secs(90);

/// How a peer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Well,
    Refusing,
    Hanging,
    Dripping,
    BrokerHanging,
}

impl State {
    const ALL: [Self; 5] =
        [Self::Well, Self::Refusing, Self::Hanging, Self::Dripping, Self::BrokerHanging];

    const fn words(self) -> &'static str {
        match self {
            Self::Well => "all peers well",
            Self::Refusing => "a webhook's receiver refuses",
            Self::Hanging => "a webhook's receiver hangs",
            Self::Dripping => "a webhook's receiver answers a byte a second",
            Self::BrokerHanging => "the MQTT broker hangs",
        }
    }
}

/// Times that are compared: of bookings, and of events on their way to those that are well.
type Times = BTreeMap<&'static str, Vec<Duration>>;

/// A server with two webhooks, two brokers and a follower of events.
struct Site {
    server: Mtm,
    token: String,
    api: Api,
    nats: NatsServer,
    /// Ways to the peers that fail: a webhook's receiver, and the MQTT broker.
    runtime: Runtime,
    to_broker: Proxy,
    _mosquitto: Mosquitto,
}

impl Site {
    fn start() -> Option<Self> {
        let suite = "a failing peer";
        let mosquitto = Mosquitto::start_with(AS_SHIPPED).unwrap().or_skip(suite);
        let nats = NatsServer::start().unwrap().or_skip(suite);
        let (mosquitto, nats) = (mosquitto?, nats?);
        let runtime = Runtime::new().unwrap();
        let broker = mosquitto.url().replace("mqtt://", "");
        let to_broker = runtime.block_on(Proxy::start(broker)).unwrap();
        let server = Start::new(PROGRAM)
            .environment("MTM_MQTT__URL", format!("mqtt://{}", to_broker.address()))
            .environment("MTM_NATS__URL", nats.url())
            .start()
            .unwrap();
        let token = server.token("load", "admin").unwrap();
        let api = server.api().with_token(&token);
        masters(&api);
        let site = Self { server, token, api, nats, runtime, to_broker, _mosquitto: mosquitto };
        site.broker_has_everything();
        Some(site)
    }

    /// Makes a webhook that is told of movements; its id.
    fn subscribe(&self, name: &str, url: &str) -> String {
        let hook = json!({ "name": name, "url": url, "types": ["movement.recorded"] });
        let made = self.api.post("/api/v1/webhooks", name, &hook).unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
        made.json().unwrap()["id"].as_str().unwrap().to_owned()
    }

    fn unsubscribe(&self, id: &str) {
        let path = format!("/api/v1/webhooks/{id}");
        let gone = self.api.send("DELETE", &path, &[("Idempotency-Key", id)], "").unwrap();
        assert_eq!(gone.status, 200, "{}", gone.text);
    }

    /// Waits until the MQTT broker was told of everything.
    fn broker_has_everything(&self) {
        poll::until("the broker to have everything", SOON, || {
            let list = self.api.get("/api/v1/integrations")?.json()?;
            let items = list["items"].as_array().cloned().unwrap_or_default();
            Ok(items.iter().any(|it| it["name"] == "mqtt" && it["lag"] == 0).then_some(()))
        })
        .unwrap();
    }

    /// The load while the peers are so; the times of what must not notice.
    fn phase(&self, name: &str, state: State, rate: u32, seconds: u32) -> Times {
        let well = Receiver::start(|_, _| Answer::Status(200)).unwrap();
        let other = Receiver::start(|_, _| Answer::Status(200)).unwrap();
        let address = other.url().replace("http://", "").replace("/hook", "");
        let to_other = self.runtime.block_on(Proxy::start(address)).unwrap();
        let hooks = [
            self.subscribe(&format!("{name}-well"), &well.url()),
            self.subscribe(
                &format!("{name}-other"),
                &format!("http://{}/hook", to_other.address()),
            ),
        ];
        let by_nats = self.nats.consumer("mtm-plant").unwrap();
        by_nats.wait_connected(1).unwrap();
        let follower =
            EventFollower::start(vec![self.server.url().to_owned()], &self.token).unwrap();
        let slowly = Fault::Drip { bytes: NonZeroUsize::MIN, every: Duration::from_secs(1) };
        match state {
            State::Well => {}
            State::Refusing => to_other.set(Direction::ToServer, Fault::Over(End::Reset)),
            State::Hanging => to_other.set(Direction::ToServer, Fault::Swallow),
            State::Dripping => to_other.set(Direction::ToClient, slowly),
            State::BrokerHanging => self.to_broker.set(Direction::ToServer, Fault::Swallow),
        }

        let booked = book(|| self.server.api().with_token(&self.token), name, rate, seconds);
        // Everybody else has everything while it still fails.
        let told = |way, heard: &dyn Fn() -> Lags| (way, everything(way, &booked, heard));
        let mut times = Times::from([
            told("webhook", &|| lags(well.received().iter().map(|it| (&*it.body, it.at)))),
            told("NATS", &|| lags(by_nats.heard().iter().map(|it| (&*it.body, it.at)))),
            told("server-sent events", &|| {
                lags(follower.told().iter().map(|it| (&*it.data, it.at)))
            }),
        ]);
        times.insert("booking", booked.iter().map(|it| it.waited).collect());
        let reached = other.effects().len();
        if matches!(state, State::Refusing | State::Hanging) {
            assert_eq!(reached, 0, "the peer that should fail was told");
        }
        to_other.heal();
        self.to_broker.heal();
        if state == State::BrokerHanging {
            // What was swallowed never comes: the next connection tells it again.
            self.to_broker.end_all(End::Cut);
        }
        for hook in hooks {
            self.unsubscribe(&hook);
        }
        self.broker_has_everything();
        self.runtime.block_on(to_other.stop());
        times
    }
}

type Lags = BTreeMap<String, Duration>;

/// How long what was booked was on its way, once all of it is there.
fn everything(way: &str, booked: &[Booked], heard: &dyn Fn() -> Lags) -> Vec<Duration> {
    let expected: BTreeSet<_> = booked.iter().map(|it| it.movement.as_str()).collect();
    let all = poll::until(way, SOON, || {
        let heard = heard();
        let all: Vec<_> =
            expected.iter().filter_map(|movement| heard.get(*movement).copied()).collect();
        Ok((all.len() == expected.len()).then_some(all))
    });
    all.unwrap()
}

#[test]
fn a_peer_that_fails_keeps_nothing_from_those_that_are_well() {
    let Some(site) = Site::start() else { return };
    let [rate, seconds] = [("MTM_RATE", RATE), ("MTM_SECONDS", SECONDS)]
        .map(|(name, otherwise)| u32::try_from(number(name, otherwise)).unwrap());
    let rounds = number("MTM_ROUNDS", ROUNDS);
    let mut all: BTreeMap<State, Times> = BTreeMap::new();
    for round in 0..rounds {
        // Each comes first, second, … equally often: what changes with time changes all of them.
        let begin = usize::try_from(round).unwrap() % State::ALL.len();
        for state in State::ALL.iter().cycle().skip(begin).take(State::ALL.len()).copied() {
            let times = site.phase(&format!("{round}-{state:?}"), state, rate, seconds);
            let sum = all.entry(state).or_default();
            for (what, times) in times {
                sum.entry(what).or_default().extend(times);
            }
        }
    }
    let status: Value = site.api.get("/api/v1/status").unwrap().json().unwrap();
    assert_ne!(status["state"], "red", "{status:#}");
    evidence(format_args!(
        "{rounds} rounds of {seconds} s at {rate} movements/s in each state; 99 of 100 took at most"
    ));
    compare(&all, rounds >= ALL_ROUNDS);
}

/// Says what took how long, and compares it with when all were well.
fn compare(all: &BTreeMap<State, Times>, timed: bool) {
    let usual = |what: &str| p99(all[&State::Well][what].iter().copied()).as_secs_f64();
    let mut longer = Vec::new();
    for (state, times) in all {
        let mut words = Vec::new();
        for (what, times) in times {
            let most = p99(times.iter().copied());
            let ratio = most.as_secs_f64() / usual(what);
            words.push(format!("{what} {most:.2?} (× {ratio:.2})"));
            if ratio > 1.1 {
                longer.push(format!("{what} while {}: × {ratio:.2}", state.words()));
            }
        }
        evidence(format_args!("{}: {}", state.words(), words.join(", ")));
    }
    assert!(!timed || longer.is_empty(), "{longer:#?}");
}

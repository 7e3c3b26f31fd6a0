//! Events reach consumers behind a broker whatever happens: `kill -9` of the server and of the broker,
//! under load, at moments that a seed chooses, on the real brokers.
//!
//! Mosquitto acknowledges what it has neither stored nor passed on, so that a kill of it loses
//! acknowledged events; the server tells what was acknowledged lately again.
//!
//! `MTM_KILLS` sets how often, `MTM_SEED` the seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use mtm_testkit::broker::{Consumer, Heard};
use mtm_testkit::mtm_process::Start;
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{Api, Mosquitto, Mtm, NatsServer, poll};
use serde_json::Value;

use crate::killing::next;
use crate::relaying::{book, movements};
use crate::support::{PROGRAM, masters};

const KILLS: u64 = 6;
const CLIENTS: u64 = 3;
const SOON: Duration = Duration::from_secs(60);

/// A broker of either kind.
enum Peer {
    Mqtt(Mosquitto),
    Nats(NatsServer),
}

impl Peer {
    const fn name(&self) -> &'static str {
        match self {
            Self::Mqtt(_) => "mqtt",
            Self::Nats(_) => "nats",
        }
    }

    fn arguments(&self) -> [String; 2] {
        match self {
            Self::Mqtt(server) => ["--mqtt-url".to_owned(), server.url()],
            Self::Nats(server) => ["--nats-url".to_owned(), server.url()],
        }
    }

    fn consumer(&self) -> Consumer {
        match self {
            Self::Mqtt(server) => server.consumer("mtm/v1/plant/+"),
            Self::Nats(server) => server.consumer("mtm-plant"),
        }
        .unwrap()
    }

    fn kill9(&mut self) {
        match self {
            Self::Mqtt(server) => server.kill9(),
            Self::Nats(server) => server.kill9(),
        }
        .unwrap();
    }

    fn restart(&mut self) {
        match self {
            Self::Mqtt(server) => server.restart(),
            Self::Nats(server) => server.restart(),
        }
        .unwrap();
    }
}

fn serve(peer: &Peer) -> Mtm {
    let [flag, url] = peer.arguments();
    Start::new(PROGRAM).argument(flag).argument(url).start().unwrap()
}

/// How the broker stands, as the server says.
fn integration(api: &Api, name: &str) -> Value {
    let list = api.get("/api/v1/integrations").unwrap();
    assert_eq!(list.status, 200, "{}", list.text);
    let items = list.json().unwrap()["items"].as_array().unwrap().clone();
    items.into_iter().find(|it| it["name"] == name).unwrap()
}

/// What a round of the load does to whom.
fn round(server: &mut Mtm, peer: &mut Peer, token: &str, round: u64, seed: &mut u64) {
    let (go, sent) = (AtomicBool::new(true), AtomicU64::new(0));
    let aim = 20 + next(seed) % 40;
    let pause = Duration::from_micros(next(seed) % 20_000);
    let (kill_server, kill_broker) =
        [(true, false), (false, true), (true, true)][usize::try_from(round % 3).unwrap()];
    let api = server.api().with_token(token);
    let reached = |aim: u64| {
        poll::until("load", SOON, || Ok((sent.load(Ordering::SeqCst) >= aim).then_some(())))
            .unwrap();
    };
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (api, go, sent) = (&api, &go, &sent);
            scope.spawn(move || book(api, &format!("{round}-{client}"), go, sent));
        }
        reached(aim);
        poll::moment(pause);
        if kill_broker {
            peer.kill9();
        }
        if kill_server {
            server.kill9().unwrap();
        } else {
            // Whoever books does not notice that nobody is told.
            reached(sent.load(Ordering::SeqCst) + 20);
        }
        go.store(false, Ordering::SeqCst);
    });
    if kill_broker {
        peer.restart();
    }
    if kill_server {
        server.restart().unwrap();
    }
}

/// Every event once, without a gap, and each lot's in order; the movements among them.
fn check(effects: &[Heard], newest: u64) -> BTreeSet<String> {
    let told: Vec<Value> =
        effects.iter().map(|it| serde_json::from_str(&it.body).unwrap()).collect();
    let place = |event: &Value| event["sequence"].as_str().unwrap().parse::<u64>().unwrap();
    let places: BTreeSet<u64> = told.iter().map(place).collect();
    let first = *places.first().unwrap();
    assert!(places.iter().copied().eq(first..=newest), "there is a gap below {newest}");
    assert_eq!(told.len(), places.len(), "an event has two effects");
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for event in &told {
        let (about, place) = (event["subject"].as_str().unwrap(), place(event));
        let before = last.insert(about, place);
        assert!(before < Some(place), "{about}: {place} after {before:?}");
    }
    let movements = told.iter().filter(|event| event["type"] == "mtm.movement.recorded.v1");
    movements.map(|event| event["data"]["id"].as_str().unwrap().to_owned()).collect()
}

fn killing(mut peer: Peer) {
    let (kills, name) = (number("MTM_KILLS", KILLS), peer.name());
    let mut seed = number("MTM_SEED", u64::from(std::process::id()));
    evidence(format_args!("seed {seed}, {kills} rounds of kills under {CLIENTS} clients, {name}"));
    let consumer = peer.consumer();
    let mut server = serve(&peer);
    let token = server.token("load", "admin").unwrap();
    masters(&server.api().with_token(&token));
    for n in 0..kills {
        let connections = consumer.connections();
        round(&mut server, &mut peer, &token, n, &mut seed);
        if n % 3 != 0 && name == "mqtt" {
            // Its consumer is back before it goes again: what is for somebody who is away waits in
            // memory.
            consumer.wait_connected(connections + 1).unwrap();
        }
    }
    let api = server.api().with_token(&token);
    let expected = movements(&api);
    let newest = poll::until("everything told", SOON, || {
        let it = integration(&api, name);
        Ok((it["lag"] == 0).then(|| it["position"].as_u64().unwrap()))
    })
    .unwrap();
    let all_told = |effects: &[Heard]| {
        effects.iter().any(|it| it.body.contains(&format!("\"sequence\":\"{newest}\"")))
    };
    let effects = consumer.wait_for(all_told).unwrap();
    assert_eq!(check(&effects, newest), expected, "every movement is told, and no other");
    let it = integration(&api, name);
    assert_eq!((it["state"].as_str(), it["dead"].as_u64()), (Some("well"), Some(0)), "{it}");
    let repeated = consumer.heard().len() - effects.len();
    evidence(format_args!(
        "{} events ({} movements) told once each, in order per lot; {repeated} came again",
        effects.len(),
        expected.len()
    ));
    assert!(server.terminate().unwrap().success());
}

#[test]
fn kill9_of_server_and_mosquitto_loses_no_event_and_keeps_each_lots_order() {
    let Some(server) = Mosquitto::start().unwrap().or_skip("events by MQTT") else { return };
    killing(Peer::Mqtt(server));
}

#[test]
fn kill9_of_server_and_nats_loses_no_event_and_keeps_each_lots_order() {
    let Some(server) = NatsServer::start().unwrap().or_skip("events by NATS") else { return };
    killing(Peer::Nats(server));
}

#[test]
fn a_server_starts_and_books_while_its_brokers_are_away_and_tells_them_later() {
    let mosquitto = Mosquitto::start().unwrap().or_skip("events by MQTT");
    let nats = NatsServer::start().unwrap().or_skip("events by NATS");
    let (Some(mut mosquitto), Some(mut nats)) = (mosquitto, nats) else { return };
    let consumer = mosquitto.consumer("mtm/v1/plant/+").unwrap();
    mosquitto.terminate().unwrap();
    nats.terminate().unwrap();
    let mut server = Start::new(PROGRAM)
        .environment("MTM_MQTT__URL", mosquitto.url())
        .environment("MTM_NATS__URL", nats.url())
        .start()
        .unwrap();
    let api = server.api_as("admin").unwrap();
    masters(&api);
    for name in ["mqtt", "nats"] {
        let away = poll::until("being known as away", SOON, || {
            let it = integration(&api, name);
            Ok((it["state"] == "failing" && it["lag"].as_u64() > Some(0)).then_some(it))
        })
        .unwrap();
        assert!(away["last_error"].as_str().is_some_and(|error| !error.is_empty()), "{away}");
        let metrics = api.get("/metrics").unwrap().text;
        let line = format!("mtm_relay_failing{{destination=\"{name}\",kind=\"{name}\"}} 1");
        assert!(metrics.contains(&line), "{line}");
    }
    let page = api.get("/api/v1/integrations/dead-letters").unwrap();
    assert_eq!(page.json().unwrap()["items"], serde_json::json!([]));
    mosquitto.restart().unwrap();
    nats.restart().unwrap();
    let other = nats.consumer("mtm-plant").unwrap();
    for (name, consumer) in [("mqtt", &consumer), ("nats", &other)] {
        let newest = poll::until("everything told", SOON, || {
            let it = integration(&api, name);
            Ok((it["lag"] == 0).then(|| it["position"].as_u64().unwrap()))
        })
        .unwrap();
        let effects = consumer.wait_for(|effects| effects.len() as u64 >= newest).unwrap();
        check(&effects, newest);
    }
    assert!(server.terminate().unwrap().success());
}

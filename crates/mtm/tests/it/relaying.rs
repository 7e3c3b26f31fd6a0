//! Events reach a webhook whatever happens to the server: `kill -9` under load, at moments that a seed
//! chooses, and a receiver that refuses, hangs up, and hangs up after it took something.
//!
//! `MTM_KILLS` sets how often, `MTM_SEED` the seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use mtm_connect::webhook::{Incoming, Secret, verify};
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::receiver::{Answer, Received};
use mtm_testkit::{Api, Mtm, Receiver, poll};
use serde_json::{Value, json};

use crate::killing::next;
use crate::support::{PROGRAM, masters, receipt};

const KILLS: u64 = 4;
const CLIENTS: u64 = 3;
const SOON: Duration = Duration::from_secs(60);

// guide: script
/// Refuses or loses the first try of some, by their identity.
fn moody(request: &Received, before: usize) -> Answer {
    let mood = request.id.bytes().map(u32::from).sum::<u32>() % 16;
    match (before, mood) {
        (0, 0) => Answer::Status(503),
        (0, 1) => Answer::HangUp,
        (0, 2 | 3) => Answer::TakeAndHangUp,
        _ => Answer::Status(200),
    }
}
// guide: end

/// Makes a webhook that is told of movements; its secret.
fn subscribe(api: &Api, receiver: &Receiver) -> Secret {
    let body = json!({ "name": "load", "url": receiver.url(), "types": ["movement.recorded"] });
    let made = api.post("/api/v1/webhooks", "hook", &body).unwrap();
    assert_eq!(made.status, 201, "{}", made.text);
    Secret::parse(made.json().unwrap()["secret"].as_str().unwrap()).unwrap()
}

/// Receives, moves and takes lot after lot, until the server is gone.
pub(crate) fn book(api: &Api, name: &str, go: &AtomicBool, sent: &AtomicU64) {
    let post = |key: String, body: Value| {
        let reply = api.post("/api/v1/movements", &key, &body).ok()?;
        assert_eq!(reply.status, 201, "{}", reply.text);
        sent.fetch_add(1, Ordering::SeqCst);
        reply.json().unwrap()["lots"][0].as_str().map(str::to_owned)
    };
    for n in 0_i64.. {
        if !go.load(Ordering::SeqCst) {
            return;
        }
        let Some(lot) = post(format!("{name}-{n}-in"), receipt(n % 40 + 10)) else { return };
        let confirm = ["possible_duplicate"];
        let body =
            json!({ "type": "transfer", "lot": lot, "to_location": "R-2", "confirm": confirm });
        let Some(lot) = post(format!("{name}-{n}-move"), body) else { return };
        let body = json!({ "type": "out", "lot": lot, "quantity": 2, "confirm": confirm });
        if post(format!("{name}-{n}-out"), body).is_none() {
            return;
        }
    }
}

/// Identities of every movement of the ledger.
pub(crate) fn movements(api: &Api) -> BTreeSet<String> {
    let log = api.get("/api/v1/movements/export?format=ndjson").unwrap();
    assert_eq!(log.status, 200, "{}", log.text);
    let id = |line: &str| {
        let movement: Value = serde_json::from_str(line).unwrap();
        movement["id"].as_str().unwrap().to_owned()
    };
    log.text.lines().filter(|line| !line.trim().is_empty()).map(id).collect()
}

#[test]
fn kill9_under_load_loses_no_event_and_keeps_each_lots_order() {
    let kills = number("MTM_KILLS", KILLS);
    let mut seed = number("MTM_SEED", u64::from(std::process::id()));
    evidence(format_args!("seed {seed}, {kills} kills under {CLIENTS} clients, one webhook"));
    let receiver = Receiver::start(moody).unwrap();
    let mut server = Mtm::start(PROGRAM).unwrap();
    let token = server.token("load", "admin").unwrap();
    let mut api = server.api().with_token(&token);
    masters(&api);
    let secret = subscribe(&api, &receiver);
    for round in 0..kills {
        let (go, sent) = (AtomicBool::new(true), AtomicU64::new(0));
        let aim = 30 + next(&mut seed) % 60;
        let pause = Duration::from_micros(next(&mut seed) % 20_000);
        thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (api, go, sent) = (&api, &go, &sent);
                scope.spawn(move || book(api, &format!("{round}-{client}"), go, sent));
            }
            poll::until("load", SOON, || Ok((sent.load(Ordering::SeqCst) >= aim).then_some(())))
                .unwrap();
            poll::moment(pause);
            server.kill9().unwrap();
            go.store(false, Ordering::SeqCst);
        });
        server.restart().unwrap();
        api = server.api().with_token(&token);
    }
    let expected = movements(&api);
    let effects = receiver.wait_for(|effects| effects.len() >= expected.len()).unwrap();
    let told: Vec<Value> =
        effects.iter().map(|it| serde_json::from_str(&it.body).unwrap()).collect();
    let ids: BTreeSet<String> =
        told.iter().map(|event| event["data"]["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, expected, "every movement has its effect");
    assert_eq!(effects.len(), expected.len(), "and one only");
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for event in &told {
        let lot = event["subject"].as_str().unwrap();
        let sequence = event["data"]["sequence"].as_u64().unwrap();
        let before = last.insert(lot, sequence);
        assert!(before < Some(sequence), "lot {lot}: {sequence} after {before:?}");
    }
    let received = receiver.received();
    for it in &received {
        // guide: verify
        let (id, timestamp) = (it.id.as_str(), it.timestamp.as_str());
        let message =
            Incoming { id, timestamp, signature: &it.signature, body: it.body.as_bytes() };
        verify(std::slice::from_ref(&secret), message, timestamp.parse().unwrap()).unwrap();
        // guide: end
    }
    let repeated = received.len() - effects.len();
    assert!(repeated > 0, "nothing was ever sent twice: the receiver's moods were not met");
    evidence(format_args!(
        "{} movements told once each, in order per lot, {repeated} requests repeated or refused",
        effects.len()
    ));
    let database = std::fs::read(server.database()).unwrap();
    let leaked = database.windows(secret.bytes().len()).any(|bytes| bytes == secret.bytes());
    assert!(!leaked, "the secret stands in the database");
    assert!(server.terminate().unwrap().success());
}

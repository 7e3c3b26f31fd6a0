//! Two servers of this program on one cluster of three database nodes, each preferring another
//! node: what one is told the other keeps at once, and when one is killed under load its clients
//! go on at the other, under the same keys, and those who follow events do as well.
//!
//! `MTM_KILLS` sets how often (the long proof checks the times, too).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use mtm_testkit::mtm_process::Start;
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{Api, EventFollower, Galera, Mtm, Told, poll};
use serde_json::{Value, json};

use crate::relaying::movements;
use crate::support::{PROGRAM, masters, on_hand, receipt, receive};

/// Kills of the bounded run: each server once.
const KILLS: u64 = 2;
/// From so many on, the times are checked.
const ALL_KILLS: u64 = 8;
const HOLDS: u64 = 20;
const PARTS: u64 = 10;
const CLIENTS: usize = 4;
/// Bookings before and after each kill.
const BETWEEN: u64 = 40;
const SOON: Duration = Duration::from_secs(60);
/// How long a client may find nobody who books.
const WINDOW: Duration = Duration::from_secs(5);
/// How long one server may not know what another was told about master data.
const MASTERS_WITHIN: Duration = Duration::from_secs(1);

/// Where the two servers answer at the moment.
struct Addresses(Mutex<[String; 2]>);

impl Addresses {
    fn of(&self, server: usize) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[server].clone()
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).to_vec()
    }

    fn set(&self, server: usize, url: &str) {
        url.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)[server]);
    }
}

/// What a client was answered.
#[derive(Default)]
struct Booked {
    movements: Vec<String>,
    pieces: i64,
    longest: Duration,
}

/// Books until it is told to stop; who does not answer is left for the other, with the same booking
/// under the same key.
fn client(
    name: usize,
    token: &str,
    addresses: &Addresses,
    go: &AtomicBool,
    sent: &AtomicU64,
) -> Booked {
    let (mut booked, mut server, mut lot) = (Booked::default(), name % 2, None);
    for n in 0_i64.. {
        if !go.load(Ordering::SeqCst) {
            break;
        }
        let (body, delta) = match lot.take() {
            Some(lot) => {
                let confirm = ["possible_duplicate"];
                (json!({ "type": "out", "lot": lot, "quantity": 3, "confirm": confirm }), -3)
            }
            None => (receipt(n % 40 + 10), n % 40 + 10),
        };
        let began = Instant::now();
        let answer = loop {
            let api = Api::new(addresses.of(server)).with_token(token);
            match api.post("/api/v1/movements", &format!("load-{name}-{n}"), &body) {
                Ok(reply) if reply.status == 201 => break reply.json().unwrap(),
                Ok(reply) => assert_eq!(reply.status, 503, "{}", reply.text),
                Err(_) => {}
            }
            assert!(began.elapsed() < SOON, "nobody answers");
            server = 1 - server;
        };
        booked.longest = booked.longest.max(began.elapsed());
        booked.pieces += delta;
        booked.movements.push(answer["movements"][0]["id"].as_str().unwrap().to_owned());
        if delta > 0 {
            lot = answer["lots"][0].as_str().map(str::to_owned);
        }
        sent.fetch_add(1, Ordering::SeqCst);
    }
    booked
}

/// A hold set at `one` stops the very next take at `other`.
fn holds(one: &Api, other: &Api) {
    for n in 0..HOLDS {
        let lot = receive(one, &format!("held-{n}"), 10);
        let hold = json!({ "lot": lot, "reason": "quality" });
        let held = one.post("/api/v1/holds", &format!("hold-{n}"), &hold).unwrap();
        assert_eq!(held.status, 201, "{}", held.text);
        let take = json!({
            "type": "out", "lot": lot, "quantity": 1,
            "confirm": ["possible_duplicate", "implausible_quantity"],
        });
        let refused = other.post("/api/v1/movements", &format!("take-{n}"), &take).unwrap();
        assert_eq!((refused.status, &refused.json().unwrap()["code"]), (409, &json!("on_hold")));
        let id = held.json().unwrap()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/holds/{id}/release");
        let body = json!({});
        let released = one.post(&path, &format!("release-{n}"), &body).unwrap();
        assert_eq!(released.status, 201, "{}", released.text);
        let taken = other.post("/api/v1/movements", &format!("take-{n}"), &take).unwrap();
        assert_eq!(taken.status, 201, "{}", taken.text);
    }
}

/// How long `other` did not know a part that `one` was told of, at most.
fn master_changes(one: &Api, other: &Api) -> Duration {
    let late = |n: u64| {
        let code = format!("NEW-{n}");
        let made = one.post("/api/v1/parts", &code, &json!({ "code": code })).unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
        let began = Instant::now();
        let mut body = receipt(1);
        body["part"] = json!(code);
        poll::until("the part at the other server", SOON, || {
            let reply = other.post("/api/v1/movements", &format!("first-{n}"), &body)?;
            let known = reply.status == 201;
            assert!(known || reply.json()?["code"] == "unknown_part", "{}", reply.text);
            Ok(known.then_some(began.elapsed()))
        })
        .unwrap()
    };
    (0..PARTS).map(late).max().unwrap()
}

/// Every event once, in order, without a gap; the movements among them.
fn check(told: &[Told]) -> BTreeSet<String> {
    let first = told[0].id;
    assert!(told.iter().map(|it| it.id).eq(first..first + told.len() as u64), "a gap, or twice");
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    let events = told.iter().map(|it| serde_json::from_str::<Value>(&it.data).unwrap());
    let mut movements = BTreeSet::new();
    for event in events.filter(|event| event["type"] == "mtm.movement.recorded.v1") {
        let sequence = event["data"]["sequence"].as_u64().unwrap();
        let before = last.insert(event["subject"].as_str().unwrap().to_owned(), sequence);
        assert!(before < Some(sequence), "{event}");
        movements.insert(event["data"]["id"].as_str().unwrap().to_owned());
    }
    movements
}

/// Kills one server after the other under load; what the clients were answered.
fn kills(servers: &mut [Mtm; 2], addresses: &Addresses, token: &str, kills: u64) -> Vec<Booked> {
    let (go, sent) = (AtomicBool::new(true), AtomicU64::new(0));
    let goes_on = |what: &str| {
        let aim = sent.load(Ordering::SeqCst) + BETWEEN;
        poll::until(what, SOON, || Ok((sent.load(Ordering::SeqCst) >= aim).then_some(()))).unwrap();
    };
    thread::scope(|scope| {
        let (go, sent) = (&go, &sent);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|name| scope.spawn(move || client(name, token, addresses, go, sent)))
            .collect();
        for n in 0..kills {
            goes_on("bookings at both servers");
            let gone = usize::from(n % 2 == 1);
            servers[gone].kill9().unwrap();
            goes_on("bookings at the server that is left");
            servers[gone].restart().unwrap();
            addresses.set(gone, servers[gone].url());
        }
        goes_on("bookings at both servers again");
        go.store(false, Ordering::SeqCst);
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    })
}

#[test]
fn two_servers_on_galera_keep_each_others_word_and_a_killed_ones_clients_go_on_at_the_other() {
    let Some(cluster) = Galera::start().unwrap().or_skip("two servers on Galera") else { return };
    let database = cluster.create_database().unwrap();
    let serve = |nodes: [usize; 3]| {
        let hosts = nodes.map(|node| format!("127.0.0.1:{}", cluster.node(node).port()));
        let url = format!("mysql://root@{}/{database}", hosts.join(","));
        Start::new(PROGRAM).environment("MTM_DATABASE__URL", url).start().unwrap()
    };
    let mut servers = [serve([1, 2, 3]), serve([2, 3, 1])];
    let token = servers[0].token("load", "admin").unwrap();
    let [one, other] = [0, 1].map(|server| servers[server].api().with_token(&token));
    masters(&one);
    let late = master_changes(&one, &other);
    holds(&one, &other);
    evidence(format_args!(
        "{HOLDS} holds set at one server refused the next take at the other; a new part was known \
         there after {late:.2?} at most"
    ));

    // What was booked is in the log when it was given its place, which the killed one may have done.
    let logged = |api: &Api, enough: &dyn Fn(&BTreeSet<String>) -> bool| {
        let all = || Ok(Some(movements(api)).filter(|log| enough(log)));
        poll::until("the log to have what was booked", SOON, all).unwrap()
    };
    let booked_before = usize::try_from(PARTS + 2 * HOLDS).unwrap();
    let before = logged(&one, &|log| log.len() >= booked_before);
    assert_eq!(before.len(), booked_before);
    let on_hand_before = on_hand(&one);
    let addresses = Addresses(Mutex::new([0, 1].map(|server| servers[server].url().to_owned())));
    let follower = EventFollower::start(addresses.all(), &token).unwrap();
    let rounds = number("MTM_KILLS", KILLS);
    let booked = kills(&mut servers, &addresses, &token, rounds);
    follower.know(addresses.all());

    let api = servers[1].api().with_token(&token);
    let acknowledged: BTreeSet<String> =
        booked.iter().flat_map(|it| it.movements.iter().cloned()).collect();
    let log = logged(&api, &|log| log.is_superset(&acknowledged));
    let kept: BTreeSet<String> = log.difference(&before).cloned().collect();
    assert!(kept == acknowledged, "something is there that nobody was told of");
    let pieces: i64 = booked.iter().map(|it| it.pieces).sum();
    assert_eq!(on_hand(&api), on_hand_before + pieces);
    let newest = poll::until("every event", SOON, || {
        let told = follower.told();
        let all = check(&told).is_superset(&acknowledged);
        Ok(all.then(|| told.last().map_or(0, |last| last.id)))
    })
    .unwrap();
    let told = follower.wait_for(newest).unwrap();
    assert_eq!(check(&told), acknowledged, "events tell of these movements, and of no other");
    let verified = servers[0].command(["verify", "--json"]).unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let longest = booked.iter().map(|it| it.longest).max().unwrap_or_default();
    evidence(format_args!(
        "{rounds} times kill -9 of one of the two under load: {} acknowledged, 0 lost, 0 doubled; a \
         client waited {longest:.1?} at most; a follower connected {} times heard {} events, each \
         once and in order",
        acknowledged.len(),
        follower.connections(),
        told.len()
    ));
    if rounds >= ALL_KILLS {
        assert!(longest < WINDOW, "a client waited {longest:?}");
        assert!(late < MASTERS_WITHIN, "a part was not known for {late:?}");
    }
}

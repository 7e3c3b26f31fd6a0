//! Many clients at once, over HTTP, against the real server.
//!
//! `MTM_ROUNDS` sets how often each is tried (the long proof tries many times): what goes wrong
//! only at an unlucky moment needs many of them.

use std::collections::HashSet;
use std::thread;

use serde_json::json;

use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{Api, Mtm};

use crate::support::{on, on_hand, plant, receipt, receive};

/// Tries `round` on one plant as often as asked, and verifies its ledger.
fn rounds(what: &str, mut round: impl FnMut(&Api, u64)) {
    let (server, api) = plant();
    let rounds = number("MTM_ROUNDS", 1);
    for n in 0..rounds {
        round(&api, n);
    }
    verify(&server);
    evidence(format_args!("{rounds} rounds: {what}; verified afterwards"));
}

#[track_caller]
fn verify(server: &Mtm) {
    assert_eq!(on(server.data_dir(), &["verify"]).json()["ok"], true);
}

#[test]
fn twenty_clients_with_a_hundred_receipts_each_get_two_thousand_lots() {
    let mut all = HashSet::new();
    rounds("20 clients with 100 receipts each got 2,000 distinct lots", |api, round| {
        let lots: Vec<String> = thread::scope(|scope| {
            let clients: Vec<_> = (0..20)
                .map(|client| {
                    let api = api.clone();
                    scope.spawn(move || {
                        (0..100)
                            .map(|n| receive(&api, &format!("{round}-{client}-{n}"), n + 1))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
        });
        assert_eq!(lots.len(), 2_000);
        all.extend(lots);
        let rounds = i64::try_from(round).unwrap() + 1;
        assert_eq!(i64::try_from(all.len()).unwrap(), rounds * 2_000, "round {round}");
        assert_eq!(on_hand(api), rounds * 20 * 5_050, "round {round}");
    });
}

#[test]
fn fifty_takes_of_one_from_thirty_give_thirty() {
    rounds("50 takes of 1 from 30 gave 30, and 20 were refused", |api, round| {
        let lot = receive(api, &format!("stock-{round}"), 30);
        let take = json!({
            "type": "out", "lot": lot, "quantity": 1, "confirm": ["possible_duplicate"],
        });
        let statuses: Vec<u16> = thread::scope(|scope| {
            let clients: Vec<_> = (0..50)
                .map(|client| {
                    let (api, take) = (api.clone(), &take);
                    scope.spawn(move || {
                        let key = format!("take-{round}-{client}");
                        api.post("/api/v1/movements", &key, take).unwrap().status
                    })
                })
                .collect();
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        let count = |status: u16| statuses.iter().filter(|it| **it == status).count();
        assert_eq!((count(201), count(409)), (30, 20), "round {round}: {statuses:?}");
        assert_eq!(on_hand(api), 0, "round {round}");
    });
}

#[test]
fn the_same_key_fifty_times_at_once_has_one_effect() {
    rounds("one key sent 50 times at once had one effect and 49 replays", |api, round| {
        let key = format!("one-{round}");
        let replies: Vec<_> = thread::scope(|scope| {
            let clients: Vec<_> = (0..50)
                .map(|_| {
                    let (api, key) = (api.clone(), &key);
                    scope.spawn(move || api.post("/api/v1/movements", key, &receipt(7)).unwrap())
                })
                .collect();
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        let ids: HashSet<String> = replies
            .iter()
            .map(|reply| {
                assert_eq!(reply.status, 201, "{}", reply.text);
                reply.json().unwrap()["id"].as_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!(ids.len(), 1, "round {round}");
        let replayed =
            replies.iter().filter(|it| it.header("Idempotent-Replayed") == Some("true")).count();
        assert_eq!(replayed, 49, "round {round}");
        assert_eq!(on_hand(api), (i64::try_from(round).unwrap() + 1) * 7, "round {round}");
    });
}

//! Many clients at once, over HTTP, against the real server.

use std::collections::HashSet;
use std::thread;

use serde_json::json;

use crate::support::{on, on_hand, plant, receipt, receive};

#[test]
fn twenty_clients_with_a_hundred_receipts_each_get_two_thousand_lots() {
    let (server, api) = plant();
    let lots: Vec<String> = thread::scope(|scope| {
        let clients: Vec<_> = (0..20)
            .map(|client| {
                let api = api.clone();
                scope.spawn(move || {
                    (0..100)
                        .map(|n| receive(&api, &format!("{client}-{n}"), n + 1))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    assert_eq!(lots.len(), 2_000);
    assert_eq!(lots.iter().collect::<HashSet<_>>().len(), 2_000);
    assert_eq!(on_hand(&api), 20 * 5_050);
    assert_eq!(on(server.data_dir(), &["verify"]).json()["ok"], true);
}

#[test]
fn fifty_takes_of_one_from_thirty_give_thirty() {
    let (server, api) = plant();
    let lot = receive(&api, "stock", 30);
    let take = json!({
        "type": "out", "lot": lot, "quantity": 1, "confirm": ["possible_duplicate"],
    });
    let statuses: Vec<u16> = thread::scope(|scope| {
        let clients: Vec<_> = (0..50)
            .map(|client| {
                let (api, take) = (api.clone(), &take);
                scope.spawn(move || {
                    let reply = api.post("/api/v1/movements", &format!("take-{client}"), take);
                    reply.unwrap().status
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let count = |status: u16| statuses.iter().filter(|it| **it == status).count();
    assert_eq!((count(201), count(409)), (30, 20), "{statuses:?}");
    assert_eq!(on_hand(&api), 0);
    assert_eq!(on(server.data_dir(), &["verify"]).json()["ok"], true);
}

#[test]
fn the_same_key_fifty_times_at_once_has_one_effect() {
    let (server, api) = plant();
    let replies: Vec<_> = thread::scope(|scope| {
        let clients: Vec<_> = (0..50)
            .map(|_| {
                let api = api.clone();
                scope.spawn(move || api.post("/api/v1/movements", "one", &receipt(7)).unwrap())
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
    assert_eq!(ids.len(), 1);
    let replayed =
        replies.iter().filter(|it| it.header("Idempotent-Replayed") == Some("true")).count();
    assert_eq!(replayed, 49);
    assert_eq!(on_hand(&api), 7);
    assert_eq!(on(server.data_dir(), &["verify"]).json()["ok"], true);
}

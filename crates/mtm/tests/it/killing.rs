//! `kill -9` under load, at moments that a seed chooses: what was acknowledged is there, what was
//! not is there once or not at all, and sending everything again under the same keys makes the
//! totals exact.
//!
//! `MTM_KILLS` sets how often (the long proof kills a thousand times), `MTM_SEED` the seed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{Api, Mtm, poll};
use serde_json::{Value, json};

use crate::support::{PROGRAM, masters, on, on_hand, receipt};

const KILLS: u64 = 8;
const CLIENTS: u64 = 4;
const SOON: Duration = Duration::from_secs(60);

/// The next of a row of numbers that follow from the seed (`SplitMix64`).
pub(crate) fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// One thing a client books: every third is a take of what it received before.
#[derive(Debug, Clone)]
struct Piece {
    key: String,
    body: Value,
    /// What it adds to the stock.
    delta: i64,
    acknowledged: bool,
}

/// A client sends its bookings one after the other until the connection breaks. Books nothing
/// after a booking whose answer it did not see, as a careful client would.
fn send(api: &Api, name: u64, round: u64, go: &AtomicBool, sent: &AtomicU64) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut lot = None;
    for n in 0_i64.. {
        if !go.load(Ordering::SeqCst) {
            break;
        }
        let quantity = n % 40 + 10;
        let (body, delta) = match lot.take() {
            Some(lot) => {
                let confirm = ["possible_duplicate"];
                (json!({ "type": "out", "lot": lot, "quantity": 3, "confirm": confirm }), -3)
            }
            None => (receipt(quantity), quantity),
        };
        let key = format!("{round}-{name}-{n}");
        let reply = api.post("/api/v1/movements", &key, &body);
        let mut piece = Piece { key, body, delta, acknowledged: false };
        match reply {
            Ok(reply) if reply.status == 201 => {
                sent.fetch_add(1, Ordering::SeqCst);
                piece.acknowledged = true;
                if delta > 0 && n % 3 == 0 {
                    lot = reply.json().unwrap()["lots"][0].as_str().map(str::to_owned);
                }
                pieces.push(piece);
            }
            Ok(reply) => panic!("{} {}", reply.status, reply.text),
            Err(_) => {
                pieces.push(piece);
                break;
            }
        }
    }
    pieces
}

/// Sends a piece again under its key; gives whether that was a replay.
fn resend(api: &Api, piece: &Piece) -> bool {
    let reply = api.post("/api/v1/movements", &piece.key, &piece.body).unwrap();
    assert_eq!(reply.status, 201, "{} {}", piece.key, reply.text);
    reply.header("Idempotent-Replayed") == Some("true")
}

#[test]
fn kill9_under_load_loses_nothing_and_doubles_nothing() {
    let kills = number("MTM_KILLS", KILLS);
    let mut seed = number("MTM_SEED", u64::from(std::process::id()));
    evidence(format_args!("seed {seed}, {kills} kills under {CLIENTS} clients"));
    let mut server = Mtm::start(PROGRAM).unwrap();
    let token = server.token("load", "admin").unwrap();
    let mut api = server.api().with_token(&token);
    masters(&api);
    let (mut expected, mut acknowledged, mut unanswered, mut booked_unseen) = (0, 0, 0, 0);
    for round in 0..kills {
        let (go, sent) = (AtomicBool::new(true), AtomicU64::new(0));
        let aim = next(&mut seed) % 120;
        let pause = Duration::from_micros(next(&mut seed) % 3_000);
        let pieces: Vec<Piece> = thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|name| {
                    let (api, go, sent) = (&api, &go, &sent);
                    scope.spawn(move || send(api, name, round, go, sent))
                })
                .collect();
            poll::until("load", SOON, || Ok((sent.load(Ordering::SeqCst) >= aim).then_some(())))
                .unwrap();
            poll::moment(pause);
            server.kill9().unwrap();
            go.store(false, Ordering::SeqCst);
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
        });
        server.restart().unwrap();
        api = server.api().with_token(&token);
        for piece in &pieces {
            let replayed = resend(&api, piece);
            assert!(replayed || !piece.acknowledged, "lost: {} of round {round}", piece.key);
            expected += piece.delta;
            acknowledged += u64::from(piece.acknowledged);
            unanswered += u64::from(!piece.acknowledged);
            booked_unseen += u64::from(!piece.acknowledged && replayed);
        }
        assert_eq!(on_hand(&api), expected, "after round {round}");
    }
    evidence(format_args!(
        "{acknowledged} bookings acknowledged, none lost; {unanswered} unanswered, {booked_unseen} \
         of them booked; {expected} pieces on hand after every round as expected"
    ));
    assert!(server.terminate().unwrap().success());
    let report = on(server.data_dir(), &["verify"]).json();
    assert_eq!(report["ok"], true, "{report}");
    evidence(format_args!(
        "verified afterwards: {} audit entries, chain and stock agree",
        report["checked"]
    ));
}

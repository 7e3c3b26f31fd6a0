//! Bookings at planned moments, and how long they and the events they cause were on their way.
//!
//! A moment that was planned counts also where an earlier answer was late: a server that stands still
//! for a second makes everybody late who wanted to book in it.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use mtm_core::word::Timestamp;
use mtm_testkit::{Api, poll};
use serde_json::{Value, json};

use crate::support::receipt;

/// People who book at once, each with a connection of their own.
const CLIENTS: u32 = 16;

/// A booking that was answered.
#[derive(Debug)]
pub(crate) struct Booked {
    /// Its movement.
    pub(crate) movement: String,
    /// From the planned moment to the answer.
    pub(crate) waited: Duration,
}

/// Books `rate` movements a second for so many seconds: lots are received, moved, and taken in part.
/// Every one of them is accepted.
pub(crate) fn book(
    api: impl Fn() -> Api + Sync,
    name: &str,
    rate: u32,
    seconds: u32,
) -> Vec<Booked> {
    let begin = Instant::now();
    thread::scope(|scope| {
        let api = &api;
        let clients = (0..CLIENTS).map(|client| {
            scope.spawn(move || {
                one(&api(), &format!("{name}-{client}"), begin, client, rate, seconds)
            })
        });
        // All of them are there before one is waited for.
        let clients: Vec<_> = clients.collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    })
}

/// What one of them books: everybody takes turns, evenly spaced.
fn one(api: &Api, name: &str, begin: Instant, client: u32, rate: u32, seconds: u32) -> Vec<Booked> {
    let mine = (client..rate * seconds).step_by(CLIENTS as usize);
    let mut lot = None;
    let mut booked = Vec::new();
    for (nth, turn) in mine.enumerate() {
        let planned = begin + Duration::from_secs(1) * turn / rate;
        poll::moment(planned.saturating_duration_since(Instant::now()));
        let body = next(nth, lot.take());
        let reply = api.post("/api/v1/movements", &format!("{name}-{nth}"), &body).unwrap();
        let waited = planned.elapsed();
        assert_eq!(reply.status, 201, "{}", reply.text);
        let answer = reply.json().unwrap();
        lot = answer["lots"][0].as_str().map(str::to_owned);
        let movement = answer["movements"][0]["id"].as_str().unwrap().to_owned();
        booked.push(Booked { movement, waited });
    }
    booked
}

fn next(nth: usize, lot: Option<String>) -> Value {
    let confirm = ["possible_duplicate", "implausible_quantity"];
    match (nth % 3, lot) {
        (1, Some(lot)) => {
            json!({ "type": "transfer", "lot": lot, "to_location": "R-2", "confirm": confirm })
        }
        (2, Some(lot)) => json!({ "type": "out", "lot": lot, "quantity": 2, "confirm": confirm }),
        (_, _) => receipt(i64::try_from(nth % 40).unwrap() + 10),
    }
}

/// How long each movement was on its way to a receiver who heard these events at these moments, by its
/// id: from when it was recorded, just before its commit. What came again counts by its first coming.
pub(crate) fn lags<'e>(
    heard: impl IntoIterator<Item = (&'e str, i64)>,
) -> BTreeMap<String, Duration> {
    let mut lags = BTreeMap::new();
    for (event, at) in heard {
        let event: Value = serde_json::from_str(event).unwrap();
        if event["type"] != "mtm.movement.recorded.v1" {
            continue;
        }
        let recorded = Timestamp::parse(event["time"].as_str().unwrap()).unwrap().micros();
        let lag = Duration::from_micros(u64::try_from(at - recorded).unwrap_or(0));
        let movement = event["data"]["id"].as_str().unwrap().to_owned();
        lags.entry(movement).or_insert(lag);
    }
    lags
}

/// 99 of 100 took at most this.
pub(crate) fn p99(times: impl IntoIterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.into_iter().collect();
    times.sort_unstable();
    let nth = (times.len() * 99).div_ceil(100);
    times[nth.saturating_sub(1)]
}

#[test]
fn of_a_hundred_times_one_may_be_longer() {
    let times = |most: u64| (1..=most).rev().map(Duration::from_millis);
    assert_eq!(p99(times(100)), Duration::from_millis(99));
    assert_eq!(p99(times(1_000)), Duration::from_millis(990));
    assert_eq!(p99(times(1)), Duration::from_millis(1));
}

#[test]
fn a_movement_counts_once_by_its_first_coming_and_other_events_do_not() {
    let event = |kind: &str| {
        json!({
            "type": kind, "time": "2026-11-29T06:00:00.000001Z", "data": { "id": "m-1" },
        })
        .to_string()
    };
    let recorded = Timestamp::parse("2026-11-29T06:00:00.000001Z").unwrap().micros();
    let (movement, other) = (event("mtm.movement.recorded.v1"), event("mtm.stock.depleted.v1"));
    let heard = [(&*other, recorded), (&*movement, recorded + 7), (&*movement, recorded + 90)];
    let expected = BTreeMap::from([("m-1".to_owned(), Duration::from_micros(7))]);
    assert_eq!(lags(heard), expected);
}

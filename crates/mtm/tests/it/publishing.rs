//! How long what was booked is on its way to everybody who wants to know: Mosquitto, NATS, a webhook and
//! server-sent events at once, while bookings go on.
//!
//! `MTM_RATE` sets how many movements a second, `MTM_SECONDS` for how long; at a plant's full rate (the
//! long proof) 99 of 100 must be there within a second. Here each must be there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mtm_testkit::mtm_process::Start;
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::receiver::Answer;
use mtm_testkit::{EventFollower, MariaDb, Mosquitto, NatsServer, Receiver, poll};
use serde_json::json;

use crate::load::{book, lags, p99};
use crate::relaying::movements;
use crate::support::{PROGRAM, masters};

/// Movements a second of the bounded run.
const RATE: u64 = 40;
/// The largest plant's, ten times over. From here on the time is checked.
const FULL_RATE: u64 = 220;
const SECONDS: u64 = 2;
/// The fixture's broker writes everything it has to disk for each message, so that a kill loses
/// nothing; this is how often it does as it is shipped.
pub(crate) const AS_SHIPPED: &str = "autosave_on_changes false\nautosave_interval 1800";
/// How soon 99 of 100 events must be everywhere.
const WITHIN: Duration = Duration::from_secs(1);
const SOON: Duration = Duration::from_secs(90);

fn publishes(engine: &str, start: Start) {
    let suite = "events to everybody at once";
    let mosquitto = Mosquitto::start_with(AS_SHIPPED).unwrap().or_skip(suite);
    let nats = NatsServer::start().unwrap().or_skip(suite);
    let (Some(mosquitto), Some(nats)) = (mosquitto, nats) else { return };
    let receiver = Receiver::start(|_, _| Answer::Status(200)).unwrap();
    let by_mqtt = mosquitto.consumer("mtm/v1/plant/+").unwrap();
    let mut server = start
        .environment("MTM_MQTT__URL", mosquitto.url())
        .environment("MTM_NATS__URL", nats.url())
        .start()
        .unwrap();
    let token = server.token("load", "admin").unwrap();
    let api = server.api().with_token(&token);
    masters(&api);
    let types = ["movement.recorded"];
    let hook = json!({ "name": "ERP", "url": receiver.url(), "types": types });
    assert_eq!(api.post("/api/v1/webhooks", "hook", &hook).unwrap().status, 201);
    let by_nats = nats.consumer("mtm-plant").unwrap();
    by_nats.wait_connected(1).unwrap();
    let follower = EventFollower::start(vec![server.url().to_owned()], &token).unwrap();

    let (rate, seconds) = (number("MTM_RATE", RATE), number("MTM_SECONDS", SECONDS));
    let [most, long] = [rate, seconds].map(|number| u32::try_from(number).unwrap());
    let booked = book(|| server.api().with_token(&token), engine, most, long);
    let expected: BTreeSet<_> = booked.iter().map(|it| it.movement.clone()).collect();
    assert_eq!(expected.len(), usize::try_from(rate * seconds).unwrap());
    let waited = p99(booked.iter().map(|it| it.waited));
    evidence(format_args!(
        "{engine}: {} movements in {seconds} s, {rate}/s at planned moments; people waited {waited:.1?} \
         at most (99 of 100)",
        expected.len()
    ));
    // On a database server what was booked is in the log a moment later.
    poll::until("the log", SOON, || Ok((movements(&api) == expected).then_some(()))).unwrap();

    let arrived = |way: &str, lags: &dyn Fn() -> BTreeMap<String, Duration>| {
        let all = poll::until(way, SOON, || {
            let lags = lags();
            Ok((lags.len() >= expected.len()).then_some(lags))
        });
        let all = all.unwrap();
        assert!(all.keys().eq(expected.iter()), "{way} was told of other movements");
        let (most, longest) = (p99(all.values().copied()), all.values().max().unwrap());
        evidence(format_args!(
            "{engine}, {way}: there within {most:.1?} (99 of 100), {longest:.1?} (all)"
        ));
        if rate >= FULL_RATE {
            assert!(most < WITHIN, "{engine}, {way}: {most:?}");
        }
    };
    arrived("MQTT", &|| lags(by_mqtt.heard().iter().map(|it| (&*it.body, it.at))));
    arrived("NATS", &|| lags(by_nats.heard().iter().map(|it| (&*it.body, it.at))));
    arrived("webhook", &|| lags(receiver.received().iter().map(|it| (&*it.body, it.at))));
    arrived("server-sent events", &|| lags(follower.told().iter().map(|it| (&*it.data, it.at))));
    assert!(server.terminate().unwrap().success());
}

#[test]
fn everybody_is_told_of_what_is_booked_in_a_file_while_bookings_go_on() {
    publishes("SQLite", Start::new(PROGRAM));
}

#[test]
fn everybody_is_told_of_what_is_booked_on_mariadb_while_bookings_go_on() {
    let Some(database) = MariaDb::shared().unwrap().or_skip("events from MariaDB") else { return };
    let url = database.create_database().unwrap();
    publishes("MariaDB", Start::new(PROGRAM).environment("MTM_DATABASE__URL", url));
}

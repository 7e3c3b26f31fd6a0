//! Which request caused what: a W3C trace context goes with a booking to everybody who is told of it,
//! on the real brokers, and into the log.

use std::time::Duration;

use mtm_testkit::broker::Heard;
use mtm_testkit::mtm_process::Start;
use mtm_testkit::receiver::Answer;
use mtm_testkit::{Api, Mosquitto, NatsServer, Receiver, poll};
use serde_json::{Value, json};

use crate::support::{PROGRAM, masters, receipt};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const SOON: Duration = Duration::from_secs(60);

/// Books under `key` as part of the trace `parent` names, where it names one; the movement's id and
/// the request's.
fn book(api: &Api, key: &str, parent: Option<&str>) -> (String, String) {
    let mut headers = vec![("Content-Type", "application/json"), ("Idempotency-Key", key)];
    headers.extend(parent.map(|parent| ("traceparent", parent)));
    let body = receipt(i64::try_from(key.len()).unwrap()).to_string();
    let booked = api.send("POST", "/api/v1/movements", &headers, body).unwrap();
    assert_eq!(booked.status, 201, "{}", booked.text);
    let id = booked.json().unwrap()["movements"][0]["id"].as_str().unwrap().to_owned();
    (id, booked.header("x-request-id").unwrap().to_owned())
}

fn body(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_trace_goes_with_a_booking_to_webhooks_and_brokers() {
    let mosquitto = Mosquitto::start().unwrap().or_skip("events by MQTT");
    let nats = NatsServer::start().unwrap().or_skip("events by NATS");
    let (Some(mosquitto), Some(nats)) = (mosquitto, nats) else { return };
    let receiver = Receiver::start(|_, _| Answer::Status(200)).unwrap();
    let by_mqtt = mosquitto.consumer("mtm/v1/plant/movement.recorded").unwrap();
    let mut server = Start::new(PROGRAM)
        .environment("MTM_MQTT__URL", mosquitto.url())
        .environment("MTM_NATS__URL", nats.url())
        .start()
        .unwrap();
    let api = server.api_as("admin").unwrap();
    masters(&api);
    let hook = json!({ "name": "x", "url": receiver.url(), "types": ["movement.recorded"] });
    assert_eq!(api.post("/api/v1/webhooks", "hook", &hook).unwrap().status, 201);
    let (traced, trace) = book(&api, "k", Some(PARENT));
    assert_eq!(trace, TRACE);
    // Without a context, or with one that is none, the request has one of its own.
    let (alone, own) = book(&api, "kk", None);
    let (broken, other) = book(&api, "kkk", Some("00-0-0-00"));
    assert!(own != TRACE && other != TRACE && own != other, "{own} {other}");
    let expected = [(&traced, &trace), (&alone, &own), (&broken, &other)];

    let by_nats = poll::until("the stream", SOON, || Ok(nats.consumer("mtm-plant").ok())).unwrap();
    let movements = |all: &[Heard]| -> Vec<Heard> {
        let told = |it: &&Heard| body(&it.body)["type"] == "mtm.movement.recorded.v1";
        all.iter().filter(told).cloned().collect()
    };
    let hooked = receiver.wait_for(|it| it.len() >= 3).unwrap();
    let mqtt = movements(&by_mqtt.wait_for(|it| movements(it).len() >= 3).unwrap());
    let nats = movements(&by_nats.wait_for(|it| movements(it).len() >= 3).unwrap());
    for (movement, trace) in expected {
        let of_it = |text: &str| body(text)["data"]["id"] == movement.as_str();
        let hooked = hooked.iter().find(|it| of_it(&it.body)).unwrap();
        let mqtt = mqtt.iter().find(|it| of_it(&it.body)).unwrap();
        let nats = nats.iter().find(|it| of_it(&it.body)).unwrap();
        let context = body(&hooked.body)["traceparent"].as_str().unwrap().to_owned();
        assert_eq!(context.split('-').nth(1), Some(trace.as_str()), "{context}");
        for (way, found) in [
            ("header of a webhook", Some(hooked.traceparent.as_str())),
            ("body by MQTT", body(&mqtt.body)["traceparent"].as_str()),
            ("user property", mqtt.property("traceparent")),
            ("body by NATS", body(&nats.body)["traceparent"].as_str()),
            ("header of NATS", nats.property("traceparent")),
            ("attribute by NATS", nats.property("ce-traceparent")),
        ] {
            assert_eq!(found, Some(context.as_str()), "{way}");
        }
    }
    let context =
        body(&hooked.iter().find(|it| body(&it.body)["data"]["id"] == traced).unwrap().body);
    assert_eq!(context["traceparent"], PARENT, "a caller's own context goes on as it came");
    assert!(server.terminate().unwrap().success());
}

#[test]
fn a_refusal_is_found_in_the_log_by_the_trace_id_that_the_caller_was_given() {
    let mut server = Start::new(PROGRAM)
        .environment("MTM_LOG__FILTER", "info,mtm_web=debug")
        .environment("MTM_LOG__FORMAT", "json")
        .start()
        .unwrap();
    let api = server.api_as("admin").unwrap();
    masters(&api);
    let headers = [("Content-Type", "application/json"), ("traceparent", PARENT)];
    let refused = api.send("POST", "/api/v1/movements", &headers, "{").unwrap();
    assert_eq!(refused.json().unwrap()["trace_id"], TRACE, "{}", refused.text);
    let (_, own) = book(&api, "k", None);
    let line = |message: &str, trace: &str| {
        server
            .stderr()
            .lines()
            .iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find(|line| line["trace_id"] == trace && line["message"] == message)
    };
    let refusal = poll::until("the line", SOON, || Ok(line("request refused", TRACE))).unwrap();
    assert_eq!(
        (refusal["code"].as_str(), refusal["level"].as_str()),
        (Some("idempotency_key_required"), Some("DEBUG")),
        "{refusal}"
    );
    let answer = poll::until("the line", SOON, || Ok(line("request answered", &own))).unwrap();
    assert_eq!(answer["status"], 201, "{answer}");
    assert!(server.terminate().unwrap().success());
}

//! The event stream: nothing is lost or told twice, whenever a follower reconnects.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt;
use mtm_core::policy::Role;
use mtm_web::{Limits, Web};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::plant::{Plant, receipt};

/// Longer than any event may take; a test that meets it has found a hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// A follower of the stream.
struct Follower {
    body: Body,
    text: String,
}

/// What a follower was told.
#[derive(Debug, Clone)]
struct Told {
    id: u64,
    kind: String,
    data: Value,
}

impl Follower {
    async fn follow(plant: &Plant, query: &str, last: Option<u64>) -> Self {
        let last = last.map(|id| id.to_string()).unwrap_or_default();
        let headers = [("last-event-id", last.as_str())];
        let headers = if last.is_empty() { &[][..] } else { &headers };
        let path = format!("/api/v1/events{query}");
        let request = plant.request(Role::Viewer, "GET", &path, headers, Body::empty());
        let response = plant.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), text: String::new() }
    }

    /// The next block of the stream, or `None` at its end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let rest = self.text.split_off(end + 2);
                return Some(std::mem::replace(&mut self.text, rest));
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.expect("an event");
            let data = frame?.unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    /// The next event.
    async fn next(&mut self) -> Told {
        loop {
            let block = self.block().await.expect("the stream goes on");
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            let Some(data) = field("data:") else { continue };
            return Told {
                id: field("id:").unwrap().parse().unwrap(),
                kind: field("event:").unwrap().to_owned(),
                data: serde_json::from_str(data).unwrap(),
            };
        }
    }
}

#[tokio::test]
async fn events_are_cloud_events_in_order_of_the_outbox() {
    let plant = Plant::new().await;
    let mut follower = Follower::follow(&plant, "?types=movement.recorded", None).await;
    let booked = plant.receive("a", 5).await;
    let told = follower.next().await;
    assert_eq!(told.kind, "movement.recorded");
    assert_eq!(told.data["specversion"], "1.0");
    assert_eq!(told.data["type"], "mtm.movement.recorded.v1");
    assert_eq!(told.data["sequence"], told.id.to_string());
    assert_eq!(told.data["data"]["id"], booked["movements"][0]["id"]);
    assert_eq!(told.data["data"]["sequence"], booked["sequence"]);
}

#[tokio::test]
async fn an_event_names_the_request_that_caused_it() {
    let plant = Plant::new().await;
    let mut follower = Follower::follow(&plant, "?types=movement.recorded", None).await;
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = [("content-type", "application/json"), ("idempotency-key", "traced")];
    for traced in [true, false] {
        let with = [headers[0], headers[1], ("traceparent", parent)];
        let without = [headers[0], ("idempotency-key", "alone")];
        let headers = if traced { &with[..] } else { &without[..] };
        let body = receipt(if traced { 5 } else { 6 }).to_string();
        let request = plant.request(Role::Operator, "POST", "/api/v1/movements", headers, body);
        let reply = plant.send(request).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
        let told = follower.next().await;
        let context = told.data["traceparent"].as_str().unwrap();
        assert_eq!(context == parent, traced, "{context}");
        assert_eq!(context.split('-').nth(1), Some(reply.header("x-request-id")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_that_reconnects_all_the_time_misses_nothing() {
    const BOOKINGS: u64 = 400;
    let plant = std::sync::Arc::new(Plant::new().await);
    let start = plant.app.ledger().newest_event().await.unwrap().unwrap_or(0);
    let booker = tokio::spawn({
        let plant = plant.clone();
        async move {
            for n in 0..BOOKINGS {
                plant.receive(&format!("k{n}"), 100 + i64::try_from(n % 50).unwrap()).await;
            }
        }
    });
    let (mut last, mut sequences) = (start, Vec::new());
    while sequences.len() < usize::try_from(BOOKINGS).unwrap() {
        let mut follower = Follower::follow(&plant, "?types=movement.recorded", Some(last)).await;
        // Hangs up after a handful of events, as a bad connection would.
        for _ in 0..7 {
            if sequences.len() == usize::try_from(BOOKINGS).unwrap() {
                break;
            }
            let told = follower.next().await;
            assert!(told.id > last, "{} after {last}", told.id);
            last = told.id;
            sequences.push(told.data["data"]["sequence"].as_u64().unwrap());
        }
    }
    booker.await.unwrap();
    let expected: Vec<u64> = (1..=BOOKINGS).collect();
    assert_eq!(sequences, expected);
}

#[tokio::test]
async fn ids_that_are_not_kept_are_told_so() {
    let plant = Plant::new().await;
    plant.receive("a", 5).await;
    let headers = [("last-event-id", "999999")];
    let request = plant.request(Role::Viewer, "GET", "/api/v1/events", &headers, Body::empty());
    let reply = plant.send(request).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::GONE, "events_expired"));
    for (header, path) in [("x", "/api/v1/events"), ("1", "/api/v1/events?types=gift.given")] {
        let headers = [("last-event-id", header)];
        let request = plant.request(Role::Viewer, "GET", path, &headers, Body::empty());
        assert_eq!(plant.send(request).await.code(), "invalid_parameter", "{path}");
    }
}

#[tokio::test]
async fn events_that_were_let_go_of_are_told_so_and_none_is_left_out() {
    let plant = Plant::new().await;
    for n in 0..3 {
        plant.receive(&format!("k{n}"), 5 + n).await;
    }
    let ledger = plant.app.ledger();
    let newest = ledger.newest_event().await.unwrap().unwrap();
    let later = ledger.clock().now().plus_micros(60_000_000);
    assert_eq!(ledger.purge_events(later).await.unwrap(), newest - 1);
    let follow = async |last: u64| {
        let last = last.to_string();
        let headers = [("last-event-id", last.as_str())];
        let request = plant.request(Role::Viewer, "GET", "/api/v1/events", &headers, Body::empty());
        plant.send(request).await
    };
    let reply = follow(newest - 2).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::GONE, "events_expired"));
    let mut follower = Follower::follow(&plant, "", Some(newest - 1)).await;
    assert_eq!(follower.next().await.id, newest);
}

#[tokio::test]
async fn a_quiet_stream_shows_that_it_lives_and_ends_with_its_token() {
    let mut plant = Plant::new().await;
    let limits = Limits { heartbeat: Duration::from_millis(5), ..Limits::default() };
    plant.router = mtm_web::router_with(&Web::new(plant.app.clone(), limits));
    let mut follower = Follower::follow(&plant, "?types=lot.held", None).await;
    assert!(follower.block().await.unwrap().contains("retry:"));
    let alive = follower.block().await.unwrap();
    assert!(alive.contains(": alive") && alive.starts_with("id: "), "{alive}");
    // A follower who filters moves on with the heartbeats.
    plant.post(Role::Operator, "/api/v1/movements", "k", &receipt(5)).await;
    let newest = plant.app.ledger().newest_event().await.unwrap().unwrap();
    while !follower.block().await.unwrap().starts_with(&format!("id: {newest}\n")) {}

    let tokens = plant.get(Role::Admin, "/api/v1/tokens").await.json();
    let viewer = tokens["items"].as_array().unwrap().iter().find(|t| t["scope"] == "viewer");
    let path = format!("/api/v1/tokens/{}", viewer.unwrap()["id"].as_str().unwrap());
    let delete = axum::http::Method::DELETE;
    plant.write(delete, Role::Admin, &path, "", "", &json!(null)).await;
    while follower.block().await.is_some() {}
}

#[tokio::test]
async fn a_stream_ends_with_its_token_and_not_a_heartbeat_later() {
    let mut plant = Plant::new().await;
    let limits = Limits { heartbeat: PATIENCE * 100, ..Limits::default() };
    plant.router = mtm_web::router_with(&Web::new(plant.app.clone(), limits));
    let mut follower = Follower::follow(&plant, "?types=lot.held", None).await;
    assert!(follower.block().await.unwrap().contains("retry:"));
    let tokens = plant.app.ledger().tokens().await.unwrap();
    let revoke = async |role: Role| {
        let token = tokens.iter().find(|token| token.scope == role).unwrap();
        plant.app.revoke_token(&plant.admin, token.id, None).await.unwrap();
    };
    // Somebody else's rights are none of its business.
    revoke(Role::Lead).await;
    revoke(Role::Viewer).await;
    assert_eq!(follower.block().await, None);
}

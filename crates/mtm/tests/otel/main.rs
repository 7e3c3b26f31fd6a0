//! What a collector of traces is told by a server that was built with OpenTelemetry (`--features otel`).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use mtm_testkit::called::{Asked, Authority, CalledServer, Said};
use mtm_testkit::collector::{Collector, Span};
use mtm_testkit::mtm_process::Start;
use mtm_testkit::receiver::{Answer, Received};
use mtm_testkit::{Api, Receiver, poll};
use serde_json::{Value, json};

/// Longer than anything a test waits for may take.
const SOON: Duration = Duration::from_secs(60);
const PROGRAM: &str = env!("CARGO_BIN_EXE_mtm");
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
const SECRET: &str = "nobody-shall-see-this";

fn parent(flags: &str) -> String {
    format!("00-{TRACE}-{CALLER}-{flags}")
}

fn masters(api: &Api) {
    for (nouns, code) in [("parts", "P-1"), ("operations", "10"), ("locations", "R-1")] {
        let made = api.post(&format!("/api/v1/{nouns}"), code, &json!({ "code": code })).unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
    }
}

/// Books under `key`, as part of the trace that `traceparent` names where there is one.
fn book(api: &Api, key: &str, traceparent: Option<&str>) -> (u16, String) {
    let mut headers = vec![("Content-Type", "application/json"), ("Idempotency-Key", key)];
    headers.extend(traceparent.map(|parent| ("traceparent", parent)));
    let body = json!({
        "type": "in", "part": "P-1", "operation": "10", "location": "R-1", "quantity": 7,
        "notes": SECRET, "confirm": ["possible_duplicate", "implausible_quantity"],
    });
    let reply = api.send("POST", "/api/v1/movements", &headers, body.to_string()).unwrap();
    (reply.status, reply.header("x-request-id").unwrap().to_owned())
}

/// The trace context of the event that came with this request.
fn context(request: &Received) -> String {
    let event: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(event["traceparent"], request.traceparent.as_str());
    request.traceparent.clone()
}

#[test]
fn a_request_what_it_booked_and_who_was_told_are_spans_of_the_callers_trace() {
    let collector = Collector::start().unwrap();
    let receiver = Receiver::start(|_, _| Answer::Status(200)).unwrap();
    let mut server =
        Start::new(PROGRAM).environment("MTM_OTEL__ENDPOINT", collector.url()).start().unwrap();
    let token = server.token("traced", "admin").unwrap();
    let api = server.api().with_token(&token);
    masters(&api);
    let hook = json!({ "name": "x", "url": receiver.url(), "types": ["movement.recorded"] });
    assert_eq!(api.post("/api/v1/webhooks", "hook", &hook).unwrap().status, 201);
    assert_eq!(book(&api, "k", Some(&parent("01"))), (201, TRACE.to_owned()));

    let of_trace = |name: &'static str| {
        let like = move |span: &Span| span.name == name && span.trace == TRACE;
        collector.wait_for(name, like).unwrap()
    };
    let request = of_trace("request");
    assert_eq!((request.kind.as_str(), request.parent.as_str()), ("Server", CALLER));
    assert_eq!(request.attributes["http.route"], "/api/v1/movements");
    assert_eq!(request.attributes["http.request.method"], "POST");
    assert_eq!(request.attributes["http.response.status_code"], "201");
    assert_eq!(request.resource["service.name"], "mtm-wip");
    let post = of_trace("post");
    assert_eq!((post.kind.as_str(), &post.parent), ("Internal", &request.id));
    assert!(post.nanos <= request.nanos, "{post:?} within {request:?}");
    // What is told of the booking names the server's own span: the trace has no hole.
    let told = receiver.wait_for(|it| !it.is_empty()).unwrap();
    assert_eq!(context(&told[0]), format!("00-{TRACE}-{}-01", request.id));
    let webhook = of_trace("webhook");
    assert_eq!((webhook.kind.as_str(), &webhook.parent), ("Client", &request.id));
    assert_eq!(webhook.attributes["http.response.status_code"], "200");

    // Without a caller's trace the one that people are told of begins here.
    let (_, own) = book(&api, "kk", None);
    let begun = |span: &Span| span.name == "request" && span.trace == own;
    assert!(collector.wait_for("a trace of its own", begun).unwrap().parent.is_empty());
    // One that nobody records goes on as it came, and is not recorded here either.
    assert_eq!(book(&api, "kkk", Some(&parent("00"))).0, 201);
    let told = receiver.wait_for(|it| it.len() == 3).unwrap();
    assert!(told.iter().any(|it| context(it) == parent("00")), "{told:?}");
    // A refusal is no failure of the server's; its code is said.
    assert_eq!(api.get("/api/v1/lots/9999999999").unwrap().status, 404);
    let refused = |span: &Span| span.attributes.get("code").is_some_and(|it| it == "not_found");
    let refused = collector.wait_for("the refusal", refused).unwrap();
    assert_eq!(
        (&refused.error, refused.attributes["http.route"].as_str()),
        (&None, "/api/v1/lots/{lot}")
    );

    // Nothing of the trace that nobody records is here, also no part of it.
    let posts = collector.spans().into_iter().filter(|span| span.name == "post");
    assert!(posts.clone().all(|span| !span.parent.is_empty()), "{:#?}", collector.spans());
    assert_eq!(posts.count(), 2);

    // The last one just before the end arrives as well.
    let (_, last) = book(&api, "kkkk", None);
    assert!(server.terminate().unwrap().success());
    assert!(collector.spans().iter().any(|span| span.trace == last), "the last span is lost");
    let of_callers = collector.spans().into_iter().filter(|span| span.trace == TRACE);
    assert_eq!(of_callers.filter(|span| span.name == "request").count(), 1);
    for secret in [token.as_str(), SECRET, "P-1"] {
        assert!(!collector.has_seen(secret), "{secret} left");
    }
}

#[test]
fn a_collector_that_hangs_or_is_away_disturbs_no_booking_and_no_stop() {
    let collector = Collector::start().unwrap();
    collector.fall_silent();
    // The variable of every program with OpenTelemetry counts as well.
    for (variable, endpoint) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()),
        ("MTM_OTEL__ENDPOINT", "http://127.0.0.1:9".to_owned()),
    ] {
        let mut server = Start::new(PROGRAM).environment(variable, endpoint).start().unwrap();
        let api = server.api_as("admin").unwrap();
        masters(&api);
        assert_eq!(book(&api, "k", None).0, 201);
        assert!(server.terminate().unwrap().success());
        let told = server.stderr().lines().join("\n");
        assert!(told.contains("the collector of traces"), "{told}");
    }
    assert!(!collector.spans().is_empty(), "the collector was never asked");
}

/// Books until a collector of `endpoint` was tried so often; what the server says of it.
fn books_beside(
    endpoint: &str,
    variables: &[(&str, String)],
    tries: impl Fn() -> bool,
) -> Vec<String> {
    let mut start = Start::new(PROGRAM).environment("MTM_OTEL__ENDPOINT", endpoint);
    for (name, value) in variables {
        start = start.environment(name, value);
    }
    let mut server = start.start().unwrap();
    let api = server.api_as("admin").unwrap();
    masters(&api);
    let mut key = 0;
    poll::until("spans on their way", SOON, || {
        key += 1;
        assert_eq!(book(&api, &format!("k-{key}"), None).0, 201);
        Ok(tries().then_some(()))
    })
    .map_err(|error| error.context(server.stderr().lines().join("\n")))
    .unwrap();
    assert!(server.terminate().unwrap().success());
    let mut told = server.stderr().lines();
    told.retain(|line| line.contains("the collector of traces does not take spans"));
    told
}

/// What a collector is called here, what it says, and how often that is told.
type Odd = (&'static str, fn() -> Said, usize);

#[test]
fn a_collector_that_refuses_or_talks_nonsense_disturbs_no_booking_and_is_told_once() {
    let page = || Said::of("text/html", 200, b"<html>sign in</html>".to_vec());
    let elsewhere = || Said::Whole(302, vec![("location", "/login".to_owned())], Vec::new());
    let said: [Odd; 6] = [
        ("401", || Said::json(401, &json!({ "error": SECRET })), 1),
        ("403", || Said::of("text/html", 403, b"<html>no</html>".to_vec()), 1),
        ("elsewhere", elsewhere, 1),
        ("endless", || Said::Endless, 1),
        ("hang up", || Said::HangUp, 1),
        // Only the status counts.
        ("a page", page, 0),
    ];
    for (what, said, times) in said {
        let collector = CalledServer::start(move |_| said()).unwrap();
        let tried = || collector.asked().len() > 2;
        let told = books_beside(&collector.url(), &[], tried);
        assert_eq!(told.len(), times, "{what}: {told:?}");
        assert!(!told.join("").contains(SECRET), "{what}: {told:?}");
        let paths = collector.asked();
        assert!(paths.iter().all(|it| it.path == "/v1/traces"), "{what}: {paths:?}");
    }
}

#[test]
fn a_collector_whose_certificate_is_over_is_told_nothing_and_that_once() {
    let (directory, authority) = (tempfile::tempdir().unwrap(), Authority::new().unwrap());
    let ca_file = directory.path().join("ca.pem");
    std::fs::write(&ca_file, authority.pem()).unwrap();
    // The system's authorities count, and this variable says which those are.
    let system = [("SSL_CERT_FILE", ca_file.display().to_string())];
    let shown = |until| authority.server("localhost", (2020, until)).unwrap().serving().unwrap();
    let yes = |_: &Asked| Said::of("application/x-protobuf", 200, Vec::new());
    let good = CalledServer::secure(shown(2090), yes).unwrap();
    let told = books_beside(&good.url(), &system, || good.asked().len() > 1);
    assert!(told.is_empty(), "{told:?}");
    let over = CalledServer::secure(shown(2021), yes).unwrap();
    let told = books_beside(&over.url(), &system, || over.connections() > 2);
    assert!(told.len() == 1 && told[0].to_lowercase().contains("expired"), "{told:?}");
    assert!(over.asked().is_empty(), "nothing was sent");
}

#[test]
fn an_endpoint_that_is_none_is_told_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    for (endpoint, why) in [
        ("collector:4317", "not a URL that starts with http://"),
        ("http://me:geheim@collector:4318", "with a password in it"),
    ] {
        let run = std::process::Command::new(PROGRAM)
            .args(["serve", "--json", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(directory.path().join("data"))
            .env("MTM_OTEL__ENDPOINT", endpoint)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{told}");
        assert!(told.contains(why) && told.contains("otel.endpoint"), "{told}");
        assert!(!told.contains("geheim"), "{told}");
    }
}

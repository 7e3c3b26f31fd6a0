//! What a collector gets, on the real wire.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use mtm_core::trace::{SPANS, TraceParent};
use mtm_otel::{Endpoint, Exporter, spans};
use mtm_testkit::collector::Collector;
use tracing::field::Empty;
use tracing_subscriber::layer::SubscriberExt as _;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const OWN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01";

fn exporter(collector: &Collector) -> Exporter {
    Exporter::start(&Endpoint::parse(&collector.url()).unwrap(), "1.2.3").unwrap()
}

#[test]
fn spans_of_one_target_arrive_under_the_programs_own_ids_and_nothing_else_leaves() {
    let collector = Collector::start().unwrap();
    let exporter = exporter(&collector);
    let subscriber = tracing_subscriber::registry().with(spans(exporter.clone()));
    tracing::subscriber::with_default(subscriber, || {
        let request = tracing::trace_span!(
            target: SPANS, "request", span.kind = "server", context = OWN, parent = PARENT,
            http.route = "/api/v1/movements", http.response.status_code = Empty, error = Empty,
        );
        request.in_scope(|| {
            let other = tracing::trace_span!(target: "elsewhere", "secret", password = "geheim-7");
            other.in_scope(|| {
                tracing::error!(password = "geheim-8", "an event is none of a collector's");
                drop(tracing::trace_span!(target: SPANS, "post", tries = 2_u64));
            });
        });
        request.record("http.response.status_code", 503);
        request.record("error", "unavailable");
        drop(request);
        drop(tracing::trace_span!(target: SPANS, "webhook", span.kind = "client", parent = PARENT));
        drop(tracing::trace_span!(target: SPANS, "alone"));
    });
    assert!(exporter.stop(Duration::from_secs(60)));

    let found = |name: &str| collector.wait_for(name, |span| span.name == name).unwrap();
    let (own, parent) = (TraceParent::parse(OWN).unwrap(), TraceParent::parse(PARENT).unwrap());
    let request = found("request");
    assert_eq!((&request.trace, request.kind.as_str()), (&own.trace_id(), "Server"));
    assert_eq!((&request.id, &request.parent), (&own.span_id(), &parent.span_id()));
    assert_eq!(request.attributes["http.response.status_code"], "503");
    assert_eq!(request.attributes["http.route"], "/api/v1/movements");
    assert_eq!(request.attributes.len(), 2, "{request:?}");
    assert_eq!(request.error.as_deref(), Some("unavailable"));
    assert_eq!(request.resource["service.name"], "mtm-wip");
    assert_eq!(request.resource["service.version"], "1.2.3");
    let post = found("post");
    // What is not for the collector between them is no hole.
    assert_eq!((&post.trace, &post.parent), (&request.trace, &request.id));
    assert_eq!((post.attributes["tries"].as_str(), post.kind.as_str()), ("2", "Internal"));
    let webhook = found("webhook");
    assert_eq!((&webhook.trace, &webhook.parent), (&own.trace_id(), &parent.span_id()));
    // What belongs to nothing that is recorded is not.
    assert_eq!(collector.spans().len(), 3);
    assert!(!collector.has_seen("geheim"));
}

#[test]
fn a_collector_that_hangs_keeps_nobody_from_ending_and_one_that_is_away_costs_nobody_a_moment() {
    let collector = Collector::start().unwrap();
    collector.fall_silent();
    let hanging = exporter(&collector);
    let away = Exporter::start(&Endpoint::parse("http://127.0.0.1:9").unwrap(), "1.2.3").unwrap();
    for exporter in [&hanging, &away] {
        let subscriber = tracing_subscriber::registry().with(spans(exporter.clone()));
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..10_000 {
                drop(tracing::trace_span!(target: SPANS, "request", context = OWN));
            }
        });
    }
    // It comes back although nothing is answered: the client's own patience is longer.
    assert!(!hanging.stop(Duration::from_millis(200)));
    away.stop(Duration::from_secs(60));
}

//! One event on its way to one receiver.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use mtm_connect::outgoing::{Client, Target};
use mtm_connect::webhook::{self, Secret};
use mtm_core::trace::{SPANS, TRACEPARENT, TraceParent};
use mtm_store::Fault;
use mtm_store::query::ReadError;
use mtm_store::record::{ActiveWebhook, DueDelivery};
use serde_json::Value;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use crate::App;

/// What is sent.
pub(super) struct Letter {
    pub(super) delivery: i64,
    pub(super) attempts: u32,
    event: Uuid,
    /// Nothing where the event is not kept any more.
    pub(super) body: Option<String>,
    /// Which request caused the event.
    trace: Option<TraceParent>,
}

/// Why a letter was not taken.
pub(super) struct NotTaken {
    /// What was answered, if anything was.
    pub(super) status: Option<u16>,
    /// Why.
    pub(super) error: String,
    /// How long the receiver asks to be left alone.
    pub(super) asked: Option<Duration>,
}

/// Letters of what is due, no two of them about the same thing: the later ones go in the next round.
pub(super) async fn letters(
    app: &App,
    webhook: &ActiveWebhook,
    due: Vec<DueDelivery>,
) -> Result<Vec<Letter>, Fault> {
    let mut subjects = HashSet::new();
    let due: Vec<_> = due.into_iter().filter(|it| subjects.insert(it.subject.clone())).collect();
    let positions = due.iter().filter(|it| it.body.is_none()).map(|it| it.position).collect();
    let events = match app.ledger().events_at(positions).await {
        Ok(events) => events,
        Err(ReadError::Fault(fault)) => return Err(fault),
        Err(ReadError::Refused(refusal)) => return Err(Fault::Permanent(refusal.to_string())),
    };
    let site = &app.site().name;
    let mut envelopes: HashMap<u64, Value> =
        events.into_iter().map(|event| (event.sequence, event.envelope(site))).collect();
    let letter = |due: DueDelivery| {
        // What was edited is sent as it is, and belongs to the trace that it says itself.
        let edited = due.body.as_deref().map(|body| serde_json::from_str(body).unwrap_or_default());
        let envelope = edited.or_else(|| envelopes.remove(&due.position));
        let trace = envelope.as_ref().and_then(|it| TraceParent::parse(it[TRACEPARENT].as_str()?));
        let body = due.body.or_else(|| envelope.as_ref().map(Value::to_string));
        if body.is_none() {
            tracing::error!(webhook = %webhook.id, event = %due.event, "an event that waits for a webhook is gone");
        }
        Letter { delivery: due.id, attempts: due.attempts, event: due.event, body, trace }
    };
    Ok(due.into_iter().map(letter).collect())
}

impl Letter {
    /// For a collector of traces, where somebody records the event's.
    fn span(&self) -> Span {
        match self.trace.filter(TraceParent::is_sampled) {
            Some(trace) => tracing::trace_span!(
                target: SPANS, "webhook", span.kind = "client", parent = %trace,
                attempt = self.attempts + 1, http.response.status_code = Empty, error = Empty,
            ),
            None => Span::none(),
        }
    }

    /// Sends it: the status by which it was taken, or why it was not.
    pub(super) async fn send(
        &self,
        app: &App,
        client: &Client,
        url: &str,
        secrets: &[Secret],
        body: &str,
    ) -> Result<u16, NotTaken> {
        let unanswered = |error: String| NotTaken { status: None, error, asked: None };
        let target = Target::parse(url).map_err(|error| unanswered(error.to_string()))?;
        let id = self.event.to_string();
        let seconds = app.clock().now().micros() / 1_000_000;
        let signed = webhook::sign(secrets, &id, seconds, body.as_bytes());
        let trace = self.trace.map(|trace| trace.to_string());
        let mut headers = vec![
            ("content-type", "application/cloudevents+json"),
            (webhook::ID, id.as_str()),
            (webhook::TIMESTAMP, signed.timestamp.as_str()),
            (webhook::SIGNATURE, signed.signature.as_str()),
        ];
        headers.extend(trace.as_deref().map(|trace| (TRACEPARENT, trace)));
        let span = self.span();
        let sent = client.post(&target, &headers, body.to_owned().into_bytes());
        let reply = sent.instrument(span.clone()).await.map_err(|error| {
            span.record("error", error.to_string());
            unanswered(error.to_string())
        })?;
        span.record("http.response.status_code", reply.status);
        if reply.is_success() {
            return Ok(reply.status);
        }
        let what = if (300..400).contains(&reply.status) {
            "answered by sending elsewhere, which is not followed".to_owned()
        } else if reply.excerpt.is_empty() {
            "answered without a word".to_owned()
        } else {
            reply.excerpt
        };
        Err(NotTaken {
            status: Some(reply.status),
            error: format!("HTTP {}: {what}", reply.status),
            asked: reply.retry_after,
        })
    }
}

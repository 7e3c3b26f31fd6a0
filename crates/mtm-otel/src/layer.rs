//! From spans of this program to spans of a collector.
//!
//! A span says by its fields what it is. `context` is its own place in a trace, where the program has
//! given it one; `parent` the place of what caused it, where that is no span of this program;
//! `span.kind` is `server` or `client`; `error` says why it failed. Whatever else it says is an
//! attribute.

use std::borrow::Cow;
use std::time::SystemTime;

use mtm_core::trace::{SPANS, TraceParent};
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{
    IdGenerator as _, RandomIdGenerator, SpanData, SpanEvents, SpanLinks,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

use crate::export::Exporter;

/// A layer that hands the spans that are meant for a collector to `exporter`, and sees no others.
pub fn spans<S>(exporter: Exporter) -> impl Layer<S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    Spans { exporter, scope: InstrumentationScope::builder("mtm").build() }.with_filter(ours())
}

fn ours<S>() -> impl Filter<S> {
    filter_fn(|metadata: &Metadata<'_>| metadata.is_span() && metadata.target() == SPANS)
}

struct Spans {
    exporter: Exporter,
    scope: InstrumentationScope,
}

/// A span that is under way.
struct Open {
    trace: TraceId,
    span: SpanId,
    parent: SpanId,
    /// Whether the parent is a span of another program.
    remote: bool,
    begun: SystemTime,
    said: Said,
}

/// What a span said by its fields.
#[derive(Default)]
struct Said {
    context: Option<TraceParent>,
    parent: Option<TraceParent>,
    kind: Option<SpanKind>,
    error: Option<String>,
    attributes: Vec<KeyValue>,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.attributes.push(KeyValue::new(field.name(), value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.record_i64(field, i64::try_from(value).unwrap_or(i64::MAX));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.attributes.push(KeyValue::new(field.name(), value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "context" => self.context = TraceParent::parse(value),
            "parent" => self.parent = TraceParent::parse(value),
            "span.kind" => {
                self.kind = match value {
                    "server" => Some(SpanKind::Server),
                    "client" => Some(SpanKind::Client),
                    _ => None,
                };
            }
            "error" => self.error = Some(value.to_owned()),
            name => self.attributes.push(KeyValue::new(name, value.to_owned())),
        }
    }
}

impl Open {
    /// A span that said this when it began, within `around`, where that is one of ours. What belongs to
    /// nothing that is recorded is not recorded either: its request may be one of a caller who wants none.
    fn of(said: Said, around: Option<&Self>) -> Option<Self> {
        let ids = RandomIdGenerator::default();
        let id =
            |context: TraceParent| (TraceId::from(context.trace()), SpanId::from(context.span()));
        let (parent, remote) = match (said.parent, around) {
            (Some(parent), _) => (Some(id(parent)), true),
            (None, Some(around)) => (Some((around.trace, around.span)), false),
            (None, None) => (None, false),
        };
        let (trace, span) = match (said.context, parent) {
            (Some(context), _) => id(context),
            (None, Some((trace, _))) => (trace, ids.new_span_id()),
            (None, None) => return None,
        };
        let parent = parent.map_or(SpanId::INVALID, |(_, parent)| parent);
        Some(Self { trace, span, parent, remote, begun: SystemTime::now(), said })
    }

    fn close(self, name: &'static str, scope: InstrumentationScope) -> SpanData {
        let flags = TraceFlags::SAMPLED;
        let Said { kind, error, attributes, .. } = self.said;
        SpanData {
            span_context: SpanContext::new(self.trace, self.span, flags, false, TraceState::NONE),
            parent_span_id: self.parent,
            parent_span_is_remote: self.remote,
            span_kind: kind.unwrap_or(SpanKind::Internal),
            name: Cow::Borrowed(name),
            start_time: self.begun,
            end_time: SystemTime::now(),
            attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: error.map_or(Status::Unset, Status::error),
            instrumentation_scope: scope,
        }
    }
}

impl<S> Layer<S> for Spans
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut said = Said::default();
        attributes.record(&mut said);
        let around = span.parent();
        let around = around.as_ref().map(|it| it.extensions());
        let open = Open::of(said, around.as_ref().and_then(|it| it.get::<Open>()));
        if let Some(open) = open {
            span.extensions_mut().insert(open);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(open) = span.extensions_mut().get_mut::<Open>()
        {
            values.record(&mut open.said);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let open = span.extensions_mut().remove::<Open>();
        if let Some(open) = open {
            self.exporter.export(open.close(span.name(), self.scope.clone()));
        }
    }
}

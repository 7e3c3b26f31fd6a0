//! Sending spans, until the program ends.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanProcessor as _,
};

use crate::client::Client;
use crate::endpoint::Endpoint;

/// Spans that wait to be sent; more are dropped.
const QUEUE: usize = 4_096;
/// Spans sent at once.
const BATCH: usize = 512;
/// Longest that a span waits for others.
const GATHER: Duration = Duration::from_secs(1);

/// Why nothing can be exported.
#[derive(Debug, thiserror::Error)]
#[error("spans cannot be exported: {0}")]
pub struct StartError(String);

/// Sends spans to a collector. Cheap to clone; clones share the queue.
#[derive(Clone)]
pub struct Exporter(Arc<BatchSpanProcessor>);

impl Exporter {
    /// Sends to `endpoint` from now on, on a thread of its own, as the program of this version. What
    /// headers the collector wants, and how the program is called there, the usual variables say
    /// (`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`).
    pub fn start(endpoint: &Endpoint, version: &str) -> Result<Self, StartError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint.as_str())
            .build()
            .map_err(|error| StartError(error.to_string()))?;
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(GATHER)
            .build();
        let mut processor =
            BatchSpanProcessor::builder(exporter).with_batch_config(batches).build();
        let version = KeyValue::new("service.version", version.to_owned());
        let resource = Resource::builder().with_attribute(version);
        let resource = match std::env::var_os("OTEL_SERVICE_NAME") {
            Some(_) => resource,
            None => resource.with_service_name("mtm-wip"),
        };
        processor.set_resource(&resource.build());
        Ok(Self(Arc::new(processor)))
    }

    /// Puts a span into the queue; drops it where that is full. Never waits.
    pub(crate) fn export(&self, span: SpanData) {
        self.0.on_end(span);
    }

    /// Sends what waits, but no longer than this; whether all of it was taken in time. What hangs ends
    /// with the program. Blocks.
    pub fn stop(&self, longest: Duration) -> bool {
        self.0.shutdown_with_timeout(longest).is_ok()
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter").finish_non_exhaustive()
    }
}

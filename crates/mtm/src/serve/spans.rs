//! Spans of requests and of what they cause, for a collector of traces: only in a program that was built
//! with it (feature `otel`).

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{Layer, Registry};

use crate::config::Config;
use crate::failure::{Failure, Outcome, exit};

#[cfg(feature = "otel")]
type Exporter = mtm_otel::Exporter;
#[cfg(not(feature = "otel"))]
type Exporter = std::convert::Infallible;

/// Where spans go, where they go anywhere.
#[derive(Debug, Clone)]
pub(super) struct Spans(Option<Exporter>);

impl Spans {
    /// Spans go to the collector that the configuration names.
    pub(super) fn start(config: &Config) -> Outcome<Self> {
        config.collector.as_deref().map(start).transpose().map(Self)
    }

    /// From now on `lines` are logged, and spans sent.
    pub(super) fn observe(
        &self,
        lines: impl Layer<Registry> + Send + Sync,
    ) -> Result<(), TryInitError> {
        let logged = tracing_subscriber::registry().with(lines);
        match &self.0 {
            None => logged.try_init(),
            #[cfg(feature = "otel")]
            Some(exporter) => logged.with(mtm_otel::spans(exporter.clone())).try_init(),
            #[cfg(not(feature = "otel"))]
            Some(never) => match *never {},
        }
    }

    /// Sends what waits, briefly: a collector keeps nobody from stopping.
    pub(super) async fn stop(self) {
        if let Some(exporter) = self.0 {
            end(exporter).await;
        }
    }
}

#[cfg(feature = "otel")]
async fn end(exporter: Exporter) {
    let stopped = tokio::task::spawn_blocking(move || exporter.stop(AT_A_STOP)).await;
    if !stopped.unwrap_or(false) {
        tracing::warn!("the collector of traces did not take the last spans in time");
    }
}

#[cfg(not(feature = "otel"))]
fn end(never: Exporter) -> std::future::Ready<()> {
    match never {}
}

/// The last spans get this long.
#[cfg(feature = "otel")]
const AT_A_STOP: std::time::Duration = std::time::Duration::from_millis(500);

#[cfg(feature = "otel")]
fn start(endpoint: &str) -> Outcome<Exporter> {
    let wrong = |error: mtm_otel::EndpointError| {
        Failure::new("config_wrong_value", exit::USAGE, format!("otel.endpoint is {error}"))
            .next("Name the collector's base address, such as http://collector.plant:4318.")
    };
    let endpoint = mtm_otel::Endpoint::parse(endpoint).map_err(wrong)?;
    let exporter = mtm_otel::Exporter::start(&endpoint, env!("CARGO_PKG_VERSION"))
        .map_err(|error| Failure::new("telemetry", exit::FAILURE, error.to_string()))?;
    Ok(exporter)
}

#[cfg(not(feature = "otel"))]
fn start(_: &str) -> Outcome<Exporter> {
    let message = "otel.endpoint is set, and this program was built without OpenTelemetry";
    Err(Failure::new("config_wrong_value", exit::USAGE, message)
        .next("Take the key away, or build the program with `--features otel`."))
}

//! What every handler shares: the application, the limits, the counters, and whether the server
//! is about to stop.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRef;
use mtm_app::App;
use mtm_app::integrity::VerifyReport;
use tokio::sync::watch;

use crate::metrics::Metrics;
use crate::request::BodyLimit;
use crate::server::Limits;

/// The state of one server.
#[derive(Debug)]
pub struct Web {
    app: App,
    limits: Limits,
    metrics: Metrics,
    /// Whether somebody collects spans.
    spans: bool,
    closing: watch::Sender<bool>,
    verified: Mutex<Option<VerifyReport>>,
}

/// The state as handlers receive it.
pub type Shared = Arc<Web>;

impl Web {
    /// The state of a server over `app`.
    pub fn new(app: App, limits: Limits) -> Shared {
        Self::recorded(app, limits, false)
    }

    /// The same, of whose requests `spans` are recorded or not.
    pub(crate) fn recorded(app: App, limits: Limits, spans: bool) -> Shared {
        let metrics = Metrics::new(crate::routes());
        let closing = watch::Sender::new(false);
        Arc::new(Self { app, limits, metrics, spans, closing, verified: Mutex::default() })
    }

    /// The use cases.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// What clients may cost.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The counters.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Whether somebody collects spans.
    pub(crate) const fn spans(&self) -> bool {
        self.spans
    }

    /// What the last verification found.
    pub(crate) fn verified(&self) -> Option<VerifyReport> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps what a verification found.
    pub(crate) fn keep_verified(&self, report: VerifyReport) {
        *self.verified.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
    }

    /// Completes when the server stops: streams end then.
    pub(crate) fn closed(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut closing = self.closing.subscribe();
        async move {
            // An error means that the state is gone, and with it the server.
            let _ = closing.wait_for(|closing| *closing).await;
        }
    }

    /// Whether the server is about to stop.
    pub(crate) fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    /// Tells every connection and stream that the server stops.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }
}

impl FromRef<Shared> for BodyLimit {
    fn from_ref(web: &Shared) -> Self {
        web.limits.body
    }
}

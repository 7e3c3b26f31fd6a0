//! The client by which spans are sent.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

/// How long a collector may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much of its answer is read.
const MOST: u64 = 64 * 1024;

/// Sends by a blocking client: the thread that exports does nothing else.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    /// The last try failed: said once, until one succeeds.
    failing: AtomicBool,
}

impl Client {
    pub(super) fn new() -> Self {
        // The system's certificates: a plant's own authority is known here as to every other program.
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .tls_config(tls)
            .timeout_global(Some(PATIENCE))
            .user_agent(concat!("mtm/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.into(), failing: AtomicBool::new(false) }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let response = self.agent.run(Request::from_parts(parts, &body[..]))?;
        let (parts, mut body) = response.into_parts();
        let body = body.with_config().limit(MOST).read_to_vec()?;
        Ok(Response::from_parts(parts, body.into()))
    }

    /// Tells when it begins to fail, and when that is over. What could not be sent is gone.
    fn tell(&self, sent: &Result<Response<Bytes>, HttpError>) {
        let trouble = match sent {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(format!("it answered {}", response.status())),
            Err(error) => Some(error.to_string()),
        };
        let failed = self.failing.swap(trouble.is_some(), Ordering::Relaxed);
        match trouble {
            Some(trouble) if !failed => {
                tracing::warn!(
                    trouble,
                    "the collector of traces does not take spans; they are dropped"
                );
            }
            None if failed => tracing::info!("the collector of traces takes spans again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = self.send(request);
        self.tell(&sent);
        sent
    }
}

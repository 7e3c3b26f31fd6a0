//! A plain HTTP client for tests: it sends what it is told, also what the API must refuse, and
//! hands back status, headers and body without an opinion.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{HeaderMap, Request, Uri};

/// Longer than any answer may take; a test that meets it has found a hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client of one server, with or without a token.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    token: Option<String>,
    agent: Agent,
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Header fields.
    pub headers: HeaderMap,
    /// Body as text.
    pub text: String,
}

impl Reply {
    /// The body as JSON; fails with the body in the message.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.text)
            .with_context(|| format!("{} without JSON: {}", self.status, self.text))
    }

    /// A header field as text, if there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Api {
    /// A client of the server at `base` (such as `http://127.0.0.1:8080`).
    pub fn new(base: impl Into<String>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(PATIENCE))
            .build();
        let base = base.into().trim_end_matches('/').to_owned();
        Self { base, token: None, agent: config.into() }
    }

    /// The same client, authenticated.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// Base URL of the server.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends `GET`.
    pub fn get(&self, path: &str) -> Result<Reply> {
        self.send("GET", path, &[], "")
    }

    /// Sends `POST` with a JSON body and an idempotency key (empty: none).
    pub fn post(&self, path: &str, key: &str, body: &Value) -> Result<Reply> {
        let json = ("Content-Type", "application/json");
        let headers = [json, ("Idempotency-Key", key)];
        let used = if key.is_empty() { &headers[..1] } else { &headers[..] };
        self.send("POST", path, used, body.to_string())
    }

    /// Sends any method, header and body.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Result<Reply> {
        let url = format!("{}{path}", self.base);
        let uri: Uri = url.parse().with_context(|| format!("{url} is no URL"))?;
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body: Vec<u8> = body.into();
        let response = if body.is_empty() && method == "GET" {
            self.agent.run(request.body(())?)
        } else {
            self.agent.run(request.body(body)?)
        };
        let mut response = response.with_context(|| format!("failed to {method} {url}"))?;
        let text = response
            .body_mut()
            .with_config()
            .limit(256 * 1024 * 1024)
            .read_to_string()
            .with_context(|| format!("failed to read the answer to {method} {url}"))?;
        Ok(Reply { status: response.status().as_u16(), headers: response.headers().clone(), text })
    }
}

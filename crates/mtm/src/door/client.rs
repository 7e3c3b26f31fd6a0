//! A server, spoken to over HTTP.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use mtm_app::auth::local_credential;
use mtm_core::code::{Class, Code};
use mtm_platform::{FileError, Operation};
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::Agent;
use ureq::http::{Request, Response, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::config::Config;
use crate::failure::{Failure, Outcome, WrongField, exit};

/// What bookings name as the program that captured them.
pub(crate) const VERSION: &str = concat!("mtm-cli/", env!("CARGO_PKG_VERSION"));

/// Longer than any answer takes; a person has given up by then.
const PATIENCE: Duration = Duration::from_secs(30);

/// As long as somebody with a scanner waits for the acknowledgement.
pub(crate) const PATIENCE_AT_A_SCANNER: Duration = Duration::from_secs(10);

/// Pauses before a booking is sent again under the same key, which counts it once.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

/// Longest that a server can ask to be left alone for before that.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Longest answer that is read.
const LONGEST: u64 = 256 * 1024 * 1024;

/// A server and how to identify oneself to it.
pub(crate) struct Client {
    base: String,
    token: Option<String>,
    agent: Agent,
}

/// An answer and whether it was given before.
pub(crate) struct Reply<T> {
    /// The body.
    pub(crate) value: T,
    /// Whether this is the answer to an earlier request under the same key.
    pub(crate) replayed: bool,
}

impl Client {
    /// The server that the configuration or `--server` names, if any.
    pub(crate) fn configured(config: &Config) -> Outcome<Option<Self>> {
        Self::configured_for(config, PATIENCE)
    }

    /// The same server, which must answer within `patience`.
    pub(crate) fn configured_for(config: &Config, patience: Duration) -> Outcome<Option<Self>> {
        let Some(base) = config.server.clone() else { return Ok(None) };
        let token = config.token.as_ref().map(|token| token.reveal().to_owned());
        let tls = match &config.ca_file {
            Some(path) => TlsConfig::builder().root_certs(authority(path)?).build(),
            None => TlsConfig::default(),
        };
        Ok(Some(Self::new(base, token, tls, patience)))
    }

    /// The server on this machine that owns the data directory; `None` where it cannot be reached
    /// from the machine itself under the address it listens on.
    pub(crate) fn beside(address: &str, secret: &str, os_user: &str) -> Option<Self> {
        let (scheme, authority) = address.trim_end_matches('/').split_once("://")?;
        let (host, port) = authority.rsplit_once(':')?;
        let host: IpAddr = host.trim_matches(['[', ']']).parse().ok()?;
        let host = match host {
            IpAddr::V4(host) if host.is_unspecified() || host.is_loopback() => "127.0.0.1",
            IpAddr::V6(host) if host.is_unspecified() || host.is_loopback() => "[::1]",
            _ => return None,
        };
        // The lock file of our own directory names this machine's own address: there is nobody
        // whose certificate could prove more.
        let tls = TlsConfig::builder().disable_verification(true).build();
        let token = local_credential(secret, os_user);
        Some(Self::new(format!("{scheme}://{host}:{port}"), Some(token), tls, PATIENCE))
    }

    fn new(base: String, token: Option<String>, tls: TlsConfig, patience: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(patience))
            .tls_config(tls)
            .build();
        Self { base, token, agent: config.into() }
    }

    /// Asks for JSON.
    pub(crate) fn get(&self, path: &str, query: &Parameters) -> Outcome<Value> {
        let url = format!("{}{path}{}", self.base, query.render());
        let request =
            self.request("GET", &url, &[])?.body(()).map_err(|error| unusable(&url, &error))?;
        let response = self.agent.run(request).map_err(|error| self.unreachable(&error))?;
        Ok(self.read(response)?.value)
    }

    /// Books `body` under `key`: tried again when the answer got lost, counted once.
    pub(crate) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Outcome<Reply<T>> {
        let mut pauses = PAUSES.iter();
        loop {
            let failure = match self.post_once(path, key, body) {
                Err(failure) if failure.passes() => failure,
                answer => return answer,
            };
            let Some(pause) = pauses.next() else {
                let step = format!("Repeat the command with --key {key}: it counts once.");
                return Err(failure.next(step));
            };
            let asked = Duration::from_secs(failure.retry_after.unwrap_or_default());
            std::thread::sleep(asked.clamp(*pause, LONGEST_PAUSE));
        }
    }

    /// Sends `body` once, under `key` where that is not empty.
    pub(crate) fn post_once<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Outcome<Reply<T>> {
        let url = format!("{}{path}", self.base);
        let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key)];
        let headers = if key.is_empty() { &headers[..1] } else { &headers[..] };
        let request = self
            .request("POST", &url, headers)?
            .body(body.to_string())
            .map_err(|error| unusable(&url, &error))?;
        self.read(self.agent.run(request).map_err(|error| self.unreachable(&error))?)
    }

    /// Sends a file.
    pub(crate) fn upload(&self, path: &str, query: &Parameters, file: &[u8]) -> Outcome<Value> {
        let url = format!("{}{path}{}", self.base, query.render());
        let request = self
            .request("POST", &url, &[("Content-Type", "application/octet-stream")])?
            .body(file)
            .map_err(|error| unusable(&url, &error))?;
        let response = self.agent.run(request).map_err(|error| self.unreachable(&error))?;
        Ok(self.read(response)?.value)
    }

    fn request(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
    ) -> Outcome<ureq::http::request::Builder> {
        let uri: Uri = url.parse().map_err(|error| unusable(url, &error))?;
        let mut request =
            Request::builder().method(method).uri(uri).header("Accept", "application/json");
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers.iter().chain(&[("Mtm-App-Version", VERSION)]) {
            request = request.header(*name, *value);
        }
        Ok(request)
    }

    fn read<T: DeserializeOwned>(&self, mut response: Response<ureq::Body>) -> Outcome<Reply<T>> {
        let status = response.status();
        let replayed = response.headers().contains_key("Idempotent-Replayed");
        let retry_after = response.headers().get("Retry-After");
        let retry_after = retry_after.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        let text = response
            .body_mut()
            .with_config()
            .limit(LONGEST)
            .read_to_string()
            .map_err(|error| self.unreachable(&error))?;
        if !status.is_success() {
            return Err(Failure { retry_after, ..problem(status.as_u16(), &text) });
        }
        let value = serde_json::from_str(&text).map_err(|error| {
            let message = format!("the answer of {} is not understood: {error}", self.base);
            Failure::new("foreign_answer", exit::FAILURE, message)
                .next("Check that the URL is that of an mtm server of this version.")
        })?;
        Ok(Reply { value, replayed })
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        Failure::new(
            "unreachable",
            exit::UNAVAILABLE,
            format!("failed to reach {}: {error}", self.base),
        )
        .next("Check that the server runs and the URL is right.")
    }
}

/// The parameters of an address.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    /// Adds a parameter that was given.
    pub(crate) fn add(&mut self, name: &'static str, value: Option<impl ToString>) {
        self.0.extend(value.map(|value| (name, value.to_string())));
    }

    fn render(&self) -> String {
        let pairs = self.0.iter().map(|(name, value)| format!("{name}={}", encode(value)));
        let joined = pairs.collect::<Vec<_>>().join("&");
        if joined.is_empty() { joined } else { format!("?{joined}") }
    }
}

/// A value as one piece of an address.
pub(crate) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// The plant's own authority as the only one to trust.
fn authority(path: &Path) -> Outcome<RootCerts> {
    let pem = std::fs::read(path).map_err(|error| FileError::new(Operation::Read, path, error))?;
    let certificate = Certificate::from_pem(&pem).map_err(|error| {
        Failure::usage(format!("{} is not a certificate: {error}", path.display()))
            .next("Name the ca.pem that `mtm tls init` made, in client.ca_file.")
    })?;
    Ok(RootCerts::new_with_certs(&[certificate]))
}

fn unusable(url: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("{url} cannot be used: {error}"))
        .next("Name the server like http://127.0.0.1:8080, and a token without blanks.")
}

/// The server's refusal, with the same code, fields and exit as if it had happened here.
fn problem(status: u16, text: &str) -> Failure {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let field = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(code) = field("code").and_then(|code| Code::from_name(&code)) else {
        let class = Class::of_status(status);
        return Failure::new(
            "foreign_answer",
            class.exit(),
            format!("the server answered {status}"),
        )
        .next("Check that the URL is that of an mtm server.");
    };
    let mut failure = Failure::of(code, field("detail").unwrap_or_default());
    if failure.why.as_deref() == Some(&*failure.message) {
        failure.why = None;
    }
    if let Some(trace) = field("trace_id").filter(|_| status >= 500) {
        failure.why = Some(format!("{} Trace id {trace}.", code.title()));
    }
    for wrong in body.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| wrong.get(name).and_then(Value::as_str).unwrap_or_default();
        let (field, message) = (text("field").to_owned(), text("message").to_owned());
        failure.errors.push(WrongField { field, message });
    }
    let facts = ["candidates", "available", "later", "reserved", "twin"];
    let facts = facts.iter().filter_map(|name| Some(((*name).to_owned(), body.get(name)?.clone())));
    let facts: serde_json::Map<String, Value> = facts.collect();
    if !facts.is_empty() {
        *failure.details = Value::Object(facts);
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_the_server_is_told_like_our_own() {
        let text = r#"{"type":"/docs/problems#insufficient_stock","status":409,"code":"insufficient_stock",
            "detail":"31 wanted, 30 there","errors":[{"field":"quantity","message":"31 wanted, 30 there"}],
            "available":[{"lot":"0000000001","quantity":30}]}"#;
        let failure = problem(409, text);
        assert_eq!((failure.exit, failure.code), (5, "insufficient_stock"));
        assert_eq!(&*failure.message, "31 wanted, 30 there");
        assert_eq!(failure.details["available"][0]["quantity"], 30);
        assert_eq!(problem(503, "<html>").exit, 6);
    }

    #[test]
    fn every_code_of_the_server_ends_the_program_as_it_would_here() {
        for code in Code::ALL {
            let (status, here) = (code.class().status(), Failure::of(*code, "x"));
            let there = problem(status, &format!(r#"{{"code":"{code}","detail":"x"}}"#));
            assert_eq!((there.exit, there.trouble), (here.exit, here.trouble), "{code}");
            // Also where something between us keeps the body.
            let bare = problem(status, "").exit;
            assert_eq!(bare, here.exit, "{status}");
        }
    }

    #[test]
    fn the_server_beside_us_is_reached_on_loopback_only() {
        let base = |address: &str| Client::beside(address, "s", "anna").map(|client| client.base);
        assert_eq!(base("http://0.0.0.0:8080/").as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(base("https://127.0.0.1:1").as_deref(), Some("https://127.0.0.1:1"));
        assert_eq!(base("http://[::]:80").as_deref(), Some("http://[::1]:80"));
        assert_eq!(base("http://192.168.1.20:8080"), None);
        assert_eq!(base("nonsense"), None);
    }

    #[test]
    fn parameters_are_encoded() {
        let mut query = Parameters::default();
        assert_eq!(query.render(), "");
        query.add("part", Some("CARDBOARD (39X39) 100%"));
        query.add("limit", Some(5));
        query.add("lot", None::<&str>);
        assert_eq!(query.render(), "?part=CARDBOARD%20%2839X39%29%20100%25&limit=5");
    }
}

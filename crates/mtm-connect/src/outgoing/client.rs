//! The one client by which anything is sent.

use std::error::Error as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, DATE, HeaderValue};
use reqwest::redirect;
use rustls::ClientConfig;

use super::Target;
use super::address::Refused;
use super::message::{Answered, Header, Message, Method, Reply, Whole};
use super::resolver::Resolver;
use super::retry_after::asked;
use super::tls::TlsFault;
use crate::trust;

/// How much of an answer is read: enough to say why it was no.
const EXCERPT: usize = 500;

/// Idle connections kept for the next call to the same host.
const KEPT: usize = 8;

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Until there is a connection.
    pub connect: Duration,
    /// Until the answer is there, in all.
    pub whole: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), whole: Duration::from_secs(15) }
    }
}

/// Why there is no client.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("calls to other systems cannot be made on this machine: {0}")]
pub struct ClientError(String);

impl ClientError {
    pub(super) fn of(error: &dyn std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Why a call was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Its name leads to where nothing may be sent.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The connection did not become a secure one; nothing was sent.
    #[error("no secure connection: {0}")]
    Tls(#[from] TlsFault),
    /// No connection came about; nothing was sent.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// No answer within the deadline; it may have been received.
    #[error("no answer within {0} s")]
    TimedOut(u64),
    /// The connection broke; it may have been received.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The answer did not end where answers of its kind do; the rest was not read.
    #[error("the answer is longer than {0} bytes")]
    Endless(usize),
}

/// Calls other systems. Cheap to clone: clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) way: Way,
    whole: Duration,
}

/// How a call gets there.
#[derive(Debug, Clone)]
pub(super) enum Way {
    Http(reqwest::Client),
    #[cfg(feature = "fakes")]
    Fake(super::fake::Fake),
    #[cfg(feature = "fakes")]
    FakeOfAll(super::fake::FakeOfAll),
}

impl Client {
    /// A client whose calls end by `deadlines`.
    pub fn new(deadlines: Deadlines) -> Result<Self, ClientError> {
        Self::trusting(deadlines, None)
    }

    /// The same, which believes the authority in `ca_file` alone where there is one. Without, the
    /// system's certificates count, so that a plant's own authority is known here as it is to every
    /// other program of the machine.
    pub fn trusting(deadlines: Deadlines, ca_file: Option<&Path>) -> Result<Self, ClientError> {
        Self::with_resolver(deadlines, ca_file, Resolver::of_the_system())
    }

    /// One for calls that are not encrypted: nobody's certificate is believed.
    pub fn unencrypted(deadlines: Deadlines) -> Result<Self, ClientError> {
        let tls = trust::nobody().map_err(|error| ClientError::of(&error))?;
        Self::with_rules(deadlines, tls)
    }

    fn with_resolver(
        deadlines: Deadlines,
        ca_file: Option<&Path>,
        resolver: Resolver,
    ) -> Result<Self, ClientError> {
        let tls = trust::rules(ca_file).map_err(|error| ClientError::of(&error))?;
        Self::over(deadlines, tls, resolver)
    }

    /// The same under other rules of encrypted connections.
    pub(super) fn with_rules(deadlines: Deadlines, tls: ClientConfig) -> Result<Self, ClientError> {
        Self::over(deadlines, tls, Resolver::of_the_system())
    }

    fn over(
        deadlines: Deadlines,
        tls: ClientConfig,
        resolver: Resolver,
    ) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::new(resolver))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .http1_only()
            .connect_timeout(deadlines.connect)
            .timeout(deadlines.whole)
            .pool_max_idle_per_host(KEPT)
            .user_agent(concat!("mtm/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ClientError::of(&error))?;
        Ok(Self { way: Way::Http(http), whole: deadlines.whole })
    }

    /// A client that calls nobody: `script` says what the other side does with a call.
    #[cfg(feature = "fakes")]
    pub fn fake(
        deadlines: Deadlines,
        script: impl Fn(&super::fake::Call) -> super::fake::Answer + Send + Sync + 'static,
    ) -> Self {
        Self { way: Way::Fake(super::fake::Fake::new(script)), whole: deadlines.whole }
    }

    /// The same for whole requests and answers ([`Client::send`]).
    #[cfg(feature = "fakes")]
    pub fn fake_of_all(
        deadlines: Deadlines,
        script: impl Fn(&Message) -> Result<Answered, CallError> + Send + Sync + 'static,
    ) -> Self {
        let fake = super::fake::FakeOfAll::new(script);
        Self { way: Way::FakeOfAll(fake), whole: deadlines.whole }
    }

    /// Sends `message`, and reads the answer to its end. Any answer is one, also one that says no.
    pub async fn send(&self, message: Message) -> Result<Answered, CallError> {
        let http = match &self.way {
            Way::Http(http) => http,
            #[cfg(feature = "fakes")]
            Way::FakeOfAll(fake) => return fake.answer(&message),
            #[cfg(feature = "fakes")]
            Way::Fake(_) => return Err(not_this_fake()),
        };
        let method = match message.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut request = http.request(method, message.target.url());
        for Header { name, value, is_secret } in &message.headers {
            let mut value = HeaderValue::from_str(value)
                .map_err(|_| CallError::Broken(format!("no value for the header {name}")))?;
            value.set_sensitive(*is_secret);
            request = request.header(name, value);
        }
        if !message.body.is_empty() {
            request = request.body(message.body);
        }
        let mut response = request.send().await.map_err(|error| self.failed(&error))?;
        let headers = response.headers();
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let mut answered = Answered {
            status: response.status().as_u16(),
            content_type: text(CONTENT_TYPE).unwrap_or_default().to_owned(),
            retry_after: asked(headers, SystemTime::now()),
            date: text(DATE).and_then(|date| httpdate::parse_http_date(date.trim()).ok()),
            body: Vec::new(),
        };
        while let Some(piece) = response.chunk().await.map_err(|error| self.failed(&error))? {
            if answered.body.len() + piece.len() > message.most {
                return Err(CallError::Endless(message.most));
            }
            answered.body.extend_from_slice(&piece);
        }
        Ok(answered)
    }

    /// Sends `body` to `target`. Any answer is one, also one that says no.
    pub async fn post(
        &self,
        target: &Target,
        headers: &[(&'static str, &str)],
        body: Vec<u8>,
    ) -> Result<Reply, CallError> {
        match &self.way {
            Way::Http(http) => self.post_by(http, target, headers, body).await,
            #[cfg(feature = "fakes")]
            Way::Fake(fake) => {
                let named =
                    |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
                let url = target.as_str().to_owned();
                let headers = headers.iter().map(named).collect();
                fake.answer(&super::fake::Call { url, headers, body }, self.whole)
            }
            #[cfg(feature = "fakes")]
            Way::FakeOfAll(_) => Err(not_this_fake()),
        }
    }

    /// Asks `target`, and reads the answer to its end, which comes after at most `most` bytes.
    pub async fn fetch(
        &self,
        target: &Target,
        headers: &[(&'static str, &str)],
        most: usize,
    ) -> Result<Whole, CallError> {
        match &self.way {
            Way::Http(http) => self.read_whole(http.get(target.url()), headers, most).await,
            #[cfg(feature = "fakes")]
            Way::Fake(_) | Way::FakeOfAll(_) => Err(not_this_fake()),
        }
    }

    /// Sends `fields` to `target` as a form does (`application/x-www-form-urlencoded`), and reads the
    /// answer to its end, which comes after at most `most` bytes.
    pub async fn post_form(
        &self,
        target: &Target,
        headers: &[(&'static str, &str)],
        fields: &[(&str, &str)],
        most: usize,
    ) -> Result<Whole, CallError> {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        match &self.way {
            Way::Http(http) => {
                let request = http
                    .post(target.url())
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(body);
                self.read_whole(request, headers, most).await
            }
            #[cfg(feature = "fakes")]
            Way::Fake(_) | Way::FakeOfAll(_) => Err(not_this_fake()),
        }
    }

    async fn read_whole(
        &self,
        mut request: reqwest::RequestBuilder,
        headers: &[(&'static str, &str)],
        most: usize,
    ) -> Result<Whole, CallError> {
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send().await.map_err(|error| self.failed(&error))?;
        let status = response.status().as_u16();
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = kind.unwrap_or_default().to_owned();
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.failed(&error))? {
            if body.len() + piece.len() > most {
                return Err(CallError::Endless(most));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Whole { status, content_type, body })
    }

    async fn post_by(
        &self,
        http: &reqwest::Client,
        target: &Target,
        headers: &[(&'static str, &str)],
        body: Vec<u8>,
    ) -> Result<Reply, CallError> {
        let mut request = http.post(target.url()).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send().await.map_err(|error| self.failed(&error))?;
        let status = response.status().as_u16();
        let retry_after = asked(response.headers(), SystemTime::now());
        let mut start = Vec::new();
        while start.len() < EXCERPT {
            match response.chunk().await {
                Ok(Some(piece)) => start.extend_from_slice(&piece),
                // The status is the answer; a text that does not end takes nothing from it.
                Ok(None) | Err(_) => break,
            }
        }
        start.truncate(EXCERPT);
        Ok(Reply { status, excerpt: printable(&start), retry_after })
    }

    pub(super) fn failed(&self, error: &reqwest::Error) -> CallError {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
        let mut innermost = String::new();
        while let Some(inner) = cause {
            if let Some(refused) = inner.downcast_ref::<Refused>() {
                return CallError::Refused(*refused);
            }
            // Later than when the connection is made, TLS may break after everything was sent. A server that does not
            // take our certificate says so then, and has looked at nothing.
            if let Some(fault) = TlsFault::within(inner)
                && (error.is_connect() || fault.is_of_our_certificate())
            {
                return CallError::Tls(fault);
            }
            innermost = inner.to_string();
            cause = inner.source();
        }
        if error.is_connect() {
            CallError::Unreachable(innermost)
        } else if error.is_timeout() {
            CallError::TimedOut(self.whole.as_secs())
        } else {
            CallError::Broken(innermost)
        }
    }
}

#[cfg(feature = "fakes")]
pub(super) fn not_this_fake() -> CallError {
    CallError::Unreachable("this fake is for other calls".to_owned())
}

/// Text without what would break a line of a log or a table.
fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let words: Vec<&str> = text.split(|it: char| it.is_control() || it == ' ').collect();
    words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    /// What a call to a name says, when the name is looked up as `found`.
    async fn call(found: &[SocketAddr]) -> CallError {
        let found = found.to_vec();
        let resolver = Resolver(Arc::new(move |_| {
            let found = found.clone();
            Box::pin(async move { Ok(found) })
        }));
        let client = Client::with_resolver(Deadlines::default(), None, resolver).unwrap();
        let target = Target::parse("http://erp.plant/hook").unwrap();
        client.post(&target, &[], Vec::new()).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_name_that_leads_to_a_metadata_service_is_not_called() {
        let metadata: SocketAddr = "169.254.169.254:80".parse().unwrap();
        let called = call(&[metadata]).await;
        assert_eq!(called, CallError::Refused(Refused::LinkLocal(metadata.ip())));
        // Of several addresses only the others are tried; nobody listens there.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = listener.local_addr().unwrap();
        drop(listener);
        let called = call(&[metadata, closed]).await;
        assert!(matches!(called, CallError::Unreachable(_)), "{called:?}");
    }
}

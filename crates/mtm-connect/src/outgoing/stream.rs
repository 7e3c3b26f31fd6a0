//! An answer that has no end, read piece by piece.

use std::fmt;
use std::time::Duration;

use reqwest::Response;
use reqwest::header::CONTENT_TYPE;

use super::Target;
use super::client::{CallError, Client, Way};

/// What stands for no deadline where one has to be named: ten years.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 86_400);

/// An answer that is being read. Dropping it ends its connection.
pub struct Stream {
    status: u16,
    content_type: String,
    response: Response,
    client: Client,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({}, {})", self.status, self.content_type)
    }
}

impl Client {
    /// Asks `target` for an answer that has no end: the deadline for the whole does not count, but it begins within
    /// `within`. How long a piece of it is waited for is the caller's matter.
    pub async fn stream(
        &self,
        target: &Target,
        headers: &[(&'static str, &str)],
        within: Duration,
    ) -> Result<Stream, CallError> {
        match &self.way {
            Way::Http(http) => {
                let mut request = http.get(target.url()).timeout(FOREVER);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                let begun = tokio::time::timeout(within, request.send()).await;
                let late = |_| CallError::TimedOut(within.as_secs());
                let response = begun.map_err(late)?.map_err(|error| self.failed(&error))?;
                Ok(Stream::new(response, self.clone()))
            }
            #[cfg(feature = "fakes")]
            Way::Fake(_) | Way::FakeOfAll(_) => Err(super::client::not_this_fake()),
        }
    }
}

impl Stream {
    fn new(response: Response, client: Client) -> Self {
        let status = response.status().as_u16();
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = kind.unwrap_or_default().to_owned();
        Self { status, content_type, response, client }
    }

    /// The status of HTTP.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// `Content-Type`; empty where there is none.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The bytes that come next; `None` where it ends after all. Nothing is lost where this is dropped before it is
    /// done.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, CallError> {
        let piece = self.response.chunk().await.map_err(|error| self.client.failed(&error))?;
        Ok(piece.map(Vec::from))
    }
}

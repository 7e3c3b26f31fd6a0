//! A request of a peer, and what comes of it.

use std::time::Duration;

use super::{CallFailed, Parts, Peer};
use crate::guard::{Repeatable, Unanswered, Verdict};
use crate::outgoing::{Answered, Client, Header, Message, Method, Target};

/// The header that carries the key of what may be sent twice.
const KEY: &str = "idempotency-key";

/// A request of a peer.
#[derive(Debug, Clone)]
pub struct Request<'r> {
    /// What is done.
    pub method: Method,
    /// The path below its address, with a query where there is one.
    pub path: &'r str,
    /// Headers besides those of the proof.
    pub headers: &'r [(&'r str, &'r str)],
    /// Type and bytes of the body.
    pub body: Option<(&'r str, &'r [u8])>,
    /// The type of content that an answer which says yes is to have; nothing where any will do.
    pub wanted: Option<&'r str>,
    /// That it may be sent twice, and by what key.
    pub repeatable: Option<Repeatable<'r>>,
}

impl<'r> Request<'r> {
    /// One that reads `path`, and so may be sent twice.
    pub const fn reading(path: &'r str, wanted: Option<&'r str>) -> Self {
        let repeatable = Some(Repeatable::reading());
        Self { method: Method::Get, path, headers: &[], body: None, wanted, repeatable }
    }
}

/// What a peer answered. Any status but 401 is an answer, also one that says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status of HTTP.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: String,
    /// How long it asks to be left alone for.
    pub retry_after: Option<Duration>,
    /// All of it.
    pub body: Vec<u8>,
}

impl Response {
    /// Whether it says yes.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

impl Peer {
    /// Makes `request`. It ends by the peer's deadline, whatever happens on the way.
    pub async fn call(&self, request: &Request<'_>) -> Result<Response, CallFailed> {
        let deadline = self.settings().deadline;
        let within = tokio::time::timeout(deadline, self.within(request)).await;
        let called = within.unwrap_or(Err(CallFailed::TimedOut(deadline)));
        self.note(&called);
        called
    }

    /// Looks whether it is well, by the path that is configured for that.
    pub async fn look(&self) -> Result<Response, CallFailed> {
        let settings = self.settings();
        let wanted = settings.health_type.as_deref();
        let response = self.call(&Request::reading(&settings.health, wanted)).await?;
        if response.is_success() {
            return Ok(response);
        }
        let unwell = CallFailed::Unwell(response.status);
        self.noted().failed(&unwell, (self.parts.moments)());
        Err(unwell)
    }

    fn note(&self, called: &Result<Response, CallFailed>) {
        let now = (self.parts.moments)();
        match called {
            Ok(response) if response.status < 500 => self.noted().answered(now),
            Ok(response) => self.noted().failed(&CallFailed::Unwell(response.status), now),
            Err(failed) => self.noted().failed(failed, now),
        }
    }

    async fn within(&self, request: &Request<'_>) -> Result<Response, CallFailed> {
        let Parts { way, guard, .. } = &*self.parts;
        let message = self.message(request)?;
        let client = way.client()?;
        let once = || self.proved(&client, &message);
        let called = match request.repeatable {
            Some(may) => guard.again(may, judge, once).await,
            None => guard.once(judge, once()).await,
        };
        let answer = match called {
            Ok(answer) => answer,
            Err(Unanswered::Refused(refusal)) => return Err(CallFailed::Guarded(refusal)),
            Err(Unanswered::TimedOut(limit)) => return Err(CallFailed::TimedOut(limit)),
            Err(Unanswered::Failed(error)) => return Err(error),
        };
        judged_content(request, &answer)?;
        Ok(Response {
            status: answer.status,
            content_type: answer.content_type,
            retry_after: answer.retry_after,
            body: answer.body,
        })
    }

    /// Sends `message` with a proof; once more with another one where that is not taken.
    pub(super) async fn proved(
        &self,
        client: &Client,
        message: &Message,
    ) -> Result<Answered, CallFailed> {
        let Parts { credential, moments, shown, .. } = &*self.parts;
        let mut is_fresh = false;
        loop {
            let proof = credential.prove(message, moments()).await?;
            shown.note(&proof);
            let mut proved = message.clone();
            proved.headers.extend(proof.headers.iter().cloned());
            let answer = client.send(proved).await?;
            // A request that was not believed was not followed either, so that it may be sent again.
            if answer.status != 401 {
                return Ok(answer);
            }
            if is_fresh || !credential.refused(&proof) {
                return Err(CallFailed::NotTaken);
            }
            is_fresh = true;
        }
    }

    pub(super) fn message(&self, request: &Request<'_>) -> Result<Message, CallFailed> {
        let settings = self.settings();
        let mut headers: Vec<Header> =
            request.headers.iter().map(|(name, value)| Header::open(*name, *value)).collect();
        headers.extend(request.wanted.map(|wanted| Header::open("accept", wanted)));
        headers.extend(request.body.map(|(kind, _)| Header::open("content-type", kind)));
        let key = request.repeatable.and_then(|may| may.key().map(|key| Header::open(KEY, key)));
        headers.extend(key);
        Ok(Message {
            method: request.method,
            target: below(&settings.url, request.path)?,
            headers,
            body: request.body.map(|(_, bytes)| bytes.to_vec()).unwrap_or_default(),
            most: settings.longest,
        })
    }
}

/// The address of `path` below `base`.
fn below(base: &Target, path: &str) -> Result<Target, CallFailed> {
    let mut url = base.url();
    url.set_query(None);
    let address =
        format!("{}/{}", url.as_str().trim_end_matches('/'), path.trim_start_matches('/'));
    let target = Target::parse(&address)?;
    // Dots lead upwards, and not further than the address.
    let root = url.path().trim_end_matches('/').to_owned();
    let is_below =
        target.url().path().strip_prefix(&*root).is_some_and(|rest| rest.starts_with('/'));
    if target.origin() != base.origin() || !is_below {
        return Err(CallFailed::Elsewhere);
    }
    Ok(target)
}

/// Whether an answer that says yes is of the type that is wanted; one that says no may be of any.
pub(super) fn judged_content(request: &Request<'_>, answer: &Answered) -> Result<(), CallFailed> {
    let found = answer.media_type();
    match request.wanted {
        Some(wanted)
            if answer.status < 300 && !answer.body.is_empty() && !is_of(&found, wanted) =>
        {
            let (wanted, found) = (wanted.to_owned(), printable(&found));
            Err(CallFailed::OtherContent { wanted, found })
        }
        _ => Ok(()),
    }
}

/// Whether a type of content is the one that is wanted; JSON has many names.
fn is_of(found: &str, wanted: &str) -> bool {
    found.eq_ignore_ascii_case(wanted)
        || wanted == "*/*"
        || wanted == "application/json" && found.ends_with("+json")
}

/// A type of content as it may be shown: what is none is not repeated.
fn printable(found: &str) -> String {
    let fits = |it: char| it.is_ascii_alphanumeric() || "/+-.".contains(it);
    match found {
        "" => "no type of content".to_owned(),
        found if found.len() <= 60 && found.chars().all(fits) => found.to_owned(),
        _ => "an odd type of content".to_owned(),
    }
}

/// What the end of a call says about the peer. That we have nothing to prove with, or nothing that it
/// takes, is not its fault.
fn judge(answer: &Result<Answered, CallFailed>) -> Verdict {
    match answer {
        Ok(answer) => Verdict::of_answer(answer.status, answer.retry_after),
        Err(CallFailed::Credential(_) | CallFailed::NotTaken) => Verdict::SaidNo,
        Err(_) => Verdict::FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_its_address() {
        let check = |base: &str, path: &str| {
            below(&Target::parse(base).unwrap(), path).map(|target| target.as_str().to_owned())
        };
        let is = |url: &str| Ok(url.to_owned());
        assert_eq!(check("https://erp.plant", "items"), is("https://erp.plant/items"));
        assert_eq!(
            check("https://erp.plant/api/", "/items?a=1"),
            is("https://erp.plant/api/items?a=1")
        );
        assert_eq!(check("https://erp.plant/api", "a/../b"), is("https://erp.plant/api/b"));
        for path in ["../admin", "%2e%2e/admin", "..\\admin"] {
            assert_eq!(check("https://erp.plant/api", path), Err(CallFailed::Elsewhere), "{path}");
        }
        let other = check("https://erp.plant", "//evil.example/x").unwrap();
        assert!(other.starts_with("https://erp.plant/"), "{other}");
    }
}

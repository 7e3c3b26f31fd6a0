//! Who is asking. One trait of requests for three kinds of user: a machine with a bearer token, a
//! person with a session cookie, and nobody.
//!
//! What a handler needs stands in its signature: [`Caller<need::Look>`](Caller) for reads and
//! administration, [`Booking<need::Book>`](Booking) for whatever changes stock. Both refuse
//! before the body is looked at. The use cases check permission again, for the action that the
//! body turns out to ask for.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use mtm_app::movement::Circumstances;
use mtm_app::{Principal, PrincipalKind};
use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::word::StationName;

use super::cookie;
use super::key::key;
use super::trace::Trace;
use crate::problem::Problem;
use crate::server::Peer;
use crate::web::{Shared, Web};

/// The header with which scripts prove that a page of this server sent them.
pub const CSRF_TOKEN: &str = "x-csrf-token";

const STATION: HeaderName = HeaderName::from_static("mtm-station");
const APP_VERSION: HeaderName = HeaderName::from_static("mtm-app-version");
const LONGEST_VERSION: usize = 60;

/// What the caller of a handler must at least be allowed to do.
pub trait Need: Send + Sync + 'static {
    /// The deed.
    const DEED: Deed;
}

/// The deeds as types.
pub mod need {
    use super::{Deed, Need};

    macro_rules! needs {
        ($($name:ident)*) => {$(
            /// The deed of this name.
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Need for $name {
                const DEED: Deed = Deed::$name;
            }
        )*};
    }

    needs! {
        Look Own Book UndoOwn ApproveAdjust EnterCount RunCount Hold Reserve EditMaster Import ClosePeriod Reconcile Retire Audit ReadAdministration Administer
    }
}

/// An authenticated caller who may do at least `N`.
///
/// Refuses with 401 `unauthenticated`, 403 `csrf_failed` and 403 `forbidden`.
#[derive(Debug, Clone)]
pub struct Caller<N> {
    principal: Principal,
    need: PhantomData<N>,
}

impl<N> Deref for Caller<N> {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.principal
    }
}

impl<N: Need> FromRequestParts<Shared> for Caller<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Problem> {
        let principal = principal(parts, web).await?.ok_or(Problem::of(Code::Unauthenticated))?;
        if !is_safe(&parts.method)
            && let PrincipalKind::Session { csrf, .. } = &principal.kind
        {
            same_origin(&parts.headers)?;
            let sent = parts.headers.get(CSRF_TOKEN).map(HeaderValue::as_bytes);
            matching_csrf(csrf, sent.unwrap_or_default())?;
        }
        principal.require(N::DEED)?;
        Ok(Self { principal, need: PhantomData })
    }
}

/// An authenticated caller who may book at least `N`, with everything around the booking that is
/// not in its body.
///
/// Refuses like [`Caller`], and with 400 `idempotency_key_required` (machines),
/// `idempotency_key_invalid` and `invalid_parameter` (station, version).
#[derive(Debug, Clone)]
pub struct Booking<N> {
    /// Who books.
    pub caller: Caller<N>,
    /// Route, key, station, version and trace.
    pub around: Circumstances,
}

impl<N: Need> FromRequestParts<Shared> for Booking<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, web).await?;
        let key = key(&parts.headers)?;
        if key.is_none() && caller.is_machine() {
            return Err(Problem::of(Code::IdempotencyKeyRequired));
        }
        let Ok(trace) = Trace::from_request_parts(parts, web).await;
        let around = Circumstances {
            route: route(parts),
            key,
            station: station(&parts.headers)?,
            app_version: app_version(&parts.headers)?,
            traceparent: Some(trace.context()),
            ..Circumstances::default()
        };
        Ok(Self { caller, around })
    }
}

/// Method and path: part of what a key stands for.
pub(crate) fn route(parts: &Parts) -> String {
    format!("{} {}", parts.method, parts.uri.path())
}

/// Who is asking, if anybody. A proof that is shown and does not hold is refused, never ignored.
pub(crate) async fn principal(parts: &Parts, web: &Web) -> Result<Option<Principal>, Problem> {
    let found = if let Some(authorization) = parts.headers.get(header::AUTHORIZATION) {
        let token = bearer(authorization).ok_or(Problem::of(Code::Unauthenticated))?;
        let here = parts.extensions.get::<Peer>().is_some_and(Peer::is_local);
        if mtm_app::auth::is_local(token) && !here {
            return Err(Problem::of(Code::Unauthenticated));
        }
        web.app().principal_of_token(token).await?
    } else {
        let secure = parts.extensions.get::<Peer>().is_some_and(|peer| peer.secure);
        let Some(secret) = cookie::session(&parts.headers, secure) else { return Ok(None) };
        web.app().principal_of_session(secret).await?
    };
    found.map(Some).ok_or(Problem::of(Code::Unauthenticated))
}

fn bearer(authorization: &HeaderValue) -> Option<&str> {
    let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether a method changes nothing.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Refuses a request that a browser did not send from a page of this server.
pub fn same_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let origin = text(header::ORIGIN);
    let own = match (site, origin) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text(header::HOST)
        }
        (None, None) => false,
    };
    own.then_some(()).ok_or_else(|| Problem::of(Code::CsrfFailed))
}

/// Refuses a request whose proof is not that of its session. Takes as long for every wrong proof.
pub fn matching_csrf(expected: &str, sent: &[u8]) -> Result<(), Problem> {
    let expected = expected.as_bytes();
    let differences = expected.iter().zip(sent).fold(0, |all, (a, b)| all | (a ^ b));
    (expected.len() == sent.len() && differences == 0)
        .then_some(())
        .ok_or_else(|| Problem::of(Code::CsrfFailed))
}

fn station(headers: &HeaderMap) -> Result<Option<StationName>, Problem> {
    let Some(value) = headers.get(STATION) else { return Ok(None) };
    let wrong = |message: String| Problem::field(Code::InvalidParameter, STATION.as_str(), message);
    let text = value.to_str().map_err(|_| wrong("it is not plain text".to_owned()))?;
    StationName::parse(text).map(Some).map_err(|error| wrong(error.to_string()))
}

fn app_version(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(APP_VERSION) else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| (1..=LONGEST_VERSION).contains(&text.len()));
    text.map(|text| Some(text.to_owned())).ok_or_else(|| {
        let message = format!("it is not plain text of 1 to {LONGEST_VERSION} characters");
        Problem::field(Code::InvalidParameter, APP_VERSION.as_str(), message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        map.insert(header::HOST, HeaderValue::from_static("wip.plant:8080"));
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        same_origin(&map).is_ok()
    }

    #[test]
    fn only_pages_of_this_server_may_change_things() {
        assert!(judged(&[("sec-fetch-site", "same-origin")]));
        assert!(judged(&[("origin", "https://wip.plant:8080")]));
        assert!(!judged(&[]));
        assert!(!judged(&[("origin", "null")]));
        assert!(!judged(&[("origin", "https://wip.plant")]));
        assert!(!judged(&[("origin", "https://evil.example")]));
        assert!(!judged(&[("sec-fetch-site", "same-site"), ("origin", "https://wip.plant:8080")]));
        assert!(!judged(&[("sec-fetch-site", "none")]));
    }

    #[test]
    fn a_proof_must_be_the_sessions_own() {
        assert!(matching_csrf("secret", b"secret").is_ok());
        for wrong in [&b""[..], b"secre", b"secreT", b"secrets"] {
            assert!(matching_csrf("secret", wrong).is_err());
        }
    }

    #[test]
    fn only_bearer_tokens_are_read() {
        let read = |text: &str| bearer(&text.parse().unwrap()).map(str::to_owned);
        assert_eq!(read("Bearer mtm_x").as_deref(), Some("mtm_x"));
        assert_eq!(read("bearer  mtm_x").as_deref(), Some("mtm_x"));
        assert_eq!(read("Basic bXRtOng="), None);
        assert_eq!(read("mtm_x"), None);
    }
}

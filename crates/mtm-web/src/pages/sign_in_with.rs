//! `/sign-in/oidc` and `/sign-in/oidc/callback`: signing in with the plant's identity provider.
//!
//! A link leads there and the provider leads back; in between the browser keeps a sealed cookie, which
//! binds what comes back to the browser that began. Whatever goes wrong ends on the sign-in page, where
//! the local form is, with what happened and what to do.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use mtm_app::auth::ProviderAnswer;
use mtm_core::code::Code;

use super::form::Form;
use super::frame::{is_ours, local_path, sentence};
use super::sign_in;
use super::visit::Manner;
use crate::problem::Problem;
use crate::request::cookie;
use crate::server::Peer;
use crate::web::{Shared, Web};

/// Where the identity provider sends browsers back to, below the address of this server.
pub const CALLBACK: &str = "/sign-in/oidc/callback";

/// `GET /sign-in/oidc`.
pub(super) async fn begin(
    State(web): State<Shared>,
    manner: Manner,
    peer: Peer,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Form::of_query(&uri)?;
    let next = local_path(query.raw("next")).to_owned();
    match depart(&web, peer, &headers, &next).await {
        Ok(response) => Ok(response),
        Err(problem) => stay(&web, manner, peer, &next, problem),
    }
}

async fn depart(
    web: &Web,
    peer: Peer,
    headers: &HeaderMap,
    next: &str,
) -> Result<Response, Problem> {
    let redirect = callback(web, peer, headers).ok_or_else(|| {
        Problem::new(
            Code::ProviderRefused,
            "this server does not know by which address people open it (server.public_url)",
        )
    })?;
    let departure = web.app().begin_with_provider(&redirect, next).await?;
    let kept = cookie::keep_attempt(&departure.kept, peer.secure)
        .ok_or_else(|| Problem::internal("an attempt does not fit into a cookie"))?;
    Ok(([(header::SET_COOKIE, kept)], Redirect::to(&departure.address)).into_response())
}

/// `GET /sign-in/oidc/callback`.
pub(super) async fn finish(
    State(web): State<Shared>,
    manner: Manner,
    peer: Peer,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Form::of_query(&uri)?;
    let parameter = |name: &str| query.raw(name).to_owned();
    let answer = ProviderAnswer {
        state: parameter("state"),
        code: parameter("code"),
        error: parameter("error"),
        issuer: parameter("iss"),
    };
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let kept = cookie::attempt(&headers, peer.secure);
    let agent = agent.map(str::to_owned);
    let came = web.app().finish_with_provider(kept, &answer, peer.address.ip(), agent).await;
    let response = match came.map_err(Problem::from) {
        Ok((grant, next)) => sign_in::begin(&grant, peer.secure, local_path(&next))?,
        Err(problem) => stay(&web, manner, peer, "/", problem)?,
    };
    let over: Option<HeaderValue> = cookie::drop_attempt(peer.secure);
    let over = over.map(|cookie| (header::SET_COOKIE, cookie));
    Ok((AppendHeaders(over), response).into_response())
}

/// The sign-in page, with what happened.
fn stay(
    web: &Web,
    manner: Manner,
    peer: Peer,
    next: &str,
    problem: Problem,
) -> Result<Response, Problem> {
    let (code, detail) = (problem.code(), sentence(problem.detail()));
    let text = match code {
        Code::NotFound => return Err(problem),
        Code::ProviderRefused
        | Code::ProviderUntrusted
        | Code::ProviderUnavailable
        | Code::SignInExpired
        | Code::NoRole => format!("{detail} {}", code.cure()),
        _ if is_ours(&problem) => return Err(problem),
        _ => detail,
    };
    // The address that was asked for holds what only this server should know.
    let manner = manner.at("/sign-in");
    let page = sign_in::refused(web, &manner, peer, next, text);
    let status: StatusCode = problem.status();
    Ok(sign_in::draw(&manner, &page).status(status).into_response())
}

/// Where the provider sends browsers back to: below the address of the configuration, or, on this machine
/// only, below the one that the browser used.
fn callback(web: &Web, peer: Peer, headers: &HeaderMap) -> Option<String> {
    let provider = web.app().provider();
    if let Some(url) = provider.as_ref().and_then(|provider| provider.public_url()) {
        return Some(format!("{url}{CALLBACK}"));
    }
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let scheme = if peer.secure { "https" } else { "http" };
    (peer.is_local() && is_loopback(host)).then(|| format!("{scheme}://{host}{CALLBACK}"))
}

/// Whether `Host` names this machine only.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|it| it.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_taken_from_a_request() {
        for own in ["localhost", "localhost:8080", "127.0.0.1:80", "[::1]:8080", "[::1]"] {
            assert!(is_loopback(own), "{own}");
        }
        for other in
            ["wip.plant", "localhost.evil.example:1", "10.0.0.7:80", "", "127.0.0.1@evil:1"]
        {
            assert!(!is_loopback(other), "{other}");
        }
    }
}

//! Sessions: people signing in and out. A machine uses a token instead.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use mtm_core::policy::Role;
use mtm_core::word::{Timestamp, UserName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Done};
use crate::problem::Problem;
use crate::request::{Caller, Json, cookie, need};
use crate::server::Peer;
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(sign_in)).routes(routes!(sign_out))
}

/// Who signs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInBody {
    /// Login name.
    name: String,
    /// Password.
    password: String,
}

/// A session that began; its secret is in the cookie.
#[derive(Debug, Serialize, ToSchema)]
struct SignedIn {
    /// Login name.
    name: UserName,
    /// What they may do.
    role: Role,
    /// What scripts of this session must send back as `X-CSRF-Token`.
    csrf: String,
    /// When the session ends unless it is used.
    expires_at: Timestamp,
}

/// Sign in.
///
/// Sets the session cookie. At most ten tries a minute for an address and a name.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", request_body = SignInBody,
    security(()),
    responses((status = 201, description = "Signed in.", body = SignedIn)))]
async fn sign_in(
    State(web): State<Shared>,
    peer: Peer,
    headers: HeaderMap,
    Json(body): Json<SignInBody>,
) -> Result<Response, Problem> {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let agent = agent.map(str::to_owned);
    let grant = web.app().sign_in(&body.name, &body.password, peer.address.ip(), agent).await?;
    let cookie = cookie::begin(grant.secret.reveal(), peer.secure)
        .ok_or_else(|| Problem::internal("a session secret is no header value"))?;
    let answer = Answer::created(SignedIn {
        name: grant.principal.name,
        role: grant.principal.role,
        csrf: grant.csrf,
        expires_at: grant.expires_at,
    });
    Ok(([(header::SET_COOKIE, cookie)], answer).into_response())
}

/// Sign out.
///
/// Ends the session of the cookie and takes the cookie back.
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "sessions",
    responses((status = 204, description = "Signed out.")))]
async fn sign_out(
    State(web): State<Shared>,
    _who: Caller<need::Own>,
    peer: Peer,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(secret) = cookie::session(&headers, peer.secure) {
        web.app().sign_out(secret).await?;
    }
    Ok(([(header::SET_COOKIE, cookie::end(peer.secure))], Done).into_response())
}

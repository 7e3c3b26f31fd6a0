//! Me: who the caller is, as the server sees it.

use axum::extract::State;
use mtm_app::PrincipalKind;
use mtm_core::policy::Role;
use mtm_core::word::UserName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Done, Handled};
use crate::problem::Problem;
use crate::request::{Caller, Json, NoParameters, need};
use crate::server::Peer;
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(change_password))
}

/// How the caller came in.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Way {
    /// A person with a session cookie.
    Session,
    /// A machine with a token.
    Token,
    /// A command line on the server's machine.
    Local,
}

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// Login name.
    name: UserName,
    /// Name people know them by.
    display_name: String,
    /// What they may do.
    role: Role,
    /// How they came in.
    by: Way,
    /// What scripts of this session must send back as `X-CSRF-Token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf: Option<String>,
    /// Seconds within which an equal booking is questioned; 0 never.
    intent_window: u32,
    /// The site that is served.
    site: String,
}

/// A new password of one's own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    /// The present one.
    old: String,
    /// The new one, at least ten characters.
    new: String,
}

/// Show who I am.
#[utoipa::path(get, path = "/api/v1/me", tag = "me",
    responses((status = 200, description = "The caller.", body = Me)))]
async fn show(State(web): State<Shared>, who: Caller<need::Own>, _: NoParameters) -> Handled<Me> {
    let (by, csrf) = match &who.kind {
        PrincipalKind::Session { csrf, .. } => (Way::Session, Some(csrf.clone())),
        PrincipalKind::Token { .. } => (Way::Token, None),
        PrincipalKind::Local => (Way::Local, None),
    };
    Ok(Answer::ok(Me {
        name: who.name.clone(),
        display_name: who.display_name.clone(),
        role: who.role,
        by,
        csrf,
        intent_window: who.intent_window,
        site: web.app().site().name.clone(),
    }))
}

/// Change my password.
#[utoipa::path(put, path = "/api/v1/me/password", tag = "me", request_body = PasswordBody,
    responses((status = 204, description = "Changed.")))]
async fn change_password(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    peer: Peer,
    Json(body): Json<PasswordBody>,
) -> Result<Done, Problem> {
    web.app().change_own_password(&who, &body.old, body.new, peer.address.ip()).await?;
    Ok(Done)
}

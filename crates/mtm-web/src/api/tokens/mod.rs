//! Tokens: how machines come in.

use axum::extract::State;
use mtm_app::auth::TokenRequest;
use mtm_app::record::TokenRecord;
use mtm_core::policy::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Json, Key, NoParameters, Path, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// Tokens, newest first.
#[derive(Debug, Serialize, ToSchema)]
struct Tokens {
    /// All of them, revoked ones included.
    items: Vec<TokenRecord>,
}

/// A token to make.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTokenBody {
    /// What it is for.
    name: String,
    /// What it may do.
    scope: Role,
    /// Whether it may give receipts lot numbers of its own.
    #[serde(default)]
    owns_lots: bool,
    /// Seconds within which an equal booking is questioned; 0 never; the default where omitted.
    #[serde(default)]
    intent_window: Option<u32>,
}

/// A token that was just made.
#[derive(Debug, Serialize, ToSchema)]
struct MadeToken {
    /// What is kept of it.
    #[serde(flatten)]
    record: TokenRecord,
    /// The secret, for the `Authorization` header. It is shown now and never again.
    token: String,
}

/// List tokens.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens",
    responses((status = 200, description = "Every token.", body = Tokens)))]
async fn list(
    State(web): State<Shared>,
    _who: Caller<need::ReadAdministration>,
    _: NoParameters,
) -> Handled<Tokens> {
    Ok(Answer::ok(Tokens { items: web.app().ledger().tokens().await? }))
}

/// Make a token.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", request_body = NewTokenBody,
    responses((status = 201, description = "Made.", body = MadeToken)))]
async fn create(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Json(body): Json<NewTokenBody>,
) -> Handled<MadeToken> {
    let key = key.of(&who, &body)?;
    let NewTokenBody { name, scope, owns_lots, intent_window } = body;
    let request = TokenRequest { name, scope, owns_lots, intent_window };
    let (record, secret) = web.app().create_token(&who, request, key).await?;
    Ok(Answer::created(MadeToken { record, token: secret.reveal().to_owned() }))
}

/// Revoke a token for good.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "tokens",
    params(("id" = Uuid, Path, description = "The token.")),
    responses((status = 200, description = "Revoked.", body = TokenRecord)))]
async fn revoke(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(id): Path<Uuid>,
) -> Handled<TokenRecord> {
    let key = key.of(&who, &())?;
    Ok(Answer::ok(web.app().revoke_token(&who, id, key).await?))
}

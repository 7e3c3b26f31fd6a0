//! Sources: who may send messages, each under a secret of its own.

use std::time::Duration;

use axum::extract::State;
use mtm_app::record::InboundSource;
use mtm_core::code::Code;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::answer::{Answer, Handled};
use crate::api::webhooks::RotateBody;
use crate::problem::Problem;
use crate::request::{Caller, IfMatch, Json, Key, NoParameters, Path, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, edit, remove))
        .routes(routes!(rotate))
}

/// Sources in order of their names.
#[derive(Debug, Serialize, ToSchema)]
struct InboundSources {
    /// All of them: a site has a handful.
    items: Vec<InboundSource>,
}

/// A source to make.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSourceBody {
    /// The last step of its address: a to z, 0 to 9, and after the first character also `- _ .`.
    name: String,
}

/// Changes of a source.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EditSourceBody {
    /// Whether anything of it is taken.
    enabled: bool,
}

/// A source with a secret that was just made.
#[derive(Debug, Serialize, ToSchema)]
struct MadeSource {
    /// What is kept of it.
    #[serde(flatten)]
    record: InboundSource,
    /// The secret that it signs its messages with. It is shown now and never again.
    secret: String,
}

/// List sources.
#[utoipa::path(get, path = "/api/v1/inbound-sources", tag = "inbound",
    responses((status = 200, description = "Every source.", body = InboundSources)))]
async fn list(
    State(web): State<Shared>,
    _who: Caller<need::ReadAdministration>,
    _: NoParameters,
) -> Handled<InboundSources> {
    Ok(Answer::ok(InboundSources { items: web.app().ledger().inbound_sources().await? }))
}

/// Make a source.
///
/// From now on it may send messages to `/api/v1/inbound/<name>`.
#[utoipa::path(post, path = "/api/v1/inbound-sources", tag = "inbound",
    request_body = NewSourceBody,
    responses((status = 201, description = "Made.", body = MadeSource)))]
async fn create(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Json(body): Json<NewSourceBody>,
) -> Handled<MadeSource> {
    let key = key.of(&who, &body)?;
    let (record, secret) = web.app().create_inbound_source(&who, &body.name, key).await?;
    let version = record.version;
    Ok(Answer::created(MadeSource { record, secret }).version(version))
}

/// Show a source.
#[utoipa::path(get, path = "/api/v1/inbound-sources/{id}", tag = "inbound",
    params(("id" = Uuid, Path, description = "The source.")),
    responses((status = 200, description = "The source.", body = InboundSource)))]
async fn show(
    State(web): State<Shared>,
    _who: Caller<need::ReadAdministration>,
    Path(id): Path<Uuid>,
    _: NoParameters,
) -> Handled<InboundSource> {
    let source = web.app().ledger().inbound_source(id).await?;
    let source = source.ok_or_else(|| Problem::new(Code::NotFound, format!("no source {id}")))?;
    let version = source.version;
    Ok(Answer::ok(source).version(version))
}

/// Enable or disable a source.
#[utoipa::path(patch, path = "/api/v1/inbound-sources/{id}", tag = "inbound",
    request_body = EditSourceBody,
    params(
        ("id" = Uuid, Path, description = "The source."),
        ("If-Match" = String, Header, description = "The `ETag` that was read."),
    ),
    responses((status = 200, description = "Changed.", body = InboundSource)))]
async fn edit(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    IfMatch(version): IfMatch,
    Path(id): Path<Uuid>,
    Json(body): Json<EditSourceBody>,
) -> Handled<InboundSource> {
    let key = key.of(&who, &body)?;
    let changed =
        web.app().enable_inbound_source(&who, id, Some(version), body.enabled, key).await?;
    let version = changed.value.version;
    Ok(Answer::ok(changed.value).version(version).replayed(changed.replayed))
}

/// Remove a source; nothing of it is taken any more.
#[utoipa::path(delete, path = "/api/v1/inbound-sources/{id}", tag = "inbound",
    params(("id" = Uuid, Path, description = "The source.")),
    responses((status = 200, description = "Removed.", body = InboundSource)))]
async fn remove(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(id): Path<Uuid>,
) -> Handled<InboundSource> {
    let key = key.of(&who, &())?;
    let removed = web.app().remove_inbound_source(&who, id, key).await?;
    Ok(Answer::ok(removed.value).replayed(removed.replayed))
}

/// Give a source another secret.
///
/// What is signed with the present one is taken for a while as well.
#[utoipa::path(post, path = "/api/v1/inbound-sources/{id}/rotate-secret", tag = "inbound",
    request_body = RotateBody,
    params(("id" = Uuid, Path, description = "The source.")),
    responses((status = 200, description = "The new secret.", body = MadeSource)))]
async fn rotate(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(id): Path<Uuid>,
    Json(body): Json<RotateBody>,
) -> Handled<MadeSource> {
    let key = key.of(&who, &body)?;
    let keep: Duration = body.keep();
    let (record, secret) = web.app().rotate_inbound_secret(&who, id, keep, key).await?;
    let version = record.version;
    Ok(Answer::ok(MadeSource { record, secret }).version(version))
}

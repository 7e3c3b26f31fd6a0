//! Webhooks: who is told of events by signed requests.

mod body;
mod deliveries;

use axum::extract::State;
use mtm_app::record::WebhookRecord;
use mtm_core::code::Code;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) use self::body::RotateBody;
use self::body::{EditWebhookBody, NewWebhookBody};
use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, IfMatch, Json, Key, NoParameters, Path, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, edit, remove))
        .routes(routes!(rotate))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::resend))
}

/// Webhooks in order of their names.
#[derive(Debug, Serialize, ToSchema)]
struct Webhooks {
    /// All of them: a site has a handful.
    items: Vec<WebhookRecord>,
}

/// A webhook with a secret that was just made.
#[derive(Debug, Serialize, ToSchema)]
struct MadeWebhook {
    /// What is kept of it.
    #[serde(flatten)]
    record: WebhookRecord,
    /// The secret by which its receiver checks signatures. It is shown now and never again.
    secret: String,
}

/// List webhooks.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks",
    responses((status = 200, description = "Every webhook.", body = Webhooks)))]
async fn list(
    State(web): State<Shared>,
    _who: Caller<need::ReadAdministration>,
    _: NoParameters,
) -> Handled<Webhooks> {
    Ok(Answer::ok(Webhooks { items: web.app().ledger().webhooks().await? }))
}

/// Make a webhook.
///
/// It is told what happens from now on, by requests signed after the Standard Webhooks specification
/// (`webhook-id` is the event's id). What is not taken is sent again after 5 s, 5 min, 30 min, 2 h,
/// 5 h, 10 h and 10 h (later where `Retry-After` asks for it), and is a dead letter then. Events about one lot wait five minutes at most for
/// an earlier one. A webhook that took nothing for five days is disabled.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", request_body = NewWebhookBody,
    responses((status = 201, description = "Made.", body = MadeWebhook)))]
async fn create(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Json(body): Json<NewWebhookBody>,
) -> Handled<MadeWebhook> {
    let key = key.of(&who, &body)?;
    let (record, secret) = web.app().create_webhook(&who, body.into_request(), key).await?;
    let version = record.version;
    Ok(Answer::created(MadeWebhook { record, secret }).version(version))
}

/// Show a webhook.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The webhook.")),
    responses((status = 200, description = "The webhook.", body = WebhookRecord)))]
async fn show(
    State(web): State<Shared>,
    _who: Caller<need::ReadAdministration>,
    Path(id): Path<Uuid>,
    _: NoParameters,
) -> Handled<WebhookRecord> {
    let webhook = web.app().ledger().webhook(id).await?;
    let webhook =
        webhook.ok_or_else(|| Problem::new(Code::NotFound, format!("no webhook {id}")))?;
    let version = webhook.version;
    Ok(Answer::ok(webhook).version(version))
}

/// Change a webhook.
///
/// Fields left out stay. One that is enabled again is sent at once what waited for it.
#[utoipa::path(patch, path = "/api/v1/webhooks/{id}", tag = "webhooks",
    request_body = EditWebhookBody,
    params(
        ("id" = Uuid, Path, description = "The webhook."),
        ("If-Match" = String, Header, description = "The `ETag` that was read."),
    ),
    responses((status = 200, description = "Changed.", body = WebhookRecord)))]
async fn edit(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    IfMatch(version): IfMatch,
    Path(id): Path<Uuid>,
    Json(body): Json<EditWebhookBody>,
) -> Handled<WebhookRecord> {
    let key = key.of(&who, &body)?;
    let edited = web.app().edit_webhook(&who, id, Some(version), body.into_edit(), key).await?;
    let version = edited.value.version;
    Ok(Answer::ok(edited.value).version(version).replayed(edited.replayed))
}

/// Give a webhook another secret.
///
/// For a while requests are signed with the present one as well, so that their receiver may change it at
/// leisure: `webhook-signature` holds both signatures.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/rotate-secret", tag = "webhooks",
    request_body = RotateBody,
    params(("id" = Uuid, Path, description = "The webhook.")),
    responses((status = 200, description = "The new secret.", body = MadeWebhook)))]
async fn rotate(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(id): Path<Uuid>,
    Json(body): Json<RotateBody>,
) -> Handled<MadeWebhook> {
    let key = key.of(&who, &body)?;
    let (record, secret) = web.app().rotate_webhook_secret(&who, id, body.keep(), key).await?;
    let version = record.version;
    Ok(Answer::ok(MadeWebhook { record, secret }).version(version))
}

/// Remove a webhook; what waits for it is not sent.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The webhook.")),
    responses((status = 200, description = "Removed.", body = WebhookRecord)))]
async fn remove(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(id): Path<Uuid>,
) -> Handled<WebhookRecord> {
    let key = key.of(&who, &())?;
    let removed = web.app().remove_webhook(&who, id, key).await?;
    Ok(Answer::ok(removed.value).replayed(removed.replayed))
}

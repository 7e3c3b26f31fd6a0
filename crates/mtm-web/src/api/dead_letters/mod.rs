//! Dead letters: what could not be delivered, and what a person does about it.

use axum::extract::State;
use mtm_app::query::Page;
use mtm_app::record::{DeliveryRecord, DeliveryState};
use mtm_core::code::Code;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, Everything, Json, Key, Listing, NoParameters, Paging, Path, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show, edit))
        .routes(routes!(resend))
        .routes(routes!(give_up))
}

/// Another body for a dead letter.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EditBody {
    /// What is sent when it is resent: JSON, as text, byte by byte as it is signed.
    body: String,
}

/// Why a dead letter is dropped.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DropBody {
    /// For whoever asks later.
    reason: String,
}

/// List dead letters, newest first.
#[utoipa::path(get, path = "/api/v1/dead-letters", tag = "webhooks", params(Paging),
    responses((status = 200, description = "A page of them.", body = Page<DeliveryRecord>)))]
async fn list(
    State(web): State<Shared>,
    _who: Caller<need::Administer>,
    Listing { filter: Everything {}, page }: Listing<Everything>,
) -> Handled<Page<DeliveryRecord>> {
    let dead = Some(DeliveryState::Dead);
    Ok(Answer::ok(web.app().ledger().deliveries(None, dead, page).await?))
}

/// Show a dead letter, with what was sent.
#[utoipa::path(get, path = "/api/v1/dead-letters/{id}", tag = "webhooks",
    params(("id" = i64, Path, description = "The dead letter.")),
    responses((status = 200, description = "The dead letter.", body = DeliveryRecord)))]
async fn show(
    State(web): State<Shared>,
    _who: Caller<need::Administer>,
    _: NoParameters,
    Path(id): Path<i64>,
) -> Handled<DeliveryRecord> {
    let letter = web.app().ledger().delivery(id).await?;
    letter
        .filter(|letter| letter.state == DeliveryState::Dead)
        .map(Answer::ok)
        .ok_or_else(|| Problem::new(Code::NotFound, format!("no dead letter {id}")))
}

/// Edit what a dead letter says.
#[utoipa::path(patch, path = "/api/v1/dead-letters/{id}", tag = "webhooks",
    request_body = EditBody, params(("id" = i64, Path, description = "The dead letter.")),
    responses((status = 200, description = "Edited; resend it.", body = DeliveryRecord)))]
async fn edit(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(id): Path<i64>,
    Json(body): Json<EditBody>,
) -> Handled<DeliveryRecord> {
    let key = key.of(&who, &body)?;
    let edited = web.app().edit_dead_letter(&who, id, body.body, key).await?;
    Ok(Answer::ok(edited.value).replayed(edited.replayed))
}

/// Send a dead letter again, from the beginning of its schedule.
#[utoipa::path(post, path = "/api/v1/dead-letters/{id}/resend", tag = "webhooks",
    params(("id" = i64, Path, description = "The dead letter.")),
    responses((status = 200, description = "It is due now.", body = DeliveryRecord)))]
async fn resend(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(id): Path<i64>,
) -> Handled<DeliveryRecord> {
    let key = key.of(&who, &())?;
    let resent = web.app().resend_delivery(&who, id, key).await?;
    Ok(Answer::ok(resent.value).replayed(resent.replayed))
}

/// Drop a dead letter for good.
#[utoipa::path(post, path = "/api/v1/dead-letters/{id}/drop", tag = "webhooks",
    request_body = DropBody, params(("id" = i64, Path, description = "The dead letter.")),
    responses((status = 200, description = "Dropped.", body = DeliveryRecord)))]
async fn give_up(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(id): Path<i64>,
    Json(body): Json<DropBody>,
) -> Handled<DeliveryRecord> {
    let key = key.of(&who, &body)?;
    let dropped = web.app().drop_dead_letter(&who, id, body.reason, key).await?;
    Ok(Answer::ok(dropped.value).replayed(dropped.replayed))
}

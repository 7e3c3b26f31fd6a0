//! Integrations: other systems that are told of events, how each stands, and what brokers refused.

use axum::extract::State;
use mtm_app::integration::Integration;
use mtm_app::record::BrokerLetter;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Json, Key, NoParameters, Path, need};
use crate::web::Shared;

/// Dead letters in one answer; the newest.
const LETTERS: u16 = 200;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(dead_letters))
        .routes(routes!(resend))
        .routes(routes!(give_up))
}

/// Other systems that are told of events.
#[derive(Debug, Serialize, ToSchema)]
struct Integrations {
    /// Brokers first, then webhooks by name.
    items: Vec<Integration>,
}

/// What brokers refused for good.
#[derive(Debug, Serialize, ToSchema)]
struct BrokerLetters {
    /// The newest, newest first.
    items: Vec<BrokerLetter>,
}

/// Why a dead letter is dropped.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DropLetterBody {
    /// For whoever asks later.
    reason: String,
}

/// How other systems are told of events.
///
/// Webhooks, and the MQTT and NATS brokers that servers are or were configured with. Each has its own
/// place in the outbox; what it did not take waits there.
#[utoipa::path(get, path = "/api/v1/integrations", tag = "integrations",
    responses((status = 200, description = "All of them.", body = Integrations)))]
async fn list(
    State(web): State<Shared>,
    _who: Caller<need::ReadAdministration>,
    _: NoParameters,
) -> Handled<Integrations> {
    Ok(Answer::ok(Integrations { items: web.app().integrations().await? }))
}

/// List events that a broker refused for good, newest first.
#[utoipa::path(get, path = "/api/v1/integrations/dead-letters", tag = "integrations",
    responses((status = 200, description = "The newest of them.", body = BrokerLetters)))]
async fn dead_letters(
    State(web): State<Shared>,
    _who: Caller<need::Administer>,
    _: NoParameters,
) -> Handled<BrokerLetters> {
    let items = web.app().ledger().broker_letters(LETTERS).await?;
    Ok(Answer::ok(BrokerLetters { items }))
}

/// Send an event that a broker refused again.
#[utoipa::path(post, path = "/api/v1/integrations/dead-letters/{id}/resend", tag = "integrations",
    params(("id" = i64, Path, description = "The dead letter.")),
    responses((status = 200, description = "It is sent again.", body = BrokerLetter)))]
async fn resend(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(id): Path<i64>,
) -> Handled<BrokerLetter> {
    let key = key.of(&who, &())?;
    let resent = web.app().resend_broker_letter(&who, id, key).await?;
    Ok(Answer::ok(resent.value).replayed(resent.replayed))
}

/// Give an event that a broker refused up for good.
#[utoipa::path(post, path = "/api/v1/integrations/dead-letters/{id}/drop", tag = "integrations",
    request_body = DropLetterBody, params(("id" = i64, Path, description = "The dead letter.")),
    responses((status = 200, description = "Dropped.", body = BrokerLetter)))]
async fn give_up(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(id): Path<i64>,
    Json(body): Json<DropLetterBody>,
) -> Handled<BrokerLetter> {
    let key = key.of(&who, &body)?;
    let dropped = web.app().drop_broker_letter(&who, id, body.reason, key).await?;
    Ok(Answer::ok(dropped.value).replayed(dropped.replayed))
}

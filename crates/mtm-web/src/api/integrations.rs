//! Integrations: other systems that are told of events or called, how each stands, and what brokers
//! refused.

use axum::extract::State;
use mtm_app::drop_folder::DropFolderView;
use mtm_app::integration::Integration;
use mtm_app::record::{BrokerLetter, GuardRecord};
use mtm_core::guard::Hold;
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
        .routes(routes!(guard))
        .routes(routes!(dead_letters))
        .routes(routes!(resend))
        .routes(routes!(give_up))
}

/// Other systems: those that are told of events, and those that are called.
#[derive(Debug, Serialize, ToSchema)]
struct Integrations {
    /// Brokers first, then the mail server, webhooks by name, and systems that are called by name.
    items: Vec<Integration>,
    /// The folder by which files are exchanged; null where there is none.
    files: Option<DropFolderView>,
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

/// What is decided about the way to another system.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GuardBody {
    /// `open`: nothing is sent; `closed`: it is called however it answers; `automatic`: as it answers.
    #[serde(rename = "override")]
    hold: Hold,
    /// Why; may be left out for `automatic`.
    #[serde(default)]
    reason: String,
}

/// How other systems are told of events, and how those stand that are called.
///
/// Webhooks, the mail server, and the MQTT and NATS brokers that servers are or were configured with. Each
/// has its own place in the outbox; what it did not take waits there. `guard` says how the way to it
/// stands: one that fails or is slow is left alone (`open`), and tried by one call at a time. A system that
/// is called (`kind` `peer`) has a `credential`: how it is told who asks, until when its token and the
/// certificates count, and what to do where it does not answer as it should. `files` says what waits in the
/// folder by which files are exchanged, and why files in quarantine were not taken over.
#[utoipa::path(get, path = "/api/v1/integrations", tag = "integrations",
    responses((status = 200, description = "All of them.", body = Integrations)))]
async fn list(
    State(web): State<Shared>,
    _who: Caller<need::ReadAdministration>,
    _: NoParameters,
) -> Handled<Integrations> {
    let app = web.app();
    let (items, files) = (app.integrations().await?, app.drop_folder().await?);
    Ok(Answer::ok(Integrations { items, files }))
}

/// Leave another system alone, or call it again.
///
/// It counts for every server, is written into the audit log, and stays until it is decided otherwise.
/// Nothing is lost meanwhile: what happens waits, and no try of any schedule is used up. What was left
/// alone and goes by itself again is tried by one call first. Brokers and the mail server are tried again
/// by themselves, and cannot be held `closed`.
#[utoipa::path(post, path = "/api/v1/integrations/{name}/guard", tag = "integrations",
    request_body = GuardBody,
    params(("name" = String, Path, description = "The system's `id`, or its name.")),
    responses((status = 200, description = "Decided.", body = GuardRecord)))]
async fn guard(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(name): Path<String>,
    Json(body): Json<GuardBody>,
) -> Handled<GuardRecord> {
    let key = key.of(&who, &body)?;
    let held = web.app().hold_integration(&who, &name, body.hold, body.reason, key).await?;
    Ok(Answer::ok(held.value).replayed(held.replayed))
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

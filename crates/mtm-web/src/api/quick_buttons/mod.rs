//! Quick buttons: the caller's own shortcuts, at most ten.

use axum::extract::State;
use mtm_app::record::QuickButton;
use mtm_core::code::Code;
use mtm_core::word::{LocationCode, OperationCode, PartCode, Quantity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Done, Handled};
use crate::problem::Problem;
use crate::request::{Caller, Json, Key, NoParameters, Path, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(put, delete)).routes(routes!(reorder))
}

/// The caller's buttons.
#[derive(Debug, Serialize, ToSchema)]
struct Buttons {
    /// In order of their slots.
    items: Vec<QuickButton>,
}

/// What a button fills in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ButtonBody {
    /// Part.
    part: PartCode,
    /// Operation.
    operation: OperationCode,
    /// Pieces.
    quantity: Quantity,
    /// Location, where the shortcut names one.
    #[serde(default)]
    location: Option<LocationCode>,
}

/// A new order of the buttons.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrderBody {
    /// Every slot in use, in the order wanted.
    slots: Vec<u8>,
}

/// List my quick buttons.
#[utoipa::path(get, path = "/api/v1/quick-buttons", tag = "quick-buttons",
    responses((status = 200, description = "My buttons.", body = Buttons)))]
async fn list(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    _: NoParameters,
) -> Handled<Buttons> {
    let items = web.app().ledger().quick_buttons(who.user).await?;
    Ok(Answer::ok(Buttons { items }))
}

/// Set one of my quick buttons.
#[utoipa::path(put, path = "/api/v1/quick-buttons/{slot}", tag = "quick-buttons",
    params(("slot" = u8, Path, description = "1 to 10.")),
    request_body = ButtonBody,
    responses((status = 200, description = "The button.", body = QuickButton)))]
async fn put(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    key: Key,
    Path(slot): Path<u8>,
    Json(body): Json<ButtonBody>,
) -> Handled<QuickButton> {
    let key = key.of(&who, &body)?;
    let ButtonBody { part, operation, quantity, location } = body;
    let button = QuickButton { slot: slot_of(slot)?, part, operation, quantity, location };
    let made = web.app().ledger().put_quick_button(who.user, button, key).await?;
    Ok(Answer::ok(made.value).replayed(made.replayed))
}

/// Remove one of my quick buttons.
#[utoipa::path(delete, path = "/api/v1/quick-buttons/{slot}", tag = "quick-buttons",
    params(("slot" = u8, Path, description = "1 to 10.")),
    responses((status = 204, description = "The slot is empty.")))]
async fn delete(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    key: Key,
    Path(slot): Path<u8>,
) -> Result<Done, Problem> {
    let key = key.of(&who, &())?;
    web.app().ledger().delete_quick_button(who.user, slot_of(slot)?, key).await?;
    Ok(Done)
}

/// Reorder my quick buttons.
#[utoipa::path(post, path = "/api/v1/quick-buttons/reorder", tag = "quick-buttons",
    request_body = OrderBody,
    responses((status = 200, description = "My buttons.", body = Buttons)))]
async fn reorder(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    key: Key,
    Json(body): Json<OrderBody>,
) -> Handled<Buttons> {
    let key = key.of(&who, &body)?;
    let made = web.app().ledger().reorder_quick_buttons(who.user, body.slots, key).await?;
    Ok(Answer::ok(Buttons { items: made.value }).replayed(made.replayed))
}

fn slot_of(slot: u8) -> Result<u8, Problem> {
    let slots = 1..=QuickButton::SLOTS;
    slots
        .contains(&slot)
        .then_some(slot)
        .ok_or_else(|| Problem::new(Code::NotFound, "slots are 1 to 10"))
}

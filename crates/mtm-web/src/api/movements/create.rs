//! `POST /movements`: one booking.

use axum::extract::State;
use mtm_app::movement::MovementBody;
use mtm_core::outcome::Outcome;

use crate::answer::{Handled, booked};
use crate::request::{Booking, Json, need};
use crate::web::Shared;

/// Book a movement.
///
/// `in`, `out`, `transfer`, `scrap` or `adjust`. Answers what the ledger recorded, durably. A
/// refusal that can be confirmed is repeated under the same key with its code in `confirm`.
#[utoipa::path(post, path = "/api/v1/movements", tag = "movements", request_body = MovementBody,
    responses((status = 201, description = "Booked.", body = Outcome)))]
pub(super) async fn create(
    State(web): State<Shared>,
    who: Booking<need::Book>,
    Json(body): Json<MovementBody>,
) -> Handled<Outcome> {
    let made = web.app().book(&who.caller, who.around, &body).await?;
    Ok(booked(made, web.metrics()))
}

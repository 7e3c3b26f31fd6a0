//! `POST /holds`.

use axum::extract::State;
use mtm_app::movement::HoldBody;
use mtm_core::outcome::Outcome;

use crate::answer::{Handled, booked};
use crate::request::{Booking, Json, need};
use crate::web::Shared;

/// Place a hold.
///
/// Blocks one lot, every lot of a part, or everything at a location.
#[utoipa::path(post, path = "/api/v1/holds", tag = "holds", request_body = HoldBody,
    responses((status = 201, description = "Placed; `hold` names it.", body = Outcome)))]
pub(super) async fn place(
    State(web): State<Shared>,
    who: Booking<need::Hold>,
    Json(body): Json<HoldBody>,
) -> Handled<Outcome> {
    let done = web.app().place_hold(&who.caller, who.around, &body).await?;
    Ok(booked(done, web.metrics()))
}

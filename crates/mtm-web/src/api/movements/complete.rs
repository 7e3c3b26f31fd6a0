//! `POST /movements/complete-operation`: good, scrap and rework of one operation.

use axum::extract::State;
use mtm_app::movement::CompleteBody;
use mtm_core::outcome::Outcome;

use crate::answer::{Handled, booked};
use crate::request::{Booking, Json, need};
use crate::web::Shared;

/// Complete an operation.
///
/// Good pieces go on, scrapped ones leave, rework stays or goes where it is sent: one command.
#[utoipa::path(post, path = "/api/v1/movements/complete-operation", tag = "movements",
    request_body = CompleteBody,
    responses((status = 201, description = "Booked.", body = Outcome)))]
pub(super) async fn complete(
    State(web): State<Shared>,
    who: Booking<need::Book>,
    Json(body): Json<CompleteBody>,
) -> Handled<Outcome> {
    let made = web.app().complete(&who.caller, who.around, &body).await?;
    Ok(booked(made, web.metrics()))
}

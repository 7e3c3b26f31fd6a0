//! `POST /reservations`.

use axum::extract::State;
use mtm_app::movement::ReservationBody;
use mtm_core::outcome::Outcome;

use crate::answer::{Handled, booked};
use crate::request::{Booking, Json, need};
use crate::web::Shared;

/// Reserve pieces of a lot.
///
/// Stock stays as it is. Whoever would take them for something else (`out`, a split, a merge) is asked
/// first (`reserved`, confirmable); an `out` that names the reservation uses it. It counts until all of it
/// was taken for it, somebody ends it, its time is over, or nothing is left of its lot; an undo of what
/// was taken gives it back.
#[utoipa::path(post, path = "/api/v1/reservations", tag = "reservations",
    request_body = ReservationBody,
    responses((status = 201, description = "Reserved; `reservation` names it.", body = Outcome)))]
pub(super) async fn place(
    State(web): State<Shared>,
    who: Booking<need::Reserve>,
    Json(body): Json<ReservationBody>,
) -> Handled<Outcome> {
    let done = web.app().reserve(&who.caller, who.around, &body).await?;
    Ok(booked(done, web.metrics()))
}

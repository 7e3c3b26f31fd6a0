//! `POST /reservations/{id}/release`.

use axum::extract::State;
use mtm_app::movement::EndReservationBody;
use mtm_core::outcome::Outcome;
use mtm_core::word::ReservationId;

use crate::answer::{Handled, booked};
use crate::request::{Booking, Json, Path, need};
use crate::web::Shared;

/// End a reservation.
///
/// One's own; that of others takes a lead.
#[utoipa::path(post, path = "/api/v1/reservations/{id}/release", tag = "reservations",
    params(("id" = ReservationId, Path, description = "The reservation.")),
    request_body = EndReservationBody,
    responses((status = 201, description = "Ended.", body = Outcome)))]
pub(super) async fn end(
    State(web): State<Shared>,
    who: Booking<need::Reserve>,
    Path(id): Path<ReservationId>,
    Json(body): Json<EndReservationBody>,
) -> Handled<Outcome> {
    let done = web.app().end_reservation(&who.caller, who.around, id, &body).await?;
    Ok(booked(done, web.metrics()))
}

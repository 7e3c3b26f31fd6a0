//! `POST /holds/{id}/release`.

use axum::extract::State;
use mtm_app::movement::ReleaseBody;
use mtm_core::outcome::Outcome;
use mtm_core::word::HoldId;

use crate::answer::{Handled, booked};
use crate::request::{Booking, Json, Path, need};
use crate::web::Shared;

/// Release a hold.
#[utoipa::path(post, path = "/api/v1/holds/{id}/release", tag = "holds",
    params(("id" = HoldId, Path, description = "The hold.")),
    request_body = ReleaseBody,
    responses((status = 201, description = "Released.", body = Outcome)))]
pub(super) async fn release(
    State(web): State<Shared>,
    who: Booking<need::Hold>,
    Path(id): Path<HoldId>,
    Json(body): Json<ReleaseBody>,
) -> Handled<Outcome> {
    let done = web.app().release_hold(&who.caller, who.around, id, &body).await?;
    Ok(booked(done, web.metrics()))
}

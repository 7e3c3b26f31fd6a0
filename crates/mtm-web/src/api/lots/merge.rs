//! `POST /lots/merge`.

use axum::extract::State;
use mtm_app::movement::MergeBody;
use mtm_core::outcome::Outcome;

use crate::answer::{Handled, booked};
use crate::request::{Booking, Json, need};
use crate::web::Shared;

/// Merge lots.
///
/// Whole lots become part of another one, where they stand: lots of one part, at one place, that
/// carry the same item type, work order and colour. The other lot keeps its number and what it
/// carries; those that joined it keep theirs, without pieces there. Of part of a lot: split it first.
#[utoipa::path(post, path = "/api/v1/lots/merge", tag = "lots",
    request_body = MergeBody,
    responses((status = 201, description = "Merged: a movement for each lot that joined.", body = Outcome)))]
pub(super) async fn merge(
    State(web): State<Shared>,
    who: Booking<need::Book>,
    Json(body): Json<MergeBody>,
) -> Handled<Outcome> {
    let done = web.app().merge(&who.caller, who.around, &body).await?;
    Ok(booked(done, web.metrics()))
}

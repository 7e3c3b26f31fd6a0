//! `POST /lots/{lot}/split`.

use axum::extract::State;
use mtm_app::movement::SplitBody;
use mtm_core::outcome::Outcome;
use mtm_core::word::LotNumber;

use crate::answer::{Handled, booked};
use crate::request::{Booking, Json, Path, need};
use crate::web::Shared;

/// Split a lot.
///
/// Some of its pieces become a lot of their own in the same place, with the same attributes and
/// this lot as parent.
#[utoipa::path(post, path = "/api/v1/lots/{lot}/split", tag = "lots",
    params(("lot" = LotNumber, Path, description = "The lot.")),
    request_body = SplitBody,
    responses((status = 201, description = "Split; `lots` names the new one.", body = Outcome)))]
pub(super) async fn split(
    State(web): State<Shared>,
    who: Booking<need::Book>,
    Path(lot): Path<LotNumber>,
    Json(body): Json<SplitBody>,
) -> Handled<Outcome> {
    let done = web.app().split(&who.caller, who.around, lot, &body).await?;
    Ok(booked(done, web.metrics()))
}

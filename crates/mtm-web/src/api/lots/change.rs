//! `PATCH /lots/{lot}`: what a lot carries.

use axum::extract::State;
use mtm_app::movement::LotPatchBody;
use mtm_core::outcome::Outcome;
use mtm_core::word::LotNumber;

use crate::answer::{Answer, Handled};
use crate::request::{Booking, IfMatch, Json, Path, need};
use crate::web::Shared;

/// Change what a lot carries.
///
/// Fields left out stay; `null` clears. Audited.
#[utoipa::path(patch, path = "/api/v1/lots/{lot}", tag = "lots",
    params(
        ("lot" = LotNumber, Path, description = "The lot."),
        ("If-Match" = String, Header, description = "The `ETag` that was read."),
    ),
    request_body = LotPatchBody,
    responses((status = 200, description = "Changed.", body = Outcome)))]
pub(super) async fn change(
    State(web): State<Shared>,
    who: Booking<need::EditMaster>,
    IfMatch(version): IfMatch,
    Path(lot): Path<LotNumber>,
    Json(body): Json<LotPatchBody>,
) -> Handled<Outcome> {
    let done = web.app().change_lot(&who.caller, who.around, lot, version, &body).await?;
    Ok(Answer::ok(done.outcome).replayed(done.replayed))
}

//! `POST /movements`: one booking.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use mtm_app::approval::{ApprovalRow, BookedOrAsked};
use mtm_app::movement::MovementBody;
use mtm_core::outcome::Outcome;

use crate::answer::{Answer, booked};
use crate::problem::Problem;
use crate::request::{Booking, Json, need};
use crate::web::Shared;

/// Book a movement.
///
/// `in`, `out`, `transfer`, `scrap` or `adjust`. Answers what the ledger recorded, durably. A
/// refusal that can be confirmed is repeated under the same key with its code in `confirm`. An
/// adjustment that takes a second person (`approval_required`) is then not booked: it waits in
/// `/approvals`, and the answer is 202 with the request.
#[utoipa::path(post, path = "/api/v1/movements", tag = "movements", request_body = MovementBody,
    responses(
        (status = 201, description = "Booked.", body = Outcome),
        (status = 202, description = "Nothing is booked yet: it waits for a second person.", body = ApprovalRow),
    ))]
pub(super) async fn create(
    State(web): State<Shared>,
    who: Booking<need::Book>,
    Json(body): Json<MovementBody>,
) -> Result<Response, Problem> {
    Ok(match web.app().book_or_ask(&who.caller, who.around, &body).await? {
        BookedOrAsked::Booked(made) => booked(*made, web.metrics()).into_response(),
        BookedOrAsked::Asked(made) => {
            Answer::accepted(made.value).replayed(made.replayed).into_response()
        }
    })
}

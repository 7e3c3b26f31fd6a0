//! `POST /movements/{id}/reverse` and `POST /movements/reverse`: undoing.

use axum::extract::State;
use mtm_app::movement::{Circumstances, ReverseBody, UNDO_GOES_ON};
use mtm_core::outcome::Outcome;
use mtm_core::word::MovementId;

use crate::answer::{Answer, Handled, booked};
use crate::request::{Booking, Json, Path, need};
use crate::web::{Shared, Web};

/// Undo a movement.
///
/// With `preview` shows the consequences and changes nothing. Refused with `consumed_since` and
/// the later movements when the pieces have moved on.
#[utoipa::path(post, path = "/api/v1/movements/{id}/reverse", tag = "movements",
    params(("id" = MovementId, Path, description = "The movement.")),
    request_body = ReverseBody,
    responses(
        (status = 201, description = "Undone.", body = Outcome),
        (status = 200, description = "What would happen.", body = Outcome),
    ))]
pub(super) async fn one(
    State(web): State<Shared>,
    who: Booking<need::UndoOwn>,
    Path(id): Path<MovementId>,
    Json(body): Json<ReverseBody>,
) -> Handled<Outcome> {
    reverse(&web, &who, who.around.clone(), Some(id), &body).await
}

/// Undo several movements.
///
/// Everything of a command, an import, a scan session or a shift, or a list: newest first, all or
/// none. A shift is for leads, and may be narrowed to a person or a terminal.
/// With `preview` shows the consequences and changes nothing.
///
/// An import of more than 1,000 movements is undone in steps, unless something stands in the way
/// before the first; the answer shows the newest 1,000. Cut off, or answered with the warning
/// `undo_goes_on` (200), it goes on where it stopped when the request is repeated.
#[utoipa::path(post, path = "/api/v1/movements/reverse", tag = "movements",
    request_body = ReverseBody,
    responses(
        (status = 201, description = "Undone.", body = Outcome),
        (status = 200, description = "What would happen, or what happened so far.", body = Outcome),
    ))]
pub(super) async fn several(
    State(web): State<Shared>,
    who: Booking<need::UndoOwn>,
    Json(body): Json<ReverseBody>,
) -> Handled<Outcome> {
    reverse(&web, &who, who.around.clone(), None, &body).await
}

async fn reverse(
    web: &Web,
    who: &Booking<need::UndoOwn>,
    around: Circumstances,
    movement: Option<MovementId>,
    body: &ReverseBody,
) -> Handled<Outcome> {
    let made = web.app().reverse(&who.caller, around, movement, body).await?;
    let goes_on = made.outcome.warnings.iter().any(|warning| warning.code == UNDO_GOES_ON);
    if body.preview || goes_on {
        return Ok(Answer::ok(made.outcome));
    }
    Ok(booked(made, web.metrics()))
}

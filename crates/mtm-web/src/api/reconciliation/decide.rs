//! `POST /reconciliation/breaks/{id}/…`: what people decide about a break.

use axum::extract::State;
use mtm_app::Once;
use mtm_app::reconcile::{AssignBody, BreakSheet, CloseBody, NoteBody};

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Json, Key, Path, need};
use crate::web::Shared;

fn decided(made: Once<BreakSheet>) -> Answer<BreakSheet> {
    Answer::ok(made.value).replayed(made.replayed)
}

/// Look after a break from now on.
#[utoipa::path(post, path = "/api/v1/reconciliation/breaks/{id}/take", tag = "reconciliation",
    params(("id" = i64, Path, description = "Its number.")),
    responses((status = 200, description = "It is yours.", body = BreakSheet)))]
pub(super) async fn take(
    State(web): State<Shared>,
    who: Caller<need::Reconcile>,
    key: Key,
    Path(id): Path<i64>,
) -> Handled<BreakSheet> {
    let key = key.of(&who, &())?;
    Ok(decided(web.app().take_break(&who, id, key).await?))
}

/// Have somebody else look after a break, or nobody.
#[utoipa::path(post, path = "/api/v1/reconciliation/breaks/{id}/assign", tag = "reconciliation",
    params(("id" = i64, Path, description = "Its number.")), request_body = AssignBody,
    responses((status = 200, description = "It is theirs.", body = BreakSheet)))]
pub(super) async fn assign(
    State(web): State<Shared>,
    who: Caller<need::Reconcile>,
    key: Key,
    Path(id): Path<i64>,
    Json(body): Json<AssignBody>,
) -> Handled<BreakSheet> {
    let key = key.of(&who, &body)?;
    Ok(decided(web.app().assign_break(&who, id, &body, key).await?))
}

/// Write something down about a break.
#[utoipa::path(post, path = "/api/v1/reconciliation/breaks/{id}/note", tag = "reconciliation",
    params(("id" = i64, Path, description = "Its number.")), request_body = NoteBody,
    responses((status = 200, description = "It is written down.", body = BreakSheet)))]
pub(super) async fn note(
    State(web): State<Shared>,
    who: Caller<need::Reconcile>,
    key: Key,
    Path(id): Path<i64>,
    Json(body): Json<NoteBody>,
) -> Handled<BreakSheet> {
    let key = key.of(&who, &body)?;
    Ok(decided(web.app().note_break(&who, id, &body, key).await?))
}

/// Close a break, with a reason.
///
/// A comparison that finds the same difference leaves it closed; one that finds another opens it again.
#[utoipa::path(post, path = "/api/v1/reconciliation/breaks/{id}/close", tag = "reconciliation",
    params(("id" = i64, Path, description = "Its number.")), request_body = CloseBody,
    responses((status = 200, description = "It is closed.", body = BreakSheet)))]
pub(super) async fn close(
    State(web): State<Shared>,
    who: Caller<need::Reconcile>,
    key: Key,
    Path(id): Path<i64>,
    Json(body): Json<CloseBody>,
) -> Handled<BreakSheet> {
    let key = key.of(&who, &body)?;
    Ok(decided(web.app().close_break(&who, id, &body, key).await?))
}

/// Open a break that somebody closed.
#[utoipa::path(post, path = "/api/v1/reconciliation/breaks/{id}/reopen", tag = "reconciliation",
    params(("id" = i64, Path, description = "Its number.")), request_body = NoteBody,
    responses((status = 200, description = "It is open.", body = BreakSheet)))]
pub(super) async fn reopen(
    State(web): State<Shared>,
    who: Caller<need::Reconcile>,
    key: Key,
    Path(id): Path<i64>,
    Json(body): Json<NoteBody>,
) -> Handled<BreakSheet> {
    let key = key.of(&who, &body)?;
    Ok(decided(web.app().reopen_break(&who, id, &body, key).await?))
}

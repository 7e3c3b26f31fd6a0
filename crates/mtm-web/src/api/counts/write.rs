//! Planning, counting, counting again, posting, giving up.

use axum::extract::State;
use mtm_app::count::{CountPosted, EntriesBody, PlanBody, PostBody, RecountBody};
use mtm_app::record::{CountRecord, Entered};
use mtm_core::word::CountId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, Handled};
use crate::request::{Booking, Caller, Json, Key, Path, need};
use crate::web::Shared;

/// What became of the entries.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EnteredLines {
    /// In the order of the entries.
    items: Vec<Entered>,
}

/// Plan a count.
///
/// A line is frozen for every bucket that stands there now, at most 5,000. Bookings go on: what
/// moves afterwards is no difference.
#[utoipa::path(post, path = "/api/v1/counts", tag = "counts", request_body = PlanBody,
    responses((status = 201, description = "Planned.", body = CountRecord)))]
pub(super) async fn plan(
    State(web): State<Shared>,
    who: Caller<need::RunCount>,
    key: Key,
    Json(body): Json<PlanBody>,
) -> Handled<CountRecord> {
    let key = key.of(&who, &body)?;
    let planned = web.app().plan_count(&who, &body, key).await?;
    Ok(Answer::created(planned.value).replayed(planned.replayed))
}

/// Enter what was counted.
///
/// One line or up to 500, all or none. Each number is compared with what the ledger knew at the
/// moment of counting. Within the tolerance the line is decided; otherwise it is to be counted again,
/// by somebody else unless the count says otherwise, and the second count decides. Something that is
/// not on the list is entered by part, operation, location and lot and becomes a line of its own.
#[utoipa::path(post, path = "/api/v1/counts/{id}/entries", tag = "counts",
    params(("id" = CountId, Path, description = "The count.")),
    request_body = EntriesBody,
    responses((status = 201, description = "Entered.", body = EnteredLines)))]
pub(super) async fn enter(
    State(web): State<Shared>,
    who: Caller<need::EnterCount>,
    key: Key,
    Path(id): Path<CountId>,
    Json(body): Json<EntriesBody>,
) -> Handled<EnteredLines> {
    let key = key.of(&who, &body)?;
    let entered = web.app().enter_counts(&who, id, &body, key).await?;
    Ok(Answer::created(EnteredLines { items: entered.value }).replayed(entered.replayed))
}

/// Have decided lines counted again.
#[utoipa::path(post, path = "/api/v1/counts/{id}/recount", tag = "counts",
    params(("id" = CountId, Path, description = "The count.")),
    request_body = RecountBody,
    responses((status = 200, description = "They wait to be counted.", body = CountRecord)))]
pub(super) async fn recount(
    State(web): State<Shared>,
    who: Caller<need::RunCount>,
    key: Key,
    Path(id): Path<CountId>,
    Json(body): Json<RecountBody>,
) -> Handled<CountRecord> {
    let key = key.of(&who, &body)?;
    let asked = web.app().recount(&who, id, &body, key).await?;
    Ok(Answer::ok(asked.value).replayed(asked.replayed))
}

/// Post a count: book the differences of its decided lines.
///
/// With `preview` nothing is booked, and the answer says what would be. Each difference is an
/// adjustment with the reason `count`; found material without a lot is received. A line that is
/// refused says why and waits to be posted again. When nothing is left to count or to post, or with
/// `leave_uncounted` when nothing is left to post, the count is closed (`count.posted`). Whatever the
/// key, a line is booked once: cut off, it goes on where it stopped when it is posted again.
#[utoipa::path(post, path = "/api/v1/counts/{id}/post", tag = "counts",
    params(("id" = CountId, Path, description = "The count.")),
    request_body = PostBody,
    responses((status = 200, description = "Posted, or as far as it goes.", body = CountPosted)))]
pub(super) async fn post(
    State(web): State<Shared>,
    booking: Booking<need::RunCount>,
    Path(id): Path<CountId>,
    Json(body): Json<PostBody>,
) -> Handled<CountPosted> {
    let Booking { caller, around } = booking;
    Ok(Answer::ok(web.app().post_count(&caller, around, id, &body).await?))
}

/// Give a count up; what was posted stays.
#[utoipa::path(post, path = "/api/v1/counts/{id}/cancel", tag = "counts",
    params(("id" = CountId, Path, description = "The count.")),
    responses((status = 200, description = "Given up.", body = CountRecord)))]
pub(super) async fn cancel(
    State(web): State<Shared>,
    who: Caller<need::RunCount>,
    key: Key,
    Path(id): Path<CountId>,
) -> Handled<CountRecord> {
    let key = key.of(&who, &())?;
    let cancelled = web.app().cancel_count(&who, id, key).await?;
    Ok(Answer::ok(cancelled.value).replayed(cancelled.replayed))
}

//! `/flows/postings`: one posting for each movement that concerns another system.

use axum::extract::State;
use mtm_app::Once;
use mtm_app::sync::{PostingBody, PostingQuery, PostingSheet, Postings, State as Standing};
use mtm_core::word::MovementId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Json, Key, NoParameters, Path, Query, need, numbered};
use crate::web::Shared;

/// Which postings.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Of this flow; of all where omitted.
    flow: Option<String>,
    /// That stand so; all where omitted.
    #[param(inline)]
    state: Option<Standing>,
    /// Only those that wait for somebody.
    needs_somebody: bool,
    /// Only those of which something is still to become.
    open: bool,
    /// Of this part.
    part: Option<String>,
    /// Of this lot.
    lot: Option<String>,
    /// With this document number there.
    document: Option<String>,
    /// For this movement.
    movement: Option<MovementId>,
    /// How many: 1 to 1,000, 50 where omitted.
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List postings, the newest first.
#[utoipa::path(get, path = "/api/v1/flows/postings", tag = "flows", params(Filter),
    responses((status = 200, description = "The postings.", body = Postings)))]
pub(super) async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Filter>,
) -> Handled<Postings> {
    let (limit, before) = numbered(it.limit, it.cursor.as_deref())?;
    let query = PostingQuery {
        flow: it.flow,
        state: it.state,
        needs_somebody: it.needs_somebody,
        open: it.open,
        part: it.part,
        lot: it.lot,
        document: it.document,
        movement: it.movement,
        before,
        limit,
    };
    Ok(Answer::ok(web.app().postings(&who, query).await?))
}

/// Show a posting, what is sent for it, and what became of it.
#[utoipa::path(get, path = "/api/v1/flows/postings/{id}", tag = "flows",
    params(("id" = i64, Path, description = "Its number.")),
    responses((status = 200, description = "The posting.", body = PostingSheet)))]
pub(super) async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
    Path(id): Path<i64>,
) -> Handled<PostingSheet> {
    Ok(Answer::ok(web.app().posting_sheet(&who, id).await?))
}

/// Decide what becomes of a posting.
///
/// To have the movement itself undone, undo it as any other: what was not posted is withdrawn by itself.
#[utoipa::path(post, path = "/api/v1/flows/postings/{id}/decide", tag = "flows",
    params(("id" = i64, Path, description = "Its number.")), request_body = PostingBody,
    responses((status = 200, description = "It is decided.", body = PostingSheet)))]
pub(super) async fn decide(
    State(web): State<Shared>,
    who: Caller<need::Reconcile>,
    key: Key,
    Path(id): Path<i64>,
    Json(body): Json<PostingBody>,
) -> Handled<PostingSheet> {
    let key = key.of(&who, &body)?;
    let Once { value, replayed } = web.app().decide_posting(&who, id, &body, key).await?;
    Ok(Answer::ok(value).replayed(replayed))
}

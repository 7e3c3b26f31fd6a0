//! `/machine-proposals`: pieces that machines counted.

use axum::extract::State;
use mtm_app::machine::{
    ProposalBody, ProposalKind, ProposalQuery, ProposalRow, ProposalSheet, ProposalState, Proposals,
};
use mtm_app::{Once, once};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Handled};
use crate::request::{Booking, Caller, Json, NoParameters, Path, Query, need, numbered};
use crate::web::Shared;

/// Which proposals.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Of this machine; of all where omitted.
    machine: Option<String>,
    /// That stand so; all where omitted.
    #[param(inline)]
    state: Option<ProposalState>,
    /// Of this kind; of both where omitted.
    #[param(inline)]
    kind: Option<ProposalKind>,
    /// How many: 1 to 1,000, 50 where omitted.
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List pieces that machines counted, the newest first.
#[utoipa::path(get, path = "/api/v1/machine-proposals", tag = "machines", params(Filter),
    responses((status = 200, description = "The proposals.", body = Proposals)))]
pub(super) async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Filter>,
) -> Handled<Proposals> {
    let (limit, before) = numbered(it.limit, it.cursor.as_deref())?;
    let query =
        ProposalQuery { state: it.state, kind: it.kind, machine: it.machine, before, limit };
    Ok(Answer::ok(web.app().proposals(&who, query).await?))
}

/// Show pieces that a machine counted, and what became of them.
#[utoipa::path(get, path = "/api/v1/machine-proposals/{id}", tag = "machines",
    params(("id" = i64, Path, description = "The proposal's number.")),
    responses((status = 200, description = "The proposal.", body = ProposalSheet)))]
pub(super) async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
    Path(id): Path<i64>,
) -> Handled<ProposalSheet> {
    Ok(Answer::ok(web.app().proposal(&who, id).await?))
}

/// Say what pieces are that a machine counted, and book them.
///
/// What was counted since `seen` goes on to another proposal. What the ledger refuses is open again in the answer, with the
/// `cause`.
#[utoipa::path(post, path = "/api/v1/machine-proposals/{id}/decide", tag = "machines",
    params(("id" = i64, Path, description = "The proposal's number.")), request_body = ProposalBody,
    responses((status = 200, description = "It is decided.", body = ProposalRow)))]
pub(super) async fn decide(
    State(web): State<Shared>,
    Booking { caller: who, around }: Booking<need::Book>,
    Path(id): Path<i64>,
    Json(body): Json<ProposalBody>,
) -> Handled<ProposalRow> {
    let key = once::key_of(&who, &around.route, around.key, &body)?;
    let Once { value, replayed } = web.app().decide_proposal(&who, id, &body, key).await?;
    Ok(Answer::ok(value).replayed(replayed))
}

//! `/master-sync`: parts as other systems have them, and what differs here.

use axum::extract::State;
use mtm_app::Once;
use mtm_app::master_sync::{
    BulkBody, BulkDone, DecideBody, DifferenceQuery, DifferenceRow, Differences, MasterSyncView,
    MasterSyncs, SyncBody,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Json, Key, NoParameters, Path, Query, need, numbered};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(change))
        .routes(routes!(decide_all))
        .routes(routes!(differences))
        .routes(routes!(show))
        .routes(routes!(decide))
}

/// List whose parts are kept here, by the ERP's name.
///
/// Each has a mode (`off`, `shadow`, `worklist`, `automatic`), the attributes that are the ERP's (`owned`), and how
/// many of its parts are known, differ, and wait for somebody.
#[utoipa::path(get, path = "/api/v1/master-sync", tag = "master-sync",
    responses((status = 200, description = "One for each ERP.", body = MasterSyncs)))]
async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
) -> Handled<MasterSyncs> {
    Ok(Answer::ok(web.app().master_syncs(&who).await?))
}

/// Decide who acts on differences.
///
/// The parts are compared in the new way with the next reading of the ERP.
#[utoipa::path(post, path = "/api/v1/master-sync/{erp}", tag = "master-sync",
    params(("erp" = String, Path, description = "The ERP's name.")), request_body = SyncBody,
    responses((status = 200, description = "It is decided.", body = MasterSyncView)))]
async fn change(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(erp): Path<String>,
    Json(body): Json<SyncBody>,
) -> Handled<MasterSyncView> {
    let key = key.of(&who, &body)?;
    let Once { value, replayed } = web.app().change_master_sync(&who, &erp, &body, key).await?;
    Ok(Answer::ok(value).replayed(replayed))
}

/// Decide what becomes of all parts that wait for somebody.
///
/// Some hundreds are decided about at once; `next` says where the rest begins.
#[utoipa::path(post, path = "/api/v1/master-sync/{erp}/decide", tag = "master-sync",
    params(("erp" = String, Path, description = "The ERP's name.")), request_body = BulkBody,
    responses((status = 200, description = "What came of it.", body = BulkDone)))]
async fn decide_all(
    State(web): State<Shared>,
    who: Caller<need::Retire>,
    key: Key,
    Path(erp): Path<String>,
    Json(body): Json<BulkBody>,
) -> Handled<BulkDone> {
    let key = key.of(&who, &body)?;
    let Once { value, replayed } = web.app().decide_masters(&who, &erp, &body, key).await?;
    Ok(Answer::ok(value).replayed(replayed))
}

/// Which parts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Of this ERP; of all where omitted.
    erp: Option<String>,
    /// Only those that wait for somebody.
    waiting: bool,
    /// This part.
    part: Option<String>,
    /// How many: 1 to 1,000, 50 where omitted.
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List parts that are not here what they are there, those first that are known last.
#[utoipa::path(get, path = "/api/v1/master-sync/differences", tag = "master-sync", params(Filter),
    responses((status = 200, description = "The parts.", body = Differences)))]
async fn differences(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Filter>,
) -> Handled<Differences> {
    let (limit, before) = numbered(it.limit, it.cursor.as_deref())?;
    let query = DifferenceQuery { erp: it.erp, waiting: it.waiting, part: it.part, before, limit };
    Ok(Answer::ok(web.app().master_differences(&who, query).await?))
}

/// Show a part that differs, or did.
#[utoipa::path(get, path = "/api/v1/master-sync/differences/{id}", tag = "master-sync",
    params(("id" = i64, Path, description = "Its number.")),
    responses((status = 200, description = "The part.", body = DifferenceRow)))]
async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
    Path(id): Path<i64>,
) -> Handled<DifferenceRow> {
    Ok(Answer::ok(web.app().master_difference(&who, id).await?))
}

/// Decide what becomes of a part that differs.
///
/// What is kept stays so until the other system says something else of it.
#[utoipa::path(post, path = "/api/v1/master-sync/differences/{id}/decide", tag = "master-sync",
    params(("id" = i64, Path, description = "Its number.")), request_body = DecideBody,
    responses((status = 200, description = "It is decided.", body = DifferenceRow)))]
async fn decide(
    State(web): State<Shared>,
    who: Caller<need::Retire>,
    key: Key,
    Path(id): Path<i64>,
    Json(body): Json<DecideBody>,
) -> Handled<DifferenceRow> {
    let key = key.of(&who, &body)?;
    let Once { value, replayed } = web.app().decide_master(&who, id, &body, key).await?;
    Ok(Answer::ok(value).replayed(replayed))
}

//! `/machine-counters`: which tags count pieces of what.

use axum::extract::State;
use mtm_app::machine::{CounterBody, CounterRow, CounterSheet, Counters};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, IfMatch, Json, Key, MaybeIfMatch, NoParameters, Path, Query, need};
use crate::web::Shared;

/// Which counters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Of this machine; of all where omitted.
    machine: Option<String>,
    /// With those that do not count any more.
    retired: bool,
}

/// List counters, by machine and tag.
#[utoipa::path(get, path = "/api/v1/machine-counters", tag = "machines", params(Filter),
    responses((status = 200, description = "The counters.", body = Counters)))]
pub(super) async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Filter>,
) -> Handled<Counters> {
    Ok(Answer::ok(web.app().counters(&who, it.machine, it.retired).await?))
}

/// Count a tag of a machine.
///
/// It begins with what it shows, where this server hears it; else with the first total that is heard. What it showed before is nobody's to count.
#[utoipa::path(post, path = "/api/v1/machines/{machine}/counters", tag = "machines",
    params(("machine" = String, Path, description = "The machine's name.")),
    request_body = CounterBody,
    responses((status = 201, description = "It counts.", body = CounterRow)))]
pub(super) async fn add(
    State(web): State<Shared>,
    who: Caller<need::EditMaster>,
    key: Key,
    Path(machine): Path<String>,
    Json(body): Json<CounterBody>,
) -> Handled<CounterRow> {
    let key = key.of(&who, &body)?;
    let made = web.app().add_counter(&who, &machine, &body, key).await?;
    let version = made.value.version;
    Ok(Answer::created(made.value).version(version).replayed(made.replayed))
}

/// Show a counter, and what became of it.
#[utoipa::path(get, path = "/api/v1/machine-counters/{id}", tag = "machines",
    params(("id" = i64, Path, description = "Its number.")),
    responses((status = 200, description = "The counter.", body = CounterSheet)))]
pub(super) async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
    Path(id): Path<i64>,
) -> Handled<CounterSheet> {
    let sheet = web.app().counter(&who, id).await?;
    let version = sheet.row.version;
    Ok(Answer::ok(sheet).version(version))
}

/// Count otherwise from now on.
///
/// The body says everything about it. Pieces that were counted so far stay what they were counted as.
#[utoipa::path(put, path = "/api/v1/machine-counters/{id}", tag = "machines",
    params(
        ("id" = i64, Path, description = "Its number."),
        ("If-Match" = String, Header, description = "The `ETag` that was read."),
    ),
    request_body = CounterBody,
    responses((status = 200, description = "The counter.", body = CounterRow)))]
pub(super) async fn change(
    State(web): State<Shared>,
    who: Caller<need::EditMaster>,
    key: Key,
    IfMatch(version): IfMatch,
    Path(id): Path<i64>,
    Json(body): Json<CounterBody>,
) -> Handled<CounterRow> {
    let key = key.of(&who, &body)?;
    let made = web.app().change_counter(&who, (id, Some(version)), &body, key).await?;
    let version = made.value.version;
    Ok(Answer::ok(made.value).version(version).replayed(made.replayed))
}

/// Count a tag no more.
///
/// What was counted stays to be decided. The tag can be counted anew, by another counter.
#[utoipa::path(post, path = "/api/v1/machine-counters/{id}/retire", tag = "machines",
    params(
        ("id" = i64, Path, description = "Its number."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that was read."),
    ),
    responses((status = 200, description = "It is retired.", body = CounterRow)))]
pub(super) async fn retire(
    State(web): State<Shared>,
    who: Caller<need::EditMaster>,
    key: Key,
    MaybeIfMatch(version): MaybeIfMatch,
    Path(id): Path<i64>,
) -> Handled<CounterRow> {
    let key = key.of(&who, &version)?;
    let made = web.app().retire_counter(&who, (id, version), key).await?;
    Ok(Answer::ok(made.value).replayed(made.replayed))
}

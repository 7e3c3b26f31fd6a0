//! Routings: which operations a part goes through, version by version.

mod list;
mod policy;

use axum::extract::State;
use mtm_app::routing::{RoutingBody, RoutingRow, RoutingSheet, StepBody};
use mtm_core::code::Code;
use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, IfMatch, Json, Key, MaybeIfMatch, Path, Query, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create))
        .routes(routes!(show, revise))
        .routes(routes!(retire))
        .routes(routes!(policy::show, policy::set))
}

/// The first version of a part's routing.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRouting {
    /// The part.
    part: String,
    /// From when on it holds: RFC 3339, or a day or local time of the site; from now on where
    /// omitted.
    #[serde(default)]
    effective_from: Option<String>,
    /// The operations in their order, each once.
    steps: Vec<StepBody>,
}

/// The end of a routing.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoutingEnd {
    /// From when on the part has none: RFC 3339, or a day or local time of the site; from now on
    /// where omitted.
    #[serde(default)]
    effective_from: Option<String>,
}

/// At which moment.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Moment {
    /// The version that held or will hold then is in `in_force`; now where omitted.
    as_of: Option<String>,
}

/// Make the first version of a part's routing.
///
/// Refused (`already_exists`) where the part has or had one: put another version then.
#[utoipa::path(post, path = "/api/v1/routings", tag = "routings", request_body = NewRouting,
    responses((status = 201, description = "Made.", body = RoutingRow)))]
async fn create(
    State(web): State<Shared>,
    who: Caller<need::EditMaster>,
    key: Key,
    Json(body): Json<NewRouting>,
) -> Handled<RoutingRow> {
    let key = key.of(&who, &body)?;
    let NewRouting { part, effective_from, steps } = body;
    let version = RoutingBody { effective_from, steps };
    let made = web.app().create_routing(&who, &part, &version, key).await?;
    let number = i64::from(made.value.version);
    Ok(Answer::created(made.value).version(number).replayed(made.replayed))
}

/// Show a part's routing: the version in force, and every other.
#[utoipa::path(get, path = "/api/v1/routings/{part}", tag = "routings",
    params(("part" = String, Path, description = "Its number, a former number, or its id."), Moment),
    responses((status = 200, description = "The routing.", body = RoutingSheet)))]
async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Path(part): Path<String>,
    Query(moment): Query<Moment>,
) -> Handled<RoutingSheet> {
    let parse = |text: &str| {
        let wrong = |error: mtm_core::word::TimestampError| {
            Problem::field(Code::InvalidParameter, "as_of", error.to_string())
        };
        Timestamp::parse(text).map_err(wrong)
    };
    let as_of = moment.as_of.as_deref().map(parse).transpose()?;
    let sheet = web.app().routing(&who, &part, as_of).await?;
    if sheet.version == 0 {
        return Err(Problem::new(Code::NotFound, format!("part {} has no routing", sheet.part)));
    }
    let version = i64::from(sheet.version);
    Ok(Answer::ok(sheet).version(version))
}

/// Make another version of a part's routing.
///
/// Nothing is changed or lost: what holds until `effective_from` still says so. It begins no earlier
/// than the version in force did. Where nothing would change, the version that stands is the answer.
#[utoipa::path(put, path = "/api/v1/routings/{part}", tag = "routings", request_body = RoutingBody,
    params(
        ("part" = String, Path, description = "Its number, a former number, or its id."),
        ("If-Match" = String, Header, description = "The `ETag` that was read."),
    ),
    responses((status = 200, description = "The newest version.", body = RoutingRow)))]
async fn revise(
    State(web): State<Shared>,
    who: Caller<need::EditMaster>,
    key: Key,
    IfMatch(newest): IfMatch,
    Path(part): Path<String>,
    Json(body): Json<RoutingBody>,
) -> Handled<RoutingRow> {
    let key = key.of(&who, &body)?;
    let made = web.app().revise_routing(&who, &part, Some(newest), &body, key).await?;
    let number = i64::from(made.value.version);
    Ok(Answer::ok(made.value).version(number).replayed(made.replayed))
}

/// End a part's routing: from then on it has none. The versions before stay.
#[utoipa::path(post, path = "/api/v1/routings/{part}/retire", tag = "routings",
    request_body = RoutingEnd,
    params(("part" = String, Path, description = "Its number, a former number, or its id.")),
    responses((status = 200, description = "Ended.", body = RoutingRow)))]
async fn retire(
    State(web): State<Shared>,
    who: Caller<need::Retire>,
    key: Key,
    MaybeIfMatch(newest): MaybeIfMatch,
    Path(part): Path<String>,
    Json(body): Json<RoutingEnd>,
) -> Handled<RoutingRow> {
    let key = key.of(&who, &(&body, newest))?;
    let from = body.effective_from.as_deref();
    let made = web.app().retire_routing(&who, &part, newest, from, key).await?;
    let number = i64::from(made.value.version);
    Ok(Answer::ok(made.value).version(number).replayed(made.replayed))
}

//! `/shifts`: the site's week of shifts, version by version.

use axum::extract::State;
use mtm_app::shift::{ShiftSheet, ShiftsBody, ShiftsRow};
use mtm_core::code::Code;
use mtm_core::word::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, IfMatch, Json, Key, Query, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(show, set))
}

/// At which moment.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Moment {
    /// The week that held or will hold then is in `in_force`, the shift in `running`; now where
    /// omitted.
    as_of: Option<String>,
}

/// Show the site's shifts: the one that is running, the week in force, and every week there was.
#[utoipa::path(get, path = "/api/v1/shifts", tag = "shifts", params(Moment),
    responses((status = 200, description = "The shifts.", body = ShiftSheet)))]
async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(moment): Query<Moment>,
) -> Handled<ShiftSheet> {
    let parse = |text: &str| {
        let wrong = |error: mtm_core::word::TimestampError| {
            Problem::field(Code::InvalidParameter, "as_of", error.to_string())
        };
        Timestamp::parse(text).map_err(wrong)
    };
    let as_of = moment.as_of.as_deref().map(parse).transpose()?;
    let sheet = web.app().shifts(&who, as_of).await?;
    let version = i64::from(sheet.version);
    Ok(Answer::ok(sheet).version(version))
}

/// Set another week of shifts, on every server of the site.
///
/// Nothing is changed or lost: what was booked keeps its shift, and what holds until
/// `effective_from` still says so. Where nothing would change, the version that stands is the answer.
#[utoipa::path(put, path = "/api/v1/shifts", tag = "shifts", request_body = ShiftsBody,
    params(("If-Match" = String, Header, description = "The `ETag` that was read.")),
    responses((status = 200, description = "The newest week.", body = ShiftsRow)))]
async fn set(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    IfMatch(newest): IfMatch,
    Json(body): Json<ShiftsBody>,
) -> Handled<ShiftsRow> {
    let key = key.of(&who, &(&body, newest))?;
    let made = web.app().set_shifts(&who, Some(newest), &body, key).await?;
    let number = i64::from(made.value.version);
    Ok(Answer::ok(made.value).version(number).replayed(made.replayed))
}

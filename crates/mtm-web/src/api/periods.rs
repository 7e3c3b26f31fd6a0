//! `/periods`: up to which day everything is closed.

use axum::extract::State;
use mtm_app::period::{PeriodBody, PeriodRow, PeriodSheet};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, IfMatch, Json, Key, NoParameters, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(show, set))
}

/// Show what is closed, and every closing and reopening there was.
#[utoipa::path(get, path = "/api/v1/periods", tag = "periods",
    responses((status = 200, description = "The closings.", body = PeriodSheet)))]
async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
) -> Handled<PeriodSheet> {
    let sheet = web.app().periods(&who).await?;
    let number = i64::from(sheet.number);
    Ok(Answer::ok(sheet).version(number))
}

/// Close everything through a day, or reopen what is after one.
///
/// A day can be closed ten minutes after it was over. Nobody is kept from booking: what happened in a
/// closed period and is told later is recorded then, in the open one, keeps `occurred_at`, and carries
/// `in_closed_period`; the answer warns of it. So does the answer to an undoing of what lies in one.
/// Closings are entries that stay; reopening (`reopen`) is another one, and for administrators.
#[utoipa::path(put, path = "/api/v1/periods", tag = "periods", request_body = PeriodBody,
    params(("If-Match" = String, Header, description = "The `ETag` that was read.")),
    responses((status = 200, description = "The newest entry.", body = PeriodRow)))]
async fn set(
    State(web): State<Shared>,
    who: Caller<need::ClosePeriod>,
    key: Key,
    IfMatch(newest): IfMatch,
    Json(body): Json<PeriodBody>,
) -> Handled<PeriodRow> {
    let key = key.of(&who, &(&body, newest))?;
    let made = web.app().set_period(&who, Some(newest), &body, key).await?;
    let number = i64::from(made.value.number);
    Ok(Answer::ok(made.value).version(number).replayed(made.replayed))
}

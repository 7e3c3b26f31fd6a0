//! `/print-jobs`: one label for one printer each.

use axum::extract::State;
use mtm_app::printing::{JobBody, JobQuery, JobSheet, JobState, PrintBody, PrintJob, PrintJobs};
use mtm_app::{Once, once};
use mtm_core::word::MovementId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Handled};
use crate::request::{Booking, Caller, Json, NoParameters, Path, Query, need, numbered};
use crate::web::Shared;

/// Which print jobs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Of this printer; of all where omitted.
    printer: Option<String>,
    /// That stand so; all where omitted.
    #[param(inline)]
    state: Option<JobState>,
    /// Only those that wait for somebody.
    needs_somebody: bool,
    /// Labels of this: `lot`, `location`, …
    of: Option<String>,
    /// Labels of which of them.
    key: Option<String>,
    /// Laid out for this receipt.
    movement: Option<MovementId>,
    /// How many: 1 to 1,000, 50 where omitted.
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List print jobs, the newest first.
#[utoipa::path(get, path = "/api/v1/print-jobs", tag = "printing", params(Filter),
    responses((status = 200, description = "The print jobs.", body = PrintJobs)))]
pub(super) async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Filter>,
) -> Handled<PrintJobs> {
    let (limit, before) = numbered(it.limit, it.cursor.as_deref())?;
    let query = JobQuery {
        printer: it.printer,
        state: it.state,
        needs_somebody: it.needs_somebody,
        subject: it.of,
        key: it.key,
        movement: it.movement,
        before,
        limit,
    };
    Ok(Answer::ok(web.app().print_jobs(&who, query).await?))
}

/// Have a label printed.
///
/// It waits until the printer is ready, and is a copy where a label of the same thing may be out already. What is
/// `printed` was said by the printer; what is `unknown` was sent, and is for somebody to look for.
#[utoipa::path(post, path = "/api/v1/print-jobs", tag = "printing", request_body = PrintBody,
    responses((status = 201, description = "It waits for the printer.", body = PrintJob)))]
pub(super) async fn ask(
    State(web): State<Shared>,
    Booking { caller: who, around }: Booking<need::Book>,
    Json(body): Json<PrintBody>,
) -> Handled<PrintJob> {
    let key = once::key_of(&who, &around.route, around.key, &body)?;
    let Once { value, replayed } =
        web.app().print(&who, &body, around.station.as_ref(), key).await?;
    Ok(Answer::created(value).replayed(replayed))
}

/// Show a print job, what is sent for it, and what became of it.
#[utoipa::path(get, path = "/api/v1/print-jobs/{id}", tag = "printing",
    params(("id" = i64, Path, description = "Its number.")),
    responses((status = 200, description = "The print job.", body = JobSheet)))]
pub(super) async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
    Path(id): Path<i64>,
) -> Handled<JobSheet> {
    Ok(Answer::ok(web.app().print_job(&who, id).await?))
}

/// Decide what becomes of a print job.
///
/// Sent again, a label of which nobody knows whether it came out says that it is a copy.
#[utoipa::path(post, path = "/api/v1/print-jobs/{id}/decide", tag = "printing",
    params(("id" = i64, Path, description = "Its number.")), request_body = JobBody,
    responses((status = 200, description = "It is decided.", body = PrintJob)))]
pub(super) async fn decide(
    State(web): State<Shared>,
    Booking { caller: who, around }: Booking<need::Book>,
    Path(id): Path<i64>,
    Json(body): Json<JobBody>,
) -> Handled<PrintJob> {
    let key = once::key_of(&who, &around.route, around.key, &body)?;
    let Once { value, replayed } =
        web.app().decide_print(&who, id, &body, around.station.as_ref(), key).await?;
    Ok(Answer::ok(value).replayed(replayed))
}

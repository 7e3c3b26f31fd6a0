//! `POST /movements/batch`: many bookings in one request.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use mtm_app::movement::{BatchBody, MovementBody};
use mtm_core::code::Code;
use mtm_core::outcome::{Outcome, Verdict};
use serde::Serialize;
use utoipa::ToSchema;

use super::stream;
use crate::answer::Answer;
use crate::metrics::Metrics;
use crate::problem::{Problem, ProblemBody};
use crate::request::{Booking, media_type, need, parse, read};
use crate::web::Shared;

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
struct BatchAnswer {
    /// In the order of the request.
    items: Vec<ItemAnswer>,
}

/// What became of one item; `status` tells which.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum ItemAnswer {
    /// Booked.
    Booked(BookedItem),
    /// Refused; it had no effect.
    Refused(Box<ProblemBody>),
}

/// An item that was booked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BookedItem {
    /// Always 201.
    status: u16,
    /// What was recorded.
    #[serde(flatten)]
    outcome: Outcome,
}

impl ItemAnswer {
    pub(super) fn booked(outcome: Outcome) -> Self {
        Self::Booked(BookedItem { status: 201, outcome })
    }

    pub(super) fn refused(problem: Problem) -> Self {
        Self::Refused(Box::new(problem.into_body(None)))
    }

    fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Accepted(outcome) => Self::booked(outcome),
            Verdict::Refused(rejection) => Self::refused(rejection.into()),
        }
    }
}

/// Book many movements.
///
/// JSON: at most 1,000 items, all or none when `atomic`, else each with an answer of its own.
/// NDJSON (`application/x-ndjson`): any number of movements, one on a line of at most 64 KiB,
/// applied in order as they arrive, and one line of answer for each; line *n* has the key
/// `<Idempotency-Key>#n`, so that the whole stream can be sent again after a break. Read the
/// answer while sending.
#[utoipa::path(post, path = "/api/v1/movements/batch", tag = "movements",
    request_body(content(
        (BatchBody = "application/json"),
        (MovementBody = "application/x-ndjson"),
    )),
    responses((status = 200, description = "Judged, item by item.", content(
        (BatchAnswer = "application/json"),
        (stream::LineAnswer = "application/x-ndjson"),
    ))))]
pub(super) async fn batch(
    State(web): State<Shared>,
    who: Booking<need::Book>,
    request: Request,
) -> Result<Response, Problem> {
    match media_type(request.headers()) {
        Some(("application", "json")) => {
            let text = read(request.into_body(), web.limits().body).await?;
            let body: BatchBody = parse(&text)?;
            let done = web.app().book_batch(&who.caller, who.around, &body).await?;
            if !done.replayed {
                count(&done.verdicts, web.metrics());
            }
            let items = done.verdicts.into_iter().map(ItemAnswer::of).collect();
            Ok(Answer::ok(BatchAnswer { items }).replayed(done.replayed).into_response())
        }
        Some(("application", "x-ndjson")) => {
            Ok(stream::answer(web, who, request.into_body()).into_response())
        }
        _ => {
            let message = "send application/json or application/x-ndjson";
            Err(Problem::new(Code::UnsupportedContent, message))
        }
    }
}

fn count(verdicts: &[Verdict], metrics: &Metrics) {
    for verdict in verdicts {
        match verdict {
            Verdict::Accepted(outcome) => {
                outcome.movements.iter().for_each(|movement| metrics.movement(movement.kind));
            }
            Verdict::Refused(rejection) => metrics.refusal(rejection.code),
        }
    }
}

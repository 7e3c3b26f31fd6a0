//! `GET /api/v1/slow-statements`: which statements of the database took long.

use mtm_app::slow::{self, SlowStatement};
use mtm_core::word::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, NoParameters, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Statements that took long since this server started, the slowest first.
#[derive(Debug, Serialize, ToSchema)]
struct SlowStatements {
    /// From how many milliseconds on one is remembered; null where none is.
    told_from_ms: Option<u64>,
    /// The fifty slowest, at most.
    items: Vec<Slow>,
}

/// A statement, as often as it took long.
#[derive(Debug, Serialize, ToSchema)]
struct Slow {
    /// Its text, without values.
    statement: String,
    /// How often it took long.
    times: u64,
    /// How long it took at most, in milliseconds.
    longest_ms: u64,
    /// How many rows it gave or changed then.
    rows: u64,
    /// When that was.
    longest_at: Timestamp,
}

impl From<SlowStatement> for Slow {
    fn from(it: SlowStatement) -> Self {
        let SlowStatement { text, times, longest, rows, longest_at } = it;
        let longest_ms = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
        Self { statement: text, times, longest_ms, rows, longest_at }
    }
}

/// Show which statements of the database took long.
#[utoipa::path(get, path = "/api/v1/slow-statements", tag = "health",
    responses((status = 200, description = "The statements.", body = SlowStatements)))]
async fn list(_who: Caller<need::Administer>, _: NoParameters) -> Handled<SlowStatements> {
    let told_from = slow::bound().map(|bound| u64::try_from(bound.as_millis()).unwrap_or(u64::MAX));
    let items = slow::statements().into_iter().map(Slow::from).collect();
    Ok(Answer::ok(SlowStatements { told_from_ms: told_from, items }))
}

//! `GET /api/v1/status`: the truth light.

use axum::extract::State;
use mtm_app::integrity::FirstBad;
use mtm_app::query::Counts;
use mtm_core::word::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, NoParameters, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(show))
}

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Light {
    /// It was checked, and holds.
    Ok,
    /// It was checked, and does not hold.
    Violated,
    /// Nobody checked it since the server started.
    Unchecked,
}

/// An invariant.
#[derive(Debug, Serialize, ToSchema)]
struct Invariant {
    /// What holds: `ledger_verifies` (log, audit chain, stock and lots agree).
    name: &'static str,
    /// Whether it does.
    state: Light,
    /// When that was found out.
    checked_at: Option<Timestamp>,
    /// The first row that breaks it.
    first_bad: Option<FirstBad>,
}

/// How the server and its ledger are.
#[derive(Debug, Serialize, ToSchema)]
struct Status {
    /// The worst of the invariants.
    state: Light,
    /// Version of the program.
    version: &'static str,
    /// The site that is served.
    site: String,
    /// Whether its data was made up for a demonstration.
    demo: bool,
    /// The server's time.
    now: Timestamp,
    /// How much there is.
    counts: Counts,
    /// Each invariant.
    invariants: Vec<Invariant>,
}

/// Show how the server and its ledger are.
#[utoipa::path(get, path = "/api/v1/status", tag = "health",
    responses((status = 200, description = "The truth light.", body = Status)))]
async fn show(
    State(web): State<Shared>,
    _who: Caller<need::Look>,
    _: NoParameters,
) -> Handled<Status> {
    let app = web.app();
    let verified = web.verified();
    let state = match &verified {
        None => Light::Unchecked,
        Some(report) if report.ok => Light::Ok,
        Some(_) => Light::Violated,
    };
    let checked_at = verified.as_ref().map(|report| report.verified_at);
    let first_bad = verified.and_then(|report| report.first_bad);
    Ok(Answer::ok(Status {
        state,
        version: env!("CARGO_PKG_VERSION"),
        site: app.site().name.clone(),
        demo: app.site().demo,
        now: app.clock().now(),
        counts: app.ledger().counts().await?,
        invariants: vec![Invariant { name: "ledger_verifies", state, checked_at, first_bad }],
    }))
}

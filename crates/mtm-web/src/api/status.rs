//! `GET /api/v1/status`: the truth light.

use axum::extract::State;
use mtm_app::query::Counts;
use mtm_app::truth::{Light, OffendingKey, Verdict};
use mtm_core::policy::{self, Deed};
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

/// Something that must always hold.
#[derive(Debug, Serialize, ToSchema)]
struct Invariant {
    /// Its name; also in metrics, and the subject of its events.
    name: &'static str,
    /// What must hold, in a few words.
    title: &'static str,
    /// How it is.
    state: Light,
    /// Since when it is so.
    since: Option<Timestamp>,
    /// When it was looked at last.
    checked_at: Option<Timestamp>,
    /// What was found; for those who may read the audit log, as the rest.
    message: Option<String>,
    /// What breaks it.
    keys: Vec<OffendingKey>,
    /// What to do about it.
    next_step: Option<String>,
}

impl Invariant {
    fn of(verdict: Verdict, details: bool) -> Self {
        let finding = verdict.finding;
        let light = finding.light;
        let (message, keys, next_step) = if details {
            (Some(finding.message), finding.keys, finding.next_step)
        } else {
            (None, Vec::new(), None)
        };
        Self {
            name: verdict.invariant.name,
            title: verdict.invariant.title,
            state: light,
            since: verdict.since,
            checked_at: verdict.checked_at,
            message,
            keys,
            next_step,
        }
    }
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
    /// How much there is; null while the database does not answer.
    counts: Option<Counts>,
    /// Each invariant.
    invariants: Vec<Invariant>,
}

/// Show how the server and its ledger are.
///
/// What must always hold is looked at again and again: each invariant is green, yellow (it holds, and
/// somebody should look), red (it does not hold) or unknown (nobody could look). Red names what breaks
/// it and what to do; the event `truth.violated` tells of it, `truth.restored` of its end.
#[utoipa::path(get, path = "/api/v1/status", tag = "health",
    responses((status = 200, description = "The truth light.", body = Status)))]
async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
) -> Handled<Status> {
    let app = web.app();
    let details = policy::allows(who.role, Deed::Audit);
    let truth = app.truth();
    Ok(Answer::ok(Status {
        state: truth.light(),
        version: env!("CARGO_PKG_VERSION"),
        site: app.site().name.clone(),
        demo: app.site().demo,
        now: app.clock().now(),
        counts: app.ledger().counts().await.ok(),
        invariants: truth.verdicts().into_iter().map(|it| Invariant::of(it, details)).collect(),
    }))
}

//! `/healthz` and `/readyz`: for whatever restarts processes and spreads load.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use mtm_core::code::Code;

use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(ready))
}

/// Good news.
#[derive(Debug, Serialize, ToSchema)]
struct Well {
    /// Always `ok`; bad news is a problem.
    status: &'static str,
}

const WELL: Well = Well { status: "ok" };

/// Is the process alive?
#[utoipa::path(get, path = "/healthz", tag = "health", security(()),
    responses((status = 200, description = "It answers.", body = Well)))]
async fn health() -> Answer<Well> {
    Answer::ok(WELL)
}

/// Can bookings be taken?
///
/// 503 while the server drains and while the ledger cannot be read.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()),
    responses((status = 200, description = "Ready.", body = Well)))]
async fn ready(State(web): State<Shared>) -> Handled<Well> {
    if web.is_closing() {
        return Err(Problem::new(Code::Unavailable, "the server is about to stop").retry_after(5));
    }
    web.app().ledger().newest_event().await?;
    Ok(Answer::ok(WELL))
}

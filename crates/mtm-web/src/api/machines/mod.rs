//! `/machines`, `/machine-counters` and `/machine-proposals`: what machines count, and what becomes of it.

mod counters;
mod proposals;

use axum::extract::State;
use mtm_app::machine::{MachineSheet, MachinesView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, NoParameters, Path, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(counters::add))
        .routes(routes!(counters::list))
        .routes(routes!(counters::show, counters::change))
        .routes(routes!(counters::retire))
        .routes(routes!(proposals::list))
        .routes(routes!(proposals::show))
        .routes(routes!(proposals::decide))
}

/// List machines, how each is heard, and what of theirs waits.
#[utoipa::path(get, path = "/api/v1/machines", tag = "machines",
    responses((status = 200, description = "The machines.", body = MachinesView)))]
async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
) -> Handled<MachinesView> {
    Ok(Answer::ok(web.app().machines(&who).await?))
}

/// Show a machine, what is counted of it, and what it shows.
///
/// What it shows is known where this server listens to it, since it does.
#[utoipa::path(get, path = "/api/v1/machines/{machine}", tag = "machines",
    params(("machine" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The machine.", body = MachineSheet)))]
async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Path(name): Path<String>,
    _: NoParameters,
) -> Handled<MachineSheet> {
    Ok(Answer::ok(web.app().machine(&who, &name).await?))
}

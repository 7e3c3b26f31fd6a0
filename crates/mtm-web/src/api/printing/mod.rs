//! `/printers` and `/print-jobs`: how printers are, and what becomes of labels on their way to them.

mod jobs;

use axum::extract::State;
use mtm_app::printing::Printers;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, NoParameters, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::ask))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::decide))
}

/// List printers, how each was when it was last asked, and what waits for it.
///
/// A printer is asked before anything is sent to it, and now and then while it has nothing to do.
#[utoipa::path(get, path = "/api/v1/printers", tag = "printing",
    responses((status = 200, description = "The printers.", body = Printers)))]
async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
) -> Handled<Printers> {
    Ok(Answer::ok(web.app().printers(&who).await?))
}

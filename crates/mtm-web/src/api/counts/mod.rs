//! Cycle counts: planned by leads, counted by everybody without being told what is expected.

mod lines;
mod write;

use axum::extract::State;
use mtm_app::query::Page;
use mtm_app::record::CountRecord;
use mtm_core::count::CountState;
use mtm_core::word::CountId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Listing, NoParameters, Paging, Path, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, write::plan))
        .routes(routes!(show))
        .routes(routes!(lines::list))
        .routes(routes!(lines::places))
        .routes(routes!(write::enter))
        .routes(routes!(write::recount))
        .routes(routes!(write::post))
        .routes(routes!(write::cancel))
}

/// Which counts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only those that stand so.
    state: Option<CountState>,
}

/// List counts, newest first, with how far they are and how right the ledger was.
#[utoipa::path(get, path = "/api/v1/counts", tag = "counts", params(Filter, Paging),
    responses((status = 200, description = "A page of counts.", body = Page<CountRecord>)))]
async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Listing { filter, page }: Listing<Filter>,
) -> Handled<Page<CountRecord>> {
    Ok(Answer::ok(web.app().stock_counts(&who, filter.state, page).await?))
}

/// Show a count.
#[utoipa::path(get, path = "/api/v1/counts/{id}", tag = "counts",
    params(("id" = CountId, Path, description = "The count.")),
    responses((status = 200, description = "The count.", body = CountRecord)))]
async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Path(id): Path<CountId>,
    _: NoParameters,
) -> Handled<CountRecord> {
    Ok(Answer::ok(web.app().stock_count(&who, id).await?))
}

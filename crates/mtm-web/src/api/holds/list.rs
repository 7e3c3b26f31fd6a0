//! `GET /holds`.

use axum::extract::State;
use mtm_app::query::{HoldRow, Page};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Listing, Paging, need};
use crate::web::Shared;

/// Which holds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Only those not released yet.
    active: bool,
}

/// List holds, newest first.
#[utoipa::path(get, path = "/api/v1/holds", tag = "holds", params(Filter, Paging),
    responses((status = 200, description = "A page of holds.", body = Page<HoldRow>)))]
pub(super) async fn list(
    State(web): State<Shared>,
    _who: Caller<need::Look>,
    Listing { filter, page }: Listing<Filter>,
) -> Handled<Page<HoldRow>> {
    Ok(Answer::ok(web.app().ledger().holds(filter.active, page).await?))
}

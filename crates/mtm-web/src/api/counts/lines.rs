//! The lines of a count, and where they are.

use axum::extract::State;
use mtm_app::count::CountLineView;
use mtm_app::query::Page;
use mtm_app::record::{CountPlace, LineFilter};
use mtm_core::count::LineState;
use mtm_core::word::{CountId, LocationCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Listing, NoParameters, Paging, Path, need};
use crate::web::Shared;

/// Which lines.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Only those that stand so.
    state: Option<LineState>,
    /// Only those at this location.
    #[param(value_type = Option<String>)]
    location: Option<LocationCode>,
    /// Only those that wait for somebody to count.
    waiting: bool,
    /// Only those that were counted with a difference (leads).
    different: bool,
}

/// List a count's lines.
///
/// Whoever does not decide about them sees neither what is expected nor what was counted before a
/// line is decided (`blind`).
#[utoipa::path(get, path = "/api/v1/counts/{id}/lines", tag = "counts",
    params(("id" = CountId, Path, description = "The count."), Filter, Paging),
    responses((status = 200, description = "A page of lines.", body = Page<CountLineView>)))]
pub(super) async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Path(id): Path<CountId>,
    Listing { filter, page }: Listing<Filter>,
) -> Handled<Page<CountLineView>> {
    let Filter { state, location, waiting, different } = filter;
    let filter = LineFilter { state, location, waiting, different };
    Ok(Answer::ok(web.app().count_lines(&who, id, filter, page).await?))
}

/// The locations of a count.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Places {
    /// By code.
    items: Vec<CountPlace>,
}

/// List the locations of a count, with how much is left to count at each.
#[utoipa::path(get, path = "/api/v1/counts/{id}/places", tag = "counts",
    params(("id" = CountId, Path, description = "The count.")),
    responses((status = 200, description = "All of them.", body = Places)))]
pub(super) async fn places(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Path(id): Path<CountId>,
    _: NoParameters,
) -> Handled<Places> {
    web.app().stock_count(&who, id).await?;
    Ok(Answer::ok(Places { items: web.app().count_places(&who, id).await? }))
}

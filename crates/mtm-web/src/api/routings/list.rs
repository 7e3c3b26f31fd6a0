//! `GET /routings`: parts with a routing.

use axum::extract::State;
use mtm_app::query::Page;
use mtm_app::routing::{RoutingLine, RoutingQuery, RoutingState};
use mtm_core::word::OperationCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Handled};
use crate::api::pattern::text;
use crate::request::{Caller, Listing, need};
use crate::web::Shared;

/// Which routings, by what they are worth now.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Worth {
    /// Those in force, and those that begin later.
    #[default]
    Active,
    /// Those that ended.
    Retired,
    /// All.
    All,
}

/// What a list is narrowed by.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// In the part's number or description; `%` and `*` are wildcards.
    q: Option<String>,
    /// Only routings that go through this operation.
    operation: Option<OperationCode>,
    /// By what they are worth now; `active` unless given.
    #[param(inline)]
    state: Worth,
}

/// List routings in order of the parts' numbers.
#[utoipa::path(get, path = "/api/v1/routings", tag = "routings", params(Filter, crate::request::Paging),
    responses((status = 200, description = "A page.", body = Page<RoutingLine>)))]
pub(super) async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Listing { filter, page }: Listing<Filter>,
) -> Handled<Page<RoutingLine>> {
    let query = RoutingQuery {
        q: text(filter.q.as_deref()),
        operation: filter.operation,
        state: match filter.state {
            Worth::Active => RoutingState::Active,
            Worth::Retired => RoutingState::Retired,
            Worth::All => RoutingState::All,
        },
        page,
    };
    Ok(Answer::ok(web.app().routings(&who, &query)?))
}

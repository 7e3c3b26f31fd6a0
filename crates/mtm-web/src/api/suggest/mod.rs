//! Suggestions while somebody types.

use axum::extract::State;
use mtm_app::search::{Suggestion, SuggestionKind};
use mtm_core::code::Code;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, Query, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(suggest))
}

const MOST: u16 = 50;
const USUAL: u16 = 20;

/// What is looked for.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// Parts.
    Part,
    /// Locations.
    Location,
    /// Operations.
    Operation,
    /// Lots.
    Lot,
    /// Work orders.
    WorkOrder,
}

impl From<Kind> for SuggestionKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Part => Self::Part,
            Kind::Location => Self::Location,
            Kind::Operation => Self::Operation,
            Kind::Lot => Self::Lot,
            Kind::WorkOrder => Self::WorkOrder,
        }
    }
}

/// What was typed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Typed {
    /// What is looked for.
    #[param(inline)]
    kind: Kind,
    /// What was typed so far; `%` is a wildcard.
    #[serde(default)]
    q: String,
    /// Suggestions wanted, 1 to 50; 20 unless given.
    #[serde(default)]
    #[param(minimum = 1, maximum = 50)]
    limit: Option<u16>,
}

/// Suggestions.
#[derive(Debug, Serialize, ToSchema)]
struct Suggestions {
    /// Best first.
    items: Vec<Suggestion>,
}

/// Suggest what somebody may mean.
#[utoipa::path(get, path = "/api/v1/suggest", tag = "search", params(Typed),
    responses((status = 200, description = "Best first.", body = Suggestions)))]
async fn suggest(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(typed): Query<Typed>,
) -> Handled<Suggestions> {
    let limit = typed.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        let message = format!("limit is 1 to {MOST}");
        return Err(Problem::field(Code::InvalidParameter, "limit", message));
    }
    let items = web.app().suggest(&who, typed.kind.into(), &typed.q, limit).await?;
    Ok(Answer::ok(Suggestions { items }))
}

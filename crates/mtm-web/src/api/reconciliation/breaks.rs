//! `GET /reconciliation/breaks` and one of them.

use axum::extract::State;
use mtm_app::reconcile::{BreakClass, BreakQuery, BreakSheet, BreakState, Breaks};
use mtm_app::report::SheetFormat;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::super::reports::{Figures, figures};
use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, NoParameters, Path, Query, need, numbered};
use crate::web::Shared;

/// How breaks stand.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Which {
    /// Nobody said that they may be.
    #[default]
    Open,
    /// Somebody closed them.
    Closed,
    /// A comparison found them no more.
    Resolved,
    /// All.
    All,
}

/// Which breaks.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// With this system; with all where omitted.
    peer: Option<String>,
    /// `open` where omitted, `closed`, `resolved` or `all`.
    #[param(inline)]
    state: Option<Which>,
    /// Of this class.
    #[param(inline)]
    class: Option<BreakClass>,
    /// Of this part.
    part: Option<String>,
    /// In this warehouse of the other system.
    warehouse: Option<String>,
    /// At this location of the other system.
    location: Option<String>,
    /// That this person looks after; `-` for nobody.
    owner: Option<String>,
    /// How many: 1 to 1,000, 50 where omitted. A file holds all.
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// `json`, `csv` or `xlsx`.
    format: Option<String>,
}

/// List what the books disagree about, the newest first.
///
/// Each break has three figures, what shows it (`evidence`), what it probably comes from (`cause`) and what
/// would put it right (`fix`). Quantities are decimal texts: the other system's may have fractions. The same
/// disagreement keeps its number from comparison to comparison.
#[utoipa::path(get, path = "/api/v1/reconciliation/breaks", tag = "reconciliation", params(Filter),
    responses((status = 200, description = "The breaks.", body = Breaks)))]
pub(super) async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(it): Query<Filter>,
) -> Result<Figures, Problem> {
    let (limit, before) = numbered(it.limit, it.cursor.as_deref())?;
    let unowned = it.owner.as_deref() == Some("-");
    let query = BreakQuery {
        peer: it.peer,
        state: match it.state.unwrap_or_default() {
            Which::Open => Some(BreakState::Open),
            Which::Closed => Some(BreakState::Closed),
            Which::Resolved => Some(BreakState::Resolved),
            Which::All => None,
        },
        class: it.class,
        part: it.part,
        warehouse: it.warehouse,
        location: it.location,
        owner: it.owner.filter(|_| !unowned),
        unowned,
        before,
        limit,
    };
    let format = it.format.as_deref();
    let is_sheet = SheetFormat::from_name(format.unwrap_or_default())?.is_some();
    let found = if is_sheet {
        web.app().every_break(&who, query).await?
    } else {
        web.app().breaks(&who, query).await?
    };
    figures("breaks", format, &found)
}

/// Show a break, and what became of it.
#[utoipa::path(get, path = "/api/v1/reconciliation/breaks/{id}", tag = "reconciliation",
    params(("id" = i64, Path, description = "Its number.")),
    responses((status = 200, description = "The break.", body = BreakSheet)))]
pub(super) async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
    Path(id): Path<i64>,
) -> Handled<BreakSheet> {
    Ok(Answer::ok(web.app().break_sheet(&who, id).await?))
}

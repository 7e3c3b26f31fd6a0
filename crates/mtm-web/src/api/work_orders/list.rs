//! `GET /work-orders`: what planning wants.

use axum::extract::State;
use mtm_app::query::Page;
use mtm_app::work_order::{WorkOrderQuery, WorkOrderRow, WorkOrderState};
use mtm_core::code::Code;
use mtm_core::word::{PartCode, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Handled};
use crate::api::pattern::text;
use crate::problem::Problem;
use crate::request::{Caller, Listing, need};
use crate::web::Shared;

/// What a list is narrowed by.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// In the order's number, the part's number or description; `%` and `*` are wildcards.
    q: Option<String>,
    /// Of this part.
    part: Option<PartCode>,
    /// `planned`, `released`, `completed`, `cancelled`, `unknown`, `open` (of which something may be left
    /// to do) or `all`; `open` unless given.
    #[param(value_type = Option<String>)]
    state: Option<String>,
    /// Due before this moment (RFC 3339); orders without a due moment are left out.
    due_before: Option<String>,
}

/// List work orders: what is due first comes first, what is due at no moment last.
#[utoipa::path(get, path = "/api/v1/work-orders", tag = "work orders",
    params(Filter, crate::request::Paging),
    responses((status = 200, description = "A page.", body = Page<WorkOrderRow>)))]
pub(super) async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Listing { filter, page }: Listing<Filter>,
) -> Handled<Page<WorkOrderRow>> {
    let wrong = |field: &'static str, message: String| {
        Problem::field(Code::InvalidParameter, field, message)
    };
    let (state, open) = match filter.state.as_deref().unwrap_or("open") {
        "open" => (None, true),
        "all" => (None, false),
        name => {
            let Some(state) = WorkOrderState::from_name(name) else {
                let known = WorkOrderState::ALL.map(WorkOrderState::as_str).join(", ");
                return Err(wrong("state", format!("no such state; use {known}, open or all")));
            };
            (Some(state), false)
        }
    };
    let due_before = filter.due_before.as_deref().map(Timestamp::parse).transpose();
    let due_before = due_before.map_err(|error| wrong("due_before", error.to_string()))?;
    let q = text(filter.q.as_deref());
    let query = WorkOrderQuery { q, part: filter.part, state, open, due_before, page };
    Ok(Answer::ok(web.app().work_orders(&who, query).await?))
}

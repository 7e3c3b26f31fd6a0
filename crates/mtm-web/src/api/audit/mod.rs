//! The audit log, and whether it and the ledger are as they were written.

mod checkpoint;
mod verify;

use axum::extract::State;
use mtm_app::query::{AuditQuery, AuditRow, Page};
use mtm_core::word::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::api::pattern::exact;
use crate::request::{Caller, Listing, Paging, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(checkpoint::show))
        .routes(routes!(verify::verify))
        .routes(routes!(verify::job))
}

/// What the log is narrowed by.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Kind of entry, such as `movement`.
    kind: Option<String>,
    /// Login name of who did it; `%` and `*` are wildcards.
    user: Option<String>,
    /// At or after.
    from: Option<Timestamp>,
    /// Before.
    to: Option<Timestamp>,
}

/// List the audit log, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Filter, Paging),
    responses((status = 200, description = "A page of entries.", body = Page<AuditRow>)))]
async fn list(
    State(web): State<Shared>,
    _who: Caller<need::Audit>,
    Listing { filter, page }: Listing<Filter>,
) -> Handled<Page<AuditRow>> {
    let Filter { kind, user, from, to } = filter;
    let query = AuditQuery { kind, user: exact(user.as_deref()), from, to, page };
    Ok(Answer::ok(web.app().ledger().audit_rows(query).await?))
}

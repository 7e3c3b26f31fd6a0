//! The HTTP API. A path tells the file: `GET /api/v1/stock/explain` is `stock/explain.rs`,
//! `POST /api/v1/movements` is `movements/create.rs`. `routes()` of each resource lists its
//! handlers; the OpenAPI document and the router both come from that list.

mod approvals;
mod audit;
mod counts;
mod dead_letters;
mod download;
mod events;
mod exports;
mod flows;
mod health;
mod holds;
mod imports;
mod inbound;
mod integrations;
mod labels;
mod lots;
mod machines;
mod master;
mod master_sync;
mod me;
mod measure;
mod movements;
mod notifications;
mod pattern;
mod periods;
mod printing;
mod quick_buttons;
mod reconciliation;
mod reports;
mod reservations;
mod routings;
mod scan;
mod sessions;
mod shifts;
mod slow_statements;
mod status;
mod stock;
mod suggest;
mod tokens;
mod users;
mod webhooks;
mod work_orders;

pub(crate) use labels::sent;
use utoipa_axum::router::OpenApiRouter;

use crate::web::Shared;

/// Every route of the API with its documentation.
pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .merge(movements::routes())
        .merge(stock::routes())
        .merge(lots::routes())
        .merge(holds::routes())
        .merge(reservations::routes())
        .merge(master::routes())
        .merge(routings::routes())
        .merge(work_orders::routes())
        .merge(notifications::routes())
        .merge(shifts::routes())
        .merge(periods::routes())
        .merge(labels::routes())
        .merge(approvals::routes())
        .merge(quick_buttons::routes())
        .merge(suggest::routes())
        .merge(scan::routes())
        .merge(imports::routes())
        .merge(exports::routes())
        .merge(counts::routes())
        .merge(users::routes())
        .merge(tokens::routes())
        .merge(sessions::routes())
        .merge(me::routes())
        .merge(audit::routes())
        .merge(events::routes())
        .merge(webhooks::routes())
        .merge(dead_letters::routes())
        .merge(inbound::routes())
        .merge(integrations::routes())
        .merge(flows::routes())
        .merge(printing::routes())
        .merge(machines::routes())
        .merge(master_sync::routes())
        .merge(reconciliation::routes())
        .merge(reports::routes())
        .merge(status::routes())
        .merge(slow_statements::routes())
        .merge(health::routes())
        .merge(measure::routes())
}

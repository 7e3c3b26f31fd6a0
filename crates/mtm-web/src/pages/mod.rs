//! The pages: handlers that read a request, ask the use cases and fill the view models of
//! [`crate::ui`]. Nothing is decided here: what a form means is judged by the same use cases as
//! the API's bodies, and what a page says was booked is the ledger's own answer.
//!
//! Every form carries its idempotency key and the session's proof. Errors become pages in one
//! layer ([`frame`]); nobody signed in is sent to the sign-in and back.

mod answer;
mod approvals;
mod assets;
mod complete;
mod counts;
mod dashboard;
mod filter;
mod form;
mod frame;
mod history;
mod integrations;
mod labels;
mod lot;
mod machines;
mod master_sync;
mod merge;
mod minimum;
mod notifications;
mod number;
mod past;
mod periods;
mod pick;
mod printing;
mod quick_buttons;
mod receive;
mod reconciliation;
mod route;
mod routing;
mod routings;
mod script;
mod setup;
mod shift_report;
mod shifts;
mod sign_in;
mod sign_in_with;
mod sources;
mod status;
mod stock;
mod throughput;
mod undo;
mod visit;
mod webhooks;
mod words;
mod work_orders;
mod worklist;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use mtm_core::outcome::Outcome;

pub(crate) use frame::not_found;
pub use sign_in_with::CALLBACK as SIGN_IN_CALLBACK;

use crate::web::{Shared, Web};

/// Every route of the pages.
pub(crate) const ROUTES: [&str; 57] = [
    "/",
    "/sign-in",
    "/sign-in/oidc",
    SIGN_IN_CALLBACK,
    "/sign-out",
    "/setup/{secret}",
    "/in",
    "/out",
    "/move",
    "/complete",
    "/undo",
    "/stock",
    "/stock/explain",
    "/history",
    "/lot/{lot}",
    "/lot/{lot}/reserve",
    "/lot/{lot}/label",
    "/merge",
    "/quick-buttons",
    "/dashboard",
    "/throughput",
    "/shift-report",
    "/shifts",
    "/periods",
    "/labels",
    "/labels/{name}",
    "/labels/{name}/render",
    "/approvals",
    "/status",
    "/webhooks",
    "/integrations",
    "/reconciliation",
    "/reconciliation/{id}",
    "/worklist",
    "/worklist/{id}",
    "/print-jobs",
    "/print-jobs/{id}",
    "/machines",
    "/machines/{name}",
    "/machine-counters/{id}",
    "/machine-proposals/{id}",
    "/master-sync",
    "/master-sync/{id}",
    "/minimum",
    "/notifications",
    "/routings",
    "/routings/{part}",
    "/work-orders",
    "/work-orders/{code}",
    "/counts",
    "/counts/{id}",
    "/counts/{id}/enter",
    "/counts/{id}/sheet",
    "/ui/theme",
    "/ui/suggest",
    "/ui/scan",
    "/assets/{version}/{*path}",
];

/// The pages of a server.
pub(crate) fn routes(web: &Shared) -> Router<Shared> {
    let pages = Router::new()
        .route("/", get(sign_in::home))
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/sign-in/oidc", get(sign_in_with::begin))
        .route(SIGN_IN_CALLBACK, get(sign_in_with::finish))
        .route("/sign-out", post(sign_in::leave))
        .route("/setup/{secret}", get(setup::show).post(setup::set_up))
        .route("/in", get(receive::show).post(receive::book))
        .route("/out", get(pick::show_out).post(pick::take))
        .route("/move", get(pick::show_move).post(pick::transfer))
        .route("/complete", get(complete::show).post(complete::book))
        .route("/undo", post(undo::undo))
        .route("/stock", get(stock::show))
        .route("/stock/explain", get(stock::explain))
        .route("/history", get(history::show))
        .route("/lot/{lot}", get(lot::show).post(lot::change))
        .route("/lot/{lot}/reserve", post(lot::change_reservations))
        .route("/lot/{lot}/label", post(lot::print_label))
        .route("/merge", get(merge::show).post(merge::book))
        .route("/quick-buttons", get(quick_buttons::show).post(quick_buttons::change))
        .route("/dashboard", get(dashboard::show))
        .route("/throughput", get(throughput::show))
        .route("/shift-report", get(shift_report::show))
        .route("/approvals", get(approvals::show).post(approvals::decide))
        .route("/periods", get(periods::show).post(periods::change))
        .route("/labels", get(labels::show))
        .route("/labels/{name}", get(labels::show_one).post(labels::change))
        .route("/labels/{name}/render", get(labels::render))
        .route("/shifts", get(shifts::show).post(shifts::change))
        .route("/status", get(status::show))
        .route("/webhooks", get(webhooks::show).post(webhooks::change))
        .route("/integrations", get(integrations::show).post(integrations::change))
        .route("/reconciliation", get(reconciliation::show).post(reconciliation::run))
        .route(
            "/reconciliation/{id}",
            get(reconciliation::sheet::show).post(reconciliation::sheet::decide),
        )
        .route("/worklist", get(worklist::show).post(worklist::change))
        .route("/worklist/{id}", get(worklist::sheet::show).post(worklist::sheet::decide))
        .route("/print-jobs", get(printing::show).post(printing::ask))
        .route("/print-jobs/{id}", get(printing::sheet::show).post(printing::sheet::decide))
        .route("/machines", get(machines::show))
        .route("/machines/{name}", get(machines::machine::show).post(machines::machine::count))
        .route(
            "/machine-counters/{id}",
            get(machines::counter::show).post(machines::counter::change),
        )
        .route(
            "/machine-proposals/{id}",
            get(machines::proposal::show).post(machines::proposal::decide),
        )
        .route("/master-sync", get(master_sync::show).post(master_sync::change))
        .route("/master-sync/{id}", get(master_sync::sheet::show).post(master_sync::sheet::decide))
        .route("/notifications", get(notifications::show).post(notifications::change))
        .route("/minimum", get(minimum::show).post(minimum::set))
        .route("/routings", get(routings::show).post(routings::change))
        .route("/routings/{part}", get(routing::show).post(routing::change))
        .route("/work-orders", get(work_orders::show))
        .route("/work-orders/{code}", get(work_orders::show_one))
        .route("/counts", get(counts::show).post(counts::plan))
        .route("/counts/{id}", get(counts::decide::show).post(counts::decide::change))
        .route("/counts/{id}/enter", get(counts::enter::show).post(counts::enter::enter))
        .route("/counts/{id}/sheet", get(counts::sheet::show))
        .route("/ui/theme", post(script::theme))
        .route("/assets/{version}/{*path}", get(assets::show))
        .layer(middleware::from_fn_with_state(web.clone(), frame::dress));
    // Scripts read problems as JSON.
    let scripts = Router::new()
        .route("/ui/suggest", get(script::suggest))
        .route("/ui/scan", post(script::scan));
    pages.merge(scripts)
}

/// Counts the movements of a booking made by a form.
fn count(web: &Web, outcome: &Outcome) {
    for movement in &outcome.movements {
        web.metrics().movement(movement.kind);
    }
}

//! The web: HTTP API with its documentation, server-rendered pages, and server-sent events.
//!
//! A request meets one outermost layer (`edge`), is judged by the extractors in
//! [`request`] that its handler's signature names, and is answered by a handler under `api` whose
//! path tells the file. Handlers hold no rule of the domain: they translate between HTTP and the
//! use cases of `mtm-app`. Errors become HTTP in one place, [`problem`].
//!
//! Deliberately absent: SQL, business rules, sessions kept here, third-party scripts, and any
//! route whose work is not done yet.

mod answer;
mod api;
mod asyncapi;
mod docs;
mod edge;
mod edge_node_metrics;
mod erp_metrics;
mod flow_metrics;
mod guard_metrics;
mod machine_metrics;
mod master_sync_metrics;
pub mod metrics;
mod notice_metrics;
mod openapi;
mod pages;
mod peer_metrics;
mod pool_metrics;
mod printer_metrics;
pub mod problem;
mod reconcile_metrics;
mod relay_metrics;
pub mod request;
pub mod server;
mod task_metrics;
mod truth_metrics;
pub mod ui;
mod web;

use axum::Router;
use axum::middleware;

pub use asyncapi::text as asyncapi_json;
pub use openapi::text as openapi_json;
pub use pages::SIGN_IN_CALLBACK;
pub use problem::Problem;
pub use server::{
    Drained, Limits, ServeError, ServeOptions, Server, TlsFiles, TlsHandle, TlsIdentity,
};
pub use web::{Shared, Web};

/// The routes over `app`, for tests that need no network.
pub fn router(app: mtm_app::App) -> Router {
    router_with(&Web::new(app, Limits::default()))
}

/// The routes over a state of one's own.
pub fn router_with(web: &Shared) -> Router {
    let (api, _) = api::routes().split_for_parts();
    api.merge(docs::routes())
        .merge(pages::routes(web))
        .fallback(pages::not_found)
        .method_not_allowed_fallback(edge::method_not_allowed)
        .layer(middleware::from_fn_with_state(web.clone(), edge::edge))
        .with_state(web.clone())
}

/// Every route pattern.
pub(crate) fn routes() -> impl Iterator<Item = &'static str> {
    let api = openapi::document().paths.paths.keys().map(String::as_str);
    api.chain(docs::ROUTES).chain(pages::ROUTES)
}

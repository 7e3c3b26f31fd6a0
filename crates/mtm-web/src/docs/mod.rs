//! The documentation for people who connect other systems: readable offline, made from the same
//! document that machines read.

mod page;
mod problems;
mod schema;

use axum::Router;
use axum::routing::get;

use crate::openapi;
use crate::web::Shared;

/// Addresses of the documentation.
pub(crate) const ROUTES: [&str; 3] = ["/api/v1/openapi.json", "/docs", "/docs/problems"];

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route(ROUTES[0], get(openapi::show))
        .route(ROUTES[1], get(page::show))
        .route(ROUTES[2], get(problems::show))
}

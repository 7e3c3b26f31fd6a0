//! The documentation for people who connect other systems: readable offline, made from the same
//! document that machines read.

mod page;
mod problems;
mod schema;

use axum::Router;
use axum::routing::get;

use crate::web::Shared;
use crate::{asyncapi, openapi};

/// Addresses of the documentation.
pub(crate) const ROUTES: [&str; 4] =
    ["/api/v1/openapi.json", "/docs", "/docs/problems", "/api/v1/asyncapi.json"];

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route(ROUTES[0], get(openapi::show))
        .route(ROUTES[1], get(page::show))
        .route(ROUTES[2], get(problems::show))
        .route(ROUTES[3], get(asyncapi::show))
}

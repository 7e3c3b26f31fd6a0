//! `/reports`: figures for people who steer.

mod accuracy;
mod file;
mod floor;
mod period;
mod shift;
mod throughput;

pub(super) use file::{Figures, figures};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(floor::wip))
        .routes(routes!(floor::ageing))
        .routes(routes!(floor::flow))
        .routes(routes!(floor::scrap))
        .routes(routes!(floor::dwell))
        .routes(routes!(floor::occupancy))
        .routes(routes!(accuracy::accuracy))
        .routes(routes!(floor::minimum))
        .routes(routes!(floor::dashboard))
        .routes(routes!(throughput::throughput))
        .routes(routes!(shift::shift))
}

//! Documents for other systems. What a screen shows as a file is beside its list:
//! `movements/export`, and the reports.

mod b2mml;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(b2mml::material_information))
        .routes(routes!(b2mml::operations_performance))
}

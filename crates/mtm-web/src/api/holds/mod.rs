//! Holds: material that must not move.

mod list;
mod place;
mod release;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list::list, place::place)).routes(routes!(release::release))
}

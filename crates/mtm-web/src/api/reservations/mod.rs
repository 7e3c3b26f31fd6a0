//! Reservations: pieces that are kept for something.

mod end;
mod list;
mod place;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list::list, place::place)).routes(routes!(end::end))
}

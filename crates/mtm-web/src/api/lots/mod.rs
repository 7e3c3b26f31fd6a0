//! Lots: everything about one, what it carries, splitting it, and following it.

mod change;
mod follow;
mod show;
mod split;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(show::show, change::change))
        .routes(routes!(split::split))
        .routes(routes!(follow::follow, follow::unfollow))
        .routes(routes!(follow::followed))
}

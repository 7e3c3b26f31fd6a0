//! Lots: everything about one, what it carries and where it came from, splitting, merging and following.

mod change;
mod follow;
mod lineage;
mod merge;
mod show;
mod split;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(merge::merge))
        .routes(routes!(show::show, change::change))
        .routes(routes!(lineage::show))
        .routes(routes!(split::split))
        .routes(routes!(follow::follow, follow::unfollow))
        .routes(routes!(follow::followed))
}

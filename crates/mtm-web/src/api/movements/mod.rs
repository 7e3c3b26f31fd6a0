//! Movements: booked, listed, undone.

mod batch;
mod complete;
mod create;
mod export;
mod list;
mod reverse;
mod show;
mod stream;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(batch::batch))
        .routes(routes!(complete::complete))
        .routes(routes!(export::export))
        .routes(routes!(reverse::several))
        .routes(routes!(show::show))
        .routes(routes!(reverse::one))
}

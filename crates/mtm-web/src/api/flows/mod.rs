//! `/flows`: what other systems are told of movements, and what became of it.

mod postings;

use axum::extract::State;
use mtm_app::Once;
use mtm_app::sync::{FlowBody, FlowView, Flows};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Json, Key, NoParameters, Path, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(change))
        .routes(routes!(postings::list))
        .routes(routes!(postings::show))
        .routes(routes!(postings::decide))
}

/// List what other systems are told of movements, by name.
///
/// Each flow has a mode (`off`, `shadow`, `worklist`, `automatic`), a place in the log up to which postings were
/// laid out (`position`, `behind`), and how many of its postings stand how.
#[utoipa::path(get, path = "/api/v1/flows", tag = "flows",
    responses((status = 200, description = "The flows.", body = Flows)))]
async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
) -> Handled<Flows> {
    Ok(Answer::ok(web.app().flows(&who).await?))
}

/// Decide who posts what a flow tells, and where it goes on.
///
/// From `automatic` to `worklist`, what waits to be sent is for people; the other way round, what is on the
/// worklist stays there. Going over movements once more (`start`) changes nothing about those that have a posting.
#[utoipa::path(post, path = "/api/v1/flows/{name}", tag = "flows",
    params(("name" = String, Path, description = "Its name.")), request_body = FlowBody,
    responses((status = 200, description = "It is decided.", body = FlowView)))]
async fn change(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(name): Path<String>,
    Json(body): Json<FlowBody>,
) -> Handled<FlowView> {
    let key = key.of(&who, &body)?;
    let Once { value, replayed } = web.app().change_flow(&who, &name, &body, key).await?;
    Ok(Answer::ok(value).replayed(replayed))
}

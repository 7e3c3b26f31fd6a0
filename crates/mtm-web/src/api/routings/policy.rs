//! `/routing-policy`: what happens to an entry outside its part's routing.

use axum::extract::State;
use mtm_core::catalogue::OffRouting;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Json, Key, NoParameters, need};
use crate::web::Shared;

/// What happens to an entry outside its part's routing.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoutingPolicy {
    /// `warn`: it is booked, and `warnings` says so. `refuse`: it is refused (`off_routing`) until
    /// somebody confirms it.
    off_routing: OffRouting,
}

/// Show what happens to an entry outside its part's routing.
#[utoipa::path(get, path = "/api/v1/routing-policy", tag = "routings",
    responses((status = 200, description = "As it is.", body = RoutingPolicy)))]
pub(super) async fn show(
    State(web): State<Shared>,
    _who: Caller<need::Look>,
    _: NoParameters,
) -> Handled<RoutingPolicy> {
    Ok(Answer::ok(RoutingPolicy { off_routing: web.app().catalogue().off_routing }))
}

/// Set what happens to an entry outside its part's routing, on every server of the site.
#[utoipa::path(put, path = "/api/v1/routing-policy", tag = "routings", request_body = RoutingPolicy,
    responses((status = 200, description = "As it is now.", body = RoutingPolicy)))]
pub(super) async fn set(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Json(body): Json<RoutingPolicy>,
) -> Handled<RoutingPolicy> {
    let key = key.of(&who, &body)?;
    let made = web.app().set_off_routing(&who, body.off_routing, key).await?;
    Ok(Answer::ok(RoutingPolicy { off_routing: made.value }).replayed(made.replayed))
}

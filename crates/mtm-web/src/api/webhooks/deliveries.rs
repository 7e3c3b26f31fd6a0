//! What became of each event for a webhook.

use axum::extract::State;
use mtm_app::query::Page;
use mtm_app::record::{DeliveryRecord, DeliveryState};
use mtm_core::code::Code;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, Key, Listing, Paging, Path, need};
use crate::web::Shared;

/// Which deliveries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Only those that stand so.
    state: Option<DeliveryState>,
}

/// List a webhook's deliveries, newest first.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The webhook."), Filter, Paging),
    responses((status = 200, description = "A page of deliveries.", body = Page<DeliveryRecord>)))]
pub(super) async fn list(
    State(web): State<Shared>,
    _who: Caller<need::Administer>,
    Path(id): Path<Uuid>,
    Listing { filter, page }: Listing<Filter>,
) -> Handled<Page<DeliveryRecord>> {
    Ok(Answer::ok(web.app().ledger().deliveries(Some(id), filter.state, page).await?))
}

/// Send a delivery again, from the beginning of its schedule.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/deliveries/{delivery}/resend", tag = "webhooks",
    params(
        ("id" = Uuid, Path, description = "The webhook."),
        ("delivery" = i64, Path, description = "The delivery."),
    ),
    responses((status = 200, description = "It is due now.", body = DeliveryRecord)))]
pub(super) async fn resend(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path((id, delivery)): Path<(Uuid, i64)>,
) -> Handled<DeliveryRecord> {
    let key = key.of(&who, &())?;
    let known = web.app().ledger().delivery(delivery).await?;
    if known.is_none_or(|known| known.webhook != id) {
        return Err(Problem::new(Code::NotFound, format!("webhook {id} has no such delivery")));
    }
    let resent = web.app().resend_delivery(&who, delivery, key).await?;
    Ok(Answer::ok(resent.value).replayed(resent.replayed))
}

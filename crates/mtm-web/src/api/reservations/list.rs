//! `GET /reservations`.

use axum::extract::State;
use mtm_app::query::{Page, ReservationQuery, ReservationRow};
use mtm_core::word::{LotNumber, WorkOrder};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Listing, Paging, need};
use crate::web::Shared;

/// Which reservations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Of this lot.
    #[param(value_type = Option<String>)]
    lot: Option<LotNumber>,
    /// For this work order.
    #[param(value_type = Option<String>)]
    work_order: Option<WorkOrder>,
    /// Only those that count now.
    active: bool,
}

/// List reservations, newest first.
#[utoipa::path(get, path = "/api/v1/reservations", tag = "reservations", params(Filter, Paging),
    responses((status = 200, description = "A page of reservations.", body = Page<ReservationRow>)))]
pub(super) async fn list(
    State(web): State<Shared>,
    _who: Caller<need::Look>,
    Listing { filter, page }: Listing<Filter>,
) -> Handled<Page<ReservationRow>> {
    let Filter { lot, work_order, active } = filter;
    let query = ReservationQuery { lot, work_order, active, page };
    Ok(Answer::ok(web.app().ledger().reservations(query).await?))
}

//! `GET /stock/explain`: the movements that make a number.

use axum::extract::State;
use mtm_app::query::{ExplainQuery, Explanation};
use mtm_core::word::{LocationCode, LotNumber, OperationCode, PartCode, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Listing, Paging, need};
use crate::web::Shared;

/// Which number: the stock of a part, narrowed as far as given, or of a lot.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Part; needed unless a lot is named.
    part: Option<PartCode>,
    /// Operation.
    operation: Option<OperationCode>,
    /// Location.
    location: Option<LocationCode>,
    /// Lot.
    lot: Option<LotNumber>,
    /// At which moment, inclusive.
    as_of: Option<Timestamp>,
}

/// Explain a number.
///
/// Newest first; `opening` and the sum of all deltas make `quantity`.
#[utoipa::path(get, path = "/api/v1/stock/explain", tag = "stock", params(Filter, Paging),
    responses((status = 200, description = "The movements.", body = Explanation)))]
pub(super) async fn explain(
    State(web): State<Shared>,
    _who: Caller<need::Look>,
    Listing { filter, page }: Listing<Filter>,
) -> Handled<Explanation> {
    let Filter { part, operation, location, lot, as_of } = filter;
    let query = ExplainQuery { part, operation, location, lot, as_of, page };
    Ok(Answer::ok(web.app().ledger().explain(query).await?))
}

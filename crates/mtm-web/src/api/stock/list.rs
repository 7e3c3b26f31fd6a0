//! `GET /stock`: buckets, or their sums.

use axum::extract::State;
use mtm_app::query::{GroupBy, Page, StockGroup, StockQuery, StockRow};
use mtm_core::code::Code;
use mtm_core::word::{Quantity, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Handled};
use crate::api::pattern::{exact, lot, text, work_order};
use crate::problem::Problem;
use crate::request::{Caller, Listing, Paging, need};
use crate::web::Shared;

/// A column that stock is summed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Column {
    /// By part.
    Part,
    /// By operation.
    Operation,
    /// By location.
    Location,
    /// By lot.
    Lot,
    /// By building.
    Building,
}

impl From<Column> for GroupBy {
    fn from(column: Column) -> Self {
        match column {
            Column::Part => Self::Part,
            Column::Operation => Self::Operation,
            Column::Location => Self::Location,
            Column::Lot => Self::Lot,
            Column::Building => Self::Building,
        }
    }
}

/// What stock is narrowed by. Codes match exactly, or with `%` and `*` as wildcards.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Part.
    part: Option<String>,
    /// Operation.
    operation: Option<String>,
    /// Location.
    location: Option<String>,
    /// Building.
    building: Option<String>,
    /// Lot.
    lot: Option<String>,
    /// Item type of the lot.
    item_type: Option<String>,
    /// Work order of the lot.
    work_order: Option<String>,
    /// Colour of the lot.
    color_code: Option<String>,
    /// In part, description, location, lot, work order or notes.
    q: Option<String>,
    /// Rows of at least this many pieces.
    min_quantity: Option<i64>,
    /// Rows of at most this many pieces.
    max_quantity: Option<i64>,
    /// Lots received before this moment, or longer ago than `12h` or `30d`.
    older_than: Option<String>,
    /// Sums instead of buckets; repeat or separate with commas.
    #[param(inline)]
    group_by: Vec<Column>,
    /// As it was recorded at this moment, inclusive.
    as_of: Option<Timestamp>,
}

impl Filter {
    fn query(&self, now: Timestamp) -> Result<StockQuery, Problem> {
        Ok(StockQuery {
            part: exact(self.part.as_deref()),
            operation: exact(self.operation.as_deref()),
            location: exact(self.location.as_deref()),
            building: exact(self.building.as_deref()),
            lot: lot(self.lot.as_deref())?,
            item_type: exact(self.item_type.as_deref()),
            work_order: work_order(self.work_order.as_deref())?,
            color_code: exact(self.color_code.as_deref()),
            text: text(self.q.as_deref()),
            min_quantity: pieces("min_quantity", self.min_quantity)?,
            max_quantity: pieces("max_quantity", self.max_quantity)?,
            received_before: self.older_than.as_deref().map(|age| moment(age, now)).transpose()?,
            as_of: self.as_of,
            ..StockQuery::default()
        })
    }
}

fn pieces(name: &str, given: Option<i64>) -> Result<Option<Quantity>, Problem> {
    given
        .map(Quantity::pieces)
        .transpose()
        .map_err(|error| Problem::field(Code::InvalidParameter, name, error.to_string()))
}

/// A moment, or an age before `now` in hours or days.
fn moment(text: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    let age = || {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let hours: i64 = match unit {
            "h" => 1,
            "d" => 24,
            _ => return None,
        };
        let number = i64::from(number.parse::<u32>().ok()?);
        Some(now.plus_micros(-number.saturating_mul(hours * 3600 * 1_000_000)))
    };
    Timestamp::parse(text).ok().or_else(age).ok_or_else(|| {
        let message = format!("{text:?} is neither a moment nor an age like 12h or 30d");
        Problem::field(Code::InvalidParameter, "older_than", message)
    })
}

/// Stock, one way or the other.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum StockPage {
    /// A row for each bucket.
    Buckets(Page<StockRow>),
    /// Sums over the columns of `group_by`.
    Sums(Page<StockGroup>),
}

/// List stock.
///
/// Without `group_by` one row for each bucket that holds pieces; with it, sums over those columns
/// (`StockGroup`).
#[utoipa::path(get, path = "/api/v1/stock", tag = "stock", params(Filter, Paging),
    responses((status = 200, description = "A page of buckets, or of sums.", body = StockPage)))]
pub(super) async fn list(
    State(web): State<Shared>,
    _who: Caller<need::Look>,
    Listing { filter, page }: Listing<Filter>,
) -> Handled<StockPage> {
    let app = web.app();
    let query = StockQuery { page, ..filter.query(app.clock().now())? };
    if filter.group_by.is_empty() {
        return Ok(Answer::ok(StockPage::Buckets(app.ledger().stock(query).await?)));
    }
    let columns = filter.group_by.into_iter().map(GroupBy::from).collect();
    Ok(Answer::ok(StockPage::Sums(app.ledger().stock_groups(query, columns).await?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_moments_before_now() {
        let now = Timestamp::from_micros(100 * 3600 * 1_000_000);
        let at = |hours: i64| Timestamp::from_micros(hours * 3600 * 1_000_000);
        assert_eq!(moment("12h", now).unwrap(), at(88));
        assert_eq!(moment("2d", now).unwrap(), at(52));
        assert_eq!(moment("1970-01-01T01:00:00Z", now).unwrap(), at(1));
        for wrong in ["", "d", "-1d", "1w", "ä", "99999999999d"] {
            assert!(moment(wrong, now).is_err(), "{wrong}");
        }
    }
}

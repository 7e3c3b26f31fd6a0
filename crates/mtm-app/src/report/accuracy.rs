//! How right the ledger was, by what people counted.

use mtm_core::policy::Deed;
use mtm_core::word::{CountId, Quantity, Timestamp};
use mtm_store::record::{AccuracyBy, AccuracyRow};
use serde::Serialize;

use super::calendar::{Days, moments};
use super::sheet::{Cell, Tabular};
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Most rows of one answer.
const MOST: usize = 1_000;
/// Days that are lately.
const LATELY: i64 = 30;

/// How right the ledger was over lines with something in common.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccuracyItem {
    /// Name of the count, or the code they have in common.
    pub name: String,
    /// The count, where asked by count.
    pub count: Option<CountId>,
    /// Lines counted and believed.
    pub lines: u64,
    /// Of these, those where exactly the expected pieces were there.
    pub right: u64,
    /// Right ones of all, 0 to 1; null where nothing was counted.
    pub accuracy: Option<f64>,
    /// Pieces expected.
    pub expected: Quantity,
    /// Pieces found beyond them.
    pub more: Quantity,
    /// Pieces missing.
    pub fewer: Quantity,
}

/// How right the ledger was.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accuracy {
    /// From when on lines were counted.
    pub from: Timestamp,
    /// Until before when.
    pub to: Timestamp,
    /// Lines counted and believed.
    pub lines: u64,
    /// Of these, those where exactly the expected pieces were there.
    pub right: u64,
    /// Right ones of all, 0 to 1; null where nothing was counted.
    pub accuracy: Option<f64>,
    /// Where it was wrong most often first; 1,000 at most.
    pub items: Vec<AccuracyItem>,
}

impl App {
    /// How right the ledger was over what was counted on some days: the share of lines where
    /// exactly the expected pieces were there (inventory record accuracy).
    pub async fn accuracy(
        &self,
        who: &Principal,
        days: Days,
        by: AccuracyBy,
    ) -> Result<Accuracy, AppError> {
        who.require(Deed::Look)?;
        let (from, to) = moments(days, &self.site().zone, self.clock().now())?;
        self.accuracy_between(from, to, by).await
    }

    /// The same over the last 30 days.
    pub async fn accuracy_lately(
        &self,
        who: &Principal,
        by: AccuracyBy,
    ) -> Result<Accuracy, AppError> {
        who.require(Deed::Look)?;
        let now = self.clock().now();
        let from = now.plus_micros(-LATELY * 24 * 3_600_000_000);
        self.accuracy_between(from, now.plus_micros(1), by).await
    }

    async fn accuracy_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        by: AccuracyBy,
    ) -> Result<Accuracy, AppError> {
        let rows = self.ledger().accuracy(from, to, by).await?;
        let sum = |of: fn(&AccuracyRow) -> u64| rows.iter().map(of).fold(0, u64::saturating_add);
        let (lines, right) = (sum(|row| row.accuracy.lines), sum(|row| row.accuracy.right));
        let items = rows.into_iter().take(MOST).map(item).collect();
        Ok(Accuracy { from, to, lines, right, accuracy: share(right, lines), items })
    }
}

fn item(row: AccuracyRow) -> AccuracyItem {
    let it = row.accuracy;
    AccuracyItem {
        name: row.name,
        count: row.count,
        lines: it.lines,
        right: it.right,
        accuracy: share(it.right, it.lines),
        expected: it.expected,
        more: it.more,
        fewer: it.fewer,
    }
}

/// Right ones of all, to four digits and never rounded up to all of them.
#[expect(clippy::cast_precision_loss, reason = "a share, told to four digits")]
fn share(right: u64, lines: u64) -> Option<f64> {
    (lines > 0).then(|| (right as f64 / lines as f64 * 10_000.0).floor() / 10_000.0)
}

impl Tabular for Accuracy {
    fn columns(&self) -> Vec<&'static str> {
        vec!["name", "count", "lines", "right", "accuracy", "expected", "more", "fewer"]
    }

    fn rows(&self) -> Vec<Vec<Cell>> {
        let row = |item: &AccuracyItem| {
            vec![
                Cell::text(&item.name),
                item.count.as_ref().map_or(Cell::Empty, Cell::text),
                Cell::count(item.lines),
                Cell::count(item.right),
                Cell::maybe(item.accuracy),
                Cell::pieces(item.expected.whole()),
                Cell::pieces(item.more.whole()),
                Cell::pieces(item.fewer.whole()),
            ]
        };
        self.items.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_ledger_that_was_wrong_once_is_not_called_right() {
        assert_eq!(share(0, 0), None);
        assert_eq!(share(3, 3), Some(1.0));
        assert_eq!(share(2, 3), Some(0.6666));
        assert_eq!(share(99_999, 100_000), Some(0.9999));
    }
}

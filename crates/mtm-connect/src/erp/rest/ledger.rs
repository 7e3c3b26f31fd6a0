//! Reading a ledger that is told page by page, in the order of its ids and no other.

use super::Side;
use super::lists::{LEDGER, Texts};
use crate::erp::ErpError;
use crate::rest::Page;

/// The greatest id that is taken. Ids are running numbers: the look for gaps goes over every block of them.
const MOST_ID: i64 = 1_000_000_000_000;

/// A part of the ledger that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The id that was read up to.
    after: i64,
    /// The last id that is wanted.
    upto: i64,
    /// Rows that are still wanted.
    left: usize,
}

impl Stretch {
    /// At most `most` rows behind an id.
    pub(super) fn behind(after: i64, most: u32) -> Self {
        let left = usize::try_from(most).unwrap_or(usize::MAX);
        Self { after: after.max(0), upto: i64::MAX, left }
    }

    /// All rows of ids from `from` up to `upto`.
    pub(super) fn block(from: i64, upto: i64) -> Self {
        Self { after: from.saturating_sub(1).max(0), upto, left: usize::MAX }
    }
}

impl Side {
    /// The next rows of a stretch; the second is what is left of it.
    pub(super) async fn stretch(
        &self,
        stretch: Stretch,
    ) -> Result<(Vec<Texts>, Option<Stretch>), ErpError> {
        let Stretch { after, upto, left } = stretch;
        if left == 0 || after >= upto {
            return Ok((Vec::new(), None));
        }
        let position = after.to_string();
        let check = |page: &Page| in_order(page, after).map(|_| ());
        let page = self.page(LEDGER, Some(&position), check).await?;
        let ids = in_order(&page, after)?;
        let wanted = ids.iter().take_while(|id| **id <= upto).count().min(left);
        let rows = page.rows.iter().take(wanted).map(|row| self.lists.transaction(row)).collect();
        let is_passed = ids.last().is_some_and(|last| *last >= upto);
        let is_over = is_passed || self.lists.is_last(ids.len(), page.next.as_deref());
        let rest =
            Stretch { after: ids.last().copied().unwrap_or(after), upto, left: left - wanted };
        Ok((rows, (!is_over && rest.left > 0).then_some(rest)))
    }
}

/// The ids of a page's rows, each above the one before: a system that tells its newest first, or a row twice,
/// would make rows be passed over.
fn in_order(page: &Page, after: i64) -> Result<Vec<i64>, ErpError> {
    let mut last = after;
    let mut ids = Vec::with_capacity(page.rows.len());
    for (number, row) in (1..).zip(&page.rows) {
        let id: Option<i64> = row.get("id").and_then(|text| text.trim().parse().ok());
        let Some(id) = id.filter(|id| (1..=MOST_ID).contains(id)) else {
            let why = format!("row {number} of its ledger has no id from 1 to {MOST_ID}");
            return Err(ErpError::Answer(why));
        };
        if id <= last {
            let why =
                format!("row {number} of its ledger has id {id}, which does not follow {last}");
            return Err(ErpError::Answer(why));
        }
        ids.push(id);
        last = id;
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ids: &[&str]) -> Page {
        let row = |id: &&str| [("id".to_owned(), (*id).to_owned())].into();
        Page { rows: ids.iter().map(row).collect(), next: None }
    }

    #[test]
    fn ids_that_do_not_follow_each_other_are_no_page() {
        assert_eq!(in_order(&page(&["4", " 7 ", "8"]), 3), Ok(vec![4, 7, 8]));
        assert_eq!(in_order(&page(&[]), 3), Ok(vec![]));
        for ids in [
            &["3"][..],
            &["4", "4"],
            &["9", "8"],
            &["4", "x"],
            &["-1"],
            &["0"],
            &["4.0"],
            &["1000000000001"],
            &["99999999999999999999"],
        ] {
            assert!(matches!(in_order(&page(ids), 3), Err(ErpError::Answer(_))), "{ids:?}");
        }
    }
}

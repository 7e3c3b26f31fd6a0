//! The ERP's ledger, page by page, from where the overlap begins to its end.

use std::time::Duration;

use mtm_core::erp::{Fields, RawRow};
use mtm_store::record::Page;

use super::{Reader, ReadingError};

/// Rows asked for, and written in one transaction: bookings go between two of them.
const PAGE: u32 = 1_000;
/// Between two pages: who books goes before.
pub(super) const BREATH: Duration = Duration::from_millis(5);

impl Reader {
    /// Takes what the ERP's ledger has, to its end.
    pub(super) async fn feed(&mut self) -> Result<(), ReadingError> {
        let mut after = self.state().await?.overlap_from;
        loop {
            let rows = self.session().await?.transactions(after, PAGE).await?;
            let reaches_end = u32::try_from(rows.len()).is_ok_and(|rows| rows < PAGE);
            let mut page = self.page(&rows);
            let last = page.rows.iter().map(|row| row.id).max();
            if reaches_end {
                page.end = Some(last.unwrap_or(after));
            } else if last.is_none_or(|last| last <= after) {
                return Err(ReadingError::NoIds { after });
            }
            self.app.ledger().erp_take(self.settings.name.clone(), page).await?;
            let Some(last) = last.filter(|_| !reaches_end) else { return Ok(()) };
            after = last;
            self.renew().await?;
            tokio::time::sleep(BREATH).await;
        }
    }

    /// Rows as they are taken.
    pub(super) fn page(&self, rows: &[RawRow]) -> Page {
        let now = self.app.clock().now();
        let mut page = Page::default();
        for row in rows {
            match Fields::of(row).transaction(&self.settings.moments, now) {
                Some(row) => page.rows.push(row),
                None => page.refused += 1,
            }
        }
        page
    }
}

//! The look for gaps: every block of the ERP's ledger is compared by its figures, and read again where they
//! differ. It finds what was committed too late for the overlap, changed, or taken back.

use std::time::Duration;

use mtm_core::erp::first_of;
use mtm_store::record::FeedState;
use tokio::time::Instant;

use super::feed::BREATH;
use super::{Reader, ReadingError};

/// Blocks compared in one round, so that the feed goes on in between.
const AT_ONCE: usize = 25;
/// And no longer than this: over REST a block is many pages.
const LONGEST: Duration = Duration::from_secs(30);
/// One look a night: the last one is this old when the next begins.
const NIGHT_MICROS: i64 = 20 * 3_600 * 1_000_000;

impl Reader {
    /// Whether gaps are to be looked for now: one look goes on, none was ever made, or it is its hour.
    pub(super) fn is_scan_due(&self, state: &FeedState) -> bool {
        if state.building || state.ledger_at.is_none() {
            return false;
        }
        let Some(last) = state.scanned_at else { return true };
        let now = self.app.clock().now();
        let hour = now.civil().map(|it| it.to_zoned(self.app.site().zone.clone()).hour());
        state.scan_block.is_some()
            || hour == Some(self.settings.scan_hour) && last.plus_micros(NIGHT_MICROS) <= now
    }

    /// Compares blocks from where the look goes on; all that are left, or some.
    pub(super) async fn scan(&mut self, all: bool) -> Result<(), ReadingError> {
        let name = self.settings.name.clone();
        let ledger = self.app.ledger().clone();
        let begun = if all { None } else { self.state().await?.scan_block };
        let mut block = begun.unwrap_or(0);
        let mut left = if all { usize::MAX } else { AT_ONCE };
        let begun = Instant::now();
        while left > 0 && (all || begun.elapsed() < LONGEST) {
            let Some((upto, ours)) = ledger.erp_figures(name.clone(), block).await? else {
                // The position was passed; or sums are made anew, which makes every look needless.
                ledger.erp_scanned(name, None).await?;
                return Ok(());
            };
            let from = first_of(block);
            let theirs = self.session().await?.figures(from, upto).await?;
            if theirs != ours && self.mend(block, upto).await? {
                return Ok(());
            }
            block += 1;
            left -= 1;
            self.renew().await?;
            tokio::time::sleep(BREATH).await;
        }
        Ok(ledger.erp_scanned(name, Some(block)).await?)
    }

    /// Reads a block again. Whether sums have to be made anew.
    async fn mend(&mut self, block: i64, upto: i64) -> Result<bool, ReadingError> {
        let rows = self.session().await?.block(first_of(block), upto).await?;
        let page = self.page(&rows);
        let name = self.settings.name.clone();
        // What is not in it is taken off: only by whoever still reads.
        self.renew_now().await?;
        let done = self.app.ledger().erp_take_block(name, block, upto, page).await?;
        let (new, changed, gone) = (done.taken.new, done.taken.changed, done.taken.gone);
        tracing::info!(
            erp = self.settings.name,
            block,
            new,
            changed,
            gone,
            "a block of an ERP's ledger was not what it had been, and was read again"
        );
        if done.rebuild {
            tracing::warn!(
                erp = self.settings.name,
                block,
                "an old row of an ERP's ledger changed; its sums are made anew from the beginning"
            );
        }
        Ok(done.rebuild)
    }
}

//! A comparison.

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::reconcile::{Books, Findings, Stale, reconcile};
use mtm_core::word::{Timestamp, UserId};
use mtm_store::Fault;
use mtm_store::reconcile::{RunCause, RunEnd, RunRow};

use super::{PeerSetup, RunBody};
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Most breaks that a run keeps: beyond them the mapping is wrong, not the stock.
const MOST: usize = 10_000;
/// Breaks written at once: few enough that nobody who books notices.
const PIECE: usize = 100;

/// What was found, and of which moments.
struct Compared {
    findings: Findings,
    ours_at: Timestamp,
    ledger_at: Option<Timestamp>,
    on_hand_at: Option<Timestamp>,
}

impl App {
    /// Compares with a system now. Where there is one only it need not be named.
    pub async fn reconcile(&self, who: &Principal, body: &RunBody) -> Result<RunRow, AppError> {
        who.require(Deed::Reconcile)?;
        let peers = self.reconciled_peers();
        let peer = match (&body.peer, peers.as_slice()) {
            (Some(peer), _) => peer.clone(),
            (None, [only]) => only.clone(),
            (None, []) => return Err(nobody()),
            (None, _) => {
                let message = format!("say which: {}", peers.join(", "));
                return Err(AppError::field("peer", Code::InvalidBody, message));
            }
        };
        self.compare_with(&peer, RunCause::Asked, Some(who.user)).await
    }

    /// Compares with `peer`, and writes down what was found.
    pub(super) async fn compare_with(
        &self,
        peer: &str,
        cause: RunCause,
        by: Option<UserId>,
    ) -> Result<RunRow, AppError> {
        let Some(setup) = self.books().of(peer) else {
            let message = format!("this server is not configured with {peer}");
            return Err(AppError::refused(Code::NotFound, message));
        };
        let run = self.ledger().begin_reconciliation(peer.to_owned(), cause, by).await?;
        match self.compare_and_write(peer, &setup, run).await {
            Ok(row) => Ok(row),
            Err(error) => {
                // Its row says why; that it cannot be written either is told by what went wrong first.
                let told = self.ledger().fail_reconciliation(run, error.to_string()).await;
                if let Err(fault) = told {
                    tracing::warn!(%fault, peer, "a comparison that failed is not marked so");
                }
                Err(error)
            }
        }
    }

    async fn compare_and_write(
        &self,
        peer: &str,
        setup: &PeerSetup,
        run: i64,
    ) -> Result<RunRow, AppError> {
        let Compared { mut findings, ours_at, ledger_at, on_hand_at } =
            self.compare(peer, setup).await?;
        let is_whole = findings.breaks.len() <= MOST;
        if !is_whole {
            findings.breaks.truncate(MOST);
            findings.stale.push(Stale::TooMany);
        }
        let resolves = is_whole && !findings.stale.iter().any(|it| it.is_nothing());
        let found = findings.breaks.len() as u64;
        let mut opened = 0;
        let mut breaks = findings.breaks.into_iter().peekable();
        while breaks.peek().is_some() {
            let piece = breaks.by_ref().take(PIECE).collect();
            opened += self.ledger().found_breaks(run, piece).await?;
        }
        let mut unjudged = findings.unjudged.into_iter().peekable();
        while resolves && unjudged.peek().is_some() {
            let piece = unjudged.by_ref().take(PIECE).collect();
            self.ledger().unjudged_spots(run, piece).await?;
        }
        let end = RunEnd {
            ours_at,
            ledger_at,
            on_hand_at,
            stale: findings.stale,
            compared: findings.compared,
            elsewhere: findings.elsewhere,
            waiting: findings.waiting,
            found,
            opened,
            resolves,
        };
        let row = self.ledger().end_reconciliation(run, end).await?;
        tracing::info!(
            peer,
            compared = row.compared,
            found = row.found,
            opened = row.opened,
            resolved = row.resolved,
            stale = row.stale.len(),
            "compared"
        );
        Ok(row)
    }

    async fn compare(&self, peer: &str, setup: &PeerSetup) -> Result<Compared, AppError> {
        let read = self.read_both(peer, setup).await?;
        let (now, map, settings) = (self.clock().now(), setup.map.clone(), setup.settings);
        let (ours_at, left_out) = (read.ours.books.at, read.stale);
        let (ledger_at, on_hand_at) = (read.theirs.ledger_at, read.theirs.on_hand_at);
        let compared = tokio::task::spawn_blocking(move || {
            let books =
                Books { now, map: &map, ours: read.ours.books, peer: read.theirs, settings };
            reconcile(&books)
        });
        let mut findings = compared
            .await
            .map_err(|error| Fault::Permanent(format!("the comparison broke off: {error}")))?;
        findings.stale.extend(left_out);
        Ok(Compared { findings, ours_at, ledger_at, on_hand_at })
    }
}

fn nobody() -> AppError {
    AppError::refused(Code::NotFound, "this server is not configured with another system's books")
}

//! Reading both sides.

use std::collections::VecDeque;

use mtm_core::reconcile::{PeerBooks, Stale};
use mtm_core::word::Timestamp;
use mtm_store::Fault;
use mtm_store::reconcile::OursRead;
use mtm_store::record::FeedState;

use super::PeerSetup;
use crate::App;
use crate::error::AppError;

/// How far back movements and transactions are looked at.
const WINDOW_MICROS: i64 = 35 * 86_400 * 1_000_000;
/// Most movements that are looked at, and most transactions.
const MOST: usize = 200_000;
/// Transactions asked for at a time.
const PAGE: u32 = 1_000;
/// How often their side is read before it is left for later: it changes while it is read.
const TRIES: usize = 5;

/// Both sides, and what was left out.
pub(super) struct BothRead {
    pub(super) ours: OursRead,
    pub(super) theirs: PeerBooks,
    pub(super) stale: Vec<Stale>,
}

impl App {
    pub(super) async fn read_both(
        &self,
        peer: &str,
        setup: &PeerSetup,
    ) -> Result<BothRead, AppError> {
        let from = self.clock().now().plus_micros(-WINDOW_MICROS);
        let (mut theirs, theirs_cut) = self.peer_books(peer, from).await?;
        theirs.only_on_hand = setup.only_on_hand;
        if setup.only_on_hand {
            theirs.ledger_at = None;
        }
        let ours = self.ledger().our_books(setup.map.clone(), from, MOST).await?;
        // What only one side goes back to would look as if it had nothing beside it.
        let from = ours.books.from.max(theirs.from);
        let mut ours = ours;
        ours.books.movements.retain(|it| it.at >= from);
        ours.books.from = from;
        theirs.transactions.retain(|it| it.created.unwrap_or(it.happened) >= from || it.late);
        theirs.from = from;
        let stale = if ours.cut || theirs_cut { vec![Stale::WindowCut] } else { Vec::new() };
        Ok(BothRead { ours, theirs, stale })
    }

    /// Their side as it stood at one moment. It is read by several questions; where a reading of theirs came
    /// in between, all of it is read again.
    async fn peer_books(&self, peer: &str, from: Timestamp) -> Result<(PeerBooks, bool), AppError> {
        for _ in 0..TRIES {
            let Some(before) = self.ledger().erp_state(peer.to_owned()).await? else {
                return Ok((PeerBooks { from, ..PeerBooks::default() }, false));
            };
            let read = self.peer_books_once(peer, from, &before).await?;
            let after = self.ledger().erp_state(peer.to_owned()).await?;
            if after.is_some_and(|after| is_same(&before, &after)) {
                return Ok(read);
            }
        }
        let fault = Fault::Transient(format!("the books of {peer} change while they are read"));
        Err(fault.into())
    }

    async fn peer_books_once(
        &self,
        peer: &str,
        from: Timestamp,
        state: &FeedState,
    ) -> Result<(PeerBooks, bool), AppError> {
        let ledger = self.ledger();
        let on_hand = ledger.erp_on_hand(peer.to_owned()).await?;
        let sums = ledger.erp_ledger_sums(peer.to_owned()).await?;
        let parts = match state.parts_at {
            Some(_) => {
                let parts = ledger.erp_parts(peer.to_owned()).await?;
                Some(parts.into_iter().map(|part| part.id).collect())
            }
            None => None,
        };
        let (mut transactions, mut after, mut cut) = (VecDeque::new(), i64::MIN, false);
        loop {
            let page = ledger.erp_transactions(peer.to_owned(), from, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            transactions.extend(page);
            while transactions.len() > MOST {
                transactions.pop_front();
                cut = true;
            }
        }
        let first = transactions.front().filter(|_| cut);
        let from = first.map_or(from, |it| it.created.unwrap_or(it.happened).max(from));
        let books = PeerBooks {
            on_hand_at: state.on_hand_at,
            ledger_at: state.ledger_at,
            building: state.building,
            only_on_hand: false,
            on_hand,
            ledger: sums,
            from,
            transactions: transactions.into(),
            parts,
        };
        Ok((books, cut))
    }
}

/// Whether nothing was read in between.
fn is_same(before: &FeedState, after: &FeedState) -> bool {
    let of = |it: &FeedState| {
        (
            (it.position, it.read_at, it.ledger_at, it.building),
            (it.on_hand_at, it.parts_at),
            (it.rows, it.changed, it.gone),
        )
    };
    of(before) == of(after)
}

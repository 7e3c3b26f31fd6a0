//! The questions as the façade's methods: each runs on a read-only connection, in one read
//! transaction, off the async runtime.

use std::sync::Arc;

use mtm_core::event::{Event, EventType};
use mtm_core::word::{LotNumber, MovementId, ReservationId, WorkOrder};
use tokio::sync::mpsc;

use super::{Reader, Search};
use crate::ledger::Ledger;
use crate::query::{
    AuditQuery, AuditRow, Counts, ExplainQuery, Explanation, GroupBy, HistoryQuery, HoldRow,
    LegacyQuery, LegacyRow, Lineage, LotHint, LotSheet, MovementRow, Page, PageRequest, ReadError,
    ReservationQuery, ReservationRow, StockGroup, StockQuery, StockRow, WorkOrderHint,
};

/// Rows of one chunk of a stream.
const CHUNK: usize = 1_000;
/// Buckets of one, of which a server sends some more at a time.
const BUCKETS: usize = 4_000;

impl Ledger {
    /// A page of buckets that hold pieces, ordered by part, operation, location, receipt and lot.
    pub async fn stock(&self, query: StockQuery) -> Result<Page<StockRow>, ReadError> {
        self.ask(move |reader| reader.stock(&query)).await
    }

    /// A page of stock summed by columns, ordered by them as they are named.
    pub async fn stock_groups(
        &self,
        query: StockQuery,
        by: Vec<GroupBy>,
    ) -> Result<Page<StockGroup>, ReadError> {
        self.ask(move |reader| reader.stock_groups(&query, &by)).await
    }

    /// The movements that make a number, newest first.
    pub async fn explain(&self, query: ExplainQuery) -> Result<Explanation, ReadError> {
        self.ask(move |reader| reader.explain(&query)).await
    }

    /// A page of the movement log.
    pub async fn history(&self, query: HistoryQuery) -> Result<Page<MovementRow>, ReadError> {
        self.ask(move |reader| reader.history(&query)).await
    }

    /// One movement.
    pub async fn movement(&self, id: MovementId) -> Result<Option<MovementRow>, ReadError> {
        self.ask(move |reader| reader.movement(id)).await
    }

    /// Sends every movement that matches to `chunks`, in order, all of one moment; the query's
    /// page is ignored. Ends when all are sent, or when nobody receives any more. Holds one chunk
    /// besides those that wait in the channel, so its capacity bounds the memory. Closing the
    /// ledger waits for streams: let go of the receiver before.
    pub async fn history_stream(
        &self,
        query: HistoryQuery,
        chunks: mpsc::Sender<Vec<MovementRow>>,
    ) -> Result<(), ReadError> {
        self.ask_along(move |reader| {
            let mut send = |rows| chunks.blocking_send(rows).is_ok();
            reader.history_chunks(&query, CHUNK, &mut send)
        })
        .await
    }

    /// The same, each movement with the work order that its lot has.
    pub async fn work_stream(
        &self,
        query: HistoryQuery,
        chunks: mpsc::Sender<Vec<(MovementRow, Option<WorkOrder>)>>,
    ) -> Result<(), ReadError> {
        self.ask_along(move |reader| {
            let mut failed = Ok(());
            let mut send = |rows| match reader.with_work_orders(rows) {
                Ok(rows) => chunks.blocking_send(rows).is_ok(),
                Err(error) => {
                    failed = Err(error);
                    false
                }
            };
            reader.history_chunks(&query, CHUNK, &mut send)?;
            failed
        })
        .await
    }

    /// Sends every bucket that holds pieces to `chunks`, the lots in the order of their numbers, each
    /// with all its buckets in one chunk, all of one moment. Ends when all are sent, or when nobody
    /// receives any more; what the channel holds bounds the memory. Closing the ledger waits for
    /// streams: let go of the receiver before.
    pub async fn stock_stream(&self, chunks: mpsc::Sender<Vec<StockRow>>) -> Result<(), ReadError> {
        self.ask_along(move |reader| {
            let mut send = |rows| chunks.blocking_send(rows).is_ok();
            reader.lots_in_chunks(BUCKETS, &mut send)
        })
        .await
    }

    /// Everything about a lot.
    pub async fn lot_sheet(&self, lot: LotNumber) -> Result<Option<LotSheet>, ReadError> {
        self.ask(move |reader| reader.lot_sheet(&lot)).await
    }

    /// The lots that a lot is made of, and those that its pieces went on into.
    pub async fn lineage(&self, lot: LotNumber) -> Result<Option<Lineage>, ReadError> {
        self.ask(move |reader| reader.lineage(&lot)).await
    }

    /// Lots whose number begins with `prefix`.
    pub async fn lots_like(&self, prefix: &str, limit: usize) -> Result<Vec<LotHint>, ReadError> {
        let prefix = prefix.to_owned();
        self.ask(move |reader| reader.lots_like(&prefix, limit)).await
    }

    /// Open orders of planning, and work orders of lots, that begin with `prefix`.
    pub async fn work_orders_like(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<WorkOrderHint>, ReadError> {
        let prefix = prefix.to_owned();
        self.ask(move |reader| reader.work_orders_like(&prefix, limit)).await
    }

    /// A page of holds, newest first.
    pub async fn holds(
        &self,
        active_only: bool,
        page: PageRequest,
    ) -> Result<Page<HoldRow>, ReadError> {
        self.ask(move |reader| reader.holds(active_only, &page)).await
    }

    /// A page of reservations, newest first.
    pub async fn reservations(
        &self,
        query: ReservationQuery,
    ) -> Result<Page<ReservationRow>, ReadError> {
        self.ask(move |reader| reader.reservations(&query)).await
    }

    /// One reservation.
    pub async fn reservation(
        &self,
        id: ReservationId,
    ) -> Result<Option<ReservationRow>, ReadError> {
        self.ask(move |reader| reader.reservation(id)).await
    }

    /// A page of the audit log, newest first.
    pub async fn audit_rows(&self, query: AuditQuery) -> Result<Page<AuditRow>, ReadError> {
        self.ask(move |reader| reader.audit_rows(&query)).await
    }

    /// A page of an earlier system's log.
    pub async fn legacy_movements(&self, query: LegacyQuery) -> Result<Page<LegacyRow>, ReadError> {
        self.ask(move |reader| reader.legacy_movements(&query)).await
    }

    /// At most `limit` events after `position`, oldest first; of `types` only, where any are
    /// named. A follower that filters and gets fewer than `limit` goes on from the
    /// [`Ledger::newest_event`] that it read before. Refused (`events_expired`) where the next one
    /// is not kept any more.
    pub async fn events_after(
        &self,
        position: u64,
        types: Vec<EventType>,
        limit: u16,
    ) -> Result<Vec<Event>, ReadError> {
        self.ask(move |reader| reader.events_after(position, &types, limit)).await
    }

    /// The events at these places that are still kept, in order.
    pub async fn events_at(&self, positions: Vec<u64>) -> Result<Vec<Event>, ReadError> {
        self.ask(move |reader| reader.events_at(&positions)).await
    }

    /// Position of the oldest event kept.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method's path works for one lifetime, the closure for all"
    )]
    pub async fn oldest_event(&self) -> Result<Option<u64>, ReadError> {
        self.ask(|reader| reader.oldest_event()).await
    }

    /// Position of the newest event.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method's path works for one lifetime, the closure for all"
    )]
    pub async fn newest_event(&self) -> Result<Option<u64>, ReadError> {
        self.ask(|reader| reader.newest_event()).await
    }

    /// The place of the newest movement in the log; 0 where there is none.
    pub async fn newest_sequence(&self) -> Result<u64, ReadError> {
        self.query(|connection| {
            let sql = "SELECT coalesce(max(sequence), 0) FROM movement";
            Ok(connection.query_row(sql, &[], |row| row.get(0))?)
        })
        .await
    }

    /// How much there is.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method's path works for one lifetime, the closure for all"
    )]
    pub async fn counts(&self) -> Result<Counts, ReadError> {
        self.ask(|reader| reader.counts()).await
    }

    /// Answers a question on a connection of the pool.
    pub(crate) async fn ask<T, F>(&self, question: F) -> Result<T, ReadError>
    where
        F: FnOnce(&Reader<'_>) -> Result<T, ReadError> + Send + 'static,
        T: Send + 'static,
    {
        let (catalogue, now) = (self.catalogue(), self.clock().now());
        // Before the transaction begins: what it sees beyond the index, the outbox tells.
        let search = Search::of(self.index());
        let users = Arc::clone(self.user_names());
        self.query(move |connection| {
            let reader = Reader::new(connection, &catalogue, now);
            question(&reader.knowing(&users).led_by(search))
        })
        .await
    }

    /// Answers a question that reads much, where it keeps no screen waiting.
    pub(crate) async fn ask_along<T, F>(&self, question: F) -> Result<T, ReadError>
    where
        F: FnOnce(&Reader<'_>) -> Result<T, ReadError> + Send + 'static,
        T: Send + 'static,
    {
        let (catalogue, now) = (self.catalogue(), self.clock().now());
        let users = Arc::clone(self.user_names());
        self.query_along(move |connection| {
            question(&Reader::new(connection, &catalogue, now).knowing(&users))
        })
        .await
    }

    /// Brings the index of free text up to the present: gathers it where there is none yet, and
    /// what was booked since. Until it was called, and for what came later, searches by words read
    /// more; they find the same.
    pub async fn index_texts(&self) -> Result<(), ReadError> {
        let _turn = self.index().turn().await;
        loop {
            let known = self.index().lots().filter(|known| !known.is_stale());
            let (catalogue, now) = (self.catalogue(), self.clock().now());
            let index = Arc::clone(self.index());
            let (next, more) = self
                .query_along(move |connection| {
                    index.masters(&catalogue);
                    let reader = Reader::new(connection, &catalogue, now);
                    match known {
                        Some(known) => reader.next_texts(&known),
                        None => Ok((reader.gather_texts()?, false)),
                    }
                })
                .await?;
            self.index().publish(next);
            if !more {
                return Ok(());
            }
        }
    }
}

//! Stock and movements as documents of ISA-95, streamed: memory does not grow with what is in them.
//!
//! Who may look may take them. All of a document is of one moment.

use mtm_connect::b2mml::{Bucket, Header, Leg, Movement, MovementDocument, StockDocument, Use};
use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::word::{LocationCode, LotNumber, OperationCode, Timestamp, WorkOrder};
use mtm_store::Fault;
use mtm_store::query::{HistoryQuery, MovementRow, SortOrder, StockRow};
use tokio::sync::mpsc;

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

pub use mtm_connect::b2mml::MEDIA_TYPE;

/// Chunks of rows that may wait while the receiver is slow.
const CHUNKS_WAITING: usize = 1;

/// What was recorded from a moment on, and before another.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    /// The first moment; from the beginning where `None`.
    pub from: Option<Timestamp>,
    /// The moment after the last; to the present where `None`.
    pub to: Option<Timestamp>,
}

impl App {
    /// Sends all stock to `file` as a `MaterialInformation` document, in pieces. Ends early, without
    /// error, when nobody receives any more.
    pub async fn export_material_information(
        &self,
        who: &Principal,
        file: mpsc::Sender<Vec<u8>>,
    ) -> Result<(), AppError> {
        who.require(Deed::Look)?;
        let (chunks, mut received) = mpsc::channel(CHUNKS_WAITING);
        let read = self.ledger().stock_stream(chunks);
        let mut document = StockDocument::begin(&self.header());
        let write = async move {
            while let Some(rows) = received.recv().await {
                for row in rows {
                    document.add(bucket(row));
                }
                if file.send(document.take()).await.is_err() {
                    return None;
                }
            }
            Some((document, file))
        };
        let (read, written) = tokio::join!(read, write);
        // A document that was not read to its end must not get one.
        read?;
        if let Some((document, file)) = written {
            // Nobody waiting for the rest is no error of ours.
            drop(file.send(document.end()).await);
        }
        Ok(())
    }

    /// Sends the movements of a span to `file` as an `OperationsPerformance` document, the oldest
    /// first, in pieces. Ends early, without error, when nobody receives any more.
    pub async fn export_operations_performance(
        &self,
        who: &Principal,
        span: Span,
        file: mpsc::Sender<Vec<u8>>,
    ) -> Result<(), AppError> {
        who.require(Deed::Look)?;
        if span.from.zip(span.to).is_some_and(|(from, to)| to <= from) {
            let message = "a span ends after it begins; give a later time, or leave it out";
            return Err(AppError::field("to", Code::InvalidParameter, message.to_owned()));
        }
        let Span { from, to } = span;
        let query = HistoryQuery { from, to, sort: SortOrder::Oldest, ..HistoryQuery::default() };
        let (chunks, mut received) = mpsc::channel(CHUNKS_WAITING);
        let read = self.ledger().work_stream(query, chunks);
        let mut document = MovementDocument::begin(&self.header(), from, to);
        let write = async move {
            while let Some(rows) = received.recv().await {
                for (row, order) in rows {
                    document.add(&movement(row, order)?);
                }
                if file.send(document.take()).await.is_err() {
                    return Ok(None);
                }
            }
            Ok::<_, Fault>(Some((document, file)))
        };
        let (read, written) = tokio::join!(read, write);
        read?;
        if let Some((document, file)) = written? {
            drop(file.send(document.end()).await);
        }
        Ok(())
    }

    fn header(&self) -> Header {
        Header {
            id: self.clock().fresh_uuid().to_string(),
            site: self.site().name.clone(),
            made_at: self.clock().now(),
        }
    }
}

fn bucket(row: StockRow) -> Bucket {
    Bucket {
        lot: row.lot,
        part: row.part,
        operation: row.operation,
        location: row.location,
        building: row.building,
        quantity: row.quantity,
        unit: row.unit,
        held: row.held,
        item_type: row.item_type,
        work_order: row.work_order,
        color_code: row.color_code,
        notes: row.notes,
        received_at: row.received_at,
        received_by: row.received_by,
    }
}

fn movement(row: MovementRow, work_order: Option<WorkOrder>) -> Result<Movement, Fault> {
    Ok(Movement {
        id: row.id,
        command: row.command_id,
        sequence: row.sequence,
        kind: row.kind,
        legs: legs(&row)?,
        part: row.part,
        work_order,
        quantity: row.quantity,
        // What every part is counted in.
        unit: "pcs",
        from_account: row.from_account,
        to_account: row.to_account,
        recorded_at: row.recorded_at,
        occurred_at: row.occurred_at,
        user: row.user,
        station: row.station,
        shift: row.shift,
        reason: row.reason,
        notes: row.notes,
        reverses: row.reverses,
    })
}

/// The ends of a movement that are stock. A row names as its place where pieces left, and where they
/// came to only if they came from outside.
fn legs(row: &MovementRow) -> Result<Vec<Leg>, Fault> {
    let no_place = || Fault::Permanent(format!("movement {} has an end without place", row.id));
    let leg = |used, lot: &LotNumber, place: Option<(&OperationCode, &LocationCode)>| {
        let (operation, location) = place.ok_or_else(no_place)?;
        let (operation, location) = (operation.clone(), location.clone());
        Ok::<_, Fault>(Leg { used, lot: lot.clone(), operation, location })
    };
    let arrived = row.to_lot.as_ref().unwrap_or(&row.lot);
    let here = |used, lot| leg(used, lot, row.operation.as_ref().zip(row.location.as_ref()));
    let there = row.to_operation.as_ref().zip(row.to_location.as_ref());
    match (row.from_account, row.to_account) {
        (Some(_), Some(_)) => Ok(Vec::new()),
        (Some(_), None) => Ok(vec![here(Use::Produced, arrived)?]),
        (None, Some(_)) => Ok(vec![here(Use::Consumed, &row.lot)?]),
        (None, None) => {
            Ok(vec![here(Use::Consumed, &row.lot)?, leg(Use::Produced, arrived, there)?])
        }
    }
}

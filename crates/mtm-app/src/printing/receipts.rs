//! Along the log: a label for each receipt that a printer prints by itself.

use mtm_core::label::{Fields, Subject};
use mtm_core::movement::MovementType;
use mtm_store::Fault;
use mtm_store::print::{NewJob, PrinterRow};
use mtm_store::query::{HistoryQuery, MovementRow, PageRequest, ReadError, SortOrder};

use super::PrinterSettings;
use super::label::kept;
use super::worker::Printing;
use crate::error::AppError;

/// Movements looked at in one transaction.
const PIECE: u16 = 200;
/// Movements that concern no printer, looked at once more by the next program: writing the place down after each would
/// cost every booking a write for every printer.
const UNWRITTEN: u64 = 1_000;

impl Printing {
    /// Lays out the labels of the next receipts. Whether there may be more.
    pub(super) async fn lay_out(
        &self,
        settings: &PrinterSettings,
        row: &PrinterRow,
    ) -> Result<bool, Fault> {
        let Some(position) = row.position else { return Ok(false) };
        let known = self.ahead().get(&row.name).copied();
        let from = known.filter(|(written, _)| *written == position).map_or(position, |it| it.1);
        let query = HistoryQuery {
            after_sequence: Some(from),
            sort: SortOrder::Oldest,
            page: PageRequest { limit: PIECE, ..PageRequest::default() },
            ..HistoryQuery::default()
        };
        let movements = match self.app.ledger().history(query).await {
            Ok(page) => page.items,
            Err(ReadError::Fault(fault)) => return Err(fault),
            Err(ReadError::Refused(refusal)) => return Err(Fault::Permanent(refusal.to_string())),
        };
        // What has no place yet is met when it has one.
        let Some(to) = movements.iter().map_while(|row| row.sequence).last() else {
            return Ok(false);
        };
        let mut jobs = Vec::new();
        for movement in movements.iter().filter(|row| row.sequence.is_some_and(|it| it <= to)) {
            if is_labelled(settings, movement) {
                jobs.push(self.job_of(settings, movement).await?);
            }
        }
        if jobs.is_empty() && to - position < UNWRITTEN {
            self.ahead().insert(row.name.clone(), (position, to));
            return Ok(true);
        }
        // Whether or not somebody else was faster, it is looked again.
        self.app.ledger().print_receipts(row.name.clone(), (position, to), jobs).await?;
        Ok(true)
    }

    /// The label of a receipt. Whether it can be made is found out when it is its turn, and told then.
    async fn job_of(
        &self,
        settings: &PrinterSettings,
        movement: &MovementRow,
    ) -> Result<NewJob, Fault> {
        let fields = match self.app.label_fields_of_lot(&movement.lot).await {
            Ok(fields) => fields,
            Err(AppError::Fault(fault)) => return Err(fault),
            Err(error) => {
                tracing::warn!(lot = %movement.lot, %error, "a label has its number only");
                let mut fields = Fields::of(Subject::Lot);
                fields.set("lot", movement.lot.as_str()).map_err(|error| {
                    Fault::Permanent(format!("a lot's number is on no label: {error}"))
                })?;
                fields
            }
        };
        Ok(NewJob {
            printer: settings.name.clone(),
            template: settings.template.clone(),
            subject: Subject::Lot.as_str().to_owned(),
            key: movement.lot.to_string(),
            fields: kept(&fields),
            movement: Some(movement.id),
            station: movement.station.clone(),
        })
    }
}

/// Whether the label of a movement is printed by itself: of a receipt that was not undone meanwhile, and that somebody
/// booked there. What comes with a file has its labels already, or none.
fn is_labelled(settings: &PrinterSettings, movement: &MovementRow) -> bool {
    movement.kind == MovementType::In
        && movement.reversed_by.is_none()
        && movement.import_id.is_none()
        && settings.receipts_at.has(movement.station.as_deref())
}

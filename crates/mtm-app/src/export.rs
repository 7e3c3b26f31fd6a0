//! All matching movements as a file, streamed: for CSV and NDJSON memory does not grow with the
//! number of rows. A workbook is one archive and has to be built before it can be sent.

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_store::Fault;
use mtm_store::query::{HistoryQuery, MovementRow};
use tokio::sync::mpsc;

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportFormat {
    /// Comma-separated values, UTF-8.
    Csv,
    /// An Excel workbook.
    Xlsx,
    /// One JSON object a line.
    Ndjson,
}

impl ExportFormat {
    /// The format of this name.
    pub fn from_name(name: &str) -> Result<Self, AppError> {
        match name {
            "csv" => Ok(Self::Csv),
            "xlsx" => Ok(Self::Xlsx),
            "ndjson" => Ok(Self::Ndjson),
            _ => Err(AppError::field(
                "format",
                Code::InvalidParameter,
                format!("{name} is no format; use csv, xlsx or ndjson"),
            )),
        }
    }

    /// The media type of such a file.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// What such a file's name ends with.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Ndjson => "ndjson",
        }
    }
}

/// Chunks of rows that may wait while the receiver is slow.
const CHUNKS_WAITING: usize = 2;
/// Most rows of one sheet, its header among them.
const SHEET_ROWS: u32 = 1_048_576;

const COLUMNS: [&str; 20] = [
    "sequence",
    "recorded_at",
    "type",
    "part",
    "lot",
    "quantity",
    "operation",
    "location",
    "to_operation",
    "to_location",
    "user",
    "station",
    "shift",
    "reason",
    "notes",
    "id",
    "reverses",
    "reversed_by",
    "occurred_at",
    "in_closed_period",
];

impl App {
    /// Sends all matching movements to `file` in pieces. Ends early, without error, when nobody
    /// receives any more.
    pub async fn export_movements(
        &self,
        who: &Principal,
        query: HistoryQuery,
        format: ExportFormat,
        file: mpsc::Sender<Vec<u8>>,
    ) -> Result<(), AppError> {
        who.require(Deed::Look)?;
        let (chunks, received) = mpsc::channel(CHUNKS_WAITING);
        let read = self.ledger().history_stream(query, chunks);
        let write = async {
            match format {
                ExportFormat::Xlsx => workbook(received, file).await,
                ExportFormat::Csv | ExportFormat::Ndjson => lines(received, file, format).await,
            }
        };
        let (read, written) = tokio::join!(read, write);
        read?;
        Ok(written?)
    }
}

/// These movements as one CSV file.
pub(crate) fn csv_file(rows: &[MovementRow]) -> Result<Vec<u8>, Fault> {
    let mut file = csv_lines(&[COLUMNS.map(String::from)])?;
    file.extend(csv_lines(&rows.iter().map(cells).collect::<Vec<_>>())?);
    Ok(file)
}

async fn lines(
    mut received: mpsc::Receiver<Vec<MovementRow>>,
    file: mpsc::Sender<Vec<u8>>,
    format: ExportFormat,
) -> Result<(), Fault> {
    if format == ExportFormat::Csv
        && file.send(csv_lines(&[COLUMNS.map(String::from)])?).await.is_err()
    {
        return Ok(());
    }
    while let Some(rows) = received.recv().await {
        let piece = match format {
            ExportFormat::Csv => csv_lines(&rows.iter().map(cells).collect::<Vec<_>>())?,
            _ => json_lines(&rows)?,
        };
        if file.send(piece).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn broken(error: impl std::fmt::Display) -> Fault {
    Fault::Permanent(format!("the file could not be written: {error}"))
}

fn csv_lines(rows: &[[String; COLUMNS.len()]]) -> Result<Vec<u8>, Fault> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(broken)?;
    }
    writer.into_inner().map_err(broken)
}

fn json_lines(rows: &[MovementRow]) -> Result<Vec<u8>, Fault> {
    let mut piece = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut piece, row).map_err(broken)?;
        piece.push(b'\n');
    }
    Ok(piece)
}

async fn workbook(
    mut received: mpsc::Receiver<Vec<MovementRow>>,
    file: mpsc::Sender<Vec<u8>>,
) -> Result<(), Fault> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let (mut row, mut sheets) = (0, 0);
    while let Some(movements) = received.recv().await {
        for movement in &movements {
            if sheets == 0 || row == SHEET_ROWS {
                sheets += 1;
                let sheet = book.add_worksheet();
                sheet.write_row(0, 0, COLUMNS).map_err(broken)?;
                row = 1;
            }
            let sheet = book.worksheet_from_index(sheets - 1).map_err(broken)?;
            sheet.write_row(row, 0, cells(movement)).map_err(broken)?;
            let pieces = i32::try_from(movement.quantity.whole()).unwrap_or(i32::MAX);
            sheet.write(row, 5, pieces).map_err(broken)?;
            row += 1;
        }
    }
    if sheets == 0 {
        book.add_worksheet().write_row(0, 0, COLUMNS).map_err(broken)?;
    }
    let bytes = book.save_to_buffer().map_err(broken)?;
    // Nobody waiting for the file is no error of ours.
    drop(file.send(bytes).await);
    Ok(())
}

fn cells(row: &MovementRow) -> [String; COLUMNS.len()] {
    [
        text(row.sequence.as_ref()),
        row.recorded_at.to_string(),
        row.kind.as_str().to_owned(),
        harmless(row.part.to_string()),
        harmless(row.lot.to_string()),
        row.quantity.to_string(),
        text(row.operation.as_ref()),
        text(row.location.as_ref()),
        text(row.to_operation.as_ref()),
        text(row.to_location.as_ref()),
        harmless(row.user.clone()),
        text(row.station.as_ref()),
        text(row.shift.as_ref()),
        text(row.reason.as_ref()),
        text(row.notes.as_ref()),
        row.id.to_string(),
        text(row.reverses.as_ref()),
        text(row.reversed_by.as_ref()),
        text(row.occurred_at.as_ref()),
        row.in_closed_period.to_string(),
    ]
}

fn text<T: ToString>(value: Option<&T>) -> String {
    value.map(|value| harmless(value.to_string())).unwrap_or_default()
}

/// A text that a spreadsheet will not take for a formula.
pub fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_and_part_numbers_kept() {
        assert_eq!(harmless("=cmd|' /C calc'!A0".to_owned()), "'=cmd|' /C calc'!A0");
        assert_eq!(harmless("-12".to_owned()), "'-12");
        assert_eq!(harmless("11058-1779".to_owned()), "11058-1779");
    }
}

//! Stock, page by page.

use clap::{Args, ValueEnum};
use mtm_app::export::harmless;
use mtm_app::query::{PageRequest, Pattern, StockQuery, StockRow};
use mtm_core::policy::Deed;
use mtm_core::word::{LotNumber, Timestamp};
use mtm_store::query::{Cursor, MAX_LIMIT};
use tokio::sync::mpsc;

use super::{Target, wrong};
use crate::cli::Call;
use crate::door::Local;
use crate::failure::{Failure, Outcome, exit};

const COLUMNS: [&str; 12] = [
    "part",
    "operation",
    "location",
    "building",
    "lot",
    "quantity",
    "item_type",
    "work_order",
    "color_code",
    "notes",
    "received_at",
    "received_by",
];

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The part; `%` and `*` stand for anything, here and below
    #[arg(long)]
    part: Option<String>,
    /// Operation
    #[arg(long)]
    operation: Option<String>,
    /// Location
    #[arg(long)]
    location: Option<String>,
    /// The lot
    #[arg(long)]
    lot: Option<String>,
    /// As it was at this moment (RFC 3339)
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// csv or ndjson
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    #[command(flatten)]
    pub(super) target: Target,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Ndjson,
}

impl Arguments {
    fn query(&self) -> Outcome<StockQuery> {
        let pattern = |text: &Option<String>| text.as_deref().map(Pattern::parse);
        let as_of = self.as_of.as_deref().map(Timestamp::parse).transpose();
        // A lot is named with or without its leading zeros.
        let lot = self.lot.as_deref().map(|lot| match lot.parse::<LotNumber>() {
            Ok(number) => Pattern::parse(number.as_str()),
            Err(_) => Pattern::parse(lot),
        });
        Ok(StockQuery {
            part: pattern(&self.part),
            operation: pattern(&self.operation),
            location: pattern(&self.location),
            lot,
            as_of: as_of.map_err(|error| wrong("--as-of", error))?,
            page: PageRequest { limit: MAX_LIMIT, ..PageRequest::default() },
            ..StockQuery::default()
        })
    }
}

/// Sends all matching buckets.
pub(super) async fn send(
    call: &Call,
    local: &Local,
    it: &Arguments,
    pieces: mpsc::Sender<Vec<u8>>,
) -> Outcome {
    local.who.require(Deed::Look)?;
    let mut query = it.query()?;
    let ledger = local.app.ledger();
    let before = ledger.counts().await?.newest_sequence;
    let mut header = it.format == Format::Csv;
    loop {
        let page = ledger.stock(query.clone()).await?;
        let piece = match it.format {
            Format::Csv => csv_lines(&page.items, header)?,
            Format::Ndjson => json_lines(&page.items)?,
        };
        header = false;
        if pieces.send(piece).await.is_err() {
            return Ok(());
        }
        let Some(cursor) = page.next_cursor else { break };
        query.page.cursor = Some(Cursor::decode(&cursor).map_err(|error| broken(&error))?);
    }
    if query.as_of.is_none() && ledger.counts().await?.newest_sequence != before {
        call.console.warn(
            "somebody booked while stock was read: rows are of slightly different moments. \
             --as-of gives all rows of one moment.",
        );
    }
    Ok(())
}

fn csv_lines(rows: &[StockRow], header: bool) -> Outcome<Vec<u8>> {
    fn text<T: ToString>(value: Option<&T>) -> String {
        value.map(|value| harmless(value.to_string())).unwrap_or_default()
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    if header {
        writer.write_record(COLUMNS).map_err(|error| broken(&error))?;
    }
    for row in rows {
        let cells: [String; COLUMNS.len()] = [
            harmless(row.part.to_string()),
            harmless(row.operation.to_string()),
            harmless(row.location.to_string()),
            text(row.building.as_ref()),
            harmless(row.lot.to_string()),
            row.quantity.to_string(),
            text(row.item_type.as_ref()),
            text(row.work_order.as_ref()),
            text(row.color_code.as_ref()),
            text(row.notes.as_ref()),
            row.received_at.to_string(),
            text(row.received_by.as_ref()),
        ];
        writer.write_record(cells).map_err(|error| broken(&error))?;
    }
    writer.into_inner().map_err(|error| broken(&error))
}

fn json_lines(rows: &[StockRow]) -> Outcome<Vec<u8>> {
    let mut lines = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut lines, row).map_err(|error| broken(&error))?;
        lines.push(b'\n');
    }
    Ok(lines)
}

fn broken(error: &dyn std::fmt::Display) -> Failure {
    Failure::new("internal", exit::FAILURE, format!("a row cannot be written: {error}"))
}

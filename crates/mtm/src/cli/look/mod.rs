//! Looking: each command asks one question, here or on a server, and shows the same JSON either
//! way. Times are shown in the plant's zone to people and in UTC to machines.

pub(super) mod explain;
pub(super) mod find;
pub(super) mod history;
pub(super) mod lot;
pub(super) mod minimum;
pub(super) mod shift;
pub(super) mod stock;
pub(super) mod throughput;

use clap::{Args, Subcommand};
use mtm_app::query::{PageRequest, Pattern};
use mtm_core::word::{LotNumber, Timestamp, WorkOrder};
use mtm_store::query::{Cursor, ReadError};
use serde_json::Value;

use crate::cli::Call;
use crate::door::{Door, Parameters};
use crate::failure::{Failure, Outcome};

/// Figures for people who steer.
#[derive(Debug, Subcommand)]
pub(super) enum Report {
    /// Show what moved, per day, shift or hour
    Throughput(throughput::Arguments),
    /// Show the parts below their minimum stock
    Minimum(minimum::Arguments),
    /// Show what each shift did
    Shift(shift::Arguments),
}

/// Shows a report.
pub(super) async fn report(call: &Call, report: Report) -> Outcome {
    match report {
        Report::Throughput(it) => throughput::run(call, it).await,
        Report::Minimum(it) => minimum::run(call, it).await,
        Report::Shift(it) => shift::run(call, it).await,
    }
}

/// Most rows of one page.
const PAGE: u64 = 1000;

/// How many rows, and from where.
#[derive(Debug, Args)]
pub(in crate::cli) struct Rows {
    /// Most rows to show
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: u64,
    /// Go on where an earlier answer ended (its `next_cursor`)
    #[arg(long)]
    cursor: Option<String>,
}

/// A question that is answered page by page.
pub(in crate::cli) trait Question {
    /// Where a server answers it, where that is always the same place.
    const PATH: &'static str = "";
    /// Where a server answers it.
    fn path(&self) -> String {
        Self::PATH.to_owned()
    }
    /// As the parameters of an address.
    fn parameters(&self) -> Parameters;
    /// One page, asked of the ledger here.
    async fn ask(&self, door: &crate::door::Local, page: PageRequest) -> Outcome<Value>;
}

/// Asks page after page until there are enough rows. The members of the last page stand beside
/// the rows.
pub(in crate::cli) async fn ask<Q: Question>(
    door: &Door,
    question: &Q,
    rows: &Rows,
) -> Outcome<Value> {
    let mut items = Vec::new();
    let mut cursor = rows.cursor.clone();
    loop {
        let left = rows.limit.saturating_sub(items.len() as u64).clamp(1, PAGE);
        let mut page = match door {
            Door::Remote(client) => {
                let mut parameters = question.parameters();
                parameters.add("limit", Some(left));
                parameters.add("cursor", cursor.as_ref());
                client.get(&question.path(), &parameters)?
            }
            Door::Local(local) => {
                let decoded = cursor.as_deref().map(Cursor::decode).transpose();
                let request = PageRequest {
                    limit: u16::try_from(left).unwrap_or(u16::MAX),
                    cursor: decoded.map_err(ReadError::from)?,
                    count: false,
                };
                question.ask(local, request).await?
            }
        };
        if let Some(Value::Array(more)) = page.get_mut("items").map(Value::take) {
            items.extend(more);
        }
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() || items.len() as u64 >= rows.limit {
            page["items"] = Value::Array(items);
            return Ok(page);
        }
    }
}

/// A line under a table that was cut.
pub(in crate::cli) fn more(answer: &Value) -> String {
    match answer["next_cursor"].as_str() {
        Some(_) => "\nThere is more: raise --limit.".to_owned(),
        None => String::new(),
    }
}

/// The rows of an answer.
pub(in crate::cli) fn items(answer: &Value) -> &[Value] {
    answer["items"].as_array().map_or(&[], Vec::as_slice)
}

/// A cell: texts as they are, nothing for null.
pub(in crate::cli) fn cell(row: &Value, name: &str) -> String {
    match &row[name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A moment for people.
pub(in crate::cli) fn moment(row: &Value, name: &str) -> String {
    let text = row[name].as_str().unwrap_or_default();
    Timestamp::parse(text).map_or_else(|_| text.to_owned(), crate::output::moment)
}

/// Place and operation in one cell.
fn place(row: &Value, operation: &str, location: &str) -> String {
    let (location, operation) = (cell(row, location), cell(row, operation));
    match (location.as_str(), operation.as_str()) {
        ("", "") => String::new(),
        _ => format!("{location} / {operation}"),
    }
}

/// A filter on a code.
fn pattern(text: Option<&String>) -> Option<Pattern> {
    text.map(|text| Pattern::parse(text))
}

/// A filter on lot numbers; digits are completed as on labels.
fn lot_pattern(text: Option<&String>) -> Option<Pattern> {
    completed(text, |text| LotNumber::parse(text).ok().map(|lot| lot.to_string()))
}

/// A filter on work orders; digits are completed as on labels.
fn order_pattern(text: Option<&String>) -> Option<Pattern> {
    completed(text, |text| WorkOrder::parse(text).ok().map(|order| order.to_string()))
}

fn completed(text: Option<&String>, complete: impl Fn(&str) -> Option<String>) -> Option<Pattern> {
    let text = text?;
    Some(match Pattern::parse(text) {
        Pattern::Exact(folded) => Pattern::Exact(complete(text).unwrap_or(folded)),
        wildcard @ Pattern::Wildcard(_) => wildcard,
    })
}

/// A moment that an option names.
pub(in crate::cli) fn time(option: &str, text: Option<&String>) -> Outcome<Option<Timestamp>> {
    let parsed = text.map(|text| Timestamp::parse(text)).transpose();
    parsed.map_err(|error| Failure::usage(format!("{option}: {error}")))
}

/// A word that an option names.
pub(in crate::cli) fn word<T>(option: &str, text: Option<&String>) -> Outcome<Option<T>>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let parsed = text.map(|text| text.parse::<T>()).transpose();
    parsed.map_err(|error| Failure::usage(format!("{option}: {error}")))
}

/// Rows as the JSON that a server sends.
pub(in crate::cli) fn json_of(page: &impl serde::Serialize) -> Outcome<Value> {
    serde_json::to_value(page)
        .map_err(|error| Failure::new("internal", 1, format!("an answer cannot be shown: {error}")))
}

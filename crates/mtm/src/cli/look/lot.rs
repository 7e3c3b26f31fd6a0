//! `mtm lot`: everything about one lot.

use clap::Args;
use mtm_core::code::Code;
use mtm_core::word::LotNumber;
use serde_json::Value;

use crate::cli::Call;
use crate::door::{Door, Parameters, encode};
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm lot 4711
  mtm lot 0000004711 --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Its number; digits alone are completed
    lot: String,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let lot: LotNumber =
        it.lot.parse().map_err(|error| Failure::usage(format!("{}: {error}", it.lot)))?;
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = match &door {
        Door::Remote(client) => {
            let path = format!("/api/v1/lots/{}", encode(lot.as_str()));
            client.get(&path, &Parameters::default())
        }
        Door::Local(local) => match local.app.ledger().lot_sheet(lot.clone()).await {
            Ok(Some(sheet)) => super::json_of(&sheet),
            Ok(None) => Err(Failure::of(Code::NotFound, format!("there is no lot {lot}"))),
            Err(error) => Err(error.into()),
        },
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || sheet(call, &answer))
}

/// What it carries, where it stands, its life.
fn sheet(call: &Call, lot: &Value) -> String {
    let text = |name: &str| super::cell(lot, name);
    let mut lines = vec![format!("Lot {}  ({})", text("lot"), text("part"))];
    let facts = [
        ("item type", text("item_type")),
        ("work order", text("work_order")),
        ("colour", text("color_code")),
        ("notes", text("notes")),
        ("received", super::moment(lot, "received_at")),
        ("by", text("received_by")),
        ("split from", text("parent")),
    ];
    lines.extend(
        facts
            .into_iter()
            .filter(|(_, fact)| !fact.is_empty())
            .map(|(name, fact)| format!("  {name:<11}{fact}")),
    );
    let rows = |name: &str| lot[name].as_array().cloned().unwrap_or_default();
    for hold in rows("holds") {
        lines.push(format!(
            "  ON HOLD    {} {}",
            super::cell(&hold, "reason"),
            super::cell(&hold, "notes")
        ));
    }
    lines.extend(rows("reservations").iter().map(reserved));
    let mut stock =
        Table::new([Column::text("LOCATION"), Column::text("OPERATION"), Column::number("PIECES")]);
    for bucket in rows("buckets") {
        stock.row(["location", "operation", "quantity"].map(|name| super::cell(&bucket, name)));
    }
    lines.push(String::new());
    lines.push(if stock.is_empty() {
        "Nothing of it is left.".to_owned()
    } else {
        call.console.table(&stock)
    });
    for (side, words) in
        [("ancestors", "Its pieces came from:"), ("descendants", "Its pieces went on into:")]
    {
        let links = lot["lineage"][side].as_array().cloned().unwrap_or_default();
        if !links.is_empty() {
            lines.push(format!("\n{words}\n{}", call.console.table(&lineage(&links))));
        }
    }
    if lot["lineage"]["complete"] == false {
        lines.push("More lots belong to it than are shown.".to_owned());
    }
    let (legacy, ledger): (Vec<Value>, Vec<Value>) =
        rows("history").into_iter().partition(|event| event["source"] == "legacy");
    if !legacy.is_empty() {
        lines.push(format!("\n{} rows of the system before (--json shows them).", legacy.len()));
    }
    if !ledger.is_empty() {
        lines.push(format!("\n{}", call.console.table(&super::history::table(&ledger))));
    }
    lines.join("\n")
}

/// What pieces are kept for.
fn reserved(row: &Value) -> String {
    let text = |name: &str| super::cell(row, name);
    let left = match row["quantity"].as_i64() {
        Some(quantity) => (quantity - row["used"].as_i64().unwrap_or_default()).to_string(),
        None => "all".to_owned(),
    };
    let what = [text("work_order"), text("purpose")].join(" ");
    let until = super::moment(row, "ends_at");
    let until = if until.is_empty() { until } else { format!(" until {until}") };
    format!("  RESERVED   {left} for {} by {}{until}", what.trim(), text("placed_by"))
}

/// Pieces that changed their lot, a line each.
fn lineage(links: &[Value]) -> Table {
    let mut table = Table::new([
        Column::text("RECORDED"),
        Column::text("HOW"),
        Column::text("FROM LOT"),
        Column::text("TO LOT"),
        Column::number("PIECES"),
        Column::text("USER"),
    ]);
    for link in links {
        let text = |name: &str| super::cell(link, name);
        let undone = if link["reversed_by"].is_null() { "" } else { " (undone)" };
        table.row([
            super::moment(link, "recorded_at"),
            format!("{}{undone}", text("kind")),
            text("from_lot"),
            text("to_lot"),
            text("quantity"),
            text("user"),
        ]);
    }
    table
}

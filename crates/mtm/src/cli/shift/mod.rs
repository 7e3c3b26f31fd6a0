//! `mtm shift`: which shifts the site runs.

mod show;

use clap::Subcommand;
use serde_json::Value;

use super::{Call, look};
use crate::failure::Outcome;
use crate::output::{Column, Table};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the shift that is running, and the week of shifts
    Show(show::Arguments),
}

pub(super) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::Show(it) => show::run(call, it).await,
    }
}

/// The shifts of a version, a row each.
fn table(call: &Call, version: &Value) -> String {
    let mut table = Table::new([
        Column::text("SHIFT"),
        Column::text("BEGINS"),
        Column::text("ENDS"),
        Column::text("STARTS ON"),
    ]);
    for row in version["shifts"].as_array().into_iter().flatten() {
        let days: Vec<&str> =
            row["days"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let days = if days.len() == 7 { "every day".to_owned() } else { days.join(", ") };
        table.row([
            look::cell(row, "name"),
            look::cell(row, "begins"),
            look::cell(row, "ends"),
            days,
        ]);
    }
    if table.is_empty() { "No shifts.".to_owned() } else { call.console.table(&table) }
}

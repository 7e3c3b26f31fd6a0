//! `mtm report shift`: what each shift did.

use clap::Args;
use mtm_app::report::Days;
use serde_json::Value;

use super::throughput::day;
use crate::cli::Call;
use crate::door::{Door, Parameters};
use crate::failure::Outcome;
use crate::output::{Column, Table};

const PATH: &str = "/api/v1/reports/shift";

const EXAMPLES: &str = "Examples:
  mtm report shift
  mtm report shift --from 2026-11-16 --to 2026-11-22 --json

Pieces by type. Undone movements are taken off what they undid, at its time. Days are those of the
plant; a shift belongs to the day it started on.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// First day, such as 2026-11-23; the last one where omitted
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Last day; today where omitted
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let days =
        Days { from: day("--from", it.from.as_deref())?, to: day("--to", it.to.as_deref())? };
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = match &door {
        Door::Remote(client) => {
            let mut parameters = Parameters::default();
            parameters.add("from", it.from.as_ref());
            parameters.add("to", it.to.as_ref());
            client.get(PATH, &parameters)
        }
        Door::Local(local) => match local.app.shift_figures(&local.who, days).await {
            Ok(figures) => super::json_of(&figures),
            Err(error) => Err(error.into()),
        },
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text("DAY / SHIFT"),
            Column::number("MOVEMENTS"),
            Column::number("IN"),
            Column::number("MOVED"),
            Column::number("OUT"),
            Column::number("SCRAP"),
        ]);
        for row in super::items(&answer) {
            let shift = match row["shift"].as_str() {
                Some(shift) => format!("{} / {shift}", super::cell(row, "day")),
                None => format!("{} / none", super::cell(row, "day")),
            };
            table.row([
                shift,
                super::cell(row, "movements"),
                pieces(row, "in"),
                pieces(row, "transfer"),
                pieces(row, "out"),
                pieces(row, "scrap"),
            ]);
        }
        if table.is_empty() { "No shift began.".to_owned() } else { call.console.table(&table) }
    })
}

fn pieces(row: &Value, kind: &str) -> String {
    let types = row["types"].as_array().into_iter().flatten();
    types.filter(|sum| sum["type"] == kind).map(|sum| super::cell(sum, "quantity")).collect()
}

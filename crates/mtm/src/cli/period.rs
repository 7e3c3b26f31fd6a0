//! `mtm period`: up to which day everything is closed.

use clap::{Args, Subcommand};
use mtm_app::period::PeriodBody;
use serde_json::Value;

use super::admin::locally;
use super::{Call, look};
use crate::door::{Door, Parameters};
use crate::failure::Outcome;
use crate::output::{Column, Table};

const PATH: &str = "/api/v1/periods";

const EXAMPLES: &str = "Examples:
  mtm period show
  mtm period close 2026-11-30
  mtm period reopen --through 2026-10-31

What happened in a closed period and is told later is booked all the same, and flagged. A shift
belongs to the day it started on.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show what is closed, and who closed it
    Show(Show),
    /// Close everything through a day
    Close(Close),
    /// Reopen everything, or what is after a day
    Reopen(Reopen),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Show {}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Close {
    /// The last day to be closed, such as 2026-11-30
    day: String,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Reopen {
    /// The last day that stays closed
    #[arg(long, value_name = "DAY")]
    through: Option<String>,
}

pub(super) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::Show(Show {}) => show(call).await,
        Command::Close(it) => set(call, PeriodBody { through: Some(it.day), reopen: false }).await,
        Command::Reopen(it) => set(call, PeriodBody { through: it.through, reopen: true }).await,
    }
}

async fn set(call: &Call, body: PeriodBody) -> Outcome {
    let made = locally(call, async |local| {
        Ok(local.app.set_period(&local.who, None, &body, None).await?.value)
    })
    .await?;
    let answer = look::json_of(&made)?;
    call.console.answer(&answer, || closed(&answer))
}

async fn show(call: &Call) -> Outcome {
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = match &door {
        Door::Remote(client) => client.get(PATH, &Parameters::default()),
        Door::Local(local) => match local.app.periods(&local.who).await {
            Ok(sheet) => look::json_of(&sheet),
            Err(error) => Err(error.into()),
        },
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::number("NUMBER"),
            Column::text("WHAT"),
            Column::text("THROUGH"),
            Column::text("WHEN"),
            Column::text("BY"),
        ]);
        for row in answer["entries"].as_array().into_iter().flatten() {
            let what = if row["reopened"] == true { "reopened" } else { "closed" };
            table.row([
                look::cell(row, "number"),
                what.to_owned(),
                look::cell(&row["closed"], "through"),
                look::moment(row, "recorded_at"),
                look::cell(row, "recorded_by"),
            ]);
        }
        if table.is_empty() {
            return closed(&answer);
        }
        format!("{}\n\n{}", closed(&answer), call.console.table(&table))
    })
}

fn closed(answer: &Value) -> String {
    match &answer["closed"] {
        Value::Null => "Nothing is closed.".to_owned(),
        closed => format!("Closed through {}.", look::cell(closed, "through")),
    }
}

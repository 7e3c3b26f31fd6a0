//! `mtm shift show`.

use clap::Args;
use serde_json::Value;

use super::table;
use crate::cli::Call;
use crate::cli::look;
use crate::door::{Door, Parameters};
use crate::failure::Outcome;

const PATH: &str = "/api/v1/shifts";

const EXAMPLES: &str = "Examples:
  mtm shift show
  mtm shift show --as-of 2026-11-01T06:00:00Z --json

Times are those of the plant. A shift that ends no later than it begins ends on the next day.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The shifts that held at this moment
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let as_of = look::time("--as-of", it.as_of.as_ref())?;
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = match &door {
        Door::Remote(client) => {
            let mut parameters = Parameters::default();
            parameters.add("as_of", as_of);
            client.get(PATH, &parameters)
        }
        Door::Local(local) => match local.app.shifts(&local.who, as_of).await {
            Ok(sheet) => look::json_of(&sheet),
            Err(error) => Err(error.into()),
        },
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let until = match &answer["until"] {
            Value::Null => String::new(),
            _ => format!("\n\nOther shifts hold from {} on.", look::moment(&answer, "until")),
        };
        format!("{}\n\n{}{until}", running(&answer), table(call, &answer["in_force"]))
    })
}

fn running(answer: &Value) -> String {
    match &answer["running"] {
        Value::Null => "No shift is running.".to_owned(),
        shift => format!(
            "Shift {} is running, from {} to {}.",
            look::cell(shift, "name"),
            look::moment(shift, "begins"),
            look::moment(shift, "ends")
        ),
    }
}

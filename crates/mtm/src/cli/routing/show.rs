//! `mtm routing show`.

use clap::Args;
use serde_json::Value;

use crate::cli::Call;
use crate::cli::look;
use crate::door::{Door, Parameters, encode};
use crate::failure::Outcome;
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm routing show 11058-1779
  mtm routing show 11058-1779 --as-of 2026-11-01T06:00:00Z --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The part
    part: String,
    /// The version that held at this moment
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
            client.get(&format!("/api/v1/routings/{}", encode(&it.part)), &parameters)
        }
        Door::Local(local) => match local.app.routing(&local.who, &it.part, as_of).await {
            Ok(sheet) => look::json_of(&sheet),
            Err(error) => Err(error.into()),
        },
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::number("VERSION"),
            Column::text("SINCE"),
            Column::text("BY"),
            Column::text("OPERATIONS"),
        ]);
        for row in answer["versions"].as_array().into_iter().flatten() {
            let steps = if row["retired"] == true { "ended".to_owned() } else { super::steps(row) };
            table.row([
                look::cell(row, "version"),
                look::moment(row, "effective_from"),
                look::cell(row, "recorded_by"),
                steps,
            ]);
        }
        if table.is_empty() {
            return format!("Part {} has no routing.", look::cell(&answer, "part"));
        }
        format!("{}\n\n{}", held(&answer), call.console.table(&table))
    })
}

fn held(answer: &Value) -> String {
    match &answer["in_force"] {
        Value::Null => format!("Part {} has no routing then.", look::cell(answer, "part")),
        version => {
            format!("Version {} holds: {}", look::cell(version, "version"), super::steps(version))
        }
    }
}

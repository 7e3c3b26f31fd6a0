//! `mtm connect flows`, `mode`, `replay`: what systems are told of movements.

use clap::Args;
use mtm_app::sync::{FlowBody, Mode, State};
use serde_json::Value;

use crate::cli::admin::locally;
use crate::cli::{Call, look};
use crate::door::{Door, Parameters};
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};
use crate::serve::flow_settings;

const PATH: &str = "/api/v1/flows";

pub(super) const EXAMPLES: &str = "Examples:
  mtm connect flows
  mtm connect mode planning worklist
  mtm connect mode planning automatic --from-now
  mtm connect replay planning --from 4711

Who posts what a flow tells: off, shadow (made to be compared, never sent), worklist (people), automatic
(this program). A replay goes over the log once more from a movement's place on; what has a posting keeps
it. docs/sync.md says more.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct ModeOf {
    /// The flow
    flow: String,
    /// off, shadow, worklist or automatic
    mode: String,
    /// Pass over what lies between where it stands and now: nobody tells it
    #[arg(long)]
    from_now: bool,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Replay {
    /// The flow
    flow: String,
    /// A movement's place in the log
    #[arg(long)]
    from: u64,
}

pub(super) async fn list(call: &Call) -> Outcome {
    let config = call.globals.config()?;
    let door = Door::for_looking(&config).await?;
    let answer = match &door {
        Door::Remote(client) => client.get(PATH, &Parameters::default()),
        Door::Local(local) => {
            local.app.use_flows(flow_settings(&config)?);
            match local.app.flows(&local.who).await {
                Ok(flows) => look::json_of(&flows),
                Err(error) => Err(error.into()),
            }
        }
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text("FLOW"),
            Column::text("MODE"),
            Column::text("TOLD"),
            Column::number("BEHIND"),
            Column::number("OPEN"),
            Column::number("FOR SOMEBODY"),
            Column::number("POSTED"),
            Column::text("LAST ERROR"),
        ]);
        for row in answer["items"].as_array().into_iter().flatten() {
            table.row([
                look::cell(row, "name"),
                look::cell(row, "mode"),
                look::cell(row, "peer"),
                look::cell(row, "behind"),
                count(row, State::is_open),
                count(row, State::needs_somebody),
                count(row, |state| state == State::Posted),
                look::cell(row, "last_error"),
            ]);
        }
        if table.is_empty() {
            "No other system is told of movements; docs/sync.md says how one is.".to_owned()
        } else {
            call.console.table(&table)
        }
    })
}

/// How many postings of a flow stand so.
fn count(flow: &Value, which: impl Fn(State) -> bool) -> String {
    let postings = flow["postings"].as_array().into_iter().flatten();
    let fits =
        postings.filter(|it| it["state"].as_str().and_then(State::from_name).is_some_and(&which));
    fits.filter_map(|it| it["count"].as_u64()).sum::<u64>().to_string()
}

pub(super) async fn mode(call: &Call, it: ModeOf) -> Outcome {
    let mode = Mode::from_name(&it.mode).ok_or_else(|| {
        Failure::usage(format!("{} is no mode: off, shadow, worklist or automatic", it.mode))
    })?;
    let start = it.from_now.then(|| "now".to_owned());
    change(call, &it.flow, FlowBody { mode: Some(mode), start, version: None }).await
}

pub(super) async fn replay(call: &Call, it: Replay) -> Outcome {
    let start = Some(it.from.to_string());
    change(call, &it.flow, FlowBody { mode: None, start, version: None }).await
}

async fn change(call: &Call, flow: &str, body: FlowBody) -> Outcome {
    let flows = flow_settings(&call.globals.config()?)?;
    let changed = locally(call, async |local| {
        local.app.use_flows(flows);
        Ok(local.app.change_flow(&local.who, flow, &body, None).await?.value)
    })
    .await?;
    let answer = look::json_of(&changed)?;
    call.console.answer(&answer, || {
        let (mode, behind) = (changed.row.mode.as_str(), changed.row.behind);
        format!("{flow} is {mode}; {behind} movements are to be looked at.")
    })
}

//! `mtm connect list`, `pause`, `resume`, `test`, `map`, `dry-run`: other systems that are told what
//! happens, or called.

mod dry_run;
mod flow;
mod map;
mod test;

use clap::{Args, Subcommand};
use mtm_core::guard::Hold;
use serde_json::json;

use super::admin::locally;
use super::{Call, look};
use crate::door::{Door, Parameters};
use crate::failure::Outcome;
use crate::output::{Column, Table};

const PATH: &str = "/api/v1/integrations";

const EXAMPLES: &str = "Examples:
  mtm connect list
  mtm connect pause ERP --reason \"year-end closing until noon\"
  mtm connect resume ERP

A system is named by its name or id; brokers and the mail server are mqtt, nats and mail, one that is
called is peer: and its name. What happens meanwhile waits for it, and bookings go on.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show how the way to every system stands
    #[command(after_help = EXAMPLES)]
    List,
    /// Leave a system alone until it is resumed
    Pause(Pause),
    /// Call a system again; it is tried by one call first
    Resume(Resume),
    /// Show what systems are told of movements
    #[command(after_help = flow::EXAMPLES)]
    Flows,
    /// Decide who posts what a flow tells
    Mode(flow::ModeOf),
    /// Go over the log once more for a flow
    Replay(flow::Replay),
    /// Go the way to a system that is called, step by step
    Test(test::Arguments),
    /// Mapping files: those that come with the program, and what is wrong with yours
    #[command(subcommand)]
    Map(map::Command),
    /// Show what would be sent of a movement, and send nothing
    DryRun(dry_run::Arguments),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Pause {
    /// Its name or id
    system: String,
    /// Why, for whoever asks later
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Resume {
    /// Its name or id
    system: String,
    /// Why, where that is worth saying
    #[arg(long, default_value = "")]
    reason: String,
}

pub(super) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::List => list(call).await,
        Command::Pause(it) => hold(call, &it.system, Hold::Open, it.reason).await,
        Command::Resume(it) => hold(call, &it.system, Hold::Automatic, it.reason).await,
        Command::Flows => flow::list(call).await,
        Command::Mode(it) => flow::mode(call, it).await,
        Command::Replay(it) => flow::replay(call, it).await,
        Command::Test(it) => test::run(call, it).await,
        Command::Map(it) => map::run(call, it),
        Command::DryRun(it) => dry_run::run(call, it).await,
    }
}

async fn list(call: &Call) -> Outcome {
    let config = call.globals.config()?;
    let door = Door::for_looking(&config).await?;
    let answer = match &door {
        Door::Remote(client) => client.get(PATH, &Parameters::default()),
        Door::Local(local) => {
            local.app.use_peers(config.peers);
            match local.app.integrations().await {
                Ok(items) => look::json_of(&json!({ "items": items })),
                Err(error) => Err(error.into()),
            }
        }
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text("SYSTEM"),
            Column::text("KIND"),
            Column::text("STATE"),
            Column::text("WAY"),
            Column::text("DECIDED"),
            Column::number("WAITING"),
            Column::number("REFUSED"),
            Column::text("NEXT TRY"),
            Column::text("LAST ERROR"),
        ]);
        for row in answer["items"].as_array().into_iter().flatten() {
            let guard = &row["guard"];
            table.row([
                look::cell(row, "name"),
                look::cell(row, "kind"),
                look::cell(row, "state"),
                look::cell(guard, "state"),
                look::cell(guard, "override"),
                look::cell(row, "lag"),
                look::cell(row, "dead"),
                look::moment(guard, "next_probe_at"),
                look::cell(row, "last_error"),
            ]);
        }
        if table.is_empty() {
            "No other system is told of anything, and none is called.".to_owned()
        } else {
            call.console.table(&table)
        }
    })
}

async fn hold(call: &Call, system: &str, hold: Hold, reason: String) -> Outcome {
    let peers = call.globals.config()?.peers;
    let held = locally(call, async |local| {
        local.app.use_peers(peers);
        Ok(local.app.hold_integration(&local.who, system, hold, reason, None).await?.value)
    })
    .await?;
    let answer = look::json_of(&held)?;
    call.console.answer(&answer, || match hold {
        Hold::Open => format!("{system} is left alone; what happens waits for it."),
        Hold::Closed => format!("{system} is called, however it answers."),
        Hold::Automatic => format!("{system} goes by itself again."),
    })
}

//! `mtm count recount`.

use clap::Args;
use mtm_app::count::RecountBody;
use serde_json::Value;

use super::{Change, PATH, Which, find, record, sentence};
use crate::cli::Call;
use crate::door::Door;
use crate::failure::{Failure, Outcome};

const EXAMPLES: &str = "Examples:
  mtm count recount \"Rack R-E4\" 3 7";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Numbers of the lines
    #[arg(value_name = "LINE", required = true)]
    lines: Vec<u32>,
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let door = Door::for_booking(&call.globals.config()?).await?;
    let answer = recount(&door, it).await;
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || sentence(&answer))
}

async fn recount(door: &Door, it: Arguments) -> Outcome<Value> {
    let id = find(door, &it.which.count).await?;
    let body = RecountBody { lines: it.lines };
    let change = Change::new(format!("{PATH}/{id}/recount"), it.which.key, &body);
    match door {
        Door::Remote(client) => change.send(client),
        Door::Local(local) => {
            let key = change.key(local).map_err(Failure::from)?;
            record(&local.app.recount(&local.who, id, &body, key).await?.value)
        }
    }
}

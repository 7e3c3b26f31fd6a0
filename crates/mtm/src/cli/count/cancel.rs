//! `mtm count cancel`.

use clap::Args;
use serde_json::Value;

use super::{Change, PATH, Which, find, record, sentence};
use crate::cli::Call;
use crate::door::Door;
use crate::failure::{Failure, Outcome};

const EXAMPLES: &str = "Examples:
  mtm count cancel \"Rack R-E4\"";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let door = Door::for_booking(&call.globals.config()?).await?;
    let answer = cancel(&door, it.which).await;
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || sentence(&answer))
}

async fn cancel(door: &Door, which: Which) -> Outcome<Value> {
    let id = find(door, &which.count).await?;
    let change = Change::new(format!("{PATH}/{id}/cancel"), which.key, &());
    match door {
        Door::Remote(client) => change.send(client),
        Door::Local(local) => {
            let key = change.key(local).map_err(Failure::from)?;
            record(&local.app.cancel_count(&local.who, id, key).await?.value)
        }
    }
}

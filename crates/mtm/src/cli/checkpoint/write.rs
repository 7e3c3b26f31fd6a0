//! `mtm checkpoint`: leave one now.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use mtm_app::checkpoint::{Checkpoint, Outside};
use mtm_core::code::Code;
use mtm_platform::{Access, durable};
use serde_json::json;

use super::{facts, keeper};
use crate::cli::Call;
use crate::cli::admin::locally;
use crate::door::{Client, Parameters};
use crate::failure::{Failure, Outcome, exit};

pub(super) const EXAMPLES: &str = "Examples:
  mtm checkpoint
  mtm checkpoint --to /mnt/elsewhere/today.json
  mtm checkpoint --to today.json --server https://mtm.plant:8443 --token $TOKEN
  mtm checkpoint list
  mtm checkpoint check /mnt/elsewhere/today.json
  mtm checkpoint key

It holds the end of the audit chain and the pieces of every part, signed with the key of the data
directory. Without --to it goes where a server leaves them every hour: into the data directory and,
where audit.checkpoints_to is set, outside. With --server it is that server's: to be kept elsewhere.";

/// The place outside gets this long.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
#[group(id = "write")]
pub(super) struct Arguments {
    /// Write it to this file, which must not exist
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// Where a server makes one.
const PATH: &str = "/api/v1/audit/checkpoint";

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let config = call.globals.config()?;
    if let Some(client) = Client::configured(&config)? {
        return pull(call, &client, it.to);
    }
    let keeper = keeper(&config)?;
    let written = locally(call, async |local| {
        let ledger = local.app.ledger();
        Ok(match &it.to {
            Some(path) => match keeper.make(ledger).await? {
                Some(checkpoint) => {
                    durable::create(path, checkpoint.text().as_bytes(), Access::Inherited)?;
                    Some((checkpoint, path.clone()))
                }
                None => None,
            },
            None => match keeper.leave(ledger, PATIENCE).await? {
                Some(path) => Some((Checkpoint::read(&path)?, path)),
                None => None,
            },
        })
    })
    .await?;
    let Some((checkpoint, path)) = written else {
        let message = "nothing was recorded that a checkpoint could hold";
        return Err(Failure::of(Code::NotFound, message).next("Book something first."));
    };
    let trouble = keeper.trouble();
    if let Some(why) = &trouble.unsigned {
        call.console.warn(&format!("it is not signed: {why}"));
    }
    let mut answer = facts(&checkpoint, Some(&path));
    answer["outside"] = json!(match (&it.to, &trouble.outside) {
        (Some(_), _) | (None, Outside::Unused | Outside::Untried) => "unused",
        (None, Outside::Kept) => "kept",
        (None, Outside::Failed { .. }) => "failed",
        (None, Outside::Differs { .. }) => "differs",
    });
    call.console.answer(&answer, || tell(&checkpoint, &path))?;
    match (it.to, trouble.outside) {
        (None, Outside::Failed { message, .. }) => Err(Failure::new(
            "checkpoint_not_outside",
            exit::UNAVAILABLE,
            format!("it could not be kept outside: {message}"),
        )
        .next("Mount the share, give this account access to it, or correct audit.checkpoints_to.")),
        (None, Outside::Differs { flaw, path, .. }) => {
            let mut failure = super::refused(&[flaw]);
            failure.message = format!("{}: {}", path.display(), failure.message).into();
            Err(failure)
        }
        _ => Ok(()),
    }
}

/// Keeps what a server makes: the way of somebody elsewhere.
fn pull(call: &Call, client: &Client, to: Option<PathBuf>) -> Outcome {
    let Some(path) = to else {
        return Err(Failure::usage("a server's checkpoint is kept here, so name a file")
            .next("Name it with --to FILE."));
    };
    let text = client.get(PATH, &Parameters::default())?.to_string();
    let made = Checkpoint::parse(&text).map_err(|message| {
        Failure::new("foreign_answer", exit::FAILURE, message)
            .next("Check that the URL is that of an mtm server of this version.")
    })?;
    made.signature(&[], true).map_err(|flaw| super::refused(&[flaw]))?;
    durable::create(&path, made.text().as_bytes(), Access::Inherited)?;
    call.console.answer(&facts(&made, Some(&path)), || tell(&made, &path))
}

fn tell(checkpoint: &Checkpoint, path: &std::path::Path) -> String {
    let mut text = format!(
        "Audit entry {} of {}: {}",
        checkpoint.sequence, checkpoint.recorded_at, checkpoint.hash
    );
    if let Some(stock) = &checkpoint.stock {
        // Writing into a string cannot fail.
        let _ = write!(text, "\n{} pieces of {} parts", stock.pieces, stock.parts);
    }
    if let Some(signed) = &checkpoint.signed {
        let _ = write!(text, ", signed with {}", signed.key);
    }
    let _ = write!(text, "\nWritten to {}", path.display());
    text
}

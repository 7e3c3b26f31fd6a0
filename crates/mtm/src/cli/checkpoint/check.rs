//! `mtm checkpoint check`: is the ledger still what it was then?

use std::path::PathBuf;

use clap::Args;
use mtm_app::checkpoint::{Checkpoint, PublicKey};
use serde_json::json;

use super::{Trusted, facts, not_excluded, refused, vouched, vouched_for};
use crate::cli::Call;
use crate::cli::admin::locally;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm checkpoint check /mnt/elsewhere/000000004711-9f86d081.json
  mtm checkpoint check today.json --key ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=

Looks at the signature, at the entry of the audit chain where it ended then, and at the pieces of
every part as the log has them up to there; the first difference is named. It does not read whether
the log agrees with the chain and the stock: `mtm verify` does. Exit 0: everything agrees.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The checkpoint
    file: PathBuf,
    /// A public key to trust (may be repeated); otherwise that of the data directory is
    #[arg(long = "key", value_name = "PUBLIC")]
    keys: Vec<PublicKey>,
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let checkpoint = Checkpoint::read(&it.file)?;
    let signature = Trusted::of(&call.globals.config()?, &it.keys)?.check(&checkpoint)?;
    let flaws = locally(call, async |local| {
        let ledger = local.app.ledger();
        let mut flaws: Vec<_> = checkpoint.chain_flaw(ledger).await?.into_iter().collect();
        flaws.extend(checkpoint.stock_flaws(ledger).await?);
        Ok(flaws)
    })
    .await?;
    if !flaws.is_empty() {
        return Err(refused(&flaws));
    }
    let left_open = not_excluded(checkpoint.sequence, true);
    let mut answer = facts(&checkpoint, Some(&it.file));
    answer["ok"] = json!(true);
    answer["signature"] = vouched_for(signature);
    answer["not_excluded"] = json!(left_open);
    call.console.answer(&answer, || {
        let stock = match &checkpoint.stock {
            Some(stock) => format!("the {} pieces of {} parts agree", stock.pieces, stock.parts),
            None => "it does not say how many pieces there were".to_owned(),
        };
        format!(
            "The chain goes through audit entry {} of {}; {stock}.\nThe checkpoint is {}.\n\
             Not excluded: {left_open}.",
            checkpoint.sequence,
            checkpoint.recorded_at,
            vouched(signature),
        )
    })
}

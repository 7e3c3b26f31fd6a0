//! `mtm db migrate`: schema and procedures of this version.

use clap::Args;
use mtm_store::{Ledger, OpenOptions, database};
use serde_json::json;

use super::url;
use crate::cli::Call;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm db migrate --data-dir /srv/mtm
  MTM_DATABASE__URL=mysql://admin@db.plant/mtm mtm db migrate --json

On a server an empty database becomes a ledger. A database of a newer version is left alone. Every
start of `mtm serve` does the same; this is for those who want it done before, by another account.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {}

pub(super) async fn run(call: &Call) -> Outcome {
    let url = url(&call.globals.config()?)?;
    let before = database::status(&url).await?;
    // A file is made by the first start, together with what stands beside it.
    let create = before.engine != "sqlite";
    let options = OpenOptions { create, readers: 1, writers: 1, ..OpenOptions::default() };
    Ledger::connect(&url, options).await?.close().await;
    let (from, to) = (before.schema, before.schema_known);
    let shown = database::without_password(&url);
    let answer = json!({ "url": shown, "engine": before.engine, "from": from, "to": to });
    call.console.answer(&answer, || match from {
        0 => format!("{shown} is a ledger now, with schema {to}."),
        _ if from == to => format!("{shown} has schema {to} and this version's procedures."),
        _ => format!("{shown} was brought from schema {from} to {to}."),
    })
}

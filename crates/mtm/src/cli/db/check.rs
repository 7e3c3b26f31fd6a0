//! `mtm db check-procedures`: whether the database's own code is this version's.

use clap::Args;
use mtm_store::database;
use serde_json::json;

use super::url;
use crate::cli::Call;
use crate::failure::{Failure, Outcome, exit};

const EXAMPLES: &str = "Examples:
  mtm db check-procedures
  MTM_DATABASE__URL=mysql://mtm@db.plant/mtm mtm db check-procedures --json

Compares parameters, text, sql_mode and rights of every procedure and trigger with this version's;
nothing is changed. Exit 0: all as it must be. Exit 5: something differs; `mtm db migrate` puts it
right. A database in a file has no procedures.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {}

pub(super) async fn run(call: &Call) -> Outcome {
    let url = url(&call.globals.config()?)?;
    let drifts = database::check(&url).await?;
    let answer = json!({
        "ok": drifts.is_empty(), "url": database::without_password(&url), "findings": drifts,
    });
    call.console.answer(&answer, || {
        if drifts.is_empty() {
            return "Procedures and triggers are those of this version.".to_owned();
        }
        let lines = drifts.iter().map(ToString::to_string);
        lines.collect::<Vec<_>>().join("\n")
    })?;
    let message = match drifts.len() {
        0 => return Ok(()),
        1 => "one thing of the database's own code differs from this version".to_owned(),
        n => format!("{n} things of the database's own code differ from this version"),
    };
    Err(Failure::new("procedures_differ", exit::CONFLICT, message)
        .next("`mtm db migrate` replaces procedures and triggers; remove unknown ones by hand."))
}

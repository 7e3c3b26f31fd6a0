//! `mtm db check-procedures`: whether the database's own code is this version's.

use clap::Args;
use mtm_store::database::{self, Deviation};
use serde_json::json;

use super::url;
use crate::cli::Call;
use crate::failure::{Failure, Outcome, exit};

const EXAMPLES: &str = "Examples:
  mtm db check-procedures
  MTM_DATABASE__URL=mysql://mtm@db.plant/mtm mtm db check-procedures --json

Compares parameters, text, sql_mode, owner and rights of every procedure, trigger and view with this
version's, and what the roles may do with what they need; nothing is changed. What this account is
not shown is said, and is no difference. Exit 0: all as it must be. Exit 5: something differs;
`mtm db migrate` puts it right, and `mtm db accounts` the rights. A database in a file has none.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {}

pub(super) async fn run(call: &Call) -> Outcome {
    let url = url(&call.globals.config()?)?;
    let drifts = database::check(&url).await?;
    let differ = drifts.iter().filter(|drift| drift.what != Deviation::BodyHidden).count();
    let answer = json!({
        "ok": differ == 0, "url": database::without_password(&url), "findings": drifts,
    });
    call.console.answer(&answer, || {
        if drifts.is_empty() {
            return "Procedures, triggers, views and rights are those of this version.".to_owned();
        }
        let lines = drifts.iter().map(ToString::to_string);
        lines.collect::<Vec<_>>().join("\n")
    })?;
    let message = match differ {
        0 => return Ok(()),
        1 => "one thing of the database's own code differs from this version".to_owned(),
        n => format!("{n} things of the database's own code differ from this version"),
    };
    Err(Failure::new("procedures_differ", exit::CONFLICT, message)
        .next("`mtm db migrate` replaces procedures, triggers and views, `mtm db accounts` gives rights; remove by hand what is unknown or too much."))
}

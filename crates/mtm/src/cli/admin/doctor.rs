//! `mtm doctor`: find the cause.

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use crate::cli::Call;
use crate::doctor::{State, examine};
use crate::failure::{Failure, Outcome, exit};
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm doctor
  mtm doctor --data-dir /srv/mtm --json

Exit 0: nothing is in the way. Exit 1: at least one problem was found.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {}

pub(crate) async fn run(call: &Call, _: Arguments) -> Outcome {
    let findings = examine(&call.globals.config()?).await;
    let problems = findings.iter().filter(|it| it.state == State::Problem).count();
    call.console.answer(&json!({ "ok": problems == 0, "findings": findings }), || {
        let mut table =
            Table::new([Column::text("CHECK"), Column::text("STATE"), Column::text("FOUND")]);
        for finding in &findings {
            table.row([finding.check.to_owned(), finding.state.to_string(), finding.found.clone()]);
        }
        let mut text = call.console.table(&table);
        for finding in &findings {
            if let Some(step) = &finding.next_step {
                // Writing into a string cannot fail.
                let _ = write!(text, "\nnext ({}): {step}", finding.check);
            }
        }
        text
    })?;
    match problems {
        0 => Ok(()),
        1 => Err(Failure::new("problems_found", exit::FAILURE, "one problem was found")),
        n => Err(Failure::new("problems_found", exit::FAILURE, format!("{n} problems were found"))),
    }
}

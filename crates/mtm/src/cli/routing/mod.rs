//! `mtm routing`: which operations parts go through. Files of them are taken over by `mtm import`.

mod list;
mod policy;
mod show;

use clap::Subcommand;
use serde_json::Value;

use super::Call;
use crate::failure::Outcome;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List parts with a routing
    List(list::Arguments),
    /// Show a part's routing and its versions
    Show(show::Arguments),
    /// Show or set what happens to entries outside a routing
    Policy(policy::Arguments),
}

pub(super) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::List(it) => list::run(call, it).await,
        Command::Show(it) => show::run(call, it).await,
        Command::Policy(it) => policy::run(call, it).await,
    }
}

/// The operations of a version in one cell: `10 → 20 (R-E4-18)`.
fn steps(version: &Value) -> String {
    let step = |step: &Value| {
        let operation = step["operation"].as_str().unwrap_or_default();
        match step["location"].as_str() {
            Some(location) => format!("{operation} ({location})"),
            None => operation.to_owned(),
        }
    };
    let steps = version["steps"].as_array().into_iter().flatten().map(step);
    steps.collect::<Vec<_>>().join(" → ")
}

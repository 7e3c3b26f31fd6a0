//! `mtm connect test`: the way to a system that is called, step by step.

use std::fmt::Write as _;

use clap::Args;
use mtm_connect::peer::Peer;
use mtm_connect::peer::conformance::{State, Step, examine};
use serde_json::{Value, json};

use crate::cli::Call;
use crate::failure::{Failure, Outcome, exit};
use crate::output::{Column, Table};
use crate::peer::called;

const EXAMPLES: &str = "Examples:
  mtm connect test erp
  mtm connect test erp --json

erp is the name in [peers.erp] of the configuration. It is called from this computer, also where it
is paused; nothing is changed there. Exit 0: all is well. Exit 1: it answers, and not as it should.
Exit 4: there is no such system. Exit 6: there is no connection, or no answer.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Its name in the configuration
    name: String,
}

pub(super) async fn run(call: &Call, Arguments { name }: Arguments) -> Outcome {
    let steps = examine(&configured(call, &name)?).await;
    let is_well = steps.iter().all(|step| step.state != State::Failed);
    let answer = json!({ "system": name, "ok": is_well, "steps": steps.iter().map(shown).collect::<Vec<_>>() });
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text("STEP"),
            Column::text("STATE"),
            Column::number("MS"),
            Column::text("FOUND"),
        ]);
        for step in &steps {
            let took = match step.state {
                State::NotTried | State::NotNeeded => "-".to_owned(),
                _ => step.took.as_millis().to_string(),
            };
            table.row([words(step.name), state(step.state), took, step.found.clone()]);
        }
        let mut text = call.console.table(&table);
        for step in &steps {
            if let Some(next) = &step.next_step {
                // Writing into a string cannot fail.
                let _ = write!(text, "\nnext ({}): {next}", words(step.name));
            }
        }
        text
    })?;
    match steps.into_iter().find(|step| step.state == State::Failed) {
        None => Ok(()),
        Some(step) => Err(failure(&name, step)),
    }
}

/// The system of this name in the configuration.
pub(super) fn configured(call: &Call, name: &str) -> Outcome<Peer> {
    let config = call.globals.config()?;
    let names: Vec<_> = config.peers.iter().map(|it| it.name.clone()).collect();
    let settings = config.peers.into_iter().find(|it| it.name == name);
    Ok(called(settings.ok_or_else(|| unknown(name, &names))?))
}

fn unknown(name: &str, names: &[String]) -> Failure {
    let message = format!("there is no system {name} in the configuration");
    let next = match names {
        [] => "Describe it in [peers.NAME]; docs/connections.md shows how.".to_owned(),
        names => format!("Name one of {}.", names.join(", ")),
    };
    Failure::new("unknown_system", exit::NOT_FOUND, message).next(next)
}

/// What ended the way. Without a connection or an answer it may be well again later.
fn failure(name: &str, step: Step) -> Failure {
    let passes = ["name", "connection"].contains(&step.name)
        || matches!(
            step.code,
            Some(
                "timed_out"
                    | "unreachable"
                    | "connection_broken"
                    | "token_endpoint_unavailable"
                    | "no_tls"
            )
        );
    let message = format!("the way to {name} ends at {}: {}", words(step.name), step.found);
    let failure = if passes {
        Failure::new("system_unavailable", exit::UNAVAILABLE, message)
    } else {
        Failure::new("system_not_well", exit::FAILURE, message)
    };
    match step.next_step {
        Some(next) => failure.next(next),
        None => failure,
    }
}

fn shown(step: &Step) -> Value {
    let mut shown = json!({
        "step": step.name,
        "state": step.state.as_str(),
        "found": step.found,
        "milliseconds": u64::try_from(step.took.as_millis()).unwrap_or(u64::MAX),
    });
    if let Some(code) = step.code {
        shown["code"] = json!(code);
    }
    if let Some(next) = &step.next_step {
        shown["next_step"] = json!(next);
    }
    shown
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn state(state: State) -> String {
    match state {
        State::Failed => "FAILED".to_owned(),
        other => other.as_str().replace('_', " "),
    }
}

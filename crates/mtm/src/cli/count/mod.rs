//! `mtm count`: cycle counts, planned, counted, posted. Writing goes the way of bookings, through the server
//! that owns the data directory where one runs; looking reads the ledger.

mod cancel;
mod enter;
mod list;
mod plan;
mod post;
mod recount;
mod show;

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use mtm_app::query::PageRequest;
use mtm_app::record::CountRecord;
use mtm_core::count::CountState;
use mtm_core::word::CountId;
use serde_json::Value;

use super::change::Change;
use super::{Call, look};
use crate::door::{Door, Parameters};
use crate::failure::{Failure, Outcome, exit};

/// Where counts stand below a server's base URL.
const PATH: &str = "/api/v1/counts";

/// Counts looked through for one that is named.
const NAMED: u16 = 1_000;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Plan a count: a line is frozen for every bucket that stands there now
    Plan(plan::Arguments),
    /// List counts, newest first
    List(list::Arguments),
    /// Show a count and its lines
    Show(show::Arguments),
    /// Enter what was counted
    Enter(enter::Arguments),
    /// Have decided lines counted again
    Recount(recount::Arguments),
    /// Book the differences of decided lines
    Post(post::Arguments),
    /// Give a count up; what was posted stays
    Cancel(cancel::Arguments),
}

/// Which count, and under which key something is done to it.
#[derive(Debug, Args)]
struct Which {
    /// The count: its id, or its name while it is open
    count: String,
    /// Key of this change; the same key again changes nothing twice
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

pub(super) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::Plan(it) => plan::run(call, it).await,
        Command::List(it) => list::run(call, it).await,
        Command::Show(it) => show::run(call, it).await,
        Command::Enter(it) => enter::run(call, it).await,
        Command::Recount(it) => recount::run(call, it).await,
        Command::Post(it) => post::run(call, it).await,
        Command::Cancel(it) => cancel::run(call, it).await,
    }
}

/// The identity of the count that is named by it, or by its name while it is open.
async fn find(door: &Door, named: &str) -> Outcome<CountId> {
    if let Ok(id) = named.parse() {
        return Ok(id);
    }
    let open = open(door).await?;
    let same = |count: &&Value| look::cell(count, "name").to_lowercase() == named.to_lowercase();
    let found: Vec<&Value> = look::items(&open).iter().filter(same).collect();
    match found.as_slice() {
        [one] => look::cell(one, "id").parse().map_err(|_| nameless(named)),
        [] => Err(nameless(named)),
        _ => Err(Failure::usage(format!(
            "several open counts are called {named}; name one by its id"
        ))),
    }
}

fn nameless(named: &str) -> Failure {
    Failure::new("not_found", exit::NOT_FOUND, format!("no open count is called {named}"))
        .next("`mtm count list` shows them.")
}

async fn open(door: &Door) -> Outcome<Value> {
    match door {
        Door::Remote(client) => {
            let mut parameters = Parameters::default();
            parameters.add("state", Some(CountState::Open.as_str()));
            parameters.add("limit", Some(NAMED));
            client.get(PATH, &parameters)
        }
        Door::Local(local) => {
            let page = PageRequest { limit: NAMED, cursor: None, count: false };
            let found = local.app.stock_counts(&local.who, Some(CountState::Open), page).await;
            look::json_of(&found?)
        }
    }
}

/// A count in a sentence or two.
fn sentence(count: &Value) -> String {
    let (progress, accuracy) = (&count["progress"], &count["accuracy"]);
    let number = |of: &Value, name: &str| of[name].as_u64().unwrap_or(0);
    let mut text = format!(
        "{} ({}): {} lines, {} to count, {} to count again, {} decided, {} posted.",
        look::cell(count, "name"),
        look::cell(count, "state"),
        number(progress, "lines"),
        number(progress, "open"),
        number(progress, "recount"),
        number(progress, "counted"),
        number(progress, "posted"),
    );
    let (decided, right) = (number(accuracy, "lines"), number(accuracy, "right"));
    if decided > 0 {
        let (more, fewer) = (look::cell(accuracy, "more"), look::cell(accuracy, "fewer"));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            " {right} of {decided} lines were right; {more} pieces more, {fewer} fewer."
        );
    }
    if number(progress, "refused") > 0 {
        let _ = write!(text, " {} could not be posted.", number(progress, "refused"));
    }
    text
}

/// A count as the JSON that a server sends.
fn record(count: &CountRecord) -> Outcome<Value> {
    look::json_of(count)
}

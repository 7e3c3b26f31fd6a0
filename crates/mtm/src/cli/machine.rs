//! `mtm machine`: what machines count, and what becomes of it.

use clap::{Args, Subcommand};
use mtm_app::machine::{ProposalBody, ProposalDeed, ProposalKind, ProposalQuery, ProposalState};
use serde_json::Value;

use super::change::Change;
use super::{Call, look};
use crate::door::{Door, Parameters};
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};

const MACHINES: &str = "/api/v1/machines";
const COUNTERS: &str = "/api/v1/machine-counters";
const PROPOSALS: &str = "/api/v1/machine-proposals";

/// Proposals that are listed.
const SHOWN: u16 = 1_000;

const EXAMPLES: &str = "Examples:
  mtm machine list
  mtm machine counters press7
  mtm machine counted
  mtm machine counted --machine press7 --all
  mtm machine confirm 12
  mtm machine confirm 12 --of 500 --pieces 498 --note 'two were test pieces'
  mtm machine drop 13 --of 3 --note 'the counter was set by hand'

What a machine counted is stock when somebody confirms it, or the rule of its counter does. What is a
question, nobody can answer but a person. Which tags are counted is said on the page of the machine;
docs/machines.md says more.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List machines, and how they are heard
    List(List),
    /// List what is counted
    Counters(Counters),
    /// List pieces that machines counted, and that nobody confirmed
    Counted(Counted),
    /// Say that so many pieces there are, and book them
    Confirm(Confirm),
    /// Say that these are no pieces
    Drop(Decide),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct List {}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Counters {
    /// Of this machine; of all unless it is given
    #[arg(value_name = "MACHINE")]
    machine: Option<String>,
    /// With those that count no more
    #[arg(long)]
    retired: bool,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Counted {
    /// All of them, the newest first
    #[arg(long)]
    all: bool,
    /// Only what is a question
    #[arg(long)]
    questions: bool,
    /// Of this machine
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Confirm {
    #[command(flatten)]
    which: Decide,
    /// So many there are; all that were counted unless it is given
    #[arg(long, value_name = "PIECES")]
    pieces: Option<u64>,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Decide {
    /// Its number
    #[arg(value_name = "NUMBER")]
    proposal: i64,
    /// Of so many pieces that were listed; what was counted since waits for itself
    #[arg(long, value_name = "PIECES")]
    of: Option<u64>,
    /// Why, in words
    #[arg(long, default_value = "")]
    note: String,
    /// Key of this request
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

pub(super) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::List(List {}) => list(call).await,
        Command::Counters(it) => counters(call, it).await,
        Command::Counted(it) => counted(call, it).await,
        Command::Confirm(it) => decide(call, it.which, ProposalDeed::Confirm, it.pieces).await,
        Command::Drop(it) => decide(call, it, ProposalDeed::Drop, None).await,
    }
}

async fn list(call: &Call) -> Outcome {
    let config = call.globals.config()?;
    let door = Door::for_looking(&config).await?;
    let answer = match &door {
        Door::Remote(client) => client.get(MACHINES, &Parameters::default()),
        Door::Local(local) => {
            local.app.use_machines(config.machines.clone());
            let found = local.app.machines(&local.who).await;
            found.map_err(Failure::from).and_then(|it| look::json_of(&it))
        }
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text("MACHINE"),
            Column::text("SPEAKS"),
            Column::text("HOW IT IS"),
            Column::text("SINCE"),
            Column::number("COUNTERS"),
            Column::number("OPEN"),
            Column::number("QUESTIONS"),
            Column::text("WHERE"),
            Column::text("WHY"),
        ]);
        for row in look::items(&answer) {
            table.row([
                look::cell(row, "name"),
                look::cell(row, "protocol"),
                look::cell(row, "standing"),
                look::moment(row, "since"),
                look::cell(row, "counters"),
                look::cell(row, "open"),
                look::cell(row, "questions"),
                look::cell(row, "address"),
                look::cell(row, "cause"),
            ]);
        }
        if table.is_empty() {
            "No machine is configured; docs/machines.md says how one is.".to_owned()
        } else {
            call.console.table(&table)
        }
    })
}

async fn counters(call: &Call, it: Counters) -> Outcome {
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = match &door {
        Door::Remote(client) => {
            let mut query = Parameters::default();
            query.add("machine", it.machine.as_ref());
            query.add("retired", it.retired.then_some(true));
            client.get(COUNTERS, &query)
        }
        Door::Local(local) => {
            let found = local.app.counters(&local.who, it.machine, it.retired).await;
            found.map_err(Failure::from).and_then(|it| look::json_of(&it))
        }
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::number("COUNTER"),
            Column::text("MACHINE"),
            Column::text("TAG"),
            Column::text("BOOKS"),
            Column::text("PART"),
            Column::text("OPERATION"),
            Column::text("LOCATION"),
            Column::number("SHOWS"),
            Column::text("RETIRED"),
        ]);
        for row in look::items(&answer) {
            table.row([
                look::cell(row, "id"),
                look::cell(row, "machine"),
                look::cell(row, "tag"),
                look::cell(row, "booking"),
                look::cell(row, "part"),
                look::cell(row, "operation"),
                look::cell(row, "location"),
                look::cell(row, "value"),
                look::moment(row, "retired_at"),
            ]);
        }
        if table.is_empty() { "Nothing is counted.".to_owned() } else { call.console.table(&table) }
    })
}

async fn counted(call: &Call, it: Counted) -> Outcome {
    let door = Door::for_looking(&call.globals.config()?).await?;
    let state = (!it.all).then_some(ProposalState::Open);
    let kind = it.questions.then_some(ProposalKind::Question);
    let answer = match &door {
        Door::Remote(client) => {
            let mut query = Parameters::default();
            query.add("machine", it.machine.as_ref());
            query.add("state", state);
            query.add("kind", kind);
            query.add("limit", Some(SHOWN));
            client.get(PROPOSALS, &query)
        }
        Door::Local(local) => {
            let query =
                ProposalQuery { state, kind, machine: it.machine, before: None, limit: SHOWN };
            let found = local.app.proposals(&local.who, query).await;
            found.map_err(Failure::from).and_then(|it| look::json_of(&it))
        }
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::number("NUMBER"),
            Column::text("MACHINE"),
            Column::text("STATE"),
            Column::number("PIECES"),
            Column::number("AT MOST"),
            Column::text("PART"),
            Column::text("OPERATION"),
            Column::text("BOOKS"),
            Column::text("LAST COUNTED"),
            Column::text("WHY"),
        ]);
        for row in look::items(&answer) {
            let why = [look::cell(row, "cause"), look::cell(row, "doubt")];
            table.row([
                look::cell(row, "id"),
                look::cell(row, "machine"),
                look::cell(row, "state"),
                look::cell(row, "pieces"),
                look::cell(row, "most"),
                look::cell(row, "part"),
                look::cell(row, "operation"),
                look::cell(row, "booking"),
                look::moment(row, "last_at"),
                why.into_iter().find(|it| !it.is_empty()).unwrap_or_default(),
            ]);
        }
        if table.is_empty() {
            return if it.all { "Nothing was counted." } else { "Nothing waits to be confirmed." }
                .to_owned();
        }
        call.console.table(&table) + &look::more(&answer)
    })
}

async fn decide(call: &Call, it: Decide, deed: ProposalDeed, confirmed: Option<u64>) -> Outcome {
    let body = ProposalBody { deed, confirmed, seen: it.of, note: it.note, version: None };
    let change = Change::new(format!("{PROPOSALS}/{}/decide", it.proposal), it.key, &body);
    let door = Door::for_booking(&call.globals.config()?).await?;
    let decided = match &door {
        Door::Remote(client) => change.send(client),
        Door::Local(local) => {
            let decided = async {
                let key = change.key(local)?;
                local.app.decide_proposal(&local.who, it.proposal, &body, key).await
            };
            decided.await.map_err(Failure::from).and_then(|it| look::json_of(&it.value))
        }
    };
    door.close().await;
    said(call, &decided?)
}

fn said(call: &Call, row: &Value) -> Outcome {
    call.console.answer(row, || {
        let pieces = match &row["confirmed"] {
            Value::Null => String::new(),
            pieces => format!(", {pieces} pieces"),
        };
        let cause = match look::cell(row, "cause") {
            cause if cause.is_empty() => cause,
            cause => format!(": {cause}"),
        };
        format!(
            "{} at {} of {}: {}{pieces}{cause}",
            look::cell(row, "part"),
            look::cell(row, "operation"),
            look::cell(row, "machine"),
            look::cell(row, "state"),
        )
    })
}

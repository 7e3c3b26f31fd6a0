//! `mtm reconcile`: our stock beside the books of another system.

use clap::{Args, Subcommand};
use mtm_app::reconcile::{
    AssignBody, BreakQuery, BreakState, CloseBody, CloseCode, NoteBody, RunBody,
};
use mtm_core::reconcile::BreakClass;
use serde_json::{Value, json};

use super::admin::locally;
use super::{Call, look};
use crate::door::{Door, Local, Parameters, Reply};
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};
use crate::serve::{erp_settings, reconcile_with};

const BREAKS: &str = "/api/v1/reconciliation/breaks";
const RUNS: &str = "/api/v1/reconciliation/runs";

const EXAMPLES: &str = "Examples:
  mtm reconcile run
  mtm reconcile list --class unposted_move
  mtm reconcile show 17
  mtm reconcile take 17
  mtm reconcile close 17 --reason accepted --note \"written off in March\"

Nothing is booked by it, here or there. Reasons: fixed_there, fixed_here, accepted, no_fault,
other; unless it was put right, the note says why.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Compare now
    Run(Run),
    /// List what differs
    List(List),
    /// Show a break, what shows it and what to do
    Show(One),
    /// Look after a break
    Take(One),
    /// Have somebody look after a break, or nobody
    Assign(Assign),
    /// Close a break with a reason
    Close(Close),
    /// Reopen a break
    Reopen(Reopen),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Run {
    /// The system; may be left out where there is one only
    peer: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct List {
    /// With this system
    #[arg(long)]
    peer: Option<String>,
    /// Of this class, by its name in the list
    #[arg(long)]
    class: Option<String>,
    /// Of this part
    #[arg(long)]
    part: Option<String>,
    /// That this person looks after
    #[arg(long)]
    owner: Option<String>,
    /// Also what was closed or resolved
    #[arg(long)]
    all: bool,
    /// How many
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct One {
    /// The number of the break
    number: i64,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Assign {
    /// The number of the break
    number: i64,
    /// Login name; nobody where left out
    #[arg(long)]
    to: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Close {
    /// The number of the break
    number: i64,
    /// Why, by a code
    #[arg(long)]
    reason: String,
    /// Why, in words
    #[arg(long, default_value = "")]
    note: String,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Reopen {
    /// The number of the break
    number: i64,
    /// Why, in words
    #[arg(long, default_value = "")]
    note: String,
}

pub(super) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::Run(it) => compare(call, it).await,
        Command::List(it) => list(call, it).await,
        Command::Show(it) => show(call, it.number).await,
        Command::Take(it) => take(call, it.number).await,
        Command::Assign(it) => assign(call, it).await,
        Command::Close(it) => close(call, it).await,
        Command::Reopen(it) => reopen(call, it).await,
    }
}

async fn compare(call: &Call, it: Run) -> Outcome {
    let body = RunBody { peer: it.peer };
    let door = Door::for_booking(&call.globals.config()?).await?;
    let answer: Outcome<Value> = match &door {
        Door::Remote(client) => {
            let body = json!({ "peer": body.peer });
            client.post_once(RUNS, "", &body).map(|reply: Reply<Value>| reply.value)
        }
        Door::Local(local) => here(call, local, &body).await,
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || said(&answer))
}

/// Compares by this program: no server owns the ledger.
async fn here(call: &Call, local: &Local, body: &RunBody) -> Outcome<Value> {
    let config = call.globals.config()?;
    let erp = erp_settings(&local.app, &config)?;
    reconcile_with(&local.app, &config, erp.as_ref());
    look::json_of(&local.app.reconcile(&local.who, body).await?)
}

/// What a comparison came to.
fn said(run: &Value) -> String {
    let mut lines = vec![format!(
        "Compared with {}: {} parts at places, {} breaks ({} new, {} resolved).",
        look::cell(run, "peer"),
        look::cell(run, "compared"),
        look::cell(run, "found"),
        look::cell(run, "opened"),
        look::cell(run, "resolved"),
    )];
    let waiting = &run["waiting"];
    lines.push(format!(
        "Waiting: {} movements to be posted there, {} postings to be booked here; {} in motion.",
        look::cell(waiting, "movements"),
        look::cell(waiting, "postings"),
        look::cell(waiting, "in_motion"),
    ));
    for word in run["stale"].as_array().into_iter().flatten() {
        lines.push(format!("Not the last word: {}", word.as_str().unwrap_or_default()));
    }
    if run["clean"] == true {
        lines.push("The books agree.".to_owned());
    }
    lines.join("\n")
}

async fn list(call: &Call, it: List) -> Outcome {
    let class = match &it.class {
        None => None,
        Some(name) => Some(BreakClass::from_name(name).ok_or_else(|| {
            let known: Vec<&str> = BreakClass::ALL.iter().map(|class| class.as_str()).collect();
            Failure::usage(format!("--class is one of {}", known.join(", ")))
        })?),
    };
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = match &door {
        Door::Remote(client) => {
            let mut query = Parameters::default();
            query.add("peer", it.peer);
            query.add("class", class.map(BreakClass::as_str));
            query.add("part", it.part);
            query.add("owner", it.owner);
            query.add("state", Some(if it.all { "all" } else { "open" }));
            query.add("limit", Some(it.limit));
            client.get(BREAKS, &query)
        }
        Door::Local(local) => {
            let query = BreakQuery {
                peer: it.peer,
                state: (!it.all).then_some(BreakState::Open),
                class,
                part: it.part,
                owner: it.owner,
                limit: it.limit,
                ..BreakQuery::default()
            };
            match local.app.breaks(&local.who, query).await {
                Ok(found) => look::json_of(&found),
                Err(error) => Err(error.into()),
            }
        }
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::number("BREAK"),
            Column::text("CLASS"),
            Column::text("STATE"),
            Column::text("PART"),
            Column::text("WHERE"),
            Column::number("OURS"),
            Column::number("ON HAND"),
            Column::number("LEDGER"),
            Column::number("DIFFERENCE"),
            Column::text("OWNER"),
            Column::text("SINCE"),
        ]);
        for row in answer["items"].as_array().into_iter().flatten() {
            table.row([
                look::cell(row, "id"),
                look::cell(row, "class"),
                look::cell(row, "state"),
                look::cell(row, "part"),
                place(row),
                look::cell(row, "ours"),
                look::cell(row, "on_hand"),
                look::cell(row, "ledger"),
                look::cell(row, "difference"),
                look::cell(row, "owner"),
                look::moment(row, "first_seen_at"),
            ]);
        }
        if table.is_empty() { "No break.".to_owned() } else { call.console.table(&table) }
    })
}

fn place(row: &Value) -> String {
    match (row["warehouse"].as_str(), row["location"].as_str()) {
        (Some(warehouse), Some(location)) => format!("{warehouse}/{location}"),
        _ => look::cell(row, "subject"),
    }
}

async fn show(call: &Call, number: i64) -> Outcome {
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = match &door {
        Door::Remote(client) => client.get(&format!("{BREAKS}/{number}"), &Parameters::default()),
        Door::Local(local) => match local.app.break_sheet(&local.who, number).await {
            Ok(found) => look::json_of(&found),
            Err(error) => Err(error.into()),
        },
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || sheet(&answer))
}

/// A break as text.
fn sheet(row: &Value) -> String {
    let mut lines = vec![format!(
        "Break {} with {}: {} ({})",
        look::cell(row, "id"),
        look::cell(row, "peer"),
        look::cell(row, "class"),
        look::cell(row, "state"),
    )];
    let mut fact = |word: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!("  {word:<12} {value}"));
        }
    };
    fact("part", look::cell(row, "part"));
    fact("where", place(row));
    fact("ours", look::cell(row, "ours"));
    fact("on hand", look::cell(row, "on_hand"));
    fact("ledger", look::cell(row, "ledger"));
    fact("difference", look::cell(row, "difference"));
    fact("owner", look::cell(row, "owner"));
    fact("cause", look::cell(row, "cause"));
    let fix = serde_json::from_value::<mtm_app::reconcile::Fix>(row["fix"].clone());
    fact("to do", fix.map(|fix| fix.in_words()).unwrap_or_default());
    for it in row["evidence"].as_array().into_iter().flatten() {
        fact("shown by", it.to_string());
    }
    for it in row["history"].as_array().into_iter().flatten() {
        let by = it["by"].as_str().unwrap_or("comparison");
        let note = it["note"].as_str().map(|note| format!(": {note}")).unwrap_or_default();
        fact(
            "history",
            format!("{} {} by {by}{note}", look::moment(it, "at"), look::cell(it, "what")),
        );
    }
    lines.join("\n")
}

async fn take(call: &Call, number: i64) -> Outcome {
    let made = locally(call, async |local| {
        Ok(local.app.take_break(&local.who, number, None).await?.value)
    })
    .await?;
    let answer = look::json_of(&made)?;
    call.console.answer(&answer, || format!("Break {number} is yours."))
}

async fn assign(call: &Call, it: Assign) -> Outcome {
    let body = AssignBody { owner: it.to };
    let made = locally(call, async |local| {
        Ok(local.app.assign_break(&local.who, it.number, &body, None).await?.value)
    })
    .await?;
    let answer = look::json_of(&made)?;
    call.console.answer(&answer, || match &made.row.owner {
        Some(owner) => format!("{owner} looks after break {}.", it.number),
        None => format!("Nobody looks after break {}.", it.number),
    })
}

async fn close(call: &Call, it: Close) -> Outcome {
    let reason = CloseCode::from_name(&it.reason).ok_or_else(|| {
        let known = CloseCode::ALL.map(CloseCode::as_str);
        Failure::usage(format!("--reason is one of {}", known.join(", ")))
    })?;
    let body = CloseBody { reason, note: it.note };
    let made = locally(call, async |local| {
        Ok(local.app.close_break(&local.who, it.number, &body, None).await?.value)
    })
    .await?;
    let answer = look::json_of(&made)?;
    call.console.answer(&answer, || format!("Break {} is closed.", it.number))
}

async fn reopen(call: &Call, it: Reopen) -> Outcome {
    let body = NoteBody { note: it.note };
    let made = locally(call, async |local| {
        Ok(local.app.reopen_break(&local.who, it.number, &body, None).await?.value)
    })
    .await?;
    let answer = look::json_of(&made)?;
    call.console.answer(&answer, || format!("Break {} is open.", it.number))
}

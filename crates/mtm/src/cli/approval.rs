//! `mtm approval`: adjustments that wait for a second person.

use clap::{Args, Subcommand};
use mtm_app::approval::{ApprovalRow, RefuseBody};
use mtm_core::approval::ApprovalPolicy;
use mtm_core::word::Quantity;
use serde_json::Value;

use super::admin::locally;
use super::{Call, look};
use crate::door::{Door, Parameters};
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};

const PATH: &str = "/api/v1/approvals";

const EXAMPLES: &str = "Examples:
  mtm approval policy --pieces 500 --percent 20
  mtm approval list
  mtm approval approve 17
  mtm approval refuse 17 --reason \"count it again\"

What is above the policy waits for a second person, who is not the one that asked. Nothing of it
is booked before. To ask: mtm adjust ... --yes";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show what waits
    List(List),
    /// Book what somebody else asked for
    Approve(Approve),
    /// Refuse a request, or take one of your own back
    Refuse(Refuse),
    /// Show or set how large an adjustment may be
    Policy(Policy),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct List {
    /// Also what was decided
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Approve {
    /// The number of the request
    request: u64,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Refuse {
    /// The number of the request
    request: u64,
    /// Why, for whoever asked
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Policy {
    /// The most pieces that one person adjusts by
    #[arg(long, value_name = "PIECES")]
    pieces: Option<i64>,
    /// The most, in per cent of what stands there
    #[arg(long, value_name = "PERCENT")]
    percent: Option<u32>,
    /// No adjustment takes a second person
    #[arg(long, conflicts_with_all = ["pieces", "percent"])]
    off: bool,
}

pub(super) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::List(it) => list(call, it.all).await,
        Command::Approve(it) => approve(call, it.request).await,
        Command::Refuse(it) => refuse(call, it).await,
        Command::Policy(it) => policy(call, it).await,
    }
}

async fn list(call: &Call, all: bool) -> Outcome {
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = match &door {
        Door::Remote(client) => {
            let mut query = Parameters::default();
            query.add("state", Some(if all { "all" } else { "waiting" }));
            query.add("limit", Some(1_000));
            client.get(PATH, &query)
        }
        Door::Local(local) => match local.app.approvals(&local.who, !all, None, 1_000).await {
            Ok(found) => look::json_of(&found),
            Err(error) => Err(error.into()),
        },
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::number("REQUEST"),
            Column::text("STATE"),
            Column::number("PIECES"),
            Column::number("OF"),
            Column::text("LOT"),
            Column::text("PART"),
            Column::text("AT"),
            Column::text("ASKED BY"),
            Column::text("WHEN"),
        ]);
        for row in answer["items"].as_array().into_iter().flatten() {
            let delta = row["delta"].as_i64().unwrap_or_default();
            table.row([
                look::cell(row, "id"),
                look::cell(row, "state"),
                format!("{delta:+}"),
                look::cell(row, "on_hand"),
                look::cell(row, "lot"),
                look::cell(row, "part"),
                format!("{} / {}", look::cell(row, "location"), look::cell(row, "operation")),
                look::cell(row, "asked_by"),
                look::moment(row, "asked_at"),
            ]);
        }
        if table.is_empty() { "Nothing waits.".to_owned() } else { call.console.table(&table) }
    })
}

async fn approve(call: &Call, request: u64) -> Outcome {
    let made = locally(call, async |local| {
        let version = Some(crate::door::VERSION.to_owned());
        Ok(local.app.approve(&local.who, version, None, request, None).await?.value)
    })
    .await?;
    let answer = look::json_of(&made)?;
    let row = &made.approval;
    call.console.answer(&answer, || {
        let delta = row.delta.whole();
        format!("Booked: {delta:+} of lot {}, {} stand there now.", row.lot, row.on_hand)
    })
}

async fn refuse(call: &Call, it: Refuse) -> Outcome {
    let body = RefuseBody { reason: it.reason };
    let made = locally(call, async |local| {
        Ok(local.app.refuse_approval(&local.who, it.request, &body, None).await?.value)
    })
    .await?;
    let answer = look::json_of(&made)?;
    call.console.answer(&answer, || {
        format!("Request {} is {}. Nothing was booked.", made.id, made.state.as_str())
    })
}

async fn policy(call: &Call, it: Policy) -> Outcome {
    let wanted = match (it.off, it.pieces, it.percent) {
        (false, None, None) => None,
        (_, pieces, percent) => {
            let pieces = pieces.map(Quantity::pieces).transpose();
            let pieces = pieces.map_err(|error| Failure::usage(format!("--pieces: {error}")))?;
            Some(ApprovalPolicy { pieces, percent })
        }
    };
    let policy = locally(call, async |local| match wanted {
        Some(wanted) => Ok(local.app.set_approval_policy(&local.who, wanted, None).await?.value),
        None => Ok(local.app.catalogue().approval),
    })
    .await?;
    let answer = look::json_of(&policy)?;
    call.console.answer(&answer, || said(policy))
}

fn said(policy: ApprovalPolicy) -> String {
    let bounds = [
        policy.pieces.map(|pieces| format!("{pieces} pieces")),
        policy.percent.map(|share| format!("{share} per cent of what stands there")),
    ];
    let bounds: Vec<String> = bounds.into_iter().flatten().collect();
    if bounds.is_empty() {
        return "No adjustment takes a second person.".to_owned();
    }
    format!(
        "An adjustment by more than {} takes a second person.",
        bounds.join(", or by more than ")
    )
}

/// What an adjustment that waits is told as.
pub(super) fn asked(call: &Call, row: &ApprovalRow, replayed: bool) -> Outcome {
    // Texts and numbers always serialise.
    let mut answer = serde_json::to_value(row).unwrap_or_default();
    if let Value::Object(fields) = &mut answer {
        fields.insert("replayed".to_owned(), replayed.into());
    }
    call.console.answer(&answer, || {
        let delta = row.delta.whole();
        let lines = [
            format!("Nothing is booked yet: {delta:+} of lot {} take a second person.", row.lot),
            format!("Request {} waits until {}.", row.id, row.expires_at),
            format!("next: somebody else approves it: mtm approval approve {}", row.id),
        ];
        lines.join("\n")
    })
}

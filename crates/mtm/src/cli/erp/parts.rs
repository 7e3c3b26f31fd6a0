//! `mtm erp parts`, `mode`, `decide`: parts as the ERP has them.

use clap::Args;
use mtm_app::master_sync::{
    BulkBody, DecideBody, Deed, DifferenceQuery, DifferenceRow, Field, Mode, SyncBody,
};
use serde_json::{Value, json};

use crate::cli::admin::locally;
use crate::cli::{Call, look};
use crate::failure::{Failure, Outcome, exit};
use crate::output::{Column, Table};
use crate::serve::erp_settings;

/// Parts that are shown at most.
const SHOWN: u16 = 1_000;

pub(super) const EXAMPLES: &str = "Examples:
  mtm erp parts
  mtm erp mode erp shadow
  mtm erp parts --all
  mtm erp decide erp take --part 11058-1779
  mtm erp decide erp keep --all --note \"ours is right\"

Which attributes of parts are the ERP's is `masters.owned` of the configuration. Who takes them over: off,
shadow (what differs is listed), worklist (people), automatic (this program; people where it was changed
here). docs/master-sync.md says more.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Parts {
    /// Those, too, that wait for nobody
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct ModeOf {
    /// The ERP's name
    name: String,
    /// off, shadow, worklist or automatic
    mode: String,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Decide {
    /// The ERP's name
    name: String,
    /// take (it becomes here as it is there) or keep
    deed: String,
    /// About this part
    #[arg(long, conflicts_with = "all", required_unless_present = "all")]
    part: Option<String>,
    /// About all that wait for somebody
    #[arg(long)]
    all: bool,
    /// Why, in words
    #[arg(long, default_value = "")]
    note: String,
}

pub(super) async fn list(call: &Call, it: &Parts) -> Outcome {
    let query = DifferenceQuery { waiting: !it.all, limit: SHOWN, ..DifferenceQuery::default() };
    let config = call.globals.config()?;
    let (syncs, parts) = locally(call, async |local| {
        erp_settings(&local.app, &config)?;
        let syncs = local.app.master_syncs(&local.who).await?;
        Ok((syncs, local.app.master_differences(&local.who, query).await?))
    })
    .await?;
    let answer = json!({
        "items": look::json_of(&syncs.items)?, "differences": look::json_of(&parts.items)?,
    });
    call.console.answer(&answer, || {
        if syncs.items.is_empty() {
            return "No ERP's parts were compared; docs/master-sync.md says how they are."
                .to_owned();
        }
        let mut table = Table::new([
            Column::text("ERP"),
            Column::text("MODE"),
            Column::number("PARTS"),
            Column::number("DIFFER"),
            Column::number("FOR SOMEBODY"),
            Column::text("COMPARED"),
        ]);
        for row in rows(&answer, "items") {
            table.row([
                look::cell(row, "erp"),
                look::cell(row, "mode"),
                look::cell(row, "parts"),
                look::cell(row, "differing"),
                look::cell(row, "waiting"),
                look::moment(row, "judged_at"),
            ]);
        }
        let mut text = call.console.table(&table);
        if !parts.items.is_empty() {
            text.push('\n');
            text.push_str(&call.console.table(&differences(&parts.items)));
        }
        text
    })
}

fn rows<'v>(answer: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    answer[name].as_array().into_iter().flatten()
}

fn differences(parts: &[DifferenceRow]) -> Table {
    let mut table = Table::new([
        Column::text("PART"),
        Column::text("WHAT"),
        Column::text("HERE"),
        Column::text("THERE"),
        Column::text("CHANGED BY"),
        Column::text("WHY IT WAITS"),
    ]);
    for part in parts {
        for it in &part.differences {
            table.row([
                part.part.clone(),
                it.field.as_str().to_owned(),
                it.ours.clone().unwrap_or_default(),
                it.theirs.clone(),
                it.change.as_str().to_owned(),
                part.cause.clone().unwrap_or_default(),
            ]);
        }
    }
    table
}

pub(super) async fn mode(call: &Call, it: &ModeOf) -> Outcome {
    let mode = Mode::from_name(&it.mode).ok_or_else(|| {
        Failure::usage(format!("{} is no mode: off, shadow, worklist or automatic", it.mode))
    })?;
    let changed = locally(call, async |local| {
        super::configured(call, &local.app, &it.name)?;
        local.app.ledger().meet_master_sync(it.name.clone()).await?;
        let body = SyncBody { mode, version: None };
        Ok(local.app.change_master_sync(&local.who, &it.name, &body, None).await?.value)
    })
    .await?;
    let answer = look::json_of(&changed)?;
    call.console.answer(&answer, || {
        format!(
            "{} is {}; its parts are compared so with the next reading.",
            it.name,
            mode.as_str()
        )
    })
}

pub(super) async fn decide(call: &Call, it: &Decide) -> Outcome {
    let deed = Deed::from_name(&it.deed)
        .ok_or_else(|| Failure::usage(format!("{} is neither take nor keep", it.deed)))?;
    match &it.part {
        Some(part) => decide_one(call, it, deed, part).await,
        None => decide_all(call, it, deed).await,
    }
}

async fn decide_one(call: &Call, it: &Decide, deed: Deed, part: &str) -> Outcome {
    let query = DifferenceQuery {
        erp: Some(it.name.clone()),
        part: Some(part.to_owned()),
        limit: 1,
        ..DifferenceQuery::default()
    };
    let body =
        DecideBody { deed, fields: Vec::<Field>::new(), note: it.note.clone(), version: None };
    let decided = locally(call, async |local| {
        let found = local.app.master_differences(&local.who, query).await?;
        let Some(row) = found.items.first() else {
            let message = format!("nothing of {part} differs from {}", it.name);
            return Err(Failure::new("not_found", exit::NOT_FOUND, message)
                .next("`mtm erp parts --all` lists the parts that differ."));
        };
        Ok(local.app.decide_master(&local.who, row.id, &body, None).await?.value)
    })
    .await?;
    let answer = look::json_of(&decided)?;
    call.console.answer(&answer, || match decided.differences.len() {
        0 => format!("{part} is settled."),
        left => format!("{part}: {left} attributes still differ."),
    })
}

async fn decide_all(call: &Call, it: &Decide, deed: Deed) -> Outcome {
    let (settled, waiting) = locally(call, async |local| {
        let (mut settled, mut waiting, mut after) = (0, 0, None);
        loop {
            let body = BulkBody { deed, cause: None, after, note: it.note.clone() };
            let done = local.app.decide_masters(&local.who, &it.name, &body, None).await?.value;
            settled += done.settled;
            waiting += done.waiting;
            after = done.next;
            if after.is_none() {
                return Ok((settled, waiting));
            }
        }
    })
    .await?;
    let answer = json!({ "settled": settled, "waiting": waiting });
    call.console.answer(&answer, || {
        format!("{settled} parts are settled; {waiting} still wait for somebody.")
    })
}

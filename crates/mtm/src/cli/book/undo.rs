//! `mtm undo`: movements are reversed; history only grows.

use clap::{ArgGroup, Args};
use mtm_app::movement::{ReverseBody, UNDO_GOES_ON};
use mtm_core::posting::Warning;
use mtm_core::word::MovementId;
use uuid::Uuid;

use super::Insist;
use crate::cli::Call;
use crate::door::{Booking, Door};
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm undo --command 0193a5c4-… --reason \"wrong part\"
  mtm undo 0193a5c4-…-0001 --reason \"wrong part\"
  mtm undo --import 0193a5c4-… --preview
  mtm undo --shift 2026-11-23/1 --user anna --reason \"booked on the wrong plant\"";

/// Movements of an import that one request undoes.
const AT_ONCE: u32 = 20_000;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = ArgGroup::new("what").required(true))]
pub(crate) struct Arguments {
    /// Movements to undo, newest first
    #[arg(group = "what", value_name = "MOVEMENT")]
    movements: Vec<Uuid>,
    /// Everything one command booked
    #[arg(long, group = "what", value_name = "ID")]
    command: Option<Uuid>,
    /// Everything an import booked
    #[arg(long, group = "what", value_name = "ID")]
    import: Option<Uuid>,
    /// Everything a scan session booked
    #[arg(long, group = "what", value_name = "ID")]
    session: Option<Uuid>,
    /// What was booked in a shift, such as 2026-11-23/1, and is not undone yet
    #[arg(long, group = "what", value_name = "SHIFT")]
    shift: Option<String>,
    /// Of a shift: only what this person or token booked
    #[arg(long, requires = "shift", value_name = "NAME")]
    user: Option<String>,
    /// Of a shift: only what was booked at this terminal
    #[arg(long, requires = "shift", value_name = "NAME")]
    station: Option<String>,
    /// Why, in words
    #[arg(long, required_unless_present = "preview")]
    reason: Option<String>,
    /// Only show what would happen
    #[arg(long)]
    preview: bool,
    /// Key of this booking; the same key again books nothing twice
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let single = match it.movements.as_slice() {
        [movement] => Some(MovementId(*movement)),
        _ => None,
    };
    let body = ReverseBody {
        ids: Some(it.movements).filter(|ids| ids.len() > 1),
        command_id: it.command,
        import_id: it.import,
        session_id: it.session,
        shift: it.shift,
        user: it.user,
        station: it.station,
        reason: it.reason,
        preview: it.preview,
        at_most: it.import.map(|_| AT_ONCE),
    };
    let insist = Insist { yes: false, key: it.key, occurred_at: None };
    let booking = Booking::Reverse(single, body);
    if it.preview {
        return preview(call, &booking).await;
    }
    if it.import.is_some() {
        return import(call, &booking, &insist).await;
    }
    super::book(call, booking, &insist).await
}

/// Undoes an import, a long one in several requests: none takes longer than one waits for it.
async fn import(call: &Call, booking: &Booking, insist: &Insist) -> Outcome {
    let door = Door::for_booking(&call.globals.config()?).await?;
    let key = insist.key.clone().unwrap_or_else(|| format!("cli-{}", Uuid::now_v7()));
    let undone = loop {
        let told = match door.book(booking, &key).await {
            Ok(booked) => {
                let goes_on = |warning: &&Warning| warning.code == UNDO_GOES_ON;
                match booked.outcome.warnings.iter().find(goes_on) {
                    Some(warning) => warning.message.clone(),
                    None => break Ok(booked),
                }
            }
            Err(failure) => break Err(failure),
        };
        call.console.note(&told);
    };
    door.close().await;
    super::tell(call, &undone?)
}

/// What would be undone; nothing is written, so no way to undo it is offered.
async fn preview(call: &Call, booking: &Booking) -> Outcome {
    let door = Door::for_booking(&call.globals.config()?).await?;
    let shown = door.book(booking, "preview").await;
    door.close().await;
    let outcome = shown?.outcome;
    call.console.answer(&outcome, || {
        let lines = outcome.movements.iter().map(|line| {
            format!("would give back {} of lot {} ({})", line.quantity, line.lot, line.part)
        });
        let after = outcome.balances.iter().map(|line| {
            format!(
                "then {} of lot {} at {} / {}",
                line.quantity, line.lot, line.location, line.operation
            )
        });
        lines.chain(after).collect::<Vec<_>>().join("\n")
    })
}

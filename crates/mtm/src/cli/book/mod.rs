//! Booking from the terminal. Each command builds the same body as the HTTP interface takes and
//! sends it through the one posting path, here or on the server.

pub(super) mod adjust;
pub(super) mod complete;
pub(super) mod merge;
pub(super) mod out;
pub(super) mod receive;
pub(super) mod scrap;
pub(super) mod transfer;
pub(super) mod undo;

use clap::Args;
use mtm_app::approval::BookedOrAsked;
use mtm_app::movement::{Booked, PickBody};
use mtm_core::outcome::MovementLine;
use serde_json::Value;
use uuid::Uuid;

use super::Call;
use crate::door::{Booking, Door};
use crate::failure::Outcome;
use crate::output::{Column, Table};

/// Every refusal that can be confirmed; `--yes` names them all.
const CONFIRMABLE: [&str; 6] = [
    "possible_duplicate",
    "implausible_quantity",
    "off_routing",
    "on_hold",
    "approval_required",
    "reserved",
];

/// What every booking takes.
#[derive(Debug, Args)]
pub(crate) struct Insist {
    /// Confirm whatever can be confirmed: a repetition, an unlikely quantity, a hold
    #[arg(long, short)]
    yes: bool,
    /// Key of this booking; the same key again books nothing twice
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// When it happened, where that is not now (RFC 3339)
    #[arg(long, value_name = "TIME")]
    occurred_at: Option<String>,
}

impl Insist {
    fn confirm(&self) -> Vec<String> {
        confirmed(self.yes)
    }
}

/// What `--yes` confirms.
pub(crate) fn confirmed(yes: bool) -> Vec<String> {
    let codes = if yes { &CONFIRMABLE[..] } else { &[] };
    codes.iter().map(|code| (*code).to_owned()).collect()
}

/// Which stock is meant.
#[derive(Debug, Args)]
pub(crate) struct From {
    /// The lot
    #[arg(long)]
    lot: Option<String>,
    /// The part; with operation and location instead of a lot, or to narrow it
    #[arg(long)]
    part: Option<String>,
    /// Operation it stands at
    #[arg(long)]
    operation: Option<String>,
    /// Location it stands at
    #[arg(long)]
    location: Option<String>,
}

/// How much of it, and of which of several lots.
#[derive(Debug, Args)]
pub(crate) struct Amount {
    /// Whole pieces; everything in the place where a lot is named and this is left out
    #[arg(long)]
    quantity: Option<i64>,
    /// Of several lots, the oldest first
    #[arg(long)]
    fifo: bool,
}

impl Amount {
    fn pick(&self) -> Option<PickBody> {
        self.fifo.then_some(PickBody::Fifo)
    }
}

/// Books and tells what was booked.
async fn book(call: &Call, booking: Booking, insist: &Insist) -> Outcome {
    book_under(call, booking, insist.key.clone()).await
}

/// Books under a key, or one of our own making.
pub(super) async fn book_under(call: &Call, booking: Booking, key: Option<String>) -> Outcome {
    let door = Door::for_booking(&call.globals.config()?).await?;
    let key = key.unwrap_or_else(|| format!("cli-{}", Uuid::now_v7()));
    let made = door.book_or_ask(&booking, &key).await;
    door.close().await;
    match made? {
        BookedOrAsked::Booked(booked) => tell(call, &booked),
        BookedOrAsked::Asked(asked) => super::approval::asked(call, &asked.value, asked.replayed),
    }
}

/// States what the ledger booked, and how to undo it.
fn tell(call: &Call, booked: &Booked) -> Outcome {
    let outcome = &booked.outcome;
    // Outcomes are texts and numbers; they always serialise.
    let mut answer = serde_json::to_value(outcome).unwrap_or_default();
    if let Value::Object(fields) = &mut answer {
        fields.insert("replayed".to_owned(), booked.replayed.into());
    }
    call.console.answer(&answer, || {
        let mut text = Vec::new();
        if booked.replayed {
            text.push(
                "This was booked before under the same key; nothing was booked again.".to_owned(),
            );
        }
        let mut table = Table::new([
            Column::text("TYPE"),
            Column::text("LOT"),
            Column::text("PART"),
            Column::number("PIECES"),
            Column::text("AT"),
            Column::text("TO"),
        ]);
        let place = |operation: Option<&str>, location: Option<&str>| match (location, operation) {
            (Some(location), Some(operation)) => format!("{location} / {operation}"),
            _ => String::new(),
        };
        let arrival = |line: &MovementLine| match &line.to_lot {
            Some(lot) => format!("lot {lot}"),
            None => place(text_of(line.to_operation.as_ref()), text_of(line.to_location.as_ref())),
        };
        for line in &outcome.movements {
            table.row([
                line.kind.as_str().to_owned(),
                line.lot.to_string(),
                line.part.to_string(),
                line.quantity.to_string(),
                place(text_of(line.operation.as_ref()), text_of(line.location.as_ref())),
                arrival(line),
            ]);
        }
        if let Some(id) = &outcome.reservation {
            text.push(format!("reservation {id}"));
        }
        if table.is_empty() && outcome.reservation.is_some() {
            // What people agreed on moves nothing.
        } else if table.is_empty() {
            text.push("Nothing had to move; the count is in the log.".to_owned());
        } else {
            text.push(call.console.table(&table));
        }
        for warning in &outcome.warnings {
            text.push(format!("note: {} ({})", warning.message, warning.code));
        }
        let now = outcome.balances.iter().map(|line| {
            format!(
                "{} of lot {} at {} / {}",
                line.quantity, line.lot, line.location, line.operation
            )
        });
        let now = now.collect::<Vec<_>>().join("; ");
        if !now.is_empty() {
            text.push(format!("now: {now}"));
        }
        if !outcome.movements.is_empty() {
            text.push(format!("undo: mtm undo --command {} --reason \"...\"", outcome.id));
        }
        text.join("\n")
    })
}

fn text_of<T: AsRef<str>>(word: Option<&T>) -> Option<&str> {
    word.map(AsRef::as_ref)
}

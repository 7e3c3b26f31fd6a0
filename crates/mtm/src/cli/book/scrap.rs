//! `mtm scrap`: pieces become scrap.

use clap::Args;
use mtm_app::movement::{BookingType, MovementBody};

use super::{Amount, From, Insist};
use crate::cli::Call;
use crate::door::Booking;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm scrap --lot 4711 --quantity 3 --reason damaged
  mtm scrap --lot 4711 --reason other --notes \"dropped from the fork\"";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    amount: Amount,
    /// Why
    #[arg(long)]
    reason: String,
    /// Free text; the reason `other` needs it
    #[arg(long)]
    notes: Option<String>,
    #[command(flatten)]
    insist: Insist,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let body = MovementBody {
        kind: Some(BookingType::Scrap),
        lot: it.from.lot,
        part: it.from.part,
        operation: it.from.operation,
        location: it.from.location,
        quantity: it.amount.quantity,
        pick: it.amount.pick(),
        reason: Some(it.reason),
        notes: it.notes,
        occurred_at: it.insist.occurred_at.clone(),
        confirm: it.insist.confirm(),
        ..MovementBody::default()
    };
    super::book(call, Booking::Movement(Box::new(body)), &it.insist).await
}

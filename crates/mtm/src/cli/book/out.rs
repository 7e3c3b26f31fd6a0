//! `mtm out`: pieces leave.

use clap::Args;
use mtm_app::movement::{BookingType, MovementBody};
use uuid::Uuid;

use super::{Amount, From, Insist};
use crate::cli::Call;
use crate::door::Booking;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm out --lot 4711
  mtm out --lot 4711 --quantity 25 --notes \"to assembly\"
  mtm out --part 11058-1779 --operation 19 --location R-E4-18 --quantity 300 --fifo";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    amount: Amount,
    /// Why
    #[arg(long)]
    reason: Option<String>,
    /// Free text, also the destination
    #[arg(long)]
    notes: Option<String>,
    /// The reservation that they were kept for
    #[arg(long, value_name = "ID")]
    reservation: Option<Uuid>,
    #[command(flatten)]
    insist: Insist,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let body = MovementBody {
        kind: Some(BookingType::Out),
        lot: it.from.lot,
        part: it.from.part,
        operation: it.from.operation,
        location: it.from.location,
        quantity: it.amount.quantity,
        pick: it.amount.pick(),
        reason: it.reason,
        notes: it.notes,
        reservation: it.reservation,
        occurred_at: it.insist.occurred_at.clone(),
        confirm: it.insist.confirm(),
        ..MovementBody::default()
    };
    super::book(call, Booking::Movement(Box::new(body)), &it.insist).await
}

//! `mtm move`: pieces change location and/or operation.

use clap::Args;
use mtm_app::movement::{BookingType, MovementBody};

use super::{Amount, From, Insist};
use crate::cli::Call;
use crate::door::Booking;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm move --lot 4711 --to-location R-E4-19
  mtm move --lot 4711 --location R-E4-18 --quantity 100 --to-location WC-07 --to-operation 20";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    amount: Amount,
    /// Operation the pieces go to
    #[arg(long, required_unless_present = "to_location")]
    to_operation: Option<String>,
    /// Location the pieces go to
    #[arg(long)]
    to_location: Option<String>,
    /// Free text
    #[arg(long)]
    notes: Option<String>,
    #[command(flatten)]
    insist: Insist,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let body = MovementBody {
        kind: Some(BookingType::Transfer),
        lot: it.from.lot,
        part: it.from.part,
        operation: it.from.operation,
        location: it.from.location,
        quantity: it.amount.quantity,
        pick: it.amount.pick(),
        to_operation: it.to_operation,
        to_location: it.to_location,
        notes: it.notes,
        occurred_at: it.insist.occurred_at.clone(),
        confirm: it.insist.confirm(),
        ..MovementBody::default()
    };
    super::book(call, Booking::Movement(Box::new(body)), &it.insist).await
}

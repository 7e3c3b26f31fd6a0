//! `mtm adjust`: a count corrects a bucket.

use clap::Args;
use mtm_app::movement::{BookingType, MovementBody};

use super::{From, Insist};
use crate::cli::Call;
use crate::door::Booking;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm adjust --lot 4711 --counted 118 --reason count
  mtm adjust --lot 4711 --location R-E4-18 --delta -2 --reason count --expected 120";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    from: From,
    /// Pieces counted
    #[arg(long, required_unless_present = "delta", conflicts_with = "delta")]
    counted: Option<i64>,
    /// Pieces more, or fewer with a minus
    #[arg(long, allow_hyphen_values = true)]
    delta: Option<i64>,
    /// What you believe is there; refused when the stock is not that
    #[arg(long, value_name = "PIECES")]
    expected: Option<i64>,
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
        kind: Some(BookingType::Adjust),
        lot: it.from.lot,
        part: it.from.part,
        operation: it.from.operation,
        location: it.from.location,
        counted: it.counted,
        delta: it.delta,
        expected_quantity: it.expected,
        reason: Some(it.reason),
        notes: it.notes,
        occurred_at: it.insist.occurred_at.clone(),
        confirm: it.insist.confirm(),
        ..MovementBody::default()
    };
    super::book(call, Booking::Movement(Box::new(body)), &it.insist).await
}

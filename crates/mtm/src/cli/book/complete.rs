//! `mtm complete`: an operation is finished; good, scrap and rework in one booking.

use clap::Args;
use mtm_app::movement::CompleteBody;

use super::{From, Insist};
use crate::cli::Call;
use crate::door::Booking;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm complete --lot 4711 --good 118
  mtm complete --lot 4711 --good 118 --to-operation 30
  mtm complete --lot 4711 --good 110 --scrap 2 --scrap-reason damaged --rework 8 --to-operation 30";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    from: From,
    /// Pieces that go on
    #[arg(long)]
    good: i64,
    /// Pieces scrapped
    #[arg(long)]
    scrap: Option<i64>,
    /// Why they were scrapped
    #[arg(long, value_name = "REASON")]
    scrap_reason: Option<String>,
    /// Pieces to be worked on again
    #[arg(long)]
    rework: Option<i64>,
    /// Operation good pieces go to; the next of the part's routing where this is left out
    #[arg(long)]
    to_operation: Option<String>,
    /// Location good pieces go to; where this is left out, that of the routing or the same
    #[arg(long)]
    to_location: Option<String>,
    /// Operation rework goes to; it stays where this is left out
    #[arg(long, value_name = "OPERATION")]
    rework_operation: Option<String>,
    /// Location rework goes to; it stays where this is left out
    #[arg(long, value_name = "LOCATION")]
    rework_location: Option<String>,
    /// Free text
    #[arg(long)]
    notes: Option<String>,
    #[command(flatten)]
    insist: Insist,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let body = CompleteBody {
        lot: it.from.lot,
        part: it.from.part,
        operation: it.from.operation,
        location: it.from.location,
        good: Some(it.good),
        scrap: it.scrap,
        rework: it.rework,
        to_operation: it.to_operation,
        to_location: it.to_location,
        rework_operation: it.rework_operation,
        rework_location: it.rework_location,
        scrap_reason: it.scrap_reason,
        notes: it.notes,
        occurred_at: it.insist.occurred_at.clone(),
        confirm: it.insist.confirm(),
        ..CompleteBody::default()
    };
    super::book(call, Booking::Complete(Box::new(body)), &it.insist).await
}

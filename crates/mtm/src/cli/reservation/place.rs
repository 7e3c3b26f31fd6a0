//! `mtm reservation place`.

use clap::Args;
use mtm_app::movement::ReservationBody;

use super::book;
use crate::cli::Call;
use crate::door::Booking;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm reservation place 4711 --work-order 60723
  mtm reservation place 4711 --quantity 40 --purpose \"trial run\" --until 2026-11-30T06:00:00Z";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The lot
    lot: String,
    /// So many of its pieces; all of them where this is left out
    #[arg(long)]
    quantity: Option<i64>,
    /// The work order that they are kept for
    #[arg(long, required_unless_present = "purpose")]
    work_order: Option<String>,
    /// What they are kept for, in words
    #[arg(long)]
    purpose: Option<String>,
    /// Until when (RFC 3339)
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Key of this reservation; the same key again makes no second one
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let body = ReservationBody {
        lot: Some(it.lot),
        quantity: it.quantity,
        work_order: it.work_order,
        purpose: it.purpose,
        ends_at: it.until,
    };
    book::book_under(call, Booking::Reserve(body), it.key).await
}

//! `mtm reservation end`.

use clap::Args;
use mtm_app::movement::EndReservationBody;
use mtm_core::word::ReservationId;

use super::book;
use crate::cli::Call;
use crate::door::Booking;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm reservation end 0193a5c4-…
  mtm reservation end 0193a5c4-… --notes \"order was cancelled\"";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Its id
    #[arg(value_name = "ID")]
    id: ReservationId,
    /// Free text
    #[arg(long)]
    notes: Option<String>,
    /// Key of this request
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let body = EndReservationBody { notes: it.notes };
    book::book_under(call, Booking::EndReservation(it.id, body), it.key).await
}

//! `mtm in`: pieces arrive.

use clap::Args;
use mtm_app::movement::{BookingType, MovementBody};

use super::Insist;
use crate::cli::Call;
use crate::door::Booking;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm in --part 11058-1779 --operation 19 --location R-E4-18 --quantity 500
  mtm in --part 11058-1779 --operation 19 --location R-E4-18 --quantity 120 --containers 4 --yes";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The part
    #[arg(long)]
    part: String,
    /// Where in the process
    #[arg(long)]
    operation: String,
    /// Where in the building
    #[arg(long)]
    location: String,
    /// Whole pieces of each container
    #[arg(long)]
    quantity: i64,
    /// So many equal containers, each a lot of its own
    #[arg(long, value_name = "N")]
    containers: Option<u16>,
    /// A lot number of your own (admins only)
    #[arg(long)]
    lot: Option<String>,
    /// Item type of the lot
    #[arg(long, value_name = "TYPE")]
    item_type: Option<String>,
    /// Work order of the lot; digits alone are completed
    #[arg(long)]
    work_order: Option<String>,
    /// Colour of the lot
    #[arg(long, value_name = "COLOR")]
    color_code: Option<String>,
    /// Free text, kept with the lot
    #[arg(long)]
    notes: Option<String>,
    /// Why material without a lot turned up
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    insist: Insist,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let body = MovementBody {
        kind: Some(BookingType::In),
        part: Some(it.part),
        operation: Some(it.operation),
        location: Some(it.location),
        quantity: Some(it.quantity),
        containers: it.containers,
        lot: it.lot,
        item_type: it.item_type,
        work_order: it.work_order,
        color_code: it.color_code,
        notes: it.notes,
        reason: it.reason,
        occurred_at: it.insist.occurred_at.clone(),
        confirm: it.insist.confirm(),
        ..MovementBody::default()
    };
    super::book(call, Booking::Movement(Box::new(body)), &it.insist).await
}

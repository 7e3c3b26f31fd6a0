//! `mtm merge`: whole lots become part of another one.

use clap::Args;
use mtm_app::movement::MergeBody;

use super::Insist;
use crate::cli::Call;
use crate::door::Booking;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm merge 4712 4713 --into 4711
  mtm merge 4712 --into 4711 --location R-E4-18 --operation 19 --notes \"one skid\"";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The lots that become part of the other, each whole
    #[arg(required = true, value_name = "LOT")]
    lots: Vec<String>,
    /// The lot that they become part of
    #[arg(long, value_name = "LOT")]
    into: String,
    /// Operation they stand at, when a lot stands in several places
    #[arg(long)]
    operation: Option<String>,
    /// Location they stand at, when a lot stands in several places
    #[arg(long)]
    location: Option<String>,
    /// Free text
    #[arg(long)]
    notes: Option<String>,
    #[command(flatten)]
    insist: Insist,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let body = MergeBody {
        lots: it.lots,
        into: Some(it.into),
        operation: it.operation,
        location: it.location,
        notes: it.notes,
        occurred_at: it.insist.occurred_at.clone(),
        confirm: it.insist.confirm(),
        ..MergeBody::default()
    };
    super::book(call, Booking::Merge(Box::new(body)), &it.insist).await
}

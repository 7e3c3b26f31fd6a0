//! `mtm find`: stock that mentions a text anywhere.

use clap::Args;

use super::Rows;
use super::stock::Filter;
use crate::cli::Call;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm find 1058
  mtm find \"WO-0607\" --limit 10";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Part of a part number, description, location, lot, work order or note
    text: String,
    #[command(flatten)]
    rows: Rows,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let filter = Filter::mentioning(it.text);
    super::stock::show(call, &filter, &it.rows).await
}

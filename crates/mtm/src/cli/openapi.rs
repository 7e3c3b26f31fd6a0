//! `mtm openapi`: the description of the HTTP interface.

use clap::Args;

use super::Call;
use crate::failure::Outcome;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  mtm openapi > mtm.openapi.json")]
pub(crate) struct Arguments {}

pub(crate) fn run(call: &Call, _: &Arguments) -> Outcome {
    call.console.write(mtm_web::openapi_json())
}

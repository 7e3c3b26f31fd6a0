//! `mtm checkpoint key`: what others check checkpoints with.

use clap::Args;
use serde_json::json;

use super::keeper;
use crate::cli::Call;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm checkpoint key
  mtm checkpoint key --pem > plant.pem

Give it to whoever checks, once, on a way that nobody can change later. The private key is made
when it is first needed; it is the file checkpoint.key of the data directory, and part of no backup.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// As other programs read it, such as openssl
    #[arg(long)]
    pem: bool,
}

pub(super) fn run(call: &Call, it: &Arguments) -> Outcome {
    let key = keeper(&call.globals.config()?)?.key()?.public();
    let answer = json!({ "key": key, "pem": key.pem() });
    call.console
        .answer(&answer, || if it.pem { key.pem().trim_end().to_owned() } else { key.to_string() })
}

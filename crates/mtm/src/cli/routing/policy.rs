//! `mtm routing policy`.

use clap::{Args, ValueEnum};
use mtm_core::catalogue::OffRouting;
use serde_json::json;

use crate::cli::Call;
use crate::cli::admin::locally;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm routing policy
  mtm routing policy refuse

With `warn`, an entry outside its part's routing is booked, and the answer says so. With `refuse`,
it is refused (off_routing) until somebody confirms it.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What happens from now on; left out, what happens now is shown
    #[arg(value_enum)]
    choice: Option<Choice>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Choice {
    Warn,
    Refuse,
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let choice = it.choice.map(|choice| match choice {
        Choice::Warn => OffRouting::Warn,
        Choice::Refuse => OffRouting::Refuse,
    });
    let policy = locally(call, async |local| match choice {
        Some(choice) => Ok(local.app.set_off_routing(&local.who, choice, None).await?.value),
        None => Ok(local.app.catalogue().off_routing),
    })
    .await?;
    call.console.answer(&json!({ "off_routing": policy }), || match policy {
        OffRouting::Warn => "Entries outside a routing are booked with a warning.".to_owned(),
        OffRouting::Refuse => "Entries outside a routing must be confirmed.".to_owned(),
    })
}

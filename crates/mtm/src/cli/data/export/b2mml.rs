//! Stock and movements as documents of ISA-95.

use clap::Subcommand;
use mtm_app::b2mml::Span;
use mtm_core::word::Timestamp;
use tokio::sync::mpsc;

use super::{Target, wrong};
use crate::door::Local;
use crate::failure::Outcome;

pub(super) const EXAMPLES: &str = "Examples:
  mtm export b2mml stock --out stock.xml
  mtm export b2mml movements --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z --out november.xml

What of a lot or movement stands where in the documents is told in docs/b2mml.md.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// All stock of this moment: `MaterialInformation`
    #[command(after_help = EXAMPLES)]
    Stock {
        #[command(flatten)]
        target: Target,
    },
    /// The movements of a span, the oldest first: `OperationsPerformance`
    #[command(after_help = EXAMPLES)]
    Movements {
        /// Recorded at or after this moment (RFC 3339)
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Recorded before this moment
        #[arg(long, value_name = "TIME")]
        to: Option<String>,
        #[command(flatten)]
        target: Target,
    },
}

impl Command {
    pub(super) fn target(&self) -> &Target {
        match self {
            Self::Stock { target } | Self::Movements { target, .. } => target,
        }
    }

    /// Sends the document.
    pub(super) async fn send(&self, local: &Local, pieces: mpsc::Sender<Vec<u8>>) -> Outcome {
        match self {
            Self::Stock { .. } => {
                Ok(local.app.export_material_information(&local.who, pieces).await?)
            }
            Self::Movements { from, to, .. } => {
                let moment = |option: &str, text: &Option<String>| {
                    let moment = text.as_deref().map(Timestamp::parse).transpose();
                    moment.map_err(|error| wrong(option, error))
                };
                let span = Span { from: moment("--from", from)?, to: moment("--to", to)? };
                Ok(local.app.export_operations_performance(&local.who, span, pieces).await?)
            }
        }
    }
}

//! `mtm archive write`: the log into a file.

use std::path::PathBuf;

use clap::Args;
use mtm_app::archive::{self, Extent};
use mtm_app::checkpoint::PublicKey;
use mtm_core::code::Code;
use mtm_core::period::Closed;

use super::{facts, told};
use crate::cli::Call;
use crate::cli::admin::locally;
use crate::cli::checkpoint::{Trusted, keeper};
use crate::door::Local;
use crate::failure::{Failure, Outcome};

const EXAMPLES: &str = "Examples:
  mtm archive write /mnt/archive/mtm-2026.ndjson.gz --through 2026-12-31
  mtm archive write mtm-2027.ndjson.gz --after mtm-2026.ndjson.gz --through 2027-12-31
  mtm archive write mtm-now.ndjson.gz --after mtm-2027.ndjson.gz --closed
  mtm archive write for-the-auditor.ndjson.gz --without-notes

Every entry of the audit chain byte for byte, with the notes of movements, as compressed lines of
JSON; at the end the pieces of every part, and a signature with the key of the data directory. A
server keeps running. Nothing leaves the ledger: history only grows. Without --through, --closed
and --upto everything up to now goes into it. The file appears when it is whole.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The file to make, which must not exist
    file: PathBuf,
    /// The archive before: it is proved, and the new one begins where it ended
    #[arg(long, value_name = "FILE")]
    after: Option<PathBuf>,
    /// The last day that goes into it, such as 2026-12-31: what was recorded until it was over
    #[arg(long, value_name = "DAY", conflicts_with_all = ["closed", "upto"])]
    through: Option<String>,
    /// Up to the end of the last day that is closed (`mtm period show`)
    #[arg(long, conflicts_with = "upto")]
    closed: bool,
    /// The last audit entry that goes into it
    #[arg(long, value_name = "SEQUENCE", value_parser = clap::value_parser!(u64).range(1..))]
    upto: Option<u64>,
    /// A public key to trust in the archive before (may be repeated); otherwise that of the data
    /// directory is
    #[arg(long = "key", value_name = "PUBLIC", requires = "after")]
    keys: Vec<PublicKey>,
    /// Leave the notes of people away; their salted hashes stay, and everything is proved as well
    #[arg(long)]
    without_notes: bool,
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let config = call.globals.config()?;
    let key = keeper(&config)?.key()?;
    let trusted = Trusted::of(&config, &it.keys)?;
    let report = locally(call, async |local| {
        let ledger = local.app.ledger();
        let before = match &it.after {
            Some(path) => {
                let progress = call.console.progress("reading the one before", None);
                let before = archive::check(path, trusted.keys(), |done| progress.set(done))?;
                progress.finish();
                Some(before)
            }
            None => None,
        };
        archive::compare(before.as_slice(), ledger).await?;
        let upto = it.end(local).await?;
        let from = before.as_ref().map_or(1, |before| before.to + 1);
        let progress = call.console.progress("archiving", Some((upto + 1).saturating_sub(from)));
        let after = before.as_ref().map(|before| &before.checkpoint);
        let extent = Extent { after, upto, notes: !it.without_notes };
        let report =
            archive::write(ledger, &key, &it.file, &extent, |done| progress.set(done)).await?;
        progress.finish();
        Ok(report)
    })
    .await?;
    call.console.answer(&facts(&report), || {
        format!("{}\nThe next one begins with --after {}.", told(&report), it.file.display())
    })
}

impl Arguments {
    /// Place of the last entry that goes into it.
    async fn end(&self, local: &Local) -> Outcome<u64> {
        let ledger = local.app.ledger();
        let day = match (&self.through, self.upto) {
            (Some(day), _) => local.app.closed_through(day)?,
            (None, Some(upto)) => return Ok(upto),
            (None, None) if self.closed => {
                ledger.catalogue().periods.closed().ok_or_else(|| {
                    Failure::of(Code::NotFound, "nothing is closed")
                        .next("Close a period, or name a day with --through.")
                })?
            }
            (None, None) => return Ok(ledger.chain_newest().await?),
        };
        let Closed { through, until } = day;
        if until > ledger.clock().now() {
            return Err(Failure::usage(format!("{through} is not over yet"))
                .next("Name an earlier day, or leave --through away: everything up to now."));
        }
        Ok(ledger.chain_until(until).await?)
    }
}

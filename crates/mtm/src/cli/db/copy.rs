//! `mtm db copy`: a whole ledger into an empty database of either engine.

use std::sync::OnceLock;

use clap::Args;
use mtm_store::copy::{self, CopyError, CopyProgress};
use mtm_store::database::without_password;
use serde_json::json;

use crate::cli::Call;
use crate::failure::{Failure, Outcome, exit};
use crate::output::{Console, Progress};

const EXAMPLES: &str = "Examples:
  mtm db copy sqlite:/srv/mtm/mtm.db mysql://admin@db.plant/mtm
  mtm db copy mysql://admin@db.plant/mtm sqlite:/srv/new/mtm.db --json

Stop the server first: what is booked during the copy is not in it. Everything comes along, ids,
keys, people, tokens and the audit chain included. Every row is compared and the copy is verified
before it counts; a copy that was cut off is no ledger and may simply be started again.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The ledger: `sqlite:PATH` or `mysql://user@host/database`
    #[arg(value_name = "FROM-URL")]
    from: String,
    /// The empty database to fill
    #[arg(value_name = "TO-URL")]
    to: String,
}

pub(super) async fn run(call: &Call, it: &Arguments) -> Outcome {
    let shown = Shown::start(call.console);
    let report = copy::copy(&it.from, &it.to, |step| shown.set(step)).await?;
    finish(&shown.verifying);
    let (from, to) = (without_password(&it.from), without_password(&it.to));
    let mut answer = serde_json::to_value(&report).unwrap_or_default();
    answer["from"] = json!(from);
    answer["to"] = json!(to);
    call.console.answer(&answer, || {
        format!(
            "Copied {} rows of {} tables from {from} to {to}.\n\
             Every row was compared, the sums of {} parts agree, and {} audit entries and the \
             stock of {} lots were verified.\n\
             Newest entry: {} {}\n\
             Start the server on it with: mtm serve --database {to}",
            report.rows,
            report.tables.len(),
            report.parts,
            report.entries,
            report.lots,
            report.head.sequence,
            report.head.hash,
        )
    })
}

/// Copying, comparing and verifying, one after the other.
struct Shown {
    console: Console,
    copying: OnceLock<Progress>,
    comparing: OnceLock<Progress>,
    verifying: OnceLock<Progress>,
}

impl Shown {
    fn start(console: Console) -> Self {
        let [copying, comparing, verifying] = [(); 3].map(|()| OnceLock::new());
        Self { console, copying, comparing, verifying }
    }

    fn set(&self, step: CopyProgress) {
        let (shown, what, done, total) = match step {
            CopyProgress::Copying(done, total) => (&self.copying, "copying", done, total),
            CopyProgress::Comparing(done, total) => {
                finish(&self.copying);
                (&self.comparing, "comparing", done, total)
            }
            CopyProgress::Verifying(done, total) => {
                finish(&self.comparing);
                (&self.verifying, "verifying", done, total)
            }
        };
        // How much there is in all is known only when it begins.
        shown.get_or_init(|| self.console.progress(what, Some(total))).set(done);
    }
}

fn finish(shown: &OnceLock<Progress>) {
    if let Some(shown) = shown.get() {
        shown.finish();
    }
}

impl From<CopyError> for Failure {
    fn from(error: CopyError) -> Self {
        let message = error.to_string();
        match error {
            CopyError::Source(cause) | CopyError::Target(cause) => {
                let failure = Self::from(cause);
                Self { message: message.into_boxed_str(), ..failure }
            }
            CopyError::NotEmpty => Self::new("not_empty", exit::CONFLICT, message)
                .next("Name an empty database, or a file that does not exist."),
            CopyError::Damaged(first_bad) => {
                let mut failure = Self::new("ledger_altered", exit::FAILURE, message)
                    .next("The target is no ledger. `mtm verify` looks at what was copied.");
                *failure.details = json!({ "first_bad": *first_bad });
                failure
            }
            CopyError::Differs { .. } | CopyError::Table { .. } => {
                Self::new("copy_failed", exit::FAILURE, message).next(
                    "The target is no ledger. Start the copy again; nothing was changed in what is copied.",
                )
            }
            CopyError::File { .. } => Self::new("file_error", exit::FAILURE, message)
                .next("Check the path, its rights and the space on its disk."),
            CopyError::Fault(fault) => fault.into(),
        }
    }
}

//! `mtm connect dry-run`: what would be sent of a movement, without sending it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use mtm_connect::rest::{Connector, NotMapped, Posting, Search, Unready};
use mtm_core::code::Class;
use mtm_core::sync::Fact;
use serde_json::{Value, json};

use super::{map, test};
use crate::cli::Call;
use crate::failure::{Failure, Outcome, WrongField, exit};

const EXAMPLES: &str = "Examples:
  mtm connect dry-run --map erpnext --fact movement.json
  mtm connect dry-run --map erp.toml --fact movement.json --peer erp

Nothing is sent. With --peer, what the mapping looks up in the other system is looked up there, which
only reads; without, it stands in the request by name. docs/mapping.md shows a movement as a file.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// A mapping file, or the name of one that comes with the program
    #[arg(long, value_name = "FILE or NAME")]
    map: String,
    /// The movement, as JSON
    #[arg(long, value_name = "FILE")]
    fact: PathBuf,
    /// The system of the configuration in which is looked up what has to be
    #[arg(long, value_name = "NAME")]
    peer: Option<String>,
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let mapping = map::named(&it.map)?;
    let fact = fact(&it.fact)?;
    let class = fact.class.as_str();
    let posting = mapping.posting(&fact).map_err(|error| not_mapped(&it.map, error))?;
    let Some(mut posting) = posting else {
        let answer = json!({ "class": class, "posting": null });
        return call.console.answer(&answer, || {
            format!(
                "Nothing would be sent: {} has no posting for a movement of class {class}.",
                it.map
            )
        });
    };
    let header = mapping.key_header().map(str::to_owned);
    if let Some(name) = &it.peer {
        let connector = Connector::new(test::configured(call, name)?, Arc::new(mapping));
        posting = prepared(&connector, &posting, name).await?;
    }
    let answer = json!({ "class": class, "key_header": header, "posting": posting });
    call.console.answer(&answer, || shown(&posting, header.as_deref(), it.peer.is_some()))
}

async fn prepared(connector: &Connector, posting: &Posting, name: &str) -> Outcome<Posting> {
    connector.prepared(posting).await.map_err(|unready| match unready {
        Unready::Refused { detail, .. } => {
            Failure::new("lookup_refused", exit::CONFLICT, format!("{name}: {detail}"))
                .next("Correct the codes here or there, or the mapping's look-up.")
        }
        Unready::Failed(failed) => {
            let message = format!("{name} did not answer a look-up: {failed}");
            Failure::new("system_unavailable", exit::UNAVAILABLE, message).next(failed.next_step())
        }
    })
}

fn fact(file: &std::path::Path) -> Outcome<Fact> {
    serde_json::from_str(&map::read(file)?).map_err(|error| {
        let message = format!("{} is no movement: {error}", file.display());
        Failure::new("invalid_body", exit::USAGE, message)
            .next("Write it as docs/mapping.md shows one.")
    })
}

fn not_mapped(map: &str, error: NotMapped) -> Failure {
    let message = format!("the movement is not mapped by {map}: {error}");
    let mut failure =
        Failure::new("not_mapped", Class::RuleBroken.exit(), message).next(error.next_step);
    failure.errors = vec![WrongField { field: error.field, message: error.why }];
    failure
}

/// The request as somebody reads it.
fn shown(posting: &Posting, header: Option<&str>, is_looked_up: bool) -> String {
    let mut text = format!("{} {}\n", posting.method, posting.path);
    // Writing into a string cannot fail.
    if let Some(header) = header {
        let _ = writeln!(text, "{header}: {}", posting.key);
    }
    let _ = write!(text, "Content-Type: application/json\n\n{}", pretty(&posting.body));
    if !is_looked_up {
        for (name, search) in &posting.lookups {
            let _ = write!(text, "\n\nlooked up before: {name}\n  {}", searched(search));
        }
        if let Some(otherwise) = &posting.otherwise {
            let _ = write!(text, "\n\nwhere nothing is found, instead:\n");
            text.push_str(&shown(otherwise, header, is_looked_up));
        }
    }
    for search in &posting.find {
        let _ = write!(text, "\n\nfound afterwards by\n  {}", searched(search));
    }
    text
}

fn searched(search: &Search) -> String {
    let mut text = format!("GET {}", search.path);
    for (place, value) in &search.rows {
        let _ = write!(text, "\n  where {place} is {value}");
    }
    for (place, value) in &search.least {
        let _ = write!(text, "\n  where {place} is at least {value}");
    }
    if let Some(value) = search.value.as_deref().filter(|value| !value.is_empty()) {
        let _ = write!(text, "\n  its {value}");
    }
    text
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

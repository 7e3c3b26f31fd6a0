//! `mtm connect dry-run`: what would be sent of a movement, without sending it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use mtm_connect::rest::{Connector, Mapping, NotMapped, Posting, Search, Unready};
use mtm_core::code::Class;
use mtm_core::erp::PlaceMap;
use mtm_core::sync::{self, Fact, Placed, place};
use mtm_core::word::MovementId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::test;
use crate::cli::Call;
use crate::cli::admin::locally;
use crate::failure::{Failure, Outcome, WrongField, exit};
use crate::mapping;
use crate::serve::flow_settings;

const EXAMPLES: &str = "Examples:
  mtm connect dry-run --flow planning --movement 0199c2d4-6f7a-7000-8000-000000000001
  mtm connect dry-run --map erpnext --fact movement.json
  mtm connect dry-run --map erp.toml --fact movement.json --peer erp

Nothing is sent. A flow names mapping, places and system by itself. With --peer, or a flow, what the
mapping looks up in the other system is looked up there, which only reads; without, it stands in the
request by name. docs/mapping.md shows a movement as a file.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// A mapping file, or the name of one that comes with the program
    #[arg(long, value_name = "FILE or NAME", required_unless_present = "flow")]
    map: Option<String>,
    /// A flow of the configuration: its mapping, places and system
    #[arg(long, value_name = "NAME", conflicts_with_all = ["map", "peer"])]
    flow: Option<String>,
    /// The movement, as JSON
    #[arg(long, value_name = "FILE", required_unless_present = "movement")]
    fact: Option<PathBuf>,
    /// A movement of the log, by its id
    #[arg(long, value_name = "ID", conflicts_with = "fact")]
    movement: Option<Uuid>,
    /// The system of the configuration in which is looked up what has to be
    #[arg(long, value_name = "NAME")]
    peer: Option<String>,
}

/// By what a posting is made, and where it is looked up.
struct By {
    name: String,
    mapping: Arc<Mapping>,
    places: Option<Arc<PlaceMap>>,
    /// What it tells, where a flow says so.
    classes: Option<Vec<sync::Class>>,
    peer: Option<String>,
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let by = by(call, &it)?;
    let fact = told(call, &it).await?;
    let fact = match place(fact, by.places.as_deref()) {
        Placed::Told(fact) => *fact,
        Placed::NotThere => return nothing(call, "the movement does not concern the other system"),
        Placed::Unmapped(location) => {
            let message = format!("nobody said which place there our location {location} is");
            return Err(Failure::new("not_mapped", Class::RuleBroken.exit(), message)
                .next("Add it to the file of places that the flow names."));
        }
    };
    let class = fact.class.as_str();
    if by.classes.as_ref().is_some_and(|classes| !classes.contains(&fact.class)) {
        return nothing(call, &format!("the flow tells no {class}"));
    }
    let posting = by.mapping.posting(&fact).map_err(|error| not_mapped(&by.name, error))?;
    let Some(mut posting) = posting else {
        let why = format!("{} has no posting for a movement of class {class}", by.name);
        return nothing(call, &why);
    };
    let header = by.mapping.key_header().map(str::to_owned);
    if let Some(name) = &by.peer {
        let connector = Connector::new(test::configured(call, name)?, Arc::clone(&by.mapping));
        posting = prepared(&connector, &posting, name).await?;
    }
    let answer = json!({ "class": class, "key_header": header, "posting": posting });
    call.console.answer(&answer, || shown(&posting, header.as_deref(), by.peer.is_some()))
}

fn nothing(call: &Call, why: &str) -> Outcome {
    call.console.answer(&json!({ "posting": null, "why": why }), || {
        format!("Nothing would be sent: {why}.")
    })
}

fn by(call: &Call, it: &Arguments) -> Outcome<By> {
    if let Some(map) = &it.map {
        let mapping = Arc::new(mapping::named(map)?);
        return Ok(By {
            name: map.clone(),
            mapping,
            places: None,
            classes: None,
            peer: it.peer.clone(),
        });
    }
    let name = it.flow.clone().unwrap_or_default();
    let flows = flow_settings(&call.globals.config()?)?;
    let flow = flows.into_iter().find(|flow| flow.name == name).ok_or_else(|| {
        Failure::new("not_found", exit::NOT_FOUND, format!("there is no flow {name}"))
            .next("`mtm connect flows` lists them.")
    })?;
    let via = flow.via.ok_or_else(|| {
        let message = format!("the flow {name} calls no system: people post what it tells");
        Failure::usage(message).next("Name a mapping with --map.")
    })?;
    let (classes, peer) = (Some(flow.classes), Some(via.peer));
    Ok(By { name, mapping: via.mapping, places: flow.map, classes, peer })
}

/// The movement, out of its file or the log.
async fn told(call: &Call, it: &Arguments) -> Outcome<Fact> {
    let Some(id) = it.movement else {
        return fact(it.fact.as_deref().unwrap_or_else(|| std::path::Path::new("")));
    };
    locally(call, async |local| Ok(local.app.fact_of(&local.who, MovementId(id)).await?)).await
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
    serde_json::from_str(&mapping::read(file)?).map_err(|error| {
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

//! `mtm connect map`: mapping files, which say how movements are posted to another system.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use mtm_connect::rest::{Mapping, MappingFault, READY, Ready};
use mtm_core::sync::Class;
use serde_json::{Value, json};

use crate::cli::Call;
use crate::failure::{Failure, Outcome, WrongField, exit};
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm connect map list
  mtm connect map show erpnext > erp.toml
  mtm connect map check erp.toml

A mapping file says which request a movement becomes, what the other system calls things, and how an
answer is understood; docs/mapping.md is its reference. Address and secret are a system's in [peers].";

/// Longest file that is read.
const LONGEST: u64 = 1 << 20;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// List the maps that come with the program
    #[command(after_help = EXAMPLES)]
    List,
    /// Print one, to start from
    Show(Show),
    /// Tell everything that is wrong with a mapping file
    Check(Check),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Show {
    /// Its name in `mtm connect map list`
    name: String,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Check {
    /// The mapping file
    file: PathBuf,
}

pub(super) fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::List => list(call),
        Command::Show(it) => show(call, &it.name),
        Command::Check(it) => check(call, &it.file),
    }
}

fn list(call: &Call) -> Outcome {
    let mut items = Vec::new();
    for ready in READY {
        let mut item = said(&of_text(ready.name, ready.text)?);
        item["name"] = json!(ready.name);
        items.push(item);
    }
    call.console.answer(&json!({ "items": items }), || {
        let mut table = Table::new([
            Column::text("MAP"),
            Column::text("POSTS"),
            Column::text("LISTS"),
            Column::text("ABOUT"),
        ]);
        for item in &items {
            let about = item["about"].as_str().unwrap_or_default().to_owned();
            let name = item["name"].as_str().unwrap_or_default().to_owned();
            table.row([name, joined(&item["posts"]), joined(&item["lists"]), about]);
        }
        call.console.table(&table)
    })
}

fn show(call: &Call, name: &str) -> Outcome {
    let Some(ready) = Ready::named(name) else { return Err(unknown(name)) };
    let answer = json!({ "name": ready.name, "text": ready.text });
    call.console.answer(&answer, || ready.text.trim_end().to_owned())
}

fn check(call: &Call, file: &Path) -> Outcome {
    let mapping = of_file(file)?;
    let answer = said(&mapping);
    call.console.answer(&answer, || {
        let mut text = format!("{} holds.", file.display());
        // Writing into a string cannot fail.
        let _ = write!(text, "\n  posts  {}", joined(&answer["posts"]));
        let _ = write!(text, "\n  lists  {}", joined(&answer["lists"]));
        if !mapping.finds() && mapping.classes().next().is_some() {
            text.push_str("\n  It does not say how a posting is found again ([[find]]): one whose answer is lost waits for a person.");
        }
        text
    })
}

/// The ready map of this name, or that of a file.
pub(super) fn named(map: &str) -> Outcome<Mapping> {
    match Ready::named(map) {
        Some(ready) => of_text(ready.name, ready.text),
        None if Path::new(map).exists() || map.contains(['.', '/', '\\']) => {
            of_file(Path::new(map))
        }
        None => Err(unknown(map)),
    }
}

fn of_file(file: &Path) -> Outcome<Mapping> {
    of_text(&file.display().to_string(), &read(file)?)
}

/// The text of a file that somebody wrote by hand.
pub(super) fn read(file: &Path) -> Outcome<String> {
    let unreadable = |why: String| {
        let message = format!("{} cannot be read: {why}", file.display());
        Failure::new("mapping_unreadable", exit::USAGE, message)
            .next("Name a text file of at most 1 MiB that this account may read.")
    };
    let length = std::fs::metadata(file).map_err(|error| unreadable(error.to_string()))?.len();
    if length > LONGEST {
        return Err(unreadable("it is too long".to_owned()));
    }
    std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))
}

fn of_text(name: &str, text: &str) -> Outcome<Mapping> {
    Mapping::parse(text).map_err(|faults| {
        let message = match &*faults {
            [_] => format!("{name} has a fault"),
            faults => format!("{name} has {} faults", faults.len()),
        };
        let mut failure = Failure::new("mapping_faulty", exit::USAGE, message)
            .next("Correct what is named; docs/mapping.md has every member.");
        failure.errors = faults.iter().map(wrong).collect();
        failure
    })
}

fn wrong(fault: &MappingFault) -> WrongField {
    let MappingFault { line, at, what, next_step } = fault;
    let field = if at.is_empty() { format!("line {line}") } else { format!("line {line} {at}") };
    WrongField { field, message: format!("{what}. {next_step}") }
}

fn unknown(name: &str) -> Failure {
    let names: Vec<&str> = READY.iter().map(|ready| ready.name).collect();
    Failure::new("unknown_map", exit::NOT_FOUND, format!("there is no map {name}"))
        .next(format!("Name one of {}, or a mapping file.", names.join(", ")))
}

/// What a mapping says.
fn said(mapping: &Mapping) -> Value {
    let posts: Vec<&str> = mapping.classes().map(Class::as_str).collect();
    let lists: Vec<&str> = mapping.lists().map(|(name, _)| name).collect();
    json!({
        "about": mapping.about(),
        "posts": posts,
        "lists": lists,
        "key_header": mapping.key_header(),
        "honours_key": mapping.honours_key(),
        "finds": mapping.finds(),
    })
}

fn joined(list: &Value) -> String {
    let words = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    let words: Vec<&str> = words.collect();
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}

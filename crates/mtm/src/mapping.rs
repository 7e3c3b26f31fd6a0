//! Mapping files, by path or by the name of one that comes with the program.

use std::path::Path;
use std::sync::Arc;

use mtm_connect::erp::{Gap, Lists};
use mtm_connect::rest::{Mapping, MappingFault, READY, Ready};

use crate::failure::{Failure, Outcome, WrongField, exit};

/// Longest file that is read, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// The ready map of this name, or that of a file.
pub(crate) fn named(map: &str) -> Outcome<Mapping> {
    match Ready::named(map) {
        Some(ready) => of_text(ready.name, ready.text),
        None if Path::new(map).exists() || map.contains(['.', '/', '\\']) => {
            of_file(Path::new(map))
        }
        None => Err(unknown(map)),
    }
}

/// The lists of a mapping by which an ERP is read.
pub(crate) fn books(map: &str) -> Outcome<Lists> {
    Lists::of(Arc::new(named(map)?)).map_err(|gaps| {
        let message = format!("{map} does not say how an ERP is read");
        let mut failure = Failure::new("mapping_faulty", exit::USAGE, message)
            .next("Add what is missing; docs/mapping.md says what an ERP's lists need.");
        failure.errors = gaps.iter().map(missing).collect();
        failure
    })
}

fn missing(gap: &Gap) -> WrongField {
    let Gap { list, what, next_step } = gap;
    WrongField { field: format!("lists.{list}"), message: format!("{what}. {next_step}") }
}

/// The mapping in a file.
pub(crate) fn of_file(file: &Path) -> Outcome<Mapping> {
    of_text(&file.display().to_string(), &read(file)?)
}

/// The text of a file that somebody wrote by hand.
pub(crate) fn read(file: &Path) -> Outcome<String> {
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

/// The mapping that `text` is, which is called `name`.
pub(crate) fn of_text(name: &str, text: &str) -> Outcome<Mapping> {
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

/// No map of this name comes with the program.
pub(crate) fn unknown(name: &str) -> Failure {
    let names: Vec<&str> = READY.iter().map(|ready| ready.name).collect();
    Failure::new("unknown_map", exit::NOT_FOUND, format!("there is no map {name}"))
        .next(format!("Name one of {}, or a mapping file.", names.join(", ")))
}

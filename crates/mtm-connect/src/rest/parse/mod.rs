//! From the text of a mapping file to its rules: everything that is wrong is told at once.

mod request;
mod search;
mod section;
mod tables;

use std::collections::BTreeSet;

use toml::de::DeTable;

use self::section::{Reading, Section};
use super::fault::MappingFault;
use super::mapping::{Lookup, Rules};
use super::posting::Missing;
use super::template::Hole;

/// Longest mapping file, in bytes.
const LONGEST: usize = 256 * 1024;

const TOP: [&str; 10] =
    ["about", "key", "answer", "paging", "units", "values", "lookups", "postings", "find", "lists"];

/// What holes may name besides members of a movement.
#[derive(Debug, Default)]
struct Names<'s> {
    values: BTreeSet<&'s str>,
    lookups: BTreeSet<&'s str>,
}

/// Reads a mapping file.
pub(super) fn rules(text: &str) -> Result<Rules, Vec<MappingFault>> {
    let mut reading = Reading::of(text);
    if text.len() > LONGEST {
        let what = format!("the file is longer than {} KiB", LONGEST / 1024);
        reading.wrong(0, "", what, "Write a map by itself for each system.");
        return Err(reading.faults);
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let byte = error.span().map_or(0, |span| span.start);
        let what = error.message().trim_end_matches('.').to_owned();
        reading.wrong(byte, "", what, "Write TOML 1.0.");
    }
    if !reading.faults.is_empty() {
        // What follows a mistake of form would be mistaken for others.
        return Err(sorted(reading.faults));
    }
    let top = Section::of(document.get_ref(), (String::new(), 0), &TOP, &mut reading);
    let rules = of(&top, &mut reading);
    if reading.faults.is_empty() { Ok(rules) } else { Err(sorted(reading.faults)) }
}

fn of(top: &Section<'_>, reading: &mut Reading) -> Rules {
    let named = |name| top.open(name, &mut Reading::of("")).map_or_else(Vec::new, |it| it.names());
    let names = Names {
        values: named("values").into_iter().collect(),
        lookups: named("lookups").into_iter().collect(),
    };
    let rules = Rules {
        about: top.text("about", reading).unwrap_or_default().to_owned(),
        key: tables::key(top, reading),
        answers: tables::answers(top, reading),
        paging: search::paging(top, reading).unwrap_or_default(),
        units: tables::units(top, reading),
        values: tables::values(top, reading),
        lookups: search::lookups(top, &names, reading),
        postings: request::postings(top, &names, reading),
        find: search::find(top, &names, reading),
        lists: search::lists(top, reading),
    };
    whole(&rules, top, reading);
    rules
}

/// What is wrong with how its parts go together.
fn whole(rules: &Rules, top: &Section<'_>, reading: &mut Reading) {
    if rules.postings.is_empty() && rules.lists.is_empty() && reading.faults.is_empty() {
        let what = "it has neither a posting nor a list";
        top.wrong("postings", reading, what, "Add a table [postings.receipt] or [lists.parts].");
    }
    for name in rules.lookups.keys() {
        if needs_itself(name, rules) {
            let at = top.open("lookups", &mut Reading::of("")).unwrap_or_else(|| top.clone());
            let what = "it needs itself, by itself or by others";
            at.wrong(name, reading, what, "Look it up by members of the movement.");
        }
    }
    let may_be_missing =
        |name: &&str| rules.lookups.get(*name).is_some_and(|it| it.missing == Missing::Otherwise);
    let Some(postings) = top.open("postings", &mut Reading::of("")) else { return };
    for (class, entry) in &rules.postings {
        let name = class.as_str();
        let missing = entry.named().iter().any(may_be_missing);
        match (missing, entry.otherwise.is_some()) {
            (true, false) => {
                let what = "it names a look-up that may find nothing, and not what is sent then";
                let next = format!("Add [postings.{name}.otherwise], or leave missing away there.");
                postings.wrong(name, reading, what, next);
            }
            (false, true) => {
                let what = "it says what is sent otherwise, and never is";
                let next = "Set missing = \"otherwise\" in the look-up that may find nothing.";
                postings.wrong(name, reading, what, next);
            }
            _ => {}
        }
    }
}

fn needs_itself(name: &str, rules: &Rules) -> bool {
    let mut seen = BTreeSet::new();
    let mut wanted = vec![name];
    while let Some(next) = wanted.pop() {
        let holes = rules.lookups.get(next).into_iter().flat_map(Lookup::holes);
        for need in holes.filter_map(Hole::lookup) {
            if need == name {
                return true;
            }
            if seen.insert(need) {
                wanted.push(need);
            }
        }
    }
    false
}

/// In the order of lines, each once.
fn sorted(mut faults: Vec<MappingFault>) -> Vec<MappingFault> {
    faults.sort();
    faults.dedup();
    faults
}

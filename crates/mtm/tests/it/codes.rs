//! Every code that the program itself ends with stands in `docs/errors.md`, with the exit it ends by,
//! and no other does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use mtm_core::code::Code;

const PAGE: &str = include_str!("../../../../docs/errors.md");

/// Where the exits of the source are called so.
const EXITS: [(&str, &str); 7] = [
    ("exit::FAILURE", "1"),
    ("exit::USAGE", "2"),
    ("Class::RuleBroken", "3"),
    ("exit::NOT_FOUND", "4"),
    ("exit::CONFLICT", "5"),
    ("exit::UNAVAILABLE", "6"),
    // As the status says that a foreign server answered.
    ("class.exit()", "1"),
];

/// Rooms whose errors say their code themselves.
const ROOMS: [&str; 5] = [
    "mtm-platform/src",
    "mtm-app/src/legacy",
    "mtm-store/src/legacy",
    "mtm-connect/src/scanner",
    "mtm-connect/src/scale",
];

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

/// The program text below `room`, without tests.
fn texts(room: &str) -> Vec<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    sources(&crates.join(room), &mut found);
    let text = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    let program = |text: String| text.split("#[cfg(test)]").next().unwrap().to_owned();
    found.into_iter().map(text).map(program).collect()
}

/// Every quoted word of a text, and what follows it.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices('"').filter_map(|(at, _)| {
        let (word, rest) = text[at + 1..].split_once('"')?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        (!word.is_empty() && word.bytes().all(plain)).then_some((word, rest))
    })
}

/// The codes of the source, each with the exits that stand beside it.
fn codes() -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut codes: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for text in texts("mtm/src") {
        for (word, rest) in words(&text) {
            let beside = rest.trim_start().strip_prefix(',').map(str::trim_start);
            let exit = EXITS.iter().find(|(name, _)| beside.is_some_and(|it| it.starts_with(name)));
            if let Some((_, exit)) = exit {
                codes.entry(word.to_owned()).or_default().insert(exit);
            } else if word.starts_with("config_") && beside.is_some() {
                codes.entry(word.to_owned()).or_default().insert("2");
            }
        }
    }
    for text in ROOMS.iter().flat_map(|room| texts(room)) {
        for body in text.split("fn code(").skip(1) {
            let body = body.split("\n    }\n").next().unwrap();
            for (word, _) in words(body) {
                codes.entry(word.to_owned()).or_default();
            }
        }
    }
    codes
}

/// The rows of the page's last table: code and exit.
fn rows() -> BTreeMap<&'static str, &'static str> {
    let table = PAGE.split("## Codes of the program itself").nth(1).unwrap();
    let row = |line: &'static str| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let (code, exit) = (cells.next()?.trim_end_matches('`'), cells.next()?);
        let (what, cure) = (cells.next()?, cells.next()?.trim_end_matches(" |"));
        let sentences = [what, cure].iter().all(|it| it.ends_with(['.', ')']));
        assert!(sentences, "{code} must say what happened and what to do: {line}");
        Some((code, exit))
    };
    table.lines().filter_map(row).collect()
}

#[test]
fn the_documentation_lists_every_code_of_the_program_with_its_exit() {
    let (codes, rows) = (codes(), rows());
    assert!(codes.len() > 80, "the source is not read as it is written: {codes:?}");
    for (name, exits) in &codes {
        if let Some(code) = Code::from_name(name) {
            let catalogued = code.class().exit().to_string();
            assert!(exits.iter().all(|exit| *exit == catalogued), "{name} ends with {exits:?}");
            continue;
        }
        let row = rows.get(name.as_str());
        let row = row.unwrap_or_else(|| panic!("docs/errors.md does not say what {name} is"));
        assert!(exits.is_empty() || exits.contains(row), "{name} ends with {exits:?}, not {row}");
    }
    for name in rows.keys() {
        assert!(codes.contains_key(*name), "nothing ends with {name}");
    }
}

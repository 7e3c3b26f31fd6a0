//! The scripts keep to what the content security policy and the pages allow.

use std::collections::BTreeSet;

use super::example;
use crate::ui::assets;

/// Ways to make markup or code out of strings.
const BANNED: [&str; 9] = [
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "eval(",
    "new Function",
    "createContextualFragment",
    "setAttribute(\"style",
    "http://",
];

fn scripts() -> Vec<(String, String)> {
    let prefix = assets::url("");
    let worker = std::iter::once(assets::url("js/live-worker.js"));
    let paths = assets::modules().into_iter().chain(worker);
    paths
        .map(|url| {
            let path = url.replace(&prefix, "");
            let bytes = assets::find(&path).expect("it is served").bytes;
            (path, String::from_utf8(bytes.into_owned()).expect("scripts are UTF-8"))
        })
        .collect()
}

#[test]
fn nothing_is_made_from_strings() {
    for (path, text) in scripts() {
        for word in BANNED {
            assert!(!text.contains(word), "{path} uses {word}");
        }
        assert!(!text.contains("https://"), "{path} names another server");
    }
}

#[test]
fn imports_lead_to_files() {
    let mut seen = 0;
    for (path, text) in scripts() {
        for line in text.lines().filter(|line| line.starts_with("import ")) {
            let (_, rest) = line.split_once("\"./").unwrap_or_else(|| panic!("{path}: {line}"));
            let (name, _) = rest.split_once('"').expect("a closing quote");
            assert!(assets::find(&format!("js/{name}")).is_some(), "{path} imports {name}");
            seen += 1;
        }
    }
    assert!(seen > 10, "the imports were found");
}

/// A selector that no page answers to is a script that does nothing.
#[test]
fn selectors_are_answered_by_pages_or_scripts() {
    let pages: String = example::all().into_iter().map(|(_, page, _)| page).collect();
    let scripts = scripts();
    let all: String = scripts.iter().map(|(_, text)| text.as_str()).collect();
    let mut names = BTreeSet::new();
    for (_, text) in &scripts {
        for piece in text.split("[data-").skip(1) {
            let end =
                piece.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(piece.len());
            names.insert(piece[..end].to_owned());
        }
    }
    for name in &names {
        let in_pages = pages.contains(&format!(" data-{name}"));
        let mut words = name.split('-');
        let first = words.next().unwrap_or_default().to_owned();
        let camel = words.fold(first, |text, word| text + &word[..1].to_uppercase() + &word[1..]);
        let set_by_script = all.contains(&format!("dataset.{camel} = "));
        assert!(in_pages || set_by_script, "nothing carries data-{name}");
    }
    assert!(names.len() > 10, "the selectors were found: {names:?}");
}

//! Examples: each is the code at the place that it says it comes from.

use std::fs;
use std::path::Path;

use super::{Defect, Guide};

/// Languages whose code must come from somewhere. Output and pictures are `text`.
const CODE: [&str; 5] = ["rust", "sql", "sh", "toml", "json"];

const WHY: &str =
    "an example that is typed, not taken from code that runs, is wrong sooner or later";

pub(super) fn check(guide: &Guide<'_>) -> Vec<Defect> {
    let mut defects = Vec::new();
    let mut lines = guide.lines();
    let mut before = "";
    while let Some((line, text)) = lines.next() {
        let language = text.strip_prefix("```").map(str::trim);
        let Some(language) = language else {
            if !text.is_empty() {
                before = text;
            }
            continue;
        };
        let block: Vec<&str> = lines
            .by_ref()
            .map(|(_, text)| text)
            .take_while(|text| !text.starts_with("```"))
            .collect();
        let source = source(before);
        before = "";
        let trouble = match (source, CODE.contains(&language)) {
            (None, false) if language == "text" => None,
            (None, false) => Some(format!("`{language}` is no language of examples")),
            (None, true) => Some("the example does not say where it comes from".to_owned()),
            (Some((path, name)), _) => differs(guide.root, path, name, &block),
        };
        defects.extend(trouble.map(|message| Defect { line, message, why: WHY }));
    }
    defects
}

/// Path and name of `<!-- from PATH: NAME -->`.
fn source(line: &str) -> Option<(&str, &str)> {
    let inner = line.trim().strip_prefix("<!-- from ")?.strip_suffix(" -->")?;
    inner.split_once(": ")
}

fn differs(root: &Path, path: &str, name: &str, block: &[&str]) -> Option<String> {
    let Ok(text) = fs::read_to_string(root.join(path)) else {
        return Some(format!("`{path}` cannot be read"));
    };
    let Some(region) = region(&text, name) else {
        return Some(format!("`{path}` has no `guide: {name}`"));
    };
    (region != block).then(|| format!("the example is not what `{path}` says at `guide: {name}`"))
}

/// What stands between the marks, without the indentation that all of it has.
fn region<'t>(text: &'t str, name: &str) -> Option<Vec<&'t str>> {
    let mark = |line: &str, what: &str| {
        let line = line.trim_start_matches(|it: char| it.is_whitespace() || "/#-".contains(it));
        line.strip_prefix("guide: ").is_some_and(|rest| rest.trim() == what)
    };
    let mut lines = text.lines().skip_while(|line| !mark(line, name));
    lines.next()?;
    let found: Vec<&str> = lines.take_while(|line| !mark(line, "end")).collect();
    let blanks = |line: &&str| line.len() - line.trim_start().len();
    let indent = found.iter().filter(|line| !line.trim().is_empty()).map(blanks).min()?;
    Some(found.iter().map(|line| line.get(indent..).unwrap_or_default()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str =
        "fn f() {\n    // guide: two\n    let a = 1;\n\n        a\n    // guide: end\n}\n";

    #[test]
    fn a_region_loses_the_indentation_that_all_of_it_has() {
        assert_eq!(region(CODE, "two").unwrap(), ["let a = 1;", "", "    a"]);
        assert!(region(CODE, "three").is_none());
    }

    #[test]
    fn an_example_is_what_its_source_says() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("code.rs"), CODE).unwrap();
        let told = |text: &str| {
            let guide = Guide { root: root.path(), text };
            check(&guide).into_iter().map(|defect| defect.message).collect::<Vec<_>>()
        };
        let from = "<!-- from code.rs: two -->\n";
        assert!(told(&format!("{from}```rust\nlet a = 1;\n\n    a\n```\n")).is_empty());
        assert_eq!(told(&format!("{from}```rust\nlet a = 2;\n```\n")).len(), 1);
        assert_eq!(told("```rust\nlet a = 1;\n```\n").len(), 1);
        assert_eq!(told("<!-- from gone.rs: two -->\n```rust\n```\n").len(), 1);
        assert!(told("```text\nwhatever\n```\n").is_empty());
        assert_eq!(told("```\nwhatever\n```\n").len(), 1);
    }
}

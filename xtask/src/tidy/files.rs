//! Rules about files as such: length, names, blanks at line ends.

use std::path::{Path, PathBuf};

use super::{Finding, Severity};

/// A Rust file longer than this is told.
const LONG: usize = 400;

/// A Rust file longer than this is refused.
const TOO_LONG: usize = 600;

const WHY_LENGTH: &str =
    "a file a person cannot hold in his head hides its second subject; split it by noun or verb";

/// Names that say nothing about what is inside.
const VAGUE: [&str; 8] =
    ["common", "helper", "helpers", "manager", "misc", "stuff", "util", "utils"];

const WHY_NAME: &str =
    "a name that fits everything collects everything; name the noun or the verb instead";

const WHY_BLANKS: &str = "blanks nobody sees make diffs nobody wants";

pub(crate) fn check(path: &Path, text: &str) -> Vec<Finding> {
    let rust = path.extension().is_some_and(|extension| extension == "rs");
    // A snapshot is what the program said, blanks included.
    let snapshot = path.extension().is_some_and(|extension| extension == "snap");
    let mut findings = Vec::new();
    if rust {
        findings.extend(length(path, text));
        findings.extend(vague_name(path));
    }
    if !snapshot {
        findings.extend(blanks(path, text));
    }
    findings
}

/// A text file whose bytes are no text.
pub(crate) fn not_utf8(path: PathBuf) -> Finding {
    Finding {
        path,
        line: 0,
        severity: Severity::Error,
        rule: "encoding",
        message: "the file is not UTF-8".to_owned(),
        why: "every tool of the project reads UTF-8",
    }
}

fn length(path: &Path, text: &str) -> Option<Finding> {
    let lines = text.lines().count();
    let (severity, bound) = if lines > TOO_LONG {
        (Severity::Error, TOO_LONG)
    } else if lines > LONG {
        (Severity::Warning, LONG)
    } else {
        return None;
    };
    let message = format!("{lines} lines, more than {bound}");
    let path = path.to_path_buf();
    Some(Finding { path, line: 0, severity, rule: "length", message, why: WHY_LENGTH })
}

fn vague_name(path: &Path) -> Option<Finding> {
    let vague = path
        .iter()
        .filter_map(|part| Path::new(part).file_stem()?.to_str())
        .find(|name| VAGUE.contains(name))?;
    Some(Finding {
        path: path.to_path_buf(),
        line: 0,
        severity: Severity::Error,
        rule: "name",
        message: format!("`{vague}` says nothing about what is inside"),
        why: WHY_NAME,
    })
}

fn blanks(path: &Path, text: &str) -> Vec<Finding> {
    let finding = |line, message: &str| Finding {
        path: path.to_path_buf(),
        line,
        severity: Severity::Error,
        rule: "blanks",
        message: message.to_owned(),
        why: WHY_BLANKS,
    };
    let mut findings: Vec<Finding> = text
        .split('\n')
        .enumerate()
        .filter(|(_, line)| line.ends_with([' ', '\t', '\r']))
        .map(|(index, _)| finding(index + 1, "blanks at the end of the line"))
        .collect();
    if !text.is_empty() && !text.ends_with('\n') {
        findings.push(finding(text.lines().count(), "the last line does not end"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<(usize, &'static str, Severity)> {
        let findings = check(Path::new(path), text);
        findings.into_iter().map(|f| (f.line, f.rule, f.severity)).collect()
    }

    #[test]
    fn long_files_are_told_and_too_long_ones_refused() {
        let path = "crates/mtm-core/src/lot.rs";
        assert_eq!(rules(path, &"x\n".repeat(LONG)), []);
        assert_eq!(rules(path, &"x\n".repeat(LONG + 1)), [(0, "length", Severity::Warning)]);
        assert_eq!(rules(path, &"x\n".repeat(TOO_LONG + 1)), [(0, "length", Severity::Error)]);
        assert_eq!(rules("docs/tour.md", &"x\n".repeat(TOO_LONG + 1)), []);
    }

    #[test]
    fn vague_names_are_refused_as_file_and_as_folder() {
        for path in ["crates/mtm-web/src/utils.rs", "crates/mtm-web/src/common/mod.rs"] {
            assert_eq!(rules(path, "x\n"), [(0, "name", Severity::Error)], "{path}");
        }
        assert_eq!(rules("crates/mtm-web/src/stock.rs", "x\n"), []);
    }

    #[test]
    fn blanks_at_line_ends_and_unfinished_last_lines_are_refused() {
        let error = Severity::Error;
        assert_eq!(
            rules("a.md", "a \nb\t\nc"),
            [(1, "blanks", error), (2, "blanks", error), (3, "blanks", error)]
        );
        assert_eq!(rules("a.toml", "a = 1\r\n"), [(1, "blanks", error)]);
        assert_eq!(rules("a.snap", "a \n"), []);
        assert_eq!(rules("a.md", ""), []);
    }
}

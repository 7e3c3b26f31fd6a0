//! The house rules that no compiler checks: which crate may use which, how long a file may get,
//! which calls belong where.
//!
//! Each rule is data beside its reason ([`edges`], [`rules`]); a finding names file, line, rule
//! and that reason. Absent on purpose: anything rustc, clippy, rustfmt or cargo-deny can say.

mod edges;
mod files;
mod guide;
mod rules;
mod source;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use source::Source;

/// Directories that hold nothing of ours.
const FOREIGN: [&str; 4] = [".git", ".mtm", "node_modules", "target"];

/// Text files by how their names end.
const TEXT: [&str; 13] =
    ["css", "html", "js", "json", "md", "rs", "sh", "snap", "sql", "svg", "toml", "txt", "yml"];

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Told, but tidy passes.
    Warning,
    /// Tidy fails.
    Error,
}

/// One place that breaks one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    path: PathBuf,
    /// Counted from 1; 0 means the file as a whole.
    line: usize,
    severity: Severity,
    rule: &'static str,
    message: String,
    why: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let line = self.line.max(1);
        let (path, rule) = (self.path.display(), self.rule);
        writeln!(f, "{path}:{line}: {severity} [{rule}] {}", self.message)?;
        write!(f, "    why: {}", self.why)
    }
}

/// Checks the whole workspace, prints every finding, and tells whether there was no error.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let findings = check(root)?;
    for finding in &findings {
        println!("{finding}");
    }
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    println!("tidy: {errors} errors, {} warnings", findings.len() - errors);
    Ok(errors == 0)
}

fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = edges::check(root)?;
    for path in text_files(root)? {
        let bytes = fs::read(root.join(&path))
            .with_context(|| format!("failed to read {}", path.display()))?;
        let Ok(text) = String::from_utf8(bytes) else {
            findings.push(files::not_utf8(path));
            continue;
        };
        findings.extend(files::check(&path, &text));
        if path.extension().is_some_and(|extension| extension == "rs") {
            findings.extend(rules::check(&Source::new(path, text)));
        }
    }
    findings.extend(guide::check(root)?);
    findings.sort_by(|a, b| (&a.path, a.line, a.rule).cmp(&(&b.path, b.line, b.rule)));
    Ok(findings)
}

/// Every text file of the workspace, relative to its root, in a stable order.
fn text_files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(directory) = waiting.pop() {
        let entries = fs::read_dir(&directory)
            .with_context(|| format!("failed to read {}", directory.display()))?;
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            let kind = entry.file_type()?;
            let name = entry.file_name();
            if kind.is_dir() && !FOREIGN.iter().any(|foreign| name == *foreign) {
                waiting.push(path);
            } else if kind.is_file() && is_text(&path) {
                found.push(path.strip_prefix(root)?.to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|extension| TEXT.iter().any(|text| extension == *text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_file_line_rule_and_reason() {
        let finding = Finding {
            path: "crates/mtm-core/src/lot.rs".into(),
            line: 7,
            severity: Severity::Error,
            rule: "clock",
            message: "`Instant::now` in the pure domain".to_owned(),
            why: "a seed must reproduce a run",
        };
        assert_eq!(
            finding.to_string(),
            "crates/mtm-core/src/lot.rs:7: error [clock] `Instant::now` in the pure domain\n    \
             why: a seed must reproduce a run"
        );
    }

    #[test]
    fn the_walk_finds_text_and_leaves_foreign_directories_alone() {
        let root = tempfile::tempdir().unwrap();
        for path in ["src/a.rs", "target/b.rs", ".git/c.md", "README.md", "logo.png"] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found = text_files(root.path()).unwrap();
        assert_eq!(found, [PathBuf::from("README.md"), PathBuf::from("src/a.rs")]);
    }
}

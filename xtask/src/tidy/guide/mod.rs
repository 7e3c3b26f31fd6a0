//! Rules about the guides for integrators: their skeleton, links that lead somewhere, examples
//! that are the code that runs, and a table that says which test proves which promise.
//!
//! A guide's example is never typed into it. Above each stands where it comes from
//! (`<!-- from PATH: NAME -->`), and it is, line by line, what stands there between `guide: NAME`
//! and `guide: end`. The test command compiles and runs those places. The page about systems that fail is held
//! to its tests in the same way.

mod coverage;
mod degraded;
mod example;
mod skeleton;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::{Finding, Severity};

/// Where the guides are.
const HOME: &str = ".github/instructions";
/// How their names end.
const ENDING: &str = ".instructions.md";

/// A place in a guide that breaks a rule.
struct Defect {
    line: usize,
    message: String,
    why: &'static str,
}

/// A guide and the workspace around it.
struct Guide<'g> {
    root: &'g Path,
    text: &'g str,
}

/// Checks every guide there is.
pub(crate) fn check(root: &Path) -> Result<Vec<Finding>> {
    let home = root.join(HOME);
    if !home.is_dir() {
        return Ok(Vec::new());
    }
    let mut findings = Vec::new();
    let tests = coverage::tests_of(root)?;
    for entry in fs::read_dir(&home).with_context(|| format!("failed to read {HOME}"))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let Some(subject) = name.strip_suffix(ENDING) else { continue };
        let text = fs::read_to_string(&path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        let guide = Guide { root, text: &text };
        let mut defects = skeleton::check(&guide);
        defects.extend(example::check(&guide));
        defects.extend(coverage::check(&guide, subject, &tests));
        findings.extend(found(&Path::new(HOME).join(name), defects));
    }
    let text = fs::read_to_string(root.join(degraded::PAGE))
        .with_context(|| format!("failed to read {}", degraded::PAGE))?;
    let defects = degraded::check(&Guide { root, text: &text }, &tests);
    findings.extend(found(Path::new(degraded::PAGE), defects));
    Ok(findings)
}

fn found(path: &Path, defects: Vec<Defect>) -> impl Iterator<Item = Finding> {
    defects.into_iter().map(move |defect| Finding {
        path: path.to_owned(),
        line: defect.line,
        severity: Severity::Error,
        rule: "guide",
        message: defect.message,
        why: defect.why,
    })
}

impl Guide<'_> {
    /// Lines with their numbers.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// Lines that are no code, with their numbers.
    fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut fenced = false;
        self.lines().filter(move |(_, line)| {
            let fence = line.starts_with("```");
            fenced ^= fence;
            !fenced && !fence
        })
    }

    /// Headings with their numbers of `#`.
    fn headings(&self) -> impl Iterator<Item = (usize, &str)> {
        self.prose().filter_map(|(_, line)| {
            let text = line.trim_start_matches('#');
            let level = line.len() - text.len();
            (level > 0 && text.starts_with(' ')).then(|| (level, text.trim()))
        })
    }
}

/// What a link to a heading is called: lower-case, blanks as hyphens, nothing but letters,
/// digits, hyphens and underscores.
fn anchor(heading: &str) -> String {
    let heading = heading.to_lowercase();
    let kept = heading.chars().filter(|it| it.is_alphanumeric() || " -_".contains(*it));
    kept.map(|it| if it == ' ' { '-' } else { it }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_the_heading_without_its_ornaments() {
        assert_eq!(anchor("🔧 Error Handling and Resilience"), "-error-handling-and-resilience");
        assert_eq!(anchor("`mtm_post`, once"), "mtm_post-once");
    }
}

//! The table that says, for every promise made to integrators, where the guide keeps it and which
//! tests prove it.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::super::text_files;
use super::{Defect, Guide, anchor};

/// What each guide promises, in the words in which it was asked for.
const PROMISES: [(&str, &[&str]); 3] = [
    (
        "database-integration",
        &[
            "Advanced stored procedure integration patterns",
            "Connection pooling and management for manufacturing workloads",
            "Transaction coordination across multiple database operations",
            "Bulk data processing patterns for manufacturing datasets",
            "Database error recovery and retry mechanisms",
            "Performance optimization for high-volume manufacturing operations",
            "Advanced database integration patterns beyond basic stored procedures",
            "Connection management and performance optimization documented",
            "Transaction coordination patterns for complex operations",
            "Manufacturing-specific bulk processing patterns",
            "Error recovery and retry mechanisms documented",
        ],
    ),
    (
        "external-system-integration",
        &[
            "REST API integration patterns for manufacturing systems",
            "Authentication and secure communication patterns",
            "Data synchronization between MTM and external systems",
            "Circuit breaker patterns for external system resilience",
            "Manufacturing system integration (ERP, MES, barcode scanners)",
            "Error handling and fallback patterns for external failures",
            "REST API integration patterns with authentication",
            "Manufacturing system integration examples (ERP, MES)",
            "Circuit breaker and resilience patterns documented",
            "Data synchronization strategies provided",
            "Error handling for external system failures",
        ],
    ),
    (
        "service-integration",
        &[
            "Service-to-service communication patterns with dependency injection",
            "Event-driven integration using IMessenger from MVVM Community Toolkit",
            "Service lifecycle management and coordination",
            "Cross-service error handling and resilience patterns",
            "Manufacturing workflow integration (inventory → transaction → audit services)",
            "Service testing patterns and mocking strategies",
            "Comprehensive service communication patterns documented",
            "MVVM Community Toolkit messaging integration covered",
            "Manufacturing workflow service coordination examples",
            "Error handling across service boundaries documented",
            "Service testing and mocking strategies provided",
        ],
    ),
];

const WHY: &str = "a promise without a place and a proof is a wish";

/// Names of all test functions, also of asynchronous ones and those that a macro makes from a list.
pub(super) fn tests_of(root: &Path) -> Result<HashSet<String>> {
    let mut names = HashSet::new();
    for path in text_files(root)? {
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs::read_to_string(root.join(&path))
            .with_context(|| format!("failed to read {}", path.display()))?;
        if ["test]", "::test(", "contract!"].iter().any(|mark| text.contains(mark)) {
            names.extend(text.lines().filter_map(function).map(str::to_owned));
        }
    }
    Ok(names)
}

/// The name of the function that a line begins.
fn function(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "))?;
    rest.split(['(', '<']).next()
}

pub(super) fn check(guide: &Guide<'_>, subject: &str, tests: &HashSet<String>) -> Vec<Defect> {
    let mut defects = Vec::new();
    let promises = PROMISES.iter().find(|(name, _)| *name == subject).map(|(_, it)| *it);
    let Some(promises) = promises else {
        let message = format!("no promises are known of `{subject}`");
        return vec![Defect { line: 1, message, why: WHY }];
    };
    let anchors: HashSet<String> = guide.headings().map(|(_, heading)| anchor(heading)).collect();
    for promise in promises {
        let row = guide
            .prose()
            .filter_map(|(line, text)| Some((line, cells(text)?)))
            .find(|(_, [what, ..])| what == promise);
        let Some((line, [_, place, proof])) = row else {
            let message = format!("nothing is said of `{promise}`");
            defects.push(Defect { line: 1, message, why: WHY });
            continue;
        };
        let mut tell = |message: String| defects.push(Defect { line, message, why: WHY });
        if !leads(place, &anchors) {
            tell(format!("`{promise}` has no place in the guide"));
        }
        if named(proof).next().is_none() {
            tell(format!("no test proves `{promise}`"));
        }
        for test in named(proof).filter(|test| !tests.contains(*test)) {
            tell(format!("there is no test `{test}`"));
        }
    }
    defects
}

/// Whether the place of a row is a heading of the text.
pub(super) fn leads(place: &str, anchors: &HashSet<String>) -> bool {
    let target = place.split("](#").nth(1).and_then(|rest| rest.split(')').next());
    target.is_some_and(|target| anchors.contains(target))
}

/// The tests that a row names.
pub(super) fn named(proof: &str) -> impl Iterator<Item = &str> {
    proof.split('`').skip(1).step_by(2)
}

/// The three cells of a row.
pub(super) fn cells(line: &str) -> Option<[&str; 3]> {
    let mut cells = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim);
    let row = [cells.next()?, cells.next()?, cells.next()?];
    cells.next().is_none().then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(promises: &[&str], place: &str, proof: &str) -> String {
        let row = |promise: &&str| format!("| {promise} | {place} | {proof} |");
        let rows: Vec<String> = promises.iter().map(row).collect();
        format!("## Here\n{}\n", rows.join("\n"))
    }

    fn told(text: &str) -> usize {
        let tests = HashSet::from(["it_holds".to_owned()]);
        check(&Guide { root: Path::new("/"), text }, "database-integration", &tests).len()
    }

    #[test]
    fn every_promise_has_a_place_and_a_test_that_exists() {
        let promises = PROMISES[0].1;
        let place = "[here](#here)";
        assert_eq!(told(&table(promises, place, "`it_holds`")), 0);
        assert_eq!(told(&table(&promises[1..], place, "`it_holds`")), 1);
        assert_eq!(told(&table(promises, "[here](#there)", "`it_holds`")), promises.len());
        assert_eq!(told(&table(promises, place, "`it_holds`, `it_would`")), promises.len());
        assert_eq!(told(&table(promises, place, "")), promises.len());
    }

    #[test]
    fn the_function_of_a_line_is_found() {
        assert_eq!(function("    async fn a_thing(engine: Engine) {"), Some("a_thing"));
        assert_eq!(function("fn all<T>(it: T) {"), Some("all"));
        assert_eq!(function("let x = 1;"), None);
    }
}

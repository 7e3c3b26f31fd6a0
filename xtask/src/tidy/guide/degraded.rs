//! The page about what happens while another system fails: each system in each state has a row, which leads
//! to what is said of it and names the tests that prove it, or says that nothing does.

use std::collections::HashSet;

use super::coverage::{cells, leads, named};
use super::{Defect, Guide, anchor};

/// Where the page is.
pub(super) const PAGE: &str = "docs/degraded-modes.md";

/// The systems that the page is about.
const SYSTEMS: [&str; 15] = [
    "database",
    "ERP",
    "called system",
    "told system",
    "token server",
    "webhook receivers",
    "brokers",
    "mail server",
    "identity provider",
    "drop folder",
    "printers",
    "machines",
    "hosts of Sparkplug",
    "place for checkpoints",
    "collector of traces",
];

/// What each of them may do to us.
const STATES: [&str; 6] = ["slow", "away", "refuses", "talks nonsense", "paused", "certificate"];

/// What stands where no test does.
const WITHOUT: [&str; 2] = ["not proved", "does not arise"];

const WHY: &str = "what people go by while a system is down has to be so";

pub(super) fn check(page: &Guide<'_>, tests: &HashSet<String>) -> Vec<Defect> {
    let mut defects = Vec::new();
    let anchors: HashSet<String> = page.headings().map(|(_, heading)| anchor(heading)).collect();
    for (system, state) in SYSTEMS.iter().flat_map(|system| STATES.map(|state| (system, state))) {
        let cell = format!("{system}, {state}");
        let row = page
            .prose()
            .filter_map(|(line, text)| Some((line, cells(text)?)))
            .find(|(_, [what, ..])| *what == cell);
        let Some((line, [_, place, proof])) = row else {
            let message = format!("nothing is said of `{cell}`");
            defects.push(Defect { line: 1, message, why: WHY });
            continue;
        };
        let mut tell = |message: String| defects.push(Defect { line, message, why: WHY });
        if !leads(place, &anchors) {
            tell(format!("`{cell}` has no place in the page"));
        }
        if named(proof).next().is_none() && !WITHOUT.contains(&proof) {
            tell(format!("`{cell}` names no test and does not say so"));
        }
        for test in named(proof).filter(|test| !tests.contains(*test)) {
            tell(format!("there is no test `{test}`"));
        }
    }
    defects
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn page(place: &str, proof: &str) -> String {
        let row =
            |(system, state): (&str, &str)| format!("| {system}, {state} | {place} | {proof} |\n");
        let cells = SYSTEMS.iter().flat_map(|system| STATES.map(|state| (*system, state)));
        format!("## Here\n{}", cells.map(row).collect::<String>())
    }

    fn told(text: &str) -> usize {
        let tests = HashSet::from(["it_holds".to_owned()]);
        check(&Guide { root: Path::new("/"), text }, &tests).len()
    }

    #[test]
    fn every_system_in_every_state_has_a_place_and_a_test_or_says_that_it_has_none() {
        let (place, all) = ("[here](#here)", SYSTEMS.len() * STATES.len());
        for proof in ["`it_holds`", "not proved", "does not arise"] {
            assert_eq!(told(&page(place, proof)), 0, "{proof}");
        }
        assert_eq!(told(&page("[here](#there)", "`it_holds`")), all);
        assert_eq!(told(&page(place, "`it_holds`, `it_would`")), all);
        assert_eq!(told(&page(place, "")), all);
        let without = page(place, "`it_holds`").replace("ERP, slow", "ERP, quick");
        assert_eq!(told(&without), 1);
    }
}

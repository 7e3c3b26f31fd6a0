//! The truth light, as Prometheus reads it.
//!
//! | series | meaning |
//! |---|---|
//! | `mtm_truth_light{invariant}` | 0 green, 1 yellow, 2 red, −1 unknown; `docs/truth-light.md` says what each is |

use std::fmt::Write as _;

use mtm_app::truth::Verdict;

/// Every invariant's light.
pub(crate) fn render(verdicts: &[Verdict]) -> String {
    let name = "mtm_truth_light";
    let help = "How an invariant is: 0 green, 1 yellow, 2 red, -1 unknown.";
    let mut text = format!("# HELP {name} {help}\n# TYPE {name} gauge\n");
    for verdict in verdicts {
        let (invariant, level) = (verdict.invariant.name, verdict.light().level());
        // A String takes whatever is written to it.
        let _ = writeln!(text, "{name}{{invariant=\"{invariant}\"}} {level}");
    }
    text
}

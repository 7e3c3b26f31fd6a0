//! The guards of the systems that this process calls, as Prometheus reads them.

use std::fmt::Write as _;

use mtm_app::guards::{Cause, State, View};
use mtm_app::integration::Integration;
use mtm_core::guard::Hold;

use crate::metrics::escaped;

/// Name, kind, one sentence, and how it is read.
type Series = (&'static str, &'static str, &'static str, fn(&View) -> u64);

const SERIES: [Series; 6] = [
    ("mtm_guard_open", "gauge", "Whether a system that fails is left alone.", |it| {
        u64::from(it.state != State::Closed)
    }),
    (
        "mtm_guard_held",
        "gauge",
        "Whether somebody decided to leave a system alone, or not.",
        |it| u64::from(it.hold != Hold::Automatic),
    ),
    ("mtm_guard_in_flight", "gauge", "Calls of a system under way.", |it| u64::from(it.in_flight)),
    ("mtm_guard_opened_total", "counter", "How often a system was left alone.", |it| {
        it.counts.opened
    }),
    ("mtm_guard_slow_total", "counter", "Calls of a system that were slow.", |it| it.counts.slow),
    ("mtm_guard_repeated_total", "counter", "Calls of a system repeated by themselves.", |it| {
        it.counts.repeated
    }),
];

const CALLS: (&str, &str) = ("mtm_guard_calls_total", "Calls of a system, by how they ended.");
const REFUSED: (&str, &str) = ("mtm_guard_refused_total", "Calls of a system that were not made.");

/// All series of all guards in the Prometheus text format. Who has a name is called by it.
pub(crate) fn render(views: &[(String, View)], integrations: &[Integration]) -> String {
    let name = |peer: &str| {
        let known = integrations.iter().find(|it| it.id == peer);
        escaped(known.map_or(peer, |it| &it.name))
    };
    let views: Vec<_> = views.iter().map(|(peer, view)| (name(peer), view)).collect();
    // Writing to a string cannot fail.
    let mut text = String::new();
    let head = |text: &mut String, name: &str, kind: &str, help: &str| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    };
    for (series, kind, help, read) in SERIES {
        head(&mut text, series, kind, help);
        for (name, view) in &views {
            let _ = writeln!(text, "{series}{{destination=\"{name}\"}} {}", read(view));
        }
    }
    head(&mut text, CALLS.0, "counter", CALLS.1);
    for (name, view) in &views {
        let it = &view.counts;
        let ends = [
            ("taken", it.taken),
            ("said_no", it.said_no),
            ("failed", it.failed),
            ("given_up", it.given_up),
        ];
        for (outcome, count) in ends {
            let labels = format!("destination=\"{name}\",outcome=\"{outcome}\"");
            let _ = writeln!(text, "{}{{{labels}}} {count}", CALLS.0);
        }
    }
    head(&mut text, REFUSED.0, "counter", REFUSED.1);
    for (name, view) in &views {
        for cause in Cause::ALL {
            let labels = format!("destination=\"{name}\",cause=\"{}\"", cause.as_str());
            let _ = writeln!(text, "{}{{{labels}}} {}", REFUSED.0, view.counts.refused_by(cause));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use mtm_app::guards::Counts;
    use mtm_core::word::Timestamp;

    use super::*;

    #[test]
    fn every_guard_has_its_series() {
        let counts = Counts { taken: 5, failed: 4, refused: [7, 0, 1, 0], ..Counts::default() };
        let view = View {
            state: State::HalfOpen,
            hold: Hold::Automatic,
            since: Timestamp::from_micros(1),
            next_probe_at: None,
            calls: 9,
            failed: 4,
            slow: 0,
            in_flight: 1,
            counts,
        };
        let text = render(&[("people:https://chat.plant".to_owned(), view)], &[]);
        for expected in [
            "mtm_guard_open{destination=\"people:https://chat.plant\"} 1",
            "mtm_guard_in_flight{destination=\"people:https://chat.plant\"} 1",
            "mtm_guard_calls_total{destination=\"people:https://chat.plant\",outcome=\"failed\"} 4",
            "mtm_guard_refused_total{destination=\"people:https://chat.plant\",cause=\"open\"} 7",
            "mtm_guard_refused_total{destination=\"people:https://chat.plant\",cause=\"busy\"} 1",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
    }
}

//! What other systems are told of movements, as Prometheus reads it.

use std::fmt::Write as _;

use mtm_app::sync::{FlowRow, State};
use mtm_core::word::Timestamp;

use crate::metrics::escaped;

/// All series in the Prometheus text format, at `now`.
pub(crate) fn render(flows: &[FlowRow], now: Timestamp) -> String {
    let mut text = String::new();
    // A String takes whatever is written to it.
    let _ = write!(
        text,
        "# HELP mtm_flow_postings Postings of movements in other systems, by how they stand.\n\
         # TYPE mtm_flow_postings gauge\n"
    );
    for flow in flows {
        for state in State::ALL {
            let count = flow.postings.iter().find(|it| it.state == *state).map_or(0, |it| it.count);
            let (name, state) = (escaped(&flow.name), state.as_str());
            let _ =
                writeln!(text, "mtm_flow_postings{{flow=\"{name}\",state=\"{state}\"}} {count}");
        }
    }
    let _ = write!(
        text,
        "# HELP mtm_flow_behind Movements that were not looked at yet for another system.\n\
         # TYPE mtm_flow_behind gauge\n"
    );
    for flow in flows {
        let _ =
            writeln!(text, "mtm_flow_behind{{flow=\"{}\"}} {}", escaped(&flow.name), flow.behind);
    }
    let _ = write!(
        text,
        "# HELP mtm_flow_oldest_open_seconds Age of the oldest movement whose posting is still open.\n\
         # TYPE mtm_flow_oldest_open_seconds gauge\n"
    );
    for flow in flows {
        let age = flow.oldest_open_at.map_or(0, |at| now.micros().saturating_sub(at.micros()));
        let seconds = (age / 1_000_000).max(0);
        let name = escaped(&flow.name);
        let _ = writeln!(text, "mtm_flow_oldest_open_seconds{{flow=\"{name}\"}} {seconds}");
    }
    text
}

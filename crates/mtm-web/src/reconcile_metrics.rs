//! How our books and those of other systems stand to each other, as Prometheus reads it.

use std::fmt::Write as _;

use mtm_app::reconcile::Standing;
use mtm_core::reconcile::BreakClass;
use mtm_core::word::Timestamp;

use crate::metrics::escaped;

/// All series in the Prometheus text format, at `now`.
pub(crate) fn render(standing: &Standing, now: Timestamp) -> String {
    let mut text = String::new();
    // A String takes whatever is written to it.
    let _ = write!(
        text,
        "# HELP mtm_reconcile_breaks_open Breaks that are open, by class.\n\
         # TYPE mtm_reconcile_breaks_open gauge\n"
    );
    for peer in &standing.items {
        let name = escaped(&peer.peer);
        for class in BreakClass::ALL {
            let open = peer.open.iter().find(|it| it.class == class).map_or(0, |it| it.open);
            let class = class.as_str();
            let _ = writeln!(
                text,
                "mtm_reconcile_breaks_open{{peer=\"{name}\",class=\"{class}\"}} {open}"
            );
        }
    }
    let _ = write!(
        text,
        "# HELP mtm_reconcile_age_seconds Seconds since the last comparison that came to its end.\n\
         # TYPE mtm_reconcile_age_seconds gauge\n"
    );
    for peer in &standing.items {
        let Some(at) = peer.last.as_ref().and_then(|run| run.finished_at) else { continue };
        let age = (now.micros().saturating_sub(at.micros()) / 1_000_000).max(0);
        let _ =
            writeln!(text, "mtm_reconcile_age_seconds{{peer=\"{}\"}} {age}", escaped(&peer.peer));
    }
    let _ = write!(
        text,
        "# HELP mtm_reconcile_stale Whether the last comparison was made of what was not fresh.\n\
         # TYPE mtm_reconcile_stale gauge\n"
    );
    for peer in &standing.items {
        let Some(run) = &peer.last else { continue };
        let stale = u64::from(!run.stale.is_empty());
        let _ = writeln!(text, "mtm_reconcile_stale{{peer=\"{}\"}} {stale}", escaped(&peer.peer));
    }
    text
}

//! Edge nodes of this plant, as Prometheus reads them.

use std::fmt::Write as _;

use mtm_app::integration::{Integration, IntegrationKind, IntegrationState};

/// Name, kind, one sentence, and how it is read.
type Series = (&'static str, &'static str, &'static str, fn(&Integration) -> u64);

const SERIES: [Series; 3] = [
    ("mtm_edge_node_heard", "gauge", "Whether an edge node of this plant is heard.", |it| {
        u64::from(it.state == IntegrationState::Well)
    }),
    ("mtm_edge_node_kept", "gauge", "Changes that wait until somebody hears an edge node.", |it| {
        it.lag
    }),
    (
        "mtm_edge_node_dropped_total",
        "counter",
        "Changes of an edge node that were too many to keep.",
        |it| it.dead,
    ),
];

/// All series in the Prometheus text format; nothing where there is no edge node.
pub(crate) fn render(integrations: &[Integration]) -> String {
    let is_one = |it: &&Integration| it.kind == IntegrationKind::EdgeNode;
    let nodes: Vec<_> = integrations.iter().filter(is_one).collect();
    let mut text = String::new();
    if nodes.is_empty() {
        return text;
    }
    for (name, kind, help, read) in SERIES {
        // A String takes whatever is written to it.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for it in &nodes {
            // A name of the configuration, which needs no escaping.
            let _ = writeln!(text, "{name}{{node=\"{}\"}} {}", it.name, read(it));
        }
    }
    text
}

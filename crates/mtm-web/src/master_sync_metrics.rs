//! Parts that are kept as other systems have them, as Prometheus reads it.

use std::fmt::Write as _;

use mtm_app::master_sync::MasterSyncRow;

use crate::metrics::escaped;

type Count = fn(&MasterSyncRow) -> u64;

/// All series in the Prometheus text format.
pub(crate) fn render(all: &[MasterSyncRow]) -> String {
    let series: [(&str, &str, Count); 3] = [
        ("parts", "Parts of another system that are known here.", |it| it.parts),
        ("differing", "Of them, those that are not here what they are there.", |it| it.differing),
        ("waiting", "Of those, the ones that wait for somebody.", |it| it.waiting),
    ];
    let mut text = String::new();
    // A String takes whatever is written to it.
    for (name, help, count) in series {
        let name = format!("mtm_master_sync_{name}");
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
        for it in all {
            let _ = writeln!(text, "{name}{{erp=\"{}\"}} {}", escaped(&it.erp), count(it));
        }
    }
    text
}

//! Printers, as Prometheus reads them.

use std::fmt::Write as _;

use mtm_app::printing::{Condition, PrinterRow};

use crate::metrics::escaped;

/// Name, what it is, and its value.
type Gauge = (&'static str, &'static str, fn(&PrinterRow) -> u64);

/// All series in the Prometheus text format.
pub(crate) fn render(printers: &[PrinterRow]) -> String {
    let gauges: [Gauge; 3] = [
        ("mtm_printer_ready", "Whether a printer could print when it was last asked.", |row| {
            u64::from(row.standing == Some(Condition::Ready))
        }),
        ("mtm_print_jobs_waiting", "Labels that wait for a printer, or that it has.", |row| {
            row.waiting
        }),
        (
            "mtm_print_jobs_for_somebody",
            "Labels that were not printed, or may not have been.",
            |row| row.needs_somebody,
        ),
    ];
    let mut text = String::new();
    for (name, about, figure) in gauges {
        // A String takes whatever is written to it.
        let _ = write!(text, "# HELP {name} {about}\n# TYPE {name} gauge\n");
        for row in printers {
            let printer = escaped(&row.name);
            let _ = writeln!(text, "{name}{{printer=\"{printer}\"}} {}", figure(row));
        }
    }
    text
}

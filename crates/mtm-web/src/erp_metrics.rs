//! How ERPs are read, as Prometheus reads it.

use std::fmt::Write as _;

use mtm_app::erp::ErpView;
use mtm_app::integration::{Integration, IntegrationState};
use mtm_core::word::Timestamp;

use crate::metrics::escaped;

/// Name, one sentence, and how it is read.
type Moments = (&'static str, &'static str, fn(&Integration, &ErpView) -> Option<Timestamp>);

const MOMENTS: [Moments; 4] = [
    (
        "mtm_erp_read_timestamp_seconds",
        "When an ERP's ledger was last read to its end.",
        |it, _| it.last_taken,
    ),
    (
        "mtm_erp_ledger_timestamp_seconds",
        "When the sums of an ERP's ledger were last whole.",
        |_, erp| erp.ledger_at,
    ),
    ("mtm_erp_on_hand_timestamp_seconds", "When an ERP's own figures were last read.", |_, erp| {
        erp.on_hand_at
    }),
    (
        "mtm_erp_scan_timestamp_seconds",
        "When an ERP's ledger was last looked through for gaps.",
        |_, erp| erp.scanned_at,
    ),
];

/// All series of all ERPs in the Prometheus text format.
pub(crate) fn render(integrations: &[Integration]) -> String {
    let erps: Vec<_> =
        integrations.iter().filter_map(|it| it.erp.as_ref().map(|erp| (it, erp))).collect();
    // Writing to a string cannot fail.
    let mut text = String::new();
    if erps.is_empty() {
        return text;
    }
    let head = |text: &mut String, name: &str, kind: &str, help: &str| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    };
    head(&mut text, "mtm_erp_failing", "gauge", "Whether an ERP cannot be read, or is not.");
    for (it, _) in &erps {
        let failing = u64::from(it.state == IntegrationState::Failing);
        let _ = writeln!(text, "mtm_erp_failing{{erp=\"{}\"}} {failing}", label(it));
    }
    head(&mut text, "mtm_erp_position", "gauge", "Greatest id of an ERP's ledger that was read.");
    for (it, _) in &erps {
        let _ = writeln!(text, "mtm_erp_position{{erp=\"{}\"}} {}", label(it), it.position);
    }
    for (name, help, read) in MOMENTS {
        head(&mut text, name, "gauge", help);
        for (it, erp) in &erps {
            if let Some(at) = read(it, erp) {
                let seconds = at.micros().div_euclid(1_000_000);
                let _ = writeln!(text, "{name}{{erp=\"{}\"}} {seconds}", label(it));
            }
        }
    }
    let name = "mtm_erp_rows";
    head(&mut text, name, "gauge", "Rows of an ERP's ledger, by what is to say about them.");
    for (it, erp) in &erps {
        let counts = [
            ("counted", erp.rows),
            ("late", erp.late),
            ("changed", erp.changed),
            ("gone", erp.gone),
            ("flagged", erp.flagged),
            ("refused", erp.refused),
        ];
        for (what, count) in counts {
            let _ = writeln!(text, "{name}{{erp=\"{}\",what=\"{what}\"}} {count}", label(it));
        }
    }
    text
}

fn label(it: &Integration) -> String {
    escaped(&it.name)
}

#[cfg(test)]
mod tests {
    use mtm_app::integration::{GuardView, IntegrationKind};
    use mtm_app::record::ErpState;

    use super::*;

    #[test]
    fn every_erp_has_its_series() {
        let erp = ErpView {
            state: ErpState::Refused,
            cause: Some("erp_may_write".to_owned()),
            ledger_at: None,
            building: false,
            on_hand_at: Some(Timestamp::from_micros(7_500_000)),
            scanned_at: None,
            rows: 9,
            late: 1,
            changed: 0,
            gone: 0,
            flagged: 2,
            refused: 0,
            tables: Vec::new(),
        };
        let it = Integration {
            id: "erp:visual".to_owned(),
            name: "visual".to_owned(),
            kind: IntegrationKind::Erp,
            state: IntegrationState::Failing,
            since: None,
            position: 41,
            lag: 0,
            oldest_waiting: None,
            dead: 0,
            published: None,
            last_taken: None,
            last_error: None,
            guard: GuardView::unknown(),
            erp: Some(erp),
            credential: None,
        };
        let text = render(&[it.clone(), Integration { erp: None, ..it }]);
        for expected in [
            "mtm_erp_failing{erp=\"visual\"} 1",
            "mtm_erp_position{erp=\"visual\"} 41",
            "mtm_erp_on_hand_timestamp_seconds{erp=\"visual\"} 7",
            "mtm_erp_rows{erp=\"visual\",what=\"flagged\"} 2",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        assert_eq!(text.matches("mtm_erp_failing{").count(), 1);
    }
}

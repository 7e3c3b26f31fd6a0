//! How other systems are told of events, as Prometheus reads it.

use std::fmt::Write as _;

use mtm_app::integration::{Integration, IntegrationState};

use crate::metrics::escaped;

/// Name, kind, one sentence, and how it is read; nothing where it does not apply.
type Series = (&'static str, &'static str, &'static str, fn(&Integration) -> Option<u64>);

const SERIES: [Series; 4] = [
    ("mtm_relay_lag_events", "gauge", "Events that a destination was not told yet.", |it| {
        Some(it.lag)
    }),
    ("mtm_relay_dead_letters", "gauge", "Events that were given up or refused for good.", |it| {
        Some(it.dead)
    }),
    ("mtm_relay_failing", "gauge", "Whether a destination takes nothing just now.", |it| {
        Some(u64::from(it.state == IntegrationState::Failing))
    }),
    ("mtm_relay_published_total", "counter", "Events that a broker took.", |it| it.published),
];

/// All series of all destinations in the Prometheus text format.
pub(crate) fn render(integrations: &[Integration]) -> String {
    let mut text = String::new();
    for (name, kind, help, read) in SERIES {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for integration in integrations {
            if let Some(value) = read(integration) {
                let labels = labels(integration);
                let _ = writeln!(text, "{name}{{{labels}}} {value}");
            }
        }
    }
    text
}

fn labels(integration: &Integration) -> String {
    let name = escaped(&integration.name);
    format!("destination=\"{name}\",kind=\"{}\"", integration.kind.as_str())
}

#[cfg(test)]
mod tests {
    use mtm_app::integration::{GuardView, IntegrationKind};

    use super::*;

    #[test]
    fn every_destination_has_its_series() {
        let broker = Integration {
            credential: None,
            id: "mqtt".to_owned(),
            name: "mqtt".to_owned(),
            kind: IntegrationKind::Mqtt,
            state: IntegrationState::Failing,
            since: None,
            position: 9,
            lag: 12,
            oldest_waiting: None,
            dead: 1,
            published: Some(30),
            last_taken: None,
            last_error: None,
            guard: GuardView::unknown(),
            erp: None,
        };
        let webhook = Integration {
            name: "the \"ERP\"".to_owned(),
            kind: IntegrationKind::Webhook,
            state: IntegrationState::Well,
            published: None,
            ..broker.clone()
        };
        let text = render(&[broker, webhook]);
        for expected in [
            "mtm_relay_lag_events{destination=\"mqtt\",kind=\"mqtt\"} 12",
            "mtm_relay_failing{destination=\"mqtt\",kind=\"mqtt\"} 1",
            "mtm_relay_published_total{destination=\"mqtt\",kind=\"mqtt\"} 30",
            "mtm_relay_failing{destination=\"the \\\"ERP\\\"\",kind=\"webhook\"} 0",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        assert_eq!(text.matches("mtm_relay_published_total{").count(), 1);
    }
}

//! Systems that are called, as Prometheus reads them.

use std::fmt::Write as _;

use mtm_app::integration::{Integration, IntegrationState};
use mtm_app::peers::CredentialView;
use mtm_core::word::Timestamp;

/// Name, kind, one sentence, and how it is read; nothing where it does not apply.
type Series = (
    &'static str,
    &'static str,
    &'static str,
    fn(&Integration, &CredentialView, Timestamp) -> Option<i64>,
);

const SERIES: [Series; 6] = [
    (
        "mtm_peer_failing",
        "gauge",
        "Whether the last call of a system was not answered as it should.",
        |it, _, _| Some(i64::from(it.state == IntegrationState::Failing)),
    ),
    (
        "mtm_peer_token_valid_seconds",
        "gauge",
        "For how long the token for a system is used; negative where it is over.",
        |_, it, now| it.token_valid_until.map(|until| seconds(until, now)),
    ),
    (
        "mtm_peer_token_failing",
        "gauge",
        "Whether the last request for a token brought none.",
        |_, it, _| it.token_requests.map(|_| i64::from(it.token_failure.is_some())),
    ),
    (
        "mtm_peer_token_requests_total",
        "counter",
        "Requests for tokens for a system.",
        |_, it, _| it.token_requests.map(|count| i64::try_from(count).unwrap_or(i64::MAX)),
    ),
    (
        "mtm_peer_certificate_valid_seconds",
        "gauge",
        "For how long a system's certificate counts; negative where it is over.",
        |_, it, now| it.certificate_until.map(|until| seconds(until, now)),
    ),
    (
        "mtm_peer_own_certificate_valid_seconds",
        "gauge",
        "For how long the certificate counts that is shown to a system; negative where it is over.",
        |_, it, now| it.own_certificate_until.map(|until| seconds(until, now)),
    ),
];

/// All series of all systems in the Prometheus text format.
pub(crate) fn render(integrations: &[Integration], now: Timestamp) -> String {
    let called = || integrations.iter().filter_map(|it| Some((it, it.credential.as_ref()?)));
    let mut text = String::new();
    for (name, kind, help, read) in SERIES {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (it, credential) in called() {
            if let Some(value) = read(it, credential, now) {
                // A name of the configuration, which needs no escaping.
                let _ = writeln!(text, "{name}{{peer=\"{}\"}} {value}", it.name);
            }
        }
    }
    text
}

fn seconds(until: Timestamp, now: Timestamp) -> i64 {
    until.micros().saturating_sub(now.micros()).div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use mtm_app::integration::{GuardView, IntegrationKind};

    use super::*;

    #[test]
    fn every_system_that_is_called_has_its_series() {
        let at = |seconds: i64| Some(Timestamp::from_micros(seconds * 1_000_000));
        let erp = Integration {
            id: "peer:erp".to_owned(),
            name: "erp".to_owned(),
            kind: IntegrationKind::Peer,
            state: IntegrationState::Failing,
            since: None,
            position: 0,
            lag: 0,
            oldest_waiting: None,
            dead: 0,
            published: None,
            last_taken: None,
            last_error: None,
            guard: GuardView::unknown(),
            erp: None,
            credential: Some(CredentialView {
                token_requests: Some(3),
                token_valid_until: at(160),
                certificate_until: at(40),
                ..CredentialView::default()
            }),
        };
        let broker = Integration { credential: None, kind: IntegrationKind::Mqtt, ..erp.clone() };
        let text = render(&[broker, erp], Timestamp::from_micros(100_000_000));
        for expected in [
            "mtm_peer_failing{peer=\"erp\"} 1",
            "mtm_peer_token_valid_seconds{peer=\"erp\"} 60",
            "mtm_peer_token_failing{peer=\"erp\"} 0",
            "mtm_peer_token_requests_total{peer=\"erp\"} 3",
            "mtm_peer_certificate_valid_seconds{peer=\"erp\"} -60",
        ] {
            assert_eq!(text.matches(expected).count(), 1, "{expected} is missing in\n{text}");
        }
        assert!(!text.contains("own_certificate_valid_seconds{"), "{text}");
    }
}

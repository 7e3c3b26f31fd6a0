//! How people are told beyond this program, as Prometheus reads it.

use std::fmt::Write as _;

use mtm_app::notice::Telling;

/// All series in the Prometheus text format.
pub(crate) fn render(telling: &Telling) -> String {
    let mut text = String::new();
    let mut series = |name: &str, kind: &str, help: &str, values: &[(&str, u64)]| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (way, value) in values {
            let _ = writeln!(text, "{name}{{way=\"{way}\"}} {value}");
        }
    };
    let of = |read: fn(&mtm_app::notice::PileState) -> u64| {
        telling.piles.iter().map(|it| (it.way.as_str(), read(it))).collect::<Vec<_>>()
    };
    let waiting = of(|it| it.waiting);
    series("mtm_notices_waiting", "gauge", "News that wait to be sent to people.", &waiting);
    let stopped = of(|it| it.stopped);
    let help = "People whose address takes nothing any more.";
    series("mtm_notices_stopped", "gauge", help, &stopped);
    let passed_over = of(|it| it.passed_over);
    let help = "News that were not sent: too many waited, or they were given up.";
    series("mtm_notices_not_sent", "gauge", help, &passed_over);
    let help = "Whether the mail server takes no mail just now; nothing where there is none.";
    let name = "mtm_mail_server_failing";
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    if let Some(mail) = &telling.mail {
        let _ = writeln!(text, "{name} {}", u64::from(mail.failing_since.is_some()));
    }
    text
}

#[cfg(test)]
mod tests {
    use mtm_app::notice::{MailServer, PileState};
    use mtm_core::notice::NoticeWay;
    use mtm_core::word::Timestamp;

    use super::*;

    #[test]
    fn every_way_has_its_series() {
        let at = Timestamp::from_micros(1);
        let pile = |way, waiting| PileState {
            way,
            people: 4,
            stopped: 1,
            waiting,
            oldest_waiting: None,
            failing_since: None,
            delivered_at: None,
            passed_over: 3,
        };
        let mail = MailServer {
            seen_at: at,
            answered_at: None,
            failing_since: Some(at),
            last_error: None,
        };
        let piles = vec![pile(NoticeWay::Mail, 7), pile(NoticeWay::Webhook, 0)];
        let text = render(&Telling { mail: Some(mail), piles });
        for expected in [
            "mtm_notices_waiting{way=\"mail\"} 7",
            "mtm_notices_waiting{way=\"webhook\"} 0",
            "mtm_notices_stopped{way=\"mail\"} 1",
            "mtm_notices_not_sent{way=\"webhook\"} 3",
            "mtm_mail_server_failing 1",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
    }
}

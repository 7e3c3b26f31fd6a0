//! News in words.

use mtm_core::notice::NoticeKind;
use mtm_store::notice::Notice;
use serde_json::Value;

/// What happened, and where somebody goes from here.
pub(super) fn words(notice: &Notice) -> (String, String) {
    let Notice { kind, subject, data, .. } = notice;
    match kind {
        NoticeKind::Truth => (said(data, "message"), "/status".to_owned()),
        NoticeKind::Integration => {
            let place = match (data["flow"].is_null(), data["erp"].is_null()) {
                (false, _) => "/worklist",
                (true, false) => "/master-sync",
                (true, true) => "/webhooks",
            };
            (integration(data), place.to_owned())
        }
        NoticeKind::Approval => {
            let text = format!(
                "{} asks to adjust lot {subject} by {:+}: somebody else must approve it.",
                said(data, "asked_by"),
                data["delta"].as_i64().unwrap_or_default()
            );
            (text, "/approvals".to_owned())
        }
        NoticeKind::Label => (label(subject, data), "/print-jobs?state=needs_somebody".to_owned()),
        NoticeKind::Minimum => {
            let text = format!(
                "{subject} fell below its minimum: {} pieces are left, {} should be there.",
                said(data, "quantity"),
                said(data, "minimum_stock")
            );
            (text, format!("/stock?part={}", encoded(subject)))
        }
        NoticeKind::Hold => {
            let reason = said(data, "reason");
            (format!("{} is on hold ({reason}).", held(notice)), place(notice))
        }
        NoticeKind::Lot if data["hold_id"].is_null() => {
            (format!("Lot {subject}, which you follow, is used up."), place(notice))
        }
        NoticeKind::Lot => {
            let text =
                format!("{} is not on hold any more ({}).", held(notice), said(data, "reason"));
            (text, place(notice))
        }
    }
}

fn said(data: &Value, name: &str) -> String {
    match &data[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn label(subject: &str, data: &Value) -> String {
    let (of, printer, cause) = (said(data, "of"), said(data, "printer"), said(data, "cause"));
    match said(data, "state").as_str() {
        "unknown" => {
            format!("Look whether the label of {of} {subject} came out of {printer}: {cause}.")
        }
        _ => format!("The label of {of} {subject} was not printed on {printer}: {cause}."),
    }
}

fn integration(data: &Value) -> String {
    let system = match (said(data, "broker"), said(data, "flow")) {
        (broker, _) if !broker.is_empty() => format!("The broker {broker}"),
        (_, flow) if !flow.is_empty() => format!("The flow {flow}"),
        _ => "A webhook".to_owned(),
    };
    match said(data, "state").as_str() {
        "dead_letters" => format!("{system} did not take something that it was told."),
        "worklist" => format!("{system} has something on its worklist that waits for somebody."),
        "master_sync" => {
            format!("A part of {} is otherwise there, and waits for somebody.", said(data, "erp"))
        }
        "skipped" => format!("{system} was not told of events that are gone by now."),
        "disabled" => format!("{system} is told nothing any more ({}).", said(data, "why")),
        state => format!("{system} is {state} now."),
    }
}

/// What a hold is on, and what the reader has to do with it.
fn held(notice: &Notice) -> String {
    let Notice { subject, data, theirs, .. } = notice;
    let (part, location) = (!data["part"].is_null(), !data["location"].is_null());
    let received = theirs.is_none_or(|theirs| theirs.received);
    if !part && !location {
        let why = if received { "you received" } else { "you follow" };
        return format!("Lot {subject}, which {why},");
    }
    let lots = match theirs.map_or(0, |theirs| theirs.lots) {
        1 => "a lot of yours".to_owned(),
        many => format!("{many} lots of yours"),
    };
    if location {
        format!("Place {subject}, where {lots} stood,")
    } else {
        format!("Part {subject}, with {lots},")
    }
}

/// Where what is held can be seen.
fn place(notice: &Notice) -> String {
    let Notice { subject, data, .. } = notice;
    let code = encoded(subject);
    if !data["location"].is_null() && !data["hold_id"].is_null() {
        format!("/stock?location={code}")
    } else if !data["part"].is_null() && !data["hold_id"].is_null() {
        format!("/stock?part={code}")
    } else {
        format!("/lot/{code}")
    }
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| match char::from(byte) {
        plain if plain.is_ascii_alphanumeric() => plain.to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use mtm_core::word::{EventId, Timestamp};
    use mtm_store::notice::TheirLots;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn notice(kind: NoticeKind, subject: &str, data: Value) -> Notice {
        Notice {
            position: 1,
            event: EventId(Uuid::nil()),
            kind,
            subject: subject.to_owned(),
            at: Timestamp::from_micros(0),
            data,
            theirs: None,
        }
    }

    fn check(notice: &Notice, text: &str, address: &str) {
        assert_eq!(words(notice), (text.to_owned(), address.to_owned()));
    }

    #[test]
    fn news_say_what_happened_and_where_to_go() {
        let fell = json!({ "quantity": 49, "minimum_stock": 50 });
        check(
            &notice(NoticeKind::Minimum, "24 126 251", fell),
            "24 126 251 fell below its minimum: 49 pieces are left, 50 should be there.",
            "/stock?part=24%20126%20251",
        );
        let asked = json!({ "asked_by": "ben", "delta": -120 });
        check(
            &notice(NoticeKind::Approval, "0000000007", asked),
            "ben asks to adjust lot 0000000007 by -120: somebody else must approve it.",
            "/approvals",
        );
        let truth = json!({ "message": "One bucket differs." });
        check(&notice(NoticeKind::Truth, "stock", truth), "One bucket differs.", "/status");
        check(
            &notice(
                NoticeKind::Integration,
                "mqtt",
                json!({ "broker": "mqtt", "state": "skipped" }),
            ),
            "The broker mqtt was not told of events that are gone by now.",
            "/webhooks",
        );
        let worklist = json!({ "flow": "erp", "state": "worklist" });
        check(
            &notice(NoticeKind::Integration, "erp", worklist),
            "The flow erp has something on its worklist that waits for somebody.",
            "/worklist",
        );
        let disabled = json!({ "webhook": "x", "state": "disabled", "why": "failing" });
        check(
            &notice(NoticeKind::Integration, "x", disabled),
            "A webhook is told nothing any more (failing).",
            "/webhooks",
        );
    }

    #[test]
    fn a_hold_says_what_the_reader_has_to_do_with_it() {
        let lot = json!({ "hold_id": "h", "lot": "0000000007", "reason": "quality" });
        let held = notice(NoticeKind::Hold, "0000000007", lot.clone());
        let text = "Lot 0000000007, which you received, is on hold (quality).";
        check(&held, text, "/lot/0000000007");
        let follows = Some(TheirLots { lots: 1, received: false });
        let text = "Lot 0000000007, which you follow, is on hold (quality).";
        check(&Notice { theirs: follows, ..held }, text, "/lot/0000000007");
        let free = Notice { theirs: follows, ..notice(NoticeKind::Lot, "0000000007", lot) };
        let text = "Lot 0000000007, which you follow, is not on hold any more (quality).";
        check(&free, text, "/lot/0000000007");

        let part = json!({ "hold_id": "h", "part": "P 1", "reason": "quality" });
        let many = Some(TheirLots { lots: 3, received: true });
        let held = Notice { theirs: many, ..notice(NoticeKind::Hold, "P 1", part) };
        let text = "Part P 1, with 3 lots of yours, is on hold (quality).";
        check(&held, text, "/stock?part=P%201");
        let place = json!({ "hold_id": "h", "location": "R-1", "reason": "other" });
        let held = Notice { theirs: follows, ..notice(NoticeKind::Hold, "R-1", place) };
        let text = "Place R-1, where a lot of yours stood, is on hold (other).";
        check(&held, text, "/stock?location=R%2D1");
    }

    #[test]
    fn a_lot_that_is_used_up_is_shown_as_one() {
        let data = json!({ "part": "P-1", "operation": "10", "location": "R-1", "lot": "7" });
        let text = "Lot 7, which you follow, is used up.";
        check(&notice(NoticeKind::Lot, "7", data), text, "/lot/7");
    }
}

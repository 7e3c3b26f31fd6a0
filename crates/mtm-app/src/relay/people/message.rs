//! What a message says.

use mtm_core::notice::NoticeKind;
use mtm_core::word::Timestamp;
use mtm_store::notice::{Bundle, DuePile};
use serde_json::json;

use crate::App;
use crate::app::Site;
use crate::notice::{NoticeItem, NoticeRules, item, may_know};

/// The type of what a person's webhook is sent.
const TYPE: &str = "mtm.notifications.v1";
/// Longest subject, in characters: what mailboxes show.
const SUBJECT: usize = 120;

/// The news of a bundle that its reader may still know, in words.
pub(super) fn items(pile: &DuePile, bundle: &Bundle) -> Vec<NoticeItem> {
    let may = may_know(pile.role, &NoticeKind::ALL);
    let known = bundle.notices.iter().filter(|notice| may.contains(&notice.kind));
    known.map(|notice| item(notice.clone(), 0)).collect()
}

/// What a mail is about.
pub(super) fn subject(site: &str, items: &[NoticeItem]) -> String {
    let first = items.first().map_or("", |item| item.text.as_str());
    let subject = match items.len() {
        0 | 1 => format!("{site}: {first}"),
        many => format!("{site}: {many} notifications, the first: {first}"),
    };
    if subject.chars().count() <= SUBJECT {
        return subject;
    }
    subject.chars().take(SUBJECT - 1).chain(['…']).collect()
}

/// What a mail says.
pub(super) fn text(site: &Site, rules: &NoticeRules, items: &[NoticeItem]) -> String {
    let paragraph = |item: &NoticeItem| {
        let when = local(site, item.at);
        match &rules.public_url {
            Some(url) => format!("{when}\n{}\n{url}{}\n", item.text, item.address),
            None => format!("{when}\n{}\n", item.text),
        }
    };
    let news: Vec<String> = items.iter().map(paragraph).collect();
    let end = match &rules.public_url {
        Some(url) => format!("You chose to be told: {url}/notifications"),
        None => "You chose to be told, under Notifications.".to_owned(),
    };
    format!("{}\n-- \n{end}\n", news.join("\n"))
}

/// What a person's webhook is sent. Chat servers show `text`.
pub(super) fn body(app: &App, pile: &DuePile, bundle: &Bundle, items: &[NoticeItem]) -> String {
    let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
    let link = |item: &NoticeItem| {
        app.notice_rules().public_url.as_ref().map(|url| format!("{url}{}", item.address))
    };
    let listed: Vec<_> = items
        .iter()
        .map(|item| {
            json!({
                "sequence": item.sequence, "event_id": item.event_id, "kind": item.kind,
                "at": item.at, "subject": item.subject, "text": item.text,
                "address": item.address, "url": link(item),
            })
        })
        .collect();
    let newest = items.iter().map(|item| item.at).max();
    json!({
        "type": TYPE,
        "timestamp": newest,
        "text": texts.join("\n"),
        "data": {
            "site": app.site().name, "user": pile.name, "up_to": bundle.up_to, "items": listed,
        },
    })
    .to_string()
}

/// A moment as people of the plant say it.
fn local(site: &Site, at: Timestamp) -> String {
    match jiff::Timestamp::from_microsecond(at.micros()) {
        Ok(moment) => moment.to_zoned(site.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => at.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use mtm_core::word::EventId;
    use uuid::Uuid;

    use super::*;

    fn news(text: &str) -> NoticeItem {
        NoticeItem {
            sequence: 1,
            event_id: EventId(Uuid::nil()),
            kind: NoticeKind::Truth,
            at: Timestamp::from_micros(1_796_000_000_000_000),
            subject: "stock".to_owned(),
            text: text.to_owned(),
            address: "/status".to_owned(),
            unread: true,
        }
    }

    #[test]
    fn a_mail_says_what_happened_when_and_where_to_look() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let site = Site { name: "plant".to_owned(), zone, demo: false };
        let two = [news("One bucket differs."), news("Another one differs.")];
        assert_eq!(subject("plant", &two[..1]), "plant: One bucket differs.");
        let many = subject("plant", &two);
        assert_eq!(many, "plant: 2 notifications, the first: One bucket differs.");
        assert_eq!(subject("plant", &[news(&"x".repeat(300))]).chars().count(), SUBJECT);
        let url = Some("https://mtm.plant".to_owned());
        let rules = NoticeRules { public_url: url, ..NoticeRules::default() };
        assert_eq!(
            text(&site, &rules, &two),
            "2026-11-30 01:53\nOne bucket differs.\nhttps://mtm.plant/status\n\n\
             2026-11-30 01:53\nAnother one differs.\nhttps://mtm.plant/status\n\n\
             -- \nYou chose to be told: https://mtm.plant/notifications\n"
        );
        let bare = text(&site, &NoticeRules::default(), &two[..1]);
        assert!(!bare.contains("http") && bare.ends_with("under Notifications.\n"), "{bare}");
    }
}

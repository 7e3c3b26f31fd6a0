//! The filters of the history page: words, days at one tap, moments in site time.

use jiff::ToSpan;
use jiff::Zoned;
use jiff::tz::TimeZone;
use mtm_core::shift::ShiftKey;
use mtm_core::word::{SessionId, Timestamp};

use super::PATH;
use crate::pages::filter::{address, moment};
use crate::pages::form::Form;
use crate::ui::components::badge::MovementType;
use crate::ui::components::field::Entry;
use crate::ui::page::history::{HistoryFilters, Preset};
use crate::web::Web;

const SPANS: [(&str, &str); 4] =
    [("today", "Today"), ("week", "This week"), ("month", "This month"), ("", "All")];
/// What another span of days replaces.
const OF_SPAN: [&str; 6] = ["days", "from", "to", "cursor", "movement", "undo"];

/// The filters as they stand in the address, and the moments they mean.
pub(super) fn filters(
    web: &Web,
    query: &Form,
) -> (HistoryFilters, Option<Timestamp>, Option<Timestamp>) {
    let zone = &web.app().site().zone;
    let (typed_from, from_entry) = moment(query, "from", zone);
    let (to, to_entry) = moment(query, "to", zone);
    let days = query.text("days");
    let begin = begin_of(days, web.app().clock().now(), zone);
    let free = typed_from.is_none() && to.is_none();
    let presets = SPANS.map(|(key, label)| Preset {
        label: label.to_owned(),
        address: match key {
            "" => address(PATH, query, &OF_SPAN, &[]),
            key => address(PATH, query, &OF_SPAN, &[("days", key)]),
        },
        current: free && days == key,
    });
    let entry = |name: &str| Entry::holding(query.text(name));
    let filters = HistoryFilters {
        presets: presets.into(),
        part: entry("part"),
        operation: entry("operation"),
        location: entry("location"),
        lot: entry("lot"),
        user: entry("user"),
        from: from_entry,
        to: to_entry,
        q: entry("q"),
        shift: read(query, "shift", |text| ShiftKey::parse(text).is_ok(), SHIFT),
        session: read(query, "session", |text| text.parse::<SessionId>().is_ok(), SESSION),
        types: query.values("type").filter_map(MovementType::parse).collect(),
    };
    (filters, typed_from.or(begin), to)
}

const SHIFT: &str = "This is no shift. Write it like 2026-11-23/1.";
const SESSION: &str = "This is no id of a scan session.";

/// A field that says so where it cannot be read.
fn read(query: &Form, name: &str, fits: impl Fn(&str) -> bool, wrong: &str) -> Entry {
    let text = query.text(name);
    let entry = Entry::holding(text);
    if text.is_empty() || fits(text) { entry } else { entry.refused(wrong) }
}

/// When the span of days that contains `now` began, by the site's clock.
fn begin_of(days: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let today = Zoned::new(now.civil()?, zone.clone()).start_of_day().ok()?;
    let begin = match days {
        "today" => today,
        "week" => {
            let since_monday = i64::from(today.weekday().to_monday_zero_offset());
            today.checked_sub(since_monday.days()).ok()?
        }
        "month" => today.first_of_month().ok()?,
        _ => return None,
    };
    Some(begin.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_begin_at_midnight_of_the_site() {
        let zone = TimeZone::get("America/Chicago").unwrap();
        // A Tuesday there, Wednesday in UTC already.
        let now = Timestamp::parse("2026-11-25T03:00:00Z").unwrap();
        let begin = |days: &str| begin_of(days, now, &zone).map(|at| at.to_string());
        assert_eq!(begin("today").as_deref(), Some("2026-11-24T06:00:00.000000Z"));
        assert_eq!(begin("week").as_deref(), Some("2026-11-23T06:00:00.000000Z"));
        // Summer time ended on the first of the month.
        assert_eq!(begin("month").as_deref(), Some("2026-11-01T05:00:00.000000Z"));
        assert_eq!(begin(""), None);
    }
}

//! Filters that stand in the address: patterns, moments in site time, and the links of a list.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use mtm_app::query::{Cursor, PageRequest, Pattern};
use mtm_core::word::{LotNumber, Timestamp};

use super::form::Form;
use crate::ui::components::field::Entry;
use crate::ui::components::pager::Pager;

/// Rows on one page of a list.
pub(super) const ROWS: u16 = 50;

/// A filter on a code: exact, or with wildcards.
pub(super) fn pattern(query: &Form, name: &str) -> Option<Pattern> {
    query.given(name).map(|text| Pattern::parse(&text))
}

/// A filter on lot numbers: digits are completed as on labels.
pub(super) fn lot(query: &Form) -> Option<Pattern> {
    let text = query.given("lot")?;
    Some(match Pattern::parse(&text) {
        Pattern::Exact(text) => {
            Pattern::Exact(LotNumber::parse(&text).map_or(text, |lot| lot.as_str().to_owned()))
        }
        wildcard @ Pattern::Wildcard(_) => wildcard,
    })
}

/// A filter on texts that contain something.
pub(super) fn containing(query: &Form, name: &str) -> Option<Pattern> {
    query.given(name).map(|text| Pattern::containing(&text))
}

/// The moment in the field `name`, in site time; an entry that says so where it is none.
pub(super) fn moment(query: &Form, name: &str, zone: &TimeZone) -> (Option<Timestamp>, Entry) {
    let entry = Entry::holding(query.text(name));
    if entry.value.is_empty() {
        return (None, entry);
    }
    match site_time(&entry.value, zone) {
        Some(at) => (Some(at), entry),
        None => {
            (None, entry.refused("This is not a day and time. Write it like 2026-11-23T06:00."))
        }
    }
}

/// `2026-11-23T06:00` in site time, or a moment with an offset.
fn site_time(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = Timestamp::parse(text) {
        return Some(at);
    }
    let local: DateTime = text.parse().ok()?;
    local.to_zoned(zone.clone()).ok().map(|at| at.timestamp().into())
}

/// Which page of a list; a cursor that cannot be read starts again.
pub(super) fn page(query: &Form) -> PageRequest {
    let cursor = query.given("cursor").and_then(|text| Cursor::decode(&text).ok());
    PageRequest { limit: ROWS, cursor, ..PageRequest::default() }
}

/// The address of `path` with the fields of `query`, without those named in `except`, and with
/// those in `and`.
pub(super) fn address(path: &str, query: &Form, except: &[&str], and: &[(&str, &str)]) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let kept = query.iter().filter(|(name, value)| !value.is_empty() && !except.contains(name));
    let mut text = path.to_owned();
    for (at, (name, value)) in kept.chain(and.iter().copied()).enumerate() {
        text.push(if at == 0 { '?' } else { '&' });
        text.extend(utf8_percent_encode(name, NON_ALPHANUMERIC));
        text.push('=');
        text.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
    }
    text
}

/// The way through a list at `path`.
pub(super) fn pager(path: &str, query: &Form, shown: String, next: Option<&str>) -> Pager {
    let behind = query.given("cursor").is_some();
    Pager {
        shown,
        first: behind.then(|| address(path, query, &["cursor"], &[])),
        next: next.map(|cursor| address(path, query, &["cursor"], &[("cursor", cursor)])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn site_time_follows_the_sites_clock() {
        let zone = TimeZone::get("America/Chicago").unwrap();
        let at = |text: &str| site_time(text, &zone).map(|at| at.to_string());
        assert_eq!(at("2026-11-23T06:00").as_deref(), Some("2026-11-23T12:00:00.000000Z"));
        assert_eq!(at("2026-11-23T06:00Z").as_deref(), Some("2026-11-23T06:00:00.000000Z"));
        assert_eq!(at("noon"), None);
    }

    #[test]
    fn a_list_keeps_its_filters() {
        let query = Form::parse("part=24+126&q=&cursor=ab&type=in&type=out").unwrap();
        let next = address("/history", &query, &["cursor"], &[("cursor", "cd")]);
        assert_eq!(next, "/history?part=24%20126&type=in&type=out&cursor=cd");
    }
}

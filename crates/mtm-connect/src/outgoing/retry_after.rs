//! How long somebody asks to be left alone for (`Retry-After`, RFC 9110 §10.2.3).

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

/// How long a receiver asks to be left alone for. A date counts from the receiver's own clock, which it
/// says in `Date`, so that it does not matter how far that is from ours (`now`); one that is past asks for
/// nothing.
pub(super) fn asked(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let asked = text(RETRY_AFTER)?.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(asked).ok()?;
    let since = text(DATE).and_then(|date| httpdate::parse_http_date(date.trim()).ok());
    Some(until.duration_since(since.unwrap_or(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_says_how_long_in_seconds_or_as_a_date_by_its_own_clock() {
        let now = httpdate::parse_http_date("Sun, 29 Nov 2026 10:00:00 GMT").unwrap();
        let check = |asks: &'static str, date: Option<&'static str>, seconds: Option<u64>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(asks));
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_static(date));
            }
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(asked(&headers, now), expected, "{asks} {date:?}");
        };
        check("120", None, Some(120));
        check(" 7 ", Some("Sun, 29 Nov 2026 09:00:00 GMT"), Some(7));
        check("Sun, 29 Nov 2026 10:02:00 GMT", None, Some(120));
        // Its clock is an hour behind ours; what it means is two minutes all the same.
        let late = "Sun, 29 Nov 2026 09:00:00 GMT";
        check("Sun, 29 Nov 2026 09:02:00 GMT", Some(late), Some(120));
        check("Sunday, 29-Nov-26 10:02:00 GMT", None, Some(120));
        check("Sun, 29 Nov 2026 09:59:59 GMT", None, Some(0));
        check("Sun, 29 Nov 2026 10:02:00 GMT", Some("yesterday"), Some(120));
        for nonsense in ["soon", "-5", "1.5", "29 Nov 2026"] {
            check(nonsense, None, None);
        }
        assert_eq!(asked(&HeaderMap::new(), now), None);
    }
}

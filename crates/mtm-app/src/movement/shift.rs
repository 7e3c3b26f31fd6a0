//! In which shift a booking falls.
//!
//! Three shifts a day, as most plants run them: first 06–14, second 14–22, third 22–06. A third
//! shift belongs to the day it started on. The site's own calendar comes with period closing.

use jiff::tz::TimeZone;
use mtm_core::word::Timestamp;

/// The shift of `at` in the site's time zone: day it started on and number, `2026-11-23/1`.
/// Clock changes need no special care: only local wall-clock hours count.
pub fn shift_at(at: Timestamp, zone: &TimeZone) -> Option<String> {
    let local = at.civil()?.to_zoned(zone.clone());
    let (day, number) = match local.hour() {
        6..14 => (local.date(), 1),
        14..22 => (local.date(), 2),
        22.. => (local.date(), 3),
        _ => (local.date().yesterday().ok()?, 3),
    };
    Some(format!("{day}/{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_shift_belongs_to_the_day_it_started_on() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| shift_at(Timestamp::parse(text).unwrap(), &zone).unwrap();
        assert_eq!(at("2026-11-23T06:00:00+01:00"), "2026-11-23/1");
        assert_eq!(at("2026-11-23T13:59:59+01:00"), "2026-11-23/1");
        assert_eq!(at("2026-11-23T22:00:00+01:00"), "2026-11-23/3");
        assert_eq!(at("2026-11-24T05:59:59+01:00"), "2026-11-23/3");
        // The clock goes back within this night; both 02:30 are in the same shift.
        assert_eq!(at("2026-10-25T02:30:00+02:00"), "2026-10-24/3");
        assert_eq!(at("2026-10-25T02:30:00+01:00"), "2026-10-24/3");
    }
}

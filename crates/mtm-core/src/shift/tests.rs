//! Weeks, clocks that change, and what may become a week.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::code::Code;
use crate::word::{ShiftName, Timestamp};

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn shift(name: &str, days: &[Weekday], begins: &str, ends: &str) -> ShiftPattern {
    ShiftPattern {
        name: ShiftName::parse(name).unwrap(),
        days: days.to_vec(),
        begins: TimeOfDay::parse(begins).unwrap(),
        ends: TimeOfDay::parse(ends).unwrap(),
    }
}

fn daily(name: &str, begins: &str, ends: &str) -> ShiftPattern {
    shift(name, &Weekday::ALL, begins, ends)
}

fn draft(shifts: Vec<ShiftPattern>) -> ShiftsDraft {
    ShiftsDraft { effective_from: None, shifts }
}

/// A calendar in which `shifts` hold from the beginning of time on.
fn always(shifts: Vec<ShiftPattern>) -> ShiftCalendar {
    let mut calendar = ShiftCalendar::default();
    let early = Timestamp::from_micros(-QUARTER_MICROS * 4_000_000);
    calendar.add(version(&calendar, early, &draft(shifts)).unwrap());
    calendar
}

fn named(calendar: &ShiftCalendar, text: &str) -> Option<String> {
    calendar.shift_at(at(text), &berlin()).map(|shift| shift.to_string())
}

#[test]
fn a_night_shift_belongs_to_the_day_it_started_on() {
    let calendar = ShiftCalendar::default();
    let named = |text| named(&calendar, text).unwrap();
    assert_eq!(named("2026-11-23T06:00:00+01:00"), "2026-11-23/1");
    assert_eq!(named("2026-11-23T13:59:59+01:00"), "2026-11-23/1");
    assert_eq!(named("2026-11-23T22:00:00+01:00"), "2026-11-23/3");
    assert_eq!(named("2026-11-24T05:59:59+01:00"), "2026-11-23/3");
    // The clock goes back within this night; both 02:30 are in the same shift.
    assert_eq!(named("2026-10-25T02:30:00+02:00"), "2026-10-24/3");
    assert_eq!(named("2026-10-25T02:30:00+01:00"), "2026-10-24/3");
    let night = calendar.shift_at(at("2026-10-25T00:00:00Z"), &berlin()).unwrap();
    assert_eq!(night.ends.micros() - night.begins.micros(), 9 * 4 * QUARTER_MICROS);
    let spring = calendar.shift_at(at("2026-03-29T00:00:00Z"), &berlin()).unwrap();
    assert_eq!(spring.ends.micros() - spring.begins.micros(), 7 * 4 * QUARTER_MICROS);
}

#[test]
fn a_shift_that_changes_with_the_clock_is_one_stretch() {
    let calendar = always(vec![daily("A", "22:00", "02:30"), daily("B", "02:30", "10:00")]);
    let named = |text| named(&calendar, text);
    // Put back at 03:00: the first half past two begins shift B, and the hour that comes again
    // does not end it.
    assert_eq!(named("2026-10-25T02:29:00+02:00").unwrap(), "2026-10-24/A");
    assert_eq!(named("2026-10-25T02:30:00+02:00").unwrap(), "2026-10-25/B");
    assert_eq!(named("2026-10-25T02:10:00+01:00").unwrap(), "2026-10-25/B");
    // Put forward at 02:00: there is no half past two, and the shifts meet where it would be.
    assert_eq!(named("2026-03-29T01:59:00+01:00").unwrap(), "2026-03-28/A");
    assert_eq!(named("2026-03-29T03:00:00+02:00").unwrap(), "2026-03-29/B");
    assert_eq!(named("2026-03-29T12:00:00+02:00"), None);
}

#[test]
fn a_gap_is_no_shift_and_belongs_to_its_day() {
    let week = [Weekday::Monday, Weekday::Tuesday];
    let calendar = always(vec![shift("Day", &week, "07:00", "15:30")]);
    assert_eq!(named(&calendar, "2026-11-23T15:29:00+01:00").unwrap(), "2026-11-23/Day");
    assert_eq!(named(&calendar, "2026-11-23T15:30:00+01:00"), None);
    assert_eq!(named(&calendar, "2026-11-25T08:00:00+01:00"), None, "a Wednesday");
    let day = |text: &str| text.parse::<Date>().unwrap();
    let of = |first, last| calendar.stretches(day(first), day(last), &berlin()).unwrap();
    let monday = of("2026-11-23", "2026-11-23");
    let told: Vec<_> = monday.iter().map(|it| it.shift.as_ref().map(ShiftName::as_str)).collect();
    assert_eq!(told, [None, Some("Day"), None]);
    assert_eq!(monday[0].begins, at("2026-11-22T23:00:00Z"));
    assert_eq!(monday[2].ends, at("2026-11-23T23:00:00Z"));
    let wednesday = of("2026-11-25", "2026-11-25");
    assert_eq!((wednesday.len(), &wednesday[0].shift), (1, &None));
}

#[test]
fn days_are_cut_where_shifts_begin_and_where_the_week_changed() {
    let mut calendar = ShiftCalendar::default();
    let zone = berlin();
    let from = at("2026-11-23T10:15:00+01:00");
    let long =
        ShiftsDraft { effective_from: Some(from), ..draft(vec![daily("L", "06:00", "18:00")]) };
    calendar.add(version(&calendar, at("2026-11-20T00:00:00Z"), &long).unwrap());
    let day: Date = "2026-11-23".parse().unwrap();
    let told: Vec<String> = calendar
        .stretches(day, day, &zone)
        .unwrap()
        .iter()
        .map(|it| format!("{} {:?}", it.begins, it.shift.as_ref().map(ShiftName::as_str)))
        .collect();
    let expected = [
        "2026-11-23T05:00:00.000000Z Some(\"1\")",
        "2026-11-23T09:15:00.000000Z Some(\"L\")",
        "2026-11-23T17:00:00.000000Z None",
    ];
    assert_eq!(told, expected);
    assert_eq!(named(&calendar, "2026-11-23T10:14:59+01:00").unwrap(), "2026-11-23/1");
    assert_eq!(named(&calendar, "2026-11-23T10:15:00+01:00").unwrap(), "2026-11-23/L");
}

#[test]
fn overlaps_and_doubles_are_refused_at_the_shift() {
    let calendar = ShiftCalendar::default();
    let now = at("2026-11-23T06:00:01Z");
    let faults = |shifts: Vec<ShiftPattern>| -> Vec<String> {
        let faults = version(&calendar, now, &draft(shifts)).unwrap_err();
        faults.into_iter().map(|it| it.named().field.unwrap().into_owned()).collect()
    };
    let sunday = shift("N", &[Weekday::Sunday], "22:00", "06:00");
    let monday = shift("E", &[Weekday::Monday], "05:45", "14:00");
    assert_eq!(faults(vec![sunday.clone(), monday]), ["shifts[1].begins"]);
    let beside = shift("E", &[Weekday::Monday], "06:00", "14:00");
    assert!(version(&calendar, now, &draft(vec![sunday, beside])).is_ok());
    assert_eq!(
        faults(vec![daily("A", "06:00", "14:00"), daily("a", "14:00", "22:00")]),
        ["shifts[1].name"]
    );
    assert_eq!(faults(vec![shift("A", &[], "06:00", "14:00")]), ["shifts[0].days"]);
    assert_eq!(faults(vec![daily("A/B", "06:00", "14:00")]), ["shifts[0].name"]);
    let around_the_clock = daily("A", "06:00", "06:00");
    assert!(version(&calendar, now, &draft(vec![around_the_clock.clone()])).is_ok());
    assert_eq!(faults(vec![around_the_clock, daily("B", "07:00", "07:15")]), ["shifts[1].begins"]);
    assert_eq!(faults(vec![daily("A", "06:00", "07:00"); 41]), ["shifts"]);
}

#[test]
fn another_week_begins_on_a_quarter_and_not_before_now() {
    let calendar = ShiftCalendar::default();
    let now = at("2026-11-23T06:00:01Z");
    let made = version(&calendar, now, &draft(Vec::new())).unwrap();
    assert_eq!((made.number, made.effective_from), (1, at("2026-11-23T06:15:00Z")));
    for wrong in ["2026-11-23T06:00:00Z", "2026-11-23T06:20:00Z"] {
        let draft = ShiftsDraft { effective_from: Some(at(wrong)), shifts: Vec::new() };
        let faults = version(&calendar, now, &draft).unwrap_err();
        assert_eq!(faults[0].rejection.code, Code::InvalidBody);
        assert_eq!(faults[0].rejection.field.as_deref(), Some("effective_from"), "{wrong}");
    }
    let same = draft(Week::three_a_day().patterns());
    let made = version(&calendar, now, &same).unwrap();
    assert_eq!(stands(&calendar, &made, None, now).unwrap().number, 0, "nothing would change");
}

#[test]
fn times_and_days_are_read_as_people_write_them() {
    for (text, minutes) in [("06:00", 360), ("6:15", 375), ("24:00", 0), ("23:45", 1425)] {
        assert_eq!(TimeOfDay::parse(text).unwrap().minutes(), minutes, "{text}");
    }
    for wrong in ["", "6", "06:07", "24:15", "25:00", "6:60", "-1:00", "06:000", "0x:00"] {
        assert!(TimeOfDay::parse(wrong).is_err(), "{wrong}");
    }
    assert_eq!(Weekday::from_name(" Mon "), Some(Weekday::Monday));
    assert_eq!(Weekday::from_name("sunday"), Some(Weekday::Sunday));
    assert_eq!(Weekday::from_name("m"), None);
    assert_eq!(Weekday::of("2026-11-29".parse().unwrap()), Weekday::Sunday);
}

#[test]
fn a_shift_is_read_as_movements_keep_it() {
    let key = ShiftKey::parse(" 2026-11-23/Früh A ").unwrap();
    assert_eq!(key.to_string(), "2026-11-23/Früh A");
    let (from, to) = key.within().unwrap();
    // In the east the day begins first, in the west its night shift ends last.
    assert!(from < at("2026-11-22T10:00:00Z") && to > at("2026-11-25T12:00:00Z"));
    for wrong in ["", "2026-11-23", "2026-11-23/", "23.11.2026/1", "today/1"] {
        assert!(ShiftKey::parse(wrong).is_err(), "{wrong}");
    }
}

/// A week without overlaps: shifts of a random length, one after the other, with random gaps.
fn week() -> impl Strategy<Value = Vec<ShiftPattern>> {
    let piece = (0_u32..40, 1_u32..=96);
    (0_u32..96, proptest::collection::vec(piece, 0..30)).prop_map(|(first, pieces)| {
        let (mut begins, mut shifts) = (first, Vec::new());
        for (at, (gap, length)) in pieces.into_iter().enumerate() {
            begins += gap;
            let ends = begins + length;
            if ends > first + 7 * 96 || begins >= 7 * 96 {
                break;
            }
            let time = |quarter: u32| {
                TimeOfDay::from_minutes(u16::try_from(quarter % 96 * 15).unwrap()).unwrap()
            };
            shifts.push(ShiftPattern {
                name: ShiftName::parse(&format!("S{at}")).unwrap(),
                days: vec![Weekday::from_number(u8::try_from(begins / 96).unwrap() + 1).unwrap()],
                begins: time(begins),
                ends: time(ends),
            });
            begins = ends;
        }
        shifts
    })
}

/// Zones whose clocks change at two, at midnight, by half an hour, and never.
const ZONES: [&str; 5] =
    ["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"];

proptest! {
    #[test]
    fn a_moment_is_in_one_shift_at_most_and_days_leave_none_out(
        shifts in week(),
        zone in 0..ZONES.len(),
        around in 0..400_i64,
        minutes in -3_000..3_000_i64,
    ) {
        let zone = TimeZone::get(ZONES[zone]).unwrap();
        let calendar = always(shifts);
        // Near the next change of the clock, where there is one.
        let day = at("2010-01-01T00:00:00Z").plus_micros(around * 20 * 96 * QUARTER_MICROS);
        let change = zone.following(day.civil().unwrap()).next();
        let near = change.map_or(day, |change| change.timestamp().into());
        let moment = near.plus_micros(minutes * 60_000_000 + 1);
        let today = time::date(moment, &zone).unwrap();
        let week = &calendar.version_at(moment).week;
        let around = week.around(today, &zone).unwrap();
        let running = around.iter().filter(|it| it.begins <= moment && moment < it.ends).count();
        prop_assert!(running <= 1, "{running} shifts at once");
        for pair in around.windows(2) {
            prop_assert!(pair[0].ends <= pair[1].begins, "{pair:?}");
        }
        let held = calendar.shift_at(moment, &zone);
        prop_assert_eq!(held.is_some(), running == 1);
        let day = held.as_ref().map_or(today, |shift| shift.day);
        let stretches = calendar.stretches(day, day, &zone).unwrap();
        for pair in stretches.windows(2) {
            prop_assert_eq!(pair[0].ends, pair[1].begins);
        }
        let mine: Vec<_> =
            stretches.iter().filter(|it| it.begins <= moment && moment < it.ends).collect();
        prop_assert_eq!(mine.len(), 1, "{} is in none of {:?}", moment, stretches);
        prop_assert_eq!(mine[0].day, day);
        prop_assert_eq!(mine[0].shift.as_ref(), held.as_ref().map(|shift| &shift.name));
    }
}

//! The shift that a plant's own SQL client books in: the one that the program would.

use std::fmt::Write as _;

use mtm_core::shift::{ShiftsDraft, Weekday};
use mtm_core::word::Timestamp;

use crate::mariadb::{Plant, block_on};
use crate::plant_procedures::Floor;
use crate::shift::shift;

/// Berlin, as far as this test goes: its clock is put back, forward and back again.
const BERLIN: &str = "
    INSERT IGNORE INTO mysql.time_zone (Time_zone_id, Use_leap_seconds) VALUES (9001, 'N');
    INSERT IGNORE INTO mysql.time_zone_name (Name, Time_zone_id) VALUES ('Europe/Berlin', 9001);
    INSERT IGNORE INTO mysql.time_zone_transition_type
           (Time_zone_id, Transition_type_id, `Offset`, Is_DST, Abbreviation)
        VALUES (9001, 0, 3600, 0, 'CET'), (9001, 1, 7200, 1, 'CEST');
    INSERT IGNORE INTO mysql.time_zone_transition
           (Time_zone_id, Transition_time, Transition_type_id)
        VALUES (9001, 1887843600, 0), (9001, 1901149200, 1), (9001, 1919293200, 0);
    UPDATE site SET time_zone = 'Europe/Berlin'";

#[test]
fn a_mariadb_client_books_in_the_shift_that_the_program_would_also_when_the_clock_changes() {
    let Some(floor) = Floor::open() else { return };
    floor.sql(BERLIN);
    // Every quarter of an hour around both changes of the clock, and a day without any.
    let around = [1_901_149_200_i64, 1_919_293_200, 1_910_000_700];
    let moments = around.map(|at| (-20..20).map(move |quarter| at + quarter * 900 + 1));
    let moments: Vec<i64> = moments.into_iter().flatten().collect();
    let (mut calls, mut expected) = (String::new(), String::new());
    let calendar = block_on(async {
        let plant = Plant::reopen(&floor.url).await;
        let weekend = &Weekday::ALL[5..];
        let week = ShiftsDraft {
            effective_from: None,
            shifts: vec![
                shift("Früh's", &Weekday::ALL, "02:30", "10:00"),
                shift("B", &Weekday::ALL[..5], "14:00", "22:00"),
                shift("B", weekend, "12:00", "22:00"),
                shift("N", &Weekday::ALL, "22:00", "02:30"),
            ],
        };
        plant.ledger.change_shifts(week, None, plant.actor(), None).await.unwrap();
        let calendar = plant.ledger.catalogue().shifts.clone();
        plant.ledger.close().await;
        calendar
    });
    let berlin = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    for at in &moments {
        // Writing into a text cannot fail.
        let _ = writeln!(
            calls,
            "SET timestamp = {at};
             CALL mtm_receive('at-{at}', 'A-1', '10', 'R-1', 1, NULL, NULL, NULL, @s, @l, @m);"
        );
        let held = calendar.shift_at(Timestamp::from_micros(at * 1_000_000), &berlin);
        let _ = writeln!(expected, "{}", held.map_or("NULL".to_owned(), |it| it.to_string()));
    }
    floor.call(&calls).unwrap();
    let kept = floor.sql("SELECT shift FROM movement ORDER BY recorded_at");
    let mut sorted: Vec<(&i64, &str)> = moments.iter().zip(expected.lines()).collect();
    sorted.sort();
    let kept: Vec<&str> = kept.lines().collect();
    let expected: Vec<&str> = sorted.iter().map(|(_, shift)| *shift).collect();
    assert_eq!(kept, expected, "of {:?}", sorted.iter().map(|(at, _)| at).collect::<Vec<_>>());
    for wanted in ["NULL", "2030-10-27/Früh's", "2030-03-30/N"] {
        assert!(kept.contains(&wanted), "{wanted}: {kept:?}");
    }
}

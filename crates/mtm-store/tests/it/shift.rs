//! The site's shifts: weeks that only grow, on every server.

use mtm_core::shift::{ShiftPattern, ShiftsDraft, TimeOfDay, Weekday};
use mtm_core::word::{ShiftName, Timestamp};
use mtm_store::shift::ShiftsRow;
use mtm_store::{Clock, Ledger, PostError};
use mtm_testkit::poll;

use crate::engine::{Engine, contract};
use crate::plant::{Plant, actor, key, refused};
use crate::site::{PATIENCE, Site, on_mariadb};

contract!(
    weeks_only_grow_and_the_one_in_force_can_be_asked,
    a_week_is_made_once_and_by_who_saw_the_newest,
    a_week_is_there_after_a_restart_and_audited,
);

const QUARTER: i64 = 15 * 60_000_000;

pub(crate) fn shift(name: &str, days: &[Weekday], begins: &str, ends: &str) -> ShiftPattern {
    ShiftPattern {
        name: ShiftName::parse(name).unwrap(),
        days: days.to_vec(),
        begins: TimeOfDay::parse(begins).unwrap(),
        ends: TimeOfDay::parse(ends).unwrap(),
    }
}

fn draft(shifts: Vec<ShiftPattern>) -> ShiftsDraft {
    ShiftsDraft { effective_from: None, shifts }
}

/// Two shifts from Monday to Friday, and a short one on Saturday.
fn two_shifts() -> ShiftsDraft {
    let week = &Weekday::ALL[..5];
    draft(vec![
        shift("Früh", week, "06:00", "14:00"),
        shift("Late", week, "14:00", "22:30"),
        shift("Weekend", &[Weekday::Saturday], "07:00", "13:00"),
    ])
}

async fn set(plant: &Plant, draft: ShiftsDraft) -> Result<ShiftsRow, PostError> {
    plant.ledger.change_shifts(draft, None, actor(), None).await.map(|once| once.value)
}

fn in_force(ledger: &Ledger, at: Timestamp) -> u32 {
    ledger.catalogue().shifts.version_at(at).number
}

async fn weeks_only_grow_and_the_one_in_force_can_be_asked(engine: Engine) {
    let plant = Plant::on(engine).await;
    assert_eq!(plant.ledger.shift_versions().await.unwrap(), []);
    assert_eq!(plant.ledger.catalogue().shifts.newest().number, 0);
    let first = set(&plant, two_shifts()).await.unwrap();
    let from = first.effective_from.unwrap();
    assert_eq!(from.micros() % QUARTER, 0);
    assert!(from >= plant.clock.now());
    let planned =
        ShiftsDraft { effective_from: Some(from.plus_micros(96 * QUARTER)), ..draft(vec![]) };
    assert_eq!(set(&plant, planned).await.unwrap().version, 2);
    assert_eq!(in_force(&plant.ledger, from.plus_micros(-1)), 0);
    assert_eq!(in_force(&plant.ledger, from), 1);
    assert_eq!(in_force(&plant.ledger, from.plus_micros(96 * QUARTER)), 2);

    let versions = plant.ledger.shift_versions().await.unwrap();
    let numbers: Vec<u32> = versions.iter().map(|version| version.version).collect();
    assert_eq!(numbers, [2, 1], "nothing is lost, the newest first");
    assert_eq!(versions[1], first);
    assert_eq!(versions[0].shifts, []);
    assert_eq!(versions[1].recorded_by.as_deref(), Some("system"));
    assert_eq!(versions[1].shifts, two_shifts().shifts);
}

async fn a_week_is_made_once_and_by_who_saw_the_newest(engine: Engine) {
    let plant = Plant::on(engine).await;
    let change = |newest, text: &'static str| {
        plant.ledger.change_shifts(two_shifts(), newest, actor(), Some(key(text)))
    };
    let made = change(Some(0), "k").await.unwrap();
    let again = change(Some(0), "k").await.unwrap();
    assert!(again.replayed && again.value == made.value);
    assert_eq!(refused(&change(Some(0), "l").await.unwrap_err()), "stale");
    plant.clock.advance(2 * QUARTER);
    let same = change(Some(1), "m").await.unwrap();
    assert_eq!(same.value, made.value, "what stands needs no other version");
    let past = ShiftsDraft { effective_from: made.value.effective_from, ..draft(Vec::new()) };
    assert_eq!(refused(&set(&plant, past).await.unwrap_err()), "invalid_body");
    let overlap = draft(vec![
        shift("A", &[Weekday::Sunday], "22:00", "06:00"),
        shift("B", &[Weekday::Monday], "05:00", "06:00"),
    ]);
    match set(&plant, overlap).await.unwrap_err() {
        PostError::Rejected(rejection) => {
            assert_eq!(rejection.field.as_deref(), Some("shifts[1].begins"));
        }
        PostError::Fault(fault) => panic!("{fault}"),
    }
    assert_eq!(plant.value("SELECT count(*) FROM shift_version"), "1");
}

async fn a_week_is_there_after_a_restart_and_audited(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    let row = set(&plant, two_shifts()).await.unwrap();
    plant.restart().await;
    let catalogue = plant.ledger.catalogue();
    let newest = catalogue.shifts.newest();
    assert_eq!((newest.number, newest.week.shifts().len()), (1, 11));
    assert_eq!(ShiftsRow::of(newest).shifts, row.shifts);
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let late = Timestamp::parse("2026-11-24T22:29:00+01:00").unwrap();
    assert_eq!(catalogue.shifts.shift_at(late, &zone).unwrap().to_string(), "2026-11-24/Late");

    let events = plant.ledger.events_after(0, Vec::new(), 1000).await.unwrap();
    let told: Vec<_> = events.iter().filter(|event| event.data["noun"] == "shifts").collect();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind.as_str(), told[0].subject.as_str()), ("master.changed", "shifts"));
    assert_eq!(told[0].data["shifts"][0]["begins"], "06:00");
    assert_eq!(told[0].data["shifts"][2]["days"], serde_json::json!(["saturday"]));
    let audited = plant.value(
        "SELECT count(*) FROM audit WHERE kind = 'master' AND entry LIKE '%\"noun\":\"shifts\"%'",
    );
    assert_eq!(audited, "1");
    let report =
        plant.ledger.verify(mtm_store::integrity::VerifyRange::Full, |_| {}).await.unwrap();
    assert!(report.ok, "{:?}", report.first_bad);
}

#[test]
fn a_file_keeps_weeks_past_a_careless_hand() {
    Engine::Sqlite.keeps(async |engine| {
        let plant = Plant::on(engine).await;
        set(&plant, two_shifts()).await.unwrap();
        for sql in [
            "UPDATE shift_version SET effective_from = 0",
            "DELETE FROM shift_span",
            "UPDATE shift_span SET name = 'x'",
            "DELETE FROM shift_version",
        ] {
            let refused = mtm_testkit::sqlite::execute(plant.home.path(), sql).unwrap_err();
            assert!(format!("{refused:#}").contains("never"), "{sql}: {refused:#}");
        }
    });
}

#[test]
fn another_server_sees_another_week_soon() {
    on_mariadb("shifts on two servers", async |_, _, url| {
        let (one, other) = (Site::found(&url).await, Site::join(&url).await);
        one.ledger.change_shifts(two_shifts(), None, one.actor(), None).await.unwrap();
        let waited = poll::eventually("the week elsewhere", PATIENCE, async || {
            let here = other.ledger.catalogue().shifts.newest().number == 1;
            Ok(here.then_some(()))
        });
        waited.await.unwrap();
        one.ledger.close().await;
        other.ledger.close().await;
    });
}

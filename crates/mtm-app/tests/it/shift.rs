//! The site's shifts: what a booking keeps, from when on another week holds, and what each did.

use std::sync::Arc;

use mtm_app::movement::{BookingType, Circumstances, MovementBody};
use mtm_app::report::{Days, Period, ShiftItem, ThroughputAsk};
use mtm_app::shift::{ShiftBody, ShiftsBody};
use mtm_app::{App, AppError, Principal};
use mtm_core::code::Code;
use mtm_core::movement::MovementType;
use mtm_core::word::Timestamp;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::query::HistoryQuery;
use mtm_store::{Clock, Ledger, ManualClock, OpenOptions};

const HOUR: i64 = 3_600_000_000;

/// A plant in Berlin, whose clock is moved by hand.
struct Plant {
    app: App,
    admin: Principal,
    clock: Arc<ManualClock>,
    _directory: tempfile::TempDir,
}

impl Plant {
    async fn at(start: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::parse(start).unwrap(), 7));
        let options = OpenOptions { create: true, clock: clock.clone(), ..OpenOptions::default() };
        let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        let site = mtm_store::Site {
            time_zone: "Europe/Berlin".to_owned(),
            ..ledger.site().await.unwrap()
        };
        ledger.set_site(site, mtm_core::word::UserId(1)).await.unwrap();
        let app = App::new(ledger).await.unwrap();
        let admin = app.local_principal("tester").await.unwrap();
        let masters = [
            (MasterNoun::Part, "11058-1779"),
            (MasterNoun::Operation, "19"),
            (MasterNoun::Location, "R-E4-18"),
        ];
        let masters = masters.map(|(noun, code)| NewMaster::named(noun, code)).to_vec();
        app.ledger().create_masters(masters, admin.actor()).await.unwrap();
        Self { app, admin, clock, _directory: directory }
    }

    async fn book(&self, body: MovementBody) {
        let body = MovementBody { confirm: vec!["possible_duplicate".to_owned()], ..body };
        self.app.book(&self.admin, Circumstances::default(), &body).await.unwrap();
    }

    async fn receive(&self, quantity: i64) {
        self.book(MovementBody {
            kind: Some(BookingType::In),
            part: Some("11058-1779".to_owned()),
            operation: Some("19".to_owned()),
            location: Some("R-E4-18".to_owned()),
            quantity: Some(quantity),
            ..MovementBody::default()
        })
        .await;
    }

    /// The shifts of all movements, the oldest first.
    async fn kept(&self) -> Vec<Option<String>> {
        let page = self.app.ledger().history(HistoryQuery::default()).await.unwrap();
        let mut shifts: Vec<_> = page.items.into_iter().map(|row| row.shift).collect();
        shifts.reverse();
        shifts
    }

    async fn set(
        &self,
        from: Option<&str>,
        shifts: &[(&str, &str, &str)],
    ) -> Result<u32, AppError> {
        let shift = |(name, begins, ends): &(&str, &str, &str)| ShiftBody {
            name: (*name).to_owned(),
            days: None,
            begins: (*begins).to_owned(),
            ends: (*ends).to_owned(),
        };
        let body = ShiftsBody {
            effective_from: from.map(ToOwned::to_owned),
            shifts: shifts.iter().map(shift).collect(),
        };
        let made = self.app.set_shifts(&self.admin, None, &body, None).await?;
        Ok(made.value.version)
    }

    async fn figures(&self, from: &str, to: &str) -> Vec<ShiftItem> {
        let days = Days { from: from.parse().ok(), to: to.parse().ok() };
        self.app.shift_figures(&self.admin, days).await.unwrap().items
    }
}

#[tokio::test]
async fn a_booking_keeps_its_shift_whatever_the_week_is_later() {
    // 09:05 in Berlin.
    let plant = Plant::at("2026-11-23T08:05:00Z").await;
    plant.receive(1).await;
    assert_eq!(plant.set(None, &[("Long", "06:00", "18:00")]).await.unwrap(), 1);
    plant.receive(2).await;
    plant.clock.advance(10 * 60_000_000);
    plant.receive(3).await;
    plant.clock.advance(9 * HOUR);
    plant.receive(4).await;
    let shift = |text: &str| Some(text.to_owned());
    let expected = [shift("2026-11-23/1"), shift("2026-11-23/1"), shift("2026-11-23/Long"), None];
    assert_eq!(plant.kept().await, expected, "from the next quarter of an hour on");

    let told = plant.figures("2026-11-23", "2026-11-23").await;
    let told: Vec<_> = told
        .iter()
        .map(|it| {
            let name = it.shift.as_ref().map(ToString::to_string);
            (name, it.movements, it.types[0].quantity.whole())
        })
        .collect();
    let expected = [(shift("1"), 2, 3), (shift("Long"), 1, 3), (None, 1, 4)];
    assert_eq!(told, expected, "the figures agree with what movements keep");
}

#[tokio::test]
async fn another_week_begins_when_it_is_said_and_never_before() {
    let plant = Plant::at("2026-11-23T08:05:00Z").await;
    for wrong in ["2026-11-23T09:00", "2026-11-23T09:20", "2026-11-22"] {
        let refused = plant.set(Some(wrong), &[("A", "06:00", "14:00")]).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidBody, "{wrong}");
    }
    plant.set(Some("2026-11-24"), &[("A", "06:00", "14:00")]).await.unwrap();
    let now = plant.clock.now();
    let sheet = plant.app.shifts(&plant.admin, None).await.unwrap();
    assert_eq!((sheet.version, sheet.in_force.version, sheet.as_of), (1, 0, now));
    assert_eq!(sheet.running.unwrap().shift, "2026-11-23/1");
    assert_eq!(sheet.until.unwrap().to_string(), "2026-11-23T23:00:00.000000Z");
    let later = now.plus_micros(24 * HOUR);
    let sheet = plant.app.shifts(&plant.admin, Some(later)).await.unwrap();
    assert_eq!((sheet.in_force.version, sheet.running.unwrap().shift), (1, "2026-11-24/A".into()));
    let all = plant.set(None, &[("A", "06:00", "14:00"), ("B", "13:45", "14:00"), ("A", "5", "6")]);
    match all.await.unwrap_err() {
        AppError::Invalid(errors) => {
            let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(fields, ["shifts[2].begins", "shifts[2].ends"]);
        }
        other => panic!("{other}"),
    }
    let overlap = plant.set(None, &[("A", "06:00", "14:00"), ("B", "13:45", "14:00")]).await;
    assert!(matches!(overlap.unwrap_err(), AppError::Invalid(errors)
        if errors.len() == 1 && errors[0].field == "shifts[1].begins"));
}

#[tokio::test]
async fn what_shifts_did_is_told_by_type_and_operation_over_a_change_of_the_clock() {
    // The night in which Berlin's clock goes back, a quarter of an hour before its shift.
    let plant = Plant::at("2026-10-24T19:45:00Z").await;
    plant.receive(50).await;
    plant.clock.advance(HOUR);
    plant.receive(20).await;
    // 02:30 in summer time, and 02:30 again.
    plant.clock.advance(4 * HOUR - HOUR / 4);
    for _ in 0..2 {
        plant
            .book(MovementBody {
                kind: Some(BookingType::Scrap),
                lot: Some("1".to_owned()),
                quantity: Some(3),
                reason: Some("damaged".to_owned()),
                ..MovementBody::default()
            })
            .await;
        plant.clock.advance(HOUR);
    }
    let told = plant.figures("2026-10-24", "2026-10-24").await;
    let names: Vec<_> = told.iter().map(|it| it.shift.as_ref().unwrap().as_str()).collect();
    assert_eq!(names, ["1", "2", "3"], "also a shift in which nothing moved");
    assert_eq!((told[0].movements, told[1].movements, told[2].movements), (0, 1, 3));
    let night = &told[2];
    assert_eq!(night.ends.micros() - night.begins.micros(), 9 * HOUR);
    assert_eq!((night.scrapped.whole(), night.operations.len()), (6, 1));
    let types: Vec<_> = night.types.iter().map(|sum| (sum.kind, sum.quantity.whole())).collect();
    assert_eq!(types, [(MovementType::In, 20), (MovementType::Scrap, 6)]);
    let kept = plant.kept().await;
    assert!(kept[1..].iter().all(|shift| shift.as_deref() == Some("2026-10-24/3")), "{kept:?}");

    let days = Days { from: "2026-10-24".parse().ok(), to: "2026-10-24".parse().ok() };
    let ask = ThroughputAsk { days, period: Period::Shift, operation: None };
    let moved = plant.app.throughput(&plant.admin, ask).await.unwrap();
    let of_night =
        moved.items.iter().filter(|it| it.shift.as_ref().is_some_and(|s| s.as_str() == "3"));
    assert_eq!(of_night.map(|item| item.movements).sum::<u64>(), night.movements);
}

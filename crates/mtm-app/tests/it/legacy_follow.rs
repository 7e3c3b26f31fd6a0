//! The parallel week: the plant books in the legacy system, this ledger follows.

use jiff::tz::TimeZone;
use mtm_app::legacy::follow::{Class, FollowError, FollowReport};
use mtm_app::legacy::plant::{LogFrom, read_server};
use mtm_app::legacy::report::reconcile;
use mtm_app::legacy::server::Address;
use mtm_app::movement::{
    BookingType, Circumstances, HoldBody, MovementBody, ReleaseBody, ReverseBody,
};
use mtm_app::{App, Principal};
use mtm_store::integrity::VerifyRange;
use mtm_store::query::{LegacyQuery, LotEvent, PageRequest};
use mtm_store::{Ledger, OpenOptions};
use mtm_testkit::MariaDb;

use crate::legacy_server::{dump, loaded};

/// A legacy system, and a ledger that follows it.
struct Week {
    server: &'static MariaDb,
    database: String,
    address: Address,
    app: App,
    admin: Principal,
    follower: Principal,
    _directory: tempfile::TempDir,
}

impl Week {
    /// Taken over into a file, or into a database of the same server.
    async fn begin(server: &'static MariaDb, embedded: bool) -> Self {
        let (database, address) = loaded(server, &dump());
        let directory = tempfile::tempdir().unwrap();
        let target = if embedded {
            format!("sqlite:{}", directory.path().join("mtm.db").display())
        } else {
            server.create_database().unwrap()
        };
        let options = OpenOptions { create: true, ..OpenOptions::default() };
        let app = App::new(Ledger::connect(&target, options).await.unwrap()).await.unwrap();
        let admin = app.local_principal("tester").await.unwrap();
        let follower = app.follower().await.unwrap();
        let week = Self { server, database, address, app, admin, follower, _directory: directory };
        assert!(matches!(week.try_follow().await, Err(FollowError::NotTakenOver)));
        let legacy = read_server(&week.address, LogFrom::Beginning, |_| ()).await.unwrap();
        let (plan, report) = reconcile(&legacy, &TimeZone::UTC).unwrap();
        week.app.take_over(&week.admin, &plan, &report).await.unwrap();
        week
    }

    fn legacy(&self, sql: &str) {
        self.server.sql(&self.database, &format!("SET sql_mode = ''; {sql}")).unwrap();
    }

    /// A row of the legacy log, of now.
    fn log(&self, kind: &str, lot: &str, from: &str, to: &str, pieces: i64) {
        self.legacy(&format!(
            "INSERT INTO inv_transaction (TransactionType, BatchNumber, PartID, FromLocation,
                 ToLocation, Operation, Quantity, User, ReceiveDate)
             VALUES ('{kind}', '{lot}', 'A-100', NULLIF('{from}', ''), NULLIF('{to}', ''), '20',
                 {pieces}, 'ANN', UTC_TIMESTAMP())"
        ));
    }

    /// A row of the legacy stock table.
    fn stock(&self, lot: &str, location: &str, pieces: i64) {
        self.legacy(&format!(
            "INSERT INTO inv_inventory (PartID, Location, Operation, Quantity, User, BatchNumber)
             VALUES ('A-100', '{location}', '20', {pieces}, 'ANN', '{lot}')"
        ));
    }

    async fn try_follow(&self) -> Result<FollowReport, FollowError> {
        self.app.follow(&self.follower, &self.address, &TimeZone::UTC).await
    }

    async fn follow(&self) -> FollowReport {
        self.try_follow().await.unwrap()
    }

    async fn movements(&self) -> u64 {
        self.app.ledger().counts().await.unwrap().movements
    }

    /// Type and pieces of a lot's movements, oldest first, and how many legacy rows it shows.
    async fn life(&self, lot: &str) -> (Vec<(String, i64)>, usize) {
        let sheet = self.app.ledger().lot_sheet(lot.parse().unwrap()).await.unwrap().unwrap();
        let mut legacy = 0;
        let mut movements = Vec::new();
        for event in sheet.history {
            match event {
                LotEvent::Legacy(_) => legacy += 1,
                LotEvent::Ledger(row) => {
                    movements.push((row.kind.as_str().to_owned(), row.quantity.whole()));
                }
            }
        }
        (movements, legacy)
    }

    async fn on_hand(&self, lot: &str) -> i64 {
        let sheet = self.app.ledger().lot_sheet(lot.parse().unwrap()).await.unwrap().unwrap();
        sheet.buckets.iter().map(|bucket| bucket.quantity.whole()).sum()
    }

    /// Takes pieces out of a lot here, as a person would.
    async fn take_here(&self, lot: &str, location: &str, pieces: i64) -> mtm_app::movement::Booked {
        let body = MovementBody {
            kind: Some(BookingType::Out),
            lot: Some(lot.to_owned()),
            location: Some(location.to_owned()),
            quantity: Some(pieces),
            ..MovementBody::default()
        };
        self.app.book(&self.admin, Circumstances::default(), &body).await.unwrap()
    }

    async fn verify(&self) {
        let report = self.app.ledger().verify(VerifyRange::Full, |_| ()).await.unwrap();
        assert!(report.ok, "{report:?}");
    }
}

fn moved(events: &[(&str, i64)]) -> Vec<(String, i64)> {
    events.iter().map(|(kind, pieces)| ((*kind).to_owned(), *pieces)).collect()
}

async fn a_week(embedded: bool) {
    let suite = if embedded { "follow into a file" } else { "follow into MariaDB" };
    let Some(server) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let week = Week::begin(server, embedded).await;
    let begun = week.movements().await;
    let first = week.follow().await;
    assert!(first.taken_over.is_nothing() && first.equal, "{first:?}");
    assert_eq!(first.differences.set_aside.buckets, 2, "{first:?}");
    assert_eq!(week.movements().await, begun);

    // Received; partly taken; moved to a place nobody knew; changed without a word; received and
    // gone again; received and never there; taken twice; a container without a number.
    week.log("IN", "0000000050", "", "R-A1-01", 50);
    week.stock("0000000050", "R-A1-01", 50);
    week.legacy("UPDATE inv_inventory SET Quantity = 30 WHERE ID = 2");
    week.log("OUT", "0000000002", "R-A1-02", "", 10);
    week.legacy("UPDATE inv_inventory SET Location = 'R-NEW' WHERE ID = 3");
    week.log("TRANSFER", "0000000002", "R-A1-03", "R-NEW", 10);
    week.legacy("UPDATE inv_inventory SET Quantity = 20 WHERE ID = 4");
    week.log("IN", "0000000051", "", "R-A1-01", 30);
    week.log("OUT", "0000000051", "R-A1-01", "", 30);
    week.log("IN", "0000000052", "", "R-A1-01", 9);
    week.legacy("DELETE FROM inv_inventory WHERE ID = 11");
    week.log("OUT", "0000000007", "R-A1-01", "", 8);
    week.log("OUT", "0000000007", "R-A1-01", "", 8);
    week.legacy("UPDATE inv_inventory SET Quantity = 5 WHERE ID = 8");
    week.legacy("INSERT INTO md_part_ids VALUES (9,'D-400','','','ANN',0,'WIP','[20]')");
    week.legacy("INSERT INTO usr_users (ID, `User`) VALUES (9, 'ZED')");
    let report = week.follow().await;
    assert!(report.equal, "{report:#?}");
    assert_eq!(report.legacy, report.ledger);
    assert_eq!(
        (report.taken_over.records, report.taken_over.masters, report.taken_over.users),
        (8, 2, 1),
        "{report:#?}"
    );
    assert_eq!(week.life("0000000050").await, (moved(&[("in", 50)]), 1));
    let (second, _) = week.life("0000000002").await;
    assert_eq!(second[second.len() - 2..], moved(&[("out", 10), ("transfer", 10)]));
    let (third, _) = week.life("0000000003").await;
    assert_eq!(third.last(), moved(&[("adjust", 5)]).last());
    assert_eq!(week.life("0000000051").await, (moved(&[("in", 30), ("out", 30)]), 2));
    assert_eq!(week.life("0000000052").await, (Vec::new(), 1));
    let (seventh, _) = week.life("0000000007").await;
    assert_eq!(seventh, moved(&[("opening", 8), ("out", 8)]));
    assert_eq!(report.log.without_stock.len(), 2, "{report:#?}");
    assert_eq!(report.log.stock_without_log.len(), 2, "{report:#?}");
    assert!(week.app.catalogue().part(&"D-400".parse().unwrap()).is_some());

    // Again and again: nothing.
    let written = week.movements().await;
    for _ in 0..2 {
        let again = week.follow().await;
        assert!(again.taken_over.is_nothing() && again.equal, "{again:?}");
    }
    assert_eq!(week.movements().await, written);
    let kept = LegacyQuery {
        page: PageRequest { limit: 100, ..PageRequest::default() },
        ..LegacyQuery::default()
    };
    assert_eq!(week.app.ledger().legacy_movements(kept).await.unwrap().items.len(), 30);
    week.verify().await;
}

#[tokio::test]
async fn what_the_plant_books_there_stands_here_in_a_file() {
    a_week(true).await;
}

#[tokio::test]
async fn what_the_plant_books_there_stands_here_on_a_server() {
    a_week(false).await;
}

#[tokio::test]
async fn a_lot_booked_here_is_told_and_never_overwritten() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("follow: conflicts") else { return };
    let week = Week::begin(server, true).await;
    let booked = week.take_here("0000000002", "R-A1-02", 1).await;
    week.legacy("UPDATE inv_inventory SET Quantity = 30 WHERE ID = 2");
    week.log("OUT", "0000000002", "R-A1-02", "", 10);
    week.stock("0000000050", "R-A1-01", 50);
    let report = week.follow().await;
    assert!(!report.equal);
    let conflict = &report.differences.of(Class::BookedHere);
    assert_eq!((conflict.buckets, conflict.pieces), (1, 9), "{report:#?}");
    assert_eq!((conflict.items[0].legacy, conflict.items[0].ledger), (30, 39));
    assert_eq!(week.on_hand("0000000002").await, 49, "it was left alone");
    assert_eq!(week.on_hand("0000000050").await, 50, "its neighbours were not");
    assert_eq!(week.follow().await.differences, report.differences, "and told again");

    // Undone here, it is followed again.
    let undo = ReverseBody {
        command_id: Some(booked.outcome.id.0),
        reason: Some("it is booked there".to_owned()),
        ..ReverseBody::default()
    };
    week.app.reverse(&week.admin, Circumstances::default(), None, &undo).await.unwrap();
    let report = week.follow().await;
    assert!(report.equal, "{report:#?}");
    assert_eq!(week.on_hand("0000000002").await, 40);

    // Booked in both, it is taken for what it is.
    week.take_here("0000000002", "R-A1-02", 5).await;
    week.legacy("UPDATE inv_inventory SET Quantity = 25 WHERE ID = 2");
    let before = week.movements().await;
    let report = week.follow().await;
    assert!(report.equal && report.taken_over.adopted == 1, "{report:#?}");
    assert_eq!(week.movements().await, before);
    week.legacy("UPDATE inv_inventory SET Quantity = 24 WHERE ID = 2");
    assert!(week.follow().await.equal);
    week.verify().await;
}

#[tokio::test]
async fn holds_and_lots_of_this_side_are_respected() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("follow: conflicts") else { return };
    let week = Week::begin(server, true).await;
    week.follow().await;
    let hold = HoldBody {
        lot: Some("0000000002".to_owned()),
        reason: Some("quality".to_owned()),
        ..HoldBody::default()
    };
    let placed = week.app.place_hold(&week.admin, Circumstances::default(), &hold).await.unwrap();
    week.legacy("UPDATE inv_inventory SET Quantity = 30 WHERE ID = 2");
    let report = week.follow().await;
    assert_eq!(report.differences.of(Class::Held).pieces, 10, "{report:#?}");
    assert_eq!(week.on_hand("0000000002").await, 50);

    // Both systems give lot numbers: far apart.
    let body = MovementBody {
        kind: Some(BookingType::In),
        part: Some("A-100".to_owned()),
        operation: Some("20".to_owned()),
        location: Some("R-A1-01".to_owned()),
        quantity: Some(3),
        ..MovementBody::default()
    };
    let here = week.app.book(&week.admin, Circumstances::default(), &body).await.unwrap();
    assert!(here.outcome.lots[0].counter().unwrap() > 1_000_000, "{here:?}");
    let report = week.follow().await;
    assert_eq!(report.differences.of(Class::OnlyHere).pieces, 3, "{report:#?}");

    // A number that was given here all the same is another lot there, under a fresh number.
    let lot = here.outcome.lots[0].to_string();
    week.stock(&lot, "R-A1-03", 4);
    let report = week.follow().await;
    assert_eq!(week.on_hand(&lot).await, 3);
    assert_eq!(report.legacy.pieces + 10 + 3, report.ledger.pieces, "{report:#?}");
    assert!(week.follow().await.taken_over.is_nothing());

    let id = placed.outcome.hold.unwrap();
    week.app
        .release_hold(&week.admin, Circumstances::default(), id, &ReleaseBody::default())
        .await
        .unwrap();
    assert_eq!(week.follow().await.differences.of(Class::Held).buckets, 0);
    assert_eq!(week.on_hand("0000000002").await, 40);
    week.verify().await;
}

#[tokio::test]
async fn another_database_is_not_followed() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("follow: conflicts") else { return };
    let mut week = Week::begin(server, true).await;
    let before = week.movements().await;
    let (other, address) = loaded(server, &dump());
    server.sql(&other, "UPDATE inv_transaction SET Quantity = Quantity + 1").unwrap();
    week.address = address;
    let error = week.try_follow().await.unwrap_err();
    assert_eq!(error.code(), "legacy_other_database", "{error}");
    assert_eq!(week.movements().await, before);
}

#[tokio::test]
async fn the_cut_over_says_what_both_sides_hold_and_ends_following() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("follow: cut-over") else { return };
    let week = Week::begin(server, true).await;
    week.log("IN", "0000000050", "", "R-A1-01", 50);
    week.stock("0000000050", "R-A1-01", 50);
    let booked = week.take_here("0000000002", "R-A1-02", 1).await;
    let cut_over = async |accept| {
        week.app.cut_over(&week.follower, &week.address, &TimeZone::UTC, accept).await
    };
    let refused = cut_over(false).await.unwrap();
    assert!(!refused.cut_over && refused.cut_over_at.is_none());
    assert_eq!(refused.last.differences.booked_here.pieces, 1);
    assert_eq!(refused.last.taken_over.movements, 1, "what was new is followed all the same");
    assert!(refused.text().contains("NOT cut over"), "{}", refused.text());

    let undo = ReverseBody {
        command_id: Some(booked.outcome.id.0),
        reason: Some("it is booked there".to_owned()),
        ..ReverseBody::default()
    };
    week.app.reverse(&week.admin, Circumstances::default(), None, &undo).await.unwrap();
    let report = cut_over(false).await.unwrap();
    assert!(report.cut_over && report.verified.ok && report.last.equal, "{report:#?}");
    assert_eq!(report.last.legacy, report.last.ledger);
    assert_eq!(report.last.legacy.pieces, 100 + 40 + 10 + 25 + 5 + 7 + 60 + 8 + 50);
    assert_eq!((report.last.log.rows, report.last.log.kept), (23, 23));
    assert_eq!(report.classes.balanced.lots, 5, "{:?}", report.classes.balanced);
    assert!(!report.next_steps.is_empty() && report.text().contains("What to do next"));

    let error = week.try_follow().await.unwrap_err();
    assert_eq!(error.code(), "legacy_cut_over");
    assert_eq!(cut_over(true).await.unwrap_err().code(), "legacy_cut_over");
    week.verify().await;
}

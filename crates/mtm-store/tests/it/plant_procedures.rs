//! What a plant's own SQL client books through `mtm_receive`, `mtm_take` and `mtm_move`: the same
//! as the program, or nothing.

use std::thread;

use mtm_core::Action;
use mtm_core::command::{LotAttributes, Move, Pick, PickRule, Receive, Take};
use mtm_core::policy::Role;
use mtm_core::word::{LotNumber, Note, Quantity, UserName};
use mtm_store::database::LoginRole;
use mtm_store::integrity::VerifyRange;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::record::NewUser;
use mtm_testkit::MariaDb;

use crate::home::accounts;
use crate::mariadb::{Plant, block_on, name_of};

const SUITE: &str = "MariaDB plant procedures";

/// A plant, and a login of its server that books as the plant's own actor.
pub(crate) struct Floor {
    server: &'static MariaDb,
    pub(crate) url: String,
    database: String,
}

impl Floor {
    pub(crate) fn open() -> Option<Self> {
        let server = MariaDb::shared().unwrap().or_skip(SUITE)?;
        let url = server.create_database().unwrap();
        let floor = Self { server, database: name_of(&url), url };
        block_on(async {
            let plant = Plant::open(&floor.url).await;
            let masters = vec![
                NewMaster::named(MasterNoun::Operation, "20"),
                NewMaster::named(MasterNoun::Location, "R-2"),
                NewMaster::named(MasterNoun::ColorCode, "Red"),
            ];
            plant.ledger.create_masters(masters, plant.actor()).await.unwrap();
            accounts(&floor.url, LoginRole::Plant, "press").await;
            let by = plant.actor().id;
            plant.ledger.link_plant_login(by, "press", by).await.unwrap();
            plant.ledger.close().await;
        });
        Some(floor)
    }

    /// What a plant's client gets.
    pub(crate) fn call(&self, statements: &str) -> anyhow::Result<String> {
        self.server.sql_as(("press", "of its own"), &self.database, statements)
    }

    /// The number of a new lot.
    fn receive(&self, key: &str, quantity: i64) -> String {
        let call = format!(
            "CALL mtm_receive('{key}', 'A-1', '10', 'R-1', {quantity}, NULL, NULL, NULL, @s, @l, @m);
             SELECT @l"
        );
        self.call(&call).unwrap().trim().to_owned()
    }

    fn take(key: &str, lot: &str, quantity: &str) -> String {
        format!(
            "CALL mtm_take('{key}', 'A-1', '10', 'R-1', '{lot}', {quantity}, NULL, NULL, @s, @m);"
        )
    }

    pub(crate) fn sql(&self, statements: &str) -> String {
        self.server.sql(&self.database, statements).unwrap()
    }

    /// Seals what waits and proves the ledger; gives how many pieces there are.
    fn proved(&self) -> i64 {
        block_on(async {
            let plant = Plant::reopen(&self.url).await;
            plant.ledger.verify(VerifyRange::Full, |_| ()).await.unwrap();
            let pieces = plant.on_hand().await;
            plant.ledger.close().await;
            pieces
        })
    }
}

/// The program's receipt, taking and move of the same; gives the lot.
async fn by_program(plant: &Plant) -> LotNumber {
    let notes = |text: &str| Some(Note::parse(text).unwrap());
    let attributes = LotAttributes {
        work_order: Some("12".parse().unwrap()),
        color_code: Some("red".parse().unwrap()),
        notes: notes("from  \"Müller\""),
        ..LotAttributes::default()
    };
    let receive = Action::Receive(Receive {
        part: "A-1".parse().unwrap(),
        operation: "10".parse().unwrap(),
        location: "R-1".parse().unwrap(),
        quantity: Quantity::pieces(9).unwrap(),
        containers: std::num::NonZeroU16::MIN,
        lot: None,
        attributes,
        reason: None,
    });
    let received = plant.post(Some("p1"), plant.command(receive)).await.unwrap();
    let lot = received.into_single().unwrap().lots[0].clone();
    let pick = Pick { lot: Some(lot.clone()), rule: PickRule::Exact, ..Pick::default() };
    let take = Action::Take(Take {
        pick: pick.clone(),
        quantity: Some(Quantity::pieces(2).unwrap()),
        reason: Some("other".parse().unwrap()),
        notes: notes("it's gone"),
        reservation: None,
    });
    plant.post(Some("p2"), plant.command(take)).await.unwrap();
    let transfer = Action::Move(Move {
        pick: pick.clone(),
        quantity: Some(Quantity::pieces(3).unwrap()),
        to_operation: Some("20".parse().unwrap()),
        to_location: Some("R-2".parse().unwrap()),
        notes: None,
    });
    plant.post(Some("p3"), plant.command(transfer)).await.unwrap();
    // The last ones of this bucket.
    let (operation, location) = (Some("10".parse().unwrap()), Some("R-1".parse().unwrap()));
    let pick = Pick { part: Some("A-1".parse().unwrap()), operation, location, ..pick };
    let rest = Take {
        pick,
        quantity: Some(Quantity::pieces(4).unwrap()),
        reason: None,
        notes: None,
        reservation: None,
    };
    plant.post(Some("p4"), plant.command(Action::Take(rest))).await.unwrap();
    lot
}

#[test]
fn what_a_mariadb_client_books_leaves_the_same_rows_as_the_program() {
    let Some(floor) = Floor::open() else { return };
    floor.sql(
        "INSERT INTO reason (uid, kind, code, needs_notes) SELECT UNHEX(MD5('r')), 'out', 'other', 1
         FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM reason WHERE kind = 'out' AND code = 'other');
         UPDATE site SET master_version = master_version + 1",
    );
    let theirs = block_on(async {
        let plant = Plant::reopen(&floor.url).await;
        let lot = by_program(&plant).await;
        plant.ledger.close().await;
        lot.to_string()
    });
    let booked = floor
        .call(
            "CALL mtm_receive('c1', ' a-1', '10', 'r-1', 9, '12', 'RED', 'from  \"Müller\"', @s, @l, @m);
             SELECT @s, @l;
             CALL mtm_take('c2', 'A-1', '10', 'R-1', @l, 2, 'Other', 'it''s gone', @s, @m); SELECT @s;
             CALL mtm_move('c3', 'A-1', '10', 'R-1', @l, 3, '20', 'R-2', NULL, @s, @m); SELECT @s;
             CALL mtm_take('c4', 'A-1', '10', 'R-1', @l, 4, NULL, NULL, @s, @m); SELECT @s",
        )
        .unwrap();
    let lot = booked.lines().next().unwrap().strip_prefix("done\t").unwrap().to_owned();
    assert_eq!(booked, format!("done\t{lot}\ndone\ndone\ndone\n"));
    assert_eq!(floor.proved(), 6);

    for rows in [
        "SELECT type, part_id, quantity, from_account, from_operation_id, from_location_id,
                to_account, to_operation_id, to_location_id, to_lot, user_id, reason, notes,
                LENGTH(notes_salt), reverses, station, app_version, occurred_at, import_id,
                session_id, sequence > 0, RIGHT(HEX(id), 4), SUBSTRING(HEX(id), 13, 1)
           FROM movement WHERE lot = '{lot}' ORDER BY sequence",
        "SELECT part_id, item_type_id, color_id, work_order, notes, received_by, parent, version,
                ledger_version FROM lot WHERE lot = '{lot}'",
        "SELECT operation_id, location_id, part_id, quantity FROM stock WHERE lot = '{lot}'
          ORDER BY 1, 2",
        "SELECT type, traceparent, REPLACE(data, '{lot}', 'it'), movement_sequence > 0 FROM outbox
          WHERE subject = '{lot}' ORDER BY position",
        "SELECT audit.kind, audit.user_id, audit.at = movement.recorded_at
           FROM audit JOIN movement ON movement.sequence = audit.movement_sequence
          WHERE movement.lot = '{lot}' ORDER BY audit.sequence",
        "SELECT k.user_id, k.status, k.recorded_at = m.recorded_at, LENGTH(k.fingerprint)
           FROM idempotency_key AS k JOIN movement AS m
             ON LEFT(HEX(k.command_id), 28) = LEFT(HEX(m.id), 28)
          WHERE m.lot = '{lot}' ORDER BY m.sequence",
    ] {
        let of = |lot: &str| floor.sql(&rows.replace("{lot}", lot));
        assert_eq!(of(&lot), of(&theirs), "{rows}");
        assert!(!of(&lot).is_empty(), "{rows}");
    }
    // In a shift of the site's day, unless the server knows no time zones.
    let shifts = format!(
        "SELECT count(*) FROM movement WHERE lot = '{lot}' AND (shift REGEXP '^20[0-9-]{{8}}/[123]$'
         OR (shift IS NULL AND (SELECT count(*) FROM mysql.time_zone_name) = 0))"
    );
    assert_eq!(floor.sql(&shifts), "4\n");
    // The moment is the server's, within the call.
    let late = "SELECT count(*) FROM movement
        WHERE ABS(recorded_at - UNIX_TIMESTAMP() * 1000000) > 600000000";
    assert_eq!(floor.sql(late), "0\n");
}

#[test]
fn a_key_of_a_mariadb_client_has_one_effect() {
    let Some(floor) = Floor::open() else { return };
    let lot = floor.receive("first", 10);
    assert_eq!(floor.receive("first", 10), lot);
    let take = Floor::take("second", &lot, "4");
    let once = thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| floor.call(&format!("{take} SELECT @s, @m")).unwrap()))
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect::<Vec<_>>()
    });
    let done = once.iter().filter(|answer| answer.starts_with("done")).count();
    let replayed = once.iter().filter(|answer| answer.starts_with("replayed")).count();
    assert_eq!((done, replayed), (1, 3), "{once:?}");
    let movement = |answer: &String| answer.split('\t').nth(1).unwrap().to_owned();
    assert!(once.iter().all(|answer| movement(answer) == movement(&once[0])));
    // It is looked up before anything is judged: nothing of this is left by now.
    floor.call(&Floor::take("third", &lot, "6")).unwrap();
    assert!(floor.call(&format!("{take} SELECT @s")).unwrap().starts_with("replayed"));
    let other = floor.call(&Floor::take("second", &lot, "5")).unwrap_err();
    assert!(format!("{other:#}").contains("ERROR 41032"), "{other:#}");
    assert_eq!(floor.proved(), 0);
}

#[test]
fn many_mariadb_clients_on_one_bucket_take_exactly_what_is_there() {
    let Some(floor) = Floor::open() else { return };
    let lot = floor.receive("all", 60);
    let taken: usize = thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|client| {
                let (floor, lot) = (&floor, &lot);
                scope.spawn(move || {
                    let take = |n| floor.call(&Floor::take(&format!("{client}-{n}"), lot, "3"));
                    (0..6).filter(|n| take(*n).is_ok()).count()
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    assert_eq!((taken, floor.proved()), (20, 0));
}

#[test]
fn what_a_mariadb_client_may_not_book_is_refused_with_a_number_and_changes_nothing() {
    let Some(floor) = Floor::open() else { return };
    let lot = floor.receive("first", 5);
    assert_eq!(floor.proved(), 5);
    let tables = "movement, stock, lot, hold, audit, outbox, seal_queue, idempotency_key";
    let sums = || floor.sql(&format!("CHECKSUM TABLE {tables}"));
    let before = sums();
    let refused = |calls: &str, number: u16| {
        let refused = floor.call(calls).unwrap_err();
        let refused = format!("{refused:#}");
        assert!(refused.contains(&format!("ERROR {number} ")), "{number}: {refused}");
        assert_eq!(sums(), before, "{calls}");
    };
    let receive = |key: &str, rest: &str| format!("CALL mtm_receive({key}, {rest}, @s, @l, @m)");
    let good = "'A-1', '10', 'R-1', 5, NULL, NULL, NULL";
    let take = |part: &str, quantity: &str, rest: &str| {
        format!("CALL mtm_take('k', {part}, '10', 'R-1', '{lot}', {quantity}, {rest}, @s, @m)")
    };
    let go = |to: &str| format!("CALL mtm_move('k', 'A-1', '10', 'R-1', '{lot}', 1, {to}, @s, @m)");
    let long = format!("'{}'", "x".repeat(1001));

    refused(&format!("START TRANSACTION; {}", receive("'k'", good)), 41020);
    for key in ["NULL", "''", "'two words'", "'schlüssel'"] {
        refused(&receive(key, good), 41022);
    }
    for (change, to, number) in [
        ("'A-1'", "NULL", 41023),
        ("'A-1'", "''", 41023),
        ("'A-1'", "'A-9'", 41023),
        ("'10'", "NULL", 41024),
        ("'10'", "'99'", 41024),
        ("'R-1'", "NULL", 41025),
        ("'R-1'", "'R-9'", 41025),
        ("5, NULL, NULL", "5, NULL, 'Pink'", 41027),
        ("5, NULL, NULL", "NULL, NULL, NULL", 41028),
        ("5, NULL, NULL", "0, NULL, NULL", 41028),
        ("5, NULL, NULL", "-1, NULL, NULL", 41028),
        ("5, NULL, NULL", "100001, NULL, NULL", 41028),
        ("5, NULL, NULL", "9223372036854775807, NULL, NULL", 41028),
        // What fits no parameter is cut by nobody.
        ("5, NULL, NULL", "9223372036854775808, NULL, NULL", 1264),
        ("'A-1'", long.as_str(), 1406),
        ("'10'", long.as_str(), 1406),
        ("'R-1'", long.as_str(), 1406),
        ("5, NULL, NULL, NULL", &format!("5, {long}, NULL, NULL"), 1406),
        ("5, NULL, NULL, NULL", &format!("5, NULL, {long}, NULL"), 1406),
        ("5, NULL, NULL, NULL", &format!("5, NULL, NULL, {long}"), 1406),
    ] {
        assert!(good.contains(change), "{change}");
        refused(&receive("'k'", &good.replacen(change, to, 1)), number);
    }
    refused(&receive(&long, good), 1406);
    for (call, number) in [
        (take("NULL", "1", "NULL, NULL"), 41023),
        (take("'A-1'", "NULL", "NULL, NULL"), 41028),
        (take("'A-1'", "0", "NULL, NULL"), 41028),
        (take("'A-1'", "6", "NULL, NULL"), 41029),
        (take("'A-1'", "9223372036854775807", "NULL, NULL"), 41029),
        (take("'A-1'", "1", "'damaged', NULL"), 41033),
        (take("'A-1'", "1", &format!("{long}, NULL")), 1406),
        (take("'A-1'", "1", &format!("NULL, {long}")), 1406),
        (take("'A-1'", "1", "NULL, CHAR(7)"), 41022),
        (take("'A-1'", "1", "NULL, NULL").replace(&lot, "9999999999"), 41026),
        (take("'A-1'", "1", "NULL, NULL").replace(&format!("'{lot}'"), "NULL"), 41026),
        (take("'A-1'", "1", "NULL, NULL").replace("'R-1'", "'R-2'"), 41029),
        (go("NULL, NULL, NULL"), 41031),
        (go("'10', 'R-1', NULL"), 41031),
        (go("'99', NULL, NULL"), 41024),
        (go("NULL, 'R-9', NULL"), 41025),
        (go(&format!("NULL, {long}, NULL")), 1406),
        // Where to is for the procedure to say, not for the parameters of another.
        ("CALL mtm_book('scrap', 'k', 'A-1', '10', 'R-1', '1', 1, NULL, NULL, NULL, NULL, NULL, NULL, @s, @l, @m)".to_owned(), 1370),
    ] {
        refused(&call, number);
    }
}

#[test]
fn a_mariadb_client_books_nothing_that_is_held_or_retired_and_for_nobody_who_may_not() {
    let Some(floor) = Floor::open() else { return };
    let lot = floor.receive("first", 5);
    let refused = |calls: &str, number: u16| {
        let refused = format!("{:#}", floor.call(calls).unwrap_err());
        assert!(refused.contains(&format!("ERROR {number} ")), "{number}: {refused}");
    };
    let receive = "CALL mtm_receive('k', 'A-1', '10', 'R-1', 5, NULL, NULL, NULL, @s, @l, @m)";
    let go =
        format!("CALL mtm_move('k', 'A-1', '10', 'R-1', '{lot}', 1, NULL, 'R-2', NULL, @s, @m)");
    let take = |quantity: &str| Floor::take("k", &lot, quantity);
    let change = |sql: &str| {
        floor.sql(sql);
    };
    change("UPDATE location SET retired_at = 1 WHERE code = 'R-2'");
    refused(&go, 41025);
    change("UPDATE part SET retired_at = 1 WHERE code = 'A-1'");
    refused(receive, 41023);
    change("UPDATE part SET retired_at = NULL, max_quantity = 4000000 WHERE code = 'A-1'");
    refused(receive, 41028);
    change("UPDATE user SET role = 'viewer' WHERE name = 'cli:tester'");
    refused(&take("1"), 41021);
    change("UPDATE user SET role = 'admin', disabled_at = 1 WHERE name = 'cli:tester'");
    refused(&take("1"), 41021);
    change("UPDATE user SET disabled_at = NULL WHERE name = 'cli:tester'; DELETE FROM plant_login");
    refused(&take("1"), 41021);
    change("INSERT INTO plant_login SELECT 'press', id, 1 FROM user WHERE name = 'cli:tester'");
    for held in ["lot, part_id", "part_id, lot", "location_id, lot"] {
        let (column, other) = held.split_once(", ").unwrap();
        let value = if column == "lot" { format!("'{lot}'") } else { "1".to_owned() };
        change(&format!(
            "INSERT INTO hold (id, {column}, {other}, reason, placed_by, placed_at)
             VALUES (UNHEX(MD5('{column}')), {value}, NULL, 'quality', 1, 1)"
        ));
        let held = floor.call(&take("1")).unwrap_err();
        assert!(format!("{held:#}").contains("ERROR 41030 "), "{held:#}");
        change("DELETE FROM hold");
    }
    // A client that commits by itself is served as well, and nothing is left open.
    let own = format!("SET autocommit = 0; {} SELECT @s, @@in_transaction", take("5"));
    assert_eq!(floor.call(&own).unwrap(), "done\t0\n");
    assert_eq!(floor.proved(), 0);
}

#[test]
fn a_login_of_mariadb_is_linked_relinked_and_unlinked() {
    let Some(floor) = Floor::open() else { return };
    block_on(async {
        let plant = Plant::reopen(&floor.url).await;
        let (ledger, by) = (&plant.ledger, plant.actor().id);
        let new = NewUser {
            name: UserName::parse("Press 1").unwrap(),
            display_name: None,
            role: Role::Operator,
            password_hash: None,
        };
        let press = ledger.create_user(by, new, None).await.unwrap().value;
        let linked = ledger.link_plant_login(by, "press", press.row).await.unwrap();
        assert_eq!((linked.login.as_str(), linked.user.as_str()), ("press", "Press 1"));
        assert_eq!(ledger.plant_logins().await.unwrap(), [linked]);
        floor.receive("as-press", 1);
        ledger.unlink_plant_login(by, "press").await.unwrap();
        assert!(ledger.unlink_plant_login(by, "press").await.is_err());
        assert!(ledger.plant_logins().await.unwrap().is_empty());
        assert!(ledger.link_plant_login(by, "", press.row).await.is_err());
        ledger.verify(VerifyRange::Full, |_| ()).await.unwrap();
        ledger.close().await;
    });
    let who = "SELECT user.name FROM movement JOIN user ON user.id = movement.user_id";
    assert_eq!(floor.sql(who), "Press 1\n");
}

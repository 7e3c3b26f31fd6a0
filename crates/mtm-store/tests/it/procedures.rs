//! The procedures' contract on a real server: every kind of drift is told as what it is, and a
//! call that makes no sense is refused and changes nothing.

use mtm_store::database::{self, Deviation, Drift};
use mtm_store::{Ledger, OpenOptions};
use mtm_testkit::MariaDb;

use crate::mariadb::{Plant, block_on, name_of};

/// Statements as this program's connections run them: under its rules for SQL.
pub(crate) const MODES: &str = "SET sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,\
    NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY';";

fn make(url: &str) {
    block_on(async {
        let options = OpenOptions { create: true, ..OpenOptions::default() };
        let ledger = Ledger::connect(url, options).await.unwrap();
        assert_eq!(ledger.check_database().await.unwrap(), []);
        ledger.close().await;
    });
}

fn procedure(name: &str, head: &str) -> String {
    format!("{MODES} DROP PROCEDURE IF EXISTS {name}; CREATE PROCEDURE {name} {head} SET @x = 1")
}

#[test]
fn every_kind_of_drift_of_mariadb_procedures_is_told() {
    let suite = "MariaDB procedures";
    let Some(server) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = server.create_database().unwrap();
    let database = name_of(&url);
    make(&url);
    let check = || block_on(database::check(&url)).unwrap();
    assert_eq!(check(), []);

    let seal = |head: &str| procedure("mtm_seal", head);
    let both = "(IN p_batch LONGTEXT, OUT p_status VARCHAR(20))";
    let right = "SQL SECURITY DEFINER MODIFIES SQL DATA";
    let text = |text: &str| text.to_owned();
    let cases: Vec<(String, Deviation)> = vec![
        (text("DROP PROCEDURE mtm_post"), Deviation::Missing),
        (seal(&format!("{both} {right}")), Deviation::BodyChanged),
        (
            seal(&format!("(IN p_batch LONGTEXT) {right}")),
            Deviation::ParameterMissing { parameter: text("p_status") },
        ),
        (
            seal(&format!(
                "(IN p_batch LONGTEXT, OUT p_status VARCHAR(20), IN p_more INT) {right}"
            )),
            Deviation::ParameterAdded { parameter: text("p_more") },
        ),
        (
            seal(&format!("(OUT p_status VARCHAR(20), IN p_batch LONGTEXT) {right}")),
            Deviation::ParameterMoved { parameter: text("p_batch"), expected: 1, found: 2 },
        ),
        (
            seal(&format!("(IN p_lot LONGTEXT, OUT p_status VARCHAR(20)) {right}")),
            Deviation::ParameterRenamed { expected: text("p_batch"), found: text("p_lot") },
        ),
        (
            seal(&format!("(IN p_batch LONGTEXT, INOUT p_status VARCHAR(20)) {right}")),
            Deviation::ParameterChanged {
                parameter: text("p_status"),
                expected: text("OUT varchar(20)"),
                found: text("INOUT varchar(20)"),
            },
        ),
        (
            seal(&format!("{both} SQL SECURITY INVOKER MODIFIES SQL DATA")),
            Deviation::NotDefiner { found: text("INVOKER") },
        ),
        (
            seal(&format!("{both} SQL SECURITY DEFINER READS SQL DATA")),
            Deviation::DataAccess {
                expected: text("MODIFIES SQL DATA"),
                found: text("READS SQL DATA"),
            },
        ),
        (text("ALTER PROCEDURE mtm_note COMMENT 'of another version'"), Deviation::BodyChanged),
        (text("DROP VIEW plant_stock"), Deviation::Missing),
        (
            text("CREATE OR REPLACE SQL SECURITY INVOKER VIEW plant_stock AS SELECT 1 AS lot"),
            Deviation::NotDefiner { found: text("INVOKER") },
        ),
        (procedure("mtm_extra", "()"), Deviation::Unknown),
        (text("DROP TRIGGER audit_is_never_removed"), Deviation::Missing),
        (
            text(
                "CREATE OR REPLACE TRIGGER audit_is_never_removed BEFORE DELETE ON audit \
                 FOR EACH ROW SET @x = 1",
            ),
            Deviation::BodyChanged,
        ),
        (
            seal(&format!("{both} {right}")).replace(MODES, "SET sql_mode = '';"),
            Deviation::SqlMode { expected: String::new(), found: String::new() },
        ),
    ];
    for (statements, expected) in cases {
        server.sql(&database, &statements).unwrap();
        let found = check();
        let is = |drift: &&Drift| match (&drift.what, &expected) {
            (Deviation::SqlMode { found, .. }, Deviation::SqlMode { .. }) => found.is_empty(),
            (what, expected) => what == expected,
        };
        assert!(found.iter().any(|drift| is(&drift)), "{statements}: {found:?}");
        // Opening the ledger puts the program's own back; what it does not know stays.
        let dropped = "DROP PROCEDURE IF EXISTS mtm_extra";
        server.sql(&database, dropped).unwrap();
        make(&url);
    }
}

#[test]
fn what_mariadb_does_not_show_an_account_is_told_as_hidden() {
    let suite = "MariaDB procedures";
    let Some(server) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = server.create_database().unwrap();
    let database = name_of(&url);
    make(&url);
    let user = format!("looker{}", std::process::id());
    let account =
        format!("CREATE USER '{user}'@'%'; GRANT SELECT, EXECUTE ON {database}.* TO '{user}'@'%'");
    server.sql("", &account).unwrap();
    let theirs = url.replace("root@", &format!("{user}@"));
    let check = || block_on(database::check(&theirs)).unwrap();
    let found = check();
    // Twenty procedures, whose mark is ours, and four triggers.
    assert_eq!(found.len(), 24, "{found:?}");
    assert!(found.iter().all(|drift| drift.what == Deviation::BodyHidden), "{found:?}");
    // With the right to see them, triggers that are not there are missing.
    server.sql("", &format!("GRANT TRIGGER ON {database}.* TO '{user}'@'%'")).unwrap();
    assert_eq!(check().len(), 20);
    server.sql(&database, "DROP TRIGGER audit_is_never_changed").unwrap();
    assert!(check().iter().any(|drift| drift.what == Deviation::Missing));
}

/// A posting as the first version of the contract takes it: moment and user stand above it.
fn first_version(posting: &str) -> String {
    let above = r#"{"recorded_at": 1, "user": 1, "#;
    match posting.strip_prefix("'{") {
        Some("'" | "}'") | None => posting.to_owned(),
        Some(rest) => format!("'{above}{rest}"),
    }
}

/// Calls with a posting, in both versions of the contract.
fn calls_with(posting: &str) -> Vec<String> {
    let first = first_version(posting);
    let mut calls = Vec::new();
    for (apply, posting) in [("mtm_apply_v2", posting), ("mtm_apply", &first)] {
        calls.push(format!("START TRANSACTION; CALL {apply}({posting}, @status)"));
        // Outside of a transaction nothing could undo it.
        calls.push(format!("CALL {apply}({posting}, @status)"));
    }
    if posting.starts_with("'{") && posting.ends_with("}'") {
        let (second, first) = (posting.trim_matches('\''), first.trim_matches('\''));
        calls.push(format!(
            r#"CALL mtm_post_v2('[{{"keys": [], "postings": {second}}}]', @answers)"#
        ));
        calls.push(format!(r#"CALL mtm_post('[{{"key": null, "posting": {first}}}]', @answers)"#));
    }
    calls
}

/// Calls under a key, in both versions of the contract.
fn calls_under(key: &str) -> Vec<String> {
    let key = format!(
        r#"{{"key": "{key}", "fingerprint": "00", "user": 1, "at": 1, "command": "00",
           "signature": null, "body": null}}"#
    );
    vec![
        format!(r#"CALL mtm_post_v2('[{{"keys": [{key}], "postings": {{}}}}]', @answers)"#),
        format!(r#"CALL mtm_post('[{{"key": {key}, "posting": {{}}}}]', @answers)"#),
    ]
}

/// A database with a ledger of one receipt, which nobody serves any more.
pub(crate) fn ledger_of_one_receipt(server: &MariaDb) -> String {
    let url = server.create_database().unwrap();
    block_on(async {
        let plant = Plant::open(&url).await;
        plant.post(None, plant.receive(5)).await.unwrap();
        plant.ledger.verify(mtm_store::integrity::VerifyRange::Full, |_| ()).await.unwrap();
        plant.ledger.close().await;
    });
    name_of(&url)
}

/// Sums over all rows that calls could change.
pub(crate) fn sums(server: &MariaDb, database: &str) -> String {
    let ledger = "movement, stock, lot, hold, audit, outbox, seal_queue, idempotency_key";
    server.sql(database, &format!("CHECKSUM TABLE {ledger}, lease, site")).unwrap()
}

#[test]
fn calls_of_mariadb_procedures_that_make_no_sense_are_refused_and_change_nothing() {
    let suite = "MariaDB procedures";
    let Some(server) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let database = ledger_of_one_receipt(server);
    let before = sums(server, &database);

    let movement = |change: &str| {
        let whole = r#""id": "00000000000000000000000000000001", "type": "in", "part": 1,
            "lot": "0000000001", "quantity": 1000000, "from": {"account": "supplier"},
            "to": {"account": "stock", "operation": 1, "location": 1}, "user": 1, "at": 1"#;
        let mut fields = format!("{{{whole}}}");
        if let Some((old, new)) = change.split_once("=>") {
            assert!(fields.contains(old), "{old}");
            fields = fields.replace(old, new);
        }
        let queue = r#"{"movement": "00000000000000000000000000000001", "user": 1, "at": 1}"#;
        format!(r#"{{"lots": [], "movements": [{fields}], "queue": [{queue}]}}"#)
    };
    let long = "x".repeat(300);
    let notes = "n".repeat(70_000);
    let lot = format!(
        r#"{{"new_lots": [{{"lot": "L-9", "part": 1, "received_at": 1, "received_by": 1,
            "notes": "{notes}"}}], "movements": [],
            "queue": [{{"audit": "lot", "entry": "x", "user": 1, "at": 1}}]}}"#
    );
    let postings = [
        "NULL".to_owned(),
        "''".to_owned(),
        "'{'".to_owned(),
        "'7'".to_owned(),
        "'[]'".to_owned(),
        "'{}'".to_owned(),
        format!("'{}'", movement(r#""quantity": 1000000=>"quantity": -1"#)),
        format!("'{}'", movement(r#""quantity": 1000000=>"quantity": "many""#)),
        format!("'{}'", movement(r#""quantity": 1000000=>"quantity": 99999999999999999999"#)),
        format!("'{}'", movement(r#""type": "in"=>"type": "gift""#)),
        format!("'{}'", movement(r#""part": 1=>"part": 999"#)),
        format!("'{}'", movement(r#""operation": 1=>"operation": 999"#)),
        format!("'{}'", movement(&format!(r#""lot": "0000000001"=>"lot": "{long}""#))),
        format!("'{}'", movement(&format!(r#""type": "in"=>"type": "in", "reason": "{long}""#))),
        format!("'{}'", movement(&format!(r#""type": "in"=>"type": "in", "notes": "{notes}""#))),
        format!("'{lot}'"),
    ];
    let refused = |call: &str| {
        let refused = server.sql(&database, &format!("{MODES} {call}"));
        assert!(refused.is_err(), "{}: {refused:?}", &call[..call.len().min(300)]);
        let shown = &call[..call.len().min(300)];
        assert_eq!(sums(server, &database), before, "{shown}");
    };
    let second_only = [
        movement(r#""user": 1=>"user": null"#),
        movement(r#""user": 1=>"user": 999"#),
        movement(r#""at": 1=>"at": null"#),
        // A movement that nobody would ever give its place.
        movement("").replace(r#""movement": "0"#, r#""audit": "lot", "entry": "0"#),
    ];
    for posting in &second_only {
        refused(&format!("START TRANSACTION; CALL mtm_apply_v2('{posting}', @status)"));
    }
    for call in postings.iter().flat_map(|posting| calls_with(posting)) {
        refused(&call);
    }
    for call in [calls_under("short"), calls_under(&long)].concat() {
        refused(&call);
    }
    for batch in ["NULL", "''", "'{'", "'{}'", "'7'", "'[7]'", "'[null]'", "'[{}]'"] {
        refused(&format!("CALL mtm_post_v2({batch}, @answers)"));
        refused(&format!("CALL mtm_post({batch}, @answers)"));
    }
    for batch in [
        "NULL",
        "''",
        "'{'",
        "'[]'",
        "'7'",
        "'{}'",
        r#"'{"owner": "00", "fence": 1, "after": 0}'"#,
        r#"'{"owner": "00", "fence": null, "after": 0, "queue": []}'"#,
    ] {
        refused(&format!("CALL mtm_seal({batch}, @status)"));
    }
}

/// Calls of what administration calls, with nothing where something must be, or with too much.
const SENSELESS: &[&str] = &[
    "mtm_lots(NULL, @last)",
    "mtm_lots(0, @last)",
    "mtm_lots(-1, @last)",
    "mtm_lots(100001, @last)",
    "mtm_lots(99999999999, @last)",
    "mtm_note(NULL, '{}', 1, 1)",
    "mtm_note('user', NULL, 1, 1)",
    "mtm_note('user', '{}', NULL, 1)",
    "mtm_note('user', '{}', 1, NULL)",
    "mtm_note('user', '{}', 'anna', 1)",
    "mtm_note('movement', '{}', 1, 1)",
    "mtm_event(NULL, 'lot.changed', 's', '{}', 1, NULL)",
    "mtm_event('1', NULL, 's', '{}', 1, NULL)",
    "mtm_event('1', 'lot.changed', NULL, '{}', 1, NULL)",
    "mtm_event('1', 'lot.changed', 's', '{}', NULL, NULL)",
    "mtm_event('1', 'movement.recorded', 's', '{}', 1, NULL)",
    "mtm_event('12345678901234567', 'lot.changed', 's', '{}', 1, NULL)",
    "mtm_remember(NULL, '1', 1, 1, NULL, NULL, 200, NULL)",
    "mtm_remember('', '1', 1, 1, NULL, NULL, 200, NULL)",
    "mtm_remember('k', NULL, 1, 1, NULL, NULL, 200, NULL)",
    "mtm_remember('k', '1', NULL, 1, NULL, NULL, 200, NULL)",
    "mtm_remember('k', '1', 1, 1, NULL, NULL, NULL, NULL)",
    "mtm_remember('k', '1', 1, 1, NULL, NULL, 99999999999, NULL)",
];

#[test]
fn calls_of_mariadb_procedures_of_administration_that_make_no_sense_change_nothing() {
    let suite = "MariaDB procedures";
    let Some(server) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = server.create_database().unwrap();
    let database = name_of(&url);
    make(&url);
    let before = sums(server, &database);
    let refused = |call: &str| {
        let refused = server.sql(&database, &format!("{MODES} {call}"));
        assert!(refused.is_err(), "{}: {refused:?}", &call[..call.len().min(300)]);
        assert_eq!(sums(server, &database), before, "{}", &call[..call.len().min(300)]);
    };
    for call in SENSELESS {
        refused(&format!("CALL {call}"));
    }
    let long = "x".repeat(300);
    for call in [
        format!("mtm_note('{long}', '', 1, 1)"),
        format!("mtm_event('1', '{long}', 's', '{{}}', 1, NULL)"),
        format!("mtm_event('1', 'lot.changed', '{long}', '{{}}', 1, NULL)"),
        format!("mtm_event('1', 'lot.changed', 's', '{{}}', 1, '{long}')"),
        format!("mtm_remember('{long}', '1', 1, 1, NULL, NULL, 200, NULL)"),
        format!("mtm_remember('k', '{long}', 1, 1, NULL, NULL, 200, NULL)"),
        format!("mtm_forget('{long}', 1, @count)"),
        format!("mtm_forget_events('{long}', 1, @count)"),
    ] {
        refused(&format!("CALL {call}"));
    }
    // Nothing is older than nothing, and nobody leases inside of a transaction.
    refused("START TRANSACTION; CALL mtm_lots(1, @last)");
    // What happened last is told, however old it is.
    for nothing in [
        "mtm_forget(NULL, 1, @count)",
        "mtm_forget(1, NULL, @count)",
        "mtm_forget_events(NULL, 1, @count)",
        "mtm_forget_events(1, NULL, @count)",
        "mtm_forget_events((SELECT max(position) FROM outbox), 0, @count)",
    ] {
        let counted = server.sql(&database, &format!("{MODES} CALL {nothing}; SELECT @count"));
        assert_eq!((counted.unwrap().as_str(), sums(server, &database)), ("0\n", before.clone()));
    }
}

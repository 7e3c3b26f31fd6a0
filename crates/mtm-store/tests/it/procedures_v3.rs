//! The procedures that take rows by place: what makes no sense is refused by them as well, and
//! changes nothing.

use mtm_testkit::MariaDb;

use crate::procedures::{MODES, ledger_of_one_receipt, sums};

/// A receipt as the third version of the contract takes it, with one of its texts changed.
fn third_version(change: &str) -> String {
    let ends = r#""supplier", null, null, "stock", 1, 1, 1"#;
    let whole = format!(
        r#"["00000000000000000000000000000001", "in", 1, "0000000001", null, 1000000, 1, {ends}]"#
    );
    let Some((old, new)) = change.split_once("=>") else { return whole };
    assert!(whole.contains(old), "{old}");
    whole.replace(old, new)
}

/// Senseless calls of the third version: of both procedures, and outside of any transaction.
fn third_calls(new_lots: &str, movements: &str, queue: &str) -> [String; 3] {
    let postings = format!("NULL, {new_lots}, {movements}, NULL, NULL, NULL, {queue}");
    [
        format!("START TRANSACTION; CALL mtm_apply_v3({postings}, @status)"),
        format!("CALL mtm_apply_v3({postings}, @status)"),
        format!("CALL mtm_post_v3(NULL, {postings}, @answer)"),
    ]
}

#[test]
fn calls_by_place_on_mariadb_that_make_no_sense_are_refused_and_change_nothing() {
    let suite = "MariaDB procedures";
    let Some(server) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let database = ledger_of_one_receipt(server);
    let before = sums(server, &database);
    let refused = |call: &str| {
        let refused = server.sql(&database, &format!("{MODES} {call}"));
        let shown = &call[..call.len().min(300)];
        assert!(refused.is_err(), "{shown}: {refused:?}");
        assert_eq!(sums(server, &database), before, "{shown}");
    };
    let refuse = |new_lots: &str, movements: &str, queue: &str| {
        for call in third_calls(new_lots, movements, queue) {
            refused(&call);
        }
    };
    let long = "x".repeat(300);
    let notes = "n".repeat(70_000);
    let place = r#"'[[1, 1, null, "00000000000000000000000000000001"]]'"#;
    let changes = [
        "1000000=>-1".to_owned(),
        "1000000=>null".to_owned(),
        "1000000=>\"many\"".to_owned(),
        "1000000=>99999999999999999999".to_owned(),
        "\"in\"=>\"gift\"".to_owned(),
        "\"in\", 1=>\"in\", 999".to_owned(),
        "\"0000000001\"=>\"0000000404\"".to_owned(),
        format!("\"0000000001\"=>\"{long}\""),
        "\"stock\", 1=>\"stock\", 999".to_owned(),
        "\"stock\", 1=>\"stock\", null".to_owned(),
        "1, 1, 1]=>1, 1, 999]".to_owned(),
        "1, 1, 1]=>1, 1, null]".to_owned(),
        "1000000, 1=>1000000, null".to_owned(),
        format!("1, 1, 1]=>1, 1, 1, 0, \"{long}\"]"),
        format!("1, 1, 1]=>1, 1, 1, 0, null, \"{notes}\"]"),
    ];
    for change in changes {
        let movements = format!("'[{}]'", third_version(&change));
        refuse("NULL", &movements, place);
    }
    // More than there is, of a lot that exists.
    let taken = third_version("\"supplier\", null, null=>\"stock\", 1, 1")
        .replace("\"stock\", 1, 1, 1]", "\"consumed\", null, null, 1]")
        .replace("1000000", "6000000");
    refuse("NULL", &format!("'[{taken}]'"), place);
    // A movement that nobody would ever give its place, and places of nothing.
    let movements = format!("'[{}]'", third_version(""));
    for queue in [
        "NULL",
        "''",
        "'{'",
        "'{}'",
        "'[]'",
        "'7'",
        "'[[1, 1]]'",
        r#"'[[1, 1, null, null, "lot", "x"]]'"#,
    ] {
        refuse("NULL", &movements, queue);
    }
    refuse("NULL", "NULL", place);
    let entry = r#"'[[1, 1, null, null, "lot", "x"]]'"#;
    for rows in ["''", "'{'", "'{}'", "'7'", "'[7]'", "'[[]]'", "'[null]'", "'[{}]'"] {
        refuse(rows, "NULL", entry);
        refuse("NULL", rows, place);
    }
    let lot = format!(r#"'[["L-9", 1, 1, 1, null, null, null, "{notes}"]]'"#);
    refuse(&lot, "NULL", entry);
    let key = |key: &str| format!(r#"[["{key}", "00", 1, 1, "00", "00"]]"#);
    for keys in ["", "{", "{}", "7", "[7]", "[[]]", "[null]", &key(&long), &key("short")] {
        let none = "NULL, NULL, NULL, NULL, NULL, NULL, NULL";
        refused(&format!("CALL mtm_post_v3('{keys}', {none}, @answer)"));
    }
    for call in [
        "NULL, 1, 0, '[[1]]', NULL, NULL",
        "'1234567890123456', NULL, 0, '[[1]]', NULL, NULL",
        "'1234567890123456', 1, NULL, '[[1]]', NULL, NULL",
        "'1234567890123456', 1, 0, NULL, NULL, NULL",
        "'1234567890123456', 1, 0, '', NULL, NULL",
        "'1234567890123456', 1, 0, '[]', NULL, NULL",
        "'1234567890123456', 1, 0, '{}', NULL, NULL",
        "'1234567890123456', 1, 0, '7', NULL, NULL",
    ] {
        refused(&format!("CALL mtm_seal_v2({call}, @status)"));
    }
}

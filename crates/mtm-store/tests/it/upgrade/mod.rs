//! Ledgers in the field: what the first schema (step 1) holds is taken over whole, on both
//! engines, and a program of that time goes on beside this one on a server.
//!
//! The files were made by the program at commit fbc3bc3, the last one with step 1 alone:
//! `foundation.ledger` by `migrate-legacy` and bookings of every kind, `foundation.sql` by copying
//! it to a server (`mtm db copy`) and `mariadb-dump`; `answers.json` is what that program read in
//! it. `statements.sql` and `bookings.sql` are what it sent to a server, from the server's own log.
//! None of them is ever changed.

mod answers;

use std::fs;
use std::path::{Path, PathBuf};

use mtm_core::command::{Action, Command, Confirmations, Context};
use mtm_core::word::{CommandId, UserId};
use mtm_store::integrity::{VerifyRange, VerifyReport};
use mtm_store::{Clock, IdempotencyKey, Ledger, OpenOptions, Submission, SystemClock, database};
use mtm_testkit::poll;
use rusqlite::{Connection, OpenFlags};

use crate::engine::{Engine, contract};
use crate::home::Home;
use crate::plant;
use crate::site::PATIENCE;

contract!(a_ledger_of_the_first_schema_is_taken_over_whole);

/// Audit entries of the old ledger.
const ENTRIES: u64 = 74;

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/upgrade").join(name)
}

/// The old ledger on `engine`.
fn old(engine: Engine) -> Home {
    let home = Home::empty(engine);
    match &home {
        Home::File { path, .. } => {
            fs::copy(kept("foundation.ledger"), path).unwrap();
        }
        Home::Database { server, url, .. } => {
            let name = url.rsplit('/').next().unwrap();
            let dump = kept("foundation.sql");
            server.sql(name, &format!("source {}", dump.display())).unwrap();
        }
    }
    home
}

/// A column of the first schema, and whether it holds bytes.
struct Column {
    name: String,
    bytes: bool,
}

/// The tables of the first schema, as the file has them.
fn tables() -> Vec<(String, Vec<Column>)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let uri = format!("file:{}?immutable=1", kept("foundation.ledger").display());
    let file = Connection::open_with_flags(uri, flags).unwrap();
    let mut names = file
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        .unwrap();
    let names = names.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut columns = file.prepare("SELECT name, type FROM pragma_table_info(?1)").unwrap();
    names
        .map(|name| {
            let name = name.unwrap();
            let told = columns.query_map([&name], |row| {
                let kind: String = row.get(1)?;
                Ok(Column { name: row.get(0)?, bytes: kind == "BLOB" })
            });
            let columns = told.unwrap().map(Result::unwrap).collect();
            (name, columns)
        })
        .collect()
}

/// Every row of every table, in the columns of the first schema.
fn rows(home: &Home) -> Vec<(String, Vec<String>)> {
    let text = if home.engine() == Engine::Sqlite { "TEXT" } else { "CHAR" };
    tables()
        .into_iter()
        .map(|(table, columns)| {
            let columns = columns.iter().map(|column| {
                let name = &column.name;
                let value = if column.bytes {
                    format!("\"{name}\"")
                } else {
                    format!("CAST(\"{name}\" AS {text})")
                };
                format!("coalesce(hex({value}), '-')")
            });
            let row = columns.collect::<Vec<_>>().join(" || ' ' || ");
            let mut rows = home.rows(&format!("SELECT {row} FROM \"{table}\""));
            rows.sort_unstable();
            (table, rows)
        })
        .collect()
}

async fn verified(ledger: &Ledger) -> VerifyReport {
    let report = ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
    assert!(report.ok, "{report:?}");
    report
}

async fn a_ledger_of_the_first_schema_is_taken_over_whole(engine: Engine) {
    let home = old(engine);
    let url = match &home {
        Home::File { path, .. } => format!("sqlite:{}", path.display()),
        Home::Database { url, .. } => url.clone(),
    };
    assert_eq!(database::status(&url).await.unwrap().schema, 1);
    let before = rows(&home);
    assert!(before.iter().any(|(table, rows)| table == "movement" && rows.len() == 23));

    let ledger = home.open(OpenOptions::default()).await;
    let now = database::status(&url).await.unwrap();
    assert_eq!(now.schema, now.schema_known);
    let report = verified(&ledger).await;
    assert_eq!(report.checked, ENTRIES);
    assert_eq!(
        report.head.hash,
        "0e1aa0e44c837917f7e6bdd6a21454e5eb8602df8ddd941580fcd74461620113"
    );
    let told: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(kept("answers.json")).unwrap()).unwrap();
    let answers = answers::of(&ledger).await;
    assert_eq!(answers::difference(&told, &answers, ""), None);
    assert_eq!(rows(&home), before, "the rows are not what they were");

    an_old_key_still_has_its_answer(&home, &ledger).await;
    bookings_go_on(&ledger).await;
    ledger.close().await;
}

/// What was answered to a receipt under a key before is answered again.
async fn an_old_key_still_has_its_answer(home: &Home, ledger: &Ledger) {
    let receipt = "FROM idempotency_key k JOIN movement m ON m.recorded_at = k.recorded_at
                   WHERE m.lot = 'OWN-1' AND m.type = 'in'";
    let one = |column: &str| home.rows(&format!("SELECT {column} {receipt}")).remove(0);
    let hex = one("hex(k.fingerprint)");
    let mut fingerprint = [0; 32];
    for (at, byte) in fingerprint.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
    }
    let user = UserId(one("k.user_id").parse().unwrap());
    let key = IdempotencyKey { key: one("k.\"key\""), fingerprint, user };
    let again =
        Submission::single(Some(key), command(Action::Receive(plant::receive("11058-1779", 120))));
    let answer = ledger.post(again).await.unwrap();
    assert!(answer.replayed);
    let outcome = answer.into_single().unwrap();
    assert_eq!(outcome.lots[0].to_string(), "OWN-1");
    assert_eq!(
        outcome.movements[0].id.to_string().replace('-', "").to_uppercase(),
        one("hex(m.id)")
    );
}

async fn bookings_go_on(ledger: &Ledger) {
    let mut receive = plant::receive("11058-1779", 10);
    receive.operation = plant::operation("90");
    receive.location = plant::location("R-E4-18");
    let posted =
        ledger.post(Submission::single(None, command(Action::Receive(receive)))).await.unwrap();
    let lot = posted.into_single().unwrap().lots[0].clone();
    assert!(lot.to_string().as_str() > "0000000050", "{lot} was given before");
    ledger.post(Submission::single(None, command(plant::take(&lot, 4)))).await.unwrap();
    assert_eq!(ledger.lot_sheet(lot).await.unwrap().unwrap().buckets[0].quantity, plant::pieces(6));
    assert_eq!(verified(ledger).await.checked, ENTRIES + 2);
}

fn command(action: Action) -> Command {
    Command {
        id: CommandId::from_fresh(SystemClock.fresh_uuid()),
        context: Context {
            actor: plant::actor(),
            station: None,
            app_version: None,
            occurred_at: None,
            shift: None,
            import: None,
            session: None,
            intent_window: None,
        },
        confirm: Confirmations::default(),
        action,
    }
}

/// Expand and contract: while a program of the first schema still runs, this one may have brought
/// the schema to its own. What the old one sends must go on to work.
#[test]
fn mariadb_serves_a_program_of_the_first_schema_beside_this_one() {
    Engine::MariaDb.keeps(async |engine| {
        let home = old(engine);
        let Home::Database { server, url, .. } = &home else { return };
        let name = url.rsplit('/').next().unwrap();
        let added = columns(&home);
        let ledger = home.open(OpenOptions::default()).await;

        let modes = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,PIPES_AS_CONCAT,\
                     NO_BACKSLASH_ESCAPES,ONLY_FULL_GROUP_BY';";
        let statements = fs::read_to_string(kept("statements.sql")).unwrap();
        let prepare = |sql: &str| format!("PREPARE s FROM '{}';", sql.replace('\'', "''"));
        let all: String = statements.lines().map(prepare).collect();
        if server.sql(name, &format!("{modes} {all}")).is_err() {
            let one = |sql| server.sql(name, &format!("{modes} {}", prepare(sql))).err();
            let refused: Vec<_> = statements.lines().filter_map(one).collect();
            panic!("an old program's statements are refused: {refused:#?}");
        }

        // It writes no column that it does not know.
        let required: Vec<String> = columns(&home)
            .into_iter()
            .filter(|column| column.ends_with(" required") && !added.contains(column))
            .collect();
        assert!(required.is_empty(), "an old program does not fill: {required:?}");

        let bookings = kept("bookings.sql");
        let booked = server.sql(name, &format!("source {}", bookings.display())).unwrap();
        assert_eq!(booked, "done\tdone\n");
        poll::eventually("the old program's bookings in the log", PATIENCE, async || {
            Ok((ledger.counts().await?.audit_entries == ENTRIES + 2).then_some(()))
        })
        .await
        .unwrap();
        verified(&ledger).await;
        ledger.close().await;
    });
}

/// The columns of the first schema's tables, with ` required` where a row needs a value for it.
fn columns(home: &Home) -> Vec<String> {
    let tables: Vec<String> = tables().into_iter().map(|(name, _)| format!("'{name}'")).collect();
    home.rows(&format!(
        "SELECT concat(table_name, '.', column_name,
                       IF(is_nullable = 'NO' AND column_default IS NULL
                          AND extra NOT LIKE '%auto_increment%' AND is_generated = 'NEVER',
                          ' required', ''))
         FROM information_schema.columns
         WHERE table_schema = DATABASE()
           AND table_name IN ({}, 'seal_queue', 'lease', 'mtm_schema')",
        tables.join(", ")
    ))
}

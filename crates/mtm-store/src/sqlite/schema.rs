//! Migrations: numbered, each in a transaction of its own, counted in `user_version`.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::connection::APPLICATION_ID;
use super::fault::open_error;
use super::seed;
use crate::clock::Clock;
use crate::ledger::OpenError;

const MIGRATIONS: &[&str] = &[
    include_str!("migration/0001_ledger.sql"),
    include_str!("migration/0002_plant_login.sql"),
    include_str!("migration/0003_throughput.sql"),
    include_str!("migration/0004_import_block.sql"),
    include_str!("migration/0005_legacy_follow.sql"),
    include_str!("migration/0006_compared_words.sql"),
    include_str!("migration/0007_webhook.sql"),
    include_str!("migration/0008_closing.sql"),
    include_str!("migration/0009_broker.sql"),
    include_str!("migration/0010_routing.sql"),
    include_str!("migration/0011_count.sql"),
    include_str!("migration/0012_alert.sql"),
    include_str!("migration/0013_notice.sql"),
    include_str!("migration/0014_shift.sql"),
    include_str!("migration/0015_inbound.sql"),
    include_str!("migration/0016_period.sql"),
    include_str!("migration/0017_notice_way.sql"),
    include_str!("migration/0018_approval.sql"),
    include_str!("migration/0019_reservation.sql"),
    include_str!("migration/0020_notice_kind.sql"),
    include_str!("migration/0021_identity.sql"),
    include_str!("migration/0022_guard.sql"),
    include_str!("migration/0023_erp.sql"),
    include_str!("migration/0024_reconcile.sql"),
    include_str!("migration/0025_work_order.sql"),
    include_str!("migration/0026_flow.sql"),
    include_str!("migration/0027_master_sync.sql"),
    include_str!("migration/0028_label.sql"),
    include_str!("migration/0029_print_job.sql"),
    include_str!("migration/0030_machine.sql"),
];

/// How many steps this program knows.
pub(crate) const fn known() -> usize {
    MIGRATIONS.len()
}

/// Brings the file to the newest schema. A file of a newer program, and a database that is not
/// ours, are refused untouched.
pub(crate) fn migrate(
    connection: &mut Connection,
    path: &Path,
    clock: &dyn Clock,
) -> Result<(), OpenError> {
    let failed = |error: &rusqlite::Error| open_error(path, error);
    let known = MIGRATIONS.len();
    loop {
        // Taken before looking, so that two programs starting at once migrate only once.
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| failed(&error))?;
        let found = version(&transaction).map_err(|error| failed(&error))?;
        if found == 0 {
            refuse_foreign(&transaction, path)?;
        } else if application_id(&transaction).map_err(|error| failed(&error))? != APPLICATION_ID {
            return Err(OpenError::Foreign { path: path.to_owned() });
        }
        if found > known {
            return Err(OpenError::Newer { path: path.to_owned(), found, known });
        }
        let Some(step) = MIGRATIONS.get(found) else { return Ok(()) };
        apply(&transaction, found, step, clock).map_err(|error| failed(&error))?;
        transaction.commit().map_err(|error| failed(&error))?;
    }
}

fn apply(
    connection: &Connection,
    found: usize,
    step: &str,
    clock: &dyn Clock,
) -> rusqlite::Result<()> {
    connection.execute_batch(step)?;
    if found == 0 {
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        seed::plant(connection, clock)?;
    }
    connection.pragma_update(None, "user_version", i64::try_from(found + 1).unwrap_or(i64::MAX))
}

/// Makes the tables of the newest schema without any row in them.
pub(crate) fn lay_bare(connection: &Connection) -> rusqlite::Result<()> {
    for step in MIGRATIONS {
        connection.execute_batch(step)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", i64::try_from(known()).unwrap_or(i64::MAX))
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    // A negative version is nobody's of ours: newer than anything.
    Ok(usize::try_from(found).unwrap_or(usize::MAX))
}

fn application_id(connection: &Connection) -> rusqlite::Result<i32> {
    connection.query_row("PRAGMA application_id", [], |row| row.get(0))
}

/// A file with tables but without our version belongs to another program.
fn refuse_foreign(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| open_error(path, &error))?;
    if tables > 0 {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ledger's tables after the first `steps` steps.
    fn after(steps: usize) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        for step in &MIGRATIONS[..steps] {
            connection.execute_batch(step).unwrap();
        }
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection
    }

    /// The column's allowed words, found out by trying.
    fn refuses(connection: &Connection, column: &str, word: &str) -> bool {
        let (mut kind, mut from, mut to) = ("in", "supplier", "stock");
        match column {
            "type" => kind = word,
            "from_account" => from = word,
            _ => (from, to) = ("stock", word),
        }
        let place = |account: &str| (account == "stock").then_some(1);
        let reverses = (kind == "reversal").then_some([0_u8; 16]);
        let inserted = connection.execute(
            "INSERT INTO movement (id, type, part_id, lot, quantity, from_account,
                 from_operation_id, from_location_id, to_account, to_operation_id,
                 to_location_id, recorded_at, user_id, reverses)
             VALUES (randomblob(16), ?1, 1, '1', 1, ?2, ?3, ?3, ?4, ?5, ?5, 1, 1, ?6)",
            rusqlite::params![kind, from, place(from), to, place(to), reverses],
        );
        match inserted {
            Ok(_) => false,
            Err(error) => {
                assert!(error.to_string().contains("CHECK constraint failed"), "{error}");
                true
            }
        }
    }

    #[test]
    fn a_movement_has_the_words_it_always_had() {
        let (before, now) = (after(5), after(known()));
        let words = "in out transfer adjust scrap opening reversal stock supplier consumed count";
        for column in ["type", "from_account", "to_account"] {
            for word in words.split(' ').chain(["", "IN", "in ", "other"]) {
                let refused = refuses(&now, column, word);
                assert_eq!(refused, refuses(&before, column, word), "{column} = {word:?}");
            }
            assert!(
                refuses(&now, column, "other")
                    && words.split(' ').any(|word| { !refuses(&now, column, word) })
            );
        }
    }

    #[test]
    fn writing_a_movement_makes_no_temporary_table() {
        let connection = after(known());
        for table in ["lot", "movement", "audit", "outbox", "stock", "idempotency_key"] {
            let columns: Vec<String> = connection
                .prepare("SELECT name FROM pragma_table_info(?1)")
                .unwrap()
                .query_map([table], |row| row.get::<_, String>(0))
                .unwrap()
                .map(|name| format!("\"{}\"", name.unwrap()))
                .collect();
            let marks = vec!["?"; columns.len()].join(", ");
            let columns = columns.join(", ");
            let sql = format!("EXPLAIN INSERT INTO {table} ({columns}) VALUES ({marks})");
            let mut explained = connection.prepare(&sql).unwrap();
            let codes = explained.raw_query().mapped(|row| row.get::<_, String>(1));
            let codes: Vec<String> = codes.map(Result::unwrap).collect();
            assert!(
                codes.contains(&"Insert".to_owned()) || codes.contains(&"IdxInsert".to_owned())
            );
            assert!(!codes.contains(&"OpenEphemeral".to_owned()), "{table}: {codes:?}");
        }
    }
}

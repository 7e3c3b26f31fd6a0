//! The schema on the server: tables, procedures, triggers, first rows.
//!
//! DDL commits by itself on this engine, so every step can be repeated: a migration that was
//! killed is finished by the next start. One server migrates at a time (an advisory lock). The
//! procedures are replaced at every start by a program of the same or a newer schema, so that
//! procedures and program always belong together.

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;

use super::fault::{fault, fault_before_writing};
use crate::clock::Clock;
use crate::fault::Fault;
use crate::ledger::OpenError;
use crate::sqlite::seed;

/// The steps from an empty database to this program's schema.
const STEPS: &[&str] = &[include_str!("schema/0001_ledger.sql")];

/// What plant and program call, by name.
pub(super) const PROCEDURES: &[(&str, &str)] = &[
    ("mtm_apply", include_str!("procedure/mtm_apply.sql")),
    ("mtm_post", include_str!("procedure/mtm_post.sql")),
    ("mtm_seal", include_str!("procedure/mtm_seal.sql")),
];
const TRIGGERS: &str = include_str!("procedure/refuse.sql");

/// Names of what only one server may do.
const LEASES: [&str; 2] = ["sealer", "administration"];

/// How long another server's migration is waited for, in seconds.
const PATIENCE: u32 = 60;

/// Brings the database to this program's schema. A database of a newer program, or of another
/// one, is refused untouched.
pub(super) async fn migrate(
    connection: &mut Conn,
    clock: &dyn Clock,
    create: bool,
) -> Result<(), OpenError> {
    let failed = |error| server(fault_before_writing(error));
    let locked: Option<Option<u8>> = connection
        .exec_first("SELECT GET_LOCK(CONCAT('mtm ', DATABASE()), ?)", (PATIENCE,))
        .await
        .map_err(failed)?;
    if locked.flatten() != Some(1) {
        return Err(server(Fault::Transient("another server is migrating".to_owned())));
    }
    let migrated = under_lock(connection, clock, create).await;
    connection.query_drop("DO RELEASE_LOCK(CONCAT('mtm ', DATABASE()))").await.map_err(failed)?;
    migrated
}

async fn under_lock(
    connection: &mut Conn,
    clock: &dyn Clock,
    create: bool,
) -> Result<(), OpenError> {
    let failed = |error| server(fault(error));
    let found = version(connection).await?;
    let known = STEPS.len();
    if found > known {
        return Err(OpenError::NewerServer { found, known });
    }
    if found == 0 && !create {
        return Err(server(Fault::Unusable("the database holds no ledger".to_owned())));
    }
    for (step, script) in STEPS.iter().enumerate().skip(found) {
        for statement in statements(script) {
            connection.query_drop(statement).await.map_err(failed)?;
        }
        if step == 0 {
            first_rows(connection, clock).await.map_err(failed)?;
        }
        connection
            .exec_drop("REPLACE INTO mtm_schema (id, version) VALUES (1, ?)", (step + 1,))
            .await
            .map_err(failed)?;
    }
    for (_, procedure) in PROCEDURES {
        connection.query_drop(*procedure).await.map_err(failed)?;
    }
    for trigger in TRIGGERS.split("\n\n") {
        let trigger = trigger.trim().trim_end_matches(';');
        connection.query_drop(trigger).await.map_err(failed)?;
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`, which hands values")]
fn server(fault: Fault) -> OpenError {
    OpenError::Server { message: fault.to_string() }
}

/// How many steps the database has behind it.
async fn version(connection: &mut Conn) -> Result<usize, OpenError> {
    let failed = |error| server(fault(error));
    let tables: Vec<String> = connection
        .query("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
        .await
        .map_err(failed)?;
    if tables.is_empty() {
        connection
            .query_drop(
                "CREATE TABLE mtm_schema (id TINYINT NOT NULL PRIMARY KEY CHECK (id = 1),
                                          version INT NOT NULL)",
            )
            .await
            .map_err(failed)?;
        return Ok(0);
    }
    if !tables.iter().any(|table| table == "mtm_schema") {
        return Err(OpenError::ForeignServer);
    }
    let version: Option<u32> =
        connection.query_first("SELECT version FROM mtm_schema").await.map_err(failed)?;
    Ok(version.map_or(0, |version| version as usize))
}

/// Repeated after a kill: what is there already stays.
async fn first_rows(connection: &mut Conn, clock: &dyn Clock) -> Result<(), mysql_async::Error> {
    for lease in LEASES {
        connection.exec_drop("INSERT IGNORE INTO lease (name) VALUES (?)", (lease,)).await?;
    }
    for (sql, values) in seed::rows(clock) {
        let values: Vec<mysql_async::Value> = values.iter().map(Into::into).collect();
        let statement = crate::sql::positional(sql);
        let values = statement.order.iter().map(|&at| values[at].clone()).collect::<Vec<_>>();
        let insert = statement.text.replacen("INSERT INTO", "INSERT IGNORE INTO", 1);
        connection.exec_drop(insert, mysql_async::Params::Positional(values)).await?;
    }
    Ok(())
}

/// The statements of a script whose only semicolons at line ends end statements.
fn statements(script: &str) -> impl Iterator<Item = &str> {
    script.split(";\n").map(str::trim).filter(|statement| !statement.is_empty())
}

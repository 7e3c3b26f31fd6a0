//! The schema on the server: tables, procedures, triggers, first rows.
//!
//! DDL commits by itself on this engine, so every step can be repeated: a migration that was
//! killed is finished by the next start. One server migrates at a time (an advisory lock). A
//! program of the same or a newer schema replaces procedures that are not its own, so that
//! procedures and program always belong together. Its own it leaves alone: making a trigger waits
//! for everybody who reads the table, and lets nobody in meanwhile.

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;

use super::fault::{denied, fault, fault_before_writing};
use super::rights::{Names, RIGHTS, Who};
use super::{drift, procedures};
use crate::clock::Clock;
use crate::database::{Deviation, Drift};
use crate::fault::Fault;
use crate::ledger::OpenError;
use crate::sqlite::seed;
use crate::write::Failure;

/// The steps from an empty database to this program's schema.
const STEPS: &[&str] = &[
    include_str!("schema/0001_ledger.sql"),
    include_str!("schema/0002_plant_login.sql"),
    include_str!("schema/0003_throughput.sql"),
    include_str!("schema/0004_import_block.sql"),
    include_str!("schema/0005_legacy_follow.sql"),
    include_str!("schema/0006_webhook.sql"),
    include_str!("schema/0007_closing.sql"),
    include_str!("schema/0008_broker.sql"),
    include_str!("schema/0009_routing.sql"),
    include_str!("schema/0010_count.sql"),
    include_str!("schema/0011_alert.sql"),
    include_str!("schema/0012_notice.sql"),
    include_str!("schema/0013_shift.sql"),
    include_str!("schema/0014_inbound.sql"),
    include_str!("schema/0015_period.sql"),
    include_str!("schema/0016_notice_way.sql"),
    include_str!("schema/0017_approval.sql"),
    include_str!("schema/0018_reservation.sql"),
    include_str!("schema/0019_notice_kind.sql"),
    include_str!("schema/0020_identity.sql"),
    include_str!("schema/0021_guard.sql"),
    include_str!("schema/0022_erp.sql"),
    include_str!("schema/0023_reconcile.sql"),
    include_str!("schema/0024_work_order.sql"),
    include_str!("schema/0025_flow.sql"),
    include_str!("schema/0026_master_sync.sql"),
    include_str!("schema/0027_label.sql"),
    include_str!("schema/0028_print_job.sql"),
    include_str!("schema/0029_machine.sql"),
];

/// Stands in a database that a copy is being written to: it is no ledger before it is whole.
pub(super) const COPY_MARK: &str = "mtm_copy";

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
    lock(connection).await?;
    let migrated = match found(connection).await {
        Ok(State { incomplete: true, .. }) => Err(OpenError::Incomplete),
        Ok(state) => bring(connection, clock, create, state.version).await,
        Err(error) => Err(error),
    };
    unlock(connection).await?;
    migrated
}

async fn unlock(connection: &mut Conn) -> Result<(), OpenError> {
    connection
        .query_drop("DO RELEASE_LOCK(CONCAT('mtm ', DATABASE()))")
        .await
        .map_err(|error| server(fault_before_writing(error)))
}

/// Waits until no other server changes the schema. The lock is the connection's.
pub(super) async fn lock(connection: &mut Conn) -> Result<(), OpenError> {
    let locked: Option<Option<u8>> = connection
        .exec_first("SELECT GET_LOCK(CONCAT('mtm ', DATABASE()), ?)", (PATIENCE,))
        .await
        .map_err(|error| server(fault_before_writing(error)))?;
    match locked.flatten() {
        Some(1) => Ok(()),
        _ => Err(server(Fault::Transient("another server is migrating".to_owned()))),
    }
}

/// Brings the database from step `found` to this program's schema. Under the lock.
pub(super) async fn bring(
    connection: &mut Conn,
    clock: &dyn Clock,
    create: bool,
    found: usize,
) -> Result<(), OpenError> {
    let failed = |error| server(fault(error));
    let known = known();
    if found > known {
        return Err(OpenError::NewerServer { found, known });
    }
    if found == 0 && !create {
        return Err(no_ledger());
    }
    if found == 0 {
        connection
            .query_drop(
                "CREATE TABLE IF NOT EXISTS mtm_schema
                     (id TINYINT NOT NULL PRIMARY KEY CHECK (id = 1), version INT NOT NULL)",
            )
            .await
            .map_err(refused)?;
    }
    for (step, script) in STEPS.iter().enumerate().skip(found) {
        for statement in statements(script) {
            connection.query_drop(statement).await.map_err(refused)?;
        }
        if step == 0 {
            first_rows(connection, clock).await.map_err(failed)?;
        }
        connection
            .exec_drop("REPLACE INTO mtm_schema (id, version) VALUES (1, ?)", (step + 1,))
            .await
            .map_err(failed)?;
    }
    objects_of_ours(connection, found < known).await.map_err(refused)
}

/// Makes procedures, triggers and views, unless they are there as this program knows them. Whoever
/// owns them keeps owning them. What they and the steps brought is given to those who need it.
async fn objects_of_ours(connection: &mut Conn, stepped: bool) -> Result<(), mysql_async::Error> {
    let drifts = drift::objects(connection).await?;
    // What this account may not read, or what is not ours, is no reason.
    let differs = |drift: &Drift| !matches!(drift.what, Deviation::Unknown | Deviation::BodyHidden);
    let differs = drifts.iter().any(differs);
    if !differs && !stepped {
        return Ok(());
    }
    let owner = drift::owner(connection).await?;
    let names = owner.as_deref().and_then(Names::of_owner);
    let owner = owner.as_deref().map(account);
    // The one that shows last whether all of this was done: whoever is killed before it is made
    // does all of it again.
    let (last, others) = objects(owner.as_deref())
        .split_first()
        .map_or_else(Default::default, |(first, others)| (Some(first.clone()), others.to_vec()));
    if differs {
        for statement in others {
            connection.query_drop(statement).await?;
        }
    }
    if let Some(names) = names {
        give_rights(connection, &names).await?;
    }
    match last {
        Some(last) if differs => connection.query_drop(last).await,
        _ => Ok(()),
    }
}

/// The statements that make everything of ours that is no table, for its owner.
pub(super) fn objects(owner: Option<&str>) -> Vec<String> {
    let procedures = procedures::PROCEDURES.iter().map(procedures::Procedure::marked);
    let triggers = procedures::triggers().map(str::to_owned);
    let views = procedures::views().map(|(_, view)| view.to_owned());
    let all = procedures.chain(triggers).chain(views);
    all.map(|statement| procedures::owned(&statement, owner)).collect()
}

/// Gives procedures, triggers and views to `owner`, who must have the rights they need by now.
pub(super) async fn give(connection: &mut Conn, owner: &str) -> Result<(), OpenError> {
    lock(connection).await?;
    let made = make(connection, Some(owner)).await.map_err(refused);
    unlock(connection).await?;
    made
}

async fn make(connection: &mut Conn, owner: Option<&str>) -> Result<(), mysql_async::Error> {
    for statement in objects(owner) {
        connection.query_drop(statement).await?;
    }
    Ok(())
}

async fn give_rights(connection: &mut Conn, names: &Names) -> Result<(), mysql_async::Error> {
    let database: Option<String> = connection.query_first("SELECT DATABASE()").await?;
    let database = database.unwrap_or_default();
    for right in RIGHTS.iter().filter(|right| right.who != Who::Migrate) {
        connection.query_drop(right.grant(names, &database)).await?;
    }
    Ok(())
}

/// An account as the server tells it, as SQL names it.
fn account(definer: &str) -> String {
    let (name, host) = definer.rsplit_once('@').unwrap_or((definer, "%"));
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    format!("{}@{}", text(name), text(host))
}

/// A change of the schema that failed. An account that may not is told whom to ask.
pub(super) fn refused(error: mysql_async::Error) -> OpenError {
    match denied(&error) {
        Some(message) => OpenError::NotPermitted { message },
        None => server(fault(error)),
    }
}

/// Reading, or working, in a ledger that failed.
pub(super) fn unworkable(failure: Failure) -> OpenError {
    match &failure {
        Failure::Server(error) => match denied(error) {
            Some(message) => OpenError::Denied { message },
            None => server(failure.into()),
        },
        _ => server(failure.into()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`, which hands values")]
pub(super) fn server(fault: Fault) -> OpenError {
    OpenError::Server { message: fault.to_string() }
}

/// Nothing of ours is in the database.
pub(super) fn no_ledger() -> OpenError {
    server(Fault::Unusable("the database holds no ledger".to_owned()))
}

/// How many steps this program knows.
pub(super) const fn known() -> usize {
    STEPS.len()
}

/// What the database holds.
pub(super) struct State {
    /// How many steps it has behind it.
    pub(super) version: usize,
    /// Whether a copy into it was begun and did not end.
    pub(super) incomplete: bool,
    /// Its tables.
    pub(super) tables: Vec<String>,
}

/// Looks at the database and changes nothing. One with other tables than ours is refused.
pub(super) async fn found(connection: &mut Conn) -> Result<State, OpenError> {
    let failed = |error| server(fault_before_writing(error));
    let tables: Vec<String> = connection
        .query(
            "SELECT table_name FROM information_schema.tables
             WHERE table_schema = DATABASE() AND table_type <> 'VIEW'",
        )
        .await
        .map_err(failed)?;
    let has = |name| tables.iter().any(|table| table == name);
    let incomplete = has(COPY_MARK);
    if !has("mtm_schema") {
        // Shown to nobody who only reads reports.
        if ["movement", "stock", "audit"].into_iter().all(has) {
            let message = "it is shown only a part of the tables".to_owned();
            return Err(OpenError::Denied { message });
        }
        if !tables.is_empty() && !incomplete {
            return Err(OpenError::ForeignServer);
        }
        return Ok(State { version: 0, incomplete, tables });
    }
    let version: Option<u32> =
        connection.query_first("SELECT version FROM mtm_schema").await.map_err(failed)?;
    Ok(State { version: version.map_or(0, |version| version as usize), incomplete, tables })
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

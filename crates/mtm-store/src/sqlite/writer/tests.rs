//! Trouble inside the writer: everybody is told, nothing is half-written, work goes on.

use std::sync::Arc;

use mtm_core::command::{Action, Actor, Command, Confirmations, Context, LotAttributes, Receive};
use mtm_core::policy::Role;
use mtm_core::word::{
    CommandId, LocationCode, OperationCode, PartCode, Quantity, Timestamp, UserId, UserName,
};
use rusqlite::Connection;
use serde_json::json;

use super::thread::Desk;
use crate::clock::{Clock, ManualClock};
use crate::fault::Fault;
use crate::ledger::{Ledger, OpenOptions};
use crate::master::{MasterNoun, NewMaster};
use crate::sql;
use crate::submission::{PostError, Submission};
use crate::write::Failure;

struct Plant {
    ledger: Ledger,
    clock: Arc<ManualClock>,
    directory: tempfile::TempDir,
}

impl Plant {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1), 7));
        let options = OpenOptions { create: true, clock: clock.clone(), ..OpenOptions::default() };
        let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        let masters = vec![
            NewMaster::named(MasterNoun::Part, "P-1"),
            NewMaster::named(MasterNoun::Location, "A-1"),
        ];
        ledger.create_masters(masters, actor()).await.unwrap();
        Self { ledger, clock, directory }
    }

    async fn receive(&self) -> Result<(), PostError> {
        let action = Action::Receive(Receive {
            part: PartCode::parse("P-1").unwrap(),
            operation: OperationCode::not_applicable(),
            location: LocationCode::parse("A-1").unwrap(),
            quantity: Quantity::pieces(10).unwrap(),
            containers: std::num::NonZeroU16::MIN,
            lot: None,
            attributes: LotAttributes::default(),
            reason: None,
        });
        let context = Context {
            actor: actor(),
            station: None,
            app_version: Some("x".repeat(2_000)),
            occurred_at: None,
            shift: None,
            import: None,
            session: None,
            intent_window: None,
        };
        let id = CommandId::from_fresh(self.clock.fresh_uuid());
        let command = Command { id, context, confirm: Confirmations::default(), action };
        self.ledger.post(Submission::single(None, command)).await.map(|_| ())
    }

    async fn execute(&self, statement: &'static str) {
        self.ledger
            .write(move |context| match context.sql() {
                sql::Connection::Sqlite(connection) => {
                    Ok::<_, Fault>(connection.execute_batch(statement)?)
                }
                sql::Connection::MariaDb(_) => panic!("the embedded engine"),
            })
            .await
            .unwrap();
    }

    async fn number(&self, statement: &'static str) -> i64 {
        self.ledger
            .query(move |connection| {
                connection
                    .query_row(statement, sql::params![], |row| row.get(0))
                    .map_err(Fault::from)
            })
            .await
            .unwrap()
    }
}

fn actor() -> Actor {
    Actor { id: UserId(1), name: UserName::parse("system").unwrap(), role: Role::Lead }
}

#[tokio::test]
async fn a_full_database_tells_everybody_and_goes_on_when_there_is_space() {
    let plant = Plant::new().await;
    plant.receive().await.unwrap();
    // The engine refuses to grow the file, as on a full disk.
    plant.execute("PRAGMA max_page_count = 1").await;
    let mut faults = 0;
    for _ in 0..20 {
        let posts = (0..50).map(|_| plant.receive());
        for answer in futures_util::future::join_all(posts).await {
            match answer {
                Ok(()) => {}
                Err(PostError::Fault(Fault::Transient(_))) => faults += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    assert!(faults >= 50, "the file was never full");
    let booked = plant.number("SELECT count(*) FROM movement").await;
    assert_eq!(booked, 1 + 1_000 - faults, "each was told what became of it");

    plant.execute("PRAGMA max_page_count = 4294967294").await;
    plant.receive().await.unwrap();
    assert_eq!(plant.number("SELECT count(*) FROM stock").await, booked + 1);
    for dense in [
        "SELECT count(*) - max(sequence) FROM movement",
        "SELECT count(*) - max(sequence) FROM audit",
        "SELECT count(*) - max(position) FROM outbox",
        "SELECT count(*) - (SELECT lot_counter FROM site) FROM lot",
    ] {
        assert_eq!(plant.number(dense).await, 0, "{dense}");
    }
}

#[tokio::test]
async fn work_that_fails_or_panics_is_undone_alone() {
    let plant = Plant::new().await;
    let audited = plant.number("SELECT count(*) FROM audit").await;
    let refused: Result<(), Fault> = plant
        .ledger
        .write(|context| {
            context.audit("x", UserId(1), context.now(), &json!({}))?;
            Err(Fault::Permanent("not today".to_owned()))
        })
        .await;
    assert_eq!(refused, Err(Fault::Permanent("not today".to_owned())));
    let panicked: Result<(), Fault> = plant
        .ledger
        .write(|context| {
            context.audit("x", UserId(1), context.now(), &json!({}))?;
            panic!("a defect")
        })
        .await;
    assert!(panicked.is_err());
    assert_eq!(plant.number("SELECT count(*) FROM audit").await, audited);
    plant.receive().await.unwrap();
    assert_eq!(plant.number("SELECT count(*) - max(sequence) FROM audit").await, 0);
}

#[tokio::test]
async fn after_a_disk_error_the_file_is_opened_anew() {
    let plant = Plant::new().await;
    plant.receive().await.unwrap();
    plant.ledger.close().await;
    let shared = plant.ledger.shared_with_writer();
    tokio::task::spawn_blocking(move || {
        let mut desk = Desk::new(shared).unwrap();
        let io = || {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR);
            Failure::Engine(rusqlite::Error::SqliteFailure(code, None))
        };
        let fault = desk.transaction(|context| {
            context.append_entry("x", None, UserId(1), context.now(), "[]")?;
            Err(io())
        });
        assert!(matches!(fault, Err(Fault::Transient(_))), "{fault:?}");
        assert!(desk.open.is_none(), "a connection that failed on the disk is let go");
        let wrote = desk.transaction(|context| {
            context.append_entry("x", None, UserId(1), context.now(), "[]")?;
            let dense = "SELECT count(*) - max(sequence) FROM audit";
            let gaps = context.connection.query_row(dense, [], |row| row.get::<_, i64>(0))?;
            assert_eq!(gaps, 0);
            Ok(true)
        });
        assert_eq!(wrote, Ok(true));
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn the_log_is_carried_over_beside_the_writer_and_starts_over() {
    let plant = Plant::new().await;
    plant.execute("CREATE TABLE filler (content BLOB)").await;
    let log = plant.directory.path().join("mtm.db-wal");
    // Three times what the log may hold, in pieces of four mebibytes.
    let mut longest = 0;
    for _ in 0..48 {
        plant.execute("INSERT INTO filler VALUES (zeroblob(4194304))").await;
        longest = longest.max(std::fs::metadata(&log).unwrap().len());
    }
    assert!(longest < 80 << 20, "the log grew to {longest} bytes");
    plant.receive().await.unwrap();
    plant.ledger.close().await;
    assert!(!log.exists(), "the file alone is the whole ledger");
    let connection = Connection::open(plant.directory.path().join("mtm.db")).unwrap();
    let bytes: i64 = connection
        .query_row("SELECT sum(length(content)) FROM filler", [], |row| row.get(0))
        .unwrap();
    assert_eq!(bytes, 48 << 22);
    let booked: i64 =
        connection.query_row("SELECT count(*) FROM movement", [], |row| row.get(0)).unwrap();
    assert_eq!(booked, 1);
}

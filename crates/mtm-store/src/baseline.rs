//! What the engine can do at best: a bare loop that writes the rows of bookings and nothing else.
//!
//! It decides nothing, hashes nothing and answers nobody, but it writes the same rows into the
//! same tables with the same durability (`synchronous=FULL`), so that a figure of the ledger can
//! be read as a share of what this disk and this engine give. It works on a ledger file of its
//! own; what it leaves behind is no ledger any more.

use std::path::Path;
use std::time::{Duration, Instant};

use mtm_core::command::{Action, Actor, Command, Confirmations, Context, LotAttributes, Receive};
use mtm_core::policy::Role;
use mtm_core::word::{
    CommandId, LocationCode, OperationCode, PartCode, Quantity, UserId, UserName, WordError,
};
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::fault::Fault;
use crate::ledger::{Ledger, OpenError, OpenOptions};
use crate::master::{MasterNoun, NewMaster};
use crate::submission::{Mode, PostError, Submission};

const LOTS: u64 = 1_000;
const PARTS: u64 = 50;
const PIECES: i64 = 100_000;

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// No ledger could be made there.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The stock to take from could not be booked.
    #[error("failed to prepare the bare loop: {0}")]
    Prepare(String),
    /// The engine failed in the loop.
    #[error("the bare loop failed: {0}")]
    Loop(#[from] rusqlite::Error),
}

impl From<PostError> for BaselineError {
    fn from(error: PostError) -> Self {
        Self::Prepare(error.to_string())
    }
}

impl From<Fault> for BaselineError {
    fn from(error: Fault) -> Self {
        Self::Prepare(error.to_string())
    }
}

impl From<WordError> for BaselineError {
    fn from(error: WordError) -> Self {
        Self::Prepare(error.to_string())
    }
}

/// Movements a second of the bare loop with `group` movements in each durable commit, in a new
/// file in `directory`, for about `time`.
///
/// # Errors
/// [`BaselineError`]; a file of an earlier run in the same directory is one of them.
pub async fn bare_loop(directory: &Path, group: u32, time: Duration) -> Result<u64, BaselineError> {
    let path = directory.join(format!("bare-{group}.db"));
    prepare(&path).await?;
    let (written, elapsed) = tokio::task::spawn_blocking(move || write(&path, group, time))
        .await
        .map_err(|error| BaselineError::Prepare(error.to_string()))??;
    let per_second = u128::from(written) * 1_000_000 / elapsed.as_micros().max(1);
    Ok(u64::try_from(per_second).unwrap_or(u64::MAX))
}

/// A ledger with lots to take from.
async fn prepare(path: &Path) -> Result<(), BaselineError> {
    let options = OpenOptions { create: true, ..OpenOptions::default() };
    let ledger = Ledger::open(path, options).await?;
    let prepared = stock(&ledger).await;
    ledger.close().await;
    prepared
}

async fn stock(ledger: &Ledger) -> Result<(), BaselineError> {
    let by = Actor { id: UserId(1), name: UserName::parse("system")?, role: Role::Admin };
    let mut masters: Vec<_> =
        (0..PARTS).map(|n| NewMaster::named(MasterNoun::Part, format!("P-{n}"))).collect();
    masters.push(NewMaster::named(MasterNoun::Location, "A-1"));
    ledger.create_masters(masters, by.clone()).await?;
    let commands = (1..=LOTS).map(|n| receipt(n, &by)).collect::<Result<_, _>>()?;
    let submission =
        Submission { key: None, commands, atomic: true, mode: Mode::Commit, traceparent: None };
    ledger.post(submission).await?;
    Ok(())
}

fn receipt(n: u64, by: &Actor) -> Result<Command, BaselineError> {
    let quantity =
        Quantity::pieces(PIECES).map_err(|error| BaselineError::Prepare(error.to_string()))?;
    Ok(Command {
        id: CommandId::from_fresh(Uuid::now_v7()),
        context: Context {
            actor: by.clone(),
            station: None,
            app_version: None,
            occurred_at: None,
            shift: None,
            import: None,
            session: None,
            intent_window: None,
        },
        confirm: Confirmations::default(),
        action: Action::Receive(Receive {
            part: PartCode::parse(&format!("P-{}", n % PARTS))?,
            operation: OperationCode::not_applicable(),
            location: LocationCode::parse("A-1")?,
            quantity,
            containers: std::num::NonZeroU16::MIN,
            lot: None,
            attributes: LotAttributes::default(),
            reason: None,
        }),
    })
}

/// Writes movement, stock, audit entry, event and key, `group` of each in a commit.
fn write(path: &Path, group: u32, time: Duration) -> rusqlite::Result<(u64, Duration)> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 4096; PRAGMA cache_size = -24576;
         PRAGMA temp_store = MEMORY",
    )?;
    let mut sequence: i64 = connection.query_row(
        "SELECT max((SELECT max(sequence) FROM movement), (SELECT max(position) FROM outbox),
                    (SELECT max(sequence) FROM audit))",
        [],
        |row| row.get(0),
    )?;
    let mut movement = connection.prepare(
        "INSERT INTO movement (sequence, id, type, part_id, lot, quantity, from_account,
             from_operation_id, from_location_id, to_account, recorded_at, user_id)
         VALUES (?1, ?2, 'out', ?3, ?4, 1000000, 'stock', 1, 1, 'consumed', ?5, 1)",
    )?;
    let mut stock = connection.prepare(
        "UPDATE stock SET quantity = quantity - 1000000
         WHERE lot = ?1 AND operation_id = 1 AND location_id = 1",
    )?;
    let mut audit =
        connection.prepare("INSERT INTO audit VALUES (?1, 'movement', ?1, 1, ?2, ?3, ?4)")?;
    let mut outbox = connection.prepare(
        "INSERT INTO outbox VALUES (?1, ?2, 'movement.recorded', ?3, ?4, ?1, NULL, NULL)",
    )?;
    let mut once = connection.prepare(
        "INSERT INTO idempotency_key (key, fingerprint, user_id, recorded_at, command_id,
                                      status, body) VALUES (?1, ?2, 1, ?3, ?4, 200, ?5)",
    )?;
    let entry = "e".repeat(260);
    let body = [7_u8; 150];
    let mut written = 0_u64;
    let began = Instant::now();
    while began.elapsed() < time {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..group {
            sequence += 1;
            written += 1;
            let n = sequence.unsigned_abs() * 7919 % LOTS + 1;
            let lot = format!("{n:010}");
            let id = Uuid::now_v7();
            let part = n % PARTS + 1;
            movement.execute(params![
                sequence,
                id.as_bytes(),
                part.cast_signed(),
                lot,
                sequence
            ])?;
            stock.execute([&lot])?;
            audit.execute(params![sequence, sequence, entry, [9_u8; 32]])?;
            outbox.execute(params![sequence, id.as_bytes(), lot, sequence])?;
            let key = Uuid::new_v4().to_string();
            once.execute(params![key, [7_u8; 32], sequence, id.as_bytes(), body])?;
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok((written, began.elapsed()))
}

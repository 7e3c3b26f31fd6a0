//! How fast bookings are, beside a bare loop that writes the same rows into the same tables.
//!
//! ```text
//! cargo run --release -p mtm-store --example post_rate -- [directory] [seconds]
//! ```
//!
//! Both sides are durable (`synchronous=FULL`) on the same disk in the same run. The bare loop
//! decides nothing, hashes nothing and answers nobody; it is what the engine can do at best.

#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a measurement that cannot go on ends, and prints what it measured"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mtm_core::command::{
    Action, Actor, Command, Confirmations, Context, LotAttributes, Pick, Receive, Take,
};
use mtm_core::policy::Role;
use mtm_core::word::{
    CommandId, LocationCode, LotNumber, OperationCode, PartCode, Quantity, UserId, UserName,
};
use mtm_store::integrity::VerifyRange;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::{IdempotencyKey, Ledger, Mode, OpenOptions, Submission};
use rusqlite::{Connection, params};

const CLIENTS: u64 = 32;
const LOTS: u64 = 1_000;
const PARTS: u64 = 50;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let given = arguments.next();
    let seconds = arguments.next().map_or(4, |text| text.parse().unwrap());
    let temporary = tempfile::tempdir().unwrap();
    let directory = given.as_deref().map_or(temporary.path(), Path::new);
    let time = Duration::from_secs(seconds);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();

    let bare = directory.join("bare.db");
    let ours = directory.join("ours.db");
    runtime.block_on(prepare(&bare));
    let bare_32 = bare_loop(&bare, 32, time);
    let bare_1000 = bare_loop(&bare, 1_000, time);
    runtime.block_on(async {
        let ledger = prepare(&ours).await;
        let single = clients(&ledger, 1, time, take).await;
        let takes = clients(&ledger, CLIENTS, time, take).await;
        let receipts = clients(&ledger, CLIENTS, time, receive).await;
        let atomic = batches(&ledger, 2, time).await;
        let report = ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
        let report = (report.ok, report.checked, report.lots);
        ledger.close().await;
        let line = |name: &str, rate: f64, against: f64| {
            println!("{name:<44} {rate:>9.0}/s {:>6.1} %", rate / against * 100.0);
        };
        line("bare loop, groups of 32", bare_32, bare_32);
        line("bare loop, groups of 1,000", bare_1000, bare_1000);
        line("takes, one client", single, bare_32);
        line("takes, 32 clients", takes, bare_32);
        line("receipts (a lot each), 32 clients", receipts, bare_32);
        line("takes, atomic batches of 1,000", atomic, bare_1000);
        println!("verified: {report:?}");
    });
}

async fn prepare(path: &Path) -> Ledger {
    let options = OpenOptions { create: true, ..OpenOptions::default() };
    let ledger = Ledger::open(path, options).await.unwrap();
    let mut masters: Vec<_> =
        (0..PARTS).map(|n| NewMaster::named(MasterNoun::Part, format!("P-{n}"))).collect();
    masters.push(NewMaster::named(MasterNoun::Location, "A-1"));
    ledger.create_masters(masters, actor()).await.unwrap();
    let open = (1..=LOTS).map(|n| command(receive(n, 100_000))).collect();
    let submission = Submission {
        key: None,
        commands: open,
        atomic: true,
        mode: Mode::Commit,
        traceparent: None,
    };
    ledger.post(submission).await.unwrap();
    ledger
}

fn actor() -> Actor {
    Actor { id: UserId(1), name: UserName::parse("system").unwrap(), role: Role::Admin }
}

fn command(action: Action) -> Command {
    Command {
        id: CommandId::from_fresh(uuid::Uuid::now_v7()),
        context: Context {
            actor: actor(),
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

fn receive(n: u64, quantity: i64) -> Action {
    Action::Receive(Receive {
        part: PartCode::parse(&format!("P-{}", n % PARTS)).unwrap(),
        operation: OperationCode::not_applicable(),
        location: LocationCode::parse("A-1").unwrap(),
        quantity: Quantity::pieces(quantity).unwrap(),
        containers: std::num::NonZeroU16::MIN,
        lot: None,
        attributes: LotAttributes::default(),
        reason: None,
    })
}

fn take(n: u64, quantity: i64) -> Action {
    let lot = Some(LotNumber::allocated(n * 7919 % LOTS + 1));
    Action::Take(Take {
        pick: Pick { lot, ..Pick::default() },
        quantity: Some(Quantity::pieces(quantity).unwrap()),
        reason: None,
        notes: None,
        reservation: None,
    })
}

fn key() -> IdempotencyKey {
    let key = uuid::Uuid::new_v4().to_string();
    IdempotencyKey { key, fingerprint: [7; 32], user: UserId(1) }
}

/// Bookings a second of `clients` that each wait for the answer before the next.
async fn clients(
    ledger: &Ledger,
    clients: u64,
    time: Duration,
    action: fn(u64, i64) -> Action,
) -> f64 {
    let booked = Arc::new(AtomicU64::new(0));
    let slowest = Arc::new(std::sync::Mutex::new(Vec::new()));
    let began = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (ledger, booked, slowest) = (ledger.clone(), booked.clone(), slowest.clone());
            tokio::spawn(async move {
                let mut waits = Vec::new();
                let mut n = client * 1_000_003;
                while began.elapsed() < time {
                    let submission = Submission::single(Some(key()), command(action(n, 1)));
                    let asked = Instant::now();
                    ledger.post(submission).await.unwrap();
                    waits.push(asked.elapsed());
                    n += 1;
                }
                booked.fetch_add(waits.len() as u64, Ordering::Relaxed);
                slowest.lock().unwrap().extend(waits);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let elapsed = began.elapsed();
    let mut waits = std::mem::take(&mut *slowest.lock().unwrap());
    waits.sort_unstable();
    let at = |share: usize| waits[(waits.len() - 1) * share / 1000];
    println!("{clients} clients: p50 {:?}, p99 {:?}, p999 {:?}", at(500), at(990), at(999));
    booked.load(Ordering::Relaxed) as f64 / elapsed.as_secs_f64()
}

/// Bookings a second in atomic batches of a thousand from `senders`.
async fn batches(ledger: &Ledger, senders: u64, time: Duration) -> f64 {
    let began = Instant::now();
    let tasks: Vec<_> = (0..senders)
        .map(|sender| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                let mut n = sender * 1_000_003;
                let mut booked = 0;
                while began.elapsed() < time {
                    let commands = (0..1_000).map(|i| command(take(n + i, 1))).collect();
                    n += 1_000;
                    let submission = Submission {
                        key: Some(key()),
                        commands,
                        atomic: true,
                        mode: Mode::Commit,
                        traceparent: None,
                    };
                    ledger.post(submission).await.unwrap();
                    booked += 1_000;
                }
                booked
            })
        })
        .collect();
    let mut booked = 0;
    for task in tasks {
        booked += task.await.unwrap();
    }
    f64::from(booked) / began.elapsed().as_secs_f64()
}

/// Movements a second of a loop that writes movement, stock, audit, outbox and key.
fn bare_loop(path: &Path, group: u32, time: Duration) -> f64 {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA wal_autocheckpoint = 4096; PRAGMA cache_size = -24576;
             PRAGMA temp_store = MEMORY",
        )
        .unwrap();
    let mut sequence: i64 = connection
        .query_row("SELECT max(max(sequence), (SELECT max(position) FROM outbox), (SELECT max(sequence) FROM audit)) FROM movement", [], |row| row.get(0))
        .unwrap();
    let mut movement = connection
        .prepare(
            "INSERT INTO movement (sequence, id, type, part_id, lot, quantity, from_account,
                 from_operation_id, from_location_id, to_account, recorded_at, user_id)
             VALUES (?1, ?2, 'out', ?3, ?4, 1000000, 'stock', 1, 1, 'consumed', ?5, 1)",
        )
        .unwrap();
    let mut stock = connection
        .prepare(
            "UPDATE stock SET quantity = quantity - 1000000
             WHERE lot = ?1 AND operation_id = 1 AND location_id = 1",
        )
        .unwrap();
    let mut audit =
        connection.prepare("INSERT INTO audit VALUES (?1, 'movement', ?1, 1, ?2, ?3, ?4)").unwrap();
    let mut outbox = connection
        .prepare("INSERT INTO outbox VALUES (?1, ?2, 'movement.recorded', ?3, ?4, ?1, NULL, NULL)")
        .unwrap();
    let mut once = connection
        .prepare(
            "INSERT INTO idempotency_key (key, fingerprint, user_id, recorded_at, command_id,
                                          status, body) VALUES (?1, ?2, 1, ?3, ?4, 200, ?5)",
        )
        .unwrap();
    let entry = "e".repeat(185);
    let body = [7_u8; 84];
    let mut written = 0_u64;
    let began = Instant::now();
    while began.elapsed() < time {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..group {
            sequence += 1;
            written += 1;
            let n = sequence.unsigned_abs() * 7919 % LOTS + 1;
            let lot = format!("{n:010}");
            let id = uuid::Uuid::now_v7();
            let part = i64::try_from(n % PARTS).unwrap() + 1;
            movement.execute(params![sequence, id.as_bytes(), part, lot, sequence]).unwrap();
            stock.execute([&lot]).unwrap();
            audit.execute(params![sequence, sequence, entry, [9_u8; 32]]).unwrap();
            outbox.execute(params![sequence, id.as_bytes(), lot, sequence]).unwrap();
            let key = uuid::Uuid::new_v4().to_string();
            once.execute(params![key, [7_u8; 32], sequence, id.as_bytes(), body]).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
    }
    written as f64 / began.elapsed().as_secs_f64()
}

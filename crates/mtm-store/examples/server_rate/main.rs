//! What bookings cost on a MariaDB server, beside what others pay for the same.
//!
//! `cargo run --release --package mtm-store --example server_rate -- [compare|sweep|galera]`
//!
//! - `compare` (the default): on one private server, in the same run: a bare loop that inserts the
//!   same rows in one transaction each; procedures as such systems commonly have them (a number from a
//!   table that everybody updates, the stock, the log); and the ledger's own bookings. After the rates,
//!   what each booking cost in processor time and statements, which a busy machine changes little.
//! - `sweep`: the ledger's bookings and stock pages at 25, 50 and 200 clients over pools of several
//!   sizes, and which size is recommended.
//! - `galera`: the ledger's bookings on three nodes, by one URL, and how often a client met a conflict.
//!
//! Every commit is durable (`innodb_flush_log_at_trx_commit=1`). `MTM_SECONDS` sets how long each
//! figure is measured (5). The servers are private and gone afterwards; nothing else may run meanwhile.

#![expect(clippy::print_stdout, reason = "a program that prints figures")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on ends")]

mod cost;
mod plant;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use cost::Cost;
use mtm_store::query::StockQuery;
use mtm_store::{Clock, OpenOptions, SystemClock};
use mtm_testkit::proof::number;
use mtm_testkit::{Fixture, Galera, MariaDb};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Opts, OptsBuilder, Pool, PoolConstraints, PoolOpts};
use plant::Plant;

/// How long a figure is measured unless `MTM_SECONDS` says otherwise.
const SECONDS: u64 = 5;

/// Tables with the columns and keys of the ledger's rows, without its rules.
const BARE: &str = "
CREATE TABLE bare_movement (id BINARY(16) PRIMARY KEY, sequence BIGINT UNIQUE, type VARCHAR(10), part_id BIGINT,
    lot VARCHAR(60), quantity BIGINT, to_operation_id BIGINT, to_location_id BIGINT, recorded_at BIGINT,
    user_id BIGINT, KEY (lot, sequence), KEY (part_id, sequence));
CREATE TABLE bare_lot (lot VARCHAR(60) PRIMARY KEY, part_id BIGINT, received_at BIGINT, received_by BIGINT);
CREATE TABLE bare_stock (lot VARCHAR(60), operation_id BIGINT, location_id BIGINT, part_id BIGINT, quantity BIGINT,
    received_at BIGINT, PRIMARY KEY (lot, operation_id, location_id),
    KEY (part_id, operation_id, location_id, received_at), KEY (location_id, part_id));
CREATE TABLE bare_audit (sequence BIGINT AUTO_INCREMENT PRIMARY KEY, kind VARCHAR(40), user_id BIGINT, at BIGINT,
    entry TEXT, hash BINARY(32));
CREATE TABLE bare_outbox (position BIGINT AUTO_INCREMENT PRIMARY KEY, id BINARY(16), type VARCHAR(40),
    subject VARCHAR(100), at BIGINT);
CREATE TABLE bare_key (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(200) UNIQUE, fingerprint BINARY(32),
    user_id BIGINT, recorded_at BIGINT, status INT, body BLOB)";

/// What such systems commonly run for a receipt: a batch number that everybody waits for, a row of
/// stock, a row of the log.
const PROCEDURES: &[&str] = &[
    "CREATE TABLE batch_number (last_number BIGINT NOT NULL) ENGINE = InnoDB",
    "INSERT INTO batch_number VALUES (0)",
    "CREATE TABLE inventory (id INT AUTO_INCREMENT PRIMARY KEY, part VARCHAR(100) NOT NULL,
         location VARCHAR(100) NOT NULL, operation VARCHAR(100), quantity INT NOT NULL,
         batch VARCHAR(20), user_name VARCHAR(100), received DATETIME DEFAULT CURRENT_TIMESTAMP,
         KEY part_location (part, location), KEY batch (batch)) ENGINE = InnoDB",
    "CREATE TABLE stock_log (id INT AUTO_INCREMENT PRIMARY KEY, kind VARCHAR(10) NOT NULL,
         batch VARCHAR(20), part VARCHAR(100) NOT NULL, location VARCHAR(100), operation VARCHAR(100),
         quantity INT NOT NULL, user_name VARCHAR(100), at DATETIME DEFAULT CURRENT_TIMESTAMP,
         KEY part (part), KEY at (at)) ENGINE = InnoDB",
    "CREATE PROCEDURE add_inventory (IN p_part VARCHAR(100), IN p_location VARCHAR(100),
         IN p_operation VARCHAR(100), IN p_quantity INT, IN p_user VARCHAR(100), OUT p_batch VARCHAR(20))
     BEGIN
         DECLARE v_number BIGINT;
         START TRANSACTION;
         UPDATE batch_number SET last_number = last_number + 1;
         SELECT last_number INTO v_number FROM batch_number;
         SET p_batch = LPAD(v_number, 10, '0');
         INSERT INTO inventory (part, location, operation, quantity, batch, user_name)
         VALUES (p_part, p_location, p_operation, p_quantity, p_batch, p_user);
         INSERT INTO stock_log (kind, batch, part, location, operation, quantity, user_name)
         VALUES ('IN', p_batch, p_part, p_location, p_operation, p_quantity, p_user);
         COMMIT;
     END",
];

#[tokio::main]
async fn main() {
    let what = std::env::args().nth(1);
    match what.as_deref() {
        None | Some("compare") => compare().await,
        Some("sweep") => sweep().await,
        Some("galera") => galera().await,
        Some(other) => println!("{other} is none of compare, sweep, galera"),
    }
}

/// What a figure is made of.
#[derive(Debug, Clone, Copy)]
struct Rate {
    done: u64,
    took: Duration,
    middle: Duration,
    late: Duration,
}

impl Rate {
    #[expect(clippy::cast_precision_loss, reason = "a rate is no count")]
    fn per_second(self) -> f64 {
        self.done as f64 / self.took.as_secs_f64()
    }

    fn row(self, what: &str, clients: usize) {
        let (rate, middle, late) = (self.per_second(), self.middle, self.late);
        println!("| {what} | {clients} | {rate:.0} | {middle:.1?} | {late:.1?} |");
    }
}

/// Runs `work` from so many clients at once, again and again, for a while. It gets the client and
/// how often it was there.
async fn rate<F: Future<Output = ()> + Send + 'static>(
    clients: usize,
    work: impl Fn(usize, u64) -> F + Send + Sync + 'static,
) -> Rate {
    let work = Arc::new(work);
    let time = Duration::from_secs(number("MTM_SECONDS", SECONDS));
    let began = Instant::now();
    let tasks = (0..clients).map(|client| {
        let work = Arc::clone(&work);
        tokio::spawn(async move {
            let mut took = Vec::new();
            let mut n = 0;
            while began.elapsed() < time {
                let start = Instant::now();
                work(client, n).await;
                took.push(start.elapsed());
                n += 1;
            }
            took
        })
    });
    let mut all = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        all.extend(task.await.unwrap());
    }
    let took = began.elapsed();
    all.sort_unstable();
    let at = |part: usize| all.get(all.len() * part / 100).copied().unwrap_or_default();
    Rate { done: all.len() as u64, took, middle: at(50), late: at(99) }
}

fn pool(url: &str, most: usize) -> Pool {
    let options = PoolOpts::default()
        .with_constraints(PoolConstraints::new(0, most).unwrap())
        .with_reset_connection(false);
    Pool::new(OptsBuilder::from_opts(Opts::from_url(url).unwrap()).pool_opts(options))
}

fn server() -> Option<(MariaDb, String)> {
    match MariaDb::start().unwrap() {
        Fixture::Ready(server) => {
            let url = server.create_database().unwrap();
            Some((server, url))
        }
        Fixture::Unavailable(reason) => {
            println!("not measured: {reason}");
            None
        }
    }
}

fn heading() {
    println!("| what | clients | per second | p50 | p99 |\n|---|---:|---:|---:|---:|");
}

async fn compare() {
    let Some((server, url)) = server() else { return };
    let others = server.create_database().unwrap();
    let many = pool(&others, 32);
    let mut first = many.get_conn().await.unwrap();
    for statement in BARE.split(';').chain(PROCEDURES.iter().copied()) {
        first.query_drop(statement).await.unwrap();
    }
    drop(first);
    heading();
    let mut costs = Vec::new();
    let mut bare = Vec::new();
    for clients in [1, 8, 32] {
        let before = Cost::now(&server);
        let figure = bare_loop(many.clone(), clients).await;
        figure.row("bare inserts of the same rows", clients);
        costs.push(("bare inserts of the same rows", clients, before, Cost::now(&server), figure));
        bare.push(figure.per_second());
    }
    let before = Cost::now(&server);
    let legacy_pool = many.clone();
    let legacy = rate(32, move |client, _| {
        let pool = legacy_pool.clone();
        async move {
            let mut connection = pool.get_conn().await.unwrap();
            let part = format!("PART-{client}");
            connection
                .exec_drop("CALL add_inventory(?, 'R-1', '10', 5, 'ANN', @batch)", (part,))
                .await
                .unwrap();
        }
    })
    .await;
    legacy.row("common procedures (number, stock, log)", 32);
    costs.push(("common procedures", 32, before, Cost::now(&server), legacy));
    let plant = Plant::open(&url, OpenOptions { readers: 8, ..OpenOptions::default() }).await;
    let mut ours = Vec::new();
    for clients in [1, 8, 32] {
        let before = Cost::now(&server);
        let figure = plant.receipts(clients).await;
        figure.row("ledger: receipts", clients);
        costs.push(("ledger: receipts", clients, before, Cost::now(&server), figure));
        ours.push(figure.per_second());
    }
    let before = Cost::now(&server);
    let hot = plant.hot_bucket(32).await;
    hot.row("ledger: takes of one from one bucket", 32);
    costs.push(("ledger: takes of one from one bucket", 32, before, Cost::now(&server), hot));
    println!("\n| each booking | clients | server | program and clients | statements |");
    println!("|---|---:|---:|---:|---:|");
    for (what, clients, before, after, figure) in costs {
        after.row(before, what, clients, figure.done);
    }
    println!("\nledger at 32 clients / common procedures: {:.2}", ours[2] / legacy.per_second());
    for (at, clients) in [1, 8, 32].into_iter().enumerate() {
        println!("ledger at {clients} / bare inserts at {clients}: {:.2}", ours[at] / bare[at]);
    }
    plant.audit().await;
    many.disconnect().await.unwrap();
}

async fn bare_loop(pool: Pool, clients: usize) -> Rate {
    let run = SystemClock.fresh_uuid().simple().to_string();
    let run = run[24..].to_owned();
    rate(clients, move |client, n| {
        let (pool, run) = (pool.clone(), run.clone());
        async move {
            let mut connection = pool.get_conn().await.unwrap();
            let id = SystemClock.fresh_uuid().into_bytes().to_vec();
            let lot = format!("{run}-{client}-{n}");
            let entry = format!("[\"movement\",9,1795896900000001,{{\"lot\":\"{lot}\",\"quantity\":5000000,\"part\":6,\"to\":[4,6],\"type\":\"in\"}}]");
            let mut transaction = connection.start_transaction(mysql_async::TxOpts::default()).await.unwrap();
            let parameters = (&lot, 6);
            transaction.exec_drop("INSERT INTO bare_lot VALUES (?, ?, 1795896900000001, 9)", parameters).await.unwrap();
            transaction.exec_drop(
                "INSERT INTO bare_movement VALUES (?, NULL, 'in', 6, ?, 5000000, 4, 6, 1795896900000001, 9)",
                (&id, &lot),
            ).await.unwrap();
            transaction.exec_drop("INSERT INTO bare_stock VALUES (?, 4, 6, 6, 5000000, 1795896900000001)", (&lot,)).await.unwrap();
            transaction.exec_drop(
                "INSERT INTO bare_audit (kind, user_id, at, entry, hash) VALUES ('movement', 9, 1795896900000001, ?, REPEAT('h', 32))",
                (&entry,),
            ).await.unwrap();
            transaction.exec_drop(
                "INSERT INTO bare_outbox (id, type, subject, at) VALUES (?, 'movement.recorded', ?, 1795896900000001)",
                (&id, &lot),
            ).await.unwrap();
            transaction.exec_drop(
                "INSERT INTO bare_key (name, fingerprint, user_id, recorded_at, status, body)
                 VALUES (?, REPEAT('f', 32), 9, 1795896900000001, 200, REPEAT('b', 80))",
                (&lot,),
            ).await.unwrap();
            transaction.commit().await.unwrap();
        }
    })
    .await
}

async fn sweep() {
    let Some((_server, url)) = server() else { return };
    println!(
        "| clients | bookings at once | receipts/s | p99 | queries at once | stock pages/s | p99 |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|");
    let mut best: Vec<(usize, usize, f64, usize, f64)> = Vec::new();
    for clients in [25, 50, 200] {
        let (mut writers, mut readers) = ((0, 0.0), (0, 0.0));
        for size in [2, 4, 8, 16, 32, 64] {
            let options = OpenOptions { writers: size, readers: size, ..OpenOptions::default() };
            let plant = Plant::open(&url, options).await;
            let booked = plant.receipts(clients).await;
            let ledger = plant.ledger.clone();
            let read = rate(clients, move |_, _| {
                let ledger = ledger.clone();
                async move {
                    ledger.stock(StockQuery::default()).await.unwrap();
                }
            })
            .await;
            println!(
                "| {clients} | {size} | {:.0} | {:.1?} | {size} | {:.0} | {:.1?} |",
                booked.per_second(),
                booked.late,
                read.per_second(),
                read.late
            );
            // A larger pool must be worth it.
            if booked.per_second() > writers.1 * 1.03 {
                writers = (size, booked.per_second());
            }
            if read.per_second() > readers.1 * 1.03 {
                readers = (size, read.per_second());
            }
            plant.ledger.close().await;
        }
        best.push((clients, writers.0, writers.1, readers.0, readers.1));
    }
    println!(
        "\n| clients | database.connections | receipts/s | database.readers | stock pages/s |"
    );
    println!("|---:|---:|---:|---:|---:|");
    for (clients, writers, booked, readers, read) in best {
        println!("| {clients} | {writers} | {booked:.0} | {readers} | {read:.0} |");
    }
}

async fn galera() {
    let cluster = match Galera::start().unwrap() {
        Fixture::Ready(cluster) => cluster,
        Fixture::Unavailable(reason) => {
            println!("not measured: {reason}");
            return;
        }
    };
    let database = cluster.create_database().unwrap();
    let hosts = [1, 2, 3].map(|node| format!("127.0.0.1:{}", cluster.node(node).port()));
    let url = format!("mysql://root@{}/{database}", hosts.join(","));
    let plant = Plant::open(&url, OpenOptions::default()).await;
    heading();
    for clients in [1, 8, 32] {
        plant.receipts(clients).await.row("three nodes: receipts", clients);
    }
    plant.hot_bucket(32).await.row("three nodes: takes of one from one bucket", 32);
    println!("\nfaults that a client met: {}", plant.conflicts.load(Ordering::Relaxed));
    plant.audit().await;
}

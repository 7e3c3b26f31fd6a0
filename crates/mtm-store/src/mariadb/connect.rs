//! Connecting, creating the schema, and lot numbers by leased blocks.

use std::sync::Arc;

use arc_swap::ArcSwap;
use mtm_core::catalogue::Catalogue;
use mtm_core::view::Limits;
use mtm_core::word::LotNumber;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder, Pool};
use tokio::sync::Mutex;

use super::{catalogue, fault};
use crate::clock::Clock;
use crate::fault::Fault;

const SCHEMA: &str = include_str!("schema/0001_ledger.sql");
const PROCEDURE: &str = include_str!("procedure/mtm_post.sql");
const TRIGGERS: &str = include_str!("procedure/refuse.sql");

/// Numbers leased at a time. A crash loses the rest of a block: gaps are allowed, repeats never.
const BLOCK: u64 = 1_000;

/// What every connection is set to: refuse what does not fit, wait briefly, UTC.
const SESSION: [&str; 4] = [
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY'",
    "SET SESSION innodb_lock_wait_timeout = 5",
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
];

/// A ledger on a `MariaDB` server.
#[derive(Clone)]
pub struct MariaDb {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pool: Pool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) limits: Limits,
    pub(super) catalogue: ArcSwap<Catalogue>,
    lots: Mutex<Lease>,
}

/// Lot numbers that are this server's to give: `next..=last`.
#[derive(Debug)]
struct Lease {
    next: u64,
    last: u64,
}

impl Lease {
    /// Nothing leased yet.
    const EMPTY: Self = Self { next: 1, last: 0 };
}

impl MariaDb {
    /// Connects to `url` (`mysql://user@host:port/database`) and brings schema and procedures to
    /// this program's version.
    pub async fn open(url: &str, clock: Arc<dyn Clock>) -> Result<Self, Fault> {
        let options = mysql_async::Opts::from_url(url)
            .map_err(|error| Fault::Unusable(format!("the database URL: {error}")))?;
        let options = OptsBuilder::from_opts(options).init(SESSION.map(str::to_owned).to_vec());
        let pool = Pool::new(options);
        let mut connection = pool.get_conn().await.map_err(fault)?;
        migrate(&mut connection).await.map_err(fault)?;
        let catalogue = catalogue::load(&mut connection).await?;
        drop(connection);
        Ok(Self {
            inner: Arc::new(Inner {
                pool,
                clock,
                limits: Limits::default(),
                catalogue: ArcSwap::from_pointee(catalogue),
                lots: Mutex::new(Lease::EMPTY),
            }),
        })
    }

    /// Master data and holds as last read.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.inner.catalogue.load_full()
    }

    /// Reads master data and holds again.
    pub async fn refresh(&self) -> Result<(), Fault> {
        let mut connection = self.connection().await?;
        let catalogue = catalogue::load(&mut connection).await?;
        self.inner.catalogue.store(Arc::new(catalogue));
        Ok(())
    }

    /// Closes all connections.
    pub async fn close(self) -> Result<(), Fault> {
        self.inner.pool.clone().disconnect().await.map_err(fault)
    }

    pub(super) async fn connection(&self) -> Result<Conn, Fault> {
        self.inner.pool.get_conn().await.map_err(|error| match error {
            // Nothing was sent yet, so nothing can have been written.
            mysql_async::Error::Io(_) | mysql_async::Error::Driver(_) => {
                Fault::Transient(error.to_string())
            }
            other => fault(other),
        })
    }

    /// `count` numbers that no other booking gets.
    pub(super) async fn fresh_lots(
        &self,
        connection: &mut Conn,
        count: u16,
    ) -> Result<Vec<LotNumber>, Fault> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let mut lease = self.inner.lots.lock().await;
        let count = u64::from(count);
        if lease.last + 1 < lease.next + count {
            let block = BLOCK.max(count);
            // One atomic statement, committed by itself: the block is gone even if we are.
            connection
                .exec_drop(
                    "UPDATE site SET lot_leased = LAST_INSERT_ID(lot_leased + ?) WHERE id = 1",
                    (block,),
                )
                .await
                .map_err(fault)?;
            let last: Option<u64> =
                connection.query_first("SELECT LAST_INSERT_ID()").await.map_err(fault)?;
            let last = last.ok_or_else(|| Fault::Permanent("no lot lease".to_owned()))?;
            *lease = Lease { next: last + 1 - block, last };
        }
        let first = lease.next;
        lease.next += count;
        Ok((first..first + count).map(LotNumber::allocated).collect())
    }
}

impl std::fmt::Debug for MariaDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MariaDb").finish_non_exhaustive()
    }
}

/// DDL commits by itself on this engine, so every step can be repeated.
async fn migrate(connection: &mut Conn) -> Result<(), mysql_async::Error> {
    for statement in statements(SCHEMA) {
        connection.query_drop(statement).await?;
    }
    connection.query_drop(PROCEDURE).await?;
    for trigger in TRIGGERS.split("\n\n") {
        connection.query_drop(trigger.trim().trim_end_matches(';')).await?;
    }
    connection
        .query_drop("INSERT IGNORE INTO site (id, name, time_zone) VALUES (1, 'plant', 'UTC')")
        .await
}

/// The statements of a script whose only semicolons at line ends end statements.
fn statements(script: &str) -> impl Iterator<Item = &str> {
    script.split(";\n").map(str::trim).filter(|statement| !statement.is_empty())
}

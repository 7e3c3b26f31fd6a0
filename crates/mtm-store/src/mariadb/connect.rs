//! The way to the server: what every connection is set to, and the pools.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder, Pool, PoolConstraints, PoolOpts};
use tokio::time;

use super::fault::{fault, fault_before_writing};
use super::tls::{self, Tls};
use crate::fault::Fault;

/// What every connection is set to: refuse what does not fit, read texts as the embedded engine
/// does, wait briefly, UTC.
pub(super) const SESSION: [&str; 6] = [
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,\
     NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY'",
    "SET SESSION innodb_lock_wait_timeout = 5",
    "SET SESSION lock_wait_timeout = 30",
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin",
];

/// How long a caller waits for a connection before hearing that the database is not available.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(60);
/// How old a connection grows, give or take, so that fail-over and new settings reach all of them
/// and not all at once.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
const LIFETIME_JITTER: Duration = Duration::from_secs(3 * 60);
/// How long a connection may take to say that it is alive, when that is in doubt.
const ALIVE: Duration = Duration::from_millis(500);
/// Statements kept prepared on a connection.
const STATEMENTS: usize = 160;

/// Connections of one purpose.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    pool: Pool,
    /// Where TLS is only preferred.
    plain: Option<Plain>,
    /// Since when the unused connections are in doubt.
    doubted: Arc<Mutex<Option<Instant>>>,
}

/// Connections without TLS, for a server that was found to offer none.
#[derive(Debug, Clone)]
struct Plain {
    pool: Pool,
    chosen: Arc<AtomicBool>,
}

impl Connections {
    /// A pool of at most `most` connections to `url`, opened when first needed.
    pub(super) fn new(url: &str, most: usize) -> Result<Self, Fault> {
        let (url, tls) = Tls::take(url)?;
        let options = Opts::from_url(&url)
            .map_err(|error| Fault::Unusable(format!("the database URL: {error}")))?;
        let most = most.max(1);
        let bounds = PoolConstraints::new(0, most)
            .ok_or_else(|| Fault::Unusable("a pool needs room for a connection".to_owned()))?;
        let pool = PoolOpts::default()
            .with_constraints(bounds)
            // Transactions end where they began: nothing is left on a connection to be reset.
            .with_reset_connection(false)
            .with_inactive_connection_ttl(IDLE)
            .with_abs_conn_ttl(Some(LIFETIME))
            .with_abs_conn_ttl_jitter(Some(LIFETIME_JITTER));
        let options = OptsBuilder::from_opts(options)
            .pool_opts(pool)
            .stmt_cache_size(STATEMENTS)
            // An update that changes nothing has still found its row, as in the embedded engine.
            .client_found_rows(true)
            .init(SESSION.map(str::to_owned).to_vec());
        let plain = (tls == Tls::Preferred)
            .then(|| Plain { pool: Pool::new(options.clone()), chosen: Arc::default() });
        Ok(Self { pool: Pool::new(tls.set(options)), plain, doubted: Arc::default() })
    }

    /// A connection that is free, or a new one.
    pub(super) async fn acquire(&self) -> Result<Conn, Fault> {
        match time::timeout(PATIENCE, self.alive()).await {
            // Nothing was sent yet, so nothing can have been written.
            Ok(connection) => connection.map_err(fault_before_writing),
            Err(_) => Err(Fault::Transient("no connection to the database is free".to_owned())),
        }
    }

    async fn alive(&self) -> Result<Conn, mysql_async::Error> {
        loop {
            let mut connection = self.pooled().await?;
            if !self.are_doubted() {
                return Ok(connection);
            }
            if let Ok(Ok(())) = time::timeout(ALIVE, connection.ping()).await {
                return Ok(connection);
            }
            // It is closed on this side in any case.
            let _ = time::timeout(ALIVE, connection.disconnect()).await;
        }
    }

    async fn pooled(&self) -> Result<Conn, mysql_async::Error> {
        let Some(plain) = &self.plain else { return self.pool.get_conn().await };
        if !plain.chosen.load(Ordering::Relaxed) {
            match self.pool.get_conn().await {
                Err(error) if tls::is_missing(&error) => {
                    plain.chosen.store(true, Ordering::Relaxed);
                    tracing::warn!(%error, "the way to the database is not encrypted");
                }
                answer => return answer,
            }
        }
        plain.pool.get_conn().await
    }

    /// A server did not answer: for a while each unused connection must first say that it is
    /// alive. A machine that lost power closes none of them.
    pub(super) fn doubt(&self) {
        *self.doubted.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn are_doubted(&self) -> bool {
        let doubted = *self.doubted.lock().unwrap_or_else(PoisonError::into_inner);
        // What was unused then is closed by the pool itself after that.
        doubted.is_some_and(|since| since.elapsed() < IDLE)
    }

    /// Whether the server answers.
    pub(super) async fn ping(&self) -> Result<(), Fault> {
        let mut connection = self.acquire().await?;
        connection.ping().await.map_err(fault_before_writing)
    }

    /// Closes every connection.
    pub(super) async fn close(&self) {
        for pool in [Some(&self.pool), self.plain.as_ref().map(|plain| &plain.pool)] {
            let Some(pool) = pool.cloned() else { continue };
            if let Err(error) = pool.disconnect().await {
                let fault = fault(error);
                tracing::debug!(%fault, "the last connections were not closed in order");
            }
        }
    }
}

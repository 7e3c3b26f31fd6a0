//! Which of a cluster's servers everybody works on.
//!
//! One server at a time is written to: the first of the URL, as long as it takes writing. When it
//! does not (refused, not part of the primary component, read-only, silent), the next one that does
//! takes over, for every pool at once. Before it counts, it must have seen what this program has
//! seen: a server that was left behind is no fail-over but a loss.
//!
//! The preferred server gets everybody back when it was fit for a while without a break. That while
//! doubles with every change that follows the last one closely, so that a server that comes and
//! goes does not take the plant with it.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;
use tokio::task::JoinSet;
use tokio::time;

use super::way::Way;

/// How often the preferred server is looked at while another one is in use.
const LOOK: Duration = Duration::from_secs(1);
/// How long a server may take to say how it is.
pub(super) const REACH: Duration = Duration::from_secs(1);

/// An event of the ledger that this program has seen, by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) position: u64,
    pub(super) id: Vec<u8>,
}

/// Why a server is not worked on.
#[derive(Debug)]
pub(super) enum Unfit {
    /// It cannot be asked.
    Unreached(mysql_async::Error),
    /// It does not answer.
    Silent,
    /// It takes no writing.
    ReadOnly,
    /// It is not part of its cluster's primary component.
    Apart,
    /// It lacks what this program has seen.
    Behind(u64),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreached(error) => error.fmt(f),
            Self::Silent => f.write_str("it does not answer"),
            Self::ReadOnly => f.write_str("it is read-only"),
            Self::Apart => f.write_str("it is not part of the cluster's primary component"),
            Self::Behind(position) => write!(f, "it lacks event {position}, or has another there"),
        }
    }
}

impl From<mysql_async::Error> for Unfit {
    fn from(error: mysql_async::Error) -> Self {
        Self::Unreached(error)
    }
}

/// The servers, and which one is in use. Shared by every pool.
#[derive(Debug, Clone)]
pub(super) struct Route {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    ways: Vec<Way>,
    current: AtomicUsize,
    /// The current one failed somebody and must say how it is.
    suspect: AtomicBool,
    seen: Mutex<Option<Seen>>,
    changes: AtomicU64,
    steadiness: Mutex<Steadiness>,
    watched: AtomicBool,
    /// Whoever watches the preferred server; ends with the route.
    watching: Mutex<JoinSet<()>>,
    /// Whoever looks for another server does it for all; when none was found.
    searching: tokio::sync::Mutex<Option<Instant>>,
}

impl Route {
    /// Along `ways`, of which there is at least one; the first is preferred.
    pub(super) fn along(ways: Vec<Way>) -> Self {
        Self {
            inner: Arc::new(Inner {
                ways,
                current: AtomicUsize::new(0),
                suspect: AtomicBool::new(false),
                seen: Mutex::default(),
                changes: AtomicU64::new(0),
                steadiness: Mutex::default(),
                watched: AtomicBool::new(false),
                watching: Mutex::default(),
                searching: tokio::sync::Mutex::default(),
            }),
        }
    }

    pub(super) fn ways(&self) -> &[Way] {
        &self.inner.ways
    }

    /// The server in use, by its place in the URL.
    pub(super) fn current(&self) -> usize {
        self.inner.current.load(Ordering::SeqCst)
    }

    /// How often another server was taken.
    pub(super) fn changes(&self) -> u64 {
        self.inner.changes.load(Ordering::Relaxed)
    }

    /// The server at `at` failed somebody.
    pub(super) fn suspect(&self, at: usize) {
        if self.ways().len() > 1 && at == self.current() {
            self.inner.suspect.store(true, Ordering::SeqCst);
        }
    }

    pub(super) fn is_suspect(&self) -> bool {
        self.inner.suspect.load(Ordering::SeqCst)
    }

    /// The server at `at` says that it is well.
    pub(super) fn trust(&self, at: usize) {
        if at == self.current() {
            self.inner.suspect.store(false, Ordering::SeqCst);
        }
    }

    /// Whoever holds this looks for another server. It says when none was found.
    pub(super) async fn searching(&self) -> tokio::sync::MutexGuard<'_, Option<Instant>> {
        self.inner.searching.lock().await
    }

    /// This program has seen an event: no server without it is taken from now on.
    pub(super) fn has_seen(&self, seen: Seen) {
        *self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }

    /// The newest event that this program knows of.
    pub(super) fn seen(&self) -> Option<Seen> {
        self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the server behind `connection` may be worked on.
    pub(super) async fn judge(&self, connection: &mut Conn) -> Result<(), Unfit> {
        let seen = self.seen();
        let judged = time::timeout(REACH, judge(connection, seen.as_ref()));
        judged.await.unwrap_or(Err(Unfit::Silent))
    }

    /// From now on everybody works on the server at `to`.
    pub(super) fn go(&self, to: usize, why: &Unfit) {
        let inner = &self.inner;
        let from = inner.current.swap(to, Ordering::SeqCst);
        inner.suspect.store(false, Ordering::SeqCst);
        if from == to {
            return;
        }
        inner.changes.fetch_add(1, Ordering::Relaxed);
        let (from, to_name) = (&inner.ways[from].name, &inner.ways[to].name);
        tracing::warn!(from, to = to_name, %why, "another database server is used now");
        inner.steadiness.lock().unwrap_or_else(PoisonError::into_inner).left(Instant::now());
        if to > 0 && !inner.watched.swap(true, Ordering::SeqCst) {
            let watching = watch(Arc::downgrade(inner));
            let mut tasks = inner.watching.lock().unwrap_or_else(PoisonError::into_inner);
            while tasks.try_join_next().is_some() {}
            tasks.spawn(watching);
        }
    }
}

/// Looks at the preferred server until everybody is back, or nobody is left.
async fn watch(inner: Weak<Inner>) {
    loop {
        time::sleep(LOOK).await;
        let Some(inner) = inner.upgrade() else { return };
        let route = Route { inner };
        let inner = &route.inner;
        if route.current() > 0 {
            let fit = route.look(0).await.is_ok();
            let mut steadiness = inner.steadiness.lock().unwrap_or_else(PoisonError::into_inner);
            if !steadiness.saw(Instant::now(), fit) {
                continue;
            }
            drop(steadiness);
            let from = inner.current.swap(0, Ordering::SeqCst);
            inner.changes.fetch_add(1, Ordering::Relaxed);
            let (from, to) = (&inner.ways[from].name, &inner.ways[0].name);
            tracing::info!(from, to, "the preferred database server is used again");
        }
        inner.watched.store(false, Ordering::SeqCst);
        // Somebody may have left again between the two.
        if route.current() == 0 || inner.watched.swap(true, Ordering::SeqCst) {
            return;
        }
    }
}

impl Route {
    /// How the server at `at` is, on a connection of no pool.
    pub(super) async fn look(&self, at: usize) -> Result<(), Unfit> {
        let looked = async {
            let mut connection = self.ways()[at].open().await?;
            let fit = self.judge(&mut connection).await;
            connection.disconnect().await?;
            fit
        };
        time::timeout(2 * REACH, looked).await.unwrap_or(Err(Unfit::Silent))
    }

    /// Where the outbox ends on the first of `ways` that says so.
    pub(super) async fn newest(ways: &[Way]) -> Option<u64> {
        for way in ways {
            let asked = async {
                let mut connection = way.open().await?;
                let sql = "SELECT coalesce(max(position), 0) FROM outbox";
                let newest = connection.query_first::<u64, _>(sql).await;
                connection.disconnect().await?;
                newest
            };
            if let Ok(Ok(Some(newest))) = time::timeout(2 * REACH, asked).await {
                return Some(newest);
            }
        }
        None
    }
}

/// Asks the server how it is. On a cluster's node, after it has everything that the cluster had
/// when it was asked.
async fn judge(connection: &mut Conn, seen: Option<&Seen>) -> Result<(), Unfit> {
    let variables: Vec<(String, String)> = connection
        .query(
            "SHOW GLOBAL VARIABLES WHERE variable_name IN
             ('read_only', 'super_read_only', 'innodb_read_only', 'wsrep_on')",
        )
        .await?;
    let is_on = |name: &str| {
        let value = variables.iter().find(|(variable, _)| variable.eq_ignore_ascii_case(name));
        value.is_some_and(|(_, value)| value != "OFF" && value != "0")
    };
    if ["read_only", "super_read_only", "innodb_read_only"].into_iter().any(is_on) {
        return Err(Unfit::ReadOnly);
    }
    let in_cluster = is_on("wsrep_on");
    if in_cluster {
        let ready: Option<(String, String)> =
            connection.query_first("SHOW GLOBAL STATUS LIKE 'wsrep_ready'").await?;
        if ready.is_none_or(|(_, ready)| ready != "ON") {
            return Err(Unfit::Apart);
        }
        connection.query_drop("SET SESSION wsrep_sync_wait = 1").await?;
    }
    let found = match seen {
        Some(seen) => {
            let sql = "SELECT id FROM outbox WHERE position = ?";
            connection.exec_first::<Vec<u8>, _, _>(sql, (seen.position,)).await?
        }
        None => connection.query_first("SELECT ''").await?,
    };
    // Who was away for long has seen an event that is not kept any more; what is kept is newer.
    let forgotten = match seen {
        Some(seen) if found.is_none() => {
            let sql = "SELECT min(position) > ? FROM outbox";
            let later = connection.exec_first::<Option<bool>, _, _>(sql, (seen.position,)).await?;
            later.flatten().unwrap_or(false)
        }
        _ => false,
    };
    if in_cluster {
        connection.query_drop("SET SESSION wsrep_sync_wait = DEFAULT").await?;
    }
    // Where a statement begins a transaction, this one must not be what comes next.
    connection.query_drop("ROLLBACK").await?;
    match seen {
        Some(seen) if found.as_ref() != Some(&seen.id) && !forgotten => {
            Err(Unfit::Behind(seen.position))
        }
        _ => Ok(()),
    }
}

/// For how long the preferred server must have been fit before it gets everybody back.
const STEADY: Duration = Duration::from_secs(5);
/// The longest that this grows to.
const STEADIEST: Duration = Duration::from_secs(5 * 60);
/// A change that comes this soon after the last one makes it grow.
const SOON: Duration = Duration::from_secs(10 * 60);

/// How the preferred server was since it was left.
#[derive(Debug)]
struct Steadiness {
    needed: Duration,
    left: Option<Instant>,
    fit_since: Option<Instant>,
}

impl Default for Steadiness {
    fn default() -> Self {
        Self { needed: STEADY, left: None, fit_since: None }
    }
}

impl Steadiness {
    fn left(&mut self, now: Instant) {
        let soon = self.left.is_some_and(|before| now - before < SOON);
        self.needed = if soon { (2 * self.needed).min(STEADIEST) } else { STEADY };
        self.left = Some(now);
        self.fit_since = None;
    }

    /// Whether it may have everybody back.
    fn saw(&mut self, now: Instant, fit: bool) -> bool {
        if !fit {
            self.fit_since = None;
            return false;
        }
        now - *self.fit_since.get_or_insert(now) >= self.needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_server_gets_everybody_back_after_a_while_without_a_break() {
        let start = Instant::now();
        let mut steadiness = Steadiness::default();
        steadiness.left(start);
        assert!(!steadiness.saw(start + LOOK, true));
        assert!(!steadiness.saw(start + 2 * LOOK, false));
        assert!(!steadiness.saw(start + 3 * LOOK, true));
        assert!(!steadiness.saw(start + 2 * LOOK + STEADY, true));
        assert!(steadiness.saw(start + 3 * LOOK + STEADY, true));
    }

    #[test]
    fn a_server_that_comes_and_goes_must_be_fit_for_longer_each_time() {
        let mut now = Instant::now();
        let mut steadiness = Steadiness::default();
        steadiness.left(now);
        for needed in [2 * STEADY, 4 * STEADY, 8 * STEADY] {
            now += Duration::from_secs(60);
            steadiness.left(now);
            assert!(!steadiness.saw(now, true));
            assert!(!steadiness.saw(now + needed / 2, true));
            assert!(steadiness.saw(now + needed, true));
        }
        for _ in 0..10 {
            steadiness.left(now);
        }
        assert_eq!(steadiness.needed, STEADIEST);
        steadiness.left(now + SOON);
        assert_eq!(steadiness.needed, STEADY);
    }
}

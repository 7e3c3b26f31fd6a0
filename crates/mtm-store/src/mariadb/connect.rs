//! Pools: connections of one purpose to the server in use.
//!
//! A caller first gets a place, and with it a connection. Whoever goes away while waiting, or
//! while a statement of theirs runs, leaves nothing behind: what was begun is ended by whoever
//! holds the place, which is then free again.

use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, PoolConstraints, PoolOpts};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time;

use super::fault::{fault, fault_before_writing, is_full};
use super::meter::Meter;
use super::route::{REACH, Route, Unfit};
use super::way::{Host, READING, Ways};
use crate::fault::Fault;
use crate::pool::PoolReport;

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
/// For how long nobody looks again for another server when there was none.
const PAUSE: Duration = Duration::from_millis(500);
/// How long the end of a connection may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Connections of one purpose. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: &'static str,
    most: usize,
    route: Route,
    /// As the route has them.
    hosts: Vec<Pooled>,
    places: Arc<Semaphore>,
    meter: Meter,
    /// Connections that are being made, or looked at.
    under_way: Mutex<JoinSet<()>>,
}

/// The connections to one server.
#[derive(Debug)]
struct Pooled {
    host: Host,
    /// Since when the unused ones are in doubt.
    doubted: Mutex<Option<Instant>>,
}

/// A connection and its place.
#[derive(Debug)]
pub(super) struct Checkout {
    // Before the place: it is given back before somebody else may have it.
    connection: Conn,
    held: Held,
}

/// A place in a pool, for as long as its connection is used.
#[derive(Debug)]
pub(super) struct Held {
    pool: Connections,
    at: usize,
    _place: OwnedSemaphorePermit,
}

impl Deref for Checkout {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.connection
    }
}

impl DerefMut for Checkout {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.connection
    }
}

impl Checkout {
    /// The connection for a thread that blocks, and its place.
    pub(super) fn apart(self) -> (Conn, Held) {
        (self.connection, self.held)
    }
}

impl Held {
    /// Gives back what is left of the connection after work on it, which failed with `away` if the
    /// server may not be there any more. Blocks.
    pub(super) fn settle(self, connection: Option<Conn>, failed: Option<bool>, runtime: &Handle) {
        let inner = &self.pool.inner;
        if connection.is_none() {
            self.doubt();
        }
        let Some(away) = failed else { return };
        if away {
            inner.route.suspect(self.at);
        }
        // The server undoes what was left open.
        if let Some(connection) = connection {
            inner.meter.broken.fetch_add(1, Ordering::Relaxed);
            runtime.block_on(farewell(connection));
        }
    }

    /// The server did not answer: for a while each unused connection must first say that it is
    /// alive. A machine that lost power closes none of them.
    pub(super) fn doubt(&self) {
        let inner = &self.pool.inner;
        inner.hosts[self.at].doubt();
        inner.route.suspect(self.at);
    }

    /// Whether everybody went to another server meanwhile.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.pool.inner.route.current() != self.at
    }
}

impl Inner {
    fn bring_to_its_end(&self, connecting: impl Future<Output = ()> + Send + 'static) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        while under_way.try_join_next().is_some() {}
        under_way.spawn(connecting);
    }
}

impl Pooled {
    fn doubt(&self) {
        *self.doubted.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn are_doubted(&self) -> bool {
        let doubted = *self.doubted.lock().unwrap_or_else(PoisonError::into_inner);
        // What was unused then is closed by the pool itself after that.
        doubted.is_some_and(|since| since.elapsed() < IDLE)
    }

    /// A connection that is as good as can be known, within `reach` each time.
    async fn alive(&self, reach: Duration, meter: &Meter) -> Result<Conn, Unfit> {
        loop {
            let connection = time::timeout(reach, self.host.get()).await;
            let mut connection = connection.map_err(|_| Unfit::Silent)??;
            if !self.are_doubted() {
                return Ok(connection);
            }
            if let Ok(Ok(())) = time::timeout(ALIVE, connection.ping()).await {
                return Ok(connection);
            }
            meter.doubted.fetch_add(1, Ordering::Relaxed);
            farewell(connection).await;
        }
    }
}

/// Closes a connection, on this side in any case.
async fn farewell(connection: Conn) {
    if let Ok(Err(error)) = time::timeout(FAREWELL, connection.disconnect()).await {
        tracing::debug!(error = %fault(error), "a connection was not closed in order");
    }
}

impl Connections {
    /// A pool of at most `most` connections to the servers of `url`, opened when first needed.
    pub(super) fn new(url: &str, most: usize) -> Result<Self, Fault> {
        Self::along(&Route::along(Ways::of(url)?.hosts), "alone", most)
    }

    /// A pool whose connections follow `route`.
    pub(super) fn along(route: &Route, name: &'static str, most: usize) -> Result<Self, Fault> {
        Self::set_to(&[], route, name, most)
    }

    /// The same for questions: a statement begins a transaction that cannot write, and whoever
    /// asked ends it.
    pub(super) fn reading(route: &Route, name: &'static str, most: usize) -> Result<Self, Fault> {
        Self::set_to(&READING, route, name, most)
    }

    fn set_to(
        session: &[&str],
        route: &Route,
        name: &'static str,
        most: usize,
    ) -> Result<Self, Fault> {
        let most = most.max(1);
        let bounds = PoolConstraints::new(0, most)
            .ok_or_else(|| Fault::Unusable("a pool needs room for a connection".to_owned()))?;
        let options = PoolOpts::default()
            .with_constraints(bounds)
            // Transactions end where they began: nothing is left on a connection to be reset.
            .with_reset_connection(false)
            .with_inactive_connection_ttl(IDLE)
            .with_abs_conn_ttl(Some(LIFETIME))
            .with_abs_conn_ttl_jitter(Some(LIFETIME_JITTER));
        let hosts = route
            .ways()
            .iter()
            .map(|way| Pooled { host: way.pool(&options, session), doubted: Mutex::default() });
        let inner = Inner {
            name,
            most,
            route: route.clone(),
            hosts: hosts.collect(),
            places: Arc::new(Semaphore::new(most)),
            meter: Meter::default(),
            under_way: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A connection that is free, or a new one.
    pub(super) async fn acquire(&self) -> Result<Checkout, Fault> {
        let meter = &self.inner.meter;
        let waiting = meter.wait();
        match time::timeout(PATIENCE, self.take()).await {
            Ok(Ok(checkout)) => {
                waiting.served();
                Ok(checkout)
            }
            Ok(Err(unfit)) => {
                waiting.refused(&meter.failed);
                // Nothing was sent yet, so nothing can have been written.
                Err(match unfit {
                    Unfit::Unreached(error) => fault_before_writing(error),
                    other => Fault::Transient(format!("the database server: {other}")),
                })
            }
            Err(_) => {
                waiting.refused(&meter.timed_out);
                Err(Fault::Transient("no connection to the database is free".to_owned()))
            }
        }
    }

    async fn take(&self) -> Result<Checkout, Unfit> {
        let place = Arc::clone(&self.inner.places).acquire_owned().await;
        let place = place.map_err(|_| Unfit::Silent)?;
        let this = self.clone();
        let mut connecting = Box::pin(async move { this.connect(place).await });
        match poll_fn(|context| Poll::Ready(connecting.as_mut().poll(context))).await {
            Poll::Ready(checkout) => checkout,
            // It is brought to its end whether or not anybody still wants it: the driver loses
            // count of a connection that it was checking when its caller went away.
            Poll::Pending => {
                let (send, checkout) = oneshot::channel();
                self.inner.bring_to_its_end(async move {
                    // Dropped where nobody wants it: it is free again.
                    let _ = send.send(connecting.await);
                });
                checkout.await.unwrap_or(Err(Unfit::Silent))
            }
        }
    }

    async fn connect(self, place: OwnedSemaphorePermit) -> Result<Checkout, Unfit> {
        let Inner { route, hosts, meter, .. } = &*self.inner;
        let (at, alone) = (route.current(), hosts.len() == 1);
        let reach = if alone { PATIENCE } else { REACH };
        let unfit = match hosts[at].alive(reach, meter).await {
            Ok(connection) if alone || !route.is_suspect() => {
                return Ok(self.checkout(connection, at, place));
            }
            Ok(mut connection) => match route.judge(&mut connection).await {
                Ok(()) => {
                    route.trust(at);
                    return Ok(self.checkout(connection, at, place));
                }
                Err(unfit) => {
                    farewell(connection).await;
                    unfit
                }
            },
            // It is there, and has enough to do.
            Err(Unfit::Unreached(error)) if is_full(&error) => return Err(error.into()),
            Err(unfit) => unfit,
        };
        hosts[at].doubt();
        if alone { Err(unfit) } else { self.elsewhere(at, unfit, place).await }
    }

    /// Looks for another server than the one at `left`.
    async fn elsewhere(
        self,
        left: usize,
        why: Unfit,
        place: OwnedSemaphorePermit,
    ) -> Result<Checkout, Unfit> {
        let Inner { route, hosts, meter, .. } = &*self.inner;
        let mut failed = route.searching().await;
        let now = route.current();
        if now != left {
            // Somebody found one meanwhile.
            let connection = hosts[now].alive(REACH, meter).await?;
            return Ok(self.checkout(connection, now, place));
        }
        if failed.is_some_and(|at| at.elapsed() < PAUSE) {
            return Err(why);
        }
        for next in (0..hosts.len()).filter(|next| *next != left) {
            let Ok(mut connection) = hosts[next].alive(REACH, meter).await else { continue };
            match route.judge(&mut connection).await {
                Ok(()) => {
                    route.go(next, &why);
                    return Ok(self.checkout(connection, next, place));
                }
                Err(unfit) => {
                    let host = &route.ways()[next].name;
                    tracing::debug!(host, %unfit, "a database server does not take over");
                    farewell(connection).await;
                }
            }
        }
        *failed = Some(Instant::now());
        Err(why)
    }

    fn checkout(&self, connection: Conn, at: usize, place: OwnedSemaphorePermit) -> Checkout {
        Checkout { connection, held: Held { pool: self.clone(), at, _place: place } }
    }

    /// Whether the server answers.
    pub(super) async fn ping(&self) -> Result<(), Fault> {
        let mut connection = self.acquire().await?;
        connection.ping().await.map_err(fault_before_writing)
    }

    /// How it is.
    pub(super) fn report(&self) -> PoolReport {
        let Inner { name, most, hosts, places, meter, .. } = &*self.inner;
        let figures: Vec<_> = hosts.iter().map(|pooled| pooled.host.figures()).collect();
        let sum = |figure: fn(&mysql_async::Metrics) -> &std::sync::atomic::AtomicUsize| {
            figures.iter().map(|it| figure(it).load(Ordering::Relaxed) as u64).sum()
        };
        let told = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        PoolReport {
            pool: name,
            size: *most as u64,
            open: sum(|it| &it.connection_count),
            idle: sum(|it| &it.connections_in_pool),
            in_use: most.saturating_sub(places.available_permits()) as u64,
            waiting: told(&meter.waiting),
            waits: meter.waits(),
            waited: meter.waited(),
            timed_out: told(&meter.timed_out),
            abandoned: told(&meter.abandoned),
            failed: told(&meter.failed),
            doubted: told(&meter.doubted),
            broken: told(&meter.broken),
            expired: sum(|it| &it.discarded_expired_connection),
        }
    }

    /// Closes every connection.
    pub(super) async fn close(&self) {
        let mut under_way = std::mem::take(
            &mut *self.inner.under_way.lock().unwrap_or_else(PoisonError::into_inner),
        );
        let ended = async { while under_way.join_next().await.is_some() {} };
        let _ = time::timeout(PATIENCE, ended).await;
        for pooled in &self.inner.hosts {
            if let Err(error) = pooled.host.close().await {
                let fault = fault(error);
                tracing::debug!(%fault, "the last connections were not closed in order");
            }
        }
    }
}

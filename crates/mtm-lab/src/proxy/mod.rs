//! A bad network between a client and a server, on demand.
//!
//! A [`Proxy`] listens on a free port of 127.0.0.1 and passes bytes on to one server. What happens
//! to them is set at run time, for each direction by itself ([`Fault`]), and a [`Trap`] ends a
//! connection at a moment that clocks cannot hit: after so many bytes, or when the request with
//! a certain text has been carried out but not yet answered. It ships with the program, because
//! who runs a plant may want to see how their own set-up takes a bad line.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use mtm_lab::proxy::{Direction, End, Fault, Proxy, Trap};
//! use std::time::Duration;
//!
//! let proxy = Proxy::start("127.0.0.1:3306").await?;
//! proxy.set(Direction::ToClient, Fault::Delay(Duration::from_millis(200)));
//! proxy.arm(Trap::before_reply(b"COMMIT", End::Cut));
//! // … let the client talk to `proxy.address()` …
//! proxy.heal();
//! proxy.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! Memory is bounded: a direction of a connection holds at most [`QUEUE`] chunks of [`CHUNK`]
//! bytes, then it stops reading, and there are at most [`CONNECTIONS`] connections. When the
//! handle is dropped, everything it started ends.
//!
//! Deliberately absent: loss and reordering of packets (TCP hides both; what remains is delay),
//! chance (a fault happens when it is set, so that a test can be repeated), and knowledge of any
//! protocol. A trap finds text where it stands in the bytes; behind TLS or compression it finds
//! nothing.

mod connection;
mod fault;
mod trap;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinSet;

use fault::Rules;
use trap::Armed;

pub use fault::{Direction, End, Fault};
pub use trap::Trap;

/// Bytes read at once.
pub const CHUNK: usize = 16 * 1024;

/// Chunks that wait in one direction of a connection.
pub const QUEUE: usize = 16;

/// Connections at once; more wait to be accepted.
pub const CONNECTIONS: usize = 512;

/// How long nobody is accepted after that failed.
const PAUSE: Duration = Duration::from_millis(20);

/// A running proxy; dropping it ends it with all its connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: oneshot::Sender<()>,
    /// The one that accepts, which owns all others.
    task: JoinSet<()>,
}

/// What has passed through so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Connections accepted.
    pub accepted: u64,
    /// Connections that are open now.
    pub open: u64,
    /// Bytes delivered to the server.
    pub to_server: u64,
    /// Bytes delivered to clients.
    pub to_client: u64,
    /// Bytes swallowed in either direction.
    pub swallowed: u64,
    /// Traps that have sprung.
    pub sprung: u64,
}

/// What the handle and the connections share.
#[derive(Debug)]
struct Shared {
    server: String,
    rules: watch::Sender<Rules>,
    trap: Mutex<Armed>,
    accepted: AtomicU64,
    open: AtomicU64,
    to_server: AtomicU64,
    to_client: AtomicU64,
    swallowed: AtomicU64,
    sprung: AtomicU64,
}

impl Proxy {
    /// Starts a proxy in front of `server` (`host:port`), which need not answer yet: who connects
    /// while it does not is reset. Fails when there is no port to listen on.
    pub async fn start(server: impl Into<String>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            server: server.into(),
            rules: watch::Sender::new(Rules::default()),
            trap: Mutex::default(),
            accepted: AtomicU64::new(0),
            open: AtomicU64::new(0),
            to_server: AtomicU64::new(0),
            to_client: AtomicU64::new(0),
            swallowed: AtomicU64::new(0),
            sprung: AtomicU64::new(0),
        });
        let (stop, stopped) = oneshot::channel();
        let mut task = JoinSet::new();
        task.spawn(accept(listener, Arc::clone(&shared), stopped));
        Ok(Self { address, shared, stop, task })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does this to bytes in that direction from now on, on all connections, also to those bytes
    /// that wait already.
    pub fn set(&self, direction: Direction, fault: Fault) {
        self.shared.rules.send_modify(|rules| rules.set(direction, fault));
    }

    /// Passes everything on again, and takes a trap away.
    pub fn heal(&self) {
        self.disarm();
        self.shared.rules.send_modify(Rules::heal);
    }

    /// Ends the connections there are; new ones are welcome.
    pub fn end_all(&self, end: End) {
        self.shared.rules.send_modify(|rules| rules.end_all(end));
    }

    /// Sets a trap for the first connection that walks into it, in place of the one before.
    pub fn arm(&self, trap: Trap) {
        self.shared.trap().arm(trap);
    }

    /// Takes the trap away, if it has not sprung.
    pub fn disarm(&self) {
        self.shared.trap().disarm();
    }

    /// What has passed through so far.
    pub fn counters(&self) -> Counters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            accepted: read(&self.shared.accepted),
            open: read(&self.shared.open),
            to_server: read(&self.shared.to_server),
            to_client: read(&self.shared.to_client),
            swallowed: read(&self.shared.swallowed),
            sprung: read(&self.shared.sprung),
        }
    }

    /// Ends the proxy, and returns once nothing of it is left.
    pub async fn stop(self) {
        drop(self.stop);
        self.task.join_all().await;
    }
}

impl Shared {
    fn trap(&self) -> std::sync::MutexGuard<'_, Armed> {
        self.trap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn delivered(&self, direction: Direction) -> &AtomicU64 {
        match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        }
    }
}

/// Accepts until the handle says stop or is gone.
async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stopped: oneshot::Receiver<()>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let arrival = async {
            let seat = Arc::clone(&room).acquire_owned().await;
            (listener.accept().await, seat)
        };
        tokio::select! {
            _ = &mut stopped => break,
            // Collects those that ended; none at all is not an event.
            Some(_) = connections.join_next() => {}
            (client, seat) = arrival => {
                let (Ok((client, _)), Ok(seat)) = (client, seat) else {
                    // Out of file handles, usually: those who leave make room.
                    tokio::time::sleep(PAUSE).await;
                    continue;
                };
                let shared = Arc::clone(&shared);
                shared.accepted.fetch_add(1, Ordering::Relaxed);
                connections.spawn(async move {
                    connection::serve(client, shared).await;
                    drop(seat);
                });
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
}

//! The server: it listens, bounds what clients may cost, and stops without losing an answer.
//!
//! An accept loop of its own, because the limits that keep one bad client from hurting the
//! others (header time, unread answers, number of connections) sit below the router. HTTP/1.1
//! only: the clients are browsers on a plant network and machines that book one movement at a
//! time; neither gains from multiplexing.

mod connection;
mod leftover;
mod limits;
mod patience;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use mtm_app::App;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

pub use connection::Peer;
pub use limits::{Limits, StreamLimit};
pub use tls::{TlsError, TlsFiles, TlsHandle, TlsIdentity};

use crate::web::{Shared, Web};

/// Pause after the system refused a connection (no file descriptors left, for one).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Certificate and key; plain HTTP where `None`.
    pub tls: Option<TlsFiles>,
    /// Bounds on clients.
    pub limits: Limits,
    /// Whether somebody collects spans (`mtm_core::trace::SPANS`): then what a request causes names this
    /// server's own span as its parent, and the caller's otherwise.
    pub spans: bool,
}

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Something listens there already.
    #[error("{address} is in use by another program; choose another port with --listen")]
    InUse {
        /// The address wanted.
        address: SocketAddr,
    },
    /// The system does not let this program listen there.
    #[error("failed to listen on {address}: {source}")]
    Listen {
        /// The address wanted.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Certificate or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// A server that listens and has not answered anybody yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsHandle>,
    limits: Limits,
    web: Shared,
    router: Router,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("url", &self.url()).finish_non_exhaustive()
    }
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still busy at the deadline and were cut.
    pub cut_off: usize,
}

impl Server {
    /// Starts to listen. Connections wait until [`Server::run`].
    pub async fn bind(app: App, options: ServeOptions) -> Result<Self, ServeError> {
        let ServeOptions { listen, tls, limits, spans } = options;
        let tls = tls.map(|files| files.read()).transpose()?.map(TlsHandle::new);
        let refused = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => ServeError::InUse { address: listen },
            _ => ServeError::Listen { address: listen, source },
        };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let web = Web::recorded(app, limits, spans);
        let router = crate::router_with(&web);
        Ok(Self { listener, address, tls, limits, web, router })
    }

    /// The address it listens on, with the port it was given.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What shows clients another certificate; none where the server speaks plain HTTP.
    pub fn tls_handle(&self) -> Option<TlsHandle> {
        self.tls.clone()
    }

    /// The address for people and browsers.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Answers until `shutdown` completes; then takes no new connection, lets open requests
    /// finish until the deadline, and cuts the rest.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Drained {
        let permits = Arc::new(Semaphore::new(self.limits.connections));
        let mut open = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                Some(ended) = open.join_next() => told(ended),
                accepted = accept(&self.listener, &permits) => match accepted {
                    Ok((stream, address, permit)) => {
                        let talk = self.talk(stream, address);
                        open.spawn(async move {
                            talk.await;
                            drop(permit);
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "failed to accept a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        drop(self.listener);
        self.web.close();
        drain(open, self.limits.drain_time).await
    }

    fn talk(&self, stream: TcpStream, address: SocketAddr) -> impl Future<Output = ()> + use<> {
        connection::talk(
            stream,
            Peer { address, secure: self.tls.is_some() },
            self.tls.as_ref().map(TlsHandle::acceptor),
            self.router.clone(),
            Arc::clone(&self.web),
        )
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, address) = listener.accept().await?;
    Ok((stream, address, permit))
}

async fn drain(mut open: JoinSet<()>, longest: Duration) -> Drained {
    let all = async {
        while let Some(ended) = open.join_next().await {
            told(ended);
        }
    };
    if tokio::time::timeout(longest, all).await.is_ok() {
        return Drained { cut_off: 0 };
    }
    let cut_off = open.len();
    open.shutdown().await;
    tracing::warn!(cut_off, "connections were still busy at the deadline and were cut");
    Drained { cut_off }
}

/// A connection's task ended; only a panic is worth telling.
fn told(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a connection ended by a panic");
    }
}

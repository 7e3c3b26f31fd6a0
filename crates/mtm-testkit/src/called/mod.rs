//! A system that is called: a real server, with TLS where a test wants it, whose every answer the test
//! chooses; and an authority with certificates of every kind ([`Authority`]).

mod authority;
mod conversation;

use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

pub use authority::{Authority, Certified};

use crate::listener::Listener;

/// A request as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers, with names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Asked {
    /// The value of a header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// How a request is answered.
#[derive(Debug, Clone)]
pub enum Said {
    /// Status, headers and body.
    Whole(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Status 200 and JSON without an end.
    Endless,
    /// Status 200 and JSON, a byte now and then, without an end.
    Drip,
    /// Nothing; the connection is held open.
    Silence,
    /// Nothing; the connection is closed.
    HangUp,
}

impl Said {
    /// Status and JSON.
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::of("application/json", status, value.to_string().into_bytes())
    }

    /// Status, and a body of this type.
    pub fn of(kind: &str, status: u16, body: Vec<u8>) -> Self {
        Self::Whole(status, vec![("content-type", kind.to_owned())], body)
    }
}

type Script = dyn Fn(&Asked) -> Said + Send + Sync;

struct Shared {
    script: Box<Script>,
    asked: Mutex<Vec<Asked>>,
    tls: Mutex<Option<Arc<ServerConfig>>>,
    connections: AtomicUsize,
}

/// A system on a free port of this machine.
pub struct CalledServer {
    listener: Listener,
    shared: Arc<Shared>,
}

impl CalledServer {
    /// Starts one without TLS that answers as `script` says.
    pub fn start(script: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> Result<Self> {
        Self::with(None, script)
    }

    /// Starts one with TLS.
    pub fn secure(
        tls: Arc<ServerConfig>,
        script: impl Fn(&Asked) -> Said + Send + Sync + 'static,
    ) -> Result<Self> {
        Self::with(Some(tls), script)
    }

    fn with(
        tls: Option<Arc<ServerConfig>>,
        script: impl Fn(&Asked) -> Said + Send + Sync + 'static,
    ) -> Result<Self> {
        let (script, tls) = (Box::new(script), Mutex::new(tls));
        let (asked, connections) = (Mutex::default(), AtomicUsize::new(0));
        let shared = Arc::new(Shared { script, asked, tls, connections });
        let conversing = Arc::clone(&shared);
        let listener = Listener::start(move |stream| {
            conversing.connections.fetch_add(1, Ordering::SeqCst);
            let tls = lock(&conversing.tls).clone();
            let script = |asked: Asked| {
                let said = (conversing.script)(&asked);
                lock(&conversing.asked).push(asked);
                said
            };
            match tls {
                None => conversation::hold(stream, script),
                Some(tls) => conversation::hold(greeted(tls, stream)?, script),
            }
        })?;
        Ok(Self { listener, shared })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let scheme = if lock(&self.shared.tls).is_some() { "https" } else { "http" };
        format!("{scheme}://localhost:{}", self.listener.address().port())
    }

    /// From the next connection on it shows other certificates.
    pub fn present(&self, tls: Arc<ServerConfig>) {
        *lock(&self.shared.tls) = Some(tls);
    }

    /// How often somebody connected, also whoever went before they asked anything.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// What came in, in order.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.shared.asked).clone()
    }
}

/// A connection whose other side is believed. One that is not is told why: it reads that before the
/// connection is closed.
fn greeted(
    tls: Arc<ServerConfig>,
    mut stream: TcpStream,
) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
    let mut connection = ServerConnection::new(tls).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        if let Err(error) = connection.complete_io(&mut stream) {
            let _ = connection.write_tls(&mut stream);
            stream.shutdown(Shutdown::Write)?;
            io::copy(&mut stream, &mut io::sink())?;
            return Err(error);
        }
    }
    Ok(StreamOwned::new(connection, stream))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

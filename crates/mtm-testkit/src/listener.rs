//! What the servers of tests have in common: a free port of this machine, and a thread for each
//! connection.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{io, thread};

use anyhow::Context as _;

/// Listens until it is dropped. Connections there are by then end with their client.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Listener {
    /// Listens, and has `converse` talk on each connection.
    pub(crate) fn start(
        converse: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        let address = listener.local_addr().context("no address")?;
        let stopped = Arc::new(AtomicBool::new(false));
        let (listening, converse) = (Arc::clone(&stopped), Arc::new(converse));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if listening.load(Ordering::Relaxed) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let converse = Arc::clone(&converse);
                // A connection that breaks is the client's business.
                thread::spawn(move || drop(converse(stream)));
            }
        });
        Ok(Self { address, stopped })
    }

    /// Where it is.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the listener, which looks at the mark and ends.
        drop(TcpStream::connect(self.address));
    }
}

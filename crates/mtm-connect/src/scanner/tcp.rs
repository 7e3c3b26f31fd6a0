//! Scanners on the network: those that listen, which are called, and those that call, which are listened to.
//!
//! Nothing on such a connection says who the other side is. So whoever calls has to be on the list, unless
//! only this machine can; put scanners into a network of their own.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

use super::debounce::Debounce;
use super::device::{Device, Heard, Line, Rules, Taker, pump};
use super::error::{Loss, Lost};

/// Longest wait for a connection.
const CALL: Duration = Duration::from_secs(5);

/// Longest wait for the other side to take an answer.
const SAY: Duration = Duration::from_secs(2);

/// Silence after which it is asked whether the other side is still there, and between two questions.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));

/// Scanners that may be connected at once to one place.
const MOST: usize = 16;

/// Between two looks for somebody who calls.
const LOOK: Duration = Duration::from_millis(50);

/// A scanner that listens at `host:port`.
#[derive(Debug)]
pub(super) struct Caller {
    name: String,
    address: String,
}

impl Caller {
    pub(super) fn new(address: String) -> Self {
        Self { name: format!("tcp:{address}"), address }
    }
}

impl Device for Caller {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&mut self) -> Result<Box<dyn Line>, Lost> {
        let failed = |error: io::Error| {
            Lost::new(Loss::Away, format!("failed to connect to {}: {error}", self.address))
        };
        let mut last = None;
        for address in self.address.to_socket_addrs().map_err(failed)? {
            match TcpStream::connect_timeout(&address, CALL) {
                Ok(stream) => return Ok(Box::new(Connection::new(stream)?)),
                Err(error) => last = Some(error),
            }
        }
        let nowhere = || io::Error::new(ErrorKind::NotFound, "the name leads nowhere");
        Err(failed(last.unwrap_or_else(nowhere)))
    }
}

struct Connection {
    stream: TcpStream,
}

impl Connection {
    fn new(stream: TcpStream) -> Result<Self, Lost> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(SAY))?;
        let (time, interval) = KEEP_ALIVE;
        let keep_alive = TcpKeepalive::new().with_time(time).with_interval(interval);
        SockRef::from(&stream).set_tcp_keepalive(&keep_alive)?;
        Ok(Self { stream })
    }
}

impl Line for Connection {
    fn hear(&mut self, room: &mut [u8], wait: Duration) -> Result<usize, Lost> {
        self.stream.set_read_timeout(Some(wait.max(Duration::from_millis(1))))?;
        match self.stream.read(room) {
            Ok(0) => Err(Lost::new(Loss::Away, "the other side closed the connection")),
            Ok(count) => Ok(count),
            Err(error) if is_silence(&error) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    fn say(&mut self, bytes: &[u8]) -> Result<(), Lost> {
        Ok(self.stream.write_all(bytes)?)
    }
}

fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Takes scans of scanners that connect to `listener`, until the taker ends. From another machine than this
/// one only those of `allowed` may; at most 16 at once.
pub fn listen(listener: &TcpListener, allowed: &[IpAddr], rules: &Rules, taker: &dyn Taker) {
    let name = listener.local_addr().map_or_else(|_| "tcp-listen".to_owned(), listening);
    if let Err(error) = listener.set_nonblocking(true) {
        taker.hear(&name, Heard::Away(&error.into()));
        return;
    }
    taker.hear(&name, Heard::Ready);
    let connected = AtomicUsize::new(0);
    let known = Known::default();
    std::thread::scope(|scope| {
        while !taker.ends() {
            let Ok((stream, from)) = listener.accept() else {
                // Nobody calls, or who called is gone again.
                std::thread::sleep(LOOK);
                continue;
            };
            let name = format!("{name} from {from}");
            if !may_connect(from.ip(), allowed) {
                let why = "it is not on the list of scanners that may connect (scanner.allow)";
                taker.hear(&name, Heard::Away(&Lost::new(Loss::Denied, why)));
                continue;
            }
            if connected.fetch_add(1, Ordering::Relaxed) >= MOST {
                connected.fetch_sub(1, Ordering::Relaxed);
                let why = format!("{MOST} scanners are connected already");
                taker.hear(&name, Heard::Away(&Lost::new(Loss::Busy, why)));
                continue;
            }
            let (connected, known) = (&connected, &known);
            scope.spawn(move || {
                let mut debounce = take(known, from.ip(), rules);
                let ended = converse(stream, &name, (rules, &mut debounce), taker);
                // Whoever hears that it is away may connect at once.
                leave(known, from.ip(), debounce);
                connected.fetch_sub(1, Ordering::Relaxed);
                if let Err(lost) = ended {
                    taker.hear(&name, Heard::Away(&lost));
                }
            });
        }
    });
}

/// Whether whoever calls from there may: this machine, or one of the list.
fn may_connect(from: IpAddr, allowed: &[IpAddr]) -> bool {
    let from = from.to_canonical();
    from.is_loopback() || allowed.iter().any(|one| one.to_canonical() == from)
}

/// The name of a place where scanners connect.
pub(super) fn listening(at: SocketAddr) -> String {
    format!("tcp-listen:{at}")
}

/// What addresses without a connection said last: whoever lost an answer with the connection sends the scan again.
type Known = Mutex<HashMap<IpAddr, Debounce>>;

/// What the address said last. A second connection from there begins anew: it is another scanner.
fn take(known: &Known, from: IpAddr, rules: &Rules) -> Debounce {
    let before = known.lock().unwrap_or_else(PoisonError::into_inner).remove(&from);
    before.unwrap_or_else(|| Debounce::new(rules.debounce))
}

fn leave(known: &Known, from: IpAddr, debounce: Debounce) {
    known.lock().unwrap_or_else(PoisonError::into_inner).insert(from, debounce);
}

fn converse(
    stream: TcpStream,
    name: &str,
    rules: (&Rules, &mut Debounce),
    taker: &dyn Taker,
) -> Result<(), Lost> {
    let mut line = Connection::new(stream)?;
    taker.hear(name, Heard::Ready);
    pump(&mut line, name, rules, taker, &mut false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_and_those_of_the_list_may_connect() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let allowed = [address("10.0.0.7"), address("2001:db8::7")];
        for (from, may) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.0.0.7", true),
            ("::ffff:10.0.0.7", true),
            ("2001:db8::7", true),
            ("10.0.0.8", false),
            ("::ffff:10.0.0.8", false),
            ("2001:db8::8", false),
        ] {
            assert_eq!(may_connect(address(from), &allowed), may, "{from}");
            assert_eq!(
                may_connect(address(from), &[]),
                may && address(from).to_canonical().is_loopback()
            );
        }
    }
}

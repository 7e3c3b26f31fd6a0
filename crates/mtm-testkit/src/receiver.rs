//! A receiver of webhooks: a real HTTP server that remembers what it was sent, and answers as a test
//! says.
//!
//! It decides by itself what it has seen, as a consumer would: by `webhook-id`. Each connection has a
//! thread; everything ends with the receiver.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::clock;
use crate::listener::Listener;

/// Longer than anything a test waits for may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request as it came in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Received {
    /// Path and query.
    pub path: String,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: String,
    /// `webhook-signature`.
    pub signature: String,
    /// `traceparent`.
    pub traceparent: String,
    /// The body, byte by byte.
    pub body: String,
    /// When all of it was there, in microseconds since 1970.
    pub at: i64,
}

/// How a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// With this status.
    Status(u16),
    /// With this status, and how many seconds it wants to be left alone (`Retry-After`).
    Later(u16, u64),
    /// By sending elsewhere.
    Elsewhere(String),
    /// Not at all; the connection is held open.
    Silence,
    /// By hanging up.
    HangUp,
    /// By hanging up after it was taken: the sender cannot know.
    TakeAndHangUp,
}

type Script = dyn Fn(&Received, usize) -> Answer + Send + Sync;

struct Shared {
    script: Box<Script>,
    received: Mutex<Vec<(Received, Answer)>>,
    /// How often each id came.
    tries: Mutex<HashMap<String, usize>>,
    more: Condvar,
}

/// A receiver on a free port of this machine.
pub struct Receiver {
    listener: Listener,
    shared: Arc<Shared>,
}

impl Receiver {
    /// Starts one that answers as `script` says of a request and how many came with its id before.
    pub fn start(
        script: impl Fn(&Received, usize) -> Answer + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            script: Box::new(script),
            received: Mutex::default(),
            tries: Mutex::default(),
            more: Condvar::new(),
        });
        let conversing = Arc::clone(&shared);
        let listener = Listener::start(move |stream| conversing.converse(&stream))?;
        Ok(Self { listener, shared })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.listener.address())
    }

    /// Everything that came in, in order, also what was refused.
    pub fn received(&self) -> Vec<Received> {
        self.shared.lock().iter().map(|(received, _)| received.clone()).collect()
    }

    /// What was taken, in order, each id once: the effects at a consumer that de-duplicates.
    pub fn effects(&self) -> Vec<Received> {
        effects(&self.shared.lock())
    }

    /// Waits until the effects are as `enough` says; they, or what there was when patience ended.
    pub fn wait_for(&self, enough: impl Fn(&[Received]) -> bool) -> anyhow::Result<Vec<Received>> {
        let deadline = Instant::now() + PATIENCE;
        let mut received = self.shared.lock();
        loop {
            let effects = effects(&received);
            if enough(&effects) {
                return Ok(effects);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            anyhow::ensure!(!left.is_zero(), "only {} effects came in", effects.len());
            received = match self.shared.more.wait_timeout(received, left) {
                Ok((received, _)) => received,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

fn effects(received: &[(Received, Answer)]) -> Vec<Received> {
    let mut seen = std::collections::HashSet::new();
    let takes = |answer: &Answer| matches!(answer, Answer::Status(200) | Answer::TakeAndHangUp);
    let taken = received.iter().filter(|(_, answer)| takes(answer));
    taken.filter(|(it, _)| seen.insert(it.id.clone())).map(|(it, _)| it.clone()).collect()
}

impl Shared {
    fn converse(&self, stream: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(stream);
        while let Some(request) = read(&mut reader)? {
            let answer = {
                let mut received = self.lock();
                let before = self.tried(&request.id);
                let answer = (self.script)(&request, before);
                received.push((request, answer.clone()));
                answer
            };
            self.more.notify_all();
            let reply = match answer {
                Answer::Status(status) => {
                    format!("HTTP/1.1 {status} As told\r\ncontent-length: 2\r\n\r\nok")
                }
                Answer::Later(status, seconds) => format!(
                    "HTTP/1.1 {status} Later\r\nretry-after: {seconds}\r\ncontent-length: 0\r\n\r\n"
                ),
                Answer::Elsewhere(place) => {
                    format!("HTTP/1.1 307 There\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n")
                }
                // The sender gives up; then there is nothing more to read.
                Answer::Silence => {
                    let _ = reader.read(&mut [0])?;
                    continue;
                }
                Answer::HangUp | Answer::TakeAndHangUp => return Ok(()),
            };
            // In one piece: the second of two small ones waits until the first is acknowledged.
            let mut stream = stream;
            stream.write_all(reply.as_bytes())?;
        }
        Ok(())
    }

    /// Counts a try of this id; how often it came before.
    fn tried(&self, id: &str) -> usize {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let tries = tries.entry(id.to_owned()).or_default();
        *tries += 1;
        *tries - 1
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Received, Answer)>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The next request on a connection; `None` at its end.
fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Received>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut request = Received { path, ..Received::default() };
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "webhook-id" => value.clone_into(&mut request.id),
            "webhook-timestamp" => value.clone_into(&mut request.timestamp),
            "webhook-signature" => value.clone_into(&mut request.signature),
            "traceparent" => value.clone_into(&mut request.traceparent),
            "content-length" => length = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    request.at = clock::micros();
    Ok(Some(request))
}

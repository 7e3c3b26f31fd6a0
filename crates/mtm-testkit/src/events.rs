//! A follower of server-sent events, as a browser is one: it goes on behind the last event it heard
//! when the connection breaks, with the next of the servers it knows.

use std::io::{BufRead as _, BufReader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use ureq::Agent;

use crate::{clock, poll};

/// Longer than anything a test waits for may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the follower rests before it tries the next server.
const PAUSE: Duration = Duration::from_millis(50);

/// An event as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its place in the outbox.
    pub id: u64,
    /// The event, JSON text.
    pub data: String,
    /// When it came in, in microseconds since 1970.
    pub at: i64,
}

#[derive(Debug, Default)]
struct Shared {
    servers: Mutex<Vec<String>>,
    told: Mutex<Vec<Told>>,
    more: Condvar,
    /// Why it had to begin anew, each time.
    breaks: Mutex<Vec<String>>,
    connections: Mutex<u64>,
    stopped: AtomicBool,
}

/// Follows events on a thread of its own until it is dropped.
#[derive(Debug)]
pub struct EventFollower {
    shared: Arc<Shared>,
}

impl EventFollower {
    /// Follows from now on the first of `servers` (base URLs) that answers; returns when it is
    /// connected.
    pub fn start(servers: Vec<String>, token: &str) -> Result<Self> {
        let shared = Arc::new(Shared { servers: Mutex::new(servers), ..Shared::default() });
        let (following, token) = (Arc::clone(&shared), token.to_owned());
        thread::spawn(move || following.follow(&token));
        let follower = Self { shared };
        poll::until("following", PATIENCE, || Ok((follower.connections() > 0).then_some(())))
            .with_context(|| follower.breaks().join("; "))?;
        Ok(follower)
    }

    /// The servers it knows from now on.
    pub fn know(&self, servers: Vec<String>) {
        *lock(&self.shared.servers) = servers;
    }

    /// How often it was connected.
    pub fn connections(&self) -> u64 {
        *lock(&self.shared.connections)
    }

    /// Why it had to connect again, each time.
    pub fn breaks(&self) -> Vec<String> {
        lock(&self.shared.breaks).clone()
    }

    /// What it heard so far, in the order of hearing.
    pub fn told(&self) -> Vec<Told> {
        lock(&self.shared.told).clone()
    }

    /// Waits until it heard the event at that place, and gives all it heard.
    pub fn wait_for(&self, id: u64) -> Result<Vec<Told>> {
        let told = lock(&self.shared.told);
        let lacks = |told: &mut Vec<Told>| told.last().is_none_or(|last| last.id < id);
        let (told, _) = self
            .shared
            .more
            .wait_timeout_while(told, PATIENCE, lacks)
            .unwrap_or_else(PoisonError::into_inner);
        let last = told.last().map(|last| last.id);
        ensure!(last >= Some(id), "event {id} was not told; the last was {last:?}");
        Ok(told.clone())
    }
}

impl Drop for EventFollower {
    fn drop(&mut self) {
        // The thread ends at the next heartbeat, or with its server.
        self.shared.stopped.store(true, Ordering::SeqCst);
    }
}

impl Shared {
    fn follow(&self, token: &str) {
        for turn in 0_usize.. {
            if self.stopped.load(Ordering::SeqCst) {
                return;
            }
            let server = {
                let servers = lock(&self.servers);
                servers[turn % servers.len()].clone()
            };
            let broke = match self.listen(&server, token) {
                Ok(()) => format!("{server}: the stream ended"),
                Err(error) => format!("{server}: {error:#}"),
            };
            lock(&self.breaks).push(broke);
            thread::sleep(PAUSE);
        }
    }

    /// Takes in what one server tells until the connection ends.
    fn listen(&self, server: &str, token: &str) -> Result<()> {
        let config = Agent::config_builder()
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_recv_response(Some(Duration::from_secs(10)))
            .build();
        let agent: Agent = config.into();
        let mut request = agent
            .get(format!("{server}/api/v1/events"))
            .header("Authorization", format!("Bearer {token}"));
        if let Some(last) = lock(&self.told).last() {
            request = request.header("Last-Event-ID", last.id.to_string());
        }
        let response = request.call()?;
        *lock(&self.connections) += 1;
        let mut id = None;
        for line in BufReader::new(response.into_body().into_reader()).lines() {
            let line = line?;
            if self.stopped.load(Ordering::SeqCst) {
                return Ok(());
            }
            if let Some(text) = line.strip_prefix("id: ") {
                id = Some(text.parse()?);
            } else if let Some(data) = line.strip_prefix("data: ") {
                let id = id.take().context("an event without its place")?;
                lock(&self.told).push(Told { id, data: data.to_owned(), at: clock::micros() });
                self.more.notify_all();
            }
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

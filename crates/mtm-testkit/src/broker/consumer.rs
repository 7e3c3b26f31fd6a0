//! A consumer of events, whatever brings them: it remembers what came, and decides what is new by the
//! event's id, as an integrator's would.

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::sync::watch;

use crate::clock;

/// Longer than anything a test waits for may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A message as it came in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// Topic or subject.
    pub place: String,
    /// Its content type.
    pub content_type: String,
    /// User properties or headers.
    pub properties: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// When it came in, in microseconds since 1970.
    pub at: i64,
}

impl Heard {
    /// The value of a property or header.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The event's id, by its body.
    pub fn id(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["id"].as_str().unwrap_or_default().to_owned()
    }
}

/// What a consumer and its thread share.
#[derive(Debug, Default)]
pub(super) struct Memory {
    heard: Mutex<Vec<Heard>>,
    /// How often there was a connection.
    connections: Mutex<u32>,
    more: Condvar,
}

impl Memory {
    pub(super) fn hear(&self, heard: Heard) {
        lock(&self.heard).push(Heard { at: clock::micros(), ..heard });
        self.more.notify_all();
    }

    pub(super) fn connected(&self) {
        *lock(&self.connections) += 1;
        self.more.notify_all();
    }
}

/// A consumer; ends when it is dropped.
#[derive(Debug)]
pub struct Consumer {
    memory: Arc<Memory>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Consumer {
    /// Runs `consume` in a thread of its own until the consumer is dropped.
    pub(super) fn start<F: Future<Output = ()>>(
        consume: impl FnOnce(Arc<Memory>) -> F + Send + 'static,
    ) -> Result<Self> {
        let memory = Arc::new(Memory::default());
        let stop = watch::Sender::new(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (its, mut stopped) = (Arc::clone(&memory), stop.subscribe());
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = consume(its) => {}
                    _ = stopped.wait_for(|stopped| *stopped) => {}
                }
            });
        });
        Ok(Self { memory, stop, thread: Some(thread) })
    }

    /// Waits until it has a connection, `times` in all.
    pub fn wait_connected(&self, times: u32) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut connections = lock(&self.memory.connections);
        while *connections < times {
            let left = deadline.saturating_duration_since(Instant::now());
            anyhow::ensure!(!left.is_zero(), "only {connections} connections of the consumer");
            connections = match self.memory.more.wait_timeout(connections, left) {
                Ok((connections, _)) => connections,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        Ok(())
    }

    /// How often it had a connection.
    pub fn connections(&self) -> u32 {
        *lock(&self.memory.connections)
    }

    /// Everything that came in, in order, also what came again.
    pub fn heard(&self) -> Vec<Heard> {
        lock(&self.memory.heard).clone()
    }

    /// What came in, in order, each id once.
    pub fn effects(&self) -> Vec<Heard> {
        effects(&lock(&self.memory.heard))
    }

    /// Waits until the effects are as `enough` says.
    pub fn wait_for(&self, enough: impl Fn(&[Heard]) -> bool) -> Result<Vec<Heard>> {
        let deadline = Instant::now() + PATIENCE;
        let mut heard = lock(&self.memory.heard);
        loop {
            let effects = effects(&heard);
            if enough(&effects) {
                return Ok(effects);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            anyhow::ensure!(!left.is_zero(), "only {} effects came in", effects.len());
            heard = match self.memory.more.wait_timeout(heard, left) {
                Ok((heard, _)) => heard,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A consumer that panicked has said so.
            let _ = thread.join();
        }
    }
}

fn effects(heard: &[Heard]) -> Vec<Heard> {
    let mut seen = HashSet::new();
    heard.iter().filter(|heard| seen.insert(heard.id())).cloned().collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `question` to its end, for callers that are no tasks.
pub(super) fn ask<T>(question: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::time::timeout(PATIENCE, question).await.context("the broker did not answer")?
    })
}

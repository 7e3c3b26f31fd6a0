//! An agent of `MTConnect` (ANSI/MTC1.4) at `/mtconnect`, with one machine behind it that counts when somebody says so.
//!
//! It has what clients stumble over: a circular buffer of a size that can be chosen, numbers of observations, an instance
//! that is another one after a restart, streams with heartbeats, a machine that is not there. It refuses as the agent
//! does that most machines have. Absent: `path`, assets, `current` as a stream, and more than one machine.

mod answer;
mod buffer;
mod device;
mod document;
mod follow;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use self::buffer::Buffer;
use self::device::{ITEMS, item};
use self::document::Header;
pub(super) use self::follow::{Follow, Parts};

/// Most observations that an agent remembers.
const LARGEST: usize = 1_000_000;
/// Most pieces that are counted at once: each is an observation.
const AT_ONCE: u64 = 100_000;
/// Longest value of a data item, in characters.
const LONGEST: usize = 1_000;
/// What a data item shows that is not known.
const UNAVAILABLE: &str = "UNAVAILABLE";

/// How the agent is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MtconnectSettings {
    /// Observations that it remembers.
    pub buffer: usize,
    /// The version of the standard in whose namespace it answers.
    pub version: String,
    /// Whether it streams when it is asked to; if not, it answers with one document.
    pub streams: bool,
}

impl Default for MtconnectSettings {
    fn default() -> Self {
        Self { buffer: 4_096, version: "1.7".to_owned(), streams: true }
    }
}

/// What the agent says of itself outside of the standard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MtconnectReport {
    /// How it is.
    pub settings: MtconnectSettings,
    /// Which run of the agent this is.
    pub instance: u64,
    /// Number of the oldest observation that it remembers.
    pub first: u64,
    /// Number of the one that comes next.
    pub next: u64,
    /// Whether it hears its machine.
    pub available: bool,
    /// What the machine shows, also where the agent does not hear it.
    pub values: BTreeMap<String, String>,
    /// Streams that were asked for, ever.
    pub streams: u64,
}

/// Why something cannot be done to the agent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MtconnectRefusal {
    /// There is no such data item, or it counts nothing.
    #[error("{0:?} is no data item that counts")]
    Tag(String),
    /// Beyond a bound.
    #[error("{0}")]
    Bound(&'static str),
}

#[derive(Debug)]
struct State {
    settings: MtconnectSettings,
    instance: u64,
    buffer: Buffer,
    available: bool,
    /// What the machine shows, by the place of the data item.
    values: Vec<String>,
    streams: u64,
}

impl State {
    /// An agent that was started just now and heard its machine.
    fn start(settings: MtconnectSettings, instance: u64, values: Vec<String>) -> Self {
        let buffer = Buffer::new(ITEMS.len(), settings.buffer);
        let mut state = Self { settings, instance, buffer, available: true, values, streams: 0 };
        state.tell_all();
        state
    }

    fn tell_all(&mut self) {
        let at = now();
        for (place, value) in self.values.iter().enumerate() {
            let value = if self.available { value.clone() } else { UNAVAILABLE.to_owned() };
            self.buffer.push(place, value, at, None);
        }
    }

    /// The machine shows this, and the agent hears it where it hears anything.
    fn show(&mut self, place: usize, value: String, reset: Option<&'static str>) {
        if self.available {
            self.buffer.push(place, value.clone(), now(), reset);
        }
        if let Some(shown) = self.values.get_mut(place) {
            *shown = value;
        }
    }

    fn header(&self) -> Header {
        Header {
            version: self.settings.version.clone(),
            instance: self.instance,
            size: self.buffer.size(),
            at: now(),
        }
    }
}

/// The agent. Clones are the same.
#[derive(Debug, Clone)]
pub struct MtconnectAgent {
    state: Arc<Mutex<State>>,
    changed: Arc<watch::Sender<()>>,
}

impl Default for MtconnectAgent {
    fn default() -> Self {
        let state = State::start(MtconnectSettings::default(), 1, first_values());
        Self { state: Arc::new(Mutex::new(state)), changed: Arc::new(watch::Sender::new(())) }
    }
}

impl MtconnectAgent {
    /// From now on it is so. What does not fit into its buffer any more is forgotten.
    ///
    /// # Errors
    /// A buffer or a version that no agent has; nothing changed.
    pub fn set(&self, settings: MtconnectSettings) -> Result<(), MtconnectRefusal> {
        if !(1..=LARGEST).contains(&settings.buffer) {
            return Err(MtconnectRefusal::Bound("a buffer has room for 1 to 1,000,000"));
        }
        let version = &settings.version;
        let digits = version.bytes().all(|it| it.is_ascii_digit() || it == b'.');
        if version.is_empty() || version.len() > 8 || !digits {
            return Err(MtconnectRefusal::Bound("a version is written like 1.7"));
        }
        self.change(|state| {
            state.buffer.resize(settings.buffer);
            state.settings = settings;
        });
        Ok(())
    }

    /// The machine makes so many pieces: its counter `tag` goes up one by one.
    ///
    /// # Errors
    /// There is no such data item, it shows no number, or these are more than 100,000 at once.
    pub fn count(&self, tag: &str, pieces: u64) -> Result<(), MtconnectRefusal> {
        if pieces > AT_ONCE {
            return Err(MtconnectRefusal::Bound("at most 100,000 pieces are counted at once"));
        }
        let unknown = || MtconnectRefusal::Tag(tag.to_owned());
        let place = item(tag).ok_or_else(unknown)?;
        self.change(|state| {
            let shown = state.values.get(place).and_then(|it| it.parse::<u64>().ok());
            let shown = shown.ok_or_else(unknown)?;
            for piece in 1..=pieces {
                state.show(place, shown.saturating_add(piece).to_string(), None);
            }
            Ok(())
        })
    }

    /// A data item shows this text, whatever it is; `began_again` says that a person set the counter to it.
    ///
    /// # Errors
    /// There is no such data item, or the text has more than 1,000 characters.
    pub fn show(&self, tag: &str, value: &str, began_again: bool) -> Result<(), MtconnectRefusal> {
        if value.chars().count() > LONGEST {
            return Err(MtconnectRefusal::Bound("a value has at most 1,000 characters"));
        }
        let place = item(tag).ok_or_else(|| MtconnectRefusal::Tag(tag.to_owned()))?;
        let reset = began_again.then_some("MANUAL");
        self.change(|state| state.show(place, value.to_owned(), reset));
        Ok(())
    }

    /// The agent loses its machine, which goes on meanwhile.
    pub fn unavailable(&self) {
        self.hear(false);
    }

    /// The agent has its machine again.
    pub fn available(&self) {
        self.hear(true);
    }

    fn hear(&self, available: bool) {
        self.change(|state| {
            if state.available != available {
                state.available = available;
                state.tell_all();
            }
        });
    }

    /// The agent is started anew: another instance, which remembers nothing and numbers from 1. Its machine goes on.
    pub fn restart(&self) {
        self.change(|state| {
            let settings = state.settings.clone();
            let values = std::mem::take(&mut state.values);
            let streams = state.streams;
            *state = State::start(settings, state.instance + 1, values);
            state.streams = streams;
        });
    }

    /// As it came out of its box, but for the instance: whoever listens is to notice.
    pub fn reset(&self) {
        self.change(|state| {
            let instance = state.instance + 1;
            *state = State::start(MtconnectSettings::default(), instance, first_values());
        });
    }

    /// How it is.
    pub fn report(&self) -> MtconnectReport {
        let state = self.lock();
        let values = ITEMS.iter().zip(&state.values);
        MtconnectReport {
            settings: state.settings.clone(),
            instance: state.instance,
            first: state.buffer.first(),
            next: state.buffer.next(),
            available: state.available,
            values: values.map(|(item, value)| (item.id.to_owned(), value.clone())).collect(),
            streams: state.streams,
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.lock());
        self.changed.send_replace(());
        changed
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn first_values() -> Vec<String> {
    ITEMS.iter().map(|item| item.begins.to_owned()).collect()
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

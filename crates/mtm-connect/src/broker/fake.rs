//! A broker in memory, for tests; it keeps the promises of the real ones (`tests/connect/brokers.rs`).
//!
//! What becomes of a message, a script says: taken, taken without a word, lost, refused. It speaks no
//! protocol, waits for nothing and has no thread, so that a seed replays what happens around it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::{Message, NoLink, NotTaken, Protocol, plain};

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is taken.
    Take,
    /// It is taken, and handed on twice.
    TakeTwice,
    /// It is taken, and the connection breaks before that is said.
    TakeUnsaid,
    /// The connection breaks before it arrives.
    Lose,
    /// It will never be taken.
    Refuse,
}

/// A message as whoever follows the broker hears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Its topic or subject.
    pub place: String,
    /// The message.
    pub message: Message,
}

type Script = dyn Fn(&Message, usize) -> Fate + Send + Sync;

/// A broker in memory. Clones are the same broker.
#[derive(Clone)]
pub struct Fake {
    protocol: Protocol,
    shared: Arc<Shared>,
}

struct Shared {
    script: Box<Script>,
    /// Which start of the broker this is; nothing while it is away.
    running: watch::Sender<Option<u64>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    starts: u64,
    asked: HashMap<String, usize>,
    heard: Vec<Heard>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fake").field("protocol", &self.protocol).finish_non_exhaustive()
    }
}

impl Fake {
    /// A broker that stands for one of `protocol`, and does with a message what `script` says of it and
    /// of how often it was sent before.
    pub fn new(
        protocol: Protocol,
        script: impl Fn(&Message, usize) -> Fate + Send + Sync + 'static,
    ) -> Self {
        let shared = Shared {
            script: Box::new(script),
            running: watch::Sender::new(Some(0)),
            state: Mutex::default(),
        };
        Self { protocol, shared: Arc::new(shared) }
    }

    pub(super) const fn protocol(&self) -> Protocol {
        self.protocol
    }

    pub(super) fn place_of(&self, kind: &str) -> String {
        match self.protocol {
            Protocol::Mqtt => format!("mtm/v1/fake/{kind}"),
            Protocol::Nats => format!("mtm.fake.{kind}"),
        }
    }

    /// It goes away, and every link with it.
    pub fn go_away(&self) {
        self.shared.running.send_replace(None);
    }

    /// It is there again; links of before are not.
    pub fn come_back(&self) {
        let mut state = self.shared.lock();
        state.starts += 1;
        self.shared.running.send_replace(Some(state.starts));
    }

    /// Everything that whoever follows it heard, in order.
    pub fn heard(&self) -> Vec<Heard> {
        self.shared.lock().heard.clone()
    }

    pub(super) fn open(&self) -> Result<Link, NoLink> {
        let running = self.shared.running.subscribe();
        let start = *running.borrow();
        let start = start.ok_or_else(|| NoLink("nobody is there".to_owned()))?;
        Ok(Link { broker: self.clone(), running, start, is_broken: false })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection to it.
#[derive(Debug)]
pub struct Link {
    broker: Fake,
    running: watch::Receiver<Option<u64>>,
    start: u64,
    is_broken: bool,
}

impl Link {
    pub(super) fn publish(&mut self, messages: &[Message]) -> Vec<Result<(), NotTaken>> {
        messages.iter().map(|message| self.hand_over(message)).collect()
    }

    fn hand_over(&mut self, message: &Message) -> Result<(), NotTaken> {
        let lost = || Err(NotTaken::Later("the connection was lost".to_owned()));
        if self.is_broken || *self.running.borrow() != Some(self.start) {
            return lost();
        }
        let before = {
            let mut state = self.broker.shared.lock();
            let asked = state.asked.entry(message.id.clone()).or_default();
            *asked += 1;
            *asked - 1
        };
        let fate = (self.broker.shared.script)(message, before);
        let copies = match fate {
            Fate::Take | Fate::TakeUnsaid => 1,
            Fate::TakeTwice => 2,
            Fate::Lose | Fate::Refuse => 0,
        };
        let attributes = message.attributes.iter();
        let heard = Heard {
            place: self.broker.place_of(&message.kind),
            message: Message {
                attributes: attributes.map(|(name, value)| (*name, plain(value))).collect(),
                ..message.clone()
            },
        };
        self.broker.shared.lock().heard.extend(std::iter::repeat_n(heard, copies));
        match fate {
            Fate::Take | Fate::TakeTwice => Ok(()),
            Fate::TakeUnsaid | Fate::Lose => {
                self.is_broken = true;
                lost()
            }
            Fate::Refuse => Err(NotTaken::Refused("the broker refuses it".to_owned())),
        }
    }

    pub(super) async fn rest(&mut self) -> String {
        let start = self.start;
        if !self.is_broken {
            // An error says that the broker is gone for good.
            let _ = self.running.wait_for(|running| *running != Some(start)).await;
        }
        "the connection was lost".to_owned()
    }
}

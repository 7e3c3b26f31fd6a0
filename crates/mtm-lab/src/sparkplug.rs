//! A machine that counts and tells it by Sparkplug, with what goes wrong on real ones.
//!
//! It is one device of an edge node. With every count each of its counters goes on by one. By a seed, a counter begins
//! again or runs over, the connection breaks while pieces are made, a message is lost or overtaken by the next, and
//! aliases change with a birth. What it counted in truth is in its [`Account`], so that whoever listens can be judged.
//!
//! Pure: what is to be sent comes out as messages, and who sends them is somebody else.

use mtm_core::sparkplug::edge::{Change, Effect, Node, Settings};
use mtm_core::sparkplug::{Id, Message, MetricValue};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// Changes that are kept while nobody listens.
const KEEP: usize = 1_000;
/// Counts that go by while it is offline.
const OFFLINE: u32 = 5;

/// What goes wrong, each with one count of so many; never for 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// The same seed has the same counts meet the same faults.
    pub seed: u64,
    /// A counter begins again at 0.
    pub reset: u32,
    /// The connection breaks without a word, and five counts go by.
    pub offline: u32,
    /// A message is lost, and its number with it.
    pub drop: u32,
    /// A message is overtaken by the next one.
    pub swap: u32,
    /// Every alias changes, by births.
    pub renumber: u32,
}

/// Which machine it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The group.
    pub group: Id,
    /// The edge node.
    pub node: Id,
    /// The device.
    pub device: Id,
    /// Its counters.
    pub counters: Vec<String>,
    /// The counter runs over to 0 instead of showing this; never for 0.
    pub rolls_over_at: u64,
}

/// A counter, as it is in truth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counter {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub shows: u64,
    /// What it counted since the machine was started.
    pub counted: u64,
}

/// What became of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Account {
    /// Its counters.
    pub counters: Vec<Counter>,
    /// Counters that began again.
    pub reset: u64,
    /// Counters that ran over.
    pub rolled_over: u64,
    /// Connections that broke.
    pub offline: u64,
    /// Messages that were lost.
    pub dropped: u64,
    /// Messages that were overtaken.
    pub swapped: u64,
    /// How often every alias changed.
    pub renumbered: u64,
    /// Rebirths that were asked for.
    pub rebirths: u64,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// This is to be sent.
    Send(Message),
    /// The connection is to be broken, without taking leave.
    Break,
    /// Another connection is to be made.
    Connect,
}

/// A machine that counts.
#[derive(Debug)]
pub struct Machine {
    description: Description,
    faults: Faults,
    dice: ChaCha8Rng,
    node: Node,
    account: Account,
    /// Counts until it is online again.
    away: u32,
    /// A message that the next one overtakes.
    held: Vec<Message>,
}

impl Machine {
    /// One whose counters show 0.
    pub fn new(description: Description, faults: Faults) -> Self {
        let node = Node::new(Settings {
            group: description.group.clone(),
            node: description.node.clone(),
            primary_host: None,
            keep: KEEP,
        });
        let counter = |name: &String| Counter { name: name.clone(), shows: 0, counted: 0 };
        let counters = description.counters.iter().map(counter).collect();
        let account = Account { counters, ..Account::default() };
        let dice = ChaCha8Rng::seed_from_u64(faults.seed);
        Self { description, faults, dice, node, account, away: 0, held: Vec::new() }
    }

    /// A connection is about to be made: its will, and what is to be followed. Times are milliseconds since 1970.
    pub fn connect(&mut self, now: u64) -> (Message, Vec<String>) {
        self.held.clear();
        (self.node.connect(now), self.node.filters())
    }

    /// The connection is made: what is to be sent.
    pub fn connected(&mut self, now: u64) -> Vec<Message> {
        // So that its births name every counter, also before anything is counted.
        let changes = self.changes(now);
        self.node.publish(now, changes);
        self.node.connected(now)
    }

    /// The connection was lost.
    pub fn disconnected(&mut self) {
        self.node.disconnected();
    }

    /// What it says when it takes leave.
    pub fn death(&self, now: u64) -> Message {
        self.node.death(now)
    }

    /// A message came.
    pub fn hear(&mut self, now: u64, topic: &str, bytes: &[u8]) -> Vec<Message> {
        let effects = self.node.hear(now, topic, bytes);
        if effects.is_empty() {
            return Vec::new();
        }
        self.account.rebirths += 1;
        // What is told anew needs nothing that waits.
        self.held.clear();
        let message = |effect| match effect {
            Effect::Publish(message) => Some(message),
            // It has no primary host.
            Effect::Leave => None,
        };
        effects.into_iter().filter_map(message).collect()
    }

    /// Every counter goes on by one.
    pub fn count(&mut self, now: u64) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.away > 0 {
            self.away -= 1;
            if self.away == 0 {
                acts.push(Act::Connect);
            }
        } else if self.meets(self.faults.offline) {
            self.account.offline += 1;
            self.away = OFFLINE;
            self.disconnected();
            acts.push(Act::Break);
        }
        self.go_on();
        let changes = self.changes(now);
        let messages = self.node.publish(now, changes);
        acts.extend(self.spoil(messages).into_iter().map(Act::Send));
        if self.node.is_born() && self.meets(self.faults.renumber) {
            self.account.renumbered += 1;
            self.held.clear();
            acts.extend(self.node.renumber(now).into_iter().map(Act::Send));
        }
        acts
    }

    /// What it counted, and what went wrong.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    fn go_on(&mut self) {
        for at in 0..self.account.counters.len() {
            let begins_again = self.meets(self.faults.reset);
            let Some(counter) = self.account.counters.get_mut(at) else { continue };
            counter.counted += 1;
            counter.shows += 1;
            if begins_again {
                counter.shows = 0;
                self.account.reset += 1;
            } else if counter.shows == self.description.rolls_over_at {
                counter.shows = 0;
                self.account.rolled_over += 1;
            }
        }
    }

    fn changes(&self, now: u64) -> Vec<Change> {
        let change = |counter: &Counter| {
            let (device, value) =
                (self.description.device.clone(), MetricValue::UInt64(counter.shows));
            // Whoever names a counter so that it cannot be told is told so before.
            Change::new(Some(device), &counter.name, value, now).ok()
        };
        self.account.counters.iter().filter_map(change).collect()
    }

    /// Loses messages, or has others overtake them. Births are left alone: they mend what this breaks.
    fn spoil(&mut self, messages: Vec<Message>) -> Vec<Message> {
        let mut sent = Vec::new();
        for message in messages {
            if message.topic.contains("BIRTH/") {
                self.held.clear();
                sent.push(message);
            } else if self.meets(self.faults.drop) {
                self.account.dropped += 1;
            } else if self.held.is_empty() && self.meets(self.faults.swap) {
                self.account.swapped += 1;
                self.held.push(message);
            } else {
                sent.push(message);
                sent.append(&mut self.held);
            }
        }
        sent
    }

    fn meets(&mut self, one_of: u32) -> bool {
        one_of > 0 && self.dice.random_range(0..one_of) == 0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mtm_core::machine::Value;
    use mtm_core::sparkplug::host::{self, Session};
    use mtm_core::sparkplug::rebirth_request;

    use super::*;

    fn id(text: &str) -> Id {
        Id::parse(text).unwrap()
    }

    fn machine(faults: Faults, rolls_over_at: u64) -> Machine {
        let counters = vec!["Good".to_owned(), "Scrap".to_owned()];
        let (group, node, device) = (id("G"), id("N"), id("D"));
        Machine::new(Description { group, node, device, counters, rolls_over_at }, faults)
    }

    /// Runs a machine for so many counts, with a host that is told everything and asks for rebirths; says what the host
    /// believes in the end of both counters.
    fn run(machine: &mut Machine, counts: u64) -> [Option<Value>; 2] {
        let mut session = Session::new(host::Settings {
            group: id("G"),
            node: id("N"),
            reorder: Duration::from_secs(1),
            rebirth_every: Duration::from_secs(1),
        });
        let mut believed = [None, None];
        let (mut will, _) = machine.connect(0);
        let mut messages = machine.connected(0);
        for count in 1..=counts {
            let (now, millis) = (Duration::from_secs(count), count * 1_000);
            for act in machine.count(millis) {
                match act {
                    Act::Send(message) => messages.push(message),
                    Act::Break => messages.push(will.clone()),
                    Act::Connect => {
                        will = machine.connect(millis).0;
                        messages.extend(machine.connected(millis));
                    }
                }
            }
            let mut effects = session.tick(now);
            for message in std::mem::take(&mut messages) {
                effects.extend(session.hear(now, &message.topic, &message.payload));
            }
            for effect in effects {
                match effect {
                    host::Effect::AskRebirth(_) => {
                        let asked = rebirth_request(&id("G"), &id("N"), millis);
                        messages.extend(machine.hear(millis, &asked.topic, &asked.payload));
                    }
                    host::Effect::Stale(_) => {}
                    host::Effect::Batch(batch) => {
                        for reading in batch.readings {
                            let at = usize::from(reading.tag == "D:Scrap");
                            believed[at] = Some(reading.value);
                        }
                    }
                }
            }
        }
        believed
    }

    #[test]
    fn a_machine_counts_and_is_heard() {
        let mut machine = machine(Faults::default(), 0);
        let believed = run(&mut machine, 10);
        assert_eq!(believed, [Some(Value::Total(10)), Some(Value::Total(10))]);
        let counter = &machine.account().counters[1];
        assert_eq!((counter.name.as_str(), counter.shows, counter.counted), ("Scrap", 10, 10));
    }

    #[test]
    fn the_same_seed_has_the_same_faults_and_every_fault_happens() {
        let faults = Faults { seed: 7, reset: 40, offline: 30, drop: 20, swap: 10, renumber: 25 };
        let accounts = [7, 7, 8].map(|seed| {
            let mut machine = machine(Faults { seed, ..faults }, 50);
            run(&mut machine, 1_000);
            machine.account().clone()
        });
        assert_eq!(accounts[0], accounts[1]);
        assert_ne!(accounts[0], accounts[2]);
        let Account {
            counters,
            reset,
            rolled_over,
            offline,
            dropped,
            swapped,
            renumbered,
            rebirths,
        } = accounts[0].clone();
        let happened = [reset, rolled_over, offline, dropped, swapped, renumbered, rebirths];
        assert!(happened.iter().all(|times| *times > 0), "{happened:?}");
        assert!(counters.iter().all(|it| it.counted == 1_000 && it.shows < 50), "{counters:?}");
    }

    #[test]
    fn a_host_believes_in_the_end_what_the_machine_shows() {
        let faults = Faults { reset: 40, offline: 30, drop: 20, swap: 10, renumber: 25, seed: 0 };
        for seed in 0..50 {
            let mut machine = machine(Faults { seed, ..faults }, 50);
            run(&mut machine, 300);
            // Without faults, and online again.
            machine.faults = Faults { seed, ..Faults::default() };
            let believed = run(&mut machine, 20);
            let shows = |at: usize| Some(Value::Total(machine.account().counters[at].shows));
            assert_eq!(believed, [shows(0), shows(1)], "seed {seed}");
        }
    }
}

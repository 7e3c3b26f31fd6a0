//! What one edge node says, in order.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::super::{BD_SEQ, Id, Metric, Payload, Topic, Verb};
use super::effect::{Effect, Owner, Why};
use super::known::{Known, MOST_DEVICES, Meant, Names, Table, moment, unavailable};
use super::order::{Numbered, Offer, Order};
use crate::machine::{Batch, Link, Reading, Tag};
use crate::word::Timestamp;

/// Births of the node that are known again.
const BIRTHS: usize = 4;

/// Whom a session listens to, and how patiently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The group.
    pub group: Id,
    /// The edge node.
    pub node: Id,
    /// How long a message waits for one that should have come before it.
    pub reorder: Duration,
    /// A rebirth is asked for at most once in this time; what a birth does not name again within it is gone.
    pub rebirth_every: Duration,
}

/// Where the node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Born, and nothing is missing since.
    Born,
    /// Nothing is believed until it was born again.
    Lost,
    /// It said, or the broker said, that it is gone.
    Dead,
}

/// A message that has a number.
#[derive(Debug)]
struct Said {
    verb: Verb,
    device: Option<Id>,
    payload: Payload,
}

/// A device that was there before the node was born again, and was not named since.
#[derive(Debug)]
struct Awaited {
    until: Duration,
    table: Table,
}

/// What one edge node says. Times are since any beginning, by a clock that never goes back.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    standing: Standing,
    known: Known,
    names: Names,
    order: Order<Said>,
    /// Which connection of the node its birth belongs to.
    bd_seq: Option<u64>,
    /// When the birth was sent, by the node's clock.
    born_at: Option<u64>,
    births: VecDeque<u64>,
    awaited: BTreeMap<Id, Awaited>,
    wanted: Option<Why>,
    asked: Option<Duration>,
    effects: Vec<Effect>,
}

impl Session {
    /// One that has heard nothing yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            standing: Standing::Lost,
            known: Known::default(),
            names: Names::default(),
            order: Order::default(),
            bd_seq: None,
            born_at: None,
            births: VecDeque::new(),
            awaited: BTreeMap::new(),
            wanted: None,
            asked: None,
            effects: Vec::new(),
        }
    }

    /// There is a connection: a birth is asked for, because nothing is known.
    pub fn open(&mut self, now: Duration) -> Vec<Effect> {
        self.lose(Why::Opened);
        self.effects(now)
    }

    /// What births named so far.
    pub fn tags(&self) -> Vec<Tag> {
        self.names.tags()
    }

    /// When [`Session::tick`] has something to do, unless something is heard before.
    pub fn due(&self) -> Option<Duration> {
        let waiting = self.order.waits_since().map(|since| since + self.settings.reorder);
        let awaited = self.awaited.values().map(|it| it.until).min();
        let wanted = self.wanted.as_ref().map(|_| self.may_ask_at());
        [waiting, awaited, wanted].into_iter().flatten().min()
    }

    /// Time went by.
    pub fn tick(&mut self, now: Duration) -> Vec<Effect> {
        if self.order.waits_since().is_some_and(|since| since + self.settings.reorder <= now) {
            self.lose(Why::Missed(self.order.next()));
        }
        let gone: Vec<Id> =
            self.awaited.iter().filter(|(_, it)| it.until <= now).map(|it| it.0.clone()).collect();
        for device in gone {
            if let Some(awaited) = self.awaited.remove(&device) {
                self.stale(Owner::Device(device), &[awaited.table], Link::Gap, None);
            }
        }
        self.effects(now)
    }

    /// A message came. What is of others, or a command, is passed over.
    pub fn hear(&mut self, now: Duration, topic: &str, bytes: &[u8]) -> Vec<Effect> {
        let Some(Topic::Edge { verb, group, node, device }) = Topic::parse(topic) else {
            return Vec::new();
        };
        let Settings { group: its_group, node: its_node, .. } = &self.settings;
        if verb == Verb::Command || group != *its_group || node != *its_node {
            return Vec::new();
        }
        let numbered = |payload: &Payload| {
            let seq = payload.place();
            seq.ok_or_else(|| Why::Unreadable("has no number from 0 to 255".to_owned()))
        };
        let mark = mark(topic, bytes);
        let heard = match Payload::decode(bytes) {
            Err(error) => Err(Why::Unreadable(error.to_string())),
            Ok(payload) => match (verb, &device) {
                (Verb::Birth, None) => self.born(now, &payload, mark),
                (Verb::Death, None) => {
                    self.died(&payload);
                    Ok(())
                }
                _ => numbered(&payload).and_then(|seq| {
                    let (sent, size) = (payload.timestamp, bytes.len());
                    let message = Said { verb, device, payload };
                    self.place(now, Numbered { seq, mark, sent, size, message })
                }),
            },
        };
        if let Err(why) = heard {
            self.lose(why);
        }
        self.effects(now)
    }

    /// The number that comes next.
    #[cfg(test)]
    pub(super) const fn next(&self) -> u8 {
        self.order.next()
    }

    /// Nothing is believed until the node was born again.
    fn lose(&mut self, why: Why) {
        let was_born = std::mem::replace(&mut self.standing, Standing::Lost) == Standing::Born;
        self.order = Order::default();
        // The first reason counts; what was asked for while everything else was well is none of these.
        if was_born || self.wanted.is_none() {
            self.wanted = Some(why);
        }
    }

    /// What devices counted since something was missed is not known until each was born again: the node's birth says
    /// nothing of them.
    fn doubt(&mut self) {
        let tables = self.awaited.values().map(|it| &it.table);
        let readings: Vec<Reading> =
            tables.flat_map(Table::tags).map(|tag| unavailable(tag, None)).collect();
        if !readings.is_empty() {
            let (link, at, position) = (Link::Gap, None, None);
            self.effects.push(Effect::Batch(Batch { link, at, position, readings }));
        }
    }

    fn may_ask_at(&self) -> Duration {
        self.asked.map_or(Duration::ZERO, |asked| asked + self.settings.rebirth_every)
    }

    /// What is to be done now.
    fn effects(&mut self, now: Duration) -> Vec<Effect> {
        if self.may_ask_at() <= now
            && let Some(why) = &self.wanted
        {
            self.effects.push(Effect::AskRebirth(why.clone()));
            self.asked = Some(now);
        }
        std::mem::take(&mut self.effects)
    }

    /// The node was born.
    fn born(&mut self, now: Duration, payload: &Payload, mark: u64) -> Result<(), Why> {
        let bd_seq = payload.number(BD_SEQ);
        let is_whole = self.standing == Standing::Born && self.order.is_whole();
        // The same again, or one of before that comes late.
        let is_older = payload.timestamp.is_some() && payload.timestamp < self.born_at;
        let is_late = is_whole && bd_seq == self.bd_seq && is_older;
        if self.births.contains(&mark) || is_late {
            return Ok(());
        }
        if self.births.len() == BIRTHS {
            self.births.pop_front();
        }
        self.births.push_back(mark);
        let empty = Known::default();
        let table = empty.read(&mut self.names, None, payload).ok_or(Why::TooMany)?;
        let before = std::mem::replace(&mut self.known, Known { node: table, ..empty });
        let until = now + self.settings.rebirth_every;
        let awaited = |(device, table)| (device, Awaited { until, table });
        self.awaited.extend(before.devices.into_iter().map(awaited));
        while self.awaited.len() > MOST_DEVICES
            && let Some((device, awaited)) = self.awaited.pop_first()
        {
            self.stale(Owner::Device(device), &[awaited.table], Link::Gap, None);
        }
        if self.standing == Standing::Lost {
            self.doubt();
        }
        self.standing = Standing::Born;
        self.wanted = None;
        (self.bd_seq, self.born_at) = (bd_seq, payload.timestamp);
        self.order.restart(payload.place().unwrap_or(0));
        let batch = of_birth(&self.known.node, &before.node, payload);
        self.effects.extend(batch.map(Effect::Batch));
        Ok(())
    }

    /// The node is gone, unless a connection of before it is.
    fn died(&mut self, payload: &Payload) {
        let bd_seq = payload.number(BD_SEQ);
        let is_other = bd_seq.is_some() && self.bd_seq.is_some() && bd_seq != self.bd_seq;
        if is_other || self.births.is_empty() || self.standing == Standing::Dead {
            return;
        }
        self.standing = Standing::Dead;
        self.order = Order::default();
        self.wanted = None;
        let Known { node, devices } = std::mem::take(&mut self.known);
        let awaited = std::mem::take(&mut self.awaited).into_values().map(|it| it.table);
        let tables: Vec<Table> =
            std::iter::once(node).chain(devices.into_values()).chain(awaited).collect();
        // What it said last may be lost, and its will is as old as its connection.
        self.stale(Owner::Node, &tables, Link::Gap, None);
    }

    /// Puts a message where it belongs, and takes whatever waited for it.
    fn place(&mut self, now: Duration, numbered: Numbered<Said>) -> Result<(), Why> {
        if self.standing != Standing::Born {
            return Err(Why::Unborn(Owner::Node));
        }
        let Said { payload, .. } = &numbered.message;
        let is_older = payload.timestamp.is_some() && payload.timestamp < self.born_at;
        if is_older && !is_history(payload) {
            // Of before the birth: its aliases stand for something else.
            return Ok(());
        }
        let mut next = match self.order.offer(now, numbered) {
            Offer::Take(said) => Some(said),
            Offer::Held | Offer::Again => None,
            Offer::Lost => return Err(Why::Missed(self.order.next())),
        };
        while let Some(said) = next {
            self.take(&said)?;
            next = self.order.pop();
        }
        Ok(())
    }

    fn take(&mut self, said: &Said) -> Result<(), Why> {
        let Said { verb, device, payload } = said;
        match (verb, device) {
            (Verb::Birth, Some(device)) => self.device_born(device, payload),
            (Verb::Death, Some(device)) => {
                let known = self.known.devices.remove(device);
                let awaited = self.awaited.remove(device).map(|it| it.table);
                if let Some(table) = known.or(awaited) {
                    let at = payload.timestamp.and_then(moment);
                    self.stale(Owner::Device(device.clone()), &[table], Link::Next, at);
                }
                Ok(())
            }
            _ => self.changed(device.as_ref(), payload),
        }
    }

    fn device_born(&mut self, device: &Id, payload: &Payload) -> Result<(), Why> {
        let table = self.known.read(&mut self.names, Some(device), payload);
        let table = table.ok_or(Why::TooMany)?;
        let awaited = self.awaited.remove(device).map(|it| it.table);
        let before = self.known.devices.remove(device).or(awaited).unwrap_or_default();
        let batch = of_birth(&table, &before, payload);
        self.known.devices.insert(device.clone(), table);
        self.effects.extend(batch.map(Effect::Batch));
        Ok(())
    }

    /// What changed, all of it or nothing.
    fn changed(&mut self, device: Option<&Id>, payload: &Payload) -> Result<(), Why> {
        let table = match device {
            None => &self.known.node,
            Some(device) => {
                let unborn = || Why::Unborn(Owner::Device(device.clone()));
                self.known.devices.get(device).ok_or_else(unborn)?
            }
        };
        let mut readings = Vec::new();
        let mut unknown = None;
        for metric in payload.metrics.iter().filter(|metric| !metric.is_history()) {
            match table.meant(metric) {
                Meant::Entry(entry) => {
                    readings.extend(table.reading(entry, metric, payload.timestamp));
                }
                // It says what it is, so that it harms no other.
                Meant::UnknownName(name) => unknown = Some(Why::UnknownName(name.to_owned())),
                Meant::UnknownAlias(alias) => return Err(Why::UnknownAlias(alias)),
                Meant::Nobody => {
                    return Err(Why::Unreadable("tells of a metric without a name".to_owned()));
                }
            }
        }
        self.wanted = self.wanted.take().or(unknown);
        if !is_history(payload) {
            self.effects.push(Effect::Batch(batch(Link::Next, payload.timestamp, readings)));
        }
        Ok(())
    }

    fn stale(&mut self, owner: Owner, tables: &[Table], link: Link, at: Option<Timestamp>) {
        let gone = tables.iter().flat_map(Table::tags).map(|tag| unavailable(tag, at));
        let readings: Vec<Reading> = gone.collect();
        self.effects.push(Effect::Stale(owner));
        if !readings.is_empty() {
            self.effects.push(Effect::Batch(Batch { link, at, position: None, readings }));
        }
    }
}

/// What a birth says, and what it does not say any more; nothing where that is nothing.
fn of_birth(table: &Table, before: &Table, payload: &Payload) -> Option<Batch> {
    let readings = payload.metrics.iter().filter(|metric| !metric.is_history());
    // By their names, which are true also where it gives an alias twice.
    let reading = |metric| table.reading(table.named(metric)?, metric, payload.timestamp);
    let mut readings: Vec<Reading> = readings.filter_map(reading).collect();
    let at = payload.timestamp.and_then(moment);
    let named: std::collections::HashSet<&str> = table.tags().collect();
    let gone = before.tags().filter(|tag| !named.contains(tag));
    readings.extend(gone.map(|tag| unavailable(tag, at)));
    (!readings.is_empty()).then(|| batch(Link::Gap, payload.timestamp, readings))
}

/// Whether a message tells only what was.
fn is_history(payload: &Payload) -> bool {
    !payload.metrics.is_empty() && payload.metrics.iter().all(Metric::is_history)
}

fn batch(link: Link, sent: Option<u64>, readings: Vec<Reading>) -> Batch {
    Batch { link, at: sent.and_then(moment), position: None, readings }
}

/// By which the same message is known again.
fn mark(topic: &str, bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (topic, bytes).hash(&mut hasher);
    hasher.finish()
}

//! What an edge node publishes, and when.

use std::collections::{BTreeMap, VecDeque};

use super::super::state::State;
use super::super::{BD_SEQ, Id, Message, Metric, MetricValue, Payload, REBIRTH, Topic, Verb, Wire};
use super::change::Change;
use super::owned::{Metrics, Put};

/// Devices of a node.
const MOST_DEVICES: usize = 250;
/// Metrics of one message of data.
const TOGETHER: usize = 200;

/// Who an edge node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The group.
    pub group: Id,
    /// The edge node.
    pub node: Id,
    /// The host without which it says nothing, if it has one.
    pub primary_host: Option<Id>,
    /// Changes that are kept while nobody listens.
    pub keep: usize,
}

/// What follows from what was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// This is to be published.
    Publish(Message),
    /// The connection is to be ended, and another one made after a pause: the primary host is gone.
    Leave,
}

/// An edge node. Times are milliseconds since 1970.
#[derive(Debug)]
pub struct Node {
    settings: Settings,
    /// Of the node itself.
    own: Metrics,
    devices: BTreeMap<Id, Metrics>,
    next_alias: u64,
    /// Of the next connection.
    next_bd_seq: u8,
    bd_seq: u8,
    seq: u8,
    is_connected: bool,
    is_born: bool,
    /// What the primary host said last.
    host: Option<State>,
    kept: VecDeque<Change>,
    dropped: u64,
}

impl Node {
    /// One that has nothing yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            own: Metrics::default(),
            devices: BTreeMap::new(),
            next_alias: 1,
            next_bd_seq: 0,
            bd_seq: 0,
            seq: 0,
            is_connected: false,
            is_born: false,
            host: None,
            kept: VecDeque::new(),
            dropped: 0,
        }
    }

    /// A connection is about to be made: what the broker is to say when it is lost.
    pub fn connect(&mut self, now: u64) -> Message {
        self.bd_seq = self.next_bd_seq;
        self.next_bd_seq = self.next_bd_seq.wrapping_add(1);
        (self.is_connected, self.is_born) = (false, false);
        self.death(now)
    }

    /// What it says, or the broker for it, when it goes.
    pub fn death(&self, now: u64) -> Message {
        let metrics = vec![self.connection()];
        let payload = Payload { timestamp: Some(now), metrics, ..Payload::default() };
        let topic = self.topic(Verb::Death, None);
        Message { is_answered: true, ..Message::plain(&topic, &payload) }
    }

    /// What it has to follow, all before anything is published.
    pub fn filters(&self) -> Vec<String> {
        let mut filters = Topic::commands(&self.settings.group, &self.settings.node);
        let host = self.settings.primary_host.as_ref();
        filters.extend(host.map(|host| Topic::State(host.clone()).to_string()));
        filters
    }

    /// The connection is made, and everything subscribed to.
    pub fn connected(&mut self, now: u64) -> Vec<Message> {
        self.is_connected = true;
        match self.settings.primary_host {
            None => self.birth(now),
            Some(_) => Vec::new(),
        }
    }

    /// The connection is lost, or ended.
    pub fn disconnected(&mut self) {
        (self.is_connected, self.is_born) = (false, false);
    }

    /// Whether what changes is told at once.
    pub const fn is_born(&self) -> bool {
        self.is_born
    }

    /// Changes that wait for somebody to listen.
    pub fn kept(&self) -> usize {
        self.kept.len()
    }

    /// Changes that were dropped: more than are kept, or of more metrics or devices than there may be.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// A message came.
    pub fn hear(&mut self, now: u64, topic: &str, bytes: &[u8]) -> Vec<Effect> {
        let Some(topic) = Topic::parse(topic) else { return Vec::new() };
        match topic {
            Topic::State(host) if Some(&host) == self.settings.primary_host.as_ref() => {
                State::parse(bytes).map_or_else(Vec::new, |state| self.host_said(now, state))
            }
            Topic::Edge { verb: Verb::Command, group, node, device: None }
                if group == self.settings.group && node == self.settings.node =>
            {
                let asked = Payload::decode(bytes).is_ok_and(|payload| is_rebirth(&payload));
                if asked && self.is_born { publish(self.birth(now)) } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }

    /// Metrics changed: what is to be published now. Values that nobody listens to are kept.
    pub fn publish(&mut self, now: u64, changes: Vec<Change>) -> Vec<Message> {
        let mut messages = Vec::new();
        let mut told: Vec<Change> = Vec::new();
        // Whose birth has to name more than it did: the node's goes before everything else.
        let mut reborn: Vec<Option<Id>> = Vec::new();
        for change in changes {
            match self.put(&change) {
                Put::Full => self.dropped = self.dropped.saturating_add(1),
                _ if !self.is_born => self.keep(change),
                Put::New => reborn.push(change.device),
                Put::Known => told.push(change),
            }
        }
        if reborn.contains(&None) {
            return self.birth(now);
        }
        reborn.sort_unstable();
        reborn.dedup();
        told.retain(|change| !reborn.contains(&change.device));
        for device in reborn.into_iter().flatten() {
            messages.extend(self.device_birth(now, &device));
        }
        messages.extend(self.data(now, &told, false));
        messages
    }

    /// A device is gone: what is to be published now. It is there again with its next change.
    pub fn device_gone(&mut self, now: u64, device: &Id) -> Vec<Message> {
        if self.devices.remove(device).is_none() || !self.is_born {
            return Vec::new();
        }
        vec![self.numbered(now, Verb::Death, Some(device), Vec::new())]
    }

    /// Gives every metric another alias, and says so by births where it may.
    pub fn renumber(&mut self, now: u64) -> Vec<Message> {
        self.own.renumber(&mut self.next_alias);
        for metrics in self.devices.values_mut() {
            metrics.renumber(&mut self.next_alias);
        }
        if self.is_born { self.birth(now) } else { Vec::new() }
    }

    /// The node and all its devices are born, and what was kept is told as history.
    pub fn birth(&mut self, now: u64) -> Vec<Message> {
        self.is_born = self.is_connected;
        self.seq = 0;
        let control = Metric::named(REBIRTH, &MetricValue::Boolean(false), Some(now));
        let mut metrics = vec![self.connection(), control];
        metrics.extend(self.own.born());
        let mut messages = vec![self.numbered(now, Verb::Birth, None, metrics)];
        let devices: Vec<Id> = self.devices.keys().cloned().collect();
        messages.extend(devices.iter().filter_map(|device| self.device_birth(now, device)));
        let kept: Vec<Change> = std::mem::take(&mut self.kept).into();
        messages.extend(self.data(now, &kept, true));
        messages
    }

    fn host_said(&mut self, now: u64, state: State) -> Vec<Effect> {
        if self.host.is_some_and(|last| state.timestamp < last.timestamp) {
            return Vec::new();
        }
        self.host = Some(state);
        match (state.online, self.is_connected, self.is_born) {
            (true, true, false) => publish(self.birth(now)),
            (false, true, true) => {
                self.is_born = false;
                vec![Effect::Publish(self.death(now)), Effect::Leave]
            }
            _ => Vec::new(),
        }
    }

    fn put(&mut self, change: &Change) -> Put {
        let Change { device, name, value, at } = change;
        let metrics = match device {
            None => &mut self.own,
            Some(device) => {
                if !self.devices.contains_key(device) && self.devices.len() >= MOST_DEVICES {
                    return Put::Full;
                }
                self.devices.entry(device.clone()).or_default()
            }
        };
        metrics.put(name, value, *at, &mut self.next_alias)
    }

    fn keep(&mut self, change: Change) {
        self.kept.push_back(change);
        while self.kept.len() > self.settings.keep {
            self.kept.pop_front();
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Which connection of it a birth or a death belongs to.
    fn connection(&self) -> Metric {
        let value = MetricValue::Int64(i64::from(self.bd_seq));
        Metric::named(BD_SEQ, &value, None)
    }

    fn device_birth(&mut self, now: u64, device: &Id) -> Option<Message> {
        let metrics = self.devices.get(device)?.born().collect();
        Some(self.numbered(now, Verb::Birth, Some(device), metrics))
    }

    /// Changes as data: those in a row that are of one device together.
    fn data(&mut self, now: u64, changes: &[Change], is_history: bool) -> Vec<Message> {
        let mut messages = Vec::new();
        for some in changes.chunk_by(|one, other| one.device == other.device) {
            for some in some.chunks(TOGETHER) {
                let device = some.first().and_then(|change| change.device.clone());
                let table = match &device {
                    None => Some(&self.own),
                    Some(device) => self.devices.get(device),
                };
                let metric = |change: &Change| {
                    let metric = table?.data(&change.name, &change.value, change.at)?;
                    Some(Metric { is_historical: is_history.then_some(true), ..metric })
                };
                let metrics: Vec<Metric> = some.iter().filter_map(metric).collect();
                // A device that went meanwhile has no history.
                if !metrics.is_empty() {
                    messages.push(self.numbered(now, Verb::Data, device.as_ref(), metrics));
                }
            }
        }
        messages
    }

    /// A message with the next number.
    fn numbered(
        &mut self,
        now: u64,
        verb: Verb,
        device: Option<&Id>,
        metrics: Vec<Metric>,
    ) -> Message {
        let seq = Some(u64::from(self.seq));
        self.seq = self.seq.wrapping_add(1);
        let payload = Payload { timestamp: Some(now), metrics, seq, ..Payload::default() };
        Message::plain(&self.topic(verb, device), &payload)
    }

    fn topic(&self, verb: Verb, device: Option<&Id>) -> Topic {
        Topic::edge(verb, &self.settings.group, &self.settings.node, device)
    }
}

fn publish(messages: Vec<Message>) -> Vec<Effect> {
    messages.into_iter().map(Effect::Publish).collect()
}

fn is_rebirth(payload: &Payload) -> bool {
    payload.metric(REBIRTH).is_some_and(|metric| metric.value == Some(Wire::Boolean(true)))
}

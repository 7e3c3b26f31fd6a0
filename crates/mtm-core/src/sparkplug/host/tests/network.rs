//! An edge node, a bad network and a session: whatever is lost, doubled, late or swapped, what is believed is true.
//!
//! Every counter has a residue of its own, so that a total says whose it is. The network keeps to what Sparkplug can tell:
//! a birth is not lost just when the number of what follows is the one expected.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::super::edge::{self, Change, Node};
use super::super::super::{Message, rebirth_request};
use super::*;
use crate::machine::Batch;

/// Counters: three of the node, two of each device.
const COUNTERS: [(Option<&str>, &str); 7] = [
    (None, "A"),
    (None, "B"),
    (None, "C"),
    (Some("D"), "A"),
    (Some("D"), "B"),
    (Some("E"), "A"),
    (Some("E"), "B"),
];
const RESIDUES: u64 = 8;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A counter goes on.
    Count(usize),
    /// Every alias changes.
    Renumber,
    /// A device goes; it is there again with its next count.
    Gone(bool),
    /// The connection breaks and another one is made.
    Reconnect,
    /// So many milliseconds go by.
    Wait(u64),
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    Arrive,
    Lost,
    Twice,
    /// It arrives after so many others.
    Late(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => (0..COUNTERS.len()).prop_map(Step::Count),
        1 => Just(Step::Renumber),
        1 => any::<bool>().prop_map(Step::Gone),
        1 => Just(Step::Reconnect),
        3 => (1_u64..4_000).prop_map(Step::Wait),
    ]
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        12 => Just(Fate::Arrive),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Twice),
        2 => (1_usize..5).prop_map(Fate::Late),
    ]
}

struct World {
    millis: u64,
    node: Node,
    session: Session,
    counts: [u64; COUNTERS.len()],
    late: Vec<(usize, Message)>,
    fates: Vec<Fate>,
    /// What was believed last of each tag.
    believed: BTreeMap<String, Value>,
    asked: usize,
    lost: usize,
}

impl World {
    fn new(fates: Vec<Fate>) -> Self {
        let settings =
            edge::Settings { group: id("G"), node: id("N"), primary_host: None, keep: 10 };
        let mut world = Self {
            millis: 1_000,
            node: Node::new(settings),
            session: session(),
            counts: [0; COUNTERS.len()],
            late: Vec::new(),
            fates,
            believed: BTreeMap::new(),
            asked: 0,
            lost: 0,
        };
        let effects = world.session.open(world.now());
        world.follow(effects);
        world.node.connect(1);
        let messages = world.node.connected(2);
        world.send(messages);
        world
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.millis)
    }

    fn tag(index: usize) -> String {
        let (device, name) = COUNTERS[index];
        device.map_or_else(|| name.to_owned(), |device| format!("{device}:{name}"))
    }

    fn total(&self, index: usize) -> u64 {
        self.counts[index] * RESIDUES + u64::try_from(index).unwrap()
    }

    fn step(&mut self, step: Step) {
        self.millis += 1;
        match step {
            Step::Count(index) => {
                self.counts[index] += 1;
                let (device, name) = COUNTERS[index];
                let total = MetricValue::UInt64(self.total(index));
                let change = Change::new(device.map(id), name, total, self.millis).unwrap();
                let messages = self.node.publish(self.millis, vec![change]);
                self.send(messages);
            }
            Step::Renumber => {
                let messages = self.node.renumber(self.millis);
                self.send(messages);
            }
            Step::Gone(which) => {
                let device = id(if which { "D" } else { "E" });
                let messages = self.node.device_gone(self.millis, &device);
                self.send(messages);
            }
            Step::Reconnect => {
                let will = self.node.death(self.millis);
                self.send(vec![will]);
                self.millis += 1;
                self.node.connect(self.millis);
                let messages = self.node.connected(self.millis);
                self.send(messages);
            }
            Step::Wait(millis) => self.wait(millis),
        }
    }

    fn wait(&mut self, millis: u64) {
        let until = self.millis + millis;
        while let Some(due) = self.session.due().filter(|due| *due <= Duration::from_millis(until))
        {
            self.millis = self.millis.max(u64::try_from(due.as_millis()).unwrap());
            let effects = self.session.tick(self.now());
            self.follow(effects);
        }
        self.millis = self.millis.max(until);
    }

    fn send(&mut self, messages: Vec<Message>) {
        for message in messages {
            let is_birth = message.topic.contains("/NBIRTH/");
            let fate = match self.fates.pop().unwrap_or(Fate::Arrive) {
                Fate::Lost | Fate::Late(_) if is_birth && self.session.next() == 1 => Fate::Arrive,
                fate => fate,
            };
            match fate {
                Fate::Arrive => self.arrive(&message),
                Fate::Lost => self.lost += 1,
                Fate::Twice => {
                    self.arrive(&message);
                    self.arrive(&message);
                }
                Fate::Late(others) => self.late.push((others, message)),
            }
            self.deliver_late(1);
        }
    }

    /// So many others arrived.
    fn deliver_late(&mut self, others: usize) {
        for (left, _) in &mut self.late {
            *left = left.saturating_sub(others);
        }
        while let Some(at) = self.late.iter().position(|(left, _)| *left == 0) {
            let (_, message) = self.late.remove(at);
            self.arrive(&message);
        }
    }

    fn arrive(&mut self, message: &Message) {
        let effects = self.session.hear(self.now(), &message.topic, &message.payload);
        self.follow(effects);
    }

    fn follow(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Batch(batch) => self.believe(batch),
                Effect::Stale(_) => {}
                Effect::AskRebirth(_) => {
                    self.asked += 1;
                    let asked = rebirth_request(&id("G"), &id("N"), self.millis);
                    self.millis += 1;
                    let effects = self.node.hear(self.millis, &asked.topic, &asked.payload);
                    let messages = effects.into_iter().map(|effect| match effect {
                        edge::Effect::Publish(message) => message,
                        edge::Effect::Leave => panic!("it has no primary host"),
                    });
                    let messages = messages.collect();
                    self.send(messages);
                }
            }
        }
    }

    fn believe(&mut self, batch: Batch) {
        for reading in batch.readings {
            let index = (0..COUNTERS.len()).find(|it| Self::tag(*it) == reading.tag).unwrap();
            if let Value::Total(total) = reading.value {
                let of = usize::try_from(total % RESIDUES).unwrap();
                assert_eq!(Self::tag(of), reading.tag, "a total of another counter");
                assert!(total <= self.total(index), "a total that never was");
                let before = self.believed.get(&reading.tag);
                if let (Link::Next, Some(Value::Total(before))) = (batch.link, before) {
                    assert!(total >= *before, "{} went back from {before} to {total}", reading.tag);
                }
            } else {
                assert_eq!(reading.value, Value::Unavailable);
            }
            self.believed.insert(reading.tag, reading.value);
        }
    }

    /// The network is well again: everything late arrives, every counter goes on once more, and time goes by.
    fn calm_down(&mut self) {
        self.fates.clear();
        self.deliver_late(usize::MAX);
        for index in 0..COUNTERS.len() {
            self.step(Step::Count(index));
        }
        for _ in 0..3 {
            self.wait(30_000);
            self.millis += 1;
            let messages = self.node.publish(self.millis, Vec::new());
            self.send(messages);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn what_is_believed_is_true_and_in_the_end_the_newest(
        steps in prop::collection::vec(step(), 0..150),
        fates in prop::collection::vec(fate(), 0..200),
    ) {
        let mut world = World::new(fates);
        for step in steps {
            world.step(step);
        }
        world.calm_down();
        for index in 0..COUNTERS.len() {
            let newest = Value::Total(world.total(index));
            prop_assert_eq!(world.believed.get(&World::tag(index)), Some(&newest), "{}", World::tag(index));
        }
    }

    #[test]
    fn whenever_something_is_missing_a_rebirth_is_asked_for(
        before in 0_usize..300, missing in 1_usize..100, counters in prop::collection::vec(0..COUNTERS.len(), 400),
    ) {
        let mut world = World::new(Vec::new());
        // Each counter once, so that no later count is a birth.
        (0..COUNTERS.len()).for_each(|index| world.step(Step::Count(index)));
        let asked = world.asked;
        for index in &counters[..before] {
            world.step(Step::Count(*index));
        }
        prop_assert_eq!(world.asked, asked);
        world.fates = vec![Fate::Lost; missing];
        for index in &counters[before..before + missing] {
            world.step(Step::Count(*index));
        }
        prop_assert_eq!(world.lost, missing);
        world.calm_down();
        prop_assert!(world.asked > asked);
        for index in 0..COUNTERS.len() {
            let newest = Value::Total(world.total(index));
            prop_assert_eq!(world.believed.get(&World::tag(index)), Some(&newest));
        }
    }

    #[test]
    fn without_faults_no_rebirth_is_asked_for(steps in prop::collection::vec(step(), 0..300)) {
        let mut world = World::new(Vec::new());
        let asked = world.asked;
        for step in steps {
            world.step(step);
        }
        world.calm_down();
        prop_assert_eq!(world.asked, asked);
    }
}

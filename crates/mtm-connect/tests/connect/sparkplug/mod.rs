//! Sparkplug on a real broker: a host and an edge node of ours, a bad network between them, and libraries of others.

mod away;
mod history;
mod payloads;
mod primary;
mod sequence;
mod talk;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mtm_connect::broker::{Account, Address};
use mtm_connect::sparkplug::{Away, Edge, EdgeSettings, Host, HostSettings, Line, Standing};
use mtm_core::machine::{Batch, Link, Value};
use mtm_core::sparkplug::edge::{Change, Effect, Node, Settings};
use mtm_core::sparkplug::{Id, Message, MetricValue};
use mtm_testkit::Mosquitto;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn broker(suite: &str) -> Option<Mosquitto> {
    Mosquitto::start().unwrap().or_skip(suite)
}

fn host_settings(url: &str) -> HostSettings {
    HostSettings {
        broker: Address::mqtt(url).unwrap(),
        account: Account::default(),
        client_id: "host".to_owned(),
        host_id: None,
        group: id("Plant 1"),
        node: id("Line1"),
        reorder: Duration::from_millis(300),
        rebirth_every: Duration::from_millis(500),
    }
}

fn edge_settings(url: &str) -> EdgeSettings {
    EdgeSettings {
        broker: Address::mqtt(url).unwrap(),
        account: Account::default(),
        client_id: "edge".to_owned(),
        group: id("Plant 1"),
        node: id("Line1"),
        primary_host: None,
    }
}

fn change(device: Option<&str>, name: &str, total: u64) -> Change {
    Change::new(device.map(id), name, MetricValue::UInt64(total), 1_700_000_000_000).unwrap()
}

/// A host, and what it believes of each tag.
struct Listener {
    host: Host,
    believed: BTreeMap<String, Value>,
    /// Every value of `Press7:Good` with its link.
    good: Vec<(Link, Value)>,
}

impl Listener {
    async fn open(settings: HostSettings) -> Self {
        let host = within("a host", Host::open(settings)).await.unwrap();
        Self { host, believed: BTreeMap::new(), good: Vec::new() }
    }

    fn take(&mut self, batch: Batch) {
        assert_eq!(batch.position, None);
        for reading in batch.readings {
            if reading.tag == "Press7:Good" {
                self.good.push((batch.link, reading.value.clone()));
            }
            self.believed.insert(reading.tag, reading.value);
        }
    }

    /// Listens until `Press7:Good` and `Shift` show these.
    async fn believes(&mut self, good: Value, shift: Value) {
        self.listen("what was told", |it| {
            it.get("Press7:Good") == Some(&good) && it.get("Shift") == Some(&shift)
        })
        .await;
    }

    async fn listen(&mut self, what: &str, enough: impl Fn(&BTreeMap<String, Value>) -> bool) {
        let listening = async {
            while !enough(&self.believed) {
                let batch = self.host.next().await.unwrap();
                self.take(batch);
            }
        };
        within(what, listening).await;
    }

    /// Listens until the connection ends.
    async fn ends(&mut self) -> Away {
        let ending = async {
            loop {
                match self.host.next().await {
                    Ok(batch) => self.take(batch),
                    Err(away) => return away,
                }
            }
        };
        within("the end of a connection", ending).await
    }
}

async fn within<T>(what: &str, it: impl Future<Output = T>) -> T {
    let Ok(it) = tokio::time::timeout(PATIENCE, it).await else {
        panic!("waited in vain for {what}")
    };
    it
}

/// A connection of somebody who follows something, or says something.
async fn line(url: &str, client_id: &str, filters: &[String]) -> Line {
    let (address, account) = (Address::mqtt(url).unwrap(), Account::default());
    let opening = Line::open(&address, &account, client_id, None, filters);
    within("a line", opening).await.unwrap()
}

/// An edge node that has told both counters once.
async fn edge(settings: EdgeSettings, good: u64, shift: u64) -> Edge {
    let edge = within("an edge node", Edge::open(settings)).await.unwrap();
    edge.publish(vec![change(Some("Press7"), "Good", good), change(None, "Shift", shift)]).await;
    edge
}

/// An edge node whose messages a test holds back or swaps; it answers rebirths by itself.
struct Raw {
    node: Arc<Mutex<Node>>,
    messages: mpsc::UnboundedSender<Message>,
    /// Rebirths that it was asked for.
    answered: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Raw {
    async fn open(url: &str) -> Self {
        let EdgeSettings { group, node, primary_host, broker, account, client_id } =
            edge_settings(url);
        let mut node = Node::new(Settings { group, node, primary_host, keep: 10 });
        let will = node.connect(millis());
        let (will, filters) = (Some(&will), node.filters());
        let opening = Line::open(&broker, &account, &client_id, will, &filters);
        let mut line = within("a line", opening).await.unwrap();
        line.send(node.connected(millis())).unwrap();
        let node = Arc::new(Mutex::new(node));
        let (messages, mut taken) = mpsc::unbounded_channel();
        let answered = Arc::new(AtomicU64::new(0));
        let (its, count) = (Arc::clone(&node), Arc::clone(&answered));
        let task = tokio::spawn(async move {
            loop {
                let out = tokio::select! {
                    heard = line.hear() => {
                        let Ok(heard) = heard else { return };
                        let effects =
                            its.lock().unwrap().hear(millis(), &heard.topic, &heard.payload);
                        count.fetch_add(1, Ordering::SeqCst);
                        effects.into_iter().map(message).collect()
                    }
                    message = taken.recv() => match message {
                        Some(message) => vec![message],
                        None => return,
                    },
                };
                line.send(out).unwrap();
            }
        });
        Self { node, messages, answered, task }
    }

    /// What the node would publish for a change.
    fn change(&self, device: Option<&str>, name: &str, total: u64) -> Vec<Message> {
        self.node.lock().unwrap().publish(millis(), vec![change(device, name, total)])
    }

    fn send(&self, messages: Vec<Message>) {
        for message in messages {
            self.messages.send(message).unwrap();
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn message(effect: Effect) -> Message {
    match effect {
        Effect::Publish(message) => message,
        Effect::Leave => panic!("there is no primary host"),
    }
}

/// Milliseconds since 1970.
fn millis() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

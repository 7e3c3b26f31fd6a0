//! Telling what this plant has.

use std::time::Duration;

use mtm_core::sparkplug::Id;
use mtm_core::sparkplug::edge::{Change, Effect, Node, Settings};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::line::Line;
use super::{Away, millis};
use crate::broker::{Account, Address};

/// Before another connection, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// Changes that are kept while nobody listens.
const KEEP: usize = 10_000;
/// Calls that wait to be taken.
const CALLS: usize = 64;

/// Where to publish, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeSettings {
    /// The broker.
    pub broker: Address,
    /// Who one is there.
    pub account: Account,
    /// The name of the connection; a broker ends the older of two with one name.
    pub client_id: String,
    /// The group.
    pub group: Id,
    /// The edge node, of which there is one in a group.
    pub node: Id,
    /// The host without which nothing is said, if there is one.
    pub primary_host: Option<Id>,
}

/// How an edge node stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// There is no connection, for this reason. Another one is tried after a pause.
    Away(Away),
    /// It is connected, and waits for its primary host.
    Waiting,
    /// It was born: what changes is told at once.
    Born,
}

/// How an edge node stands, and what it could not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// How it stands.
    pub standing: Standing,
    /// Changes that wait for somebody to listen.
    pub kept: usize,
    /// Changes that were dropped since it was opened: more than are kept, or of too many metrics.
    pub dropped: u64,
}

/// What the task is asked.
enum Call {
    Publish(Vec<Change>),
    Gone(Id),
    Close(oneshot::Sender<()>),
}

/// An edge node, in a task of its own.
///
/// Whoever has one says by [`Edge::publish`] what changed, each metric once at the beginning so that the first birth
/// names it, and later only what changed. Names are for good: what another name or type makes is another birth, which is
/// done but costs every host a moment. Everything else (connections, births, rebirths, history) it does itself. Dropping
/// it breaks its connection, and the broker says that it died.
#[derive(Debug)]
pub struct Edge {
    calls: mpsc::Sender<Call>,
    status: watch::Receiver<Status>,
    /// The one task, which ends with this.
    _task: JoinSet<()>,
}

impl Edge {
    /// Connects. Fails where that cannot be done now; once it was done, it is done again by itself.
    pub async fn open(settings: EdgeSettings) -> Result<Self, Away> {
        let mut node = node(&settings);
        let line = connect(&settings, &mut node).await?;
        Ok(Self::begin(settings, node, Standing::Waiting, Some(line)))
    }

    /// Connects by itself, however long that takes; what changes meanwhile is kept.
    pub fn start(settings: EdgeSettings) -> Self {
        let node = node(&settings);
        let standing = Standing::Away(Away("not connected yet".to_owned()));
        Self::begin(settings, node, standing, None)
    }

    fn begin(settings: EdgeSettings, node: Node, standing: Standing, line: Option<Line>) -> Self {
        let (calls, taken) = mpsc::channel(CALLS);
        let (told, status) = watch::channel(status_of(&node, standing));
        let worker = Worker { settings, node, calls: taken, status: told };
        let mut task = JoinSet::new();
        task.spawn(worker.run(line));
        Self { calls, status, _task: task }
    }

    /// Metrics changed. Waits until that is taken, never until it is told: while nobody listens, the last ten thousand
    /// changes are kept, and told as history.
    pub async fn publish(&self, changes: Vec<Change>) {
        // The task ends only with this.
        let _ = self.calls.send(Call::Publish(changes)).await;
    }

    /// A device is gone, until one of its metrics changes again.
    pub async fn device_gone(&self, device: Id) {
        let _ = self.calls.send(Call::Gone(device)).await;
    }

    /// How it stands now.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Waits until it stands as `enough` says.
    pub async fn wait_until(&mut self, enough: impl Fn(&Status) -> bool) -> Status {
        let found =
            self.status.wait_for(|status| enough(status)).await.map(|status| status.clone());
        match found {
            Ok(status) => status,
            // The task is gone, and so is whoever could change it.
            Err(_) => std::future::pending().await,
        }
    }

    /// Says that it is gone, and takes leave.
    pub async fn close(self) {
        let (done, over) = oneshot::channel();
        if self.calls.send(Call::Close(done)).await.is_ok() {
            let _ = over.await;
        }
    }
}

fn status_of(node: &Node, standing: Standing) -> Status {
    Status { standing, kept: node.kept(), dropped: node.dropped() }
}

fn node(settings: &EdgeSettings) -> Node {
    Node::new(Settings {
        group: settings.group.clone(),
        node: settings.node.clone(),
        primary_host: settings.primary_host.clone(),
        keep: KEEP,
    })
}

/// Makes the next connection of a node.
async fn connect(settings: &EdgeSettings, node: &mut Node) -> Result<Line, Away> {
    let will = node.connect(millis());
    let EdgeSettings { broker, account, client_id, .. } = settings;
    let mut line = Line::open(broker, account, client_id, Some(&will), &node.filters()).await?;
    line.send(node.connected(millis()))?;
    Ok(line)
}

/// How a connection ended.
enum End {
    /// It was lost.
    Lost(Away),
    /// The primary host is gone.
    Leave,
    /// The edge is not needed any more.
    Over(Option<oneshot::Sender<()>>),
}

struct Worker {
    settings: EdgeSettings,
    node: Node,
    calls: mpsc::Receiver<Call>,
    status: watch::Sender<Status>,
}

impl Worker {
    async fn run(mut self, line: Option<Line>) {
        let mut line = match line {
            Some(line) => line,
            None => match self.come_back(Duration::ZERO).await {
                Some(line) => line,
                None => return,
            },
        };
        loop {
            let end = self.stay(&mut line).await;
            let death = self.node.death(millis());
            self.node.disconnected();
            let away = match end {
                End::Lost(away) => away,
                End::Leave => {
                    line.close(None, true).await;
                    Away("its primary host is gone".to_owned())
                }
                End::Over(done) => {
                    line.close(Some(death), true).await;
                    // Whoever waits for it may have gone.
                    let _ = done.map(|done| done.send(()));
                    return;
                }
            };
            self.tell(Some(away));
            let Some(next) = self.come_back(PAUSE.0).await else { return };
            line = next;
        }
    }

    /// Says and hears until the connection ends.
    async fn stay(&mut self, line: &mut Line) -> End {
        loop {
            self.tell(None);
            tokio::select! {
                heard = line.hear() => match heard {
                    Err(away) => return End::Lost(away),
                    Ok(heard) => {
                        for effect in self.node.hear(millis(), &heard.topic, &heard.payload) {
                            match effect {
                                Effect::Leave => return End::Leave,
                                Effect::Publish(message) => match line.send([message]) {
                                    Ok(()) => {}
                                    Err(away) => return End::Lost(away),
                                },
                            }
                        }
                    }
                },
                call = self.calls.recv() => {
                    let messages = match call {
                        Some(Call::Publish(changes)) => self.node.publish(millis(), changes),
                        Some(Call::Gone(device)) => self.node.device_gone(millis(), &device),
                        Some(Call::Close(done)) => return End::Over(Some(done)),
                        None => return End::Over(None),
                    };
                    if let Err(away) = line.send(messages) {
                        return End::Lost(away);
                    }
                }
            }
        }
    }

    /// Connects after a pause, and again, however long that takes; what changes meanwhile is kept. Nothing once it is not
    /// needed any more.
    async fn come_back(&mut self, first: Duration) -> Option<Line> {
        let (mut pause, (usual, longest)) = (first, PAUSE);
        loop {
            self.keep_during(sleep(pause)).await?;
            // Changes of meanwhile go to the node that the connection is not made with yet: it says its will only.
            let will = self.node.connect(millis());
            let (settings, filters) = (self.settings.clone(), self.node.filters());
            let opening = async move {
                let EdgeSettings { broker, account, client_id, .. } = &settings;
                Line::open(broker, account, client_id, Some(&will), &filters).await
            };
            let opened = match self.keep_during(opening).await? {
                Ok(mut line) => line.send(self.node.connected(millis())).map(|()| line),
                Err(away) => Err(away),
            };
            match opened {
                Ok(line) => return Some(line),
                Err(away) => self.tell(Some(away)),
            }
            self.node.disconnected();
            pause = (pause * 2).clamp(usual, longest);
        }
    }

    /// Waits for something, and keeps what changes meanwhile.
    async fn keep_during<T>(&mut self, something: impl Future<Output = T>) -> Option<T> {
        tokio::pin!(something);
        loop {
            tokio::select! {
                it = &mut something => return Some(it),
                call = self.calls.recv() => {
                    match call? {
                        Call::Publish(changes) => drop(self.node.publish(millis(), changes)),
                        Call::Gone(device) => drop(self.node.device_gone(millis(), &device)),
                        Call::Close(done) => {
                            let _ = done.send(());
                            return None;
                        }
                    }
                    self.status.send_modify(|status| {
                        (status.kept, status.dropped) = (self.node.kept(), self.node.dropped());
                    });
                }
            }
        }
    }

    fn tell(&self, away: Option<Away>) {
        let standing = match away {
            Some(away) => Standing::Away(away),
            None if self.node.is_born() => Standing::Born,
            None => Standing::Waiting,
        };
        let status = status_of(&self.node, standing);
        self.status.send_if_modified(|before| {
            let changed = *before != status;
            *before = status;
            changed
        });
    }
}

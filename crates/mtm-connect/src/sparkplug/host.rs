//! Listening to one edge node.

use std::collections::VecDeque;
use std::time::Duration;

use mtm_core::machine::{Batch, Tag};
use mtm_core::sparkplug::host::{Effect, Session, Settings, Why};
use mtm_core::sparkplug::state::Presence;
use mtm_core::sparkplug::{Id, Topic, rebirth_request};
use tokio::time::Instant;

use super::line::{Heard, Line};
use super::{Away, millis};
use crate::broker::{Account, Address};

/// Whom to listen to, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSettings {
    /// The broker.
    pub broker: Address,
    /// Who one is there.
    pub account: Account,
    /// The name of the connection. A broker ends the older of two with one name, so each host has its own.
    pub client_id: String,
    /// The name under which to say by `STATE` whether this program is there, for edge nodes that wait for their primary
    /// host. Only one connection may have it: what one says when it ends is believed of the other.
    pub host_id: Option<Id>,
    /// The group.
    pub group: Id,
    /// The edge node.
    pub node: Id,
    /// How long a message waits for one that should have come before it.
    pub reorder: Duration,
    /// A rebirth is asked for at most once in this time.
    pub rebirth_every: Duration,
}

impl HostSettings {
    /// The usual ones for an edge node: two seconds for what comes too early, and a rebirth a minute at most.
    pub fn new(
        broker: Address,
        account: Account,
        group: Id,
        node: Id,
        host_id: Option<Id>,
    ) -> Self {
        let client_id = format!("mtm-host-{group}-{node}");
        let (reorder, rebirth_every) = (Duration::from_secs(2), Duration::from_secs(60));
        Self { broker, account, client_id, host_id, group, node, reorder, rebirth_every }
    }

    /// The edge node and its broker, as people see them.
    pub fn shown(&self) -> String {
        let scheme = if self.broker.encrypted { "mqtts" } else { "mqtt" };
        let Address { host, port, .. } = &self.broker;
        format!("{scheme}://{host}:{port} ({}/{})", self.group, self.node)
    }
}

/// How often an edge node was asked to be born again, and why last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rebirths {
    /// How often, the question after connecting included.
    pub asked: u64,
    /// Why.
    pub last: Option<Why>,
}

/// A connection that listens to one edge node.
#[derive(Debug)]
pub struct Host {
    settings: HostSettings,
    line: Line,
    presence: Option<Presence>,
    session: Session,
    began: Instant,
    batches: VecDeque<Batch>,
    rebirths: Rebirths,
}

impl Host {
    /// Connects, follows the edge node, says that this host is there, and asks for the births. What the first batches
    /// say of a tag has a gap before it.
    pub async fn open(settings: HostSettings) -> Result<Self, Away> {
        let presence = settings.host_id.clone().map(|host| Presence::new(host, millis()));
        let mut filters = Topic::filters(&settings.group, &settings.node);
        filters.extend(presence.as_ref().map(Presence::topic));
        let will = presence.as_ref().map(Presence::will);
        let HostSettings { broker, account, client_id, .. } = &settings;
        let mut line = Line::open(broker, account, client_id, will.as_ref(), &filters).await?;
        line.send(presence.as_ref().map(Presence::birth))?;
        let session = Session::new(Settings {
            group: settings.group.clone(),
            node: settings.node.clone(),
            reorder: settings.reorder,
            rebirth_every: settings.rebirth_every,
        });
        let mut host = Self {
            settings,
            line,
            presence,
            session,
            began: Instant::now(),
            batches: VecDeque::new(),
            rebirths: Rebirths::default(),
        };
        let effects = host.session.open(Duration::ZERO);
        host.follow(effects)?;
        Ok(host)
    }

    /// What the edge node says next; an empty batch says that it is there. A gap concerns the tags that its batch names.
    /// An error ends this host: another one is to be opened after a pause. May be dropped while it waits: nothing is lost.
    pub async fn next(&mut self) -> Result<Batch, Away> {
        loop {
            if let Some(batch) = self.batches.pop_front() {
                return Ok(batch);
            }
            let due = self.session.due().map(|due| self.began + due);
            let effects = tokio::select! {
                heard = self.line.hear() => self.hear(&heard?)?,
                () = at(due) => self.session.tick(self.began.elapsed()),
            };
            self.follow(effects)?;
        }
    }

    /// What births named so far.
    pub fn tags(&self) -> Vec<Tag> {
        self.session.tags()
    }

    /// How often the edge node was asked to be born again.
    pub const fn rebirths(&self) -> &Rebirths {
        &self.rebirths
    }

    /// Takes leave: says that this host is gone, where it said that it is there.
    pub async fn close(self) {
        let last = self.presence.as_ref().map(|presence| presence.death(millis()));
        self.line.close(last, false).await;
    }

    fn hear(&mut self, heard: &Heard) -> Result<Vec<Effect>, Away> {
        let Heard { topic, payload } = heard;
        if let Some(presence) = &self.presence {
            self.line.send(presence.hear(topic, payload))?;
        }
        Ok(self.session.hear(self.began.elapsed(), topic, payload))
    }

    fn follow(&mut self, effects: Vec<Effect>) -> Result<(), Away> {
        for effect in effects {
            match effect {
                Effect::Batch(batch) => self.batches.push_back(batch),
                // A batch says so of its tags.
                Effect::Stale(_) => {}
                Effect::AskRebirth(why) => {
                    let HostSettings { group, node, .. } = &self.settings;
                    self.line.send([rebirth_request(group, node, millis())])?;
                    self.rebirths.asked = self.rebirths.asked.saturating_add(1);
                    self.rebirths.last = Some(why);
                }
            }
        }
        Ok(())
    }
}

/// That moment; never where there is none.
async fn at(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

//! Each edge node, as long as the server runs.

use std::time::Duration;

use mtm_connect::sparkplug::{Edge, Standing, Status};
use mtm_core::guard::{Hold, State};
use mtm_store::Fault;
use mtm_store::record::GuardTold;

use super::figures::Figures;
use super::told::Told;
use super::{EdgeNodeSettings, EdgeNodesSet, id_of};
use crate::App;
use crate::bus::{Follower, Message};
use crate::relay::{Stop, serve_each};

/// Which edge nodes there are, or what somebody decided about one, has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeNodesChanged;

impl Message for EdgeNodesChanged {}

/// How often it is looked whether this server is still the one that tells, and whether somebody paused it.
const LOOK: Duration = Duration::from_secs(5);

/// Tells brokers what waits in this plant.
#[derive(Debug, Clone)]
pub struct EdgeNodes {
    app: App,
    stop: Stop,
}

impl EdgeNodes {
    /// Tells by the edge nodes that `app` is given.
    pub fn new(app: App) -> Self {
        Self { app, stop: Stop::new() }
    }

    /// Has [`EdgeNodes::run`] end as soon as every edge node took leave.
    pub fn stop(&self) {
        self.stop.now();
    }

    /// Goes on until it is stopped.
    pub async fn run(&self) {
        let changed = self.app.bus().follow::<EdgeNodesChanged>();
        let names = || async { self.app.edge_node_set().keys().cloned().collect() };
        serve_each(&self.stop, changed, names, |name: String| async move {
            self.serve(&name).await;
        })
        .await;
    }

    /// One of them, as long as it is configured as it is.
    async fn serve(&self, name: &str) {
        let Some(settings) = EdgeNodesSet::clone(&self.app.edge_node_set()).remove(name) else {
            return;
        };
        let mut changed = self.app.bus().follow::<EdgeNodesChanged>();
        while !self.stop.is_wanted() && self.is_configured(&settings) {
            match self.may_tell(&settings).await {
                Ok(true) => self.tell(&settings).await,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(edge_node = name, %error, "an edge node waits for the database");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = changed.next() => {}
                () = self.stop.wanted() => {}
            }
        }
    }

    fn is_configured(&self, settings: &EdgeNodeSettings) -> bool {
        self.app.edge_node_set().get(&settings.name) == Some(settings)
    }

    /// Whether this server is the one that tells, and nobody paused it.
    async fn may_tell(&self, settings: &EdgeNodeSettings) -> Result<bool, Fault> {
        let ledger = self.app.ledger();
        Ok(ledger.is_elected().await?
            && ledger.guard_hold(id_of(&settings.name)).await? != Hold::Open)
    }

    /// Is there for the broker, and tells what changes, until something ends it.
    async fn tell(&self, settings: &EdgeNodeSettings) {
        let mut edge = Edge::start(settings.edge.clone());
        let mut work = Work { server: self, settings, told: Told::default(), read_at: None };
        let mut changed = self.app.bus().follow::<EdgeNodesChanged>();
        let mut read = tokio::time::interval(settings.interval);
        let mut look = tokio::time::interval(LOOK);
        let mut before = edge.status();
        work.stands(&before).await;
        loop {
            tokio::select! {
                _ = read.tick() => work.read(&edge).await,
                // While the database is away it goes on telling what it knows.
                _ = look.tick() => if matches!(self.may_tell(settings).await, Ok(false)) {
                    break;
                },
                () = self.decided(settings, &mut changed) => break,
                status = edge.wait_until(|status| *status != before) => {
                    before = status;
                    work.stands(&before).await;
                }
                () = self.stop.wanted() => break,
            }
        }
        edge.close().await;
        self.app.edge_nodes_here().forget(&settings.name);
    }

    /// Completes when somebody took it out of the configuration, changed or paused it.
    async fn decided(&self, settings: &EdgeNodeSettings, changed: &mut Follower<EdgeNodesChanged>) {
        loop {
            changed.next().await;
            if !self.is_configured(settings) || !self.may_tell(settings).await.unwrap_or(true) {
                return;
            }
        }
    }
}

/// An edge node that is told.
struct Work<'s> {
    server: &'s EdgeNodes,
    settings: &'s EdgeNodeSettings,
    told: Told,
    read_at: Option<mtm_core::word::Timestamp>,
}

impl Work<'_> {
    /// Reads the figures, and tells what of them is news. What cannot be read is read again later; when figures were read
    /// last is one of the metrics.
    async fn read(&mut self, edge: &Edge) {
        let name = &self.settings.name;
        match Figures::read(&self.server.app).await {
            Ok(figures) => {
                let step = self.told.step(&figures, edge.status().standing == Standing::Born);
                if step.unnamed > 0 {
                    let unnamed = step.unnamed;
                    tracing::warn!(
                        edge_node = name,
                        unnamed,
                        "metrics have names that are too long"
                    );
                }
                for device in step.gone {
                    edge.device_gone(device).await;
                }
                edge.publish(step.changes).await;
                self.read_at = Some(figures.at);
                self.note(&edge.status());
            }
            Err(error) => {
                tracing::warn!(edge_node = name, %error, "the figures of an edge node were not read");
            }
        }
    }

    /// Whether it stands otherwise than before.
    fn note(&self, status: &Status) -> bool {
        let app = &self.server.app;
        let now = app.clock().now();
        app.edge_nodes_here().put(&self.settings.name, status.clone(), self.read_at, now)
    }

    /// It stands otherwise: for whoever asks here, in the log, and for other servers.
    async fn stands(&self, status: &Status) {
        if !self.note(status) {
            return;
        }
        let (app, name) = (&self.server.app, &self.settings.name);
        match &status.standing {
            Standing::Away(away) => {
                tracing::warn!(edge_node = name, %away, "an edge node is not connected");
            }
            Standing::Waiting => tracing::info!(edge_node = name, "it waits for its primary host"),
            Standing::Born => tracing::info!(edge_node = name, "an edge node is told"),
        }
        let is_well = status.standing == Standing::Born;
        let told = GuardTold {
            state: if is_well { State::Closed } else { State::Open },
            since: app.clock().now(),
            next_probe_at: None,
            calls: 0,
            failed: 0,
            slow: 0,
        };
        if let Err(error) = app.ledger().tell_guard(id_of(name), told).await {
            tracing::warn!(edge_node = name, %error, "how an edge node is was not written down");
        }
    }
}

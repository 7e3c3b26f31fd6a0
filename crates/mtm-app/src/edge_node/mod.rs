//! This plant as an edge node of Sparkplug B: telling a broker what waits where.
//!
//! An [`EdgeNodes`] reads the figures again and again, and says what changed. Connections, births, and what is kept
//! while nobody listens are [`mtm_connect::sparkplug::Edge`]'s. On a shared database the server does it that seals the log, since a
//! broker knows one edge node by one name.
//!
//! Deliberately absent: being commanded. What comes from outside books nothing here.

mod figures;
mod serve;
mod told;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use mtm_connect::sparkplug::{EdgeSettings, Standing, Status};
use mtm_core::word::Timestamp;

pub use self::serve::{EdgeNodes, EdgeNodesChanged};
use crate::App;

/// An edge node that this server is configured with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeNodeSettings {
    /// Its name here.
    pub name: String,
    /// Where it is told, and as whom.
    pub edge: EdgeSettings,
    /// How often it is looked what changed.
    pub interval: Duration,
}

/// Edge nodes by name.
pub type EdgeNodesSet = BTreeMap<String, EdgeNodeSettings>;

/// How an edge node stands here, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Here {
    pub(crate) status: Status,
    pub(crate) since: Timestamp,
    /// When figures were last read for it.
    pub(crate) read_at: Option<Timestamp>,
}

/// The edge nodes that this process tells.
#[derive(Debug, Default)]
pub(crate) struct Standings(Mutex<BTreeMap<String, Here>>);

impl Standings {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Here>> {
        // Nothing in there panics half way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How one stands, where this process tells it.
    pub(crate) fn of(&self, name: &str) -> Option<Here> {
        self.lock().get(name).cloned()
    }

    /// It stands so now. Whether it stood otherwise before.
    fn put(&self, name: &str, status: Status, read_at: Option<Timestamp>, now: Timestamp) -> bool {
        let mut all = self.lock();
        let before = all.get(name);
        let same = before.is_some_and(|it| it.status.standing == status.standing);
        let since = before.filter(|_| same).map_or(now, |it| it.since);
        all.insert(name.to_owned(), Here { status, since, read_at });
        !same
    }

    /// This process does not tell it any more.
    fn forget(&self, name: &str) {
        self.lock().remove(name);
    }
}

/// How it is named among other systems.
pub(crate) fn id_of(name: &str) -> String {
    format!("edge:{name}")
}

impl App {
    /// From now on these are told, and no others.
    pub fn use_edge_nodes(&self, all: Vec<EdgeNodeSettings>) {
        let all: EdgeNodesSet = all.into_iter().map(|it| (it.name.clone(), it)).collect();
        self.store_edge_nodes(Arc::new(all));
        self.bus().send(&EdgeNodesChanged);
    }
}

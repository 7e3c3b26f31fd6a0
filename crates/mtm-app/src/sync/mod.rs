//! Telling other systems of our movements: one posting there for each that concerns them.
//!
//! Each flow goes along the log by itself ([`FlowRelay`]): it lays out a posting for every movement that concerns its
//! system, sends those whose turn it is where the flow is automatic, looks up those of which nobody knows what
//! became of them, and compares all with the other system's ledger where that is read. On a shared database it works
//! where the sealer does. A booking never waits for it, and one flow never for another.
//!
//! What is refused there undoes nothing here, and is left to people ([`App::decide_posting`]). Whoever wants a
//! movement undone undoes it as any other; what was not posted then is withdrawn by itself.

mod decide;
mod fact;
mod list;
mod make;
mod prove;
mod relay;
mod send;

use std::collections::BTreeMap;
use std::sync::Arc;

use mtm_connect::rest::{Connector, Mapping};
use mtm_core::erp::PlaceMap;

pub use self::decide::{FlowBody, PostingBody};
pub use self::list::{FlowView, Flows, Postings};
pub use self::relay::{FlowRelay, FlowsChanged};
pub use mtm_core::sync::{Class, Deed, Mode, State};
pub use mtm_store::sync::{
    DeedRow, FlowRow, PostingQuery, PostingRow, PostingSheet, Start, StateCount,
};

use crate::App;

/// A flow that this server is configured with.
#[derive(Debug, Clone)]
pub struct FlowSettings {
    /// Its name here.
    pub name: String,
    /// The system that is called, and how a posting is made for it; nothing where people post.
    pub via: Option<Via>,
    /// Which of our locations are which place there; each is one by our own name where nothing is declared.
    pub map: Option<Arc<PlaceMap>>,
    /// The ERP whose ledger shows what was posted, by its name here.
    pub erp: Option<String>,
    /// What it tells, of what a mapping has a posting for.
    pub classes: Vec<Class>,
}

/// The way of a flow to its system.
#[derive(Debug, Clone)]
pub struct Via {
    /// The name of the system that is called.
    pub peer: String,
    /// How a posting is made for it.
    pub mapping: Arc<Mapping>,
}

/// Flows by name.
pub type FlowsSet = BTreeMap<String, FlowSettings>;

impl App {
    /// From now on these flows are gone along, and no others.
    pub fn use_flows(&self, all: Vec<FlowSettings>) {
        let all = all.into_iter().map(|flow| (flow.name.clone(), flow)).collect();
        self.store_flows(Arc::new(all));
        self.bus().send(&FlowsChanged);
    }

    /// The flow of this name, where this server is configured with one.
    pub(crate) fn flow_settings(&self, name: &str) -> Option<FlowSettings> {
        self.flow_set().get(name).cloned()
    }

    /// What calls the flow's system, where it has one that is configured.
    pub(crate) fn connector(&self, flow: &FlowSettings) -> Option<Connector> {
        let via = flow.via.as_ref()?;
        Some(Connector::new(self.peer(&via.peer)?, Arc::clone(&via.mapping)))
    }
}

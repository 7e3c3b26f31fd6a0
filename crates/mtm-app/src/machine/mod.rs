//! Machines: hearing what they count, and what becomes of it.
//!
//! Each machine has one that listens to it ([`Machines`]), on a shared database where the sealer does. What it says is judged and kept
//! by the store in one transaction; pieces wait there as proposals until a person ([`App::decide_proposal`]) or the
//! rule of their counter confirms them, and are booked by the one posting path, as everything is.
//!
//! Deliberately absent: an own way to stock, and a guess. What nobody can say is asked.

mod book;
mod counter;
mod decide;
mod hear;
mod list;
mod seen;
mod source;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::counter::CounterBody;
pub use self::decide::ProposalBody;
pub use self::hear::{Machines, MachinesChanged};
pub use self::list::{Counters, MachineSheet, MachineView, MachinesView, Proposals, ShownTag};
pub use self::source::Protocol;
pub use mtm_core::machine::{Booking, Doubt, ProposalDeed, ProposalKind, ProposalState, Rules};
pub use mtm_store::machine::{
    CounterRow, CounterSetting, CounterSheet, DeedRow, MachineRow, MachineStanding, ProposalQuery,
    ProposalRow, ProposalSheet, ProposalTotal,
};

pub(crate) use self::seen::Seen;

use crate::App;

/// A machine that this server is configured with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineSettings {
    /// Its name here; the station of what is booked for it.
    pub name: String,
    /// How it is spoken to.
    pub protocol: Protocol,
}

/// Machines by name.
pub type MachinesSet = BTreeMap<String, MachineSettings>;

impl App {
    /// From now on these are listened to, and no others.
    pub fn use_machines(&self, all: Vec<MachineSettings>) {
        let all: MachinesSet = all.into_iter().map(|it| (it.name.clone(), it)).collect();
        self.machines_seen().keep(|name| all.contains_key(name));
        self.store_machines(Arc::new(all));
        self.bus().send(&MachinesChanged);
    }
}

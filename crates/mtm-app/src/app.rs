//! The application: what every use case needs, put together once.

use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::tz::TimeZone;
use mtm_core::catalogue::Catalogue;
use mtm_core::scan::{Patterns, Wedges};
use mtm_store::{Clock, Ledger};

use crate::auth::{Doorkeeper, SignInProvider};
use crate::bus::{Active, Bus};
use crate::checkpoint::Keeper;
use crate::drop_folder;
use crate::edge_node::{EdgeNodesSet, Standings};
use crate::error::AppError;
use crate::guards::Guards;
use crate::machine::{self, MachinesSet};
use crate::master_sync::RulesSet;
use crate::notice::NoticeRules;
use crate::peers::Peers;
use crate::printing::PrintersSet;
use crate::reconcile;
use crate::search::Index;
use crate::supervisor::Tasks;
use crate::sync::FlowsSet;
use crate::truth::Board;
use crate::vault::Vault;
use crate::verification::Verifications;

/// The site this server books for.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its name; part of event sources.
    pub name: String,
    /// Its time zone; shifts and days follow it.
    pub zone: TimeZone,
    /// Whether the database was made by the demo.
    pub demo: bool,
}

/// Everything the use cases need. Cheap to clone.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
}

struct Parts {
    ledger: Ledger,
    site: Site,
    bus: Bus,
    tasks: Tasks,
    doorkeeper: Active<Doorkeeper>,
    vault: Option<Vault>,
    notice_rules: NoticeRules,
    checkpoints: Option<Arc<Keeper>>,
    truth: Board,
    guards: Guards,
    books: reconcile::Peers,
    verifications: Verifications,
    index: ArcSwap<(Arc<Catalogue>, Index)>,
    provider: ArcSwapOption<SignInProvider>,
    drop_folder: ArcSwapOption<drop_folder::Shown>,
    peers: ArcSwap<Peers>,
    flows: ArcSwap<FlowsSet>,
    printers: ArcSwap<PrintersSet>,
    machines: ArcSwap<MachinesSet>,
    machines_seen: machine::Seen,
    edge_nodes: ArcSwap<EdgeNodesSet>,
    edge_nodes_here: Standings,
    master_rules: ArcSwap<RulesSet>,
    scan_patterns: ArcSwap<Patterns>,
    wedges: ArcSwap<Wedges>,
}

impl App {
    /// The application over `ledger`, for a program that keeps no secrets of other systems.
    pub async fn new(ledger: Ledger) -> Result<Self, AppError> {
        Self::put_together(ledger, None, NoticeRules::default(), None).await
    }

    /// The application over `ledger`, whose secrets of other systems are kept under `vault`'s key.
    pub async fn with_vault(ledger: Ledger, vault: Vault) -> Result<Self, AppError> {
        Self::put_together(ledger, Some(vault), NoticeRules::default(), None).await
    }

    /// The application as a server has it: people are told beyond it as `rules` say, and checkpoints
    /// are left by `keeper`.
    pub async fn serving(
        ledger: Ledger,
        vault: Vault,
        rules: NoticeRules,
        keeper: Arc<Keeper>,
    ) -> Result<Self, AppError> {
        Self::put_together(ledger, Some(vault), rules, Some(keeper)).await
    }

    async fn put_together(
        ledger: Ledger,
        vault: Option<Vault>,
        notice_rules: NoticeRules,
        checkpoints: Option<Arc<Keeper>>,
    ) -> Result<Self, AppError> {
        let stored = ledger.site().await?;
        let site = Site {
            zone: TimeZone::get(&stored.time_zone).unwrap_or(TimeZone::UTC),
            name: stored.name,
            demo: stored.demo,
        };
        let catalogue = ledger.catalogue();
        let index = ArcSwap::from_pointee((Arc::clone(&catalogue), Index::of(&catalogue)));
        let bus = Bus::default();
        let doorkeeper = bus.activate(Arc::new(Doorkeeper::default()));
        let tasks = Tasks::new(Arc::clone(ledger.clock()));
        let guards = Guards::new(Arc::clone(ledger.clock()));
        let parts = Parts {
            ledger,
            site,
            bus,
            tasks,
            doorkeeper,
            vault,
            notice_rules,
            checkpoints,
            truth: Board::default(),
            guards,
            books: reconcile::Peers::default(),
            verifications: Verifications::default(),
            index,
            provider: ArcSwapOption::empty(),
            drop_folder: ArcSwapOption::empty(),
            peers: ArcSwap::default(),
            flows: ArcSwap::default(),
            printers: ArcSwap::default(),
            machines: ArcSwap::default(),
            machines_seen: machine::Seen::default(),
            edge_nodes: ArcSwap::default(),
            edge_nodes_here: Standings::default(),
            master_rules: ArcSwap::default(),
            scan_patterns: ArcSwap::default(),
            wedges: ArcSwap::default(),
        };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// The ledger, for queries. Whatever changes stock goes through the booking use cases.
    pub fn ledger(&self) -> &Ledger {
        &self.parts.ledger
    }

    /// Master data and holds as they stand now.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.parts.ledger.catalogue()
    }

    /// Time and fresh identities.
    pub fn clock(&self) -> &dyn Clock {
        &**self.parts.ledger.clock()
    }

    /// The site.
    pub fn site(&self) -> &Site {
        &self.parts.site
    }

    /// What the parts of this process tell and ask each other.
    pub fn bus(&self) -> &Bus {
        &self.parts.bus
    }

    /// What became of the background tasks of this process.
    pub fn tasks(&self) -> &Tasks {
        &self.parts.tasks
    }

    /// How the invariants are, as far as an auditor looked.
    pub fn truth(&self) -> &Board {
        &self.parts.truth
    }

    /// The guards of the systems that this process calls.
    pub fn guards(&self) -> &Guards {
        &self.parts.guards
    }

    /// Who leaves checkpoints of the chain, in a program that serves.
    pub fn checkpoints(&self) -> Option<&Keeper> {
        self.parts.checkpoints.as_deref()
    }

    /// Whose books our stock is compared with.
    pub(crate) fn books(&self) -> &reconcile::Peers {
        &self.parts.books
    }

    pub(crate) fn verifications(&self) -> &Verifications {
        &self.parts.verifications
    }

    pub(crate) fn vault(&self) -> Option<&Vault> {
        self.parts.vault.as_ref()
    }

    /// Who says who people are beside this program, from now on; nobody where `None`. Whoever is
    /// signed in stays so.
    pub fn use_provider(&self, provider: Option<SignInProvider>) {
        self.parts.provider.store(provider.map(Arc::new));
    }

    /// Who says who people are beside this program.
    pub fn provider(&self) -> Option<Arc<SignInProvider>> {
        self.parts.provider.load_full()
    }

    /// The folder by which files are exchanged, from now on.
    pub fn use_drop_folder(&self, settings: Option<drop_folder::Settings>) {
        self.parts.drop_folder.store(settings.map(drop_folder::Shown::new).map(Arc::new));
    }

    pub(crate) fn shown_folder(&self) -> Option<Arc<drop_folder::Shown>> {
        self.parts.drop_folder.load_full()
    }

    /// Systems that this process calls, by name.
    pub fn peers(&self) -> Arc<Peers> {
        self.parts.peers.load_full()
    }

    pub(crate) fn store_peers(&self, peers: Arc<Peers>) {
        self.parts.peers.store(peers);
    }

    pub(crate) fn flow_set(&self) -> Arc<FlowsSet> {
        self.parts.flows.load_full()
    }

    pub(crate) fn store_flows(&self, flows: Arc<FlowsSet>) {
        self.parts.flows.store(flows);
    }

    pub(crate) fn printer_set(&self) -> Arc<PrintersSet> {
        self.parts.printers.load_full()
    }

    pub(crate) fn machine_set(&self) -> Arc<MachinesSet> {
        self.parts.machines.load_full()
    }

    pub(crate) fn store_machines(&self, machines: Arc<MachinesSet>) {
        self.parts.machines.store(machines);
    }

    pub(crate) fn machines_seen(&self) -> &machine::Seen {
        &self.parts.machines_seen
    }

    pub(crate) fn edge_node_set(&self) -> Arc<EdgeNodesSet> {
        self.parts.edge_nodes.load_full()
    }

    pub(crate) fn store_edge_nodes(&self, nodes: Arc<EdgeNodesSet>) {
        self.parts.edge_nodes.store(nodes);
    }

    pub(crate) fn edge_nodes_here(&self) -> &Standings {
        &self.parts.edge_nodes_here
    }

    pub(crate) fn store_printers(&self, printers: Arc<PrintersSet>) {
        self.parts.printers.store(printers);
    }

    pub(crate) fn master_rules(&self) -> Arc<RulesSet> {
        self.parts.master_rules.load_full()
    }

    pub(crate) fn store_master_rules(&self, rules: RulesSet) {
        self.parts.master_rules.store(Arc::new(rules));
    }

    pub(crate) fn scan_patterns(&self) -> Arc<Patterns> {
        self.parts.scan_patterns.load_full()
    }

    pub(crate) fn store_scan_patterns(&self, patterns: Arc<Patterns>) {
        self.parts.scan_patterns.store(patterns);
    }

    /// How scanners that type are told from fingers.
    pub fn wedges(&self) -> Arc<Wedges> {
        self.parts.wedges.load_full()
    }

    /// The same, from now on.
    pub fn set_wedges(&self, wedges: Wedges) {
        self.parts.wedges.store(Arc::new(wedges));
    }

    pub(crate) fn notice_rules(&self) -> &NoticeRules {
        &self.parts.notice_rules
    }

    pub(crate) fn doorkeeper(&self) -> &Doorkeeper {
        &self.parts.doorkeeper
    }

    /// The suggestion index of the present catalogue; rebuilt when the catalogue was swapped.
    pub(crate) fn index(&self) -> arc_swap::Guard<Arc<(Arc<Catalogue>, Index)>> {
        let current = self.parts.ledger.catalogue();
        let loaded = self.parts.index.load();
        if Arc::ptr_eq(&loaded.0, &current) {
            return loaded;
        }
        let index = Index::of(&current);
        self.parts.index.store(Arc::new((current, index)));
        self.parts.index.load()
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("site", &self.parts.site).finish_non_exhaustive()
    }
}

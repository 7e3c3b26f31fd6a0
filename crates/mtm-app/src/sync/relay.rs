//! Along the log, flow by flow, as long as the server runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use mtm_connect::guard::State as Way;
use mtm_connect::rest::Connector;
use mtm_core::sync::Mode;
use mtm_core::word::Timestamp;
use mtm_store::Fault;
use mtm_store::query::{HistoryQuery, PageRequest, ReadError, SortOrder};
use mtm_store::sync::{DuePosting, Ended, FlowRow};

use super::fact::{fact, lots};
use super::make::{make, new_posting};
use super::{FlowSettings, FlowsSet, send};
use crate::App;
use crate::bus::{Channel, Message};
use crate::peers::id_of;
use crate::relay::{Stop, serve_each};

/// Which flows there are has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowsChanged;

impl Message for FlowsChanged {}

/// Somebody decided something about a flow or a posting of it. Sent on the channel of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FlowDue;

impl Message for FlowDue {}

/// Movements looked at in one transaction.
const PIECE: u16 = 500;
/// Postings sent in one round.
const ROUND: u16 = 32;
/// Longest until it is looked whether something is to be done that nobody here told of.
const LOOK: Duration = Duration::from_secs(5);
/// After a failure of the database, and while another server works.
const PAUSE: Duration = Duration::from_secs(1);

/// Tells other systems of movements.
#[derive(Debug, Clone)]
pub struct FlowRelay {
    app: App,
    stop: Stop,
    /// When the ERP's ledger had been read with which a flow was last compared.
    proved: Arc<Mutex<BTreeMap<String, Timestamp>>>,
}

/// How a round of a flow ended.
enum Round {
    /// There may be more to do at once.
    More,
    /// Nothing, before then where it is known.
    Nothing(Option<Timestamp>),
    /// Another server works.
    Elsewhere,
}

impl FlowRelay {
    /// A relay of the flows that `app` is given.
    pub fn new(app: App) -> Self {
        Self { app, stop: Stop::new(), proved: Arc::default() }
    }

    /// Has [`FlowRelay::run`] end as soon as what is under way is written down.
    pub fn stop(&self) {
        self.stop.now();
    }

    /// Goes on until it is stopped.
    pub async fn run(&self) {
        let changed = self.app.bus().follow::<FlowsChanged>();
        let names = || async { self.app.flow_set().keys().cloned().collect() };
        serve_each(&self.stop, changed, names, |name: String| async move {
            self.serve(&name).await;
        })
        .await;
    }

    /// One round of every flow, of what [`FlowRelay::run`] does again and again, for whoever decides when the
    /// next is. Whether there may be more to do at once.
    pub async fn step(&self) -> Result<bool, Fault> {
        let mut more = false;
        for flow in FlowsSet::clone(&self.app.flow_set()).values() {
            more |= matches!(self.round(flow).await?, Round::More);
        }
        Ok(more)
    }

    /// A file has one owner: whoever was sending before is gone. On a server it is waited for.
    async fn begin(&self, name: &str) {
        let ledger = self.app.ledger();
        if ledger.path().is_none() {
            return;
        }
        let Some(flow) = self.app.flow_settings(name) else { return };
        let Some(connector) = self.app.connector(&flow) else { return };
        let found = match ledger.flow_standing(flow.name).await {
            Ok(Some(row)) => ledger.orphaned_postings(row.id, send::patience(&connector)).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = found {
            tracing::warn!(flow = name, %error, "what was being sent is looked up later");
        }
    }

    async fn serve(&self, name: &str) {
        let mut newest = self.app.ledger().subscribe();
        let mut due = self.app.bus().follow_on::<FlowDue>(&Channel::named(name));
        self.begin(name).await;
        while !self.stop.is_wanted() {
            let Some(flow) = self.app.flow_settings(name) else { return };
            newest.mark_unchanged();
            let pause = match self.round(&flow).await {
                Ok(Round::More) => continue,
                Ok(Round::Nothing(next)) => self.until(next),
                Ok(Round::Elsewhere) => PAUSE,
                Err(error) => {
                    tracing::warn!(flow = name, %error, "a flow waits for the database");
                    PAUSE
                }
            };
            tokio::select! {
                // The ledger outlives its relays.
                _ = newest.changed() => {}
                _ = due.next() => {}
                () = tokio::time::sleep(pause) => {}
                () = self.stop.wanted() => {}
            }
        }
    }

    async fn round(&self, flow: &FlowSettings) -> Result<Round, Fault> {
        let ledger = self.app.ledger();
        if !ledger.is_elected().await? {
            return Ok(Round::Elsewhere);
        }
        let Some(row) = ledger.flow_standing(flow.name.clone()).await? else {
            ledger.meet_flow(flow.name.clone()).await?;
            return Ok(Round::More);
        };
        if row.mode == Mode::Off {
            return Ok(Round::Nothing(None));
        }
        let laid_out = self.lay_out(flow, &row).await?;
        if row.mode == Mode::Worklist {
            ledger.waiting_to_worklist(row.id).await?;
        }
        let sent = if let Some(connector) = self.app.connector(flow) {
            self.send(flow, &row, &connector).await?
        } else {
            // A system that is only being configured anew is there in a moment.
            if flow.via.is_none() {
                ledger.leave_postings_to_people(row.id, self.app.clock().now()).await?;
            }
            Round::Nothing(None)
        };
        self.prove(flow, &row).await?;
        Ok(if laid_out { Round::More } else { sent })
    }

    /// Lays out postings for the next movements. Whether there may be more.
    async fn lay_out(&self, flow: &FlowSettings, row: &FlowRow) -> Result<bool, Fault> {
        let ledger = self.app.ledger();
        let is_full = row.mode == Mode::Automatic && !ledger.flow_has_room(row.id).await?;
        if row.behind == 0 || is_full {
            return Ok(false);
        }
        let query = HistoryQuery {
            after_sequence: Some(row.position),
            sort: SortOrder::Oldest,
            page: PageRequest { limit: PIECE, ..PageRequest::default() },
            ..HistoryQuery::default()
        };
        let movements = match ledger.history(query).await {
            Ok(page) => page.items,
            Err(ReadError::Fault(fault)) => return Err(fault),
            Err(ReadError::Refused(refusal)) => return Err(Fault::Permanent(refusal.to_string())),
        };
        let orders = ledger.work_orders_of(lots(&movements)).await?;
        // What has no place yet is met when it has one.
        let facts: Vec<_> = movements.iter().map_while(|row| fact(row, &orders)).collect();
        let Some(to) = facts.last().map(|fact| fact.sequence) else { return Ok(false) };
        let mut postings = Vec::new();
        for fact in facts {
            postings.extend(new_posting(make(flow, fact), row.mode)?);
        }
        // Whether or not somebody else was faster, it is looked again.
        ledger.lay_out_postings(row.id, row.version, (row.position, to), postings).await?;
        Ok(true)
    }

    /// Sends what is due where the flow is automatic, and looks up what nobody knows of.
    async fn send(
        &self,
        flow: &FlowSettings,
        row: &FlowRow,
        connector: &Connector,
    ) -> Result<Round, Fault> {
        let ledger = self.app.ledger();
        let only_look = row.mode != Mode::Automatic;
        let guard = connector.peer().guard();
        if let Some(refusal) = guard.shut() {
            // Nothing is tried, and so nothing counts as tried.
            return Ok(Round::Nothing(refusal.until));
        }
        // One is enough to see whether it is well again.
        let most = if guard.state() == Way::Closed { ROUND } else { 1 };
        let now = self.app.clock().now();
        let due = ledger.due_postings(row.id, now, only_look, most).await?;
        if due.is_empty() {
            let next = ledger.next_posting_due(row.id).await?.filter(|next| *next > now);
            return Ok(Round::Nothing(next));
        }
        let at_once = usize::from(guard.settings().at_once.max(1)).min(due.len());
        let sending = stream::iter(due).map(|due| self.one(flow, row.id, connector, due));
        let ended: Vec<Result<_, Fault>> = sending.buffer_unordered(at_once).collect().await;
        let (mut attempts, mut fault) = (Vec::new(), None);
        for attempt in ended {
            match attempt {
                Ok(attempt) => attempts.extend(attempt),
                Err(error) => fault = Some(error),
            }
        }
        let trouble = attempts.iter().find_map(|it| match &it.ended {
            Ended::NotNow { cause, .. } | Ended::Unknown { cause, .. } => Some(cause.clone()),
            _ => None,
        });
        if !attempts.is_empty() {
            ledger.record_postings(row.id, attempts).await?;
            if trouble.is_some() || row.failing_since.is_some() {
                ledger.flow_told(row.id, trouble).await?;
            }
        }
        // What became of the others is written down before.
        if let Some(fault) = fault {
            return Err(fault);
        }
        self.app.tell_guard(&id_of(connector.peer().name())).await?;
        Ok(Round::More)
    }

    async fn one(
        &self,
        flow: &FlowSettings,
        row: i64,
        connector: &Connector,
        due: DuePosting,
    ) -> Result<Option<mtm_store::sync::Attempt>, Fault> {
        let (posting, request) = match send::posting_of(flow, &due)? {
            Ok((posting, made)) => (Ok(posting), made),
            Err(no) => (Err(no), None),
        };
        let until = send::over_by(connector, self.app.clock().now());
        let begun = self.app.ledger().begin_posting(row, due.clone(), request, until).await?;
        let Some(version) = begun else { return Ok(None) };
        Ok(Some(send::attempt(&self.app, connector, &due, posting, version).await))
    }

    /// Compares with the ERP's ledger, where it was read since the last time.
    async fn prove(&self, flow: &FlowSettings, row: &FlowRow) -> Result<(), Fault> {
        let Some(erp) = &flow.erp else { return Ok(()) };
        let state = self.app.ledger().erp_state(erp.clone()).await?;
        let Some(read_at) = state.and_then(|state| state.read_at) else { return Ok(()) };
        let known = |proved: &BTreeMap<String, Timestamp>| proved.get(&flow.name) == Some(&read_at);
        if known(&self.proved.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(());
        }
        self.app.prove_flow(row.id, erp, flow.map.as_deref()).await?;
        let mut proved = self.proved.lock().unwrap_or_else(PoisonError::into_inner);
        proved.insert(flow.name.clone(), read_at);
        Ok(())
    }

    fn until(&self, next: Option<Timestamp>) -> Duration {
        let Some(next) = next else { return LOOK };
        let micros = next.micros() - self.app.clock().now().micros();
        Duration::from_micros(u64::try_from(micros).unwrap_or(0)).min(LOOK)
    }
}

//! A round of reading, and rounds as long as the server runs.

use std::convert::Infallible;
use std::time::Duration;

use mtm_connect::erp::Session;
use mtm_connect::guard::Guard;
use mtm_connect::peer::Limits;
use mtm_core::erp::protocol::{Login, Opened, Table};
use mtm_core::word::Timestamp;
use mtm_store::Fault;
use mtm_store::record::FeedState;
use tokio::time::Instant;
use uuid::Uuid;

use super::{ErpSettings, ReadingError, peer_of};
use crate::App;
use crate::master_sync::Seen;

/// How long whoever reads is left to it without a word.
const LEASE_MICROS: i64 = 120 * 1_000_000;
/// How often that is said again.
const RENEWED: Duration = Duration::from_secs(30);
/// After how long a session is begun anew, so that a login that may write by now is noticed.
const SESSION: Duration = Duration::from_secs(3_600);
/// How long an ERP is left alone that is not read because its login may write.
const REFUSED: Duration = Duration::from_secs(300);
/// How often a lease that another server has is looked at.
const ELSEWHERE: Duration = Duration::from_secs(15);

/// What is read in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The ledger, and whatever else is due.
    Due,
    /// The ledger and every table.
    All,
    /// The ledger, every table, and all its blocks are compared.
    Everything,
}

/// What a look at an ERP found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What is behind the connection.
    pub opened: Opened,
    /// Whether the login may write.
    pub login: Login,
    /// The greatest id of its ledger, where the login may be read with and one is told.
    pub newest: Option<i64>,
}

/// Reads one ERP.
#[derive(Debug)]
pub struct Reader {
    pub(super) app: App,
    pub(super) settings: ErpSettings,
    owner: Uuid,
    pub(super) session: Option<(Session, Instant)>,
    renewed: Option<Instant>,
    /// Our parts as they were compared last with the ERP's.
    seen: Option<Seen>,
}

impl Reader {
    /// A reader of this ERP.
    pub fn new(app: App, settings: ErpSettings) -> Self {
        let owner = app.clock().fresh_uuid();
        Self { app, settings, owner, session: None, renewed: None, seen: None }
    }

    /// The ERP's name.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Reads as long as the server runs. What fails is told, and tried again; our own database's failing for
    /// good ends it.
    pub async fn run(&mut self) -> Result<Infallible, Fault> {
        let mut before: Option<&'static str> = None;
        loop {
            let read = self.round(What::Due).await;
            let now = read.as_ref().err().map(ReadingError::cause);
            let name = &self.settings.name;
            let pause = match read {
                Ok(()) if before.is_some() => {
                    tracing::info!(erp = name, "an ERP is read again");
                    self.settings.every
                }
                Ok(()) => self.settings.every,
                Err(ReadingError::Elsewhere) => ELSEWHERE,
                Err(ReadingError::Fault(fault @ Fault::Permanent(_))) => return Err(fault),
                Err(error) => {
                    // Once, not at every round.
                    if before != now {
                        let (cause, next) = (error.cause(), error.next_step());
                        tracing::warn!(erp = name, cause, %error, next, "an ERP cannot be read");
                    }
                    match error {
                        ReadingError::MayWrite(_) => REFUSED.max(self.settings.every),
                        _ => self.settings.every,
                    }
                }
            };
            before = now.filter(|cause| *cause != "erp_read_elsewhere");
            tokio::time::sleep(pause).await;
        }
    }

    /// One round: what became of it is kept for whoever looks.
    pub async fn round(&mut self, what: What) -> Result<(), ReadingError> {
        let name = self.settings.name.clone();
        let ledger = self.app.ledger().clone();
        ledger.erp_seen(name.clone()).await?;
        self.renewed = None;
        self.renew().await?;
        let peer = peer_of(&name);
        let guard = self.guard();
        guard.hold(ledger.guard_hold(peer.clone()).await?);
        let read = self.read(what).await;
        if let Err(error) = &read {
            // Whatever state it is in: the next round begins with another one.
            self.session = None;
            if error.is_about_the_erp() {
                ledger.erp_told(name, Some(error.told())).await?;
            }
        } else {
            ledger.erp_told(name, None).await?;
        }
        self.app.tell_guard(&peer).await?;
        read
    }

    /// Gives the lease back, so that another server need not wait for its end.
    pub async fn leave(&mut self) -> Result<(), Fault> {
        self.session = None;
        self.app.ledger().erp_disown(self.settings.name.clone(), self.owner).await
    }

    /// Looks whether the ERP could be read, and keeps nothing of it.
    pub async fn check(&self) -> Result<Checked, ReadingError> {
        let guard = self.guard();
        let (mut session, opened) = Session::open(&self.settings.way, &guard).await?;
        let login = session.login().await?;
        let newest = if login.writes == Some(false) { session.look().await? } else { None };
        Ok(Checked { opened, login, newest })
    }

    /// Its guard. A question to a database may take long, and be no sign of trouble.
    fn guard(&self) -> Guard {
        let limits = Limits { slow: Some(self.settings.way.slow()), ..Limits::default() };
        self.app.guards().limited(&peer_of(&self.settings.name), &limits)
    }

    /// The lease, for some time from now.
    pub(super) async fn renew(&mut self) -> Result<(), ReadingError> {
        if self.renewed.is_some_and(|at| at.elapsed() < RENEWED) {
            return Ok(());
        }
        self.renew_now().await
    }

    /// The same, however lately it was renewed.
    pub(super) async fn renew_now(&mut self) -> Result<(), ReadingError> {
        let until = self.app.clock().now().plus_micros(LEASE_MICROS);
        let name = self.settings.name.clone();
        if !self.app.ledger().erp_own(name, self.owner, until).await? {
            return Err(ReadingError::Elsewhere);
        }
        self.renewed = Some(Instant::now());
        Ok(())
    }

    /// An open way whose login is known not to write.
    pub(super) async fn session(&mut self) -> Result<&mut Session, ReadingError> {
        let known = self.session.take().filter(|(_, since)| since.elapsed() < SESSION);
        let open = if let Some(open) = known {
            open
        } else {
            let guard = self.guard();
            let (mut session, _) = Session::open(&self.settings.way, &guard).await?;
            let login = session.login().await?;
            if login.writes != Some(false) {
                return Err(ReadingError::MayWrite(login));
            }
            (session, Instant::now())
        };
        Ok(&mut self.session.insert(open).0)
    }

    async fn read(&mut self, what: What) -> Result<(), ReadingError> {
        let has_ledger = self.session().await?.has_ledger();
        if has_ledger {
            self.feed().await?;
        }
        let state = self.state().await?;
        let mut missing = None;
        for table in Table::ALL {
            if !self.session().await?.has(table) || what == What::Due && !self.is_due(&state, table)
            {
                continue;
            }
            match self.table(table).await {
                Ok(()) => {}
                // The others may be read all the same; one that is away is not.
                Err(ReadingError::Erp(error)) if !error.trouble().is_tried_again() => {
                    missing = Some(ReadingError::Table { table: table.as_str(), error });
                    self.session = None;
                    self.session().await?;
                }
                Err(error) => return Err(error),
            }
        }
        if has_ledger && (what == What::Everything || self.is_scan_due(&state)) {
            self.scan(what == What::Everything).await?;
        }
        let name = self.settings.name.clone();
        let synced = self.app.sync_masters(&name, &mut self.seen).await;
        missing.map_or(Ok(()), Err)?;
        Ok(synced?)
    }

    /// How far it was read.
    pub(super) async fn state(&self) -> Result<FeedState, ReadingError> {
        let found = self.app.ledger().erp_state(self.settings.name.clone()).await?;
        // It was seen when the round began, and is never removed.
        found.ok_or(ReadingError::Elsewhere)
    }

    fn is_due(&self, state: &FeedState, table: Table) -> bool {
        let every = match table {
            Table::OnHand => self.settings.on_hand_every,
            _ => self.settings.masters_every,
        };
        let read_at = state.tables.iter().find(|it| it.table == table).and_then(|it| it.read_at);
        let every = i64::try_from(every.as_micros()).unwrap_or(i64::MAX);
        let now = self.app.clock().now();
        read_at.is_none_or(|at: Timestamp| at.plus_micros(every) <= now)
    }
}

//! An ERP's books over REST: its lists, read by a mapping file.
//!
//! Only GET is ever sent. Each page is a question of its own under the guard of the ERP, with that of the
//! system that is called inside: where that one lets no call through, nothing is known of the ERP, and its
//! guard hears nothing.
//!
//! What is answered is not believed because it is well formed: ids of a ledger have to follow each other
//! ([`ledger`]), and a list has to end ([`whole`]).

mod ledger;
mod lists;
mod whole;

use std::sync::Arc;
use std::time::Duration;

use mtm_core::erp::protocol::{Ask, Failed, FailedKind, Login, Opened, Say, Table, WORDED};
use mtm_core::erp::{Fields, Figures, Moments};
use mtm_core::word::Timestamp;

use self::ledger::Stretch;
use self::lists::Texts;
pub use self::lists::{Gap, Lists};
use self::whole::Whole;
use super::ErpError;
use super::session::listed;
use crate::credential::CredentialError;
use crate::guard::{Cause, Guard, Refusal};
use crate::peer::{CallFailed, Peer};
use crate::rest::{Connector, ListFailed, Page};

/// How long is waited where the system is asked as often as it may be, and how often.
const WAIT: Duration = Duration::from_millis(500);
const WAITS: u32 = 120;

/// The system whose lists are an ERP's books.
#[derive(Clone)]
pub(super) struct System {
    /// Its name here.
    pub(super) name: String,
    pub(super) lists: Lists,
    /// The system as it is configured now.
    pub(super) peer: Arc<dyn Fn() -> Option<Peer> + Send + Sync>,
}

/// The other side of a session.
#[derive(Debug)]
pub(super) struct Side {
    system: System,
    lists: Lists,
    guard: Guard,
    doing: Doing,
}

/// What is being answered.
#[derive(Debug, Default)]
enum Doing {
    #[default]
    Nothing,
    Opened,
    Say(Say),
    Ledger(Stretch, u64),
    Figures(Stretch),
    Whole(Box<Whole>, u64),
}

impl std::fmt::Debug for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("System").field("name", &self.name).finish_non_exhaustive()
    }
}

impl System {
    /// The other side of a session under `guard`.
    pub(super) fn side(&self, guard: &Guard) -> Result<Side, ErpError> {
        self.connector()?;
        let (lists, guard) = (self.lists.clone(), guard.clone());
        Ok(Side { system: self.clone(), lists, guard, doing: Doing::Nothing })
    }

    /// Speaks with the system as it is configured at this moment.
    fn connector(&self) -> Result<Connector, ErpError> {
        let peer = (self.peer)().ok_or_else(|| ErpError::NoSystem(self.name.clone()))?;
        Ok(Connector::new(peer, Arc::clone(self.lists.mapping())))
    }
}

impl Side {
    pub(super) fn has_ledger(&self) -> bool {
        self.lists.has_ledger()
    }

    pub(super) fn has(&self, table: Table) -> bool {
        self.lists.has(table)
    }

    pub(super) fn send(&mut self, ask: &Ask) {
        self.doing = match *ask {
            Ask::Open { .. } => Doing::Opened,
            Ask::Login => Doing::Say(Say::Login { found: login() }),
            Ask::Newest => Doing::Say(Say::Failed { failed: no_newest() }),
            Ask::Transactions { after, limit } => Doing::Ledger(Stretch::behind(after, limit), 0),
            Ask::Block { from, upto } => Doing::Ledger(Stretch::block(from, upto), 0),
            Ask::Figures { from, upto } => Doing::Figures(Stretch::block(from, upto)),
            Ask::Table { table } => Doing::Whole(Box::new(Whole::of(table)), 0),
        };
    }

    pub(super) async fn next(&mut self) -> Result<Say, ErpError> {
        let count = |rows: &[Texts]| u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let (rows, rest) = match std::mem::take(&mut self.doing) {
            Doing::Nothing => return Err(ErpError::Protocol("nothing was asked".to_owned())),
            Doing::Opened => return Ok(Say::Opened { to: self.opened()? }),
            Doing::Say(say) => return Ok(say),
            Doing::Figures(stretch) => {
                let figures = self.figures(stretch).await?;
                return Ok(Say::Figures { figures });
            }
            Doing::Ledger(stretch, before) => {
                let (rows, rest) = self.stretch(stretch).await?;
                let told = before.saturating_add(count(&rows));
                (rows, rest.map(|rest| Doing::Ledger(rest, told)).ok_or(told))
            }
            Doing::Whole(whole, before) => {
                let (rows, rest) = self.whole(*whole).await?;
                let told = before.saturating_add(count(&rows));
                (rows, rest.map(|rest| Doing::Whole(Box::new(rest), told)).ok_or(told))
            }
        };
        self.doing = rest.unwrap_or_else(|rows| Doing::Say(Say::Done { rows }));
        Ok(Say::Rows { rows, cut: Vec::new() })
    }

    /// Looks whether the ledger can be read.
    pub(super) async fn look_at_ledger(&self) -> Result<(), ErpError> {
        self.stretch(Stretch::behind(0, 1)).await.map(|_| ())
    }

    /// Looks whether a list can be read.
    pub(super) async fn look_at(&self, table: Table) -> Result<(), ErpError> {
        self.whole(Whole::of(table)).await.map(|_| ())
    }

    /// Made from the rows, as they would be kept.
    async fn figures(&self, stretch: Stretch) -> Result<Figures, ErpError> {
        let mut figures = Figures::default();
        // No figure follows from a moment.
        let moments = Moments::of_zone("UTC")
            .ok_or_else(|| ErpError::Protocol("no time zone is known".to_owned()))?;
        let mut rest = Some(stretch);
        while let Some(stretch) = rest {
            let (rows, left) = self.stretch(stretch).await?;
            for row in listed(&WORDED, rows)? {
                if let Some(row) = Fields::of(&row).transaction(&moments, Timestamp::default()) {
                    figures.add(&row);
                }
            }
            rest = left;
        }
        Ok(figures)
    }

    /// A page of a list, under the guard; one that `check` refuses is the ERP's fault.
    async fn page(
        &self,
        list: &str,
        position: Option<&str>,
        check: impl Fn(&Page) -> Result<(), ErpError>,
    ) -> Result<Page, ErpError> {
        for _ in 0..WAITS {
            match self.page_now(list, position, &check).await {
                Err(ErpError::NotCalled(Refusal { cause: Cause::Rate, .. })) => {
                    tokio::time::sleep(WAIT).await;
                }
                asked => return asked,
            }
        }
        self.page_now(list, position, &check).await
    }

    async fn page_now(
        &self,
        list: &str,
        position: Option<&str>,
        check: impl Fn(&Page) -> Result<(), ErpError>,
    ) -> Result<Page, ErpError> {
        let passage = self.guard.admit().map_err(ErpError::NotCalled)?;
        let connector = self.system.connector()?;
        let page = connector.list(list, position).await.map_err(ErpError::from);
        let page = page.and_then(|page| check(&page).map(|()| page));
        match &page {
            // Dropped without a word: it was not asked.
            Err(ErpError::NotCalled(_)) => drop(passage),
            Err(error) => passage.ended(error.verdict()),
            Ok(_) => passage.ended(crate::guard::Verdict::Taken),
        }
        page
    }

    fn opened(&self) -> Result<Opened, ErpError> {
        let connector = self.system.connector()?;
        let peer = connector.peer();
        Ok(Opened {
            product: connector.mapping().about().to_owned(),
            dialect: "rest".to_owned(),
            database: peer.settings().url.as_str().to_owned(),
            isolation: "lists of its interface".to_owned(),
        })
    }
}

/// By construction: nothing in here sends anything but GET.
fn login() -> Login {
    let evidence = "only GET is ever sent to read it".to_owned();
    Login { writes: Some(false), evidence }
}

fn no_newest() -> Failed {
    let message = "a list does not say what its newest id is".to_owned();
    Failed { trouble: FailedKind::Question, message }
}

impl From<ListFailed> for ErpError {
    fn from(failed: ListFailed) -> Self {
        match failed {
            ListFailed::Call(
                CallFailed::Guarded(refusal)
                | CallFailed::Credential(CredentialError::Guarded(refusal)),
            ) => Self::NotCalled(refusal),
            ListFailed::Call(failed) => Self::Call(failed),
            other => Self::Answer(other.to_string()),
        }
    }
}

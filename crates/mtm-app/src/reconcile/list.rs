//! Comparisons and breaks, for whoever looks.

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::reconcile::BreakClass;
use mtm_store::reconcile::{BreakQuery, BreakRow, BreakSheet, RunRow};
use serde::Serialize;

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Most breaks in one answer.
const MOST: u16 = 1_000;

/// Comparisons, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Runs {
    /// The newest first.
    pub items: Vec<RunRow>,
    /// Where older ones begin; null where there are none.
    pub next_cursor: Option<String>,
}

/// Breaks, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Breaks {
    /// The newest first.
    pub items: Vec<BreakRow>,
    /// Where older ones begin; null where there are none.
    pub next_cursor: Option<String>,
}

/// Open breaks of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClassCount {
    /// The class.
    pub class: BreakClass,
    /// How many are open.
    pub open: u64,
}

/// How our books and those of a system stand to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeerStanding {
    /// The system.
    pub peer: String,
    /// Whether this server compares with it.
    pub configured: bool,
    /// The last comparison that came to its end.
    pub last: Option<RunRow>,
    /// The newest comparison, where that is another one: under way, or failed.
    pub newest: Option<RunRow>,
    /// Open breaks, by class.
    pub open: Vec<ClassCount>,
}

/// The same of every system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Standing {
    /// By name.
    pub items: Vec<PeerStanding>,
}

impl App {
    /// How our books and theirs stand to each other.
    pub async fn reconciliation_standing(&self, who: &Principal) -> Result<Standing, AppError> {
        who.require(Deed::Look)?;
        self.standing().await
    }

    /// The same, for metrics.
    pub async fn standing(&self) -> Result<Standing, AppError> {
        let open = self.ledger().open_breaks().await?;
        let configured = self.reconciled_peers();
        let mut peers = configured.clone();
        peers.extend(open.iter().map(|(peer, ..)| peer.clone()));
        peers.sort_unstable();
        peers.dedup();
        let mut items = Vec::new();
        for peer in peers {
            let last = self.ledger().last_reconciliation(&peer).await?;
            let newest = self.ledger().reconciliations(Some(peer.clone()), None, 1).await?;
            let newest = newest.into_iter().next();
            let counts = open.iter().filter(|(of, ..)| *of == peer);
            items.push(PeerStanding {
                configured: configured.contains(&peer),
                newest: newest.filter(|it| Some(it.id) != last.as_ref().map(|last| last.id)),
                last,
                open: counts
                    .map(|(_, class, open)| ClassCount { class: *class, open: *open })
                    .collect(),
                peer,
            });
        }
        Ok(Standing { items })
    }

    /// Comparisons before the one with the number `before`, the newest first.
    pub async fn reconciliation_runs(
        &self,
        who: &Principal,
        peer: Option<String>,
        before: Option<i64>,
        limit: u16,
    ) -> Result<Runs, AppError> {
        who.require(Deed::Look)?;
        let limit = limit.clamp(1, MOST);
        let items = self.ledger().reconciliations(peer, before, limit).await?;
        let full = items.len() == usize::from(limit);
        let next_cursor = items.last().filter(|_| full).map(|last| last.id.to_string());
        Ok(Runs { items, next_cursor })
    }

    /// The comparison with this number.
    pub async fn reconciliation_run(&self, who: &Principal, id: i64) -> Result<RunRow, AppError> {
        who.require(Deed::Look)?;
        let none = || AppError::refused(Code::NotFound, format!("there is no run {id}"));
        self.ledger().reconciliation(id).await?.ok_or_else(none)
    }

    /// Breaks, the newest first.
    pub async fn breaks(&self, who: &Principal, query: BreakQuery) -> Result<Breaks, AppError> {
        who.require(Deed::Look)?;
        let limit = query.limit.clamp(1, MOST);
        let items = self.ledger().breaks(BreakQuery { limit, ..query }).await?;
        let full = items.len() == usize::from(limit);
        let next_cursor = items.last().filter(|_| full).map(|last| last.id.to_string());
        Ok(Breaks { items, next_cursor })
    }

    /// All breaks that match, for a file.
    pub async fn every_break(
        &self,
        who: &Principal,
        query: BreakQuery,
    ) -> Result<Breaks, AppError> {
        let mut all = Breaks { items: Vec::new(), next_cursor: None };
        let mut before = query.before;
        loop {
            let page = BreakQuery { before, limit: MOST, ..query.clone() };
            let page = self.breaks(who, page).await?;
            before = page.items.last().map(|it| it.id);
            all.items.extend(page.items);
            if page.next_cursor.is_none() {
                return Ok(all);
            }
        }
    }

    /// The break with this number, and what became of it.
    pub async fn break_sheet(&self, who: &Principal, id: i64) -> Result<BreakSheet, AppError> {
        who.require(Deed::Look)?;
        let none = || AppError::refused(Code::NotFound, format!("there is no break {id}"));
        self.ledger().break_sheet(id).await?.ok_or_else(none)
    }
}

//! Machines, counters and proposals, for whoever looks.

use mtm_core::code::Code;
use mtm_core::machine::Value;
use mtm_core::policy::Deed;
use mtm_store::machine::{
    CounterRow, CounterSheet, MachineRow, ProposalQuery, ProposalRow, ProposalSheet,
};
use serde::Serialize;

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Machines by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachinesView {
    /// The machines.
    pub items: Vec<MachineView>,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachineView {
    /// How it stands.
    #[serde(flatten)]
    pub row: MachineRow,
    /// Whether this server is configured with it.
    pub configured: bool,
    /// How it speaks.
    pub protocol: Option<&'static str>,
    /// Where it is.
    pub address: Option<String>,
}

/// A machine, what is counted of it, and what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachineSheet {
    /// The machine.
    #[serde(flatten)]
    pub machine: MachineView,
    /// What is counted.
    pub counted: Vec<CounterRow>,
    /// What it shows, as far as this server heard it since it listens.
    pub tags: Vec<ShownTag>,
}

/// Something that a machine shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShownTag {
    /// Its name.
    pub name: String,
    /// What the machine says of it.
    pub words: String,
    /// The total that it showed last; null where it showed none.
    pub total: Option<u64>,
    /// What it showed instead of a total; null where it showed one.
    pub instead: Option<String>,
}

/// Counters, by machine and tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Counters {
    /// The counters.
    pub items: Vec<CounterRow>,
}

/// Proposals, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Proposals {
    /// The proposals.
    pub items: Vec<ProposalRow>,
    /// Where the list goes on.
    pub next_cursor: Option<String>,
}

impl App {
    /// Every machine, by name: those of the configuration, and those whose pieces wait for somebody.
    pub async fn machines(&self, who: &Principal) -> Result<MachinesView, AppError> {
        who.require(Deed::Look)?;
        let set = self.machine_set();
        let mut rows = self.ledger().machines().await?;
        rows.retain(|row| set.contains_key(&row.name) || row.open > 0);
        for name in set.keys() {
            if !rows.iter().any(|row| row.name == *name) {
                rows.push(MachineRow::unmet(name.clone()));
            }
        }
        rows.sort_by(|one, other| one.name.cmp(&other.name));
        let items = rows.into_iter().map(|row| self.machine_view(row)).collect();
        Ok(MachinesView { items })
    }

    fn machine_view(&self, row: MachineRow) -> MachineView {
        let set = self.machine_set();
        let settings = set.get(&row.name);
        MachineView {
            configured: settings.is_some(),
            protocol: settings.map(|it| it.protocol.words()),
            address: settings.map(|it| it.protocol.address()),
            row,
        }
    }

    /// A machine, what is counted of it, and what it shows.
    pub async fn machine(&self, who: &Principal, name: &str) -> Result<MachineSheet, AppError> {
        let none = || AppError::refused(Code::NotFound, format!("there is no machine {name}"));
        let all = self.machines(who).await?.items;
        let machine = all.into_iter().find(|it| it.row.name == name).ok_or_else(none)?;
        let counted = self.ledger().counters(Some(name.to_owned()), false).await?;
        let tags = self.machines_seen().of(name).into_iter();
        let tags = tags.map(|(tag, value)| {
            let (total, instead) = match value {
                Some(Value::Total(total)) => (Some(total), None),
                Some(Value::Unavailable) => (None, Some("unavailable".to_owned())),
                Some(Value::Nonsense(text)) => (None, Some(text)),
                None => (None, None),
            };
            ShownTag { name: tag.name, words: tag.words, total, instead }
        });
        Ok(MachineSheet { tags: tags.collect(), machine, counted })
    }

    /// The counters of a machine, or of all.
    pub async fn counters(
        &self,
        who: &Principal,
        machine: Option<String>,
        retired: bool,
    ) -> Result<Counters, AppError> {
        who.require(Deed::Look)?;
        Ok(Counters { items: self.ledger().counters(machine, retired).await? })
    }

    /// A counter, and what became of it.
    pub async fn counter(&self, who: &Principal, id: i64) -> Result<CounterSheet, AppError> {
        who.require(Deed::Look)?;
        let none = || AppError::refused(Code::NotFound, format!("there is no counter {id}"));
        self.ledger().counter(id).await?.ok_or_else(none)
    }

    /// A page of proposals.
    pub async fn proposals(
        &self,
        who: &Principal,
        mut query: ProposalQuery,
    ) -> Result<Proposals, AppError> {
        who.require(Deed::Look)?;
        let limit = usize::from(query.limit);
        query.limit = query.limit.saturating_add(1);
        let mut items = self.ledger().proposals(query).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| more).map(|row| row.id.to_string());
        Ok(Proposals { items, next_cursor })
    }

    /// A proposal, and what became of it.
    pub async fn proposal(&self, who: &Principal, id: i64) -> Result<ProposalSheet, AppError> {
        who.require(Deed::Look)?;
        let none = || AppError::refused(Code::NotFound, format!("there is no proposal {id}"));
        self.ledger().proposal(id).await?.ok_or_else(none)
    }
}

//! What is whose, and what the other system's parts say in our terms.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::field::{Field, NO, Values, YES};
use crate::catalogue::PartRecord;
use crate::erp::{self, Flag};
use crate::word::{ItemType, fold};
use crate::words::words;

words! {
    /// What becomes of an attribute of theirs that somebody changed here.
    #[cfg_attr(feature = "openapi", schema(as = MasterConflict))]
    Conflict {
        Theirs "theirs" "It becomes as it is there.";
        Ask "ask" "Somebody decides.";
    }
}

words! {
    /// Which parts of theirs that are not here are made here.
    NewParts {
        All "all" "Every one.";
        Stocked "stocked" "Those that they keep in stock, or of which they do not say.";
        None "none" "None.";
    }
}

/// Which attributes are the other system's, and what becomes of differences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// What it is the system of record for; only what [can be](Field::can_be_owned).
    pub owned: BTreeSet<Field>,
    /// What becomes of conflicts.
    pub conflict: Conflict,
    /// Which of its parts are made here.
    pub new: NewParts,
    /// What it calls the unit in which pieces are counted, folded.
    pub units: BTreeSet<String>,
    /// Its codes for the state of a part that is used no more, folded.
    pub retired: BTreeSet<String>,
    /// What kind of material parts are that it has made.
    pub made: Option<ItemType>,
    /// What kind of material parts are that it buys.
    pub bought: Option<ItemType>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            owned: BTreeSet::from([Field::Description, Field::Retired]),
            conflict: Conflict::Ask,
            new: NewParts::Stocked,
            units: BTreeSet::from([fold("EA")]),
            retired: BTreeSet::new(),
            made: None,
            bought: None,
        }
    }
}

/// A part as the other system has it, in our terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theirs {
    /// Its code, as it is spelt there.
    pub code: String,
    /// What they say of it, of what is theirs.
    pub values: Values,
    /// Whether it is to be made here where it is not.
    pub is_wanted: bool,
}

impl Theirs {
    /// A part of theirs under these rules; nothing where it has no code, or where a text of it was cut: nobody
    /// knows then what they say, nor of which part.
    pub fn of(part: &erp::Part, rules: &Rules) -> Option<Self> {
        let code = part.id.trim();
        if code.is_empty() || part.flags.has(Flag::Cut) {
            return None;
        }
        let is_retired =
            part.status.as_deref().is_some_and(|status| rules.retired.contains(&fold(status)));
        let kind = match (part.fabricated, part.purchased) {
            (Some(true), _) => rules.made.as_ref(),
            (_, Some(true)) => rules.bought.as_ref(),
            _ => None,
        };
        let retired = if is_retired { YES } else { NO };
        let said = [
            (Field::Description, part.description.as_deref().and_then(plain)),
            (Field::ItemType, kind.map(ToString::to_string)),
            (Field::Retired, Some(retired.to_owned())),
        ];
        let mut values: Values =
            said.into_iter().filter_map(|(field, value)| Some((field, value?))).collect();
        values.retain(|field, _| rules.owned.contains(field));
        let foreign = part.unit.as_deref().map(str::trim).filter(|unit| {
            !unit.is_empty() && !rules.units.is_empty() && !rules.units.contains(&fold(unit))
        });
        values.extend(foreign.map(|unit| (Field::Unit, unit.to_owned())));
        let is_kept = match rules.new {
            NewParts::All => true,
            NewParts::Stocked => part.stocked != Some(false),
            NewParts::None => false,
        };
        let is_wanted = is_kept && !is_retired && foreign.is_none();
        Some(Self { code: code.to_owned(), values, is_wanted })
    }
}

/// A description as it can stand here; nothing where there is nothing to read.
fn plain(text: &str) -> Option<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// What stands here of a part, of what may be compared.
pub fn ours(part: &PartRecord) -> Values {
    let retired = if part.header.retired_at.is_some() { YES } else { NO };
    let said = [
        (Field::Description, part.header.description.clone()),
        (Field::ItemType, part.item_type.as_ref().map(ToString::to_string)),
        (Field::Retired, Some(retired.to_owned())),
    ];
    said.into_iter().filter_map(|(field, value)| Some((field, value?))).collect()
}

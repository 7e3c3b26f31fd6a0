//! What the other system counts in, and what it calls what we say.

use std::collections::BTreeMap;

use mtm_core::sync::Fact;

use super::decimal::{Decimal, Rounding};
use super::fault::NotMapped;

/// What holds for a unit.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// What the other system calls it.
    pub(super) name: String,
    /// So many of theirs is one of ours.
    pub(super) factor: Decimal,
    /// Decimals that it takes.
    pub(super) decimals: u32,
    /// What becomes of the others.
    pub(super) rounding: Rounding,
}

/// Units by our name; without any, a piece is a piece.
#[derive(Debug, Clone, Default)]
pub(super) struct Units(pub(super) BTreeMap<String, Unit>);

impl Units {
    /// What the other system calls the fact's unit.
    pub(super) fn name(&self, fact: &Fact) -> Result<String, NotMapped> {
        match self.of(fact)? {
            Some(unit) => Ok(unit.name.clone()),
            None => Ok(fact.unit.clone()),
        }
    }

    /// The fact's quantity in it; never nothing.
    pub(super) fn quantity(&self, fact: &Fact) -> Result<Decimal, NotMapped> {
        let ours = Decimal::whole(fact.quantity);
        let Some(unit) = self.of(fact)? else { return Ok(ours) };
        let exact = ours.times(unit.factor);
        let rounded = exact.and_then(|exact| exact.rounded(unit.decimals, unit.rounding));
        let Some(rounded) = rounded else {
            let why = format!(
                "{} {} are no quantity of {} with {} decimals",
                fact.quantity, fact.unit, unit.name, unit.decimals
            );
            let next = format!("Set decimals or rounding in [units.{}] of the mapping.", fact.unit);
            return Err(NotMapped::unfit("quantity", why, next));
        };
        if rounded.is_zero() {
            let why = format!("{} {} are rounded to nothing", fact.quantity, fact.unit);
            let next = format!("Set decimals or rounding in [units.{}] of the mapping.", fact.unit);
            return Err(NotMapped::unfit("quantity", why, next));
        }
        Ok(rounded)
    }

    fn of(&self, fact: &Fact) -> Result<Option<&Unit>, NotMapped> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let unit = self.0.get(&fact.unit);
        unit.map(Some).ok_or_else(|| NotMapped::not_listed("unit", "units", &fact.unit))
    }
}

/// What the other system calls what a member says.
#[derive(Debug, Clone)]
pub(super) struct Values {
    /// The member.
    pub(super) of: &'static str,
    /// By what we say.
    pub(super) list: BTreeMap<String, String>,
    /// What holds for what is not listed.
    pub(super) others: Others,
}

/// What holds for what is not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Others {
    /// It is not mapped.
    Refuse,
    /// It is called the same there.
    Same,
    /// It is called this.
    Called(String),
}

impl Values {
    /// What the other system calls `ours`, in the table `name`.
    pub(super) fn called(&self, name: &str, ours: &str) -> Result<String, NotMapped> {
        match (self.list.get(ours), &self.others) {
            (Some(theirs), _) | (None, Others::Called(theirs)) => Ok(theirs.clone()),
            (None, Others::Same) => Ok(ours.to_owned()),
            (None, Others::Refuse) => {
                Err(NotMapped::not_listed(self.of, &format!("values.{name}.list"), ours))
            }
        }
    }
}

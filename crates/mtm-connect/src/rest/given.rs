//! What fills holes: a fact, and what a mapping makes of its members.

use mtm_core::sync::{End, Fact};

use super::decimal::Decimal;
use super::fault::NotMapped;
use super::mapping::Rules;
use super::template::{Hole, Kind, Name, Piece, REVERSES, Template};

/// A fact, under the rules of a mapping.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'g> {
    pub(super) fact: &'g Fact,
    pub(super) rules: &'g Rules,
}

/// What a hole is filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Held {
    /// A text.
    Text(String),
    /// A number.
    Number(Decimal),
    /// What is still to be looked up.
    Lookup(String),
}

impl Given<'_> {
    /// What fills `hole`; nothing where it may be missing and is.
    pub(super) fn held(&self, hole: &Hole) -> Result<Option<Held>, NotMapped> {
        for name in &hole.names {
            if let Some(held) = self.named(name)? {
                let held = match held {
                    Held::Number(number) if hole.is_negated => Held::Number(number.negated()),
                    other => other,
                };
                return as_kind(held, hole.kind, name).map(Some);
            }
        }
        let first = hole.names.first().map(Name::written).unwrap_or_default();
        if hole.is_optional { Ok(None) } else { Err(NotMapped::missing(&first)) }
    }

    /// A text with its holes filled; `encode` writes what fills them. Nothing where one is missing.
    pub(super) fn text(
        &self,
        template: &Template,
        encode: impl Fn(&str) -> String,
    ) -> Result<Option<String>, NotMapped> {
        let mut text = String::new();
        for piece in &template.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(&encode(literal)),
                Piece::Hole(hole) => match self.held(hole)? {
                    Some(Held::Text(held)) => text.push_str(&encode(&held)),
                    Some(Held::Number(number)) => text.push_str(&encode(&number.to_string())),
                    Some(Held::Lookup(name)) => text.push_str(&super::path::hole(&name)),
                    None => return Ok(None),
                },
            }
        }
        Ok(Some(text))
    }

    fn named(&self, name: &Name) -> Result<Option<Held>, NotMapped> {
        match name {
            Name::Member(member) => self.member(member),
            Name::Lookup(name) => Ok(Some(Held::Lookup(name.clone()))),
            // That there is such a table was seen when the file was read.
            Name::Values(name) => match self.rules.values.get(name) {
                None => Ok(None),
                Some(values) => match plain(self.fact, values.of) {
                    None => Ok(None),
                    Some(ours) => values.called(name, &ours).map(|it| Some(Held::Text(it))),
                },
            },
        }
    }

    fn member(&self, member: &str) -> Result<Option<Held>, NotMapped> {
        let Self { fact, rules } = self;
        Ok(match member {
            "quantity" => Some(Held::Number(rules.units.quantity(fact)?)),
            "pieces" => Some(Held::Number(Decimal::whole(fact.quantity))),
            "unit" => Some(Held::Text(rules.units.name(fact)?)),
            "sequence" => {
                let number = i64::try_from(fact.sequence).unwrap_or(i64::MAX);
                Some(Held::Number(Decimal::whole(number)))
            }
            other => plain(fact, other).map(Held::Text),
        })
    }
}

/// A member as it stands in the fact.
pub(super) fn plain(fact: &Fact, member: &str) -> Option<String> {
    if let Some((end, member)) = member.split_once('.') {
        let end = if end == "from" { &fact.from } else { &fact.to };
        return end.as_ref().and_then(|end| of_end(end, member));
    }
    match member {
        "movement" => Some(fact.movement.to_string()),
        "sequence" => Some(fact.sequence.to_string()),
        "class" => Some(fact.class.as_str().to_owned()),
        "type" => Some(fact.kind.as_str().to_owned()),
        "part" => Some(fact.part.clone()),
        "unit" => Some(fact.unit.clone()),
        "quantity" | "pieces" => Some(fact.quantity.to_string()),
        "lot" => Some(fact.lot.clone()),
        "to_lot" => fact.to_lot.clone(),
        "work_order" => fact.work_order.clone(),
        "reason" => fact.reason.clone(),
        "user" => Some(fact.user.clone()),
        "recorded_at" => Some(fact.recorded_at.to_string()),
        "occurred_at" => fact.occurred_at.map(|at| at.to_string()),
        REVERSES => fact.reverses.map(|movement| movement.to_string()),
        _ => None,
    }
}

fn of_end(end: &End, member: &str) -> Option<String> {
    match member {
        "location" => Some(end.location.clone()),
        "operation" => Some(end.operation.clone()),
        "warehouse" => end.warehouse.clone(),
        "place" => end.place.clone(),
        _ => None,
    }
}

fn as_kind(held: Held, kind: Kind, name: &Name) -> Result<Held, NotMapped> {
    match (kind, held) {
        (Kind::Text, Held::Number(number)) => Ok(Held::Text(number.to_string())),
        (Kind::Number, Held::Text(text)) => {
            let number = Decimal::parse(&text).map(Held::Number);
            number.ok_or_else(|| {
                let why = format!("{text} is no number");
                let next = "Leave :number away in the mapping, or correct what is booked here.";
                NotMapped::unfit(&name.written(), why, next)
            })
        }
        (_, held) => Ok(held),
    }
}

//! A movement, as another system is told of it.

use serde::{Deserialize, Serialize};

use crate::movement::{MovementType, Outside};
use crate::word::{MovementId, Timestamp};

/// What a movement is to a stock ledger: by where pieces came from and went to, so that an undo is what
/// it does and not what it undoes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Pieces came from outside: a supplier, or production.
    Receipt,
    /// Pieces went outside: consumed, or shipped.
    Issue,
    /// Pieces went to scrap.
    Scrap,
    /// A count found more, or an adjustment says so.
    AdjustUp,
    /// A count found less, or an adjustment says so.
    AdjustDown,
    /// Pieces went from one place to another.
    Transfer,
    /// Pieces were there when this ledger began, or that was taken back.
    Opening,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 7] = [
        Self::Receipt,
        Self::Issue,
        Self::Scrap,
        Self::AdjustUp,
        Self::AdjustDown,
        Self::Transfer,
        Self::Opening,
    ];

    /// Its name in mapping files and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Issue => "issue",
            Self::Scrap => "scrap",
            Self::AdjustUp => "adjust_up",
            Self::AdjustDown => "adjust_down",
            Self::Transfer => "transfer",
            Self::Opening => "opening",
        }
    }

    /// The class of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }

    /// What a movement between these ends is; nothing in an end is stock of ours.
    pub const fn of(from: Option<Outside>, to: Option<Outside>) -> Self {
        match (from, to) {
            (Some(Outside::Opening), _) | (_, Some(Outside::Opening)) => Self::Opening,
            (Some(Outside::Count), _) => Self::AdjustUp,
            (_, Some(Outside::Count)) => Self::AdjustDown,
            (_, Some(Outside::Scrap)) => Self::Scrap,
            (None, None) => Self::Transfer,
            (Some(_), _) => Self::Receipt,
            (None, Some(_)) => Self::Issue,
        }
    }
}

/// One end of a movement that is stock of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Our location.
    pub location: String,
    /// Our operation.
    pub operation: String,
    /// The other system's warehouse, where the plant declared one for the location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<String>,
    /// The other system's location, where the plant declared one for the location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// A movement, as another system is told of it. The names of its members are what a mapping file names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its identity, and the key under which it is told: the same posting always has the same key.
    pub movement: MovementId,
    /// Its place in the log.
    pub sequence: u64,
    /// What it is to a stock ledger.
    pub class: Class,
    /// What was booked here.
    #[serde(rename = "type")]
    pub kind: MovementType,
    /// The part's code.
    pub part: String,
    /// The unit that the part is counted in here, by its code in UN/ECE Recommendation 20: `EA`.
    pub unit: String,
    /// Pieces, at least one.
    pub quantity: i64,
    /// The lot.
    pub lot: String,
    /// The lot that the pieces joined, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_lot: Option<String>,
    /// Where the pieces left stock of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<End>,
    /// Where the pieces became stock of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<End>,
    /// The lot's work order, when the posting was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_order: Option<String>,
    /// The reason's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The login name of who booked it.
    pub user: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When it happened, where that was captured earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// The movement that it undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses: Option<MovementId>,
    /// What that was to a stock ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Class>,
}

impl Fact {
    /// The movement that it undoes, as far as who is told of it goes: the same pieces the other way round.
    pub fn undone(&self) -> Option<Self> {
        let (class, from, to) = (self.undoes?, self.to.clone(), self.from.clone());
        Some(Self { class, from, to, reverses: None, undoes: None, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_goes_by_where_pieces_came_from_and_went_to() {
        use Outside::{Consumed, Count, Opening, Scrap, Supplier};
        let check = |from, to, class: Class| assert_eq!(Class::of(from, to), class);
        check(Some(Supplier), None, Class::Receipt);
        check(None, Some(Supplier), Class::Issue);
        check(None, Some(Consumed), Class::Issue);
        check(Some(Consumed), None, Class::Receipt);
        check(None, Some(Scrap), Class::Scrap);
        check(Some(Scrap), None, Class::Receipt);
        check(Some(Count), None, Class::AdjustUp);
        check(None, Some(Count), Class::AdjustDown);
        check(None, None, Class::Transfer);
        check(Some(Opening), None, Class::Opening);
        check(None, Some(Opening), Class::Opening);
        for class in Class::ALL {
            assert_eq!(Class::from_name(class.as_str()), Some(class));
        }
        assert_eq!(Class::from_name("move"), None);
    }
}

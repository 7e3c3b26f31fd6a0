//! What is odd about a row of an ERP.

use serde::{Deserialize, Serialize};

/// What is odd about a row. The row is kept all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ErpFlag))]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// A text was longer than its column should be, and was cut.
    Cut,
    /// A quantity has more than six digits behind the point, and was rounded.
    Inexact,
    /// A quantity is no number, or too large; it counts as nothing.
    NoQuantity,
    /// The direction is neither in nor out; it moves no sum.
    UnknownKind,
    /// The class is none that is known.
    UnknownClass,
    /// The moment is missing or cannot be read; the moment of reading stands for it.
    NoMoment,
    /// It names no part.
    NoPart,
    /// It names no warehouse or no location.
    NoPlace,
    /// The ERP showed other values under the same id before.
    Changed,
    /// The ERP does not show it any more.
    Gone,
}

impl Flag {
    /// Every flag.
    pub const ALL: [Self; 10] = [
        Self::Cut,
        Self::Inexact,
        Self::NoQuantity,
        Self::UnknownKind,
        Self::UnknownClass,
        Self::NoMoment,
        Self::NoPart,
        Self::NoPlace,
        Self::Changed,
        Self::Gone,
    ];

    /// The name in tables and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Inexact => "inexact",
            Self::NoQuantity => "no_quantity",
            Self::UnknownKind => "unknown_kind",
            Self::UnknownClass => "unknown_class",
            Self::NoMoment => "no_moment",
            Self::NoPart => "no_part",
            Self::NoPlace => "no_place",
            Self::Changed => "changed",
            Self::Gone => "gone",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Everything that is odd about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(into = "Vec<Flag>", from = "Vec<Flag>")]
pub struct Flags(u16);

impl Flags {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Says so.
    pub const fn set(&mut self, flag: Flag) {
        self.0 |= flag.bit();
    }

    /// Whether it is said.
    pub const fn has(self, flag: Flag) -> bool {
        self.0 & flag.bit() != 0
    }

    /// Whether nothing is odd.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Without this one.
    pub const fn without(self, flag: Flag) -> Self {
        Self(self.0 & !flag.bit())
    }

    /// As it is kept in a column.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// As it was kept in a column; what no flag of today has is left out.
    pub fn from_bits(bits: u16) -> Self {
        let known = Flag::ALL.iter().fold(0, |all, flag| all | flag.bit());
        Self(bits & known)
    }

    /// The flags, in their order.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |flag| self.has(*flag))
    }
}

impl From<Flags> for Vec<Flag> {
    fn from(flags: Flags) -> Self {
        flags.iter().collect()
    }
}

impl From<Vec<Flag>> for Flags {
    fn from(flags: Vec<Flag>) -> Self {
        flags.into_iter().collect()
    }
}

impl FromIterator<Flag> for Flags {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> Self {
        let mut all = Self::NONE;
        flags.into_iter().for_each(|flag| all.set(flag));
        all
    }
}

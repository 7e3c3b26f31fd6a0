//! The six kinds of master data, and how a record of them is named.

use std::fmt;

use mtm_core::catalogue::ReasonKind;
use uuid::Uuid;

/// A kind of master data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MasterNoun {
    /// Part numbers.
    Part,
    /// Routing steps.
    Operation,
    /// Places.
    Location,
    /// Kinds of material.
    ItemType,
    /// Colours of lots.
    ColorCode,
    /// Reasons that explain something of this kind.
    Reason(ReasonKind),
}

impl MasterNoun {
    /// The name in events, audit entries and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Part => "part",
            Self::Operation => "operation",
            Self::Location => "location",
            Self::ItemType => "item_type",
            Self::ColorCode => "color_code",
            Self::Reason(_) => "reason",
        }
    }
}

impl fmt::Display for MasterNoun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ItemType => "item type",
            Self::ColorCode => "colour code",
            other => other.as_str(),
        })
    }
}

/// Which record is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterKey {
    /// By its public identity.
    Id(Uuid),
    /// By its code, or one it had before.
    Code(String),
}

impl MasterKey {
    /// Reads the key of an address: an identity where it looks like one, else a code.
    pub fn parse(text: &str) -> Self {
        Uuid::try_parse(text).map_or_else(|_| Self::Code(text.to_owned()), Self::Id)
    }
}

impl fmt::Display for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Code(code) => f.pad(code),
        }
    }
}

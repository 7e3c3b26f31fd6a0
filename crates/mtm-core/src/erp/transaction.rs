//! A row of the ERP's inventory ledger.

use serde::{Deserialize, Serialize};

use super::flag::{Flag, Flags};
use super::place::ErpPlace;
use super::quantity::ErpQuantity;
use crate::word::Timestamp;

/// Which way a row moves the stock of its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Kind {
    /// More is there (`I`).
    In,
    /// Less is there (`O`).
    Out,
    /// The ERP says something else: kept, flagged, and counted nowhere.
    Unknown(String),
}

impl Kind {
    /// The kind of this code.
    pub fn of(code: &str) -> Self {
        match code.trim() {
            "I" | "i" => Self::In,
            "O" | "o" => Self::Out,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// The code as the ERP writes it.
    pub fn code(&self) -> &str {
        match self {
            Self::In => "I",
            Self::Out => "O",
            Self::Unknown(code) => code,
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of(&String::deserialize(deserializer)?))
    }
}

/// A row of the ERP's inventory ledger (`INVENTORY_TRANS`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The ERP's id; grows, but is not committed in order.
    pub id: i64,
    /// Which way.
    pub kind: Kind,
    /// The class: `R` receipt or return, `I` issue, `A` adjustment or one end of a transfer; others are kept.
    pub class: String,
    /// How much, as it is stored: never below zero unless the ERP's data is odd.
    pub quantity: ErpQuantity,
    /// When it happened, by the ERP.
    pub happened: Timestamp,
    /// When it was entered, where the ERP says.
    pub created: Option<Timestamp>,
    /// Where.
    pub place: ErpPlace,
    /// What.
    pub part: String,
    /// By whom, as the ERP has it.
    pub user: Option<String>,
    /// For what: a purchase order's line, a work order, a customer's order; readable.
    pub reference: Option<String>,
    /// The other end of a transfer.
    pub transfer_of: Option<i64>,
    /// When it was first read here.
    pub read_at: Timestamp,
    /// Whether its id was below the feed's position when it was first seen: it was committed late.
    pub late: bool,
    /// What is odd about it.
    pub flags: Flags,
}

impl Transaction {
    /// What it does to the stock of its place; `None` where its direction or quantity is not known, or
    /// where the ERP took it back.
    pub fn signed(&self) -> Option<ErpQuantity> {
        if self.flags.has(Flag::NoQuantity) || self.flags.has(Flag::Gone) {
            return None;
        }
        match self.kind {
            Kind::In => Some(self.quantity),
            Kind::Out => Some(-self.quantity),
            Kind::Unknown(_) => None,
        }
    }

    /// Whether the ERP says the same as it did: everything but what is ours (when it was read, whether late,
    /// which flags).
    pub fn says_the_same(&self, other: &Self) -> bool {
        let Self { id, kind, class, quantity, happened, created, place, part, user, .. } = self;
        let dated = |it: &Self| !it.flags.has(Flag::NoMoment);
        *id == other.id
            && *kind == other.kind
            && *class == other.class
            && *quantity == other.quantity
            && (*happened == other.happened || !dated(self) && !dated(other))
            && *created == other.created
            && *place == other.place
            && *part == other.part
            && *user == other.user
            && self.reference == other.reference
            && self.transfer_of == other.transfer_of
    }
}

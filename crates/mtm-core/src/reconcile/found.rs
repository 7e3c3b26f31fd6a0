//! What was found.

use serde::{Deserialize, Serialize};

use super::class::BreakClass;
use super::stale::Stale;
use crate::erp::{ErpPlace, ErpQuantity};
use crate::word::{MovementId, Timestamp};

/// One disagreement: what, where, how much, what shows it, what it probably comes from, and what
/// would put it right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// Its class.
    pub class: BreakClass,
    /// The part, where it is about one.
    pub part: Option<String>,
    /// The place of the peer, where it is about one.
    pub place: Option<ErpPlace>,
    /// What it is about within its class: a movement of ours, a transaction of the peer, a location.
    pub subject: Option<String>,
    /// Ours, in our buckets that map there.
    pub ours: Option<ErpQuantity>,
    /// The peer's on hand.
    pub on_hand: Option<ErpQuantity>,
    /// The sum of the peer's ledger.
    pub ledger: Option<ErpQuantity>,
    /// How much of the difference it explains: above zero where we have more.
    pub difference: ErpQuantity,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// What it probably comes from, in words.
    pub cause: String,
    /// What would put it right. Nothing is ever booked by itself.
    pub fix: Fix,
}

impl Break {
    /// The same for the same disagreement in every run. What is about a movement or a transaction is named
    /// by it alone: at which of its places it shows depends on what else moves there.
    pub fn identity(&self) -> String {
        if let (true, Some(subject)) = (self.class.is_of_subject(), &self.subject) {
            return format!("{}|{subject}", self.class.as_str());
        }
        let fold = |text: &str| crate::word::fold(text);
        let (warehouse, location) = match &self.place {
            Some(place) => (fold(&place.warehouse), fold(&place.location)),
            None => (String::new(), String::new()),
        };
        [
            self.class.as_str().to_owned(),
            self.part.as_deref().map(fold).unwrap_or_default(),
            warehouse,
            location,
            self.subject.clone().unwrap_or_default(),
        ]
        .join("|")
    }
}

/// Something that shows a break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Evidence {
    /// A movement of ours.
    Movement {
        /// Its identity.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        id: MovementId,
        /// When it was recorded.
        at: Timestamp,
        /// Its type.
        kind: String,
        /// The lot.
        lot: String,
        /// Who booked it.
        user: String,
        /// Pieces.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        quantity: ErpQuantity,
        /// The location that they left.
        from: Option<String>,
        /// The location that they came to.
        to: Option<String>,
        /// Whether the peer's ledger proves it.
        posted: bool,
    },
    /// A transaction of the peer.
    Transaction {
        /// Its number there.
        id: i64,
        /// What it did: above zero for in.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
        quantity: Option<ErpQuantity>,
        /// When it happened, as the peer says.
        at: Timestamp,
        /// When we first read it.
        read_at: Timestamp,
        /// Where.
        warehouse: String,
        /// Where, within the warehouse.
        location: String,
        /// Its class there.
        class: String,
        /// Who posted it.
        user: Option<String>,
        /// What it was posted for.
        reference: Option<String>,
        /// The transaction that it is tied to.
        transfer_of: Option<i64>,
        /// Whether a movement of ours stands beside it.
        booked: bool,
    },
    /// Pieces of ours at a location.
    Stock {
        /// The part.
        part: String,
        /// The location.
        location: String,
        /// Pieces.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        quantity: ErpQuantity,
    },
    /// A figure of the peer.
    Figure {
        /// The part.
        part: String,
        /// Where.
        warehouse: String,
        /// Where, within the warehouse.
        location: String,
        /// Pieces.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        quantity: ErpQuantity,
    },
}

/// What kind of posting is made there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Posting {
    /// From one place to another.
    Transfer,
    /// More at a place.
    In,
    /// Fewer at a place.
    Out,
}

/// What would put a break right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Fix {
    /// Post this in the other system.
    PostThere {
        /// What kind.
        posting: Posting,
        /// The part, as it is spelt there.
        part: String,
        /// The place that they leave.
        from: Option<ErpPlace>,
        /// The place that they come to.
        to: Option<ErpPlace>,
        /// How many.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        quantity: ErpQuantity,
    },
    /// Count the part at these locations of ours; then adjust whichever side is wrong.
    CountHere {
        /// The part.
        part: String,
        /// The locations.
        locations: Vec<String>,
    },
    /// Complete this line of the mapping file.
    MapPlace {
        /// The line.
        line: String,
    },
    /// Add the part where it is not known.
    AddPart {
        /// The part.
        part: String,
        /// Whether here; else there.
        here: bool,
    },
    /// Have somebody who looks after the other system look at it.
    LookThere {
        /// The transaction to begin with.
        transaction: Option<i64>,
    },
}

impl Fix {
    /// In one sentence, for whoever does it.
    pub fn in_words(&self) -> String {
        match self {
            Self::PostThere { posting, part, from, to, quantity } => {
                let from = from.as_ref().map(|it| format!(" from {it}")).unwrap_or_default();
                let to = to.as_ref().map(|it| format!(" to {it}")).unwrap_or_default();
                let what = match posting {
                    Posting::Transfer => "Post a transfer there",
                    Posting::In => "Post a receipt or an adjustment up there",
                    Posting::Out => "Post an issue or an adjustment down there",
                };
                format!("{what}: {quantity} of {part}{from}{to}.")
            }
            Self::CountHere { part, locations } => {
                format!(
                    "Count {part} at {}; then adjust the side that is wrong.",
                    locations.join(", ")
                )
            }
            Self::MapPlace { line } => {
                format!("Add this line to the mapping file, completed: {line}")
            }
            Self::AddPart { part, here: true } => {
                format!("Add part {part} here, or correct its number there.")
            }
            Self::AddPart { part, here: false } => {
                format!("Have part {part} added there, or correct its number here.")
            }
            Self::LookThere { transaction: Some(id) } => {
                format!("Have somebody who looks after their system look at transaction {id}.")
            }
            Self::LookThere { transaction: None } => {
                "Have somebody who looks after their system recompute on hand from its ledger."
                    .to_owned()
            }
        }
    }
}

/// What is too young to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Waiting {
    /// Movements of ours that wait to be posted there.
    pub movements: u64,
    /// Postings there that wait to be booked here.
    pub postings: u64,
    /// Parts at places whose figures are in motion: not judged by this run.
    pub in_motion: u64,
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// Why it is not the last word; empty where all was fresh.
    pub stale: Vec<Stale>,
    /// Parts at places that were compared.
    pub compared: u64,
    /// Figures of the peer at places that none of ours maps to, in warehouses that are not mapped.
    pub elsewhere: u64,
    /// What is too young.
    pub waiting: Waiting,
    /// Parts at places (part, warehouse, location) that were not judged: what was found there before stays.
    pub unjudged: Vec<(String, String, String)>,
    /// The breaks, in a fixed order.
    pub breaks: Vec<Break>,
}

impl Findings {
    /// Nothing differs, and everything was fresh.
    pub fn is_clean(&self) -> bool {
        self.breaks.is_empty() && self.stale.is_empty()
    }
}

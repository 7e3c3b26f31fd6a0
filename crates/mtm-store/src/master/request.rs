//! What callers ask for: records to make and changes of records.

use mtm_core::catalogue::LocationKind;
use mtm_core::command::Patch;
use mtm_core::rejection::Rejection;
use mtm_core::word::{ItemType, OperationCode, Quantity};

use super::draft::parse_code;
use super::noun::{MasterKey, MasterNoun};

/// Attributes to set; the others stay as they are, or get their defaults in a new record. Only
/// attributes that the noun has may be mentioned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MasterAttributes {
    /// What people call it besides its code.
    pub description: Patch<String>,
    /// Taken over from data that named it without defining it.
    pub unverified: Option<bool>,
    /// Locations: the building.
    pub building: Patch<String>,
    /// Locations: what kind of place.
    pub kind: Patch<LocationKind>,
    /// Parts: the customer it is made for.
    pub customer: Patch<String>,
    /// Parts: item type of its lots unless a booking says otherwise.
    pub item_type: Patch<ItemType>,
    /// Parts: whether its lots should carry a colour code.
    pub requires_color: Option<bool>,
    /// Parts: whether its lots should carry a work order.
    pub requires_work_order: Option<bool>,
    /// Parts: its own hard bound on one receipt.
    pub max_quantity: Patch<Quantity>,
    /// Parts: pieces of it below which somebody wants to be told.
    pub minimum_stock: Patch<Quantity>,
    /// Parts: the operations of its routing as far as known.
    pub operations: Option<Vec<OperationCode>>,
    /// Reasons: whether it explains nothing without notes.
    pub needs_notes: Option<bool>,
}

/// A record to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMaster {
    /// What it is.
    pub noun: MasterNoun,
    /// Its code as written; folded on the way in.
    pub code: String,
    /// Its attributes.
    pub attributes: MasterAttributes,
}

impl NewMaster {
    /// A record of which only the code is known.
    pub fn named(noun: MasterNoun, code: impl Into<String>) -> Self {
        Self { noun, code: code.into(), attributes: MasterAttributes::default() }
    }

    /// Whether its code may be one; the rest is judged when it is added.
    ///
    /// # Errors
    /// `invalid_body`: it is too long, or has characters that no code has.
    pub fn check_code(&self) -> Result<(), Rejection> {
        parse_code(self.noun, &self.code).map(drop)
    }
}

/// A change of master data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterChange {
    /// A new record. Refused (`already_exists`) where its code names one, also as an alias.
    Create(NewMaster),
    /// Attributes or the code change. The old code stays as an alias.
    Edit {
        /// What it is.
        noun: MasterNoun,
        /// Which.
        key: MasterKey,
        /// The version the caller saw; any other is refused (`stale`).
        version: i64,
        /// The new code, where it changes.
        code: Option<String>,
        /// The other changes.
        attributes: MasterAttributes,
    },
    /// The record takes no new stock from now on. Refused (`in_use`) while stock exists.
    Retire {
        /// What it is.
        noun: MasterNoun,
        /// Which.
        key: MasterKey,
        /// The version the caller saw, where they looked.
        version: Option<i64>,
    },
    /// The record takes stock again.
    Unretire {
        /// What it is.
        noun: MasterNoun,
        /// Which.
        key: MasterKey,
        /// The version the caller saw, where they looked.
        version: Option<i64>,
    },
}

//! Master data as callers change and read it: one shape for all six nouns.

use std::fmt;

use mtm_core::catalogue::{
    ColorRecord, ItemTypeRecord, LocationKind, LocationRecord, MasterHeader, OperationRecord,
    PartRecord, ReasonKind, ReasonRecord,
};
use mtm_core::command::Patch;
use mtm_core::word::{ItemType, OperationCode, Quantity, Timestamp};
use serde::{Deserialize, Serialize};
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

/// A record of master data as answers and events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MasterRow {
    /// Public identity, stable across renames.
    pub id: Uuid,
    /// Code.
    pub code: String,
    /// What people call it besides its code.
    pub description: Option<String>,
    /// When it was retired.
    pub retired_at: Option<Timestamp>,
    /// Version; the `ETag`.
    pub version: i64,
    /// Taken over from data that named it without defining it.
    pub unverified: bool,
    /// What only its noun has.
    #[serde(flatten)]
    pub details: MasterDetails,
}

/// What only one noun has; `noun` names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "noun", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MasterDetails {
    /// A part.
    Part(PartDetails),
    /// An operation.
    Operation {},
    /// A location.
    Location {
        /// Building it stands in.
        building: Option<String>,
        /// What kind of place it is.
        #[serde(rename = "type")]
        kind: Option<LocationKind>,
    },
    /// An item type.
    ItemType {},
    /// A colour code.
    ColorCode {},
    /// A reason.
    Reason {
        /// What it explains.
        kind: ReasonKind,
        /// Whether it explains nothing without notes.
        needs_notes: bool,
    },
}

/// What only parts have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartDetails {
    /// Item type of its lots unless a booking says otherwise.
    pub item_type: Option<ItemType>,
    /// Whether its lots should carry a colour code.
    pub requires_color: bool,
    /// Whether its lots should carry a work order.
    pub requires_work_order: bool,
    /// Its own hard bound on one receipt.
    pub max_quantity: Option<Quantity>,
    /// The operations of its routing as far as known, in order.
    pub operations: Vec<OperationCode>,
    /// Customer it is made for.
    pub customer: Option<String>,
}

impl MasterRow {
    fn new(code: &str, header: &MasterHeader, details: MasterDetails) -> Self {
        Self {
            id: header.id,
            code: code.to_owned(),
            description: header.description.clone(),
            retired_at: header.retired_at,
            version: header.version,
            unverified: header.unverified,
            details,
        }
    }
}

impl From<&PartRecord> for MasterRow {
    fn from(record: &PartRecord) -> Self {
        let details = PartDetails {
            item_type: record.item_type.clone(),
            requires_color: record.requires_color,
            requires_work_order: record.requires_work_order,
            max_quantity: record.max_quantity,
            operations: record.operations.clone(),
            customer: record.customer.clone(),
        };
        Self::new(record.code.as_str(), &record.header, MasterDetails::Part(details))
    }
}

impl From<&OperationRecord> for MasterRow {
    fn from(record: &OperationRecord) -> Self {
        Self::new(record.code.as_str(), &record.header, MasterDetails::Operation {})
    }
}

impl From<&LocationRecord> for MasterRow {
    fn from(record: &LocationRecord) -> Self {
        let details =
            MasterDetails::Location { building: record.building.clone(), kind: record.kind };
        Self::new(record.code.as_str(), &record.header, details)
    }
}

impl From<&ItemTypeRecord> for MasterRow {
    fn from(record: &ItemTypeRecord) -> Self {
        Self::new(record.code.as_str(), &record.header, MasterDetails::ItemType {})
    }
}

impl From<&ColorRecord> for MasterRow {
    fn from(record: &ColorRecord) -> Self {
        Self::new(record.code.as_str(), &record.header, MasterDetails::ColorCode {})
    }
}

impl From<&ReasonRecord> for MasterRow {
    fn from(record: &ReasonRecord) -> Self {
        let details = MasterDetails::Reason { kind: record.kind, needs_notes: record.needs_notes };
        Self::new(record.code.as_str(), &record.header, details)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_back_as_it_was_written() {
        for details in [
            MasterDetails::Part(PartDetails {
                max_quantity: Some(Quantity::pieces(7).unwrap()),
                ..PartDetails::default()
            }),
            MasterDetails::Operation {},
            MasterDetails::Location { building: None, kind: Some(LocationKind::WorkCentre) },
            MasterDetails::ItemType {},
            MasterDetails::ColorCode {},
            MasterDetails::Reason { kind: ReasonKind::Hold, needs_notes: true },
        ] {
            let row = MasterRow {
                id: Uuid::from_u128(7),
                code: "A-1".to_owned(),
                description: None,
                retired_at: Some(Timestamp::from_micros(5)),
                version: 3,
                unverified: false,
                details,
            };
            let text = serde_json::to_string(&row).unwrap();
            assert_eq!(serde_json::from_str::<MasterRow>(&text).unwrap(), row, "{text}");
        }
    }
}

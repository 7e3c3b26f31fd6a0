//! A record as answers and events show it: one shape for all six nouns.

use mtm_core::catalogue::{
    ColorRecord, ItemTypeRecord, LocationKind, LocationRecord, MasterHeader, OperationRecord,
    PartRecord, ReasonKind, ReasonRecord,
};
use mtm_core::word::{ItemType, OperationCode, Quantity, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
    /// Pieces of it below which `stock.below_minimum` is told.
    #[serde(default)]
    pub minimum_stock: Option<Quantity>,
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
            minimum_stock: record.minimum_stock,
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

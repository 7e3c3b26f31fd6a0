//! Records of master data.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::movement::{LocationRef, OperationRef, PartRef};
use crate::word::{
    ColorCode, ItemType, LocationCode, LocationId, OperationCode, OperationId, PartCode, PartId,
    Quantity, ReasonCode, Timestamp,
};

/// What every master record has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MasterHeader {
    /// Public identity, stable across renames.
    pub id: Uuid,
    /// What people call it besides its code.
    pub description: Option<String>,
    /// When it was retired; a retired record takes no new stock.
    pub retired_at: Option<Timestamp>,
    /// Version of the editable attributes, from 1; the `ETag`.
    pub version: i64,
    /// Taken over from data that named it without defining it: somebody should look at it.
    pub unverified: bool,
}

/// A part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRecord {
    /// Row.
    pub row: PartId,
    /// Common attributes.
    pub header: MasterHeader,
    /// Part number.
    pub code: PartCode,
    /// Item type of its lots unless a booking says otherwise.
    pub item_type: Option<ItemType>,
    /// Whether its lots should carry a colour code.
    pub requires_color: bool,
    /// Whether its lots should carry a work order.
    pub requires_work_order: bool,
    /// Its own hard bound on one receipt; the site's bound where `None`.
    pub max_quantity: Option<Quantity>,
    /// Pieces of it below which somebody wants to be told.
    pub minimum_stock: Option<Quantity>,
    /// The operations of its routing as far as known, in order; a suggestion, never a block.
    pub operations: Vec<OperationCode>,
    /// Customer it is made for.
    pub customer: Option<String>,
}

/// A routing step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRecord {
    /// Row.
    pub row: OperationId,
    /// Common attributes.
    pub header: MasterHeader,
    /// Operation number.
    pub code: OperationCode,
}

/// What kind of place a location is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LocationKind {
    /// A rack position.
    Rack,
    /// A marked area on the floor.
    Floor,
    /// A machine or cell.
    WorkCentre,
    /// A staging area.
    Staging,
    /// Quality or non-conforming material.
    Quality,
    /// A dock.
    Dock,
    /// A truck.
    Truck,
    /// An outside vendor.
    Vendor,
}

impl LocationKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Rack,
        Self::Floor,
        Self::WorkCentre,
        Self::Staging,
        Self::Quality,
        Self::Dock,
        Self::Truck,
        Self::Vendor,
    ];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rack => "rack",
            Self::Floor => "floor",
            Self::WorkCentre => "work_centre",
            Self::Staging => "staging",
            Self::Quality => "quality",
            Self::Dock => "dock",
            Self::Truck => "truck",
            Self::Vendor => "vendor",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A place in a building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationRecord {
    /// Row.
    pub row: LocationId,
    /// Common attributes.
    pub header: MasterHeader,
    /// Location code.
    pub code: LocationCode,
    /// Building it stands in.
    pub building: Option<String>,
    /// What kind of place it is.
    pub kind: Option<LocationKind>,
}

/// An item type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemTypeRecord {
    /// Row.
    pub row: i64,
    /// Common attributes.
    pub header: MasterHeader,
    /// Name as people write it.
    pub code: ItemType,
}

/// A colour code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColorRecord {
    /// Row.
    pub row: i64,
    /// Common attributes.
    pub header: MasterHeader,
    /// Name as people write it.
    pub code: ColorCode,
}

/// What a reason explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// Why pieces became scrap.
    Scrap,
    /// Why stock was corrected.
    Adjust,
    /// Why material is blocked.
    Hold,
    /// Why pieces left.
    Out,
}

impl ReasonKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Scrap, Self::Adjust, Self::Hold, Self::Out];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scrap => "scrap",
            Self::Adjust => "adjust",
            Self::Hold => "hold",
            Self::Out => "out",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A reason code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonRecord {
    /// Row.
    pub row: i64,
    /// Common attributes.
    pub header: MasterHeader,
    /// What it explains.
    pub kind: ReasonKind,
    /// The code, unique within its kind.
    pub code: ReasonCode,
    /// Whether it explains nothing without notes (`other`).
    pub needs_notes: bool,
}

impl ReasonRecord {
    /// Under which folded code a reason is found in its table.
    pub fn lookup_key(kind: ReasonKind, code: &str) -> String {
        crate::word::fold(&format!("{}/{code}", kind.as_str()))
    }
}

impl PartRecord {
    /// The part as a posting names it.
    pub fn named(&self) -> PartRef {
        PartRef { id: self.row, code: self.code.clone() }
    }
}

impl OperationRecord {
    /// The operation as a posting names it.
    pub fn named(&self) -> OperationRef {
        OperationRef { id: self.row, code: self.code.clone() }
    }
}

impl LocationRecord {
    /// The location as a posting names it.
    pub fn named(&self) -> LocationRef {
        LocationRef { id: self.row, code: self.code.clone() }
    }
}

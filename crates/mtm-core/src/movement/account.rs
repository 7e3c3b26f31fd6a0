//! The two ends of a movement.

use serde::{Deserialize, Serialize};

use super::{LocationRef, OperationRef, PartRef};
use crate::word::LotNumber;

/// Where in the process and where in the building.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The routing step.
    pub operation: OperationRef,
    /// The place.
    pub location: LocationRef,
}

/// The unit of on-hand stock: part × operation × location × lot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bucket {
    /// The part.
    pub part: PartRef,
    /// Operation and location.
    pub place: Place,
    /// The lot.
    pub lot: LotNumber,
}

/// The world outside the plant's stock, as accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outside {
    /// Where received pieces come from: a supplier or the plant's own production.
    Supplier,
    /// Where taken pieces go: consumed by a machine or shipped.
    Consumed,
    /// Scrapped pieces.
    Scrap,
    /// The other side of a count result.
    Count,
    /// Where migrated stock comes from.
    Opening,
}

impl Outside {
    /// Every outside account.
    pub const ALL: [Self; 5] =
        [Self::Supplier, Self::Consumed, Self::Scrap, Self::Count, Self::Opening];

    /// The name in tables, API and audit entries.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Supplier => "supplier",
            Self::Consumed => "consumed",
            Self::Scrap => "scrap",
            Self::Count => "count",
            Self::Opening => "opening",
        }
    }

    /// The account of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|account| account.as_str() == name)
    }
}

/// One end of a movement.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Account {
    /// A bucket of on-hand stock.
    Bucket(Bucket),
    /// Outside the plant's stock.
    Outside(Outside),
}

impl Account {
    /// The bucket, if this end is one.
    pub fn bucket(&self) -> Option<&Bucket> {
        match self {
            Self::Bucket(bucket) => Some(bucket),
            Self::Outside(_) => None,
        }
    }
}

impl From<Bucket> for Account {
    fn from(bucket: Bucket) -> Self {
        Self::Bucket(bucket)
    }
}

impl From<Outside> for Account {
    fn from(outside: Outside) -> Self {
        Self::Outside(outside)
    }
}

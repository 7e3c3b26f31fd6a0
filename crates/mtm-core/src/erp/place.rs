//! Places of an ERP, and what it says is there.

use serde::{Deserialize, Serialize};

use super::quantity::ErpQuantity;
use crate::word::fold;

/// A place as the ERP spells it: a location in a warehouse. Both are trimmed; either may be empty, where
/// the ERP says none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErpPlace {
    /// The warehouse's code.
    pub warehouse: String,
    /// The location's code.
    pub location: String,
}

impl ErpPlace {
    /// A place of these codes, trimmed.
    pub fn new(warehouse: &str, location: &str) -> Self {
        Self { warehouse: warehouse.trim().to_owned(), location: location.trim().to_owned() }
    }

    /// The place in the form in which places are compared: codes folded as our own are.
    pub fn folded(&self) -> Self {
        Self { warehouse: fold(&self.warehouse), location: fold(&self.location) }
    }
}

impl std::fmt::Display for ErpPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.warehouse, self.location)
    }
}

/// What the ERP says of one part at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OnHand {
    /// The part as the ERP spells it, trimmed.
    pub part: String,
    /// Where.
    pub place: ErpPlace,
    /// How much; may be below zero.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub quantity: ErpQuantity,
}

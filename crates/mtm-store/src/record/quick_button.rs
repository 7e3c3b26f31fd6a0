//! A user's shortcuts.

use mtm_core::word::{LocationCode, OperationCode, PartCode, Quantity};
use serde::{Deserialize, Serialize};

/// A user's shortcut in one of ten slots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuickButton {
    /// 1 to 10, each at most once per user.
    pub slot: u8,
    /// Part.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub part: PartCode,
    /// Operation.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub operation: OperationCode,
    /// Pieces.
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub quantity: Quantity,
    /// Location, where the shortcut names one.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub location: Option<LocationCode>,
}

impl QuickButton {
    /// How many slots a user has.
    pub const SLOTS: u8 = 10;
}

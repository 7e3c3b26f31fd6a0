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
    pub part: PartCode,
    /// Operation.
    pub operation: OperationCode,
    /// Pieces.
    pub quantity: Quantity,
    /// Location, where the shortcut names one.
    pub location: Option<LocationCode>,
}

impl QuickButton {
    /// How many slots a user has.
    pub const SLOTS: u8 = 10;
}

//! A version as answers and events show it.

use mtm_core::shift::{ShiftPattern, ShiftVersion};
use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};

/// One version of the site's week of shifts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShiftsRow {
    /// Counted from 1; 0 is what every site begins with.
    pub version: u32,
    /// From when on it holds; null where it always did.
    pub effective_from: Option<Timestamp>,
    /// The shifts; none where the site has no shifts.
    pub shifts: Vec<ShiftPattern>,
    /// When it was made; null for what every site begins with.
    pub recorded_at: Option<Timestamp>,
    /// By whom.
    pub recorded_by: Option<String>,
}

impl ShiftsRow {
    /// `version`, of which nothing is known but what it says.
    pub fn of(version: &ShiftVersion) -> Self {
        Self {
            version: version.number,
            effective_from: (version.number > 0).then_some(version.effective_from),
            shifts: version.week.patterns(),
            recorded_at: None,
            recorded_by: None,
        }
    }

    pub(super) fn recorded(self, at: Timestamp, by: String) -> Self {
        Self { recorded_at: Some(at), recorded_by: Some(by), ..self }
    }
}

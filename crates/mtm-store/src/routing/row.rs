//! A version as answers and events show it.

use mtm_core::catalogue::{Catalogue, RoutingStep, RoutingVersion};
use mtm_core::word::{LocationCode, OperationCode, PartCode, Timestamp, Yield};
use serde::{Deserialize, Serialize};

use crate::write::Failure;

/// An operation of a routing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoutingStepRow {
    /// Its place in the sequence; positions grow.
    pub position: u16,
    /// The operation.
    pub operation: OperationCode,
    /// Where pieces go that come to it, unless a booking says otherwise.
    pub location: Option<LocationCode>,
    /// How many of them are expected to come out good.
    #[serde(rename = "yield")]
    pub yields: Option<Yield>,
}

/// One version of a part's routing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoutingRow {
    /// The part.
    pub part: PartCode,
    /// Counted from 1.
    pub version: u32,
    /// From when on it holds.
    pub effective_from: Timestamp,
    /// Whether the routing ends with it: then it has no steps.
    pub retired: bool,
    /// The operations in their order.
    pub steps: Vec<RoutingStepRow>,
    /// When it was made.
    pub recorded_at: Timestamp,
    /// By whom.
    pub recorded_by: String,
}

impl RoutingStepRow {
    /// `step` in words; `None` where the catalogue does not know what it names.
    pub fn of(catalogue: &Catalogue, step: &RoutingStep) -> Option<Self> {
        let location = match step.location {
            Some(id) => Some(catalogue.location_by_id(id)?.code.clone()),
            None => None,
        };
        Some(Self {
            position: step.position,
            operation: catalogue.operation_by_id(step.operation)?.code.clone(),
            location,
            yields: step.yields,
        })
    }
}

impl RoutingRow {
    pub(super) fn new(
        catalogue: &Catalogue,
        part: PartCode,
        version: &RoutingVersion,
        recorded: (Timestamp, String),
    ) -> Result<Self, Failure> {
        let steps = version.steps.iter().map(|step| RoutingStepRow::of(catalogue, step));
        let steps: Option<Vec<_>> = steps.collect();
        let lost = || Failure::Broken(format!("the routing of {part} names what is not there"));
        let steps = steps.ok_or_else(lost)?;
        Ok(Self {
            part,
            version: version.number,
            effective_from: version.effective_from,
            retired: version.ends(),
            steps,
            recorded_at: recorded.0,
            recorded_by: recorded.1,
        })
    }
}

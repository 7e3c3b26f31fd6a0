//! What people are told of: which events are news for somebody, and for whom.

use serde::{Deserialize, Serialize};

use crate::event::EventType;
use crate::policy::Deed;

/// A kind of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The truth light is red.
    Truth,
    /// Another system is told nothing any more, or did not take something.
    Integration,
    /// The stock of a part fell below its minimum.
    Minimum,
    /// A lot that the person received is on hold.
    Hold,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Truth, Self::Integration, Self::Minimum, Self::Hold];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Truth => "truth",
            Self::Integration => "integration",
            Self::Minimum => "minimum",
            Self::Hold => "hold",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The events of this kind.
    pub const fn event(self) -> EventType {
        match self {
            Self::Truth => EventType::TruthViolated,
            Self::Integration => EventType::IntegrationChanged,
            Self::Minimum => EventType::StockBelowMinimum,
            Self::Hold => EventType::LotHeld,
        }
    }

    /// The kind that events of the type of this name are.
    pub fn of_event(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.event().as_str() == name)
    }

    /// What somebody must be allowed to do to be told.
    pub const fn deed(self) -> Deed {
        match self {
            Self::Truth => Deed::Audit,
            Self::Integration => Deed::ReadAdministration,
            Self::Minimum | Self::Hold => Deed::Look,
        }
    }

    /// Whether it is meant for one person.
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Hold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_events_lead_back_to_their_kind() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::from_name(kind.as_str()), Some(kind));
            assert_eq!(NoticeKind::of_event(kind.event().as_str()), Some(kind));
        }
        assert_eq!(NoticeKind::of_event("movement.recorded"), None);
    }
}

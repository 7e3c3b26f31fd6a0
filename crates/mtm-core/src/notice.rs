//! What people are told of: which events are news for somebody, for whom, and by which way.

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
    /// An adjustment waits for a second person.
    Approval,
    /// A label was not printed, or nobody knows whether it was.
    Label,
    /// The stock of a part fell below its minimum.
    Minimum,
    /// A lot that the person received or follows is on hold, by itself or by its part or its place.
    Hold,
    /// A lot that the person follows is free again, or used up.
    Lot,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Truth,
        Self::Integration,
        Self::Approval,
        Self::Label,
        Self::Minimum,
        Self::Hold,
        Self::Lot,
    ];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Truth => "truth",
            Self::Integration => "integration",
            Self::Approval => "approval",
            Self::Label => "label",
            Self::Minimum => "minimum",
            Self::Hold => "hold",
            Self::Lot => "lot",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The events of this kind.
    pub const fn events(self) -> &'static [EventType] {
        match self {
            Self::Truth => &[EventType::TruthViolated],
            Self::Integration => &[EventType::IntegrationChanged],
            Self::Approval => &[EventType::ApprovalRequested],
            Self::Label => &[EventType::LabelFailed],
            Self::Minimum => &[EventType::StockBelowMinimum],
            Self::Hold => &[EventType::LotHeld],
            Self::Lot => &[EventType::LotReleased, EventType::StockDepleted],
        }
    }

    /// The kind that events of this type are.
    pub fn of_event(event: EventType) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.events().contains(&event))
    }

    /// What somebody must be allowed to do to be told.
    pub const fn deed(self) -> Deed {
        match self {
            Self::Truth => Deed::Audit,
            Self::Integration => Deed::ReadAdministration,
            Self::Approval => Deed::ApproveAdjust,
            Self::Label => Deed::Book,
            Self::Minimum | Self::Hold | Self::Lot => Deed::Look,
        }
    }

    /// Whether it is meant for whom it concerns, and for nobody else.
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Hold | Self::Lot)
    }

    /// Whether it concerns whoever received a lot; it always concerns whoever follows it.
    pub const fn concerns_receivers(self) -> bool {
        matches!(self, Self::Hold)
    }
}

/// A way by which somebody is told beyond the program itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeWay {
    /// By e-mail.
    Mail,
    /// By a signed request to an address of the person's own.
    Webhook,
}

impl NoticeWay {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::Mail, Self::Webhook];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }

    /// The way of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_events_lead_back_to_their_kind() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::from_name(kind.as_str()), Some(kind));
            for event in kind.events() {
                assert_eq!(NoticeKind::of_event(*event), Some(kind));
            }
            assert!(kind.is_personal() || !kind.concerns_receivers());
        }
        assert_eq!(NoticeKind::of_event(EventType::MovementRecorded), None);
        for way in NoticeWay::ALL {
            assert_eq!(NoticeWay::from_name(way.as_str()), Some(way));
        }
    }
}

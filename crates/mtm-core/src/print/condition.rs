//! How a printer says it is.

use serde::{Deserialize, Serialize};

/// How a printer is, by what it said or did not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It can print.
    Ready,
    /// It has no paper.
    PaperOut,
    /// It has no ribbon.
    RibbonOut,
    /// Its head is open.
    HeadOpen,
    /// Somebody paused it.
    Paused,
    /// A printed label waits in it to be taken.
    LabelWaiting,
    /// It still has something of somebody else's to print.
    Busy,
    /// It is too hot or too cold.
    Temperature,
    /// It lost its settings.
    MemoryLost,
    /// Nobody answers at its address.
    Unreachable,
    /// It took the connection and says nothing.
    Silent,
    /// It says what no printer of its kind says.
    NotUnderstood,
}

impl Condition {
    /// Every condition.
    pub const ALL: [Self; 12] = [
        Self::Ready,
        Self::PaperOut,
        Self::RibbonOut,
        Self::HeadOpen,
        Self::Paused,
        Self::LabelWaiting,
        Self::Busy,
        Self::Temperature,
        Self::MemoryLost,
        Self::Unreachable,
        Self::Silent,
        Self::NotUnderstood,
    ];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::PaperOut => "paper_out",
            Self::RibbonOut => "ribbon_out",
            Self::HeadOpen => "head_open",
            Self::Paused => "paused",
            Self::LabelWaiting => "label_waiting",
            Self::Busy => "busy",
            Self::Temperature => "temperature",
            Self::MemoryLost => "memory_lost",
            Self::Unreachable => "unreachable",
            Self::Silent => "silent",
            Self::NotUnderstood => "not_understood",
        }
    }

    /// The condition of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|condition| condition.as_str() == name)
    }

    /// The same for whoever stands before it, and what they can do.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::PaperOut => "no paper: load some, and close it",
            Self::RibbonOut => "no ribbon: load one",
            Self::HeadOpen => "its head is open: close it",
            Self::Paused => "paused: press pause on the printer",
            Self::LabelWaiting => "a printed label waits in it: take it",
            Self::Busy => {
                "it still prints something else, or waits for the rest of a label: if that stays so, switch it off and on again"
            }
            Self::Temperature => "too hot or too cold: leave it alone for a while",
            Self::MemoryLost => "it lost its settings: have it set up again",
            Self::Unreachable => {
                "nobody answers at its address: is it switched on, and in the network?"
            }
            Self::Silent => "it took the connection and says nothing: switch it off and on again",
            Self::NotUnderstood => "what it says is no printer's of this kind: check its address",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_condition() {
        for condition in Condition::ALL {
            assert_eq!(Condition::from_name(condition.as_str()), Some(condition));
            assert!(!condition.words().is_empty());
        }
    }
}

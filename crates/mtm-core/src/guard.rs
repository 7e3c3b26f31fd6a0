//! Words about calls to other systems: how the way to one stands, and what somebody decided about it.

use serde::{Deserialize, Serialize};

/// How the way to another system stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = GuardState))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is called.
    Closed,
    /// It is left alone: nothing is sent.
    Open,
    /// One call is under way, to see whether it is well again.
    HalfOpen,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    /// The name in tables, in the API and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// What somebody decided about the way to another system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = GuardOverride))]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// Nothing: it goes by how calls end.
    #[default]
    Automatic,
    /// Nothing is sent until it is decided otherwise.
    Open,
    /// It is called however calls end.
    Closed,
}

impl Hold {
    /// Every decision.
    pub const ALL: [Self; 3] = [Self::Automatic, Self::Open, Self::Closed];

    /// The name in tables, in the API and in the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }

    /// The decision of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hold| hold.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_known_by_its_name() {
        assert!(State::ALL.iter().all(|it| State::from_name(it.as_str()) == Some(*it)));
        assert!(Hold::ALL.iter().all(|it| Hold::from_name(it.as_str()) == Some(*it)));
        assert_eq!(Hold::from_name("ajar"), None);
    }
}

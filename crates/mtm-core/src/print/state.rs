//! How a print job stands, and what may become of it.

use serde::{Deserialize, Serialize};

/// How a print job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It waits for its turn, or for the printer. Nothing of it was sent.
    Queued,
    /// It is being sent, or the printer has it.
    Sending,
    /// The printer said so, or a person saw it.
    Printed,
    /// It was not printed, and is not tried by itself any more.
    Failed,
    /// It was sent, and the printer did not say what became of it.
    Unknown,
    /// Somebody decided that it is not wanted.
    Cancelled,
}

/// What happens to a print job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobDeed {
    /// The first byte is about to be sent.
    Begin,
    /// The printer says that it printed it.
    Confirm,
    /// Nothing of it was sent after all.
    Withhold,
    /// The printer took it and says that it did not print it.
    Refuse,
    /// What became of it cannot be found out.
    Lose,
    /// The printer was not ready for too long.
    GiveUp,
    /// Somebody has it printed now, here or on another printer.
    Send,
    /// Somebody saw that it came out.
    CameOut,
    /// Somebody does not want it any more.
    Cancel,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Sending, Self::Printed, Self::Failed, Self::Unknown, Self::Cancelled];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Printed => "printed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether something is still to become of it without anybody's doing.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Queued | Self::Sending)
    }

    /// Whether it waits for a person.
    pub const fn needs_somebody(self) -> bool {
        matches!(self, Self::Failed | Self::Unknown)
    }

    /// Whether a label of it may be out in the plant: what is printed of the same thing from then on is a copy.
    pub const fn may_be_out(self) -> bool {
        matches!(self, Self::Sending | Self::Printed | Self::Unknown)
    }

    /// How it stands after that; `None` where that cannot happen to it.
    pub const fn after(self, deed: JobDeed) -> Option<Self> {
        Some(match (self, deed) {
            (Self::Queued, JobDeed::Begin) => Self::Sending,
            (Self::Queued, JobDeed::GiveUp) | (Self::Sending, JobDeed::Refuse) => Self::Failed,
            // Somebody may send what waits to another printer.
            (Self::Queued | Self::Failed | Self::Unknown, JobDeed::Send)
            | (Self::Sending, JobDeed::Withhold) => Self::Queued,
            // A printer may say so after nobody knew.
            (Self::Sending | Self::Unknown, JobDeed::Confirm)
            | (Self::Unknown, JobDeed::CameOut) => Self::Printed,
            (Self::Sending, JobDeed::Lose) => Self::Unknown,
            (Self::Queued | Self::Failed | Self::Unknown, JobDeed::Cancel) => Self::Cancelled,
            _ => return None,
        })
    }
}

impl JobDeed {
    /// Every deed.
    pub const ALL: [Self; 9] = [
        Self::Begin,
        Self::Confirm,
        Self::Withhold,
        Self::Refuse,
        Self::Lose,
        Self::GiveUp,
        Self::Send,
        Self::CameOut,
        Self::Cancel,
    ];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Confirm => "confirm",
            Self::Withhold => "withhold",
            Self::Refuse => "refuse",
            Self::Lose => "lose",
            Self::GiveUp => "give_up",
            Self::Send => "send",
            Self::CameOut => "came_out",
            Self::Cancel => "cancel",
        }
    }

    /// Whether it is a person's to decide.
    pub const fn is_somebodys(self) -> bool {
        matches!(self, Self::Send | Self::CameOut | Self::Cancel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_state() {
        for state in JobState::ALL {
            assert_eq!(JobState::from_name(state.as_str()), Some(state));
        }
    }

    /// Only a person leads out of not knowing, and nothing leads out of what is over.
    #[test]
    fn what_may_have_come_out_is_sent_again_by_nobody_but_a_person() {
        for state in JobState::ALL.into_iter().filter(|state| state.may_be_out()) {
            for deed in JobDeed::ALL.into_iter().filter(|deed| !deed.is_somebodys()) {
                let again = state.after(deed) == Some(JobState::Queued);
                assert!(!again || deed == JobDeed::Withhold, "{state:?} {deed:?}");
            }
        }
        for over in [JobState::Printed, JobState::Cancelled] {
            assert!(JobDeed::ALL.into_iter().all(|deed| over.after(deed).is_none()), "{over:?}");
        }
    }

    /// Printed is what a printer said or a person saw.
    #[test]
    fn printed_is_said_by_the_printer_or_seen_by_a_person() {
        for state in JobState::ALL {
            for deed in JobDeed::ALL {
                let is_printed = state.after(deed) == Some(JobState::Printed);
                assert_eq!(
                    is_printed,
                    matches!(
                        (state, deed),
                        (JobState::Sending | JobState::Unknown, JobDeed::Confirm)
                            | (JobState::Unknown, JobDeed::CameOut)
                    )
                );
            }
        }
    }
}

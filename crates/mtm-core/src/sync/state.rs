//! How a posting stands, and what may become of it.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// Who posts what a flow tells.
    Mode {
        Off "off" "Nobody: it stands still, and goes on later where it stands.";
        Shadow "shadow" "Nobody: postings are made and kept to be compared, and never sent.";
        Worklist "worklist" "A person there, from a list; it is proved afterwards where the other system's ledger is read.";
        Automatic "automatic" "This program.";
    }
}

words! {
    /// How a posting stands.
    State {
        Shadow "shadow" "Made to be compared, and never sent.";
        Todo "todo" "A person is to post it.";
        Told "told" "A person said that it was posted; their ledger is to show it.";
        Waiting "waiting" "It is sent when it is its turn.";
        Sending "sending" "It is being sent. Found so after a kill, nobody knows whether it was.";
        Unknown "unknown" "It was sent, and nobody knows what became of it: it is looked up before anything is sent again.";
        Unsure "unsure" "It was sent, and the other system cannot be asked what became of it: a person has to look.";
        Refused "refused" "The other system, or its mapping, says no: a person decides.";
        Posted "posted" "It is in the other system's ledger.";
        Accepted "accepted" "A person accepts that the books differ by it.";
        Withdrawn "withdrawn" "It was undone here before it was posted there: nothing is to be posted.";
    }
}

words! {
    /// What a person decides about a posting.
    Deed {
        Resend "resend" "It is sent, as it is or as they corrected it.";
        Look "look" "It is looked up in the other system.";
        Done "done" "It was posted there by hand.";
        NotDone "not_done" "It was not posted there after all.";
        Accept "accept" "The books may differ by it.";
        Withdraw "withdraw" "The movement was undone here.";
    }
}

impl State {
    /// Whether something is still to become of it.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Todo
            | Self::Told
            | Self::Waiting
            | Self::Sending
            | Self::Unknown
            | Self::Unsure
            | Self::Refused => true,
            Self::Shadow | Self::Posted | Self::Accepted | Self::Withdrawn => false,
        }
    }

    /// Whether nothing goes on before a person does something.
    pub const fn needs_somebody(self) -> bool {
        matches!(self, Self::Todo | Self::Unsure | Self::Refused)
    }

    /// Whether later postings of the same part wait for it: what becomes of it is known soon, and the order
    /// of a part's postings decides whether there are pieces for them. What waits for a person stops nobody.
    pub const fn stops_others(self) -> bool {
        matches!(self, Self::Waiting | Self::Sending | Self::Unknown)
    }

    /// What is in the way of telling the undo of a movement whose posting stands so, by a code and in words:
    /// nobody but a person can say whether there is anything to be taken back there.
    pub const fn against_its_undo(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Unsure => Some((
                "undoes_unsure",
                "it undoes a movement of which nobody knows whether it was posted: post it only if that stands there",
            )),
            Self::Accepted => Some((
                "undoes_accepted",
                "it undoes a movement whose difference was accepted: post it only if that stands there",
            )),
            _ => None,
        }
    }

    /// What becomes of it by `deed`; nothing where that makes no sense. `proved` says that the other system's
    /// ledger is read, and shows by itself what was posted there.
    pub const fn after(self, deed: Deed, proved: bool) -> Option<Self> {
        match (self, deed) {
            // What may have been sent is sent again only after somebody looked: that is what they say by it.
            (Self::Todo | Self::Refused | Self::Unsure, Deed::Resend) => Some(Self::Waiting),
            (Self::Unsure | Self::Refused, Deed::Look) => Some(Self::Unknown),
            (Self::Todo | Self::Refused | Self::Unsure | Self::Unknown, Deed::Done) => {
                Some(if proved { Self::Told } else { Self::Posted })
            }
            (Self::Told, Deed::NotDone) => Some(Self::Todo),
            (Self::Todo | Self::Told | Self::Refused | Self::Unsure, Deed::Accept) => {
                Some(Self::Accepted)
            }
            (Self::Todo | Self::Refused | Self::Waiting, Deed::Withdraw) => Some(Self::Withdrawn),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_may_be_there_is_sent_again_without_a_look() {
        for state in State::ALL {
            let again = state.after(Deed::Resend, false);
            match state {
                State::Todo | State::Refused | State::Unsure => {
                    assert_eq!(again, Some(State::Waiting));
                }
                _ => assert_eq!(again, None, "{state:?}"),
            }
        }
    }

    #[test]
    fn what_is_over_stays_over() {
        for state in State::ALL.iter().filter(|state| !state.is_open()) {
            for deed in Deed::ALL {
                assert_eq!(state.after(*deed, true), None, "{state:?} {deed:?}");
            }
        }
    }

    #[test]
    fn whatever_needs_somebody_can_be_ended_by_somebody() {
        for state in State::ALL.iter().filter(|state| state.needs_somebody()) {
            let ends = [Deed::Done, Deed::Accept].map(|deed| state.after(deed, false));
            assert!(ends.iter().flatten().all(|it| !it.is_open()), "{state:?}");
            assert!(ends.iter().all(Option::is_some), "{state:?}");
        }
    }

    #[test]
    fn what_a_person_posted_is_proved_where_the_ledger_is_read() {
        assert_eq!(State::Todo.after(Deed::Done, true), Some(State::Told));
        assert_eq!(State::Todo.after(Deed::Done, false), Some(State::Posted));
        assert_eq!(State::Told.after(Deed::NotDone, true), Some(State::Todo));
    }

    #[test]
    fn names_lead_back() {
        for mode in Mode::ALL {
            assert_eq!(Mode::from_name(mode.as_str()), Some(*mode));
        }
        for state in State::ALL {
            assert_eq!(State::from_name(state.as_str()), Some(*state));
        }
        for deed in Deed::ALL {
            assert_eq!(Deed::from_name(deed.as_str()), Some(*deed));
        }
        assert_eq!(Mode::from_name("on"), None);
    }
}

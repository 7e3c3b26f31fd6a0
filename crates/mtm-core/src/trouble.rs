//! What trouble means to whoever meets it: six kinds, and what is done about each. The one table by
//! which every boundary acts.
//!
//! A [`Code`](super::code::Code) says exactly what is wrong and its class which status and exit it
//! has. The trouble says whether it passes by itself, whether the same may be sent again, and what is
//! known of the effect. Doors, relays and queues ask it instead of judging by themselves; the page
//! `docs/errors.md` is made from it.

use serde::{Serialize, Serializer};

/// A kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// A rule, or a right that is missing, says no to what was asked for.
    BusinessRejection,
    /// What was asked for cannot be understood, or is about nothing that there is.
    InvalidInput,
    /// It could be, but things stand otherwise than whoever asked expects.
    Conflict,
    /// Not now; it passes.
    Transient,
    /// The answer got lost: nobody knows whether it happened.
    Ambiguous,
    /// Something is broken, and stays so until somebody mends it.
    Permanent,
}

/// Whether the same is to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Again {
    /// Not as it is: whoever asked changes it first.
    Changed,
    /// When whoever asked has looked again and decided; under the same key.
    Decided,
    /// After a pause, by the program itself; under the same key.
    Later,
    /// By the program itself, and under the same key or never: under another it could count twice.
    SameKey,
    /// When somebody has mended what is broken.
    Mended,
}

/// How loudly a server's log tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// It is the caller's: for whoever looks for something.
    Debug,
    /// It is ours and passes.
    Warn,
    /// It is ours and somebody has to look.
    Error,
}

/// What is done about a trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Whether the same is sent again.
    pub again: Again,
    /// What the person in front of the screen is told about the effect, before they are told the cure.
    pub effect: &'static str,
    /// Who has to do something.
    pub who: &'static str,
}

impl Trouble {
    /// Every kind, from the caller's to ours.
    pub const ALL: [Self; 6] = [
        Self::BusinessRejection,
        Self::InvalidInput,
        Self::Conflict,
        Self::Transient,
        Self::Ambiguous,
        Self::Permanent,
    ];

    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BusinessRejection => "business_rejection",
            Self::InvalidInput => "invalid_input",
            Self::Conflict => "conflict",
            Self::Transient => "transient",
            Self::Ambiguous => "ambiguous",
            Self::Permanent => "permanent",
        }
    }

    /// What it is, in one sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::BusinessRejection => "A rule, or a right that is missing, says no.",
            Self::InvalidInput => "The request cannot be understood, or is about nothing there is.",
            Self::Conflict => "Things stand otherwise than the caller expects.",
            Self::Transient => "Not now; it passes.",
            Self::Ambiguous => "The answer got lost: nobody knows whether it happened.",
            Self::Permanent => "Something is broken until somebody mends it.",
        }
    }

    /// What is done about it.
    pub const fn policy(self) -> Policy {
        match self {
            Self::BusinessRejection | Self::InvalidInput => {
                Policy::of(Again::Changed, NOTHING, CALLER)
            }
            Self::Conflict => Policy::of(Again::Decided, NOTHING, CALLER),
            Self::Transient => Policy::of(Again::Later, NOTHING, IF_IT_STAYS),
            Self::Ambiguous => Policy::of(Again::SameKey, UNKNOWN, IF_IT_STAYS),
            Self::Permanent => Policy::of(Again::Mended, NOTHING, "the administrator"),
        }
    }

    /// Whether a program sends the same again by itself.
    pub const fn is_tried_again(self) -> bool {
        self.policy().again.is_by_itself()
    }

    /// What another system's status of HTTP means when it was told something that it shall take.
    ///
    /// Its no is not about our rules: it is set up wrongly, or away, and somebody mends it there, so
    /// the same is sent again. Only "gone" is for good.
    pub const fn of_peer(status: u16) -> Self {
        if status == GONE { Self::Permanent } else { Self::Transient }
    }

    /// What another system's status of HTTP says about that system: none where it took what it was sent.
    ///
    /// A no to what it was sent is a trouble of whoever sent it, and the other system is well. It is away,
    /// too busy or broken where it says so itself, or sends everybody elsewhere.
    pub const fn of_answer(status: u16) -> Option<Self> {
        match status {
            200..=299 => None,
            409 | 412 => Some(Self::Conflict),
            401 | 403 => Some(Self::BusinessRejection),
            408 | 425 | 429 => Some(Self::Transient),
            400..=499 => Some(Self::InvalidInput),
            501 | 505 => Some(Self::Permanent),
            500..=599 => Some(Self::Transient),
            // Neither taken nor refused: it is set up otherwise than we were told.
            _ => Some(Self::Permanent),
        }
    }
}

/// The status by which a receiver says that it wants nothing any more.
const GONE: u16 = 410;
/// They can mend what they sent, or decide.
const CALLER: &str = "whoever asked";
/// The program tries again first.
const IF_IT_STAYS: &str = "the administrator, if it stays";
/// Nothing has happened.
const NOTHING: &str = "Nothing was booked.";
/// It may have happened.
const UNKNOWN: &str = "It is not known whether it was booked.";

impl Policy {
    const fn of(again: Again, effect: &'static str, who: &'static str) -> Self {
        Self { again, effect, who }
    }
}

impl Again {
    /// Whether a program does it without being asked.
    pub const fn is_by_itself(self) -> bool {
        matches!(self, Self::Later | Self::SameKey)
    }

    /// What is to be done, for whoever sends.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Changed => "no; change it first",
            Self::Decided => "after a new look, under the same key",
            Self::Later => "yes, after a pause, under the same key",
            Self::SameKey => "yes, under the same key and never another",
            Self::Mended => "no; somebody has to mend it first",
        }
    }
}

impl Level {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl Serialize for Trouble {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_is_sent_again_by_itself() {
        let again: Vec<_> = Trouble::ALL.into_iter().filter(|it| it.is_tried_again()).collect();
        assert_eq!(again, [Trouble::Transient, Trouble::Ambiguous]);
    }

    #[test]
    fn nobody_is_told_that_nothing_was_booked_when_that_is_not_known() {
        for trouble in Trouble::ALL {
            let known = trouble.policy().effect == NOTHING;
            assert_eq!(known, trouble != Trouble::Ambiguous, "{trouble:?}");
        }
    }

    #[test]
    fn the_documentation_lists_every_kind_as_it_is() {
        let mut table = vec![
            "| trouble | what it is | sent again? | effect | who acts |".to_owned(),
            "|---|---|---|---|---|".to_owned(),
        ];
        table.extend(Trouble::ALL.iter().map(|it| {
            let Policy { again, effect, who } = it.policy();
            let (name, meaning, again) = (it.as_str(), it.meaning(), again.advice());
            format!("| `{name}` | {meaning} | {again} | {effect} | {who} |")
        }));
        let (table, page) = (table.join("\n"), include_str!("../../../docs/errors.md"));
        assert!(page.contains(&table), "docs/errors.md must hold this table:\n{table}");
    }

    #[test]
    fn a_peer_that_says_gone_is_left_alone_and_any_other_is_asked_again() {
        assert!(!Trouble::of_peer(410).is_tried_again());
        for status in [301, 400, 401, 404, 408, 413, 422, 425, 429, 500, 502, 503, 504] {
            assert!(Trouble::of_peer(status).is_tried_again(), "{status}");
        }
    }
}

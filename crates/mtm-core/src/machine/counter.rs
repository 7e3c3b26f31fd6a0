//! From totals to pieces.
//!
//! A counter is believed as far as nothing else explains what it shows, and no further:
//!
//! | the counter shows | nothing was missed | something may have been missed |
//! |---|---|---|
//! | its first total | nothing is counted | nothing is counted |
//! | the same as before | nothing | nothing, unless it may have begun again meanwhile |
//! | more, no faster than the machine works | the difference | the difference, unless it may have begun again meanwhile |
//! | more, faster than that | a question | a question |
//! | less, and it ran over its largest total | the difference over the top, unless it may have begun again | the same |
//! | zero after more | nothing: it began again | a question: how many before it did? |
//! | less otherwise | a question | a question |
//!
//! Whether a counter may have begun again is arithmetic: between two moments no more than `per_hour` allows can have been
//! counted, so a total above that was not reached from zero. That is why every counter has a greatest speed, and why an
//! outage of a minute leaves no question behind a counter that stands at thousands. A counter that never begins again
//! ([`Rules::resets`] is false: a lifetime total) leaves none at all.
//!
//! That nothing was missed means that every change was told: several counts may be told at once, a counter that began
//! again may not be passed over. What stands between a machine and its counter has to ask often enough for that.
//!
//! A question books nothing. It says how many pieces it is about, at least and at most, and waits for a person.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::reading::{Reading, Value};
use crate::word::Timestamp;

/// Seconds within which a count is told, unless it is said otherwise: what stands between a machine and its counter asks
/// it only now and then, and tells several counts at once.
pub const TOLD_WITHIN: u32 = 60;
/// Microseconds by which a machine's clock may run unsteadily, before it counts as set back.
const SET_BACK: i64 = 60_000_000;
/// Microseconds in an hour.
const HOUR: i128 = 3_600_000_000;

/// What is known of how a counter counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rules {
    /// Pieces for each count: the cavities of a mould, the parts of a stroke.
    pub pieces: u32,
    /// The most counts that the machine can make in an hour.
    pub per_hour: u32,
    /// The largest total, after which the counter goes on at zero; `None` where it never gets there.
    pub rollover: Option<u64>,
    /// Whether somebody or something sets it to zero now and then.
    pub resets: bool,
    /// Seconds within which a count is told: for so long "nothing changed" is not believed.
    pub told_within: u32,
}

/// Why nobody can be sure how many pieces there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// More than the machine can make in that time.
    TooFast,
    /// It was not heard for a while, and may have begun again meanwhile.
    MayHaveBegunAgain,
    /// It began again, and what it had counted before is not known.
    BeganAgain,
    /// It shows less, and neither began again nor ran over.
    SetBack,
    /// It ran over, or began again near its largest total.
    RanOver,
}

impl Doubt {
    /// Every doubt.
    pub const ALL: [Self; 5] =
        [Self::TooFast, Self::MayHaveBegunAgain, Self::BeganAgain, Self::SetBack, Self::RanOver];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooFast => "too_fast",
            Self::MayHaveBegunAgain => "may_have_begun_again",
            Self::BeganAgain => "began_again",
            Self::SetBack => "set_back",
            Self::RanOver => "ran_over",
        }
    }

    /// The doubt of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// What is said to people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::TooFast => "the counter jumped by more than the machine can make in that time",
            Self::MayHaveBegunAgain => {
                "the machine was not heard for a while, and its counter may have begun again meanwhile"
            }
            Self::BeganAgain => {
                "the counter began again; what it had counted just before is not known"
            }
            Self::SetBack => "the counter was set back",
            Self::RanOver => "the counter ran over its largest total, or began again near it",
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many pieces there were, as far as anybody can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Why it is one.
    pub doubt: Doubt,
    /// Pieces that there were at least.
    pub least: u64,
    /// Pieces that there can have been at most.
    pub most: u64,
    /// The total before.
    pub from: u64,
    /// The total after.
    pub to: u64,
}

/// What a reading says of pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// None.
    Nothing,
    /// So many.
    Pieces {
        /// Pieces, at least one.
        pieces: u64,
        /// Counts of the machine.
        counts: u64,
        /// The total before.
        from: u64,
        /// The total after.
        to: u64,
    },
    /// Nobody can say by itself.
    Question(Question),
}

/// What is known of a counter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counter {
    /// The total that it showed last; `None` before the first.
    pub value: Option<u64>,
    /// Since when, by the machine's clock.
    pub value_at: Option<Timestamp>,
    /// Until when it is known to have shown that, by the machine's clock.
    pub known_at: Option<Timestamp>,
    /// Whether something may be missing since then.
    pub is_broken: bool,
}

impl Rules {
    /// The most counts between two moments that are `micros` apart: one more than the speed says, because a count
    /// may just have been due.
    fn allowed(&self, micros: i64) -> u64 {
        let counts = i128::from(self.per_hour) * i128::from(micros.max(0)) / HOUR + 1;
        u64::try_from(counts).unwrap_or(u64::MAX)
    }

    /// Microseconds within which a count is told.
    fn lag(&self) -> i64 {
        i64::from(self.told_within) * 1_000_000
    }

    fn pieces(&self, counts: u64) -> u64 {
        counts.saturating_mul(u64::from(self.pieces))
    }
}

impl Counter {
    /// Something may be missing from now on.
    pub const fn lose(&mut self) {
        self.is_broken = self.value.is_some();
    }

    /// Nothing changed until that moment by the machine's clock.
    pub fn quiet(&mut self, until: Timestamp) {
        if self.is_broken || self.value.is_none() {
            return;
        }
        let is_set_back = self.known_at.is_some_and(|known| until < known.plus_micros(-SET_BACK));
        self.known_at = if is_set_back { Some(until) } else { self.known_at.max(Some(until)) };
    }

    /// Takes a reading. `now` stands for its time where the machine has no clock.
    pub fn read(&mut self, rules: &Rules, reading: &Reading, now: Timestamp) -> Count {
        let Value::Total(to) = reading.value else {
            self.lose();
            return Count::Nothing;
        };
        let at = reading.at.unwrap_or(now);
        let count = match self.value {
            None => Count::Nothing,
            // The very same value, and not one that is like it.
            Some(from) if from == to && reading.at.is_some() && reading.at == self.value_at => {
                Count::Nothing
            }
            Some(from) => Step {
                from,
                to,
                allowed: rules.allowed(self.elapsed(rules, at, now)),
                is_broken: self.is_broken,
                began_again: reading.began_again,
            }
            .judge(rules),
        };
        // After a clock was set back nothing is known of the time that it shows again.
        let is_set_back = self.is_ahead_of(at) || self.value_at.is_some_and(|before| at < before);
        let is_anew = self.is_broken || is_set_back;
        let known_at = if is_anew { at } else { self.known_at.map_or(at, |it| it.max(at)) };
        *self = Self {
            value: Some(to),
            value_at: Some(at),
            known_at: Some(known_at),
            is_broken: false,
        };
        count
    }

    /// Whether what is known is of a time that the machine's clock has not reached any more.
    fn is_ahead_of(&self, at: Timestamp) -> bool {
        self.known_at.is_some_and(|known| at < known.plus_micros(-SET_BACK))
    }

    /// Microseconds in which what is new can have come about.
    fn elapsed(&self, rules: &Rules, at: Timestamp, now: Timestamp) -> i64 {
        let known_at = self.known_at.filter(|_| !self.is_ahead_of(at));
        let lagged = known_at.map(|it| it.plus_micros(-rules.lag()));
        let Some(since) = self.value_at.max(lagged) else { return i64::MAX };
        // A machine whose clock was set back is judged by ours.
        let until = if at > since { at } else { now };
        until.micros().saturating_sub(since.micros()).max(0)
    }
}

/// Two totals, one after the other.
struct Step {
    from: u64,
    to: u64,
    /// Counts that there can have been between them.
    allowed: u64,
    is_broken: bool,
    began_again: bool,
}

impl Step {
    fn judge(&self, rules: &Rules) -> Count {
        let may_have_begun_again = rules.resets && self.to <= self.allowed;
        if self.began_again || self.to < self.from {
            return self.judge_less(rules, may_have_begun_again);
        }
        let counts = self.to - self.from;
        if counts > self.allowed {
            return self.question(rules, Doubt::TooFast, 0, counts);
        }
        if self.is_broken && may_have_begun_again {
            return self.question(rules, Doubt::MayHaveBegunAgain, counts, self.allowed);
        }
        if self.is_broken && self.laps(rules) {
            return self.question(rules, Doubt::RanOver, counts, self.allowed);
        }
        self.pieces(rules, counts)
    }

    fn judge_less(&self, rules: &Rules, may_have_begun_again: bool) -> Count {
        let over = rules.rollover.filter(|top| self.from <= *top && self.to <= *top);
        let over = over.map(|top| (top - self.from).saturating_add(1).saturating_add(self.to));
        let over = over.filter(|counts| *counts <= self.allowed && !self.began_again);
        match over {
            Some(counts) if may_have_begun_again => {
                self.question(rules, Doubt::RanOver, self.to, counts.max(self.allowed))
            }
            Some(counts) if self.is_broken && self.laps(rules) => {
                self.question(rules, Doubt::RanOver, counts, self.allowed)
            }
            Some(counts) => self.pieces(rules, counts),
            None if self.began_again || may_have_begun_again => {
                // A counter that was watched, and seen at zero, told everything that it had counted.
                if self.to == 0 && !self.is_broken {
                    return Count::Nothing;
                }
                let least = if self.to <= self.allowed { self.to } else { 0 };
                self.question(rules, Doubt::BeganAgain, least, self.allowed)
            }
            None => self.question(rules, Doubt::SetBack, 0, self.allowed),
        }
    }

    /// Whether there was time to go round once more.
    fn laps(&self, rules: &Rules) -> bool {
        rules.rollover.is_some_and(|top| self.allowed > top)
    }

    fn pieces(&self, rules: &Rules, counts: u64) -> Count {
        if counts == 0 {
            return Count::Nothing;
        }
        Count::Pieces { pieces: rules.pieces(counts), counts, from: self.from, to: self.to }
    }

    fn question(&self, rules: &Rules, doubt: Doubt, least: u64, most: u64) -> Count {
        let (least, most) = (rules.pieces(least), rules.pieces(most));
        Count::Question(Question { doubt, least, most, from: self.from, to: self.to })
    }
}

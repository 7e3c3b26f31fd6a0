//! The rules of a cycle count: what a difference is, which one is too large to be believed, and
//! what becomes of a line.
//!
//! Bookings go on while people count. A line is therefore never compared with the number it was
//! planned with, but with that number and whatever moved between the planning and the moment of
//! counting ([`Tally::expected`]). What moves afterwards does not matter either: a difference is
//! booked as a difference, not as a total.
//!
//! Deliberately absent: who may count and post ([`crate::policy`]), and stock itself. A difference
//! becomes an ordinary command and is decided like every other.

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::rejection::Rejection;
use crate::word::{Delta, Quantity};

/// From which count on a line is decided whatever it says: the first that is too far off asks for
/// a second, and the second decides.
pub const DECIDING_ROUND: u16 = 2;

macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($state:ident $text:literal $state_doc:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $(#[doc = $state_doc] $state,)*
        }

        impl $name {
            /// Every state.
            pub const ALL: &'static [Self] = &[$(Self::$state,)*];

            /// The name in tables, API and command line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$state => $text,)* }
            }

            /// The state of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|state| state.as_str() == name)
            }
        }
    };
}

states! {
    /// How a count stands.
    CountState {
        Open "open" "People count, and leads post what was decided.";
        Posted "posted" "Every difference is booked or left.";
        Cancelled "cancelled" "It was given up; what was posted before stays.";
    }
}

states! {
    /// How a line of a count stands.
    LineState {
        Open "open" "Nobody counted it yet.";
        Recount "recount" "It is to be counted again.";
        Counted "counted" "It was decided and waits for being posted.";
        Posted "posted" "Its difference is booked, or there was none.";
        Left "left" "The count was closed without it.";
    }
}

impl LineState {
    /// What a line is after the count number `round` (from 1), which was `within` the tolerance or
    /// not.
    pub const fn after(round: u16, within: bool) -> Self {
        if within || round >= DECIDING_ROUND { Self::Counted } else { Self::Recount }
    }

    /// Whether a counter may enter a number.
    pub const fn awaits_counter(self) -> bool {
        matches!(self, Self::Open | Self::Recount)
    }

    /// Whether what the ledger expects is kept from whoever looks without deciding. A line that is
    /// to be counted again is as blind as one that was never counted.
    pub const fn is_blind(self) -> bool {
        self.awaits_counter()
    }
}

/// How far a count may be off before somebody counts again. Either bound is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tolerance {
    /// So many pieces.
    pub pieces: Quantity,
    /// So many hundredths of what is expected.
    pub percent: u8,
}

impl Tolerance {
    /// Whether a difference of `variance` from `expected` pieces is believed at once.
    pub fn admits(self, expected: Quantity, variance: Delta) -> bool {
        let off = variance.amount();
        let share = i128::from(expected.units()) * i128::from(self.percent);
        off <= self.pieces || i128::from(off.units()) * 100 <= share
    }
}

/// One count of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Pieces when the count was planned.
    pub snapshot: Quantity,
    /// Pieces that the ledger knew at the moment of counting.
    pub expected: Quantity,
    /// Pieces that were there.
    pub counted: Quantity,
}

impl Tally {
    /// What the ledger knew at a past moment: what is there now without what came (`since`, in
    /// 10⁻⁶ pieces, signed) after it. Clocks of two servers may disagree by a blink, so that the
    /// sum can be below nothing; there is no such stock.
    pub fn expected(present: Quantity, since: i64) -> Quantity {
        let units = present.units().saturating_sub(since).max(0);
        Quantity::from_units(units).unwrap_or_default()
    }

    /// What moved between the planning and the counting.
    pub fn moved(&self) -> Delta {
        Delta::between(self.snapshot, self.expected)
    }

    /// What was counted more, or less, than snapshot and movements say.
    pub fn variance(&self) -> Delta {
        Delta::between(self.expected, self.counted)
    }
}

/// A refusal as it is told at the line of a count: what takes a second person is posted by
/// somebody who did not count it.
pub fn of_a_line(refusal: Rejection) -> Rejection {
    if refusal.code != Code::ApprovalRequired {
        return refusal;
    }
    let message =
        "you counted it, and it is more than one person adjusts by: somebody else must post it";
    Rejection { code: Code::OtherPersonNeeded, message: message.to_owned(), ..refusal }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(pieces: i64) -> Quantity {
        Quantity::pieces(pieces).unwrap()
    }

    fn delta(pieces: i64) -> Delta {
        Delta::pieces(pieces).unwrap()
    }

    #[test]
    fn either_bound_of_a_tolerance_is_enough() {
        let none = Tolerance::default();
        assert!(none.admits(pieces(500), delta(0)));
        assert!(!none.admits(pieces(500), delta(1)));
        let five = Tolerance { pieces: pieces(5), percent: 0 };
        assert!(five.admits(pieces(0), delta(5)) && five.admits(pieces(9), delta(-5)));
        assert!(!five.admits(pieces(100_000), delta(-6)));
        let two_percent = Tolerance { pieces: pieces(0), percent: 2 };
        assert!(two_percent.admits(pieces(500), delta(-10)));
        assert!(!two_percent.admits(pieces(500), delta(11)));
        assert!(!two_percent.admits(pieces(0), delta(1)));
        let both = Tolerance { pieces: pieces(1), percent: 2 };
        assert!(both.admits(pieces(3), delta(1)) && both.admits(pieces(500), delta(10)));
    }

    #[test]
    fn the_second_count_decides() {
        assert_eq!(LineState::after(1, true), LineState::Counted);
        assert_eq!(LineState::after(1, false), LineState::Recount);
        assert_eq!(LineState::after(2, false), LineState::Counted);
        assert_eq!(LineState::after(3, false), LineState::Counted);
        for state in LineState::ALL {
            assert_eq!(LineState::from_name(state.as_str()), Some(*state));
            assert_eq!(state.is_blind(), state.awaits_counter());
            let open = [LineState::Open, LineState::Recount].contains(state);
            assert_eq!(state.awaits_counter(), open, "{state:?}");
        }
        for state in CountState::ALL {
            assert_eq!(CountState::from_name(state.as_str()), Some(*state));
        }
    }

    #[test]
    fn whoever_counted_does_not_post_what_takes_two() {
        let refusal =
            |code| Rejection::new(code, "counted", "-60 is more than one person adjusts by");
        let told = of_a_line(refusal(Code::ApprovalRequired));
        assert_eq!(told.code, Code::OtherPersonNeeded);
        assert!(told.message.starts_with("you counted it"), "{told}");
        assert_eq!(told.field.as_deref(), Some("counted"));
        let other = refusal(Code::OnHold);
        assert_eq!(of_a_line(other.clone()), other);
    }

    /// Pieces of a bucket after each of these movements, in order; none takes more than is there.
    fn balances(start: i64, movements: &[i64]) -> Vec<i64> {
        let mut balance = start;
        let mut all = vec![balance];
        for movement in movements {
            balance = (balance + movement).max(0);
            all.push(balance);
        }
        all
    }

    proptest! {
        /// Whoever counts what is truly there never makes a difference, whatever moves before the
        /// counting and between the counting and its entry; and where pieces are missing or too
        /// many, exactly these are told, so that booking them makes the ledger right.
        #[test]
        fn movements_during_a_count_are_no_difference(
            start in 0_i64..1_000,
            movements in prop::collection::vec(-300_i64..300, 0..20),
            counted_after in 0_usize..20,
            wrong in -50_i64..50,
        ) {
            let known = balances(start, &movements);
            let present = *known.last().unwrap();
            let counted_after = counted_after.min(movements.len());
            let then = known[counted_after];
            let since = (present - then) * 1_000_000;
            let really = (then + wrong).max(0);
            let tally = Tally {
                snapshot: pieces(start),
                expected: Tally::expected(pieces(present), since),
                counted: pieces(really),
            };
            prop_assert_eq!(tally.variance().whole(), really - then);
            prop_assert_eq!(tally.moved().whole(), then - start);
            let corrected = present + tally.variance().whole();
            let on_the_floor = present + (really - then);
            prop_assert_eq!(corrected, on_the_floor);
            if really == then {
                prop_assert!(tally.variance().is_zero());
            }
        }
    }
}

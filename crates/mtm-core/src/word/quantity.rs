//! Quantities: exact fixed-point integers in units of 10⁻⁶ piece, whole pieces outside.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const SCALE: i64 = 1_000_000;

/// Why a number is not a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Below zero where an amount is meant.
    #[error("a quantity cannot be negative")]
    Negative,
    /// Larger than any plant can mean (more than 10¹² pieces).
    #[error("the quantity is too large")]
    TooLarge,
    /// Stored units that are not whole pieces.
    #[error("the quantity is not a whole number of pieces")]
    Fraction,
}

/// An amount of pieces, never negative. Held in 10⁻⁶ pieces so that parts with decimals fit the
/// same column later; today every value is whole.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Quantity(i64);

impl Quantity {
    /// No pieces.
    pub const ZERO: Self = Self(0);
    /// The most pieces a quantity can hold.
    pub const MAX_PIECES: i64 = 1_000_000_000_000;

    /// The site's hard bound of one receipt unless set otherwise: 100,000 pieces.
    pub const BOUND: Self = Self(100_000 * SCALE);

    /// An amount of whole pieces.
    pub fn pieces(pieces: i64) -> Result<Self, QuantityError> {
        if pieces < 0 {
            Err(QuantityError::Negative)
        } else if pieces > Self::MAX_PIECES {
            Err(QuantityError::TooLarge)
        } else {
            Ok(Self(pieces * SCALE))
        }
    }

    /// An amount read from a column of 10⁻⁶ units.
    pub fn from_units(units: i64) -> Result<Self, QuantityError> {
        if units < 0 {
            Err(QuantityError::Negative)
        } else if units % SCALE != 0 {
            Err(QuantityError::Fraction)
        } else {
            Self::pieces(units / SCALE)
        }
    }

    /// The value for a column of 10⁻⁶ units.
    pub fn units(self) -> i64 {
        self.0
    }

    /// Whole pieces.
    pub fn whole(self) -> i64 {
        self.0 / SCALE
    }

    /// Whether there are none.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, unless it is larger than any quantity.
    pub fn plus(self, other: Self) -> Option<Self> {
        let sum = self.0.checked_add(other.0)?;
        (sum <= Self::MAX_PIECES * SCALE).then_some(Self(sum))
    }

    /// What remains after taking `other`, unless that is more than there is.
    pub fn minus(self, other: Self) -> Option<Self> {
        (other.0 <= self.0).then(|| Self(self.0 - other.0))
    }

    /// `self × n`, unless it is larger than any quantity.
    pub fn times(self, n: u32) -> Option<Self> {
        let product = self.0.checked_mul(i64::from(n))?;
        (product <= Self::MAX_PIECES * SCALE).then_some(Self(product))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.whole().fmt(f)
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} pcs", self.whole())
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.whole())
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::pieces(i64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A signed change of a quantity, in the same units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Delta(i64);

impl Delta {
    /// A change of whole pieces.
    pub fn pieces(pieces: i64) -> Result<Self, QuantityError> {
        if pieces.unsigned_abs() > Quantity::MAX_PIECES.unsigned_abs() {
            return Err(QuantityError::TooLarge);
        }
        Ok(Self(pieces))
    }

    /// What is to be added to `from` to make it `to`.
    pub fn between(from: Quantity, to: Quantity) -> Self {
        Self((to.0 - from.0) / SCALE)
    }

    /// Whole pieces, signed.
    pub fn whole(self) -> i64 {
        self.0
    }

    /// Whether nothing changes.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The amount without its sign.
    pub fn amount(self) -> Quantity {
        Quantity(self.0.abs() * SCALE)
    }

    /// Whether pieces are added.
    pub fn is_increase(self) -> bool {
        self.0 > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_never_leaves_the_range() {
        let five = Quantity::pieces(5).unwrap();
        assert_eq!(five.minus(Quantity::pieces(6).unwrap()), None);
        assert_eq!(five.minus(five), Some(Quantity::ZERO));
        let most = Quantity::pieces(Quantity::MAX_PIECES).unwrap();
        assert_eq!(most.plus(five), None);
        assert_eq!(most.times(2), None);
        assert_eq!(Quantity::pieces(-1), Err(QuantityError::Negative));
        assert_eq!(Quantity::from_units(1), Err(QuantityError::Fraction));
    }

    #[test]
    fn the_largest_quantity_is_one() {
        let most = Quantity::pieces(Quantity::MAX_PIECES).unwrap();
        let one = Quantity::pieces(1).unwrap();
        let less = most.minus(one).unwrap();
        assert_eq!(
            (less.plus(one), less.plus(one).and_then(|most| most.plus(one))),
            (Some(most), None)
        );
        let half = Quantity::pieces(Quantity::MAX_PIECES / 2).unwrap();
        assert_eq!((half.times(2), half.times(3)), (Some(most), None));
        assert_eq!(Quantity::pieces(Quantity::MAX_PIECES + 1), Err(QuantityError::TooLarge));
        assert_eq!(Quantity::from_units(most.units()), Ok(most));
        assert_eq!(Quantity::from_units(0), Ok(Quantity::ZERO));
        assert_eq!(Quantity::from_units(-SCALE), Err(QuantityError::Negative));
        assert_eq!(Quantity::from_units(7 * SCALE).map(Quantity::whole), Ok(7));
    }

    #[test]
    fn a_change_leads_from_one_quantity_to_the_other() {
        let pieces = |n| Quantity::pieces(n).unwrap();
        let change = |from, to| Delta::between(pieces(from), pieces(to));
        let (fewer, none, more) = (change(30, 27), change(30, 30), change(27, 30));
        assert_eq!((fewer.whole(), none.whole(), more.whole()), (-3, 0, 3));
        assert_eq!((fewer.amount(), more.amount()), (pieces(3), pieces(3)));
        assert!(none.is_zero() && !fewer.is_zero() && !more.is_zero());
        assert!(more.is_increase() && !none.is_increase() && !fewer.is_increase());
        for sign in [-1, 1] {
            let most = sign * Quantity::MAX_PIECES;
            assert_eq!(Delta::pieces(most).map(Delta::whole), Ok(most));
            assert_eq!(Delta::pieces(most + sign), Err(QuantityError::TooLarge));
        }
    }

    #[test]
    fn json_takes_integers_only() {
        assert_eq!(serde_json::from_str::<Quantity>("30").unwrap(), Quantity::pieces(30).unwrap());
        for wrong in ["30.0", "3e1", "true", "\"30\"", "-1", "null"] {
            assert!(serde_json::from_str::<Quantity>(wrong).is_err(), "{wrong} was accepted");
        }
    }
}

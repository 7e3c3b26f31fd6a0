//! Quantities as an ERP has them: fractions, and below zero.

use std::fmt;
use std::ops::Neg;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Units in a piece.
const UNITS: i64 = 1_000_000;
/// Digits behind the point that are kept.
const PLACES: usize = 6;
/// Longest text that is looked at, in bytes: forty digits, a sign, a point and an exponent.
const TEXT_MAX: usize = 64;
/// The greatest power of ten that a text may have, either way.
const EXPONENT_MAX: i32 = 40;

/// A text is no quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ErpQuantityError {
    /// It is not written as a decimal number.
    #[error("not a decimal number")]
    NotANumber,
    /// More than 10⁹ pieces, either way: sums over a ledger of it could not be kept exactly.
    #[error("more than 1,000,000,000")]
    TooLarge,
}

/// A quantity in 10⁻⁶ of the ERP's unit; may be below zero. Written as the shortest decimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ErpQuantity(pub i64);

impl ErpQuantity {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The greatest that one row may have: 10⁹ pieces.
    pub const MAX: Self = Self(1_000_000_000 * UNITS);

    /// In units of 10⁻⁶.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// So many whole pieces, saturating.
    pub const fn of_pieces(pieces: i64) -> Self {
        Self(pieces.saturating_mul(UNITS))
    }

    /// The sum, saturating: two rows of at most [`Self::MAX`] are far from it.
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, saturating.
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Reads decimal text as databases write it: `12`, `-0.5`, `.50000000`, `1e-05`. More than six
    /// digits behind the point are rounded, half to even; the second value says that something was lost.
    pub fn parse(text: &str) -> Result<(Self, bool), ErpQuantityError> {
        let text = text.trim();
        if text.is_empty() || text.len() > TEXT_MAX {
            return Err(ErpQuantityError::NotANumber);
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            None => (text, 0),
            Some((mantissa, exponent)) => {
                let exponent: i32 = exponent.parse().map_err(|_| ErpQuantityError::NotANumber)?;
                (mantissa, exponent.clamp(-EXPONENT_MAX, EXPONENT_MAX))
            }
        };
        let (negative, digits) = match mantissa.as_bytes().first() {
            Some(b'-') => (true, &mantissa[1..]),
            Some(b'+') => (false, &mantissa[1..]),
            _ => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(ErpQuantityError::NotANumber);
        }
        let digits: Vec<u8> =
            whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
        // Where the last unit stands among the digits, counted from the first.
        let last = i64::try_from(whole.len()).unwrap_or(i64::MAX)
            + i64::from(exponent)
            + i64::try_from(PLACES).unwrap_or(0);
        let (units, inexact) = rounded(&digits, last)?;
        Ok((Self(if negative { -units } else { units }), inexact))
    }
}

/// The first `last` digits as a number, rounded half to even by those behind.
fn rounded(digits: &[u8], last: i64) -> Result<(i64, bool), ErpQuantityError> {
    let at = |place: i64| {
        let place = usize::try_from(place).ok();
        place.and_then(|place| digits.get(place)).copied().unwrap_or(0)
    };
    let mut units: i64 = 0;
    for place in 0..last.max(0) {
        units = units * 10 + i64::from(at(place));
        if units > ErpQuantity::MAX.0 {
            return Err(ErpQuantityError::TooLarge);
        }
    }
    // A number whose first digit stands behind the last unit has zeros in between: all of it is lost.
    let lost = digits.iter().skip(usize::try_from(last.max(0)).unwrap_or(usize::MAX));
    let inexact = lost.clone().any(|&digit| digit != 0);
    if last >= 0 {
        let half = at(last);
        let more = lost.skip(1).any(|&digit| digit != 0);
        if half > 5 || half == 5 && (more || units % 2 == 1) {
            units += 1;
        }
    }
    if units > ErpQuantity::MAX.0 {
        return Err(ErpQuantityError::TooLarge);
    }
    Ok((units, inexact))
}

impl Neg for ErpQuantity {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl fmt::Display for ErpQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let (whole, fraction) =
            (magnitude / UNITS.unsigned_abs(), magnitude % UNITS.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        if fraction == 0 {
            return f.pad(&format!("{sign}{whole}"));
        }
        let digits = format!("{fraction:06}");
        f.pad(&format!("{sign}{whole}.{}", digits.trim_end_matches('0')))
    }
}

impl fmt::Debug for ErpQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ErpQuantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ErpQuantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (quantity, _) = Self::parse(&text).map_err(serde::de::Error::custom)?;
        Ok(quantity)
    }
}

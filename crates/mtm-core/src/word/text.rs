//! Codes and short texts: folding, bounds, and one newtype for each word.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not a valid word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// Nothing is left after trimming.
    #[error("{word} is empty")]
    Empty {
        /// The word that was expected, e.g. "part number".
        word: &'static str,
    },
    /// More characters than the word allows.
    #[error("{word} has {length} characters; at most {max} are allowed")]
    TooLong {
        /// The word that was expected.
        word: &'static str,
        /// Characters found after folding.
        length: usize,
        /// Characters allowed.
        max: usize,
    },
    /// A control character: usually an unfiltered scanner prefix or a pasted tab.
    #[error("{word} holds the control character U+{code_point:04X}")]
    ControlCharacter {
        /// The word that was expected.
        word: &'static str,
        /// The offending character.
        code_point: u32,
    },
}

/// Trims `text` and folds every run of blanks into one space, keeping the case.
fn squeeze(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    for piece in text.split_whitespace() {
        if !squeezed.is_empty() {
            squeezed.push(' ');
        }
        squeezed.push_str(piece);
    }
    squeezed
}

/// The form in which codes are compared: trimmed, runs of blanks folded, upper-cased.
///
/// ```
/// assert_eq!(mtm_core::word::fold("  r-e4-18 "), "R-E4-18");
/// assert_eq!(mtm_core::word::fold("24  126\u{a0}251"), "24 126 251");
/// ```
pub fn fold(text: &str) -> String {
    squeeze(text).to_uppercase()
}

fn bounded(word: &'static str, text: String, max: usize) -> Result<Arc<str>, WordError> {
    if text.is_empty() {
        return Err(WordError::Empty { word });
    }
    if let Some(found) = text.chars().find(|c| c.is_control()) {
        return Err(WordError::ControlCharacter { word, code_point: found.into() });
    }
    let length = text.chars().count();
    if length > max {
        return Err(WordError::TooLong { word, length, max });
    }
    Ok(text.into())
}

macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $word:literal, max $max:literal, $shape:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Most characters the word may have.
            pub const MAX: usize = $max;

            /// Parses and folds `text`.
            pub fn parse(text: &str) -> Result<Self, WordError> {
                let shape: fn(&str) -> String = $shape;
                bounded($word, shape(text), $max).map(Self)
            }

            /// The folded text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = WordError;
            fn from_str(text: &str) -> Result<Self, WordError> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

word!(
    /// A part number from master data. No pattern is right for it: plants use dashes, dots,
    /// slashes, blanks and parentheses.
    PartCode, "part number", max 50, fold
);
word!(
    /// A routing step of a part, usually a number (`19`, `252-01`); `N/A` for parts without one.
    /// It says where in the process the pieces are and never decides a movement's type.
    OperationCode, "operation", max 20, fold
);
word!(
    /// A place in a building (`R-E4-18`, `FLOOR - WIP AISLE`).
    LocationCode, "location", max 50, fold
);
word!(
    /// The number of a lot: one container or batch received together. Ten digits, zero-padded,
    /// when the system allocates it; a shorter run of digits is completed on parsing.
    LotNumber, "lot number", max 30, fold_lot
);
word!(
    /// A work order: `WO-` and six digits; digits alone are completed, longer ERP ids kept.
    WorkOrder, "work order", max 30, fold_work_order
);
word!(
    /// What kind of material a lot is: WIP, Dunnage, Outside Service, Other (extensible).
    /// Keeps its spelling; compared through [`fold`].
    ItemType, "item type", max 50, squeeze
);
word!(
    /// The colour a lot is marked with. Keeps its spelling; compared through [`fold`].
    ColorCode, "colour code", max 50, squeeze
);
word!(
    /// The code of a reason (`damaged`, `count`, `quality`, `other`), lower-case.
    ReasonCode, "reason", max 40, |text| squeeze(text).to_lowercase()
);
word!(
    /// A user's login name. Keeps its spelling; compared through [`fold`].
    UserName, "user name", max 100, squeeze
);
word!(
    /// The name of an enrolled terminal.
    StationName, "station", max 60, squeeze
);
word!(
    /// The name of a shift (`1`, `Early`). Keeps its spelling; compared through [`fold`].
    ShiftName, "shift name", max 20, squeeze
);
word!(
    /// Free text of a person: notes, the reason of a reversal. Line breaks become blanks.
    Note, "notes", max 1000, squeeze
);

fn fold_lot(text: &str) -> String {
    let folded = fold(text);
    if !folded.is_empty() && folded.len() < 10 && folded.bytes().all(|b| b.is_ascii_digit()) {
        format!("{folded:0>10}")
    } else {
        folded
    }
}

fn fold_work_order(text: &str) -> String {
    let folded = fold(text);
    let digits = folded.strip_prefix("WO-").unwrap_or(&folded);
    if !digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|b| b.is_ascii_digit()) {
        format!("WO-{digits:0>6}")
    } else {
        folded
    }
}

impl LotNumber {
    /// The lot number that the system allocates for the counter value `n`.
    pub fn allocated(n: u64) -> Self {
        Self(format!("{n:010}").into())
    }

    /// The counter value behind a ten-digit number; `None` for numbers of other shapes.
    pub fn counter(&self) -> Option<u64> {
        (self.0.len() == 10 && self.0.bytes().all(|b| b.is_ascii_digit()))
            .then(|| self.0.parse().ok())
            .flatten()
    }
}

impl OperationCode {
    /// The operation of parts without routing.
    pub const NOT_APPLICABLE: &'static str = "N/A";

    /// The operation of parts without routing, as a value.
    pub fn not_applicable() -> Self {
        Self(Self::NOT_APPLICABLE.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_part_numbers_survive_folding() {
        for code in ["11058-1779", "A0003892000", "1094.397.016", "24 126 251", "CARDBOARD (39X39)"]
        {
            assert_eq!(PartCode::parse(code).unwrap().as_str(), code);
        }
        assert_eq!(PartCode::parse(" a\t 1 ").unwrap().as_str(), "A 1");
    }

    #[test]
    fn blank_long_and_control_are_refused() {
        assert_eq!(PartCode::parse("  "), Err(WordError::Empty { word: "part number" }));
        assert!(matches!(
            PartCode::parse(&"X".repeat(51)),
            Err(WordError::TooLong { length: 51, max: 50, .. })
        ));
        assert!(matches!(
            PartCode::parse("A\u{1d}B"),
            Err(WordError::ControlCharacter { code_point: 0x1d, .. })
        ));
    }

    #[test]
    fn short_digits_complete_lots_and_work_orders() {
        assert_eq!(LotNumber::parse("42").unwrap(), LotNumber::allocated(42));
        assert_eq!(LotNumber::parse("lot-7").unwrap().as_str(), "LOT-7");
        assert_eq!(LotNumber::allocated(42).counter(), Some(42));
        assert_eq!(LotNumber::parse("lot-7").unwrap().counter(), None);
        assert_eq!(WorkOrder::parse("60723").unwrap().as_str(), "WO-060723");
        assert_eq!(WorkOrder::parse("wo-60723").unwrap().as_str(), "WO-060723");
        assert_eq!(WorkOrder::parse("M-1234567").unwrap().as_str(), "M-1234567");
    }
}

//! Weights, exactly.

use std::fmt;
use std::str::FromStr;

/// Decimal places that the text of a weight may have.
const PLACES: usize = 6;

/// Digits before them.
const DIGITS: usize = 9;

/// A unit of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Milligram.
    Milligram,
    /// Gram.
    Gram,
    /// Kilogram.
    Kilogram,
    /// Metric ton.
    Ton,
    /// Avoirdupois ounce: 28.349523125 g.
    Ounce,
    /// Avoirdupois pound: 453.59237 g.
    Pound,
}

impl Unit {
    const ALL: [Self; 6] =
        [Self::Milligram, Self::Gram, Self::Kilogram, Self::Ton, Self::Ounce, Self::Pound];

    /// How it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Milligram => "mg",
            Self::Gram => "g",
            Self::Kilogram => "kg",
            Self::Ton => "t",
            Self::Ounce => "oz",
            Self::Pound => "lb",
        }
    }

    /// Nanograms of one, by definition (NIST Handbook 44, appendix C).
    const fn nanograms(self) -> i128 {
        match self {
            Self::Milligram => 1_000_000,
            Self::Gram => 1_000_000_000,
            Self::Kilogram => 1_000_000_000_000,
            Self::Ton => 1_000_000_000_000_000,
            Self::Ounce => 28_349_523_125,
            Self::Pound => 453_592_370_000,
        }
    }

    /// The unit of this text, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// A weight in units of 10⁻¹⁵ g, so that every text with six decimal places is exact in each unit, with the text
/// it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mass {
    femtograms: i128,
    /// What its last digit counts.
    step: i128,
    shown: String,
}

/// What is wrong with the text of a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MassError {
    /// It is no decimal number.
    #[error("no decimal number of at most nine digits and six decimal places")]
    Number,
    /// Its unit is missing or not known.
    #[error("without one of the units mg, g, kg, t, oz, lb")]
    Unit,
}

impl Mass {
    /// `number` of `unit`: digits with a point or a comma, blanks before it and after its sign.
    pub fn new(number: &str, unit: Unit) -> Result<Self, MassError> {
        let trimmed = number.trim();
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let digits = digits.trim_start();
        let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
        let plain = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
        let bounded = whole.len() <= DIGITS && part.len() <= PLACES;
        if whole.is_empty() || !bounded || !plain(whole) || !plain(part) {
            return Err(MassError::Number);
        }
        let text = format!("{whole}{part:0<PLACES$}");
        let millionths: i128 = text.parse().map_err(|_| MassError::Number)?;
        let femtograms = millionths * unit.nanograms();
        let step = (part.len()..PLACES).fold(unit.nanograms(), |step, _| step * 10);
        let sign = if negative { "-" } else { "" };
        let point = if part.is_empty() { "" } else { "." };
        let shown = format!("{sign}{whole}{point}{part} {}", unit.as_str());
        Ok(Self { femtograms: if negative { -femtograms } else { femtograms }, step, shown })
    }

    /// In units of 10⁻¹⁵ g.
    pub const fn femtograms(&self) -> i128 {
        self.femtograms
    }

    /// What one of its last digit counts, in the same units: a scale rounds to half of it at best.
    pub const fn step(&self) -> i128 {
        self.step
    }
}

impl FromStr for Mass {
    type Err = MassError;

    fn from_str(text: &str) -> Result<Self, MassError> {
        let text = text.trim();
        let at = text.find(|it: char| it.is_ascii_alphabetic()).ok_or(MassError::Unit)?;
        let unit = Unit::parse(&text[at..]).ok_or(MassError::Unit)?;
        Self::new(&text[..at], unit)
    }
}

impl fmt::Display for Mass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mass(text: &str) -> i128 {
        text.parse::<Mass>().unwrap().femtograms()
    }

    #[test]
    fn units_are_exact() {
        assert_eq!(mass("1 lb"), mass("16 oz"));
        assert_eq!(mass("1 lb"), mass("453.59237 g"));
        assert_eq!(mass("12.345 kg"), mass("12345g"));
        assert_eq!(mass("0,000001 t"), mass("1 G"));
        assert_eq!(mass("- 0.5 kg"), -mass("500000 mg"));
        assert_eq!("+0012.50 KG".parse::<Mass>().unwrap().to_string(), "0012.50 kg");
        assert_eq!(mass("999999999.999999 t"), 999_999_999_999_999 * 1_000_000_000_000_000);
    }

    #[test]
    fn the_last_digit_says_what_was_rounded() {
        for (text, step) in [("12.345 kg", "1 g"), ("12 kg", "1 kg"), ("0.000000 t", "1 g")] {
            assert_eq!(text.parse::<Mass>().unwrap().step(), mass(step), "{text}");
        }
    }

    #[test]
    fn what_is_no_weight_is_refused() {
        for text in ["kg", "1.2.3 kg", "1234567890 g", "0.0000001 g", "--1 g", "1 2 g"] {
            assert_eq!(text.parse::<Mass>(), Err(MassError::Number), "{text}");
        }
        for text in ["12", "12 stone", "1e3 kg", ""] {
            assert_eq!(text.parse::<Mass>(), Err(MassError::Unit), "{text}");
        }
    }
}

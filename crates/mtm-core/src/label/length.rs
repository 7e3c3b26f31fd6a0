//! Lengths on a label, and the resolution of a printer.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length in whole micrometres, so that templates compare exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Length(u32);

const MICROMETRES_PER_INCH: u64 = 25_400;

impl Length {
    /// The longest one: labels are not wider or higher than 300 mm.
    pub const MAX: Self = Self(300_000);

    /// `micrometres`, as a length.
    pub const fn micrometres(micrometres: u32) -> Self {
        Self(micrometres)
    }

    /// So many millimetres, to the nearest micrometre; none below zero or beyond [`Length::MAX`].
    pub fn millimetres(millimetres: f64) -> Option<Self> {
        if !(0.0..=300.0).contains(&millimetres) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was checked above"
        )]
        let micrometres = (millimetres * 1000.0).round() as u32;
        Some(Self(micrometres))
    }

    /// In micrometres.
    pub const fn in_micrometres(self) -> u32 {
        self.0
    }

    /// The nearest number of dots of a printer.
    pub fn dots(self, dpi: Dpi) -> u32 {
        let scaled = u64::from(self.0) * u64::from(dpi.number());
        u32::try_from((scaled + MICROMETRES_PER_INCH / 2) / MICROMETRES_PER_INCH)
            .unwrap_or(u32::MAX)
    }

    /// So many dots of a printer.
    pub fn of_dots(dots: u32, dpi: Dpi) -> Self {
        let scaled = u64::from(dots) * MICROMETRES_PER_INCH;
        Self(u32::try_from(scaled / u64::from(dpi.number())).unwrap_or(u32::MAX))
    }
}

impl std::fmt::Display for Length {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, part) = (self.0 / 1000, self.0 % 1000);
        if part == 0 {
            return write!(f, "{whole} mm");
        }
        let digits = format!("{part:03}");
        write!(f, "{whole}.{} mm", digits.trim_end_matches('0'))
    }
}

/// The resolution of a printer, in dots per inch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dpi {
    /// 203: 8 dots to the millimetre.
    #[default]
    D203,
    /// 300: nearly 12 dots to the millimetre.
    D300,
    /// 600: nearly 24 dots to the millimetre.
    D600,
}

impl Dpi {
    /// Every resolution that label printers are sold with.
    pub const ALL: [Self; 3] = [Self::D203, Self::D300, Self::D600];

    /// Dots per inch.
    pub const fn number(self) -> u16 {
        match self {
            Self::D203 => 203,
            Self::D300 => 300,
            Self::D600 => 600,
        }
    }

    /// The resolution of this number.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|dpi| dpi.number() == number)
    }
}

impl Serialize for Dpi {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(self.number())
    }
}

impl<'de> Deserialize<'de> for Dpi {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u16::deserialize(deserializer)?;
        Self::from_number(number).ok_or_else(|| serde::de::Error::custom("dpi is 203, 300 or 600"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_become_the_nearest_dots() {
        let mm = |mm| Length::millimetres(mm).unwrap();
        assert_eq!((mm(25.4).dots(Dpi::D203), mm(25.4).dots(Dpi::D600)), (203, 600));
        assert_eq!((mm(0.5).dots(Dpi::D203), mm(0.5).dots(Dpi::D300)), (4, 6));
        assert_eq!(mm(0.0).dots(Dpi::D203), 0);
        assert_eq!(Length::of_dots(203, Dpi::D203), mm(25.4));
        assert_eq!((mm(4.0).to_string(), mm(0.25).to_string()), ("4 mm".into(), "0.25 mm".into()));
        for wrong in [-0.001, 300.001, f64::NAN, f64::INFINITY] {
            assert_eq!(Length::millimetres(wrong), None);
        }
    }
}

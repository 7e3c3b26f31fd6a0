//! How large a plant, over which days.

use std::fmt;
use std::str::FromStr;

use mtm_core::word::Timestamp;

/// A size by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// A week of a small shop: seconds to look through.
    Small,
    /// The plant whose shapes are known: 109 days, 3,747 parts, 10,371 locations.
    Plant,
    /// A hundred times its movements, at the size the product is built for.
    X100,
}

impl Scale {
    /// Every scale.
    pub const ALL: [Self; 3] = [Self::Small, Self::Plant, Self::X100];

    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Plant => "plant",
            Self::X100 => "x100",
        }
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Scale {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        Self::ALL
            .into_iter()
            .find(|scale| scale.as_str() == text)
            .ok_or_else(|| SpecError::UnknownScale { given: text.to_owned() })
    }
}

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlantSpec {
    /// The same seed and sizes give the same bytes.
    pub seed: u64,
    /// Part numbers.
    pub parts: u32,
    /// Locations in both buildings.
    pub locations: u32,
    /// Buckets with stock at the end, about. What the flow of lots does not hold by itself
    /// stands as dead stock; where it would hold more, lots stay shorter.
    pub buckets: u32,
    /// Movements within the days, about. Receipts of what stood there on the first day come on
    /// top, dated before it.
    pub movements: u64,
    /// Days, back from the end.
    pub days: u16,
    /// People who book.
    pub users: u16,
    /// The moment the history ends.
    pub ends_at: Timestamp,
    /// Local time of the shifts against UTC, in minutes.
    pub utc_offset_minutes: i16,
}

/// A plant that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// No such scale.
    #[error("there is no scale {given:?}; use small, plant or x100")]
    UnknownScale {
        /// What was asked for.
        given: String,
    },
    /// A size outside its bounds.
    #[error("{given} {what} is outside {least} to {most}; choose a number within")]
    OutOfRange {
        /// Which size.
        what: &'static str,
        /// What was asked for.
        given: u64,
        /// Least.
        least: u64,
        /// Most.
        most: u64,
    },
    /// More stock than the locations take.
    #[error("{buckets} buckets do not fit into {locations} locations; use at least {needed}")]
    TooCrowded {
        /// Buckets asked for.
        buckets: u32,
        /// Locations asked for.
        locations: u32,
        /// Locations needed.
        needed: u32,
    },
}

/// Lots a location is planned for on average, well below what the fullest takes.
const LOTS_PER_LOCATION: u32 = 40;

impl PlantSpec {
    /// The plant of a scale.
    pub const fn of(scale: Scale, seed: u64, ends_at: Timestamp) -> Self {
        let (parts, locations, buckets, movements, days, users) = match scale {
            Scale::Small => (120, 400, 160, 900, 7, 14),
            Scale::Plant => (3_747, 10_371, 869, 15_000, 109, 37),
            Scale::X100 => (50_000, 20_000, 200_000, 2_000_000, 160, 370),
        };
        Self {
            seed,
            parts,
            locations,
            buckets,
            movements,
            days,
            users,
            ends_at,
            utc_offset_minutes: 0,
        }
    }

    /// Checks every size.
    pub fn check(&self) -> Result<(), SpecError> {
        let within = |what, given: u64, least, most| {
            if (least..=most).contains(&given) {
                Ok(())
            } else {
                Err(SpecError::OutOfRange { what, given, least, most })
            }
        };
        within("parts", self.parts.into(), 1, 1_000_000)?;
        within("locations", self.locations.into(), 10, 1_000_000)?;
        within("buckets", self.buckets.into(), 0, 10_000_000)?;
        within("movements", self.movements, 0, 1_000_000_000)?;
        within("days", self.days.into(), 1, 3_650)?;
        within("users", self.users.into(), 3, 5_000)?;
        within("minutes from UTC", self.utc_offset_minutes.unsigned_abs().into(), 0, 14 * 60)?;
        // Calendar arithmetic needs a real moment with room for the days before it.
        let micros = self.ends_at.micros();
        within(
            "microseconds since 1970 as the end",
            u64::try_from(micros).unwrap_or_default(),
            13 * 365 * 86_400_000_000,
            200 * 365 * 86_400_000_000,
        )?;
        let needed = self.buckets.div_ceil(LOTS_PER_LOCATION);
        if needed > self.locations {
            return Err(SpecError::TooCrowded {
                buckets: self.buckets,
                locations: self.locations,
                needed,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end() -> Timestamp {
        Timestamp::parse("2026-11-23T06:00:00Z").unwrap()
    }

    #[test]
    fn every_named_scale_is_possible() {
        for scale in Scale::ALL {
            assert_eq!(scale.as_str().parse::<Scale>(), Ok(scale));
            assert_eq!(PlantSpec::of(scale, 1, end()).check(), Ok(()));
        }
        assert!("huge".parse::<Scale>().is_err());
    }

    #[test]
    fn impossible_sizes_say_which_and_why() {
        let plant = PlantSpec::of(Scale::Plant, 1, end());
        let refused = PlantSpec { days: 0, ..plant }.check().unwrap_err();
        assert_eq!(refused.to_string(), "0 days is outside 1 to 3650; choose a number within");
        let refused = PlantSpec { locations: 20, ..plant }.check().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "869 buckets do not fit into 20 locations; use at least 22"
        );
        let refused = PlantSpec { ends_at: Timestamp::from_micros(0), ..plant }.check();
        assert!(refused.is_err());
    }
}

//! What a line of a scale says.

use regex::{Regex, RegexBuilder};

use super::mass::{Mass, Unit};

/// Most bytes of a compiled pattern.
const LARGEST: usize = 256 * 1024;

/// How a scale speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protocol {
    /// MT-SICS: `S S     100.00 g`.
    Sics,
    /// Lines as a regular expression describes them.
    Pattern(Pattern),
}

/// A regular expression for a whole line, with the groups `value`, `stable` and, where the line names it, `unit`.
#[derive(Debug, Clone)]
pub struct Pattern {
    line: Regex,
    unit: Option<Unit>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.line.as_str() == other.line.as_str() && self.unit == other.unit
    }
}

impl Eq for Pattern {}

/// What is wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is no regular expression.
    #[error("no regular expression: {0}")]
    Syntax(String),
    /// A group is missing.
    #[error("without a group {0}, such as (?<{0}>…)")]
    Group(&'static str),
    /// Nothing says what is weighed in.
    #[error("without a group unit, and no unit is set either")]
    Unit,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// A weight that stands still.
    Stable(Mass),
    /// What lies there still moves, or the scale cannot weigh just now.
    Moving,
    /// More than the scale can weigh.
    TooMuch,
    /// Less than nothing, as if the platform were lifted.
    TooLittle,
    /// The scale did not understand the question.
    NotUnderstood,
    /// It says no weight.
    Other,
}

impl Protocol {
    /// Lines as `text` describes them, weighed in `unit` where they do not say.
    pub fn pattern(text: &str, unit: Option<Unit>) -> Result<Self, PatternError> {
        // Part of a line is not a weight: `12.5 kg` must not be found in `112.5 kg`.
        let line = RegexBuilder::new(&format!("^(?:{text})$"))
            .size_limit(LARGEST)
            .build()
            .map_err(|error| PatternError::Syntax(error.to_string()))?;
        let has = |group: &str| line.capture_names().flatten().any(|name| name == group);
        for group in ["value", "stable"] {
            if !has(group) {
                return Err(PatternError::Group(group));
            }
        }
        if !has("unit") && unit.is_none() {
            return Err(PatternError::Unit);
        }
        Ok(Self::Pattern(Pattern { line, unit }))
    }

    /// What is sent to ask for a weight, where nothing else is set.
    pub const fn question(&self) -> &'static [u8] {
        match self {
            Self::Sics => b"S\r\n",
            Self::Pattern(_) => b"",
        }
    }

    /// What a line says.
    pub fn read(&self, line: &str) -> Reading {
        match self {
            Self::Sics => sics(line),
            Self::Pattern(pattern) => pattern.read(line),
        }
    }
}

impl Pattern {
    fn read(&self, line: &str) -> Reading {
        let Some(found) = self.line.captures(line) else { return Reading::Other };
        let text = |group: &str| found.name(group).map(|group| group.as_str());
        let unit = text("unit").map_or(self.unit, Unit::parse);
        let mass = text("value").zip(unit).map(|(value, unit)| Mass::new(value, unit));
        match (mass, text("stable")) {
            (Some(Ok(mass)), Some(_)) => Reading::Stable(mass),
            (Some(Ok(_)), None) => Reading::Moving,
            _ => Reading::Other,
        }
    }
}

/// An answer of MT-SICS: the command, a status, and for a weight its value and unit.
fn sics(line: &str) -> Reading {
    let mut words = line.split_ascii_whitespace();
    match (words.next(), words.next(), words.next(), words.next(), words.next()) {
        (Some("S"), Some("S"), Some(value), Some(unit), None) => {
            let mass = Unit::parse(unit).map(|unit| Mass::new(value, unit));
            mass.and_then(Result::ok).map_or(Reading::Other, Reading::Stable)
        }
        (Some("S"), Some("D"), Some(_), Some(_), None) | (Some("S"), Some("I"), None, ..) => {
            Reading::Moving
        }
        (Some("S"), Some("+"), None, ..) => Reading::TooMuch,
        (Some("S"), Some("-"), None, ..) => Reading::TooLittle,
        (Some("ES" | "ET" | "EL"), None, ..) => Reading::NotUnderstood,
        _ => Reading::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stable(text: &str) -> Reading {
        Reading::Stable(text.parse().unwrap())
    }

    #[test]
    fn answers_of_sics_are_weights_only_where_they_are_stable() {
        for (line, reading) in [
            ("S S     100.00 g", stable("100.00 g")),
            ("S S      -12.5 kg", stable("-12.5 kg")),
            ("S D     129.07 g", Reading::Moving),
            ("S I", Reading::Moving),
            ("S +", Reading::TooMuch),
            ("S -", Reading::TooLittle),
            ("ES", Reading::NotUnderstood),
            ("S S     100.00 pcs", Reading::Other),
            ("S S     100.00", Reading::Other),
            ("S S 100.00 g 7", Reading::Other),
            ("100.00 g", Reading::Other),
            ("I4 A \"0123\"", Reading::Other),
            ("", Reading::Other),
        ] {
            assert_eq!(Protocol::Sics.read(line), reading, "{line}");
        }
    }

    #[test]
    fn a_pattern_reads_whole_lines_and_says_what_is_stable() {
        let lines = Protocol::pattern(
            r"(?:(?<stable>ST)|US|OL),(?:GS|NT),(?<value>[+-] *[0-9.]+) *(?<unit>kg|lb)",
            None,
        )
        .unwrap();
        assert_eq!(lines.read("ST,GS,+  12.345kg"), stable("12.345 kg"));
        assert_eq!(lines.read("US,GS,+  12.345kg"), Reading::Moving);
        assert_eq!(lines.read(",GS,+  12.345kg"), Reading::Other);
        assert_eq!(lines.read("ST,GS,+  12.345kg9"), Reading::Other);
        let fixed = Protocol::pattern(r"(?<stable>)(?<value>[0-9]+)", Some(Unit::Gram)).unwrap();
        assert_eq!(fixed.read("0250"), stable("0250 g"));
    }

    #[test]
    fn a_pattern_that_could_not_say_what_it_has_to_is_refused() {
        let refused = |text: &str| Protocol::pattern(text, None).unwrap_err();
        assert!(matches!(refused("("), PatternError::Syntax(_)));
        assert_eq!(refused("(?<stable>S)"), PatternError::Group("value"));
        assert_eq!(refused("(?<value>1)"), PatternError::Group("stable"));
        assert_eq!(refused("(?<value>1)(?<stable>S)"), PatternError::Unit);
        assert!(matches!(refused("(?<value>a{9999}{9999})"), PatternError::Syntax(_)));
    }
}

//! The application identifiers: what each is, how its value is built, what it goes with.
//!
//! One row is one identifier or a range that is alike. A value is a sequence of [`Part`]s of one
//! character set each; only the last may vary in length, and nothing mandatory follows what is optional.
//! Which identifiers a row needs stands as alternatives with blanks between, `+` for "and"; `n` in an
//! identifier is any digit. GS1 General Specifications, sections 3 and 4.14.

mod measure;
mod place;
mod special;
mod trade;

use super::rule::Rule;

/// The characters that a part of a value may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    /// `0` to `9`.
    Digits,
    /// The 82 characters of most texts.
    Text,
    /// The 39 characters of component and part identifiers.
    PartText,
    /// The 64 characters of URL-safe base64, and padding.
    Base64,
}

/// A part of a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) set: Set,
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) is_optional: bool,
    rules: [Option<Rule>; 3],
}

impl Part {
    const fn new(set: Set, least: usize, most: usize) -> Self {
        Self { set, least, most, is_optional: false, rules: [None; 3] }
    }

    const fn rule(mut self, rule: Rule) -> Self {
        let mut at = 0;
        while self.rules[at].is_some() {
            at += 1;
        }
        self.rules[at] = Some(rule);
        self
    }

    const fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// What its characters must be besides.
    pub(super) fn rules(&self) -> impl Iterator<Item = Rule> {
        self.rules.into_iter().flatten()
    }
}

const fn digits(length: usize) -> Part {
    Part::new(Set::Digits, length, length)
}

const fn digits_to(most: usize) -> Part {
    Part::new(Set::Digits, 1, most)
}

const fn text(length: usize) -> Part {
    Part::new(Set::Text, length, length)
}

const fn text_to(most: usize) -> Part {
    Part::new(Set::Text, 1, most)
}

const fn part_text_to(most: usize) -> Part {
    Part::new(Set::PartText, 1, most)
}

const fn base64_to(most: usize) -> Part {
    Part::new(Set::Base64, 1, most)
}

/// An identifier, or a range of identifiers that are alike.
#[derive(Debug)]
pub(super) struct Row {
    first: &'static str,
    last: &'static str,
    /// What the value is, in words.
    pub(super) meaning: &'static str,
    /// The unit of a measure; its decimals are the last digit of the identifier.
    pub(super) unit: Option<&'static str>,
    pub(super) parts: &'static [Part],
    /// Its length is known, so no separator has to follow.
    pub(super) is_fixed: bool,
    /// May stand in the query of a Digital Link.
    pub(super) is_attribute: bool,
    /// One of these must be there as well.
    pub(super) needs: &'static str,
    /// None of these may be there as well.
    pub(super) without: &'static str,
    /// Begins the path of a Digital Link; the qualifiers that may follow, alternatives separated by `|`.
    pub(super) key: Option<&'static str>,
}

const fn row(ai: &'static str, meaning: &'static str, parts: &'static [Part]) -> Row {
    range(ai, ai, meaning, parts)
}

const fn range(
    first: &'static str,
    last: &'static str,
    meaning: &'static str,
    parts: &'static [Part],
) -> Row {
    Row {
        first,
        last,
        meaning,
        unit: None,
        parts,
        is_fixed: false,
        is_attribute: false,
        needs: "",
        without: "",
        key: None,
    }
}

const MEASURE: &[Part] = &[digits(6)];

/// Six digits of a unit, in none, one, to five decimals.
const fn measure(
    first: &'static str,
    last: &'static str,
    meaning: &'static str,
    unit: &'static str,
    needs: &'static str,
    alike: &'static str,
) -> Row {
    let mut row = range(first, last, meaning, MEASURE);
    row.unit = Some(unit);
    row.fixed().attribute().needs(needs).without(alike)
}

impl Row {
    const fn fixed(mut self) -> Self {
        self.is_fixed = true;
        self
    }

    const fn attribute(mut self) -> Self {
        self.is_attribute = true;
        self
    }

    const fn needs(mut self, needs: &'static str) -> Self {
        self.needs = needs;
        self
    }

    const fn without(mut self, without: &'static str) -> Self {
        self.without = without;
        self
    }

    const fn key(mut self, qualifiers: &'static str) -> Self {
        self.key = Some(qualifiers);
        self
    }

    fn holds(&self, ai: &str) -> bool {
        self.first.len() == ai.len() && self.first <= ai && ai <= self.last
    }

    /// Most characters of a value.
    pub(super) fn most(&self) -> usize {
        self.parts.iter().map(|part| part.most).sum()
    }

    /// Fewest characters of a value.
    pub(super) fn least(&self) -> usize {
        let mandatory = self.parts.iter().filter(|part| !part.is_optional);
        mandatory.map(|part| part.least).sum()
    }
}

/// The row of exactly this identifier.
pub(super) fn find(ai: &str) -> Option<&'static Row> {
    let table = match ai.as_bytes().first()? {
        b'0' | b'1' | b'2' => trade::ROWS,
        b'3' if matches!(ai, "30" | "37") => trade::ROWS,
        b'3' => measure::ROWS,
        b'4' => place::ROWS,
        _ => special::ROWS,
    };
    table.iter().find(|row| row.holds(ai))
}

/// The identifier that `data` begins with, and its row. No identifier begins with another one.
pub(super) fn leading(data: &str) -> Option<(&str, &'static Row)> {
    (2..=4).find_map(|length| {
        let ai = data.get(..length)?;
        Some((ai, find(ai)?))
    })
}

/// Whether `pattern`, an identifier in which `n` is any digit, is `ai`.
pub(super) fn matches(pattern: &str, ai: &str) -> bool {
    let alike = |(p, a): (u8, u8)| p == a || (p == b'n' && a.is_ascii_digit());
    pattern.len() == ai.len() && pattern.bytes().zip(ai.bytes()).all(alike)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> impl Iterator<Item = &'static Row> {
        [trade::ROWS, measure::ROWS, place::ROWS, special::ROWS].into_iter().flatten()
    }

    #[test]
    fn no_identifier_begins_with_another_one() {
        let mut all: Vec<&Row> = rows().collect();
        all.sort_by_key(|row| row.first);
        for pair in all.windows(2) {
            assert!(pair[0].last < pair[1].first, "{} and {}", pair[0].last, pair[1].first);
            assert!(!pair[1].first.starts_with(pair[0].last), "{}", pair[1].first);
        }
        for row in all {
            assert!(find(row.first).is_some_and(|found| found.first == row.first), "{}", row.first);
            assert!(find(row.last).is_some_and(|found| found.first == row.first), "{}", row.last);
        }
    }

    #[test]
    fn only_the_end_of_a_value_varies() {
        for row in rows() {
            let before_last = &row.parts[..row.parts.len() - 1];
            assert!(before_last.iter().all(|part| part.least == part.most), "{}", row.first);
            let optional = row.parts.iter().skip_while(|part| !part.is_optional);
            assert!(optional.clone().all(|part| part.is_optional), "{}", row.first);
            assert!(!row.is_fixed || row.least() == row.most(), "{}", row.first);
        }
    }

    #[test]
    fn what_a_row_names_exists() {
        for row in rows() {
            let named = [row.needs, row.without, row.key.unwrap_or_default()].join(" ");
            for ai in named.split([' ', '+', '|']).filter(|ai| !ai.is_empty()) {
                let known = (0..=9).any(|digit: u8| {
                    let one = ai.replace('n', &digit.to_string());
                    find(&one).is_some() || find(&ai.replacen("nn", "00", 1)).is_some()
                });
                assert!(known, "{} names {ai}", row.first);
            }
        }
    }
}

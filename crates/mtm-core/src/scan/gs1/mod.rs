//! GS1 data: element strings with separators, checked to the last character, and Digital Links.
//!
//! An element string is application identifiers with their values one behind the other. Where the length
//! of a value is not fixed, a separator (FNC1, sent as GS) ends it. What is read here is whole: every value
//! has its characters, its length, its check digits and dates, no identifier says two things, and none
//! stands beside one that excludes it. What else should be on the label ([`missing`]) is told apart, because
//! it may be on another symbol of it. GS1 General Specifications, sections 3, 4.14 and 7.

mod coupon;
mod digital_link;
mod fault;
mod list;
mod rule;
mod table;
#[cfg(test)]
mod tests;

pub use digital_link::read as read_link;
pub use fault::{Fault, Problem};

use self::rule::Rule;
use self::table::{Part, Row, Set};

/// The separator, as scanners send FNC1 inside a symbol.
pub const SEPARATOR: char = '\u{1d}';

/// An application identifier and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Two to four digits.
    pub ai: String,
    /// As it stands in the symbol.
    pub value: String,
    /// What it is, in words.
    pub meaning: &'static str,
}

impl Element {
    /// Whether it begins with a day: with four digits of the year (`true`), or with two.
    pub fn is_dated(&self) -> Option<bool> {
        let first = table::find(&self.ai)?.parts.first()?;
        first.rules().find_map(|rule| match rule {
            Rule::Date | Rule::FullDate => Some(false),
            Rule::LongDate => Some(true),
            _ => None,
        })
    }

    /// The measure it is, with its decimals, and the unit of it; none where it is no measure.
    pub fn measure(&self) -> Option<(String, &'static str)> {
        let unit = table::find(&self.ai)?.unit?;
        let decimals = usize::from(self.ai.bytes().last()? - b'0');
        let digits = self.value.trim_start_matches('0');
        let padded = format!("{digits:0>width$}", width = decimals + 1);
        let (whole, rest) = padded.split_at(padded.len() - decimals);
        Some(if rest.is_empty() {
            (whole.to_owned(), unit)
        } else {
            (format!("{whole}.{rest}"), unit)
        })
    }
}

/// Reads an element string. `data` is what stands behind the symbology identifier.
///
/// A repeat of the same value is told once.
///
/// ```
/// use mtm_core::scan::gs1;
///
/// let label = gs1::read("010950600013435210LOT-7\u{1d}3048").unwrap();
/// let said: Vec<(&str, &str)> = label.iter().map(|it| (&*it.ai, &*it.value)).collect();
/// assert_eq!(said, [("01", "09506000134352"), ("10", "LOT-7"), ("30", "48")]);
/// let fault = gs1::read("0109506000134353").unwrap_err();
/// assert!(fault.to_string().starts_with("(01) at 3: the check digit is 3, by the digits before it 2"));
/// ```
pub fn read(data: &str) -> Result<Vec<Element>, Fault> {
    if data.is_empty() {
        return Err(Fault::nameless(0, Problem::Empty));
    }
    let mut elements: Vec<Element> = Vec::new();
    let mut rest = data;
    while !rest.is_empty() {
        let at = data.len() - rest.len();
        let Some((ai, row)) = table::leading(rest) else {
            let start = rest.chars().take(4).collect();
            return Err(Fault::nameless(at, Problem::Unknown(start)));
        };
        let body = &rest[ai.len()..];
        let until = body.find(SEPARATOR).unwrap_or(body.len());
        let length = if row.is_fixed { prefix(body, row.most()).min(until) } else { until };
        let value = &body[..length];
        check(ai, row, value, at + ai.len())?;
        keep(&mut elements, ai, row, value, at)?;
        rest = &body[length..];
        rest = rest.strip_prefix(SEPARATOR).unwrap_or(rest);
    }
    check_pairs(&elements)?;
    Ok(elements)
}

/// Whether an element of this identifier has a length that every reader knows, so that no separator follows it; none
/// where there is no such identifier.
pub(crate) fn is_predefined(ai: &str) -> Option<bool> {
    table::find(ai).map(|row| row.is_fixed)
}

/// Whether that may be the value of this identifier.
pub(crate) fn check_value(ai: &str, value: &str) -> Result<(), Problem> {
    let row = table::find(ai).ok_or_else(|| Problem::Unknown(ai.to_owned()))?;
    check(ai, row, value, 0).map_err(|fault| fault.problem)
}

/// Whether `text` is a day of six digits, or of eight where it is `long`; day 00 is the whole month.
pub(super) fn is_day(text: &str, long: bool) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && rule::is_date(text, long, !long)
}

/// Bytes of the first `characters` characters.
fn prefix(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}

/// Adds an element that may be there already with the same value.
fn keep(
    elements: &mut Vec<Element>,
    ai: &str,
    row: &Row,
    value: &str,
    at: usize,
) -> Result<(), Fault> {
    match elements.iter().find(|known| known.ai == ai) {
        Some(known) if known.value == value => {}
        Some(_) => return Err(Fault::new(ai, at, Problem::Repeated)),
        None => elements.push(Element {
            ai: ai.to_owned(),
            value: value.to_owned(),
            meaning: row.meaning,
        }),
    }
    Ok(())
}

/// Whether `value` is one of `row`; `at` is where it begins.
fn check(ai: &str, row: &Row, value: &str, at: usize) -> Result<(), Fault> {
    if value.is_empty() {
        return Err(Fault::new(ai, at, Problem::Empty));
    }
    let mut rest = value;
    for part in row.parts {
        if rest.is_empty() && part.is_optional {
            break;
        }
        let here = at + value.len() - rest.len();
        let (taken, after) = rest.split_at(prefix(rest, part.most));
        check_characters(ai, part, taken, here)?;
        if taken.len() < part.least {
            let found = value.len();
            let expected = row.least().max(found - taken.len() + part.least);
            return Err(Fault::new(ai, at, Problem::CutOff { expected, found }));
        }
        for rule in part.rules() {
            rule.check(taken).map_err(|problem| Fault::new(ai, here, problem))?;
        }
        rest = after;
    }
    if rest.is_empty() {
        return Ok(());
    }
    let most = row.most();
    Err(Fault::new(ai, at + value.len() - rest.len(), Problem::TooLong { most }))
}

fn check_characters(ai: &str, part: &Part, value: &str, at: usize) -> Result<(), Fault> {
    let stranger = value.char_indices().find(|(_, c)| !belongs(part.set, *c));
    if let Some((offset, found)) = stranger {
        let expected = match part.set {
            Set::Digits => "digit",
            Set::Text => "character of GS1's set of 82",
            Set::PartText => "character of GS1's set of 39",
            Set::Base64 => "character of base64 for URLs",
        };
        return Err(Fault::new(ai, at + offset, Problem::Character { found, expected }));
    }
    if part.set == Set::Base64 && !is_padded(value) {
        let expected = "base64 with the padding it needs, or none";
        let problem = Problem::Value { found: value.to_owned(), expected };
        return Err(Fault::new(ai, at, problem));
    }
    Ok(())
}

fn belongs(set: Set, c: char) -> bool {
    match set {
        Set::Digits => c.is_ascii_digit(),
        Set::Text => {
            c.is_ascii_graphic()
                && !matches!(
                    c,
                    '#' | '$' | '@' | '[' | '\\' | ']' | '^' | '`' | '{' | '|' | '}' | '~'
                )
        }
        Set::PartText => {
            c.is_ascii_digit() || c.is_ascii_uppercase() || matches!(c, '#' | '-' | '/')
        }
        Set::Base64 => c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '='),
    }
}

/// Padding is not mandatory; where it is, a third of what it stands for tells how much.
fn is_padded(value: &str) -> bool {
    let body = value.trim_end_matches('=');
    let padding = value.len() - body.len();
    !body.contains('=') && (padding == 0 || padding == (3 - body.len() % 3) % 3)
}

/// No identifier beside one that excludes it.
fn check_pairs(elements: &[Element]) -> Result<(), Fault> {
    for element in elements {
        let Some(row) = table::find(&element.ai) else { continue };
        for pattern in row.without.split_terminator(' ') {
            let other = elements
                .iter()
                .find(|other| other.ai != element.ai && table::matches(pattern, &other.ai));
            if let Some(other) = other {
                return Err(Fault::new(&element.ai, 0, Problem::Together(other.ai.clone())));
            }
        }
    }
    check_signature(elements)
}

/// A signature is of one thing, so a kind of thing is not enough.
fn check_signature(elements: &[Element]) -> Result<(), Fault> {
    if !elements.iter().any(|element| element.ai == "8030") {
        return Ok(());
    }
    let of_a_kind = elements.iter().find(|element| {
        let length = element.value.len();
        matches!((&*element.ai, length), ("253" | "255", 13) | ("8003", 14))
    });
    match of_a_kind {
        Some(element) => Err(Fault::new(&element.ai, 0, Problem::NoSerial)),
        None => Ok(()),
    }
}

/// What should be on a label, and is not among `elements`: the identifier that needs it, and of which one
/// is needed, as alternatives with blanks between.
///
/// It may be on another symbol of the same label, so it is worth a warning and no more.
///
/// ```
/// use mtm_core::scan::gs1;
///
/// let lot = gs1::read("10LOT-7").unwrap();
/// assert_eq!(gs1::missing(&lot), [("10".to_owned(), "01 02 03 8006 8026")]);
/// ```
pub fn missing(elements: &[Element]) -> Vec<(String, &'static str)> {
    let is_there = |pattern: &str| elements.iter().any(|it| table::matches(pattern, &it.ai));
    let mut missing = Vec::new();
    for element in elements {
        let needs = table::find(&element.ai).map_or("", |row| row.needs);
        let mut choices = needs.split_terminator(' ').peekable();
        if choices.peek().is_some() && !choices.any(|all| all.split('+').all(is_there)) {
            missing.push((element.ai.clone(), needs));
        }
    }
    missing
}

/// The number of an item as a retail symbol carries it (EAN-13, UPC, EAN-8), as an element.
pub fn read_retail(digits: &str) -> Result<Element, Fault> {
    let value = format!("{digits:0>14}");
    let mut elements = read(&format!("01{value}"))?;
    elements.pop().ok_or_else(|| Fault::nameless(0, Problem::Empty))
}

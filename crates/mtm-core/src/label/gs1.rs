//! GS1 element strings: application identifiers (AIs) with their values, as the GS1 General Specifications
//! say how they are joined.
//!
//! Here stand those AIs that a label of work in process may carry. An AI of predefined length is put
//! first and needs no separator; after any other one that is not the last stands FNC1.

use super::content::Content;
use super::fields::{Fields, Subject};

/// What separates elements where their length does not: FNC1, which scanners transmit as this.
pub(super) const SEPARATOR: char = '\u{1d}';

/// Most elements in one code.
const MAX_ELEMENTS: usize = 12;

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// So many digits.
    Digits(usize),
    /// So many digits, the last of which is the check digit over the others.
    Checked(usize),
    /// At most so many digits.
    UpTo(usize),
    /// A day, year first: six digits.
    Day,
    /// At most so many characters of the GS1 set.
    Text(usize),
}

/// The shape of an AI's value; none where the AI is not one of those that a template may have.
fn shape(ai: &str) -> Option<Shape> {
    Some(match ai {
        "00" => Shape::Checked(18),
        "01" | "02" | "03" => Shape::Checked(14),
        "11" | "12" | "13" | "15" | "16" | "17" => Shape::Day,
        "20" => Shape::Digits(2),
        "10" | "21" | "22" | "243" | "254" | "420" => Shape::Text(20),
        "30" | "37" => Shape::UpTo(8),
        "235" => Shape::Text(28),
        "240" | "241" | "250" | "251" | "400" | "401" | "403" | "90" => Shape::Text(30),
        "242" => Shape::UpTo(6),
        "402" => Shape::Checked(17),
        "422" => Shape::Digits(3),
        "91" | "92" | "93" | "94" | "95" | "96" | "97" | "98" | "99" => Shape::Text(90),
        _ => return measure_or_place(ai),
    })
}

/// `410` to `417` are locations by their number, `310n` to `369n` measures with `n` decimals.
fn measure_or_place(ai: &str) -> Option<Shape> {
    let digits = ai.as_bytes();
    match digits {
        [b'4', b'1', b'0'..=b'7'] => Some(Shape::Checked(13)),
        [b'3', b'2' | b'4' | b'6', b'0'..=b'9', b'0'..=b'5']
        | [b'3', b'3' | b'5', b'0'..=b'7', b'0'..=b'5']
        | [b'3', b'1', b'0'..=b'6', b'0'..=b'5'] => Some(Shape::Digits(6)),
        _ => None,
    }
}

/// Whether an element that begins so has a length that every reader knows (figure "element strings with
/// predefined length" of the General Specifications).
fn is_predefined(ai: &str) -> bool {
    let first: u8 = ai.get(..2).and_then(|two| two.parse().ok()).unwrap_or(99);
    matches!(first, 0..=4 | 11..=20 | 31..=36 | 41)
}

/// The 82 characters of the GS1 set.
fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!\"%&'()*+,-./:;<=>?_".contains(c)
}

/// The check digit over digits: from the right by 3 and 1 in turn, up to the next ten.
fn check_digit(digits: &[u8]) -> u8 {
    let weigh = |(place, digit): (usize, &u8)| {
        let weight = if place % 2 == 0 { 3 } else { 1 };
        u32::from(digit - b'0') * weight
    };
    let sum: u32 = digits.iter().rev().enumerate().map(weigh).sum();
    u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

impl Shape {
    fn check(self, ai: &str, value: &str) -> Result<(), String> {
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let length = value.chars().count();
        let wrong = |what: String| Err(format!("the value of ({ai}) {what}, not {value:?}"));
        match self {
            Self::Digits(n) | Self::Checked(n) if !digits || length != n => {
                wrong(format!("is {n} digits"))
            }
            Self::Checked(n) => {
                let (number, check) = value.as_bytes().split_at(n - 1);
                let due = check_digit(number) + b'0';
                if check == [due] {
                    return Ok(());
                }
                wrong(format!("ends in the check digit {}", char::from(due)))
            }
            Self::UpTo(n) if !digits || length > n => wrong(format!("is at most {n} digits")),
            Self::Day if !digits || length != 6 || !is_day(value) => {
                wrong("is a day as YYMMDD".to_owned())
            }
            Self::Text(n) if length > n => wrong(format!("is at most {n} characters")),
            Self::Text(_) => match value.chars().find(|c| !is_allowed(*c)) {
                Some(other) => wrong(format!("cannot hold {other:?}, which GS1 does not have")),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// Day 00 stands for the last one of the month.
fn is_day(value: &str) -> bool {
    let number =
        |range: std::ops::Range<usize>| value.get(range).and_then(|two| two.parse::<u8>().ok());
    number(2..4).is_some_and(|month| (1..=12).contains(&month))
        && number(4..6).is_some_and(|day| day <= 31)
}

/// AIs with what stands for their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementString {
    /// Those of predefined length first.
    elements: Vec<(String, Content)>,
    in_order: bool,
}

impl ElementString {
    /// Reads `(01)09506000134352(10){lot}`. A parenthesis with two to four digits begins an element; what
    /// fields hold is put in later and begins none.
    pub(super) fn parse(text: &str, of: Subject) -> Result<Self, String> {
        let mut elements: Vec<(String, Content)> = Vec::new();
        let mut rest = text;
        while let Some((ai, after)) = identifier(rest) {
            let Some(shape) = shape(ai) else {
                return Err(format!(
                    "({ai}) is not an application identifier that labels have here"
                ));
            };
            let end = (0..after.len())
                .find(|at| after.is_char_boundary(*at) && identifier(&after[*at..]).is_some());
            let (value, next) = after.split_at(end.unwrap_or(after.len()));
            let content = Content::parse(value, of)?;
            if content.is_empty() {
                return Err(format!("({ai}) has no value"));
            }
            if content.fields().next().is_none() {
                shape.check(ai, &content.filled(&Fields::of(of)))?;
            }
            if elements.iter().any(|(other, _)| other == ai) {
                return Err(format!("({ai}) stands twice"));
            }
            elements.push((ai.to_owned(), content));
            rest = next;
        }
        if elements.is_empty() || !rest.is_empty() {
            return Err("begins with an application identifier, as in (10){lot}".to_owned());
        }
        if elements.len() > MAX_ELEMENTS {
            return Err(format!("has more than {MAX_ELEMENTS} elements"));
        }
        let in_order = elements.is_sorted_by_key(|(ai, _)| !is_predefined(ai));
        elements.sort_by_key(|(ai, _)| !is_predefined(ai));
        Ok(Self { elements, in_order })
    }

    /// Whether it was written in the order in which it is encoded.
    pub(super) const fn is_in_order(&self) -> bool {
        self.in_order
    }

    /// Every AI with its value, in the order in which they are encoded.
    pub(super) fn filled(&self, fields: &Fields) -> Vec<(&str, String)> {
        let fill = |(_, content): &(String, Content)| content.filled(fields);
        self.elements.iter().map(|element| (element.0.as_str(), fill(element))).collect()
    }

    /// The first field that is empty.
    pub(super) fn empty_field(&self, fields: &Fields) -> Option<&'static str> {
        self.elements.iter().find_map(|(_, content)| content.empty_field(fields))
    }

    /// The element string, without the FNC1 that begins it and with [`SEPARATOR`] where one is needed.
    pub(super) fn encoded(&self, fields: &Fields) -> Result<String, String> {
        let filled = self.filled(fields);
        let mut encoded = String::new();
        for (at, (ai, value)) in filled.iter().enumerate() {
            if value.is_empty() {
                return Err(format!("the value of ({ai}) is empty"));
            }
            if let Some(shape) = shape(ai) {
                shape.check(ai, value)?;
            }
            encoded.push_str(ai);
            encoded.push_str(value);
            if at + 1 < filled.len() && !is_predefined(ai) {
                encoded.push(SEPARATOR);
            }
        }
        Ok(encoded)
    }
}

/// The AI in parentheses at the beginning, and what follows it.
fn identifier(text: &str) -> Option<(&str, &str)> {
    let (ai, after) = text.strip_prefix('(')?.split_once(')')?;
    let is_ai = (2..=4).contains(&ai.len()) && ai.bytes().all(|byte| byte.is_ascii_digit());
    is_ai.then_some((ai, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, lot: &str) -> Result<String, String> {
        let mut fields = Fields::of(Subject::Lot);
        fields.set("lot", lot).unwrap();
        fields.set("quantity", "500").unwrap();
        ElementString::parse(text, Subject::Lot)?.encoded(&fields)
    }

    #[test]
    fn predefined_lengths_come_first_and_only_others_are_separated() {
        let gtin = "(01)09506000134352";
        let all = format!("(10){{lot}}(30){{quantity}}{gtin}(11)261130");
        let expected = "010950600013435211261130100000012345\u{1d}30500";
        assert_eq!(encoded(&all, "0000012345"), Ok(expected.to_owned()));
        let parsed = ElementString::parse(&all, Subject::Lot).unwrap();
        assert!(!parsed.is_in_order());
        let ordered = format!("{gtin}(10){{lot}}");
        assert!(ElementString::parse(&ordered, Subject::Lot).unwrap().is_in_order());
    }

    #[test]
    fn a_value_begins_no_element_and_holds_what_gs1_has() {
        assert_eq!(encoded("(10){lot}", "A(21)B"), Ok("10A(21)B".to_owned()));
        for wrong in ["A B", "Ä", "A^B", "A\\B", "123456789012345678901"] {
            assert!(encoded("(10){lot}", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_are_checked_when_the_template_is_read() {
        let parse = |text| ElementString::parse(text, Subject::Lot);
        assert!(parse("(01)09506000134353").unwrap_err().contains("check digit 2"));
        assert!(parse("(00)395011015300000012").is_err());
        assert!(parse("(17)261331").is_err() && parse("(17)261200").is_ok());
        assert!(parse("(3103)000500").is_ok() && parse("(3106)000500").is_err());
        for wrong in ["", "10{lot}", "(10)", "(10){lot}(10)x", "(05)1", "x(10){lot}", "(10){part"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}

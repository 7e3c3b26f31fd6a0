//! GS1 element strings: application identifiers (AIs) with their values, as the GS1 General Specifications
//! say how they are joined.
//!
//! Which AIs there are and what their values look like is what scans are read by ([`crate::scan::gs1`]). An AI of
//! predefined length is put first and needs no separator; after any other one that is not the last stands FNC1.

use super::content::Content;
use super::fields::{Fields, Subject};
use crate::scan::gs1;
pub(super) use crate::scan::gs1::SEPARATOR;

/// Most elements in one code.
const MAX_ELEMENTS: usize = 12;

/// Whether that may be the value of an AI, in words.
fn check(ai: &str, value: &str) -> Result<(), String> {
    gs1::check_value(ai, value)
        .map_err(|problem| format!("the value of ({ai}), {value:?}: {problem}"))
}

/// Whether the element needs no separator; an AI that there is not was refused when the template was read.
fn is_predefined(ai: &str) -> bool {
    gs1::is_predefined(ai).unwrap_or(false)
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
            if gs1::is_predefined(ai).is_none() {
                return Err(format!("({ai}) is no application identifier of GS1"));
            }
            let end = (0..after.len())
                .find(|at| after.is_char_boundary(*at) && identifier(&after[*at..]).is_some());
            let (value, next) = after.split_at(end.unwrap_or(after.len()));
            let content = Content::parse(value, of)?;
            if content.is_empty() {
                return Err(format!("({ai}) has no value"));
            }
            if content.fields().next().is_none() {
                check(ai, &content.filled(&Fields::of(of)))?;
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
            check(ai, value)?;
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
        assert!(parse("(01)09506000134353").unwrap_err().contains("by the digits before it 2"));
        assert!(parse("(00)395011015300000012").is_err());
        assert!(parse("(17)261331").is_err() && parse("(17)261200").is_ok());
        assert!(parse("(3103)000500").is_ok() && parse("(3106)000500").is_err());
        for wrong in ["", "10{lot}", "(10)", "(10){lot}(10)x", "(05)1", "x(10){lot}", "(10){part"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}

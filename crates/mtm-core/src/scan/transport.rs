//! What scanners and keyboards add to a code: symbology identifiers, terminators, stray bytes.

use std::fmt;

use super::iso15434;

/// What printed symbol a code came from: the identifier of ISO/IEC 15424 (`]C1`, `]d2`, `]Q3`)
/// that a scanner may send before the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Symbology {
    /// The family: `C` for Code 128, `d` for DataMatrix, `Q` for QR Code.
    pub letter: char,
    /// The variant within the family.
    pub modifier: char,
}

impl Symbology {
    /// Whether the symbol says that it holds GS1 elements.
    pub const fn is_gs1(self) -> bool {
        matches!(
            (self.letter, self.modifier),
            ('C' | 'J', '1') | ('e', '0') | ('d', '2') | ('Q', '3')
        )
    }

    /// Digits of the item number that the symbol of a retail item holds.
    pub(super) const fn retail_digits(self) -> Option<usize> {
        match (self.letter, self.modifier) {
            ('E', '0') => Some(13),
            ('E', '4') => Some(8),
            _ => None,
        }
    }

    /// Reads an identifier, with or without its bracket: `]C1`, `C1`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut chars = text.strip_prefix(']').unwrap_or(text).chars();
        let (letter, modifier) = (chars.next()?, chars.next()?);
        let is_one = letter.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric();
        (is_one && chars.next().is_none()).then_some(Self { letter, modifier })
    }

    /// The family's name; `None` where the letter is not one that plants print.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.letter {
            'A' => "Code 39",
            'C' => "Code 128",
            'E' => "EAN/UPC",
            'F' => "Codabar",
            'G' => "Code 93",
            'I' => "Interleaved 2 of 5",
            'J' => "DotCode",
            'L' => "PDF417",
            'Q' => "QR Code",
            'd' => "DataMatrix",
            'e' => "GS1 DataBar",
            'z' => "Aztec",
            _ => return None,
        })
    }
}

impl fmt::Display for Symbology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "]{}{}", self.letter, self.modifier)
    }
}

/// A code without its additions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content<'r> {
    pub(super) symbology: Option<Symbology>,
    /// The data with the separators of structured codes.
    pub(super) data: &'r str,
    /// The data without anything that nobody sees.
    pub(super) text: String,
}

/// Separators inside GS1 element strings and ISO/IEC 15434 envelopes: FS, GS, RS, US.
pub(super) fn is_separator(c: char) -> bool {
    matches!(c, '\u{1c}'..='\u{1f}')
}

/// Characters between two scans, or after one.
pub(super) fn is_terminator(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\t')
}

/// Characters that nobody sees: control characters, byte-order mark, zero-width and direction
/// marks that come with copied text.
fn is_invisible(c: char) -> bool {
    c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
}

/// Takes a code out of what surrounds it.
pub(super) fn strip(raw: &str) -> Content<'_> {
    let framed = |c: char| is_invisible(c) || c.is_whitespace();
    // The end of a message is a control character as well, and belongs to it.
    let around = |c: char| framed(c) && !is_separator(c) && c != '\u{4}';
    let (symbology, rest) = identifier(raw.trim_matches(around));
    // The data may be framed once more behind the identifier.
    let data = rest.trim_matches(around);
    let is_structured = iso15434::is_message(data) || symbology.is_some_and(Symbology::is_gs1);
    let data = if is_structured { data } else { data.trim_end_matches(framed) };
    let text: String = data.chars().filter(|c| !is_invisible(*c)).collect();
    let text = text.trim().to_owned();
    Content { symbology, data, text }
}

/// Splits off `]`, a letter and a modifier.
fn identifier(text: &str) -> (Option<Symbology>, &str) {
    let mut chars = text.chars();
    let head = (chars.next(), chars.next(), chars.next());
    match head {
        (Some(']'), Some(letter), Some(modifier))
            if letter.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric() =>
        {
            (Some(Symbology { letter, modifier }), chars.as_str())
        }
        _ => (None, text),
    }
}

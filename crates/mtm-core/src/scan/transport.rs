//! What scanners and keyboards add to a code: symbology identifiers, terminators, stray bytes.

use std::fmt;

use super::ScanFault;

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
    /// The family's name; `None` where the letter is not one that plants print.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.letter {
            'A' => "Code 39",
            'C' => "Code 128",
            'E' => "EAN/UPC",
            'F' => "Codabar",
            'G' => "Code 93",
            'I' => "Interleaved 2 of 5",
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
pub(super) struct Content {
    pub(super) symbology: Option<Symbology>,
    pub(super) text: String,
    pub(super) fault: Option<ScanFault>,
}

/// Separators inside GS1 element strings and ISO/IEC 15434 envelopes: FS, GS, RS, US.
fn is_separator(c: char) -> bool {
    matches!(c, '\u{1c}'..='\u{1f}')
}

/// Characters between two scans, or after one.
fn is_terminator(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\t')
}

/// Characters that nobody sees: control characters, byte-order mark, zero-width and direction
/// marks that come with copied text.
fn is_invisible(c: char) -> bool {
    c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
}

/// Takes a code out of what surrounds it.
pub(super) fn strip(raw: &str) -> Content {
    let framed = |c: char| is_invisible(c) || c.is_whitespace();
    let (symbology, rest) = identifier(raw.trim_matches(framed));
    // The data may be framed once more behind the identifier.
    let data = rest.trim_matches(framed);
    let structured = data.starts_with("[)>") || data.contains(is_separator);
    let fault = if data.is_empty() {
        Some(ScanFault::Empty)
    } else if structured {
        Some(ScanFault::Structured)
    } else if data.contains(is_terminator) {
        Some(ScanFault::Several)
    } else {
        None
    };
    let text = data.chars().filter(|c| !is_invisible(*c)).collect();
    Content { symbology, text, fault }
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

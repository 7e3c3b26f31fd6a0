//! What was scanned? From raw scanner output to the words it may stand for.
//!
//! [`classify`] removes what scanners add (symbology identifiers, terminators, stray bytes), reads
//! labels of our own exactly, and says for any other code what it can be, likeliest first. Which
//! of the candidates exist is looked up by the caller: a scan names things, it never invents them.
//!
//! A label of our own is a key, a colon and a word: `PART:11058-1779`, `OP:19`, `LOC:R-E4-18`,
//! `LOT:0000012345`, `WO:WO-060723`, `QTY:500`; keys in any case, blanks around both do not count.
//! `COUNT:` and an identity, with `/` and a number, is a line of a count sheet ([`Sheet`]).
//!
//! Labels that say several things are read as documents ([`Document`]): GS1 element strings and Digital Links
//! ([`gs1`]), ISO/IEC 15434 messages ([`iso15434`]) with data identifiers ([`identifier`]), `PART|SERIAL|OPERATION`, and
//! whatever a site describes by a pattern ([`Patterns`]).
//!
//! Nothing is matched "near enough": two codes that arrived as one are refused, not joined; what a structured
//! code says wrong is named, with its place, and the code is not taken for a part number.

mod claim;
mod document;
#[cfg(test)]
mod fuzz;
pub mod gs1;
pub mod identifier;
pub mod iso15434;
mod label;
mod pattern;
mod plain;
mod sheet;
#[cfg(test)]
mod tests;
mod transport;
mod wedge;

use serde::{Deserialize, Serialize};

use self::transport::{Content, is_separator, is_terminator};
use crate::word::{
    LocationCode, LotNumber, OperationCode, PartCode, Quantity, WordError, WorkOrder,
};

pub use claim::{Disagreement, disagreements};
pub use document::{Dated, Document, Field, Remark, Standard, Word};
pub use pattern::{Pattern, PatternFault, Patterns, Spelling};
pub use plain::identified;
pub use sheet::Sheet;
pub use transport::Symbology;
pub use wedge::{Keys, Wedge, WedgeFault, WedgeText, Wedges};

/// Most bytes of raw scanner output that are looked at; the largest QR code holds 2,953.
pub const MAX_RAW: usize = 4096;

/// What a code can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A part number.
    Part,
    /// An operation.
    Operation,
    /// A location.
    Location,
    /// A lot.
    Lot,
    /// A work order.
    WorkOrder,
    /// An amount of pieces.
    Quantity,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Part, Self::Operation, Self::Location, Self::Lot, Self::WorkOrder, Self::Quantity];

    /// The name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Part => "part",
            Self::Operation => "operation",
            Self::Location => "location",
            Self::Lot => "lot",
            Self::WorkOrder => "work_order",
            Self::Quantity => "quantity",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One thing that a code may stand for, as a valid word.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Candidate {
    /// A part number.
    Part(PartCode),
    /// An operation.
    Operation(OperationCode),
    /// A location.
    Location(LocationCode),
    /// A lot; short numbers are completed to ten digits.
    Lot(LotNumber),
    /// A work order; digits alone are completed to `WO-` and six digits.
    WorkOrder(WorkOrder),
    /// Pieces, above zero.
    Quantity(Quantity),
}

impl Candidate {
    /// `text` as a word of `kind`.
    pub fn parse(kind: Kind, text: &str) -> Result<Self, ScanFault> {
        let parsed = match kind {
            Kind::Part => PartCode::parse(text).map(Self::Part),
            Kind::Operation => OperationCode::parse(text).map(Self::Operation),
            Kind::Location => LocationCode::parse(text).map(Self::Location),
            Kind::Lot => LotNumber::parse(text).map(Self::Lot),
            Kind::WorkOrder => WorkOrder::parse(text).map(Self::WorkOrder),
            Kind::Quantity => return quantity(text).map(Self::Quantity),
        };
        parsed.map_err(|cause| ScanFault::NotAWord { kind, cause })
    }

    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Part(_) => Kind::Part,
            Self::Operation(_) => Kind::Operation,
            Self::Location(_) => Kind::Location,
            Self::Lot(_) => Kind::Lot,
            Self::WorkOrder(_) => Kind::WorkOrder,
            Self::Quantity(_) => Kind::Quantity,
        }
    }

    /// The word, as it is looked up and shown.
    pub fn text(&self) -> String {
        match self {
            Self::Part(word) => word.to_string(),
            Self::Operation(word) => word.to_string(),
            Self::Location(word) => word.to_string(),
            Self::Lot(word) => word.to_string(),
            Self::WorkOrder(word) => word.to_string(),
            Self::Quantity(quantity) => quantity.to_string(),
        }
    }

    /// The text that a label of ours carries for it: `LOT:0000012345`.
    ///
    /// ```
    /// use mtm_core::scan::{self, Candidate, Hints, Reading};
    /// use mtm_core::word::LotNumber;
    ///
    /// let lot = Candidate::Lot(LotNumber::allocated(12345));
    /// assert_eq!(lot.label(), "LOT:0000012345");
    /// assert_eq!(scan::classify(&lot.label(), Hints::default()).reading, Reading::Label(lot));
    /// ```
    pub fn label(&self) -> String {
        format!("{}:{}", label::key(self.kind()), self.text())
    }
}

/// Digits only, at least one piece; a scanner types no signs and no separators.
fn quantity(text: &str) -> Result<Quantity, ScanFault> {
    let digits = text.trim();
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let pieces: Option<i64> = if all_digits { digits.parse().ok() } else { None };
    pieces
        .and_then(|pieces| Quantity::pieces(pieces).ok())
        .filter(|quantity| !quantity.is_zero())
        .ok_or(ScanFault::NotAQuantity)
}

/// What the caller knows about the moment of the scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hints {
    /// What the field in focus takes. A plain code that can be that is that first.
    pub expected: Option<Kind>,
}

/// A scan, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// What the scanner said about the printed symbol, where it said so.
    pub symbology: Option<Symbology>,
    /// The content without what scanners add; empty where it was too long to be looked at.
    pub text: String,
    /// What it means.
    pub reading: Reading,
}

/// What a scan means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// A label of ours: exactly this.
    Label(Candidate),
    /// The code of a count sheet, or of a line of it.
    Sheet(Sheet),
    /// A plain code: any of these, likeliest first, at least one.
    Plain(Vec<Candidate>),
    /// A label that says several things at once.
    Document(Document),
    /// Nothing that can be used.
    Unreadable(ScanFault),
}

/// Why a scan cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScanFault {
    /// Nothing is left without what scanners add.
    #[error("the scan is empty; scan again")]
    Empty,
    /// More than [`MAX_RAW`] bytes.
    #[error("the scan has {length} bytes; at most {MAX_RAW} are read")]
    TooLong {
        /// Bytes that came.
        length: usize,
    },
    /// A line break or tab inside: two scans that ran together.
    #[error("two codes arrived as one; scan them one by one")]
    Several,
    /// Separators of a structured code, without its beginning.
    #[error("the beginning of a structured code is missing; scan again")]
    Structured,
    /// GS1 elements that are wrong.
    #[error("GS1 label: {0}")]
    Gs1(#[from] gs1::Fault),
    /// An ISO/IEC 15434 message that is wrong.
    #[error("ISO 15434 label: {0}")]
    Message(#[from] iso15434::Fault),
    /// A label of ours, or a plain code, whose text is no word of that kind.
    #[error("{cause}")]
    NotAWord {
        /// What it should have been.
        kind: Kind,
        /// What is wrong.
        cause: WordError,
    },
    /// `QTY:` without a whole number of pieces.
    #[error("the quantity on the label is not a whole number above zero")]
    NotAQuantity,
}

/// Reads raw scanner output. Total: any text gets an answer, in time linear in its length.
///
/// ```
/// use mtm_core::scan::{classify, Candidate, Hints, Kind, Reading};
///
/// let scan = classify("]C0r-e4-18\r\n", Hints::default());
/// assert_eq!(scan.text, "r-e4-18");
/// let Reading::Plain(candidates) = scan.reading else { panic!() };
/// assert_eq!(candidates[0].kind(), Kind::Part);
/// assert!(candidates.iter().any(|one| matches!(one, Candidate::Location(_))));
/// ```
pub fn classify(raw: &str, hints: Hints) -> Scan {
    classify_by(raw, hints, &Patterns::default())
}

/// The same at a site with patterns of its own.
pub fn classify_by(raw: &str, hints: Hints, patterns: &Patterns) -> Scan {
    if raw.len() > MAX_RAW {
        let reading = Reading::Unreadable(ScanFault::TooLong { length: raw.len() });
        return Scan { symbology: None, text: String::new(), reading };
    }
    let content = transport::strip(raw);
    let reading = read(&content, hints, patterns).unwrap_or_else(Reading::Unreadable);
    Scan { symbology: content.symbology, text: content.text, reading }
}

/// What says most by itself is asked first: our own labels, what the site describes, what the symbol says of
/// itself, and what can be told from the text.
fn read(content: &Content<'_>, hints: Hints, patterns: &Patterns) -> Result<Reading, ScanFault> {
    let text = content.text.as_str();
    // Some scanners send a separator before any code.
    let data = content.data.strip_prefix(is_separator).unwrap_or(content.data);
    let is_led = content.data.starts_with(gs1::SEPARATOR);
    let is_whole = !data.contains(|c| is_separator(c) || is_terminator(c));
    if is_whole {
        if let Some(sheet) = Sheet::read(text) {
            return Ok(Reading::Sheet(sheet));
        }
        if let Some(label) = label::read(text) {
            return label.map(Reading::Label);
        }
    }
    if text.is_empty() {
        return Err(ScanFault::Empty);
    }
    if let Some(document) = patterns.read(data) {
        return Ok(Reading::Document(document));
    }
    if iso15434::is_message(data) {
        return document::of_message(&patterns.respelled(data)).map(Reading::Document);
    }
    if data.contains(is_terminator) {
        return Err(ScanFault::Several);
    }
    if content.symbology.is_some_and(Symbology::is_gs1) {
        return document::of_elements(&patterns.respelled(data)).map(Reading::Document);
    }
    if let Some(digits) = content.symbology.and_then(Symbology::retail_digits) {
        return document::of_retail(data, digits).map(Reading::Document);
    }
    if data.contains(gs1::SEPARATOR) {
        return document::of_elements(data).map(Reading::Document);
    }
    if data.contains(is_separator) {
        return Err(ScanFault::Structured);
    }
    if is_led && let Some(document) = document::led(data, hints) {
        return Ok(Reading::Document(document));
    }
    let document = match document::of_link(text)? {
        Some(link) => Some(link),
        None => document::of_triple(text).or_else(|| document::unmarked(text, hints)),
    };
    match document {
        Some(document) => Ok(Reading::Document(document)),
        None => plain::candidates(text, hints).map(Reading::Plain),
    }
}

//! Labels that say several things at once: their fields, and the words of ours among them.
//!
//! A document is what a label's text says and nothing more. Every field is kept, with its identifier and
//! its meaning; those that name something here are words as well, likeliest first where several name the
//! same kind. Whether they exist is looked up by the caller. What could not be used is told in a remark, never
//! dropped: a quantity in another unit is no quantity of pieces.

mod day;
mod gs1;
mod message;
#[cfg(test)]
mod tests;

use super::{Candidate, Kind, ScanFault, identifier, plain};

pub use day::Dated;
pub(super) use gs1::{led, of_elements, of_link, of_retail, unmarked};
pub(super) use message::of_message;

/// What a label is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// GS1 element strings.
    Gs1,
    /// GS1 Digital Links.
    DigitalLink,
    /// ISO/IEC 15434 messages.
    Iso15434,
    /// `PART|SERIAL|OPERATION`, as older labels have it.
    Triple,
    /// A pattern of the site.
    Pattern,
}

impl Standard {
    /// The name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gs1 => "gs1",
            Self::DigitalLink => "gs1_digital_link",
            Self::Iso15434 => "iso_15434",
            Self::Triple => "part_serial_operation",
            Self::Pattern => "site_pattern",
        }
    }
}

/// A field of a label, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its identifier: an application identifier, a data identifier, a name in a pattern.
    pub identifier: String,
    /// What it is, in words; empty where nobody here knows.
    pub meaning: String,
    /// Its text. Of a measure, with its decimals and its unit.
    pub value: String,
    /// What it names here; none where it names nothing of ours.
    pub kind: Option<Kind>,
    /// How a date is written in it, where it is one.
    pub dated: Option<Dated>,
}

/// A word of ours on a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The identifier of its field.
    pub identifier: String,
    /// The word.
    pub candidate: Candidate,
}

/// What somebody should know about a label that was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Remark {
    /// It is not exactly what the standard wants.
    #[error("{0}; it was read as far as it goes")]
    NotStrict(String),
    /// An identifier stands there without one that it needs.
    #[error("({identifier}) stands without any of: {needs}; another code of the label may have it")]
    Incomplete {
        /// The identifier.
        identifier: String,
        /// What it needs, as alternatives.
        needs: &'static str,
    },
    /// A quantity that is not of pieces.
    #[error("{amount} {unit} in {identifier} is no number of pieces; count them and type it")]
    OtherUnit {
        /// The identifier.
        identifier: String,
        /// How much.
        amount: String,
        /// Of what.
        unit: String,
    },
    /// The text is no word of the kind that the field names.
    #[error("{identifier} names a {}, but {fault}", .kind.as_str())]
    Unusable {
        /// The identifier.
        identifier: String,
        /// What it names.
        kind: Kind,
        /// Why it cannot be used.
        fault: Box<ScanFault>,
    },
}

impl Remark {
    /// Stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotStrict(_) => "not_strict",
            Self::Incomplete { .. } => "incomplete",
            Self::OtherUnit { .. } => "other_unit",
            Self::Unusable { .. } => "unusable",
        }
    }

    /// The identifier it is about, where it is about one.
    pub fn identifier(&self) -> Option<&str> {
        match self {
            Self::NotStrict(_) => None,
            Self::Incomplete { identifier, .. }
            | Self::OtherUnit { identifier, .. }
            | Self::Unusable { identifier, .. } => Some(identifier),
        }
    }

    /// What of ours it is about.
    pub const fn kind(&self) -> Option<Kind> {
        match self {
            Self::OtherUnit { .. } => Some(Kind::Quantity),
            Self::Unusable { kind, .. } => Some(*kind),
            Self::NotStrict(_) | Self::Incomplete { .. } => None,
        }
    }
}

/// A label, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is written in.
    pub standard: Standard,
    /// Everything it says.
    pub fields: Vec<Field>,
    /// What of it are words of ours. Several of one kind are choices, likeliest first.
    pub words: Vec<Word>,
    /// What somebody should know.
    pub remarks: Vec<Remark>,
    /// What the text can be as a plain code. Empty where nothing but a label is possible; else what
    /// exists decides.
    pub plain: Vec<Candidate>,
}

impl Document {
    fn new(standard: Standard) -> Self {
        Self {
            standard,
            fields: Vec::new(),
            words: Vec::new(),
            remarks: Vec::new(),
            plain: Vec::new(),
        }
    }

    /// Adds a field, and the word that it is.
    fn add(&mut self, field: Field) {
        if let Some(kind) = field.kind.filter(|_| !field.value.trim().is_empty()) {
            self.word(&field.identifier, kind, &field.value);
        }
        self.fields.push(field);
    }

    fn word(&mut self, identifier: &str, kind: Kind, text: &str) {
        let identifier = identifier.to_owned();
        if kind == Kind::Quantity {
            let (amount, unit) = identifier::amount(text);
            if !unit.is_empty() && !unit.starts_with(',') && !identifier::is_pieces(unit) {
                let (amount, unit) = (amount.to_owned(), unit.to_owned());
                self.remarks.push(Remark::OtherUnit { identifier, amount, unit });
                return;
            }
        }
        match Candidate::parse(kind, &pieces_of(kind, text)) {
            Ok(candidate) => self.words.push(Word { identifier, candidate }),
            Err(fault) => {
                let fault = Box::new(fault);
                self.remarks.push(Remark::Unusable { identifier, kind, fault });
            }
        }
    }

    /// Puts what is likelier before the rest of the words from `first` on, by the order of `identifiers`.
    fn rank<'i>(&mut self, first: usize, identifiers: impl Iterator<Item = &'i str>) {
        let order: Vec<&str> = identifiers.collect();
        let words = self.words.get_mut(first..).unwrap_or_default();
        words.sort_by_key(|word| order.iter().position(|known| *known == word.identifier));
    }
}

/// The text without a unit, and without decimals that are zero. Three of them may be the rest of a thousand, and so may
/// whatever stands behind a comma: that stays, and is no number of pieces.
fn pieces_of(kind: Kind, text: &str) -> String {
    if kind != Kind::Quantity {
        return text.to_owned();
    }
    let (amount, unit) = identifier::amount(text);
    if unit.starts_with(',') {
        return text.to_owned();
    }
    let is_none = |decimals: &str| decimals.len() != 3 && decimals.bytes().all(|it| it == b'0');
    match amount.split_once('.') {
        Some((whole, decimals)) if is_none(decimals) => whole.to_owned(),
        _ => amount.to_owned(),
    }
}

/// `PART|SERIAL|OPERATION`: three texts, none of them empty.
pub(super) fn of_triple(text: &str) -> Option<Document> {
    let mut texts = text.split('|').map(str::trim);
    let (part, serial, operation) = (texts.next()?, texts.next()?, texts.next()?);
    if texts.next().is_some() || [part, serial, operation].iter().any(|text| text.is_empty()) {
        return None;
    }
    let mut document = Document::new(Standard::Triple);
    let all = [
        ("part", "part number", part, Some(Kind::Part)),
        ("serial", "serial number", serial, None),
        ("operation", "operation", operation, Some(Kind::Operation)),
    ];
    for (identifier, meaning, value, kind) in all {
        document.add(Field {
            identifier: identifier.to_owned(),
            meaning: meaning.to_owned(),
            value: value.to_owned(),
            kind,
            dated: None,
        });
    }
    // A part number may have bars in it.
    document.plain = plain::candidates(text, super::Hints::default()).unwrap_or_default();
    Some(document)
}

/// What a pattern of the site found in a code: names of groups with their texts.
pub(super) fn of_pattern<'t>(found: impl Iterator<Item = (&'t str, &'t str)>) -> Document {
    let mut document = Document::new(Standard::Pattern);
    for (name, text) in found {
        document.add(Field {
            identifier: name.to_owned(),
            meaning: name.replace('_', " "),
            value: text.trim().to_owned(),
            kind: Kind::from_name(name),
            dated: None,
        });
    }
    document
}

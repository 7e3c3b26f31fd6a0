//! What ISO/IEC 15434 messages mean here.

use super::{Dated, Document, Field, Remark, Standard};
use crate::scan::identifier::{self, IDENTIFIERS};
use crate::scan::iso15434::{self, Segment};
use crate::scan::{Kind, ScanFault};

/// Text element identifiers of format 12 (ATA Spec 2000) that are known here.
const TEXTS: [(&str, &str, Option<Kind>); 6] = [
    ("PNO", "part number", Some(Kind::Part)),
    ("PNR", "part number", Some(Kind::Part)),
    ("SER", "serial number", None),
    ("SEQ", "sequence number", None),
    ("MFR", "manufacturer", None),
    ("CAG", "manufacturer", None),
];

/// Data identifiers whose text is a day.
const DAYS: [&str; 5] = ["D", "6D", "12D", "14D", "16D"];

/// A message.
pub(in crate::scan) fn of_message(data: &str) -> Result<Document, ScanFault> {
    if iso15434::is_several(data) {
        return Err(ScanFault::Several);
    }
    let message = iso15434::read(data)?;
    let mut document = Document::new(Standard::Iso15434);
    let deviations = message.deviations.into_iter();
    document.remarks.extend(deviations.map(|it| Remark::NotStrict(it.to_string())));
    for segment in message.segments {
        match segment {
            Segment::Transport(texts) => document.transport(texts),
            Segment::Gs1(elements) => document.take(elements),
            Segment::Identified(fields) => document.identified(fields),
            Segment::Text(fields) => document.texts(fields),
        }
    }
    Ok(document)
}

impl Document {
    /// Fields that are told by their places: nobody here reads them, but they can be shown.
    fn transport(&mut self, texts: Vec<String>) {
        let texts = texts.into_iter().enumerate().filter(|(_, text)| !text.trim().is_empty());
        for (place, value) in texts {
            let (identifier, meaning) = (format!("01/{place}"), "transport label".to_owned());
            self.fields.push(Field { identifier, meaning, value, kind: None, dated: None });
        }
    }

    fn identified(&mut self, fields: Vec<iso15434::Field>) {
        let before = self.words.len();
        let unit = fields.iter().find(|field| field.identifier == "3Q");
        let unit = unit.map(|field| field.value.trim().to_owned());
        let other_unit = unit.filter(|unit| !unit.is_empty() && !identifier::is_pieces(unit));
        for field in fields {
            let known = identifier::find(&field.identifier);
            let is_day = DAYS.contains(&&*field.identifier);
            let field = match &other_unit {
                Some(unit) if field.identifier == "Q" => self.measured(field, unit),
                _ => Some(field),
            };
            let Some(field) = field else { continue };
            self.add(Field {
                meaning: known.map_or_else(String::new, |known| known.meaning.to_owned()),
                kind: known.and_then(|known| known.kind),
                dated: if is_day { Dated::of(&field.value) } else { None },
                identifier: field.identifier,
                value: field.value,
            });
        }
        self.rank(before, IDENTIFIERS.iter().map(|known| known.code));
    }

    /// Adds a quantity whose unit stands in another field; gives it back where it has none to be told.
    fn measured(&mut self, field: iso15434::Field, unit: &str) -> Option<iso15434::Field> {
        if field.value.trim().is_empty() {
            return Some(field);
        }
        let iso15434::Field { identifier, value } = field;
        let (amount, unit) = (value.trim().to_owned(), unit.to_owned());
        self.remarks.push(Remark::OtherUnit { identifier: identifier.clone(), amount, unit });
        let (meaning, kind) = ("quantity".to_owned(), Some(Kind::Quantity));
        self.fields.push(Field { identifier, meaning, value, kind, dated: None });
        None
    }

    fn texts(&mut self, fields: Vec<iso15434::Field>) {
        for field in fields {
            let known = TEXTS.iter().find(|(code, ..)| *code == field.identifier);
            self.add(Field {
                meaning: known.map_or_else(String::new, |(_, meaning, _)| (*meaning).to_owned()),
                kind: known.and_then(|(.., kind)| *kind),
                dated: None,
                identifier: field.identifier,
                value: field.value,
            });
        }
    }
}

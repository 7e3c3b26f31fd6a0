//! What GS1 elements mean here.

use super::{Dated, Document, Field, Remark, Standard, Word, plain};
use crate::scan::gs1::{self, Element, Fault};
use crate::scan::{Hints, Kind, ScanFault};

/// Identifiers that name something here, the likelier before the others of their kind.
///
/// A number of a trade item is the part's where parts are called by it. A logistic unit is what a lot is
/// here, so its number goes before the supplier's lot.
const WORDS: [(&str, Kind); 11] = [
    ("241", Kind::Part),
    ("240", Kind::Part),
    ("01", Kind::Part),
    ("02", Kind::Part),
    ("03", Kind::Part),
    ("00", Kind::Lot),
    ("10", Kind::Lot),
    ("30", Kind::Quantity),
    ("37", Kind::Quantity),
    ("254", Kind::Location),
    ("414", Kind::Location),
];

/// Numbers of trade items, which shorter symbols carry without the zeros before them.
const ITEMS: [&str; 3] = ["01", "02", "03"];
const SHORTER_ITEMS: [usize; 3] = [13, 12, 8];
/// Shortest text without any mark that is taken for elements: one number of an item or a unit.
const SHORTEST: usize = 16;
/// Identifiers of [`WORDS`] whose values have a known length: they end where they end, also without a separator.
const FIXED: [&str; 5] = ["00", "01", "02", "03", "414"];

/// An element string behind the symbology identifier.
pub(in crate::scan) fn of_elements(data: &str) -> Result<Document, ScanFault> {
    Ok(document(Standard::Gs1, gs1::read(data)?))
}

/// A Digital Link; none where the text is no link, or the link names no key.
pub(in crate::scan) fn of_link(text: &str) -> Result<Option<Document>, ScanFault> {
    let elements = gs1::read_link(text)?;
    Ok(elements.map(|elements| document(Standard::DigitalLink, elements)))
}

/// The symbol of a retail item of so many digits, with a composite component behind `|]e0` where there is
/// one.
pub(in crate::scan) fn of_retail(data: &str, digits: usize) -> Result<Document, ScanFault> {
    let (item, composite) = data.split_once("|]e0").map_or((data, None), |(a, b)| (a, Some(b)));
    if item.len() != digits {
        let (expected, found) = (digits, item.len());
        return Err(Fault {
            ai: None,
            place: 1,
            problem: gs1::Problem::CutOff { expected, found },
        }
        .into());
    }
    let mut elements = vec![gs1::read_retail(item)?];
    if let Some(composite) = composite {
        elements.extend(gs1::read(composite)?);
    }
    Ok(document(Standard::Gs1, elements))
}

/// Text without any mark that reads as elements from the number of an item or a unit on. It may be a plain
/// code all the same.
///
/// Where separators were lost, a value of no known length has swallowed whatever followed it, so no word is made of one.
pub(in crate::scan) fn unmarked(text: &str, hints: Hints) -> Option<Document> {
    let begins = ["00", "01", "02"].iter().any(|ai| text.starts_with(ai));
    if text.len() < SHORTEST || !begins {
        return None;
    }
    let mut document = document(Standard::Gs1, gs1::read(text).ok()?);
    let is_fixed = |word: &Word| FIXED.contains(&&*word.identifier);
    if let Some(open) = document.words.iter().find(|word| !is_fixed(word)) {
        let told =
            format!("({}) may have swallowed what follows, without separators", open.identifier);
        document.remarks.push(Remark::NotStrict(told));
    }
    document.words.retain(is_fixed);
    document.plain = plain::candidates(text, hints).unwrap_or_default();
    Some(document)
}

/// Elements behind the FNC1 that begins a symbol, which some scanners send as a separator. Others send one before any
/// code, so it may be a plain one all the same.
pub(in crate::scan) fn led(data: &str, hints: Hints) -> Option<Document> {
    let mut document = document(Standard::Gs1, gs1::read(data).ok()?);
    document.plain = plain::candidates(data, hints).unwrap_or_default();
    Some(document)
}

fn document(standard: Standard, elements: Vec<Element>) -> Document {
    let mut document = Document::new(standard);
    document.take(elements);
    document
}

impl Document {
    /// Adds GS1 elements.
    pub(super) fn take(&mut self, elements: Vec<Element>) {
        let before = self.words.len();
        let missing = gs1::missing(&elements);
        self.remarks.extend(
            missing.into_iter().map(|(identifier, needs)| Remark::Incomplete { identifier, needs }),
        );
        for element in elements {
            self.element(element);
        }
        self.rank(before, WORDS.iter().map(|(ai, _)| *ai));
    }

    fn element(&mut self, element: Element) {
        let kind = WORDS.iter().find(|(ai, _)| *ai == element.ai).map(|(_, kind)| *kind);
        let dated = element.is_dated().map(|long| if long { Dated::Long } else { Dated::Short });
        let measure = element.measure();
        if let Some((amount, unit)) = &measure {
            let identifier = element.ai.clone();
            let (amount, unit) = (amount.clone(), (*unit).to_owned());
            self.remarks.push(Remark::OtherUnit { identifier, amount, unit });
        }
        if ITEMS.contains(&&*element.ai) {
            let shorter = SHORTER_ITEMS.iter().filter_map(|digits| {
                let (zeros, rest) = element.value.split_at_checked(14 - digits)?;
                zeros.bytes().all(|byte| byte == b'0').then_some(rest)
            });
            for text in shorter {
                self.word(&element.ai, Kind::Part, text);
            }
        }
        let value = measure.map_or(element.value, |(amount, unit)| format!("{amount} {unit}"));
        let meaning = element.meaning.to_owned();
        self.add(Field { identifier: element.ai, meaning, value, kind, dated });
    }
}

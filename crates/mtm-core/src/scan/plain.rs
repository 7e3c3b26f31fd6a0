//! Plain codes: no key says what they are, so their shape ranks what they can be.
//!
//! A bar code of a label may begin with a data identifier (`P29507000`, `Q1040`), and so may a part number.
//! Both are candidates: what exists decides.

use super::{Candidate, Hints, Kind, ScanFault, identifier};

/// Longest run of digits that is taken for a typed or printed quantity.
const QUANTITY_DIGITS: usize = 6;
/// Digits of an allocated lot number.
const LOT_DIGITS: usize = 10;

/// What `text` can be, likeliest first; the kind in focus goes to the front.
///
/// The order only ranks: every kind whose word `text` can be is listed, because plants do have
/// part numbers of ten digits and operations called `N/A`.
pub(super) fn candidates(text: &str, hints: Hints) -> Result<Vec<Candidate>, ScanFault> {
    use Kind::{Location, Lot, Operation, Part, Quantity, WorkOrder};
    let order: &[Kind] = match Shape::of(text) {
        Shape::ShortDigits => &[Operation, Quantity, WorkOrder, Part, Location, Lot],
        Shape::LotDigits => &[Lot, Part, Location, WorkOrder],
        Shape::WorkOrder => &[WorkOrder, Part, Location, Lot],
        Shape::Other => &[Part, Location, Lot, Operation, WorkOrder],
    };
    let mut found: Vec<Candidate> = Vec::with_capacity(order.len());
    let mut first_fault = None;
    for kind in order {
        match Candidate::parse(*kind, text) {
            Ok(candidate) => found.push(candidate),
            Err(fault) => {
                first_fault.get_or_insert(fault);
            }
        }
    }
    if let Some((_, candidate)) = identified(text) {
        // Work orders and quantities are taken at their word, so whatever says more of itself goes before.
        let at_their_word = |it: &Candidate| matches!(it.kind(), Kind::WorkOrder | Kind::Quantity);
        let place = found.iter().position(at_their_word).unwrap_or(found.len());
        found.insert(place, candidate);
    }
    // Stable: everything else keeps its order.
    found.sort_by_key(|candidate| Some(candidate.kind()) != hints.expected);
    match first_fault {
        Some(fault) if found.is_empty() => Err(fault),
        _ => Ok(found),
    }
}

/// The data identifier that `text` begins with, and the word behind it.
///
/// Behind those of quantities and work orders stand digits, because both are taken at their word.
///
/// ```
/// use mtm_core::scan::{Kind, identified};
///
/// let (identifier, word) = identified("Q1040").unwrap();
/// assert_eq!((identifier, word.kind(), word.text()), ("Q", Kind::Quantity, "1040".to_owned()));
/// assert_eq!(identified("QUEUE"), None);
/// ```
pub fn identified(text: &str) -> Option<(&str, Candidate)> {
    let (code, value) = identifier::split(text)?;
    let kind = identifier::find(code)?.kind?;
    let digits = value.strip_prefix("WO-").filter(|_| kind == Kind::WorkOrder).unwrap_or(value);
    let (amount, unit) = identifier::amount(digits);
    let is_number = amount == digits || (code == "7Q" && identifier::is_pieces(unit));
    if matches!(kind, Kind::Quantity | Kind::WorkOrder) && !is_number {
        return None;
    }
    let text = if kind == Kind::Quantity { amount } else { value };
    Some((code, Candidate::parse(kind, text).ok()?))
}

enum Shape {
    ShortDigits,
    LotDigits,
    WorkOrder,
    Other,
}

impl Shape {
    fn of(text: &str) -> Self {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("WO-"));
        match text.len() {
            1..=QUANTITY_DIGITS if digits => Self::ShortDigits,
            LOT_DIGITS if digits => Self::LotDigits,
            _ if prefix => Self::WorkOrder,
            _ => Self::Other,
        }
    }
}

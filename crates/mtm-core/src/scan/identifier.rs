//! Data identifiers (ANSI MH10.8.2): a letter, up to three digits before it, that say what follows.
//!
//! Labels of the automotive and electronics industries put them before the text of a bar code, and into
//! the fields of an ISO/IEC 15434 message. Those that name something here lead to a word; the others are
//! kept as they were read, with their meaning where this table has it.

use super::Kind;

/// What an identifier means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identifier {
    /// The identifier.
    pub code: &'static str,
    /// What follows it, in words.
    pub meaning: &'static str,
    /// What it names here; none where it names nothing of ours.
    pub kind: Option<Kind>,
}

const fn names(code: &'static str, meaning: &'static str, kind: Kind) -> Identifier {
    Identifier { code, meaning, kind: Some(kind) }
}

const fn says(code: &'static str, meaning: &'static str) -> Identifier {
    Identifier { code, meaning, kind: None }
}

/// What is known. Of several that name the same kind, the earlier one is the likelier.
pub const IDENTIFIERS: &[Identifier] = &[
    names("P", "part number", Kind::Part),
    names("1P", "supplier's part number", Kind::Part),
    names("1J", "licence plate of a unit", Kind::Lot),
    names("2J", "licence plate of a unit with others inside", Kind::Lot),
    names("3J", "licence plate of a transport unit", Kind::Lot),
    names("4J", "licence plate of a transport unit with others inside", Kind::Lot),
    names("5J", "licence plate of a mixed unit", Kind::Lot),
    names("6J", "licence plate of a master unit", Kind::Lot),
    names("1T", "lot", Kind::Lot),
    names("Q", "quantity", Kind::Quantity),
    names("7Q", "quantity with unit", Kind::Quantity),
    names("W", "work order", Kind::WorkOrder),
    names("1L", "location", Kind::Location),
    names("20L", "first place of use", Kind::Location),
    names("21L", "second place of use", Kind::Location),
    says("S", "serial number"),
    says("3S", "package of the supplier"),
    says("4S", "package of the supplier with others inside"),
    says("B", "container"),
    says("V", "supplier"),
    says("1V", "manufacturer"),
    says("K", "order"),
    says("1K", "supplier's order"),
    says("2K", "shipment"),
    says("11K", "packing list"),
    says("4K", "line of the order"),
    says("14K", "line of the order"),
    says("D", "date"),
    says("6D", "date"),
    says("9D", "date code"),
    says("10D", "date code"),
    says("12D", "date"),
    says("14D", "expires on"),
    says("16D", "made on"),
    says("2P", "revision"),
    says("20P", "further code of the part"),
    says("30P", "further code of the part"),
    says("4L", "country of origin"),
    says("3Q", "unit of the quantity"),
    says("13Q", "number of the package"),
    says("T", "traceability code"),
];

/// What `code` means, where this table has it.
pub fn find(code: &str) -> Option<&'static Identifier> {
    IDENTIFIERS.iter().find(|known| known.code == code)
}

/// Splits a field into its identifier and what follows; none where it begins with no identifier.
///
/// ```
/// use mtm_core::scan::identifier;
///
/// assert_eq!(identifier::split("1T100000"), Some(("1T", "100000")));
/// assert_eq!(identifier::split("7Q144.04GT"), Some(("7Q", "144.04GT")));
/// assert_eq!(identifier::split("4711"), None);
/// ```
pub fn split(field: &str) -> Option<(&str, &str)> {
    let digits = field.bytes().take_while(u8::is_ascii_digit).count();
    let letter = field.as_bytes().get(digits).is_some_and(u8::is_ascii_uppercase);
    (digits <= 3 && letter).then(|| field.split_at(digits + 1))
}

/// Names of pieces on labels: of ANSI X12, of UN/ECE recommendation 20, and what people print. `ST` is not among them:
/// it is a set there, and nobody knows of how many.
const PIECES: &[&str] =
    &["EA", "EACH", "PC", "PCE", "PCS", "PIECE", "PIECES", "C62", "H87", "STK", "UN"];

/// Whether `unit` means pieces.
pub fn is_pieces(unit: &str) -> bool {
    PIECES.iter().any(|name| name.eq_ignore_ascii_case(unit.trim()))
}

/// Splits an amount from the unit behind it. The unit is empty where there is none.
pub(super) fn amount(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (amount, unit) = text.split_at(end);
    (amount, unit.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_up_to_three_digits_and_a_capital() {
        assert_eq!(split("P"), Some(("P", "")));
        assert_eq!(split("123Pabc"), Some(("123P", "abc")));
        for none in ["", "p1", "1234P", "12", "+P1", " P1", "é"] {
            assert_eq!(split(none), None, "{none:?}");
        }
    }

    #[test]
    fn each_identifier_stands_once_and_is_one() {
        for (at, known) in IDENTIFIERS.iter().enumerate() {
            assert_eq!(split(known.code), Some((known.code, "")));
            assert_eq!(IDENTIFIERS.iter().position(|one| one.code == known.code), Some(at));
        }
    }

    #[test]
    fn amounts_and_units_are_told_apart() {
        assert_eq!(amount("144.04GT"), ("144.04", "GT"));
        assert_eq!(amount("10 lbs"), ("10", "lbs"));
        assert_eq!(amount(" 2880 "), ("2880", ""));
        assert_eq!(amount("-5"), ("", "-5"));
        assert!(is_pieces("ea") && is_pieces(" PCE ") && !is_pieces("KG") && !is_pieces(""));
        assert!(!is_pieces("ST"), "a set");
    }
}

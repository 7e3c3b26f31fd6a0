//! Labels of our own: `KEY:value`, one field each.
//!
//! ```text
//! label = key ":" value
//! key   = "PART" | "OP" | "LOC" | "LOT" | "WO" | "QTY"     in any case
//! value = the word, as its type parses it; QTY: digits, above zero
//! ```
//!
//! Blanks around key and value do not count. Only these keys make a label, so a part number with
//! a colon in it stays a plain code. The key decides: `PART:0000012345` is a part, whatever a
//! plain `0000012345` would be.

use super::{Candidate, Kind, ScanFault};

/// The key that a label of ours carries for `kind`.
pub(super) const fn key(kind: Kind) -> &'static str {
    match kind {
        Kind::Part => "PART",
        Kind::Operation => "OP",
        Kind::Location => "LOC",
        Kind::Lot => "LOT",
        Kind::WorkOrder => "WO",
        Kind::Quantity => "QTY",
    }
}

/// Reads `text` if it is a label of ours.
pub(super) fn read(text: &str) -> Option<Result<Candidate, ScanFault>> {
    let (head, value) = text.split_once(':')?;
    let head = head.trim();
    let kind = Kind::ALL.into_iter().find(|kind| key(*kind).eq_ignore_ascii_case(head))?;
    Some(Candidate::parse(kind, value))
}

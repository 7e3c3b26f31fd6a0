//! Seventy-two operations, as numbers grew over the years: tens, nines for raw stock, three digits
//! for another product line, a cell that numbers its own steps.

use super::{OperationMaster, word};

/// Code, what is done, and how often a part's work begins there (a weight).
const OPERATIONS: [(&str, &str, u64); 72] = [
    ("N/A", "No routing", 0),
    ("10", "Cut to length", 8),
    ("12", "Deburr", 4),
    ("15", "Blank", 50),
    ("18", "Wash", 2),
    ("19", "Raw stock", 330),
    ("20", "Form", 150),
    ("25", "Form, second hit", 2),
    ("29", "Trim", 45),
    ("30", "Pierce", 65),
    ("35", "Coin", 2),
    ("39", "Trimmed stock", 8),
    ("40", "Weld", 15),
    ("45", "Weld, fixture 2", 4),
    ("49", "Welded stock", 2),
    ("50", "Machine", 16),
    ("55", "Machine, second side", 2),
    ("59", "Machined stock", 1),
    ("60", "Tap", 8),
    ("65", "Ream", 1),
    ("69", "Tapped stock", 1),
    ("70", "Assemble", 68),
    ("75", "Assemble, second station", 1),
    ("79", "Assembled stock", 1),
    ("80", "Inspect", 4),
    ("85", "Leak test", 1),
    ("89", "Inspected stock", 8),
    ("90", "Pack", 90),
    ("95", "Repack", 3),
    ("96", "Repack, export", 3),
    ("99", "Finished stock", 14),
    ("100", "Stamp", 4),
    ("105", "Stamp, second die", 1),
    ("106", "Stamp, third die", 3),
    ("109", "Stamped stock", 19),
    ("110", "Bend", 1),
    ("115", "Bend, second", 1),
    ("119", "Bent stock", 6),
    ("120", "Rivet", 1),
    ("150", "Stake", 1),
    ("159", "Staked stock", 1),
    ("190", "Mark", 1),
    ("200", "Heat treat", 2),
    ("209", "Heat-treated stock", 1),
    ("220", "Straighten", 1),
    ("229", "Straightened stock", 1),
    ("252-01", "Cell 252, load", 3),
    ("252-02", "Cell 252, weld", 1),
    ("252-03", "Cell 252, unload", 1),
    ("300", "Outside plating", 9),
    ("320", "Outside coating", 6),
    ("329", "Coated stock", 1),
    ("359", "Plated stock", 10),
    ("380", "Outside heat treat", 1),
    ("400", "Paint", 1),
    ("409", "Painted stock", 3),
    ("450", "Label", 1),
    ("500", "Kit", 1),
    ("509", "Kitted stock", 1),
    ("600", "Sort", 1),
    ("700", "Rework", 1),
    ("800", "Sample", 1),
    ("889", "Sorted stock", 4),
    ("900", "Ship-ready, rack", 9),
    ("905", "Ship-ready, box", 2),
    ("909", "Ship-ready, returnables", 2),
    ("910", "Purchased, receive", 20),
    ("919", "Purchased stock", 20),
    ("920", "Purchased, inspect", 14),
    ("929", "Purchased, released", 3),
    ("939", "Purchased, quarantine", 7),
    ("950", "Consigned stock", 1),
];

/// The operation of parts without routing, by its position.
pub(super) const NOT_APPLICABLE: usize = 0;

/// Every operation, in order.
pub(super) fn all() -> Vec<OperationMaster> {
    OPERATIONS
        .iter()
        .map(|&(code, description, _)| OperationMaster { code: word(code), description })
        .collect()
}

/// How often a part's work begins at each operation.
pub(super) fn weights() -> impl Iterator<Item = u64> {
    OPERATIONS.iter().map(|&(_, _, weight)| weight)
}

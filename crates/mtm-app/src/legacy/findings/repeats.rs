//! Double entries: the same booking twice within moments.

use std::collections::HashMap;

use super::{Finding, FindingItem, Kind};
use crate::legacy::plant::{LegacyPlant, LogKind, LogRow};

/// Receipts that repeat the one before within this many seconds are twins.
pub(crate) const TWIN_SECONDS: i64 = 2;
/// Takes of one lot that repeat the one before within this many seconds are repetitions.
pub(crate) const REPEAT_SECONDS: i64 = 10;

pub(super) fn findings(plant: &LegacyPlant) -> Vec<Finding> {
    let twins = repeats(plant, LogKind::In, TWIN_SECONDS, |a, b| {
        same_booking(a, b) && a.lot.value() != b.lot.value()
    });
    let takes = repeats(plant, LogKind::Out, REPEAT_SECONDS, |a, b| {
        same_booking(a, b) && a.lot.value() == b.lot.value()
    });
    [
        Finding::new(
            Kind {
                code: "twin_receipts",
                title: "Receipts booked twice: same part, place, operation, quantity and user \
                        within 2 s, a new lot each",
                decision: "Both lots are taken over as they stand; count those that still do.",
            },
            twins,
        ),
        Finding::new(
            Kind {
                code: "repeated_takes",
                title: "Takes booked twice: same lot, part, place, operation, quantity and user \
                        within 10 s",
                decision: "Kept in the legacy history; they explain most lots with surplus_out.",
            },
            takes,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn same_booking(a: &LogRow, b: &LogRow) -> bool {
    a.part.value() == b.part.value()
        && a.from.value() == b.from.value()
        && a.to.value() == b.to.value()
        && a.operation.value() == b.operation.value()
        && a.quantity == b.quantity
        && a.user.value() == b.user.value()
}

/// Rows of `kind` that repeat an earlier one of at most `window` seconds before. Each is compared
/// with the latest row that it equals, so a burst of n counts n − 1.
fn repeats(
    plant: &LegacyPlant,
    kind: LogKind,
    window: i64,
    same: impl Fn(&LogRow, &LogRow) -> bool,
) -> Vec<FindingItem> {
    let mut rows: Vec<_> = plant
        .log
        .iter()
        .filter(|row| row.kind == kind)
        .filter_map(|row| Some((row.at.civil()?, row)))
        .collect();
    rows.sort_by_key(|(at, row)| (*at, row.id));
    let mut recent = HashMap::<_, Vec<(jiff::civil::DateTime, &LogRow)>>::new();
    let mut found = Vec::new();
    for (at, row) in rows {
        let seen = recent.entry((row.part.value(), row.quantity)).or_default();
        seen.retain(|(before, _)| at.duration_since(*before).as_secs() <= window);
        if let Some((_, twin)) = seen.iter().rev().find(|(_, before)| same(before, row)) {
            found.push(item(twin, row));
        }
        seen.push((at, row));
    }
    found
}

fn item(first: &LogRow, second: &LogRow) -> FindingItem {
    let lot = |row: &LogRow| row.lot.verbatim().unwrap_or_default().to_owned();
    let part = second.part.verbatim().unwrap_or_default();
    let lots = if lot(first) == lot(second) {
        format!("lot {}", lot(first))
    } else {
        format!("lots {} and {}", lot(first), lot(second))
    };
    FindingItem {
        subject: format!("{lots} of {part}"),
        table: "inv_transaction",
        rows: 1,
        pieces: Some(second.quantity),
        ids: vec![first.id, second.id],
    }
}

//! Rows of the ledger in the words of the pages.

use mtm_app::query::{LegacyRow, LotEvent, MovementRow};
use mtm_core::catalogue::{Catalogue, HoldTarget};
use mtm_core::movement::MovementType;
use mtm_core::word::{LocationCode, LotNumber, PartCode, Timestamp};

use crate::ui::components::badge;
use crate::ui::components::bucket::Movement;
use crate::ui::components::life_cycle::Step;

const MINUTE: i64 = 60 * 1_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The badge of a movement type.
pub(super) const fn kind(kind: MovementType) -> badge::MovementType {
    match kind {
        MovementType::In => badge::MovementType::In,
        MovementType::Out => badge::MovementType::Out,
        MovementType::Transfer => badge::MovementType::Transfer,
        MovementType::Adjust => badge::MovementType::Adjust,
        MovementType::Scrap => badge::MovementType::Scrap,
        MovementType::Opening => badge::MovementType::Opening,
        MovementType::Reversal => badge::MovementType::Reversal,
    }
}

fn text<T: ToString>(value: Option<&T>) -> String {
    value.map(T::to_string).unwrap_or_default()
}

/// A movement as lists show it: from where to where, with the outside left blank.
pub(super) fn movement(row: &MovementRow) -> Movement {
    let (operation, location) = (text(row.operation.as_ref()), text(row.location.as_ref()));
    // Of receipts the ledger names the place of arrival first, as bookings do.
    let (from, to) = if row.from_account.is_some() {
        ((String::new(), String::new()), (operation, location))
    } else {
        ((operation, location), (text(row.to_operation.as_ref()), text(row.to_location.as_ref())))
    };
    Movement {
        id: row.id.to_string(),
        sequence: row.sequence.and_then(|sequence| i64::try_from(sequence).ok()),
        kind: kind(row.kind),
        part: row.part.to_string(),
        operation: from.0,
        location: from.1,
        to_operation: to.0,
        to_location: to.1,
        lot: row.lot.to_string(),
        to_lot: text(row.to_lot.as_ref()),
        quantity: row.quantity.whole(),
        user: row.user.clone(),
        recorded_at: row.recorded_at.to_string(),
        notes: joined([
            row.reason.as_ref().map(ToString::to_string),
            row.notes.as_ref().map(ToString::to_string),
        ]),
        reversed_by: text(row.reversed_by.as_ref()),
        reverses: text(row.reverses.as_ref()),
        legacy: false,
        in_closed_period: row.in_closed_period,
    }
}

/// A row of an earlier system's log.
fn legacy(row: &LegacyRow) -> Movement {
    let known = match row.kind.to_ascii_uppercase().as_str() {
        "OUT" => badge::MovementType::Out,
        "TRANSFER" | "MOVE" => badge::MovementType::Transfer,
        _ => badge::MovementType::In,
    };
    let operation = row.operation.clone().unwrap_or_default();
    Movement {
        id: format!("legacy-{}", row.id),
        kind: known,
        part: row.part.clone(),
        operation: if row.from_location.is_some() { operation.clone() } else { String::new() },
        location: row.from_location.clone().unwrap_or_default(),
        to_operation: if row.to_location.is_some() { operation } else { String::new() },
        to_location: row.to_location.clone().unwrap_or_default(),
        lot: row.lot.clone().unwrap_or_default(),
        quantity: row.quantity,
        user: row.user.clone().unwrap_or_default(),
        recorded_at: row.occurred_at.map(|at| at.to_string()).unwrap_or_default(),
        notes: row.notes.clone().unwrap_or_default(),
        legacy: true,
        ..Movement::default()
    }
}

/// An event in a lot's life.
pub(super) fn event(event: &LotEvent) -> Movement {
    match event {
        LotEvent::Ledger(row) => movement(row),
        LotEvent::Legacy(row) => legacy(row),
    }
}

/// A movement's way in words: `R-E4-18 · 19 → DC-A0-01 · 20`.
pub(super) fn path(movement: &Movement) -> String {
    let place = |location: &str, operation: &str| match (location, operation) {
        ("", _) => String::new(),
        (location, "") => location.to_owned(),
        (location, operation) => format!("{location} · {operation}"),
    };
    let from = place(&movement.location, &movement.operation);
    if !movement.to_lot.is_empty() {
        return format!("{from} · lot {} → lot {}", movement.lot, movement.to_lot);
    }
    let to = place(&movement.to_location, &movement.to_operation);
    match (from.is_empty(), to.is_empty()) {
        (true, _) => format!("→ {to}"),
        (false, true) => format!("{from} → out"),
        (false, false) => format!("{from} → {to}"),
    }
}

/// The life of a lot, oldest first; the movement `current` is marked.
pub(super) fn steps(history: &[LotEvent], current: &str) -> Vec<Step> {
    let draw = |event: &LotEvent| {
        let movement = self::event(event);
        Step {
            place: path(&movement),
            undone: !movement.reversed_by.is_empty(),
            current: movement.id == current,
            movement_id: movement.id,
            kind: movement.kind,
            quantity: movement.quantity,
            user: movement.user,
            recorded_at: movement.recorded_at,
            notes: movement.notes,
            branches: Vec::new(),
        }
    };
    history.iter().map(draw).collect()
}

/// How long ago, in one figure.
pub(super) fn age(since: Timestamp, now: Timestamp) -> String {
    match now.micros().saturating_sub(since.micros()) {
        age if age >= 2 * DAY => format!("{} d", age / DAY),
        age if age >= 2 * HOUR => format!("{} h", age / HOUR),
        age => format!("{} min", (age / MINUTE).max(0)),
    }
}

/// Why something is blocked: the reason of the narrowest hold on it.
pub(super) fn hold(
    catalogue: &Catalogue,
    lot: &LotNumber,
    part: &PartCode,
    location: &LocationCode,
) -> Option<String> {
    let (part, location) = (catalogue.part(part)?, catalogue.location(location)?);
    let hold = catalogue.hold_on(lot, part.row, location.row)?;
    let what = match hold.target {
        HoldTarget::Lot(_) => "",
        HoldTarget::Part(_) => " (the part)",
        HoldTarget::Location(_) => " (the location)",
    };
    Some(format!("{}{what}", hold.reason))
}

/// What is known, in one line.
pub(super) fn joined<const N: usize>(facts: [Option<String>; N]) -> String {
    let known: Vec<String> = facts.into_iter().flatten().filter(|fact| !fact.is_empty()).collect();
    known.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_one_figure() {
        let ago = |micros| age(Timestamp::from_micros(0), Timestamp::from_micros(micros));
        assert_eq!(ago(0), "0 min");
        assert_eq!(ago(119 * MINUTE), "119 min");
        assert_eq!(ago(5 * HOUR), "5 h");
        assert_eq!(ago(3 * DAY + 1), "3 d");
        assert_eq!(ago(-5), "0 min", "a clock that ran backwards");
    }

    #[test]
    fn ways_leave_the_outside_out() {
        let way = |from: &str, to: &str| {
            path(&Movement {
                location: from.into(),
                operation: "19".into(),
                to_location: to.into(),
                to_operation: "20".into(),
                ..Movement::default()
            })
        };
        assert_eq!(way("A", "B"), "A · 19 → B · 20");
        assert_eq!(way("", "B"), "→ B · 20");
        assert_eq!(way("A", ""), "A · 19 → out");
        let joined = Movement {
            location: "A".into(),
            operation: "19".into(),
            lot: "7".into(),
            to_lot: "8".into(),
            ..Movement::default()
        };
        assert_eq!(path(&joined), "A · 19 · lot 7 → lot 8");
    }
}

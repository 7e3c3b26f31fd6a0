//! The words that steps are made of, right ones and now and then a wrong one.

use mtm_core::command::{LotAttributes, LotChanges, Patch};
use mtm_core::word::{
    ColorCode, ImportId, ItemType, LocationCode, LotNumber, Note, OperationCode, PartCode,
    Quantity, ReasonCode, SessionId, WorkOrder,
};

use super::super::World;
use super::uuid;

pub(super) const PARTS: [&str; 5] = ["11058-1779", "24 126 251", "500", "OLD-1", "NO-SUCH-PART"];
pub(super) const OPERATIONS: [&str; 5] = ["10", "20", "N/A", "99", "777"];
pub(super) const LOCATIONS: [&str; 6] =
    ["R-E4-18", "DC-A0-01", "NCM", "FLOOR - WIP AISLE", "R-GONE", "NOWHERE"];
pub(super) const REASONS: [&str; 6] =
    ["damaged", "count", "shipped", "quality", "other", "because"];

/// Picks by position; the last two or so are the wrong ones and are chosen seldom.
pub(super) fn name<'n>(names: &[&'n str], index: u8) -> &'n str {
    let good = names.len() - 2;
    let index = usize::from(index);
    if index >= 250 { names[good + index % 2] } else { names[index % good] }
}

pub(super) fn part(index: u8) -> PartCode {
    PartCode::parse(name(&PARTS, index)).unwrap()
}

pub(super) fn operation(index: u8) -> OperationCode {
    OperationCode::parse(name(&OPERATIONS, index)).unwrap()
}

pub(super) fn location(index: u8) -> LocationCode {
    LocationCode::parse(name(&LOCATIONS, index)).unwrap()
}

pub(super) fn reason(right: &str, index: u8) -> ReasonCode {
    let text = if index < 235 { right } else { REASONS[usize::from(index) % REASONS.len()] };
    ReasonCode::parse(text).unwrap()
}

pub(super) fn note(text: &str) -> Note {
    Note::parse(text).unwrap()
}

pub(super) fn pieces(n: i64) -> Quantity {
    Quantity::pieces(n).unwrap()
}

pub(super) fn import_id(n: u8) -> ImportId {
    ImportId(uuid(1_000_000 + u64::from(n % 2)))
}

pub(super) fn session_id(n: u8) -> SessionId {
    SessionId(uuid(2_000_000 + u64::from(n % 2)))
}

/// A number of the caller's own; sometimes one that the system would give out.
pub(super) fn own_lot(index: u8) -> LotNumber {
    let index = u64::from(index % 12);
    if index < 9 {
        LotNumber::parse(&format!("own-{index}")).unwrap()
    } else {
        LotNumber::allocated(index)
    }
}

/// The item at `index`, counted around; none for the highest indexes, so that what does not
/// exist is asked for now and then.
pub(super) fn nth<I: ExactSizeIterator>(mut items: I, index: u8) -> Option<I::Item> {
    let index = usize::from(index);
    if index >= 248 || items.len() == 0 { None } else { items.nth(index % items.len()) }
}

pub(super) fn any_lot(world: &World, index: u8) -> LotNumber {
    let lot = nth(world.lots.keys(), index).cloned();
    lot.unwrap_or_else(|| LotNumber::parse("NO-SUCH-LOT").unwrap())
}

pub(super) fn carried([item, color, order, notes]: [u8; 4]) -> LotAttributes {
    LotAttributes {
        item_type: pick_text(item, &["wip", "Dunnage", "Bygone"])
            .map(|text| ItemType::parse(text).unwrap()),
        color_code: pick_text(color, &["Red", "Blue", "Mauve"])
            .map(|text| ColorCode::parse(text).unwrap()),
        work_order: pick_text(order, &["60723", "WO-000001", "ERP-1/2"])
            .map(|text| WorkOrder::parse(text).unwrap()),
        notes: pick_text(notes, &["green skid", "ask Kim", "x"]).map(note),
    }
}

pub(super) fn changes([item, color, order, notes]: [u8; 4]) -> LotChanges {
    let new = carried([item, color, order, notes]);
    LotChanges {
        item_type: patch(item, new.item_type),
        color_code: patch(color, new.color_code),
        work_order: patch(order, new.work_order),
        notes: patch(notes, new.notes),
    }
}

pub(super) fn patch<T>(index: u8, new: Option<T>) -> Patch<T> {
    match new {
        Some(value) => Patch::Set(value),
        None if index.is_multiple_of(2) => Patch::Keep,
        None => Patch::Clear,
    }
}

/// Nothing for half of the indexes; the last text seldom.
pub(super) fn pick_text<'t>(index: u8, texts: &[&'t str; 3]) -> Option<&'t str> {
    match index {
        0..128 => None,
        128..190 => Some(texts[0]),
        190..245 => Some(texts[1]),
        _ => Some(texts[2]),
    }
}

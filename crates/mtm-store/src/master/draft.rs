//! A record in the making: attributes applied to what it was, or to the defaults.

use mtm_core::catalogue::Catalogue;
use mtm_core::code::Code;
use mtm_core::command::Patch;
use mtm_core::rejection::Rejection;
use mtm_core::word::{
    ColorCode, ItemType, LocationCode, OperationCode, PartCode, Quantity, ReasonCode, WordError,
    fold,
};

use super::{MasterAttributes, MasterDetails, MasterNoun, MasterRow, PartDetails};

/// Longest free text of a record.
const LONGEST_TEXT: usize = 200;

/// The code in the spelling it is kept in, and its folded form.
pub(super) fn parse_code(noun: MasterNoun, text: &str) -> Result<(String, String), Rejection> {
    let spelt = match noun {
        MasterNoun::Part => PartCode::parse(text).map(|code| code.to_string()),
        MasterNoun::Operation => OperationCode::parse(text).map(|code| code.to_string()),
        MasterNoun::Location => LocationCode::parse(text).map(|code| code.to_string()),
        MasterNoun::ItemType => ItemType::parse(text).map(|code| code.to_string()),
        MasterNoun::ColorCode => ColorCode::parse(text).map(|code| code.to_string()),
        MasterNoun::Reason(_) => ReasonCode::parse(text).map(|code| code.to_string()),
    };
    let spelt = spelt
        .map_err(|error: WordError| Rejection::new(Code::InvalidBody, "code", error.to_string()))?;
    let folded = fold(&spelt);
    Ok((spelt, folded))
}

/// What a record of this noun has before anything is said about it.
pub(super) fn blank(noun: MasterNoun) -> MasterDetails {
    match noun {
        MasterNoun::Part => MasterDetails::Part(PartDetails::default()),
        MasterNoun::Operation => MasterDetails::Operation {},
        MasterNoun::Location => MasterDetails::Location { building: None, kind: None },
        MasterNoun::ItemType => MasterDetails::ItemType {},
        MasterNoun::ColorCode => MasterDetails::ColorCode {},
        MasterNoun::Reason(kind) => MasterDetails::Reason { kind, needs_notes: false },
    }
}

/// The record after `attributes` were set. Attributes that its noun does not have are refused.
pub(super) fn apply(
    catalogue: &Catalogue,
    row: &MasterRow,
    attributes: &MasterAttributes,
) -> Result<MasterRow, Rejection> {
    let mut row = row.clone();
    let mut rest = attributes.clone();
    text("description", &std::mem::take(&mut rest.description), &mut row.description)?;
    row.unverified = rest.unverified.take().unwrap_or(row.unverified);
    match &mut row.details {
        MasterDetails::Part(part) => apply_part(catalogue, &mut rest, part)?,
        MasterDetails::Location { building, kind } => {
            text("building", &std::mem::take(&mut rest.building), building)?;
            *kind = std::mem::take(&mut rest.kind).apply(kind.as_ref());
        }
        MasterDetails::Reason { needs_notes, .. } => {
            *needs_notes = rest.needs_notes.take().unwrap_or(*needs_notes);
        }
        MasterDetails::Operation {} | MasterDetails::ItemType {} | MasterDetails::ColorCode {} => {}
    }
    match leftover(&rest) {
        None => Ok(row),
        Some(field) => Err(Rejection::new(
            Code::InvalidBody,
            field,
            format!("{field} is not an attribute of this kind of master data"),
        )),
    }
}

fn apply_part(
    catalogue: &Catalogue,
    rest: &mut MasterAttributes,
    part: &mut PartDetails,
) -> Result<(), Rejection> {
    text("customer", &std::mem::take(&mut rest.customer), &mut part.customer)?;
    match std::mem::take(&mut rest.item_type) {
        Patch::Keep => {}
        Patch::Clear => part.item_type = None,
        Patch::Set(code) => {
            let record = catalogue.item_type(&code).ok_or_else(|| {
                let message = format!("{code} is not in the master data");
                Rejection::new(Code::UnknownItemType, "item_type", message)
            })?;
            part.item_type = Some(record.code.clone());
        }
    }
    part.requires_color = rest.requires_color.take().unwrap_or(part.requires_color);
    part.requires_work_order = rest.requires_work_order.take().unwrap_or(part.requires_work_order);
    part.max_quantity = std::mem::take(&mut rest.max_quantity).apply(part.max_quantity.as_ref());
    if part.max_quantity.is_some_and(Quantity::is_zero) {
        return Err(Rejection::new(
            Code::QuantityOutOfRange,
            "max_quantity",
            "a bound of 0 pieces would refuse every receipt; retire the part instead",
        ));
    }
    part.minimum_stock = std::mem::take(&mut rest.minimum_stock).apply(part.minimum_stock.as_ref());
    if part.minimum_stock.is_some_and(Quantity::is_zero) {
        return Err(Rejection::new(
            Code::QuantityOutOfRange,
            "minimum_stock",
            "no stock is below 0 pieces; leave the minimum out instead",
        ));
    }
    if let Some(operations) = rest.operations.take() {
        part.operations = operations;
    }
    Ok(())
}

fn text(
    field: &'static str,
    patch: &Patch<String>,
    current: &mut Option<String>,
) -> Result<(), Rejection> {
    let wanted = patch.apply(current.as_ref());
    let wanted = wanted.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if let Some(text) = &wanted {
        if text.chars().count() > LONGEST_TEXT {
            let message = format!("{field} has more than {LONGEST_TEXT} characters");
            return Err(Rejection::new(Code::InvalidBody, field, message));
        }
        if text.chars().any(char::is_control) {
            let message = format!("{field} holds a control character");
            return Err(Rejection::new(Code::InvalidBody, field, message));
        }
    }
    *current = wanted;
    Ok(())
}

/// The first attribute that is still mentioned.
fn leftover(rest: &MasterAttributes) -> Option<&'static str> {
    let mentioned = [
        ("building", rest.building != Patch::Keep),
        ("type", rest.kind != Patch::Keep),
        ("customer", rest.customer != Patch::Keep),
        ("item_type", rest.item_type != Patch::Keep),
        ("requires_color", rest.requires_color.is_some()),
        ("requires_work_order", rest.requires_work_order.is_some()),
        ("max_quantity", rest.max_quantity != Patch::Keep),
        ("minimum_stock", rest.minimum_stock != Patch::Keep),
        ("operations", rest.operations.is_some()),
        ("needs_notes", rest.needs_notes.is_some()),
    ];
    mentioned.into_iter().find_map(|(field, is)| is.then_some(field))
}

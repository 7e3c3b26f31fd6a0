//! From codes to records: does what the command names exist, and may it take new stock?

use std::sync::Arc;

use crate::catalogue::{LocationRecord, MasterHeader, OperationRecord, PartRecord, ReasonKind};
use crate::code::Code;
use crate::command::LotAttributes;
use crate::movement::PartRef;
use crate::rejection::Rejection;
use crate::view::{LotFact, View};
use crate::word::{
    ColorCode, ItemType, LocationCode, LotNumber, Note, OperationCode, PartCode, ReasonCode,
};

/// Whether a retired record will do: stock that stands there must still be able to leave.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Retired {
    Allowed,
    Refused,
}

fn usable<R>(
    record: Option<&Arc<R>>,
    header: impl Fn(&R) -> &MasterHeader,
    retired: Retired,
    code: Code,
    field: &'static str,
    text: &str,
) -> Result<Arc<R>, Rejection> {
    let record = record
        .ok_or_else(|| Rejection::new(code, field, format!("{text} is not in the master data")))?;
    if retired == Retired::Refused && header(record).retired_at.is_some() {
        return Err(Rejection::new(code, field, format!("{text} is retired")));
    }
    Ok(Arc::clone(record))
}

pub(super) fn part(
    view: &View<'_>,
    code: &PartCode,
    retired: Retired,
) -> Result<Arc<PartRecord>, Rejection> {
    let found = view.catalogue.part(code);
    usable(found, |part| &part.header, retired, Code::UnknownPart, "part", code.as_str())
}

pub(super) fn operation(
    view: &View<'_>,
    field: &'static str,
    code: &OperationCode,
    retired: Retired,
) -> Result<Arc<OperationRecord>, Rejection> {
    let found = view.catalogue.operation(code);
    usable(found, |record| &record.header, retired, Code::UnknownOperation, field, code.as_str())
}

pub(super) fn location(
    view: &View<'_>,
    field: &'static str,
    code: &LocationCode,
    retired: Retired,
) -> Result<Arc<LocationRecord>, Rejection> {
    let found = view.catalogue.location(code);
    usable(found, |record| &record.header, retired, Code::UnknownLocation, field, code.as_str())
}

/// The part that stock or a lot is of, whatever it is called today.
pub(super) fn part_of(
    view: &View<'_>,
    named: &PartRef,
    retired: Retired,
) -> Result<Arc<PartRecord>, Rejection> {
    let found = view.catalogue.part_by_id(named.id);
    usable(found, |part| &part.header, retired, Code::UnknownPart, "part", named.code.as_str())
}

/// The lot of this number.
pub(super) fn lot<'v>(view: &'v View<'_>, lot: &LotNumber) -> Result<&'v LotFact, Rejection> {
    view.lot(lot)
        .ok_or_else(|| Rejection::new(Code::UnknownLot, "lot", format!("there is no lot {lot}")))
}

/// As [`reason`], where a reason may be left out.
pub(super) fn optional_reason(
    view: &View<'_>,
    kind: ReasonKind,
    code: Option<&ReasonCode>,
    notes: Option<&Note>,
) -> Result<Option<ReasonCode>, Rejection> {
    code.map(|code| reason(view, kind, "reason", code, notes)).transpose()
}

/// Checks that `reason` exists for `kind` and explains enough.
pub(super) fn reason(
    view: &View<'_>,
    kind: ReasonKind,
    field: &'static str,
    reason: &ReasonCode,
    notes: Option<&Note>,
) -> Result<ReasonCode, Rejection> {
    let record = usable(
        view.catalogue.reason(kind, reason),
        |record| &record.header,
        Retired::Refused,
        Code::UnknownReason,
        field,
        reason.as_str(),
    )?;
    if record.needs_notes && notes.is_none() {
        return Err(Rejection::new(
            Code::ReasonRequired,
            "notes",
            format!("the reason {} needs notes", record.code),
        ));
    }
    Ok(record.code.clone())
}

/// Checks a lot's attributes against the master data and gives them its spelling.
pub(super) fn attributes(
    view: &View<'_>,
    wanted: &LotAttributes,
) -> Result<LotAttributes, Rejection> {
    Ok(LotAttributes {
        item_type: wanted.item_type.as_ref().map(|code| item_type(view, code)).transpose()?,
        color_code: wanted.color_code.as_ref().map(|code| color_code(view, code)).transpose()?,
        ..wanted.clone()
    })
}

pub(super) fn item_type(view: &View<'_>, code: &ItemType) -> Result<ItemType, Rejection> {
    let found = view.catalogue.item_type(code);
    let (missing, field, text) = (Code::UnknownItemType, "item_type", code.as_str());
    let record = usable(found, |item| &item.header, Retired::Refused, missing, field, text)?;
    Ok(record.code.clone())
}

pub(super) fn color_code(view: &View<'_>, code: &ColorCode) -> Result<ColorCode, Rejection> {
    let found = view.catalogue.color(code);
    let (missing, field, text) = (Code::UnknownColorCode, "color_code", code.as_str());
    let record = usable(found, |color| &color.header, Retired::Refused, missing, field, text)?;
    Ok(record.code.clone())
}

//! Material is blocked, and released.

use crate::catalogue::{HoldTarget, ReasonKind};
use crate::code::Code;
use crate::command::{HoldSubject, PlaceHold, ReleaseHold};
use crate::posting::{NewHold, Postings};
use crate::rejection::Rejection;
use crate::view::View;

use super::resolve::{self, Retired};

pub(super) fn place(view: &View<'_>, action: &PlaceHold) -> Result<Postings, Rejection> {
    let notes = action.notes.as_ref();
    let reason = resolve::reason(view, ReasonKind::Hold, "reason", &action.reason, notes)?;
    let target = match &action.subject {
        HoldSubject::Lot(lot) => HoldTarget::Lot(resolve::lot(view, lot)?.lot.clone()),
        HoldSubject::Part(code) => {
            HoldTarget::Part(resolve::part(view, code, Retired::Allowed)?.row)
        }
        HoldSubject::Location(code) => {
            HoldTarget::Location(resolve::location(view, "location", code, Retired::Allowed)?.row)
        }
    };
    if view.catalogue.holds.on(&target).is_some() {
        return Err(Rejection::new(Code::AlreadyExists, None, "it is on hold already"));
    }
    let new_hold = NewHold { target, reason, notes: action.notes.clone() };
    Ok(Postings { new_hold: Some(new_hold), ..Postings::default() })
}

pub(super) fn release(view: &View<'_>, action: &ReleaseHold) -> Result<Postings, Rejection> {
    let hold = view
        .catalogue
        .holds
        .get(action.hold)
        .ok_or_else(|| Rejection::new(Code::NotFound, None, "there is no such active hold"))?;
    Ok(Postings { released: Some(hold.clone()), ..Postings::default() })
}

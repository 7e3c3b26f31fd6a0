//! Holds: pieces leave blocked material only when a lead insists and says why.

use crate::code::Code;
use crate::command::Command;
use crate::movement::Bucket;
use crate::policy::{self, Deed};
use crate::rejection::Rejection;
use crate::view::View;

/// How far the caller insists on moving held material.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Override {
    /// Not at all, or the caller may not.
    No,
    /// A lead insists but gives no reason.
    Unexplained,
    /// A lead insists, with a reason.
    Yes,
}

/// Whether `command` insists; `explained` says that it carries a reason or notes.
pub(super) fn insistence(command: &Command, explained: bool) -> Override {
    if !command.confirm.hold || !policy::allows(command.context.actor.role, Deed::OverrideHold) {
        Override::No
    } else if explained {
        Override::Yes
    } else {
        Override::Unexplained
    }
}

/// Refuses to move pieces out of `bucket` when its lot, part or location is on hold.
pub(super) fn refuse_held(
    view: &View<'_>,
    bucket: &Bucket,
    insistence: Override,
) -> Result<(), Rejection> {
    let Some(hold) = view.catalogue.hold_on(&bucket.lot, bucket.part.id, bucket.place.location.id)
    else {
        return Ok(());
    };
    match insistence {
        Override::Yes => Ok(()),
        Override::No => Err(Rejection::held(bucket, hold)),
        Override::Unexplained => Err(Rejection::new(
            Code::ReasonRequired,
            "notes",
            format!("lot {} is on hold ({}): say why it moves anyway", bucket.lot, hold.reason),
        )),
    }
}

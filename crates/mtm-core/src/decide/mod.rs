//! The verdict: the only place where stock rules live.
//!
//! [`decide`] is pure. It looks at a [`View`], never at a database or a clock, and answers with
//! balanced [`Postings`] or a [`Rejection`]. Order of the checks: does the command say enough,
//! does everything named exist, is the quantity possible, does it look like a slip or a
//! repetition, does the stock allow it.
//!
//! Deliberately absent: permission (the service layer asks [`crate::policy`]), except where it
//! depends on the stock itself: overriding a hold, and undoing another person's booking.

mod adjust;
mod block;
mod complete;
mod hold;
mod lot;
mod merge;
mod mirror;
mod pick;
mod receive;
mod reserve;
mod resolve;
mod reverse;
mod routing;
mod take;
mod transfer;

use crate::code::Code;
use crate::command::{Action, Command};
use crate::intent;
use crate::posting::{Postings, Warning};
use crate::rejection::{Details, Rejection};
use crate::view::View;

/// The warning of what lies in a period that is closed.
const IN_CLOSED_PERIOD: &str = "in_closed_period";

/// Decides on `command` as things stand in `view`.
///
/// The view must hold what [`crate::view::needs`] asks for; facts that are missing look like
/// stock that is not there, so an incomplete view refuses and never invents.
pub fn decide(view: &View<'_>, command: &Command) -> Result<Postings, Rejection> {
    let mut postings = decide_on(view, command)?;
    if let Some(at) = command.context.occurred_at
        && !postings.movements.is_empty()
        && view.catalogue.periods.held(at, view.now)
    {
        let message = format!("{at} lies in a closed period: it is booked now, and flagged");
        let code = IN_CLOSED_PERIOD.to_owned();
        postings.warnings.push(Warning { code, message });
    }
    Ok(postings)
}

fn decide_on(view: &View<'_>, command: &Command) -> Result<Postings, Rejection> {
    match &command.action {
        Action::Receive(action) => receive::receive(view, command, action),
        Action::Take(action) => take::take(view, command, action),
        Action::Scrap(action) => take::scrap(view, command, action),
        Action::Move(action) => transfer::transfer(view, command, action),
        Action::Adjust(action) => adjust::adjust(view, command, action),
        Action::Complete(action) => complete::complete(view, command, action),
        Action::Reverse(action) => reverse::reverse(view, command, action),
        Action::Split(action) => lot::split(view, command, action),
        Action::Merge(action) => merge::merge(view, command, action),
        Action::Reserve(action) => reserve::reserve(view, action),
        Action::EndReservation(action) => reserve::end(view, command, action),
        Action::ChangeLot(action) => lot::change(view, action),
        Action::PlaceHold(action) => hold::place(view, action),
        Action::ReleaseHold(action) => hold::release(view, action),
        Action::Open(action) => receive::open(view, action),
        Action::Mirror(action) => mirror::mirror(view, action),
    }
}

/// Asks "again, or the same one?" unless the caller confirmed or the guard does not apply.
fn question_repetition(view: &View<'_>, command: &Command) -> Result<(), Rejection> {
    let Some(window) = command.context.intent_window else {
        return Ok(());
    };
    if command.confirm.duplicate {
        return Ok(());
    }
    let Some(signature) = intent::signature(&command.action) else {
        return Ok(());
    };
    match intent::twin(&signature, view.now, window, &view.recent) {
        None => Ok(()),
        Some(twin) => Err(Rejection::new(
            Code::PossibleDuplicate,
            None,
            "the same booking was made a moment ago: again, or the same one?",
        )
        .with(Details::Twin { command: twin.id, recorded_at: twin.recorded_at })),
    }
}

//! Pieces leave: `out` and `scrap`.

use crate::catalogue::ReasonKind;
use crate::command::{Command, Scrap, Take};
use crate::movement::{MovementType, Outside};
use crate::posting::{Draft, Posting, Postings};
use crate::rejection::Rejection;
use crate::view::View;
use crate::word::{Note, ReasonCode};

use super::pick::{self, Keep, Portion, Wanted};
use super::{block, reserve, resolve};

pub(super) fn take(
    view: &View<'_>,
    command: &Command,
    action: &Take,
) -> Result<Postings, Rejection> {
    let notes = action.notes.as_ref();
    let wanted = Wanted::to_move(view, &action.pick, action.quantity)?;
    let reason = resolve::optional_reason(view, ReasonKind::Out, action.reason.as_ref(), notes)?;
    pick::refuse_nothing("quantity", action.quantity)?;
    super::question_repetition(view, command)?;
    let hold = block::insistence(command, reason.is_some() || notes.is_some());
    let keep = Keep::of(command, action.reservation);
    let portions = wanted.portions_kept(view, action.quantity, hold, keep)?;
    let mut draft =
        leave(view, portions, MovementType::Out, Outside::Consumed, reason.as_ref(), notes)?;
    if let Some(reservation) = action.reservation {
        reserve::take_for(view, &mut draft, reservation)?;
    }
    reserve::refuse_reserved(command, &draft)?;
    Ok(draft.finish())
}

pub(super) fn scrap(
    view: &View<'_>,
    command: &Command,
    action: &Scrap,
) -> Result<Postings, Rejection> {
    let notes = action.notes.as_ref();
    let wanted = Wanted::to_move(view, &action.pick, action.quantity)?;
    let reason = resolve::reason(view, ReasonKind::Scrap, "reason", &action.reason, notes)?;
    pick::refuse_nothing("quantity", action.quantity)?;
    super::question_repetition(view, command)?;
    let hold = block::insistence(command, true);
    let portions = wanted.portions(view, action.quantity, hold)?;
    let draft = leave(view, portions, MovementType::Scrap, Outside::Scrap, Some(&reason), notes)?;
    Ok(draft.finish())
}

fn leave<'v>(
    view: &'v View<'v>,
    portions: Vec<Portion>,
    kind: MovementType,
    to: Outside,
    reason: Option<&ReasonCode>,
    notes: Option<&Note>,
) -> Result<Draft<'v>, Rejection> {
    let mut draft = Draft::new(view);
    for Portion { bucket, quantity } in portions {
        draft.post(Posting {
            kind,
            part: bucket.part.clone(),
            quantity,
            from: bucket.into(),
            to: to.into(),
            reason: reason.cloned(),
            notes: notes.cloned(),
            reverses: None,
        })?;
    }
    Ok(draft)
}

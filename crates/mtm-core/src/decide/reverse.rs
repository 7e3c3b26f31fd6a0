//! Earlier movements are undone: newest first, all or none, each at most once.

use crate::code::Code;
use crate::command::{Command, Reverse, ReverseTarget};
use crate::movement::MovementType;
use crate::policy::{self, Deed};
use crate::posting::{Draft, Posting, Postings};
use crate::rejection::Rejection;
use crate::view::{ReversalFact, View};

pub(super) fn reverse(
    view: &View<'_>,
    command: &Command,
    action: &Reverse,
) -> Result<Postings, Rejection> {
    let single = matches!(action.target, ReverseTarget::Movement(_));
    if let ReverseTarget::Movements(ids) = &action.target
        && ids.iter().any(|id| !view.reversals.iter().any(|fact| fact.original.id == *id))
    {
        return Err(not_found());
    }
    if view.reversals.is_empty() {
        return Err(not_found());
    }
    let mut draft = Draft::new(view);
    for fact in &view.reversals {
        let done = fact.reversed_by.is_some() || fact.original.kind == MovementType::Reversal;
        if done && !single {
            // Part of a group may have been undone one by one before.
            continue;
        }
        refuse_done(fact)?;
        refuse_other_peoples(view, command, fact, single)?;
        undo(&mut draft, fact, action)?;
    }
    if draft.postings.movements.is_empty() {
        return Err(Rejection::new(
            Code::AlreadyReversed,
            None,
            "all of these movements were undone before",
        ));
    }
    let skipped = view.reversals.len() - draft.postings.movements.len();
    if skipped > 0 {
        draft.warn("already_reversed", format!("{skipped} of the movements were undone before"));
    }
    Ok(draft.finish())
}

fn not_found() -> Rejection {
    Rejection::new(Code::NotFound, None, "no such movement")
}

fn refuse_done(fact: &ReversalFact) -> Result<(), Rejection> {
    if fact.original.kind == MovementType::Reversal {
        return Err(Rejection::new(
            Code::AlreadyReversed,
            None,
            "a reversal is not undone; book the movement again",
        ));
    }
    match fact.reversed_by {
        None => Ok(()),
        Some(by) => Err(Rejection::new(
            Code::AlreadyReversed,
            None,
            format!("movement {} was undone by {by}", fact.original.id),
        )),
    }
}

/// An operator undoes what they booked themselves, within the window; a group, and what others
/// booked, is for leads.
fn refuse_other_peoples(
    view: &View<'_>,
    command: &Command,
    fact: &ReversalFact,
    single: bool,
) -> Result<(), Rejection> {
    let actor = &command.context.actor;
    if policy::allows(actor.role, Deed::UndoAny) {
        return Ok(());
    }
    let original = &fact.original;
    let own_command = single
        || matches!(&command.action, crate::Action::Reverse(reverse)
            if matches!(reverse.target, ReverseTarget::Command(_) | ReverseTarget::Session(_)));
    let youngest = original.recorded_at.plus_micros(i64::from(view.limits.undo_window) * 1_000_000);
    if own_command && original.user == actor.id && view.now <= youngest {
        return Ok(());
    }
    Err(Rejection::new(
        Code::Forbidden,
        None,
        "undoing this takes a lead: it is not yours, or too long ago",
    ))
}

fn undo(draft: &mut Draft<'_>, fact: &ReversalFact, action: &Reverse) -> Result<(), Rejection> {
    let original = &fact.original;
    let posted = draft.post(Posting {
        kind: MovementType::Reversal,
        part: original.part.clone(),
        quantity: original.quantity,
        from: original.to.clone(),
        to: original.from.clone(),
        reason: None,
        notes: Some(action.reason.clone()),
        reverses: Some(original.id),
    });
    posted.map_err(|refused| match refused.code {
        Code::InsufficientStock => Rejection::consumed(original, &fact.later),
        _ => refused,
    })
}

//! Earlier movements are undone: newest first, all or none, each at most once.

use std::collections::HashSet;

use crate::code::Code;
use crate::command::{BookedIn, Command, Reverse, ReverseTarget};
use crate::movement::{Bucket, MovementType};
use crate::policy::{self, Deed};
use crate::posting::{Draft, Posting, Postings};
use crate::rejection::Rejection;
use crate::view::{ReversalFact, View};
use crate::word::Quantity;

use super::block::{self, Override};

pub(super) fn reverse(
    view: &View<'_>,
    command: &Command,
    action: &Reverse,
) -> Result<Postings, Rejection> {
    let facts = named(view, action)?;
    for fact in facts.iter().filter(|fact| !done(fact)) {
        refuse_other_peoples(view, command, action, fact)?;
        refuse_own_large(view, command, fact)?;
    }
    if let ([fact], ReverseTarget::Movement(_)) = (facts.as_slice(), &action.target) {
        refuse_done(fact)?;
    }
    // The text that every reversal carries explains an override, too.
    let hold = block::insistence(command, true);
    let mut draft = Draft::new(view);
    // Part of a group may have been undone one by one before.
    for fact in facts.iter().filter(|fact| !done(fact)) {
        undo(view, &mut draft, fact, action, hold)?;
    }
    let skipped = facts.len() - draft.postings.movements.len();
    if draft.postings.movements.is_empty() {
        return Err(Rejection::new(
            Code::AlreadyReversed,
            None,
            "all of these movements were undone before",
        ));
    }
    if skipped > 0 {
        draft.warn("already_reversed", format!("{skipped} of the movements were undone before"));
    }
    Ok(draft.finish())
}

/// The movements meant, each once, newest first as the view has them.
fn named<'v>(view: &'v View<'_>, action: &Reverse) -> Result<Vec<&'v ReversalFact>, Rejection> {
    let mut known = HashSet::with_capacity(view.reversals.len());
    let facts: Vec<_> =
        view.reversals.iter().filter(|fact| known.insert(fact.original.id)).collect();
    let all_known = match &action.target {
        ReverseTarget::Movements(ids) => ids.iter().all(|id| known.contains(id)),
        _ => true,
    };
    if let ReverseTarget::Shift(booked) = &action.target {
        refuse_unfit(booked, facts.len())?;
    }
    if facts.is_empty() || !all_known {
        return Err(Rejection::new(Code::NotFound, None, "no such movement"));
    }
    Ok(facts)
}

/// A shift of which nothing is left to undo, or more than one command undoes.
fn refuse_unfit(booked: &BookedIn, movements: usize) -> Result<(), Rejection> {
    let shift = &booked.shift;
    if movements == 0 {
        let message = format!("nothing that was booked in shift {shift} is left to undo");
        return Err(Rejection::new(Code::NotFound, None, message));
    }
    if movements > BookedIn::MOST {
        let message = format!(
            "more than {} movements of shift {shift} are left to undo; narrow it to a person or a \
             terminal, or undo its imports and scan sessions first",
            BookedIn::MOST
        );
        return Err(Rejection::new(Code::TooLarge, "shift", message));
    }
    Ok(())
}

fn done(fact: &ReversalFact) -> bool {
    fact.reversed_by.is_some() || fact.original.kind == MovementType::Reversal
}

fn refuse_done(fact: &ReversalFact) -> Result<(), Rejection> {
    let message = match fact.reversed_by {
        _ if fact.original.kind == MovementType::Reversal => {
            "a reversal is not undone; book the movement again".to_owned()
        }
        Some(by) => format!("movement {} was undone by {by}", fact.original.id),
        None => return Ok(()),
    };
    Err(Rejection::new(Code::AlreadyReversed, None, message))
}

/// An operator undoes what they booked themselves, within the window: one movement, one command
/// or one scan session. Lists, imports, shifts and what others booked are for leads.
fn refuse_other_peoples(
    view: &View<'_>,
    command: &Command,
    action: &Reverse,
    fact: &ReversalFact,
) -> Result<(), Rejection> {
    let actor = &command.context.actor;
    if policy::allows(actor.role, Deed::UndoAny) {
        return Ok(());
    }
    let one_deed = match action.target {
        ReverseTarget::Movement(_) | ReverseTarget::Command(_) | ReverseTarget::Session(_) => true,
        ReverseTarget::Movements(_) | ReverseTarget::Import(_) | ReverseTarget::Shift(_) => false,
    };
    let original = &fact.original;
    let last_moment =
        original.recorded_at.plus_micros(i64::from(view.limits.undo_window) * 1_000_000);
    if one_deed && original.user == actor.id && view.now <= last_moment {
        return Ok(());
    }
    Err(Rejection::new(
        Code::Forbidden,
        None,
        "undoing this takes a lead: it is not yours, or too long ago",
    ))
}

/// An adjustment that took two people is not undone by the one who wanted it alone: what it changed
/// back would be seen by nobody else.
fn refuse_own_large(
    view: &View<'_>,
    command: &Command,
    fact: &ReversalFact,
) -> Result<(), Rejection> {
    let original = &fact.original;
    let adjusted = original.kind == MovementType::Adjust;
    if !adjusted || original.user != command.context.actor.id {
        return Ok(());
    }
    let bucket = original.to.bucket().or_else(|| original.from.bucket());
    let there = bucket.map_or(Quantity::ZERO, |bucket| view.quantity_in(bucket));
    if !view.catalogue.approval.is_above(original.quantity, there) {
        return Ok(());
    }
    let message = format!(
        "an adjustment by {} is more than one person changes here, and this one is yours: somebody \
         else must undo it",
        original.quantity
    );
    Err(Rejection::new(Code::OtherPersonNeeded, None, message))
}

fn undo(
    view: &View<'_>,
    draft: &mut Draft<'_>,
    fact: &ReversalFact,
    action: &Reverse,
    hold: Override,
) -> Result<(), Rejection> {
    let original = &fact.original;
    if view.catalogue.periods.held(original.recorded_at, view.now) {
        let message = "what is undone was booked in a period that is closed".to_owned();
        draft.warn_once(super::IN_CLOSED_PERIOD, message);
    }
    if let Some(bucket) = original.to.bucket() {
        let there = draft.quantity_in(bucket);
        if there < original.quantity {
            return Err(Rejection::consumed(original, there, &fact.later));
        }
        block::refuse_held(view, bucket, hold)?;
    }
    if let Some(bucket) = original.from.bucket() {
        warn_of_retired(view, draft, bucket);
    }
    draft.given_back.extend(fact.taken_for);
    draft.post(Posting {
        kind: MovementType::Reversal,
        part: original.part.clone(),
        quantity: original.quantity,
        from: original.to.clone(),
        to: original.from.clone(),
        reason: None,
        notes: Some(action.reason.clone()),
        reverses: Some(original.id),
    })
}

/// A reversal restores what was, even where nothing new may go any more.
fn warn_of_retired(view: &View<'_>, draft: &mut Draft<'_>, bucket: &Bucket) {
    let catalogue = view.catalogue;
    let part = catalogue.part_by_id(bucket.part.id).map(|part| &part.header);
    let operation = catalogue.operation_by_id(bucket.place.operation.id).map(|step| &step.header);
    let location = catalogue.location_by_id(bucket.place.location.id).map(|place| &place.header);
    let names = [
        (part, bucket.part.code.as_str()),
        (operation, bucket.place.operation.code.as_str()),
        (location, bucket.place.location.code.as_str()),
    ];
    for (header, name) in names {
        if header.is_some_and(|header| header.retired_at.is_some()) {
            draft.warn("retired", format!("{name} is retired, and has stock again"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shift::ShiftKey;

    #[test]
    fn of_a_shift_one_command_undoes_a_thousand_and_no_more() {
        let shift = ShiftKey::parse("2026-11-23/1").unwrap();
        let booked = BookedIn { shift, user: None, station: None };
        let code = |movements| refuse_unfit(&booked, movements).map_err(|refusal| refusal.code);
        assert_eq!(code(0), Err(Code::NotFound));
        assert_eq!((code(1), code(1_000)), (Ok(()), Ok(())));
        assert_eq!(code(1_001), Err(Code::TooLarge));
    }
}

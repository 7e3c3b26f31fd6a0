//! A refusal says what it is about and what can be done next.

use mtm_core::code::Code;
use mtm_core::rejection::{Details, Rejection};
use proptest::prelude::*;

use super::{LENGTH, config, play};
use crate::model::steps::history;

/// Whether the refusal points at a field.
fn names_its_field(refusal: &Rejection) -> bool {
    let about_the_whole = matches!(
        refusal.code,
        Code::PossibleDuplicate
            | Code::AlreadyReversed
            | Code::ConsumedSince
            | Code::Forbidden
            | Code::NotFound
            | Code::Stale
            | Code::AlreadyExists
    );
    about_the_whole || refusal.field.is_some()
}

/// Whether the refusal brings the facts that its next step needs.
fn brings_its_facts(refusal: &Rejection) -> bool {
    match (refusal.code, &refusal.details) {
        (Code::AmbiguousLot, Details::Candidates(candidates)) => candidates.len() > 1,
        (Code::ConsumedSince, Details::Later(later)) => !later.is_empty(),
        (Code::PossibleDuplicate, Details::Twin { .. })
        | (Code::InsufficientStock | Code::QuantityChanged, Details::Available(_)) => true,
        (
            Code::AmbiguousLot
            | Code::ConsumedSince
            | Code::PossibleDuplicate
            | Code::InsufficientStock
            | Code::QuantityChanged,
            _,
        ) => false,
        _ => true,
    }
}

proptest! {
    #![proptest_config(config("tests/regressions/refusal.txt"))]

    #[test]
    fn a_refusal_names_its_field_and_brings_its_facts(steps in history(LENGTH)) {
        play(&steps, |moment| {
            let Err(refusal) = moment.verdict else { return Ok(()) };
            prop_assert!(names_its_field(refusal), "{:?}", refusal);
            prop_assert!(brings_its_facts(refusal), "{:?}", refusal);
            prop_assert!(!refusal.message.is_empty());
            prop_assert!(!refusal.code.cure().is_empty());
            Ok(())
        })?;
    }

    #[test]
    fn what_was_confirmed_is_not_asked_again(steps in history(LENGTH)) {
        play(&steps, |moment| {
            let Err(refusal) = moment.verdict else { return Ok(()) };
            let confirm = moment.command.confirm;
            prop_assert!(!(refusal.code == Code::PossibleDuplicate && confirm.duplicate));
            prop_assert!(!(refusal.code == Code::ImplausibleQuantity && confirm.implausible));
            Ok(())
        })?;
    }
}

//! Undoing restores, and happens at most once.

use mtm_core::code::Code;
use mtm_core::command::{Action, Command, Confirmations, Reverse, ReverseTarget};
use mtm_core::decide;
use mtm_core::policy::Role;
use mtm_core::word::{CommandId, Note};
use proptest::prelude::*;

use super::{LENGTH, config, play};
use crate::model::World;
use crate::model::steps::{Ask, Step, context, history, uuid};

fn undo(target: ReverseTarget) -> Command {
    Command {
        id: CommandId::from_fresh(uuid(7_000_000)),
        context: context(99, Role::Lead),
        confirm: Confirmations { hold: true, ..Confirmations::default() },
        action: Action::Reverse(Reverse { target, reason: Note::parse("undo").unwrap() }),
    }
}

fn undone(world: &World, target: ReverseTarget) -> Result<World, TestCaseError> {
    let command = undo(target);
    let postings = decide(&world.view(&command), &command)
        .map_err(|refusal| TestCaseError::fail(format!("{refusal:?}")))?;
    let mut world = world.clone();
    world.apply(&command, &postings);
    Ok(world)
}

proptest! {
    #![proptest_config(config("tests/regressions/reversal.txt"))]

    /// Whatever was just booked can be undone, and then nothing but the history tells of it.
    #[test]
    fn doing_and_undoing_leaves_stock_and_lots_as_they_were(steps in history(LENGTH)) {
        play(&steps, |moment| {
            let Ok(postings) = moment.verdict else { return Ok(()) };
            let reversals = matches!(moment.command.action, Action::Reverse(_));
            if postings.movements.is_empty() || reversals {
                return Ok(());
            }
            let target = ReverseTarget::Command(moment.command.id);
            let restored = undone(moment.after, target.clone())?;
            prop_assert_eq!(restored.pieces(), moment.before.pieces());
            for (number, lot) in &moment.before.lots {
                prop_assert_eq!(&restored.lots[number], lot);
            }
            let again = undo(target);
            let refusal = decide(&restored.view(&again), &again).expect_err("undone twice");
            prop_assert_eq!(refusal.code, Code::AlreadyReversed);
            Ok(())
        })?;
    }

    /// Newest first, a history can be undone movement by movement, or at once, down to nothing.
    /// It holds no undoing of its own: pieces of a lot are alike, so an earlier undo may have
    /// used pieces that a later movement brought.
    #[test]
    fn a_whole_history_can_be_undone(steps in history(LENGTH)) {
        let forward: Vec<Step> = steps
            .into_iter()
            .filter(|step| !matches!(step, Step::Ask(_, Ask::Reverse(..))))
            .collect();
        let mut world = play(&forward, |_| Ok(()))?;
        let ids: Vec<_> = world.log.iter().rev().map(|logged| logged.record.id).collect();
        prop_assume!(!ids.is_empty());
        let at_once = undone(&world, ReverseTarget::Movements(ids.clone()))?;
        prop_assert!(at_once.pieces().is_empty(), "{:?} is left", at_once.pieces());
        for (id, n) in ids.into_iter().zip(7_100_000..) {
            let command =
                Command { id: CommandId::from_fresh(uuid(n)), ..undo(ReverseTarget::Movement(id)) };
            let postings = decide(&world.view(&command), &command)
                .map_err(|refusal| TestCaseError::fail(format!("{refusal:?}")))?;
            world.apply(&command, &postings);
        }
        prop_assert!(world.pieces().is_empty(), "{:?} is left", world.pieces());
        prop_assert!(world.rebuilt().is_empty());
    }
}

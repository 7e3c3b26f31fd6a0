//! What holds whatever happens, tried on random histories.
//!
//! A failing history is shrunk, printed with its seed, and kept in `tests/regressions`; it is
//! tried first from then on. `PROPTEST_CASES` asks for more than the usual number.

mod agreement;
mod interleaving;
mod ledger;
mod refusal;
mod reversal;

use mtm_core::{Command, Postings, Rejection, decide};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::model::{Plant, Step, World};

/// Steps of a history.
const LENGTH: usize = 45;

fn config(regressions: &'static str) -> ProptestConfig {
    // What fails where a fault was put in on purpose is neither made small nor kept.
    if std::env::var_os("MTM_MUTANTS").is_some() {
        let (failure_persistence, max_shrink_iters) = (None, 0);
        return ProptestConfig {
            failure_persistence,
            max_shrink_iters,
            ..ProptestConfig::default()
        };
    }
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(regressions))),
        max_shrink_iters: 4_000,
        ..ProptestConfig::default()
    }
}

/// One command of a history as it was decided, with the world around it.
struct Moment<'m> {
    before: &'m World,
    command: &'m Command,
    verdict: &'m Result<Postings, Rejection>,
    after: &'m World,
}

/// Plays `steps` on an empty ledger and shows every command to `each`.
fn play(
    steps: &[Step],
    mut each: impl FnMut(&Moment<'_>) -> Result<(), TestCaseError>,
) -> Result<World, TestCaseError> {
    let mut world = World::new(Plant::small());
    let mut last = None;
    for (step, n) in steps.iter().zip(1..) {
        world.now = world.now.plus_micros(1);
        let Some(command) = step.command(&mut world, n, last.as_ref()) else {
            continue;
        };
        last = Some(command.clone());
        let before = world.clone();
        let verdict = decide(&before.view(&command), &command);
        if let Ok(postings) = &verdict {
            world.apply(&command, postings);
        }
        let (before, command, verdict, after) = (&before, &command, &verdict, &world);
        each(&Moment { before, command, verdict, after })?;
    }
    Ok(world)
}

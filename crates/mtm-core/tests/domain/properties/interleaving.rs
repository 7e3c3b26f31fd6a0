//! Two people at work on different lots do not disturb each other, in whatever order their
//! bookings arrive.

use std::collections::BTreeMap;

use mtm_core::code::Code;
use mtm_core::command::Command;
use mtm_core::decide;
use mtm_core::movement::Bucket;
use mtm_core::policy::Role;
use mtm_core::word::CommandId;
use proptest::prelude::*;

use super::config;
use crate::model::steps::{LotDeed, context, lot_deeds, uuid};
use crate::model::{Plant, World};

const PEOPLE: usize = 3;

/// Each person's bookings in their own order, woven together by `order`.
fn weave(people: &[Vec<LotDeed>], order: &[usize]) -> Vec<(usize, LotDeed)> {
    let mut queues: Vec<_> = people.iter().map(|deeds| deeds.iter()).collect();
    let mut woven = Vec::new();
    for person in order.iter().copied().chain((0..PEOPLE).flat_map(|p| [p; 40])) {
        woven.extend(queues[person].next().map(|deed| (person, *deed)));
    }
    woven
}

/// What each person was told, and what stands where in the end.
type End = (Vec<Vec<Option<Code>>>, BTreeMap<Bucket, i64>);

fn run(bookings: &[(usize, LotDeed)]) -> End {
    let mut world = World::new(Plant::small());
    let mut told = vec![Vec::new(); PEOPLE];
    for ((person, deed), n) in bookings.iter().zip(1..) {
        world.now = world.now.plus_micros(1);
        let command = Command {
            id: CommandId::from_fresh(uuid(n)),
            context: context(i64::try_from(*person).unwrap(), Role::Lead),
            confirm: mtm_core::command::Confirmations::default(),
            action: deed.action(*person),
        };
        let verdict = decide(&world.view(&command), &command);
        if let Ok(postings) = &verdict {
            world.apply(&command, postings);
        }
        told[*person].push(verdict.err().map(|refusal| refusal.code));
    }
    (told, world.pieces())
}

proptest! {
    #![proptest_config(config("tests/regressions/interleaving.txt"))]

    #[test]
    fn bookings_on_different_lots_commute(
        people in prop::collection::vec(lot_deeds(30), PEOPLE),
        one in prop::collection::vec(0..PEOPLE, 60),
        other in prop::collection::vec(0..PEOPLE, 60),
    ) {
        prop_assert_eq!(run(&weave(&people, &one)), run(&weave(&people, &other)));
    }
}

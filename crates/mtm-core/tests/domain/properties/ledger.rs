//! The ledger's own invariants: conservation, nothing negative, exact balances, attributes that
//! travel, and a verdict that depends on nothing but the view.

use std::collections::{BTreeMap, BTreeSet};

use mtm_core::decide;
use mtm_core::movement::{Account, Bucket};
use mtm_core::word::PartId;
use proptest::prelude::*;

use super::{LENGTH, config, play};
use crate::model::World;
use crate::model::steps::history;

/// Pieces that came in from outside less those that went there, by part.
fn net_inflow(world: &World) -> BTreeMap<PartId, i64> {
    let mut net = BTreeMap::new();
    for logged in &world.log {
        let record = &logged.record;
        let pieces = record.quantity.whole();
        for (account, sign) in [(&record.from, 1), (&record.to, -1)] {
            if matches!(account, Account::Outside(_)) {
                *net.entry(record.part.id).or_default() += sign * pieces;
            }
        }
    }
    net.retain(|_, pieces| *pieces != 0);
    net
}

fn on_hand(world: &World) -> BTreeMap<PartId, i64> {
    let mut sums = BTreeMap::new();
    for (bucket, pieces) in world.pieces() {
        *sums.entry(bucket.part.id).or_default() += pieces;
    }
    sums
}

proptest! {
    #![proptest_config(config("tests/regressions/ledger.txt"))]

    #[test]
    fn no_piece_is_lost_or_invented(steps in history(LENGTH)) {
        let world = play(&steps, |moment| {
            prop_assert!(moment.after.pieces().values().all(|pieces| *pieces > 0));
            Ok(())
        })?;
        prop_assert_eq!(world.rebuilt(), world.pieces());
        prop_assert_eq!(net_inflow(&world), on_hand(&world));
    }

    #[test]
    fn balances_tell_every_bucket_touched_before_and_after(steps in history(LENGTH)) {
        play(&steps, |moment| {
            let Ok(postings) = moment.verdict else { return Ok(()) };
            let mut told = BTreeSet::new();
            for balance in &postings.balances {
                prop_assert_eq!(balance.before, moment.before.quantity(&balance.bucket));
                prop_assert_eq!(balance.after, moment.after.quantity(&balance.bucket));
                prop_assert!(told.insert(&balance.bucket), "told twice");
            }
            let ends = postings.movements.iter().flat_map(|posting| [&posting.from, &posting.to]);
            for bucket in ends.filter_map(Account::bucket) {
                prop_assert!(told.contains(bucket), "{:?} is not told", bucket);
            }
            Ok(())
        })?;
    }

    #[test]
    fn the_same_view_gets_the_same_verdict(steps in history(LENGTH)) {
        play(&steps, |moment| {
            let again = decide(&moment.before.view(moment.command), moment.command);
            prop_assert_eq!(&again, moment.verdict);
            Ok(())
        })?;
    }

    #[test]
    fn what_a_lot_carries_changes_only_by_a_change(steps in history(LENGTH)) {
        play(&steps, |moment| {
            let Ok(postings) = moment.verdict else { return Ok(()) };
            for (number, lot) in &moment.before.lots {
                let after = &moment.after.lots[number];
                let changed = postings.lot_changes.iter().any(|change| change.lot == *number);
                prop_assert!(changed || after == lot, "lot {} carries {:?}", number, after);
            }
            for new in &postings.new_lots {
                let Some(parent) = &new.parent else { continue };
                let (parent, child) =
                    (&moment.before.lots[parent].fact, &moment.after.lots[&new.lot].fact);
                prop_assert_eq!(&child.attributes, &parent.attributes);
                prop_assert_eq!(&child.part, &parent.part);
                prop_assert_eq!(child.received_at, parent.received_at);
                prop_assert_eq!(child.received_by, parent.received_by);
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_merge_leaves_every_place_as_full_and_the_lots_empty_there(steps in history(LENGTH)) {
        use mtm_core::command::Action;
        let by_place = |world: &World| {
            let mut sums = BTreeMap::new();
            for (bucket, pieces) in world.pieces() {
                *sums.entry((bucket.part, bucket.place)).or_insert(0) += pieces;
            }
            sums
        };
        play(&steps, |moment| {
            let (Ok(postings), Action::Merge(merge)) = (moment.verdict, &moment.command.action)
            else {
                return Ok(());
            };
            prop_assert_eq!(by_place(moment.before), by_place(moment.after));
            prop_assert!(postings.new_lots.is_empty() && postings.lot_changes.is_empty());
            for posting in &postings.movements {
                let from = posting.from.bucket().expect("a merge takes from stock");
                prop_assert!(moment.after.quantity(from).is_zero());
                prop_assert_eq!(posting.to.bucket().map(|to| &to.lot), Some(&merge.into));
            }
            Ok(())
        })?;
    }

    #[test]
    fn fifo_never_leaves_an_older_free_lot_behind(steps in history(LENGTH)) {
        use mtm_core::command::{Action, PickRule};
        play(&steps, |moment| {
            let (Ok(postings), Action::Take(take)) = (moment.verdict, &moment.command.action) else {
                return Ok(());
            };
            if take.pick.rule != PickRule::Fifo || take.pick.lot.is_some() {
                return Ok(());
            }
            let received = |bucket: &Bucket| moment.before.lots[&bucket.lot].fact.received_at;
            let taken: Vec<&Bucket> =
                postings.movements.iter().filter_map(|posting| posting.from.bucket()).collect();
            prop_assert!(taken.is_sorted_by_key(|bucket| (received(bucket), &bucket.lot)));
            let last = taken.last().copied().expect("something was taken");
            for bucket in moment.after.stock.keys() {
                let same_place = bucket.part == last.part && bucket.place == last.place;
                let older = (received(bucket), &bucket.lot) < (received(last), &last.lot);
                let location = bucket.place.location.id;
                let held = moment.before.catalogue().hold_on(&bucket.lot, bucket.part.id, location);
                prop_assert!(!(same_place && older && held.is_none()), "{:?} stays", bucket);
            }
            Ok(())
        })?;
    }
}

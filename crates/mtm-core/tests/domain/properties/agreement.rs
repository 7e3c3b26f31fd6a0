//! `decide` and the plain model, which share no code, come to the same verdict, movement by
//! movement, and to the same stock and lots.

use std::collections::BTreeMap;

use mtm_core::movement::{Account, Bucket};
use mtm_core::posting::Posting;
use proptest::prelude::*;

use super::{LENGTH, config, play};
use crate::model::Naive;
use crate::model::naive::{End, Sheet, Spot, Step};
use crate::model::steps::history;
use crate::model::world::Lot;

fn spot(bucket: &Bucket) -> Spot {
    let place = &bucket.place;
    (bucket.part.id.0, place.operation.id.0, place.location.id.0, bucket.lot.to_string())
}

fn end(account: &Account) -> End {
    match account {
        Account::Bucket(bucket) => End::Spot(spot(bucket)),
        Account::Outside(outside) => End::Outside(outside.as_str()),
    }
}

fn step(posting: &Posting) -> Step {
    Step {
        kind: posting.kind.as_str(),
        pieces: posting.quantity.whole(),
        from: end(&posting.from),
        to: end(&posting.to),
        undoes: posting.reverses,
    }
}

fn sheet(lot: &Lot) -> Sheet {
    let attributes = &lot.fact.attributes;
    Sheet {
        part: lot.fact.part.id.0,
        carries: [
            attributes.item_type.as_ref().map(ToString::to_string),
            attributes.color_code.as_ref().map(ToString::to_string),
            attributes.work_order.as_ref().map(ToString::to_string),
            attributes.notes.as_ref().map(ToString::to_string),
        ],
        received_at: lot.fact.received_at.micros(),
        received_by: lot.fact.received_by.map(|user| user.0),
        parent: lot.parent.as_ref().map(ToString::to_string),
        version: lot.fact.version,
    }
}

proptest! {
    #![proptest_config(config("tests/regressions/agreement.txt"))]

    #[test]
    fn decide_agrees_with_the_plain_model(steps in history(LENGTH)) {
        let mut naive = Naive::default();
        play(&steps, |moment| {
            let (before, command) = (moment.before, moment.command);
            let predicted = naive.judge(&before.plant, before.now, command);
            match (predicted, moment.verdict) {
                (Ok(effect), Ok(postings)) => {
                    let steps: Vec<Step> = postings.movements.iter().map(step).collect();
                    prop_assert_eq!(&steps, &effect.steps, "{:?}", command);
                    let told = postings.warnings.iter().any(|it| it.code == "off_routing");
                    prop_assert_eq!(told, effect.off, "{:?}", command);
                    naive.absorb(before.now, command, effect);
                }
                (Err(wrongs), Err(refusal)) => prop_assert!(
                    wrongs.contains(&refusal.code),
                    "{} for {:?}; right would be {:?}", refusal.code, command, wrongs
                ),
                (predicted, verdict) => prop_assert!(
                    false, "{verdict:?} for {command:?}; right would be {predicted:?}"
                ),
            }
            let stock: BTreeMap<Spot, i64> =
                moment.after.stock.iter().map(|(b, n)| (spot(b), n.whole())).collect();
            prop_assert_eq!(&stock, &naive.stock);
            for (number, lot) in &moment.after.lots {
                let known = naive.lots.get(number.as_str());
                prop_assert_eq!(Some(&sheet(lot)), known, "lot {}", number);
            }
            prop_assert_eq!(moment.after.lots.len(), naive.lots.len());
            Ok(())
        })?;
    }
}

//! Whatever order honest postings come in, they are no break.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::plant::{MINUTE, NOW, Plant, map, transaction};
use crate::reconcile::{Settings, reconcile};
use crate::word::Timestamp;

/// Something that happened on the floor, and how it was posted.
#[derive(Debug, Clone)]
struct Done {
    /// Minutes before the comparison.
    ago: i64,
    part: usize,
    from: usize,
    to: usize,
    pieces: i64,
    /// Minutes after it that it was posted; below zero before.
    lag: i64,
    /// Minutes after it was posted that it was committed.
    commit: i64,
}

const PLACES: [Option<(&str, &str)>; 4] =
    [None, Some(("A-1", "FLOOR")), Some(("B-1", "SHIP")), Some(("C-1", "PAINT"))];
const PARTS: [&str; 2] = ["P-1", "P-2"];

fn done() -> impl Strategy<Value = Done> {
    // Few quantities, so that many could be taken for each other.
    (0..600_i64, 0..2_usize, 0..4_usize, 0..4_usize, 1..4_i64, -115..115_i64, 0..4_i64).prop_map(
        |(ago, part, from, to, pieces, lag, commit)| Done {
            ago,
            part,
            from,
            to,
            pieces,
            lag,
            commit,
        },
    )
}

/// When the three readings were, in minutes before the comparison.
fn readings() -> impl Strategy<Value = (i64, i64, i64)> {
    (0..5_i64, 0..300_i64, 0..60_i64)
}

/// The books after all of that, as they are read at these moments.
fn books(all: &[Done], (ours, on_hand, ledger): (i64, i64, i64)) -> Plant {
    let mut plant = Plant::new();
    plant.here = PARTS.iter().map(|part| (*part).to_owned()).collect::<BTreeSet<_>>();
    plant.there.clone_from(&plant.here);
    for part in PARTS {
        for (here, there) in PLACES.iter().flatten() {
            plant = plant.with(part, here, there, 10_000);
        }
    }
    plant.ours_at = NOW - ours * MINUTE;
    // The ledger is read after on hand was.
    plant.on_hand_at = NOW - (on_hand + ledger) * MINUTE;
    plant.ledger_at = NOW - ledger * MINUTE;
    for (n, it) in (1_i64..).zip(all) {
        let (part, at) = (PARTS[it.part], NOW - it.ago * MINUTE);
        let (from, to) = (PLACES[it.from], PLACES[it.to]);
        if at <= plant.ours_at && it.from != it.to {
            plant.moved(at, part, from.map(|it| it.0), to.map(|it| it.0), it.pieces);
        }
        if it.from == it.to {
            continue;
        }
        let posted = at + it.lag * MINUTE;
        let committed = posted + it.commit * MINUTE;
        let halves = [from.map(|it| (it.1, -1)), to.map(|it| (it.1, 1))];
        let is_transfer = halves.iter().all(Option::is_some);
        for (half, (there, sign)) in (0_i64..).zip(halves.into_iter().flatten()) {
            let spot = (part.to_owned(), super::plant::place(there));
            if committed <= plant.on_hand_at {
                *plant.on_hand.get_mut(&spot).unwrap() += sign * it.pieces;
            }
            if committed > plant.ledger_at {
                continue;
            }
            *plant.ledger.get_mut(&spot).unwrap() += sign * it.pieces;
            // Ids are given when it is posted, and it is first seen at some reading after its commit,
            // every five minutes.
            let id = posted / MINUTE * 1_000 + n * 2 + half;
            let mut row = transaction(id, posted, part, there, sign * it.pieces);
            let every = 5 * MINUTE;
            let seen = (committed + every - 1).div_euclid(every) * every;
            row.read_at = Timestamp::from_micros(seen.min(plant.ledger_at));
            row.late = it.commit > 0;
            if is_transfer {
                row.class = "A".to_owned();
                row.transfer_of = (half == 1).then_some(id - 1);
            }
            plant.transactions.push(row);
        }
    }
    plant
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn honest_postings_are_no_breaks(
        all in prop::collection::vec(done(), 0..60),
        readings in readings(),
    ) {
        let plant = books(&all, readings);
        let findings = plant.compare();
        prop_assert_eq!(&findings.breaks, &[]);
    }

    /// What is posted after it is booked, within the grace, explains itself without a ledger.
    #[test]
    fn honest_postings_are_no_breaks_where_on_hand_is_all_there_is(
        all in prop::collection::vec(done(), 0..60),
        (_, on_hand, ledger) in readings(),
    ) {
        let all: Vec<Done> = all.into_iter().map(|it| Done { lag: it.lag.abs(), ..it }).collect();
        let plant = books(&all, (0, on_hand, ledger));
        let map = map();
        let mut books = plant.books(&map);
        books.peer.only_on_hand = true;
        // Whatever stands there.
        books.peer.ledger.clear();
        books.peer.ledger_at = None;
        books.peer.building = true;
        let findings = reconcile(&books);
        prop_assert_eq!(&findings.breaks, &[]);
        prop_assert!(findings.is_clean(), "{:?}", findings);
    }

    #[test]
    fn the_order_of_rows_does_not_matter_in_busy_hours(
        all in prop::collection::vec(done(), 0..40),
        faults in prop::collection::vec((0..2_usize, 1..4_i64, 200..600_i64), 0..4),
        turn in 0..40_usize,
    ) {
        let mut plant = books(&all, (0, 10, 5));
        for (part, pieces, ago) in faults {
            plant.moved(NOW - ago * MINUTE, PARTS[part], Some("A-1"), Some("B-1"), pieces);
        }
        let map = map();
        let one = plant.books(&map);
        let mut other = one.clone();
        other.ours.movements.reverse();
        let by = turn.min(other.peer.transactions.len());
        other.peer.transactions.rotate_left(by);
        other.ours.stock.reverse();
        prop_assert_eq!(reconcile(&one), reconcile(&other));
    }

    /// What nobody posted, and nothing young could be, is found, and named.
    #[test]
    fn a_movement_that_nobody_posted_is_found(
        all in prop::collection::vec(done(), 0..40),
        pieces in 100..200_i64,
    ) {
        let mut plant = books(&all, (0, 10, 5));
        let id = plant.moved(NOW - 590 * MINUTE, "P-1", Some("A-1"), Some("B-1"), pieces);
        let findings = plant.compare();
        let named = findings.breaks.iter().filter(|it| it.subject == Some(id.to_string()));
        prop_assert_eq!(named.count(), 1, "{:#?}", findings.breaks);
        prop_assert_eq!(findings.breaks.len(), 1, "{:#?}", findings.breaks);
    }
}

#[test]
fn a_comparison_in_busy_hours_takes_no_time_to_speak_of() {
    let all: Vec<Done> = (0..20_000)
        .map(|n| Done {
            ago: n % 600,
            part: 0,
            from: 1,
            to: 2,
            pieces: 1 + n % 50,
            lag: 30,
            commit: 0,
        })
        .collect();
    let plant = books(&all, (0, 10, 5));
    assert_eq!(plant.compare().breaks, []);
    assert_eq!(Settings::default().grace, 120 * MINUTE);
}

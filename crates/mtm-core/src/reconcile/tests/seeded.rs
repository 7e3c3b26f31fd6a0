//! One fault of each class, what it is told as, and what is no fault.

use std::collections::BTreeSet;

use super::plant::{DAY, MINUTE, NOW, Plant, map, place};
use crate::reconcile::{Break, BreakClass, Findings, Fix, Posting, Stale, reconcile};
use crate::word::Timestamp;

const PARTS: [&str; 14] = [
    "P-0", "P-1", "P-2", "P-3", "P-4", "P-5", "P-6", "P-7", "P-8", "P-9", "P-10", "P-11", "P-12",
    "P-13",
];

/// A day's work in both books, all of it posted.
fn clean() -> Plant {
    let mut plant = Plant::new();
    for (n, part) in (0_i64..).zip(PARTS) {
        plant = plant.with(part, "A-1", "FLOOR", 500).with(part, "C-1", "PAINT", 40);
        let at = NOW - 2 * DAY + n * 7 * MINUTE;
        plant.moved(at, part, None, Some("A-2"), 100);
        plant.posted(at + 20 * MINUTE, part, "FLOOR", 100);
        plant.moved(at + MINUTE, part, Some("A-1"), Some("B-1"), 60);
        plant.transferred(at + 30 * MINUTE, part, "FLOOR", "SHIP", 60);
        plant.moved(at + 2 * MINUTE, part, Some("A-1"), Some("A-2"), 5);
        plant.moved(at + 3 * MINUTE, part, Some("C-1"), Some("YARD"), 3);
        plant.posted(at + 4 * MINUTE, part, "PAINT", -3);
    }
    plant
}

fn classes(findings: &Findings) -> Vec<BreakClass> {
    findings.breaks.iter().map(|it| it.class).collect()
}

/// One fault of each class, each on a part of its own.
fn faulty() -> Plant {
    let mut plant = clean();
    let long_ago = NOW - DAY;
    // quantity_differs: fewer here than there, from before all that is looked at.
    *plant.stock.get_mut(&("P-1".to_owned(), "A-1".to_owned())).unwrap() -= 7;
    // missing_here: they have pieces where we have none.
    let spot = ("P-2".to_owned(), place("SHIP"));
    plant.here.insert("P-2X".to_owned());
    plant.there.insert("P-2X".to_owned());
    let spot_x = ("P-2X".to_owned(), spot.1);
    *plant.on_hand.entry(spot_x.clone()).or_default() += 11;
    *plant.ledger.entry(spot_x).or_default() += 11;
    // missing_there: we have pieces of a part of which they have none.
    plant.here.insert("P-3X".to_owned());
    plant.there.insert("P-3X".to_owned());
    plant.stock.insert(("P-3X".to_owned(), "B-1".to_owned()), 12);
    // unmapped_location: moved to a place that nobody mapped, and therefore not posted.
    plant.moved(long_ago, "P-4", Some("A-1"), Some("NEW-1"), 13);
    // unmapped_part: they carry a part that is not known here.
    plant.there.insert("STRANGE".to_owned());
    let strange = ("STRANGE".to_owned(), place("FLOOR"));
    *plant.on_hand.entry(strange.clone()).or_default() += 14;
    *plant.ledger.entry(strange).or_default() += 14;
    // unposted_move.
    plant.moved(long_ago, "P-6", Some("A-1"), Some("B-1"), 15);
    // posted_twice: a transfer, both halves again.
    plant.moved(long_ago, "P-7", Some("A-1"), Some("B-1"), 16);
    plant.transferred(long_ago + MINUTE, "P-7", "FLOOR", "SHIP", 16);
    plant.transferred(long_ago + 3 * MINUTE, "P-7", "FLOOR", "SHIP", 16);
    // transfer_unpaired: the other half is not there.
    plant.moved(long_ago, "P-8", Some("A-1"), Some("B-1"), 17);
    let (out, _) = plant.transferred(long_ago + MINUTE, "P-8", "FLOOR", "SHIP", 17);
    plant.without(out);
    // ledger_not_on_hand: on hand was changed without a transaction.
    *plant.on_hand.get_mut(&("P-9".to_owned(), place("FLOOR"))).unwrap() += 18;
    // negative_there: issued more than there was.
    plant.here.insert("P-10X".to_owned());
    plant.there.insert("P-10X".to_owned());
    let below = ("P-10X".to_owned(), place("FLOOR"));
    *plant.on_hand.entry(below.clone()).or_default() -= 19;
    *plant.ledger.entry(below).or_default() -= 19;
    // late_commit: hours behind.
    plant.moved(long_ago, "P-11", None, Some("A-1"), 20);
    let late = plant.posted(long_ago + MINUTE, "P-11", "FLOOR", 20);
    let it = plant.transaction(late);
    (it.late, it.read_at) = (true, Timestamp::from_micros(long_ago + 9 * 60 * MINUTE));
    plant
}

#[test]
fn a_clean_copy_is_clean() {
    let findings = clean().compare();
    assert_eq!(findings.breaks, [], "{findings:#?}");
    assert!(findings.is_clean(), "{findings:?}");
    assert!(findings.compared > 40);
}

#[test]
fn each_fault_is_one_break_of_its_class() {
    let findings = faulty().compare();
    let mut expected = BreakClass::ALL.to_vec();
    expected.sort_unstable();
    assert_eq!(classes(&findings), expected, "{:#?}", findings.breaks);
    let part = |class| {
        let it = findings.breaks.iter().find(|it| it.class == class).unwrap();
        (it.part.clone().unwrap_or_default(), it.difference.to_string())
    };
    let check = |class, name: &str, pieces: &str| {
        assert_eq!(part(class), (name.to_owned(), pieces.to_owned()), "{class:?}");
    };
    check(BreakClass::QuantityDiffers, "P-1", "-7");
    check(BreakClass::MissingHere, "P-2X", "-11");
    check(BreakClass::MissingThere, "P-3X", "12");
    check(BreakClass::UnmappedLocation, "", "13");
    check(BreakClass::UnmappedPart, "STRANGE", "-14");
    check(BreakClass::UnpostedMove, "P-6", "-15");
    check(BreakClass::LedgerNotOnHand, "P-9", "-18");
    check(BreakClass::NegativeThere, "P-10X", "19");
    check(BreakClass::LateCommit, "P-11", "0");
    assert_eq!(part(BreakClass::PostedTwice).0, "P-7");
    assert_eq!(part(BreakClass::TransferUnpaired).0, "P-8");
    for it in &findings.breaks {
        assert!(
            !it.cause.is_empty()
                && (it.class == BreakClass::UnmappedLocation
                    || !it.evidence.is_empty()
                    || it.class == BreakClass::NegativeThere
                    || it.class == BreakClass::MissingHere),
            "{it:?}"
        );
    }
}

#[test]
fn what_to_do_about_it_is_said_exactly() {
    let findings = faulty().compare();
    let fix = |class| findings.breaks.iter().find(|it| it.class == class).unwrap().fix.clone();
    let Fix::PostThere { posting, from, to, quantity, .. } = fix(BreakClass::UnpostedMove) else {
        panic!("{:?}", fix(BreakClass::UnpostedMove));
    };
    assert_eq!((posting, from, to), (Posting::Transfer, Some(place("FLOOR")), Some(place("SHIP"))));
    assert_eq!(quantity.to_string(), "15");
    // What was posted twice goes back.
    let Fix::PostThere { posting, from, to, quantity, .. } = fix(BreakClass::PostedTwice) else {
        panic!("{:?}", fix(BreakClass::PostedTwice));
    };
    assert_eq!((posting, from, to), (Posting::Transfer, Some(place("SHIP")), Some(place("FLOOR"))));
    assert_eq!(quantity.to_string(), "16");
    let Fix::PostThere { posting, from, quantity, .. } = fix(BreakClass::TransferUnpaired) else {
        panic!("{:?}", fix(BreakClass::TransferUnpaired));
    };
    assert_eq!((posting, from), (Posting::Out, Some(place("FLOOR"))), "the half that is missing");
    assert_eq!(quantity.to_string(), "17");
    let counted = fix(BreakClass::QuantityDiffers);
    let locations = vec!["A-1".to_owned(), "A-2".to_owned()];
    assert_eq!(counted, Fix::CountHere { part: "P-1".to_owned(), locations });
    let mapped = fix(BreakClass::UnmappedLocation);
    assert_eq!(mapped, Fix::MapPlace { line: "NEW-1,WAREHOUSE,LOCATION".to_owned() });
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let (map, plant) = (map(), faulty());
    let books = plant.books(&map);
    let mut other = books.clone();
    other.ours.stock.reverse();
    other.ours.movements.reverse();
    other.peer.transactions.reverse();
    other.peer.on_hand.reverse();
    other.peer.ledger.reverse();
    assert_eq!(reconcile(&books), reconcile(&other));
    let identities: BTreeSet<_> = reconcile(&books).breaks.iter().map(Break::identity).collect();
    assert_eq!(identities.len(), 11, "each has one of its own");
}

#[test]
fn what_a_difference_is_explained_by_in_part_leaves_the_rest() {
    let mut plant = clean();
    plant.moved(NOW - DAY, "P-1", Some("A-1"), None, 9);
    *plant.stock.get_mut(&("P-1".to_owned(), "A-2".to_owned())).unwrap() += 4;
    let findings = plant.compare();
    let found: Vec<_> =
        findings.breaks.iter().map(|it| (it.class, it.difference.to_string())).collect();
    assert_eq!(
        found,
        [
            (BreakClass::UnpostedMove, "-9".to_owned()),
            (BreakClass::QuantityDiffers, "4".to_owned())
        ]
    );
}

#[test]
fn what_was_keyed_in_with_another_quantity_is_one_difference() {
    let mut plant = clean();
    plant.moved(NOW - DAY, "P-1", None, Some("A-1"), 50);
    plant.posted(NOW - DAY + 9 * MINUTE, "P-1", "FLOOR", 5_050);
    let findings = plant.compare();
    let found: Vec<_> =
        findings.breaks.iter().map(|it| (it.class, it.difference.to_string())).collect();
    assert_eq!(found, [(BreakClass::QuantityDiffers, "-5000".to_owned())]);
    assert!(!findings.breaks[0].evidence.is_empty());
}

#[test]
fn a_movement_and_its_way_back_need_no_posting() {
    let mut plant = clean();
    plant.moved(NOW - DAY, "P-1", Some("A-1"), Some("B-1"), 9);
    plant.moved(NOW - DAY + MINUTE, "P-1", Some("B-1"), Some("A-1"), 9);
    assert!(plant.compare().is_clean());
}

#[test]
fn several_that_were_posted_as_one_are_posted() {
    let mut plant = clean();
    for n in 0..3 {
        plant.moved(NOW - DAY + n * MINUTE, "P-1", Some("A-1"), None, 9 + n);
    }
    plant.posted(NOW - DAY + 90 * MINUTE, "P-1", "FLOOR", -30);
    // And something is wrong there as well.
    plant.moved(NOW - DAY, "P-1", None, Some("A-1"), 4);
    assert_eq!(classes(&plant.compare()), [BreakClass::UnpostedMove]);
}

#[test]
fn one_half_that_was_posted_is_half_a_transfer() {
    let mut plant = clean();
    plant.moved(NOW - DAY, "P-1", Some("A-1"), Some("B-1"), 21);
    let (_, into) = plant.transferred(NOW - DAY + MINUTE, "P-1", "FLOOR", "SHIP", 21);
    plant.without(into);
    let findings = plant.compare();
    assert_eq!(classes(&findings), [BreakClass::TransferUnpaired]);
}

#[test]
fn halves_that_differ_are_one_break() {
    let mut plant = clean();
    plant.moved(NOW - DAY, "P-1", Some("A-1"), Some("B-1"), 21);
    let (_, into) = plant.transferred(NOW - DAY + MINUTE, "P-1", "FLOOR", "SHIP", 21);
    plant.without(into);
    let wrong = plant.posted(NOW - DAY + MINUTE, "P-1", "SHIP", 12);
    plant.transaction(wrong).transfer_of = Some(into - 1);
    let findings = plant.compare();
    assert_eq!(classes(&findings), [BreakClass::TransferUnpaired], "{:#?}", findings.breaks);
}

#[test]
fn young_movements_wait_and_are_no_breaks() {
    let mut plant = clean();
    plant.moved(NOW - 30 * MINUTE, "P-1", Some("A-1"), Some("B-1"), 21);
    let findings = plant.compare();
    assert!(findings.is_clean(), "{findings:?}");
    assert_eq!((findings.waiting.movements, findings.waiting.in_motion), (1, 2));
    plant.posted(NOW - 3 * MINUTE, "P-2", "FLOOR", 8);
    assert_eq!(plant.compare().waiting.postings, 1);
}

#[test]
fn with_on_hand_alone_two_figures_are_compared_and_nothing_that_takes_a_ledger() {
    let map = map();
    let only = |plant: &Plant| {
        let mut books = plant.books(&map);
        books.peer.only_on_hand = true;
        reconcile(&books)
    };
    let mut plant = clean();
    assert!(only(&plant).is_clean());
    // Nobody posted it, twice what was posted, and half of a transfer: figures differ, and no more is said.
    plant.moved(NOW - 10 * 60 * MINUTE, "P-1", Some("A-1"), Some("B-1"), 21);
    plant.posted(NOW - 9 * 60 * MINUTE, "P-2", "FLOOR", 8);
    let findings = only(&plant);
    assert_eq!(findings.stale, []);
    assert!(!findings.breaks.is_empty());
    for it in &findings.breaks {
        assert!(!it.class.is_of_subject() && it.class != BreakClass::LedgerNotOnHand, "{it:?}");
        assert!(it.ledger.is_none() && it.on_hand.is_some(), "{it:?}");
    }
    let mut never = plant.books(&map);
    (never.peer.only_on_hand, never.peer.on_hand_at) = (true, None);
    let findings = reconcile(&never);
    assert_eq!((findings.breaks.len(), findings.stale), (0, vec![Stale::BooksNever]));
}

#[test]
fn what_is_not_fresh_is_never_clean() {
    let map = map();
    let plant = clean();
    let stale = |change: &dyn Fn(&mut crate::reconcile::Books<'_>)| {
        let mut books = plant.books(&map);
        change(&mut books);
        let findings = reconcile(&books);
        assert!(!findings.is_clean());
        assert_eq!(findings.breaks, []);
        findings.stale
    };
    assert_eq!(stale(&|it| it.peer.ledger_at = None), [Stale::LedgerNever]);
    assert_eq!(stale(&|it| it.peer.building = true), [Stale::LedgerBuilding]);
    assert_eq!(stale(&|it| it.peer.on_hand_at = None), [Stale::OnHandNever]);
    assert_eq!(stale(&|it| it.peer.parts = None), [Stale::PartsNever]);
    let long_ago = Some(Timestamp::from_micros(NOW - 3 * DAY));
    assert_eq!(stale(&|it| it.peer.on_hand_at = long_ago), [Stale::OnHandOld]);
    let later = Some(Timestamp::from_micros(NOW));
    assert_eq!(stale(&|it| it.peer.on_hand_at = later), [Stale::LedgerBeforeOnHand]);
}

#[test]
fn the_page_says_what_each_class_means_in_the_order_in_which_they_explain() {
    let page = include_str!("../../../../../docs/reconciliation.md");
    let table = page.split("## The classes").nth(1).unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let told: Vec<&str> = rows.filter(|name| BreakClass::from_name(name).is_some()).collect();
    let known = BreakClass::ALL.map(BreakClass::as_str);
    assert_eq!(told, known);
}

//! What a terminal makes of scans.

use mtm_core::scan::{Hints, classify};

use super::*;
use crate::door::Warned;

fn assembly(kind: BookingType) -> Assembly {
    Assembly::new(MovementBody { kind: Some(kind), ..MovementBody::default() }).unwrap()
}

fn one_of(candidates: Candidates) -> Said {
    Said { candidates, ..Said::default() }
}

fn take(assembly: &mut Assembly, n: u64, raw: &str, candidates: &[(Kind, &str)]) -> Kind {
    let candidates = candidates.iter().map(|(kind, word)| (*kind, (*word).to_owned())).collect();
    let reading = classify(raw, Hints::default()).reading;
    let words = assembly.choose(&reading, &one_of(candidates)).unwrap();
    let kind = words[0].0;
    assembly.set(n, words);
    kind
}

#[test]
fn a_receipt_is_complete_in_any_order_and_keeps_the_place() {
    let mut receive = assembly(BookingType::In);
    take(&mut receive, 1, "R-1", &[(Kind::Location, "R-1")]);
    take(&mut receive, 2, "10", &[(Kind::Operation, "10"), (Kind::Quantity, "10")]);
    take(&mut receive, 3, "50", &[(Kind::Quantity, "50"), (Kind::WorkOrder, "WO-000050")]);
    assert_eq!(receive.missing(), [Kind::Part]);
    assert!(receive.complete().is_none());
    take(&mut receive, 4, "P-1", &[(Kind::Part, "P-1")]);
    let body = receive.complete().unwrap();
    assert_eq!((body.part.as_deref(), body.quantity), (Some("P-1"), Some(50)));
    assert_eq!((body.operation.as_deref(), body.location.as_deref()), (Some("10"), Some("R-1")));
    receive.booked();
    assert_eq!(receive.missing(), [Kind::Part, Kind::Quantity]);
    assert_eq!(receive.scanned(), "operation 10, location R-1");
}

#[test]
fn a_move_keeps_its_destination_and_a_take_keeps_nothing() {
    let mut transfer = assembly(BookingType::Transfer);
    take(&mut transfer, 1, "R-2", &[(Kind::Location, "R-2")]);
    take(&mut transfer, 2, "7", &[(Kind::Lot, "0000000007")]);
    assert_eq!(transfer.complete().unwrap().to_location.as_deref(), Some("R-2"));
    transfer.booked();
    assert_eq!(transfer.missing(), [Kind::Lot]);

    let mut out = assembly(BookingType::Out);
    take(&mut out, 1, "QTY:5", &[(Kind::Quantity, "5")]);
    assert_eq!(out.unfinished(), [1]);
    let either = [(Kind::Quantity, "7"), (Kind::Lot, "0000000007")];
    assert_eq!(take(&mut out, 2, "7", &either), Kind::Lot, "digits alone are no quantity here");
    assert_eq!(out.complete().unwrap().quantity, Some(5));
    out.booked();
    assert_eq!(out.scanned(), "");
}

#[test]
fn a_label_fills_a_receipt_and_names_only_the_lot_of_what_leaves() {
    let words = [
        (Kind::Part, "P-1"),
        (Kind::Location, "R-1"),
        (Kind::Lot, "0000000007"),
        (Kind::WorkOrder, "WO-000050"),
        (Kind::Quantity, "40"),
    ];
    let words: Candidates = words.iter().map(|(kind, word)| (*kind, (*word).to_owned())).collect();
    let label = Said { words, is_label: true, ..Said::default() };
    let reading = classify("]C110A", Hints::default()).reading;
    let kinds = |of: &Assembly, said: &Said| {
        let words = of.choose(&reading, said).unwrap();
        words.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>()
    };
    let mut receive = assembly(BookingType::In);
    let all = [Kind::Part, Kind::Location, Kind::WorkOrder, Kind::Quantity];
    assert_eq!(kinds(&receive, &label), all);
    receive.set(1, [(Kind::Location, "R-1".to_owned())]);
    assert_eq!(kinds(&receive, &label), [Kind::Part, Kind::WorkOrder, Kind::Quantity]);
    // Where one stands does not change by a label, and nothing is booked there that is said to be elsewhere.
    receive.set(2, [(Kind::Location, "R-2".to_owned())]);
    let refused = receive.choose(&reading, &label).unwrap_err();
    assert!(refused.message.contains("R-1") && refused.message.contains("R-2"), "{refused:?}");
    let fixed = MovementBody { part: Some("p-2".to_owned()), ..receive.template().clone() };
    let refused = Assembly::new(fixed).unwrap().choose(&reading, &label).unwrap_err();
    assert_eq!(refused.code, "other_label");
    for kind in [BookingType::Out, BookingType::Transfer] {
        assert_eq!(kinds(&assembly(kind), &label), [Kind::Lot]);
    }
    let lots = [(Kind::Lot, "0000000008".to_owned()), (Kind::Lot, "0000000009".to_owned())];
    let either = Said { candidates: lots.to_vec(), ..label };
    let refused = assembly(BookingType::Out).choose(&reading, &either).unwrap_err();
    assert_eq!(refused.code, "ambiguous_code");
}

#[test]
fn what_options_fix_is_not_scanned() {
    let body = MovementBody {
        kind: Some(BookingType::In),
        part: Some("P-1".to_owned()),
        operation: Some("10".to_owned()),
        quantity: Some(5),
        ..MovementBody::default()
    };
    let mut each_place = Assembly::new(body.clone()).unwrap();
    let part = [(Kind::Part, "P-2".to_owned())].to_vec();
    let reading = classify("P-2", Hints::default()).reading;
    let refused = each_place.choose(&reading, &one_of(part)).unwrap_err();
    assert_eq!(refused.code, "not_wanted");
    assert!(refused.message.ends_with("to be scanned here: location, work_order"), "{refused:?}");
    take(&mut each_place, 1, "R-1", &[(Kind::Location, "R-1")]);
    assert!(each_place.complete().is_some());
    each_place.booked();
    assert_eq!(each_place.missing(), [Kind::Location]);
    let nothing = MovementBody { location: Some("R-1".to_owned()), ..body };
    assert!(Assembly::new(nothing).is_none());
}

#[test]
fn what_exists_nowhere_or_twice_is_refused() {
    let take = assembly(BookingType::Out);
    let reading = classify("X", Hints::default()).reading;
    assert_eq!(take.choose(&reading, &one_of(Vec::new())).unwrap_err().code, "unknown_code");
    let mut ready = assembly(BookingType::Transfer);
    ready.set(1, [(Kind::Location, "R-1".to_owned())]);
    ready.set(2, [(Kind::Lot, "0000000001".to_owned())]);
    let both = [(Kind::Location, "19".to_owned()), (Kind::Operation, "19".to_owned())].to_vec();
    let refused = ready.choose(&reading, &one_of(both)).unwrap_err();
    assert_eq!(refused.code, "ambiguous_code");
}

#[test]
fn a_label_with_only_ambiguous_words_or_a_warning_is_refused_as_a_whole() {
    let reading = classify("[)>\u{1e}06\u{1d}1JA1\u{1d}1T77\u{1e}\u{4}", Hints::default()).reading;
    let lots = [(Kind::Lot, "A1".to_owned()), (Kind::Lot, "77".to_owned())].to_vec();
    // Also where the server does not say that it is a label.
    for is_label in [true, false] {
        let either = Said { candidates: lots.clone(), is_label, ..Said::default() };
        for kind in [BookingType::Out, BookingType::Transfer] {
            let refused = assembly(kind).choose(&reading, &either).unwrap_err();
            assert_eq!(refused.code, "ambiguous_code");
        }
    }
    let warned =
        Warned { code: "not_strict", kind: None, message: "the end is missing".to_owned() };
    let words = [(Kind::Part, "P-1".to_owned()), (Kind::Quantity, "40".to_owned())].to_vec();
    let cut = Said { words, is_label: true, warnings: vec![warned], ..Said::default() };
    let refused = assembly(BookingType::In).choose(&reading, &cut).unwrap_err();
    assert_eq!((refused.code, refused.says_what_to_do()), ("not_strict", true));
    assert!(refused.message.starts_with("the end is missing; read it on the page"));
}

#[test]
fn nothing_of_one_label_is_booked_with_the_next_one() {
    let words = |all: &[(Kind, &str)]| -> Candidates {
        all.iter().map(|(kind, word)| (*kind, (*word).to_owned())).collect()
    };
    let first = words(&[(Kind::Part, "P-1"), (Kind::Quantity, "40"), (Kind::WorkOrder, "WO-1")]);
    let mut receive = assembly(BookingType::In);
    receive.set(1, words(&[(Kind::Location, "R-1")]));
    receive.set(2, first.clone());
    let next = words(&[(Kind::Part, "P-2"), (Kind::Quantity, "7")]);
    let label = Said { words: next.clone(), is_label: true, ..Said::default() };
    let reading = classify("]C110A", Hints::default()).reading;
    let chosen = receive.choose(&reading, &label).unwrap();
    assert_eq!(chosen, next, "its own pieces, also where others wait");
    receive.set(3, chosen);
    assert_eq!(receive.scanned(), "part P-2, location R-1, quantity 7");
    // Also where the next one names the part alone, as a plain code does.
    let mut receive = assembly(BookingType::In);
    receive.set(1, first);
    receive.set(2, words(&[(Kind::Part, "P-2")]));
    assert_eq!(receive.scanned(), "part P-2");
    // What was scanned by itself stays.
    receive.set(3, words(&[(Kind::Quantity, "5")]));
    receive.set(4, words(&[(Kind::Part, "P-3")]));
    assert_eq!(receive.scanned(), "part P-3, quantity 5");
}

#[test]
fn only_what_no_server_can_read_is_refused_at_once() {
    let at_once = |raw: &str| Unusable::at_once(&classify(raw, Hints::default()).reading);
    for asked in ["[)>{RS}06{GS}P4711", "]C1X", "QTY:x", "A\tB", "4711"] {
        assert_eq!(at_once(asked), None, "{asked:?}");
    }
    for refused in ["", " \r", &"x".repeat(5_000)] {
        assert_eq!(at_once(refused).unwrap().code, "unreadable");
    }
}

//! An operation is finished.

use mtm_core::movement::MovementType;

use super::*;

fn at_step(floor: &Floor, lot: &LotNumber, step: &str) -> i64 {
    let stock = floor.world.stock.iter();
    stock
        .filter(|(b, _)| b.lot == *lot && b.place.operation.code.as_str() == step)
        .map(|(_, quantity)| quantity.whole())
        .sum()
}

#[test]
fn good_goes_on_scrap_leaves_and_rework_stays() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 100);
    let postings = floor.book(complete(named(&lot), [80, 5, 15]));
    let kinds: Vec<MovementType> = postings.movements.iter().map(|p| p.kind).collect();
    assert_eq!(kinds, [MovementType::Transfer, MovementType::Scrap]);
    assert_eq!(at_step(&floor, &lot, "20"), 80);
    assert_eq!(at_step(&floor, &lot, "10"), 15);
    assert_eq!(floor.at(&lot, RACK), 95, "the location is the source's unless named");
}

#[test]
fn everything_can_be_sent_where_it_belongs() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 100);
    floor.book(Complete {
        to_location: Some(location(DOCK)),
        rework_operation: Some(operation("N/A")),
        rework_location: Some(location(QUALITY)),
        ..complete(named(&lot), [80, 5, 15])
    });
    assert_eq!((floor.at(&lot, DOCK), floor.at(&lot, QUALITY), floor.at(&lot, RACK)), (80, 15, 0));
}

#[test]
fn rework_sent_to_where_it_is_stays() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 100);
    let postings = floor.book(Complete {
        rework_location: Some(location(RACK)),
        ..complete(named(&lot), [90, 0, 10])
    });
    assert_eq!(postings.movements.len(), 1);
    assert_eq!(at_step(&floor, &lot, "10"), 10);
}

#[test]
fn rework_alone_moves_nothing_but_is_shown() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 100);
    let postings = floor.book(complete(named(&lot), [0, 0, 10]));
    assert!(postings.movements.is_empty());
    assert_eq!((postings.balances.len(), postings.balances[0].after), (1, pieces(100)));
}

#[test]
fn pieces_not_told_of_stay_at_the_operation() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 100);
    floor.book(complete(named(&lot), [60, 0, 0]));
    assert_eq!((at_step(&floor, &lot, "10"), at_step(&floor, &lot, "20")), (40, 60));
}

#[test]
fn more_than_is_on_hand_is_refused_whole() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 100);
    let refusal = floor.refused(complete(named(&lot), [80, 10, 11]));
    assert_eq!(refusal.code, Code::InsufficientStock);
}

#[test]
fn scrap_needs_a_reason() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 100);
    let unexplained = Complete { scrap_reason: None, ..complete(named(&lot), [80, 5, 0]) };
    let refusal = floor.refused(unexplained);
    assert_eq!(refusal.code, Code::ReasonRequired);
    assert_eq!(refusal.field.as_deref(), Some("scrap_reason"));
    let wrong =
        Complete { scrap_reason: Some(reason("quality")), ..complete(named(&lot), [80, 5, 0]) };
    assert_eq!(floor.refused(wrong).code, Code::UnknownReason);
}

#[test]
fn nothing_completed_is_refused_at_the_good_pieces() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 100);
    let refusal = floor.refused(complete(named(&lot), [0, 0, 0]));
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::QuantityOutOfRange, Some("good")));
}

#[test]
fn the_next_operation_must_exist_even_if_no_piece_is_good() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 100);
    let astray =
        |shares| Complete { to_operation: Some(operation("777")), ..complete(named(&lot), shares) };
    for shares in [[10, 0, 0], [0, 10, 0]] {
        let refusal = floor.refused(astray(shares));
        assert_eq!(refusal.code, Code::UnknownOperation);
        assert_eq!(refusal.field.as_deref(), Some("to_operation"));
    }
}

#[test]
fn the_same_operation_is_not_the_next_one() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 100);
    let refusal = floor.refused(Complete {
        to_operation: Some(operation("10")),
        ..complete(named(&lot), [10, 0, 0])
    });
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::SamePlace, Some("to_operation")));
}

#[test]
fn fifo_gives_the_oldest_pieces_as_good_ones() {
    let mut floor = Floor::new();
    let lots = [30, 20].map(|n| floor.receive(SHAFT, RACK, n));
    floor.book(complete(oldest(SHAFT, RACK), [35, 5, 5]));
    assert_eq!(lots.each_ref().map(|lot| at_step(&floor, lot, "20")), [30, 5]);
    assert_eq!(lots.each_ref().map(|lot| at_step(&floor, lot, "10")), [0, 10]);
}

#[test]
fn one_undo_takes_back_all_of_it() {
    let mut floor = Floor::new();
    let lot = floor.receive(SHAFT, RACK, 100);
    let command = floor.next_command();
    floor.book(Complete {
        rework_location: Some(location(QUALITY)),
        ..complete(named(&lot), [80, 5, 15])
    });
    floor.book(undo(ReverseTarget::Command(command)));
    assert_eq!(at_step(&floor, &lot, "10"), 100);
    assert_eq!(floor.at(&lot, RACK), 100);
}

//! Routings: where pieces go on to, what is outside, and what may become a version.

use std::sync::Arc;

use mtm_core::catalogue::{OffRouting, RoutingVersion};
use mtm_core::routing::{self, RoutingDraft, StepDraft};
use mtm_core::word::Timestamp;

use super::*;
use crate::model::plant::Route;

/// Rows of the small plant: operations 10, 20, N/A and the retired 99; location R-GONE is retired.
const CUT: i64 = 1;
const FORM: i64 = 2;
const LAST: i64 = 4;
const AT_DOCK: Option<i64> = Some(2);
const GONE: Option<i64> = Some(5);

/// A floor on which the shaft (part 2) goes by `stops` from the beginning on.
fn routed(stops: &[(i64, Option<i64>)]) -> Floor {
    let mut floor = Floor::new();
    let route = Route { part: 2, from: 0, stops: stops.to_vec() };
    floor.world.edit_plant(|plant| plant.routes = vec![route]);
    floor
}

fn onward(lot: &LotNumber, shares: [i64; 3]) -> Complete {
    Complete { to_operation: None, ..complete(named(lot), shares) }
}

fn codes(postings: &Postings) -> Vec<&str> {
    postings.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

#[test]
fn completed_pieces_go_to_the_next_operation_and_its_place() {
    let mut floor = routed(&[(CUT, None), (FORM, AT_DOCK)]);
    let lot = floor.receive(SHAFT, RACK, 100);
    let postings = floor.book(onward(&lot, [80, 5, 15]));
    assert_eq!(codes(&postings), [""; 0]);
    let place = &postings.movements[0].to.bucket().unwrap().place;
    assert_eq!((place.operation.code.as_str(), place.location.code.as_str()), ("20", DOCK));
    assert_eq!(floor.at(&lot, RACK), 15, "rework stays where it is");
}

#[test]
fn a_place_that_is_named_wins_over_the_routing_s() {
    let mut floor = routed(&[(CUT, None), (FORM, AT_DOCK)]);
    let lot = floor.receive(SHAFT, RACK, 100);
    floor.book(Complete { to_location: Some(location(QUALITY)), ..onward(&lot, [60, 0, 0]) });
    assert_eq!(floor.at(&lot, QUALITY), 60);
    floor.book(complete(named(&lot.clone()), [40, 0, 0]).at_cut());
    assert_eq!(floor.at(&lot, RACK), 40, "who names the operation keeps the place");
}

trait AtCut {
    fn at_cut(self) -> Self;
}

impl AtCut for Complete {
    fn at_cut(mut self) -> Self {
        self.pick.operation = Some(operation("10"));
        self
    }
}

#[test]
fn where_no_operation_comes_next_the_refusal_says_what_to_do() {
    let mut floor = routed(&[(CUT, None)]);
    let lot = floor.receive(SHAFT, RACK, 100);
    let refusal = floor.refused(onward(&lot, [100, 0, 0]));
    assert_eq!(refusal.code, Code::NoNextOperation);
    assert!(refusal.message.contains("is the last of part"), "{refusal}");
    floor.book(onward(&lot, [0, 10, 5]));
    assert_eq!(floor.of(&lot), 90, "without good pieces nothing needs to go on");

    let other = floor.receive(GEAR, RACK, 10);
    let refusal = floor.refused(onward(&other, [10, 0, 0]));
    assert!(refusal.message.contains("has no routing"), "{refusal}");

    let mut floor = routed(&[(FORM, None), (CUT, None)]);
    let lot =
        floor.book(Receive { operation: operation("N/A"), ..receive(SHAFT, RACK, 5) }).new_lots[0]
            .lot
            .clone();
    let refusal = floor.refused(onward(&lot, [5, 0, 0]));
    assert!(refusal.message.contains("is not in the routing"), "{refusal}");
}

#[test]
fn what_was_retired_since_is_not_gone_to() {
    let mut floor = routed(&[(CUT, None), (LAST, None)]);
    let lot = floor.receive(SHAFT, RACK, 100);
    assert_eq!(floor.refused(onward(&lot, [10, 0, 0])).code, Code::UnknownOperation);
    let mut floor = routed(&[(CUT, None), (FORM, GONE)]);
    let lot = floor.receive(SHAFT, RACK, 100);
    let refusal = floor.refused(onward(&lot, [10, 0, 0]));
    assert_eq!(
        (refusal.code, refusal.field.as_deref()),
        (Code::UnknownLocation, Some("to_location"))
    );
    floor.book(Complete { to_location: Some(location(RACK)), ..onward(&lot, [10, 0, 0]) });
}

#[test]
fn an_entry_outside_is_told_and_booked() {
    let mut floor = routed(&[(FORM, None)]);
    let postings = floor.book(receive(SHAFT, RACK, 100));
    assert_eq!(codes(&postings), ["off_routing"]);
    let lot = postings.new_lots[0].lot.clone();
    assert_eq!(codes(&floor.book(carry(named(&lot), None, DOCK))), [""; 0], "it enters nothing");
    let to_form = Move { to_operation: Some(operation("20")), ..carry(named(&lot), None, RACK) };
    assert_eq!(codes(&floor.book(to_form)), [""; 0]);
    let back = Move { to_operation: Some(operation("N/A")), ..carry(named(&lot), 30, DOCK) };
    assert_eq!(codes(&floor.book(back)), ["off_routing"]);
    assert_eq!(codes(&floor.book(receive(GEAR, RACK, 1))), ["color_code_missing"], "no routing");
}

#[test]
fn rework_that_goes_back_to_an_operation_enters_it_and_elsewhere_it_enters_nothing() {
    let mut floor = routed(&[(CUT, None), (FORM, None)]);
    let lot = floor.receive(SHAFT, RACK, 100);
    let rework = |to_operation: Option<&str>, to_location: Option<&str>| Complete {
        rework_operation: to_operation.map(operation),
        rework_location: to_location.map(location),
        ..complete(Pick { location: Some(location(RACK)), ..named(&lot) }, [0, 0, 5])
    };
    let beside = floor.book(rework(None, Some(QUALITY)));
    assert_eq!((beside.movements.len(), codes(&beside)), (1, vec![]));
    let outside = floor.book(rework(Some("N/A"), None));
    assert_eq!((outside.movements.len(), codes(&outside)), (1, vec!["off_routing"]));
}

#[test]
fn what_is_so_of_several_lots_is_told_once() {
    let mut floor = routed(&[(FORM, None)]);
    let containers = std::num::NonZeroU16::new(3).unwrap();
    let three = floor.book(Receive { containers, ..receive(SHAFT, RACK, 10) });
    assert_eq!((three.movements.len(), codes(&three)), (3, vec!["off_routing"]));
    let all = Move { to_operation: Some(operation("N/A")), ..carry(oldest(SHAFT, RACK), 30, DOCK) };
    let moved = floor.book(all);
    assert_eq!((moved.movements.len(), codes(&moved)), (3, vec!["off_routing"]));
    // Another thing of the same kind is another.
    let two = Complete {
        rework_operation: Some(operation("10")),
        ..complete(Pick { operation: Some(operation("N/A")), ..oldest(SHAFT, DOCK) }, [5, 0, 5])
    };
    floor.world.edit_plant(|plant| plant.routes[0].stops = vec![(3, None)]);
    let told = floor.book(two);
    assert_eq!((told.movements.len(), codes(&told)), (2, vec!["off_routing"; 2]));
}

#[test]
fn a_strict_site_asks_before_it_books_outside() {
    let mut floor = routed(&[(FORM, None)]);
    floor.world.edit_plant(|plant| plant.strict = true);
    let refusal = floor.refused(receive(SHAFT, RACK, 100));
    assert_eq!((refusal.code, refusal.field.as_deref()), (Code::OffRouting, Some("operation")));
    let postings = floor.confirm(Code::OffRouting).book(receive(SHAFT, RACK, 100));
    assert_eq!(codes(&postings), ["off_routing"], "and stays flagged");
    let lot = postings.new_lots[0].lot.clone();
    let undone = undo(ReverseTarget::Command(CommandId::from_fresh(uuid(floor.asked))));
    assert_eq!(floor.book(undone).movements.len(), 1, "an undo enters nothing");
    assert_eq!(floor.of(&lot), 0);
}

#[test]
fn the_version_in_force_decides() {
    let mut floor = routed(&[(CUT, None), (FORM, None)]);
    let lot = floor.receive(SHAFT, RACK, 100);
    let from = floor.world.now.plus_micros(60_000_000).micros();
    floor.world.edit_plant(|plant| {
        plant.routes.push(Route { part: 2, from, stops: vec![(CUT, None), (3, AT_DOCK)] });
    });
    floor.book(onward(&lot, [50, 0, 0]));
    assert_eq!(floor.at(&lot, DOCK), 0);
    floor.wait(60).book(Complete { ..onward(&lot, [10, 0, 0]).at_cut() });
    assert_eq!(floor.at(&lot, DOCK), 10, "it has begun");
}

fn step(code: &str) -> StepDraft {
    StepDraft { position: None, operation: operation(code), location: None, yields: None }
}

fn draft(steps: &[&str]) -> RoutingDraft {
    let steps = steps.iter().map(|code| step(code)).collect();
    RoutingDraft { part: part(SHAFT), effective_from: None, steps }
}

#[test]
fn everything_wrong_with_a_draft_is_said_at_once() {
    let floor = Floor::new();
    let mut bad = draft(&["10", "777", "10", "99"]);
    bad.part = part("NO-SUCH-PART");
    bad.steps[0].position = Some(40);
    bad.steps[1].position = Some(30);
    bad.steps[3].location = Some(location("R-GONE"));
    let faults = routing::version(floor.world.catalogue(), floor.world.now, &bad).unwrap_err();
    let said: Vec<String> = faults
        .into_iter()
        .map(|fault| {
            let rejection = fault.named();
            format!("{} {}", rejection.field.as_deref().unwrap_or(""), rejection.code)
        })
        .collect();
    assert_eq!(
        said,
        [
            "part unknown_part",
            "steps[1].position invalid_body",
            "steps[1].operation unknown_operation",
            "steps[2].operation invalid_body",
            "steps[3].operation unknown_operation",
            "steps[3].location unknown_location",
        ]
    );
    let empty = routing::version(floor.world.catalogue(), floor.world.now, &draft(&[]));
    assert_eq!(empty.unwrap_err()[0].rejection.field.as_deref(), Some("steps"));
}

#[test]
fn a_version_begins_no_earlier_than_the_one_in_force() {
    let floor = routed(&[(CUT, None)]);
    let (catalogue, now) = (floor.world.catalogue(), Timestamp::from_micros(100));
    let at = |from: i64| {
        let draft = RoutingDraft {
            effective_from: Some(Timestamp::from_micros(from)),
            ..draft(&["20", "10"])
        };
        routing::version(catalogue, now, &draft)
    };
    let (_, version) = at(50).unwrap();
    assert_eq!(version.number, 2);
    assert_eq!(version.steps.iter().map(|step| step.position).collect::<Vec<_>>(), [10, 20]);
    let before = at(-1).unwrap_err().remove(0).named();
    assert_eq!(before.field.as_deref(), Some("effective_from"));
    let (_, ended) = routing::end(catalogue, now, &part(SHAFT), None).unwrap();
    assert!(ended.ends() && ended.effective_from == now);
    assert_eq!(routing::end(catalogue, now, &part(GEAR), None).unwrap_err().code, Code::NotFound);
}

#[test]
fn a_file_of_what_stands_already_adds_nothing() {
    let floor = routed(&[(CUT, None), (FORM, None)]);
    let catalogue = floor.world.catalogue();
    let routing = catalogue.routings.of(mtm_core::word::PartId(2)).unwrap();
    let held = routing.newest().unwrap();
    let now = Timestamp::from_micros(100);
    let same = RoutingVersion { number: 2, ..held.clone() };
    let stands = |version, from| routing::stands(routing, version, from, now);
    assert_eq!(stands(&same, None), Some(held));
    assert_eq!(stands(&same, Some(held.effective_from)), Some(held));
    assert_eq!(stands(&same, Some(now)), None, "it shall begin anew");
    let other = RoutingVersion { steps: Arc::default(), ..same };
    assert_eq!(stands(&other, None), None);
    assert_eq!(catalogue.off_routing, OffRouting::Warn);
}

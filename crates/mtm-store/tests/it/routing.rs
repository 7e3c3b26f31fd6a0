//! Routings: versions that only grow, and bookings that go by the one in force.

use mtm_core::Action;
use mtm_core::catalogue::OffRouting;
use mtm_core::command::{Complete, Confirmations};
use mtm_core::outcome::Outcome;
use mtm_core::routing::{RoutingDraft, StepDraft};
use mtm_core::word::{LotNumber, Quantity, Timestamp, Yield};
use mtm_store::routing::{self, RoutingChange, RoutingQuery, RoutingRow, RoutingState};
use mtm_store::{Ledger, PostError, Submission};
use mtm_testkit::poll;

use crate::engine::{Engine, contract};
use crate::plant::{
    Plant, actor, key, location, of_lot, operation, part, pieces, receive, refused,
};
use crate::site::{PATIENCE, Site, on_mariadb};

contract!(
    versions_only_grow_and_the_one_in_force_can_be_asked,
    a_change_is_made_once_and_by_who_saw_the_newest,
    a_routing_is_there_after_a_restart_and_audited,
    a_file_of_versions_is_made_once_and_whole,
    completed_pieces_go_by_the_routing,
    an_entry_outside_is_told_or_questioned_as_the_site_wants,
);

fn step(code: &str) -> StepDraft {
    StepDraft { position: None, operation: operation(code), location: None, yields: None }
}

fn draft(codes: &[&str]) -> RoutingDraft {
    let steps = codes.iter().map(|code| step(code)).collect();
    RoutingDraft { part: part("P-1"), effective_from: None, steps }
}

fn at_the_second_place(mut draft: RoutingDraft) -> RoutingDraft {
    draft.steps[1].location = Some(location("A-2"));
    draft.steps[1].yields = Some(Yield::parse("98.5%").unwrap());
    draft
}

fn revise(draft: RoutingDraft) -> RoutingChange {
    RoutingChange::Revise { draft, newest: None }
}

async fn change(plant: &Plant, change: RoutingChange) -> Result<RoutingRow, PostError> {
    plant.ledger.change_routing(change, actor(), None).await.map(|once| once.value)
}

fn operations(row: &RoutingRow) -> Vec<&str> {
    row.steps.iter().map(|step| step.operation.as_str()).collect()
}

/// Number of the version by which `P-1` goes at `at`.
fn in_force(ledger: &Ledger, at: Timestamp) -> Option<u32> {
    let catalogue = ledger.catalogue();
    let part = catalogue.part(&part("P-1")).unwrap().row;
    catalogue.routings.in_force(part, at).map(|version| version.number)
}

async fn versions_only_grow_and_the_one_in_force_can_be_asked(engine: Engine) {
    let plant = Plant::on(engine).await;
    let now = mtm_store::Clock::now(&*plant.clock);
    let later = now.plus_micros(3_600_000_000);
    let first = change(&plant, RoutingChange::Create(draft(&["10", "20"]))).await.unwrap();
    assert_eq!((first.version, operations(&first)), (1, vec!["10", "20"]));
    let planned = RoutingDraft { effective_from: Some(later), ..draft(&["20"]) };
    assert_eq!(change(&plant, revise(planned)).await.unwrap().version, 2);
    plant.clock.advance(1_000_000);
    let now = mtm_store::Clock::now(&*plant.clock);
    assert_eq!(in_force(&plant.ledger, now), Some(1));
    assert_eq!(in_force(&plant.ledger, later), Some(2));
    let from = Some(later.plus_micros(5));
    let end = RoutingChange::Retire { part: part("P-1"), from, newest: Some(2) };
    let ended = change(&plant, end).await.unwrap();
    assert!(ended.retired && ended.steps.is_empty());
    assert_eq!(in_force(&plant.ledger, later.plus_micros(5)), None);

    let row = plant.ledger.catalogue().part(&part("P-1")).unwrap().row;
    let versions = plant.ledger.routing_versions(row).await.unwrap();
    let numbers: Vec<u32> = versions.iter().map(|version| version.version).collect();
    assert_eq!(numbers, [3, 2, 1], "nothing is lost, the newest first");
    assert_eq!(versions[2], first);
    assert_eq!(versions[0].recorded_by, "system");

    let list = |state| {
        let query = RoutingQuery { state, ..RoutingQuery::default() };
        routing::page(&plant.ledger.catalogue(), now, &query).unwrap().items
    };
    let line = &list(RoutingState::Active)[0];
    assert_eq!((line.version, line.in_force, line.next_from), (1, true, Some(later)));
    assert!(list(RoutingState::Retired).is_empty());
}

async fn a_change_is_made_once_and_by_who_saw_the_newest(engine: Engine) {
    let plant = Plant::on(engine).await;
    let create = || RoutingChange::Create(draft(&["10", "20"]));
    let made = plant.ledger.change_routing(create(), actor(), Some(key("k"))).await.unwrap();
    let again = plant.ledger.change_routing(create(), actor(), Some(key("k"))).await.unwrap();
    assert!(again.replayed && again.value == made.value);
    assert_eq!(refused(&change(&plant, create()).await.unwrap_err()), "already_exists");
    let stale = RoutingChange::Revise { draft: draft(&["20"]), newest: Some(7) };
    assert_eq!(refused(&change(&plant, stale).await.unwrap_err()), "stale");
    let same = change(&plant, revise(draft(&["10", "20"]))).await.unwrap();
    assert_eq!(same, made.value, "what stands needs no other version");
    let before = RoutingDraft {
        effective_from: Some(made.value.effective_from.plus_micros(-1)),
        ..draft(&["20"])
    };
    assert_eq!(refused(&change(&plant, revise(before)).await.unwrap_err()), "invalid_body");
    assert_eq!(plant.value("SELECT count(*) FROM routing_version"), "1");
}

async fn a_routing_is_there_after_a_restart_and_audited(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    let row = change(&plant, revise(at_the_second_place(draft(&["10", "20"])))).await.unwrap();
    plant.ledger.set_off_routing(OffRouting::Refuse, actor().id, None).await.unwrap();
    plant.restart().await;
    let catalogue = plant.ledger.catalogue();
    assert_eq!(catalogue.off_routing, OffRouting::Refuse);
    let id = catalogue.part(&part("P-1")).unwrap().row;
    assert_eq!(plant.ledger.routing_versions(id).await.unwrap(), std::slice::from_ref(&row));
    let held = catalogue.routings.in_force(id, row.effective_from).unwrap();
    assert_eq!(held.steps.len(), 2);
    assert_eq!(held.steps[1].yields, Some(Yield::parse("0.985").unwrap()));

    let events = plant.ledger.events_after(0, Vec::new(), 1000).await.unwrap();
    let told: Vec<_> = events.iter().filter(|event| event.data["noun"] == "routing").collect();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind.as_str(), told[0].subject.as_str()), ("master.changed", "P-1"));
    assert_eq!(told[0].data["steps"][1]["yield"], "98.5%");
    assert_eq!((&told[0].data["change"], &told[0].data["version"]), (&"created".into(), &1.into()));
    let audited = plant.value(
        "SELECT count(*) FROM audit WHERE kind = 'master' AND entry LIKE '%\"noun\":\"routing\"%'",
    );
    assert_eq!(audited, "1");
    let report =
        plant.ledger.verify(mtm_store::integrity::VerifyRange::Full, |_| {}).await.unwrap();
    assert!(report.ok, "{:?}", report.first_bad);
}

async fn a_file_of_versions_is_made_once_and_whole(engine: Engine) {
    let plant = Plant::on(engine).await;
    let other = RoutingDraft { part: part("P-2"), ..draft(&["10"]) };
    let wrong = RoutingDraft { part: part("NONE"), ..draft(&["10"]) };
    let file = || vec![(draft(&["10", "20"]), 2), (wrong.clone(), 1), (other.clone(), 1)];
    let ledger = &plant.ledger;
    let all = ledger.import_routings_once(file(), actor(), key("all"), false).await.unwrap_err();
    match &all {
        PostError::Rejected(rejection) => {
            assert_eq!(rejection.field.as_deref(), Some("items[2].part"));
        }
        PostError::Fault(fault) => panic!("{fault}"),
    }
    assert_eq!(plant.value("SELECT count(*) FROM routing_version"), "0", "all or none");
    let some = ledger.import_routings_once(file(), actor(), key("some"), true).await.unwrap();
    let verdicts: Vec<bool> = some.value.iter().map(Option::is_none).collect();
    assert_eq!(verdicts, [true, true, false, true], "one verdict a row of the file");
    let again = ledger.import_routings_once(file(), actor(), key("some"), true).await.unwrap();
    assert!(again.replayed);
    let twice = ledger.import_routings_once(file(), actor(), key("twice"), true).await.unwrap();
    assert_eq!(twice.value[0].as_ref().unwrap().code.as_str(), "already_exists");
    assert_eq!(plant.value("SELECT count(*) FROM routing_version"), "2");
}

fn onward(lot: &LotNumber, good: i64) -> Action {
    Action::Complete(Complete {
        pick: of_lot(lot),
        good: pieces(good),
        scrap: Quantity::ZERO,
        rework: Quantity::ZERO,
        to_operation: None,
        to_location: None,
        rework_operation: None,
        rework_location: None,
        scrap_reason: None,
        notes: None,
    })
}

fn codes(outcome: &Outcome) -> Vec<&str> {
    outcome.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

async fn completed_pieces_go_by_the_routing(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    let nowhere = plant.book(onward(&lot, 50)).await.unwrap_err();
    assert_eq!(refused(&nowhere), "no_next_operation");
    change(&plant, revise(at_the_second_place(draft(&["10", "20"])))).await.unwrap();
    let outcome = plant.book(onward(&lot, 50)).await.unwrap();
    let line = &outcome.movements[0];
    let to = (line.to_operation.as_ref().unwrap(), line.to_location.as_ref().unwrap());
    assert_eq!((to.0.as_str(), to.1.as_str()), ("20", "A-2"));
    assert_eq!(codes(&outcome), [""; 0]);
    let events = plant.ledger.events_after(0, Vec::new(), 1000).await.unwrap();
    let told = events.iter().find(|event| event.kind == "operation.completed").unwrap();
    assert_eq!(told.data["to_operation"], "20", "what the routing chose is told");
    let last = plant.book(onward(&lot, 50)).await.unwrap_err();
    assert_eq!(refused(&last), "no_next_operation");
}

async fn an_entry_outside_is_told_or_questioned_as_the_site_wants(engine: Engine) {
    let plant = Plant::on(engine).await;
    change(&plant, revise(draft(&["20"]))).await.unwrap();
    let told = plant.book_once("one", Action::Receive(receive("P-1", 5))).await.unwrap();
    let told = told.into_single().unwrap();
    assert_eq!(codes(&told), ["off_routing"]);
    let again = plant.book_once("one", Action::Receive(receive("P-1", 5))).await.unwrap();
    assert_eq!(again.into_single().unwrap(), told, "also when it is said again");

    let set = |choice| plant.ledger.set_off_routing(choice, actor().id, None);
    set(OffRouting::Refuse).await.unwrap();
    let refusal = plant.book(Action::Receive(receive("P-1", 6))).await.unwrap_err();
    assert_eq!(refused(&refusal), "off_routing");
    let mut command = plant.command(Action::Receive(receive("P-1", 6)));
    command.confirm = Confirmations { off_routing: true, ..Confirmations::default() };
    let answer = plant.ledger.post(Submission::single(None, command)).await.unwrap();
    assert_eq!(codes(&answer.into_single().unwrap()), ["off_routing"]);
    set(OffRouting::Warn).await.unwrap();
    plant.book(Action::Receive(receive("P-1", 7))).await.unwrap();
    assert_eq!(plant.on_hand(), pieces(18));
}

#[test]
fn a_file_keeps_versions_past_a_careless_hand() {
    Engine::Sqlite.keeps(async |engine| {
        let plant = Plant::on(engine).await;
        change(&plant, revise(draft(&["10", "20"]))).await.unwrap();
        for sql in [
            "UPDATE routing_version SET effective_from = 1",
            "DELETE FROM routing_step",
            "UPDATE routing_step SET operation_id = 1",
            "DELETE FROM routing_version",
        ] {
            let refused = mtm_testkit::sqlite::execute(plant.home.path(), sql).unwrap_err();
            assert!(format!("{refused:#}").contains("never"), "{sql}: {refused:#}");
        }
    });
}

#[test]
fn another_server_sees_a_routing_soon() {
    on_mariadb("routings on two servers", async |_, _, url| {
        let (one, other) = (Site::found(&url).await, Site::join(&url).await);
        let steps = vec![step("10")];
        let draft = RoutingDraft { part: part("P-1"), effective_from: None, steps };
        one.ledger.change_routing(revise(draft), one.actor(), None).await.unwrap();
        one.ledger.set_off_routing(OffRouting::Refuse, one.actor().id, None).await.unwrap();
        let waited = poll::eventually("the routing elsewhere", PATIENCE, async || {
            let catalogue = other.ledger.catalogue();
            let here = catalogue.routings.len() == 1 && catalogue.off_routing == OffRouting::Refuse;
            Ok(here.then_some(()))
        });
        waited.await.unwrap();
        one.ledger.close().await;
        other.ledger.close().await;
    });
}

//! Counters: what they count, what can be changed about them, and what becomes of what they counted.

use mtm_core::machine::Rules;
use mtm_core::word::ReasonCode;
use mtm_store::PostError;
use mtm_store::machine::{CounterChange, CounterRow, CounterSetting, NewCounter};

use crate::engine::{Engine, contract};
use crate::machine::{add, begun, by, contained, heaps, proposals, scrapped, setting, shows};
use crate::plant::{Plant, key, operation, part, refused};

contract!(
    a_tag_is_counted_once_as_long_as_its_counter_is_not_retired,
    a_counter_names_what_there_is,
    a_counter_that_counts_something_else_leaves_what_it_counted,
    a_counter_that_is_read_otherwise_begins_anew,
    a_retired_counter_counts_no_more_and_its_pieces_wait,
    the_rule_is_taken_from_what_it_did_not_confirm,
    the_database_keeps_its_own_promises,
);

async fn change(
    plant: &Plant,
    id: i64,
    setting: CounterSetting,
) -> Result<CounterRow, &'static str> {
    let change = CounterChange { setting, version: None };
    let changed = plant.ledger.change_counter(id, change, by(), None).await;
    changed.map(|it| it.value).map_err(|error| refused(&error))
}

async fn a_tag_is_counted_once_as_long_as_its_counter_is_not_retired(engine: Engine) {
    let plant = Plant::on(engine).await;
    let add_once = async |tag: &str, name: &str| {
        let counter =
            NewCounter { machine: "press".to_owned(), setting: setting(tag), first: None };
        plant.ledger.add_counter(counter, by(), Some(key(name))).await
    };
    let first = add_once("good", "k1").await.unwrap();
    assert!(!first.replayed);
    let again = add_once("good", "k1").await.unwrap();
    assert_eq!((again.replayed, &again.value), (true, &first.value));
    assert_eq!(refused(&add_once("good", "k2").await.unwrap_err()), "already_exists");
    let second = add_once("Good", "k3").await.unwrap().value;
    assert_eq!(change(&plant, second.id, setting("good")).await, Err("already_exists"));
    let other = NewCounter { machine: "mill".to_owned(), setting: setting("good"), first: None };
    plant.ledger.add_counter(other, by(), None).await.unwrap();
    plant.ledger.retire_counter(first.value.id, None, by(), None).await.unwrap();
    let anew = add_once("good", "k4").await.unwrap().value;
    let of = async |machine: Option<&str>, retired: bool| {
        let found = plant.ledger.counters(machine.map(str::to_owned), retired).await.unwrap();
        found.iter().map(|it| it.id).collect::<Vec<_>>()
    };
    assert_eq!(of(Some("press"), false).await, [second.id, anew.id]);
    assert_eq!(of(Some("press"), true).await, [second.id, first.value.id, anew.id]);
    assert_eq!(of(None, false).await.len(), 3);
    assert_eq!(of(None, true).await.len(), 4);
    assert_eq!(plant.ledger.counter(4_711).await.unwrap(), None);
}

async fn a_counter_names_what_there_is(engine: Engine) {
    let plant = Plant::on(engine).await;
    let refusal = async |setting: CounterSetting| {
        let counter = NewCounter { machine: "press".to_owned(), setting, first: None };
        match plant.ledger.add_counter(counter, by(), None).await.unwrap_err() {
            PostError::Rejected(it) => (it.code.as_str(), it.field.unwrap().into_owned()),
            PostError::Fault(fault) => panic!("{fault}"),
        }
    };
    let good = || setting("good");
    let rules = good().rules;
    let with = |rules: Rules| CounterSetting { rules, ..good() };
    let reason = |code: &str| Some(ReasonCode::parse(code).unwrap());
    for (wrong, code, field) in [
        (CounterSetting { part: part("NONE"), ..good() }, "unknown_part", "part"),
        (CounterSetting { operation: operation("99"), ..good() }, "unknown_operation", "operation"),
        (
            CounterSetting { scrap_reason: reason("none"), ..scrapped("bad") },
            "unknown_reason",
            "scrap_reason",
        ),
        (
            CounterSetting { scrap_reason: None, ..scrapped("bad") },
            "reason_required",
            "scrap_reason",
        ),
        (
            CounterSetting { scrap_reason: reason("damaged"), ..good() },
            "invalid_body",
            "scrap_reason",
        ),
        (CounterSetting { by_rule: true, ..good() }, "invalid_body", "container"),
        (CounterSetting { container: Some(0), ..good() }, "quantity_out_of_range", "container"),
        (CounterSetting { tag: "x".repeat(301), ..good() }, "invalid_body", "tag"),
        (CounterSetting { tag: String::new(), ..good() }, "invalid_body", "tag"),
        (with(Rules { pieces: 0, ..rules }), "quantity_out_of_range", "pieces"),
        (with(Rules { per_hour: 0, ..rules }), "quantity_out_of_range", "per_hour"),
        (
            with(Rules { rollover: Some((1 << 53) + 1), ..rules }),
            "quantity_out_of_range",
            "rollover",
        ),
    ] {
        assert_eq!(refusal(wrong.clone()).await, (code, field.to_owned()), "{wrong:?}");
    }
    assert!(plant.ledger.machines().await.unwrap().is_empty(), "a refusal leaves nothing");
    let widest = CounterSetting {
        tag: "ü".repeat(300),
        rules: Rules { rollover: Some(1 << 53), ..rules },
        ..good()
    };
    let row = add(&plant, widest.clone()).await;
    assert_eq!((row.setting, row.version, row.value), (widest, 1, None));
    assert_eq!((row.created_by.as_str(), row.retired_at), ("system", None));
}

async fn a_counter_that_counts_something_else_leaves_what_it_counted(engine: Engine) {
    let plant = Plant::on(engine).await;
    let row = begun(&plant, contained("good", 50, true)).await;
    shows(&plant, &[("good", 100_020)]).await;
    let of_other = CounterSetting { part: part("P-2"), ..contained("good", 50, true) };
    let changed = change(&plant, row.id, of_other.clone()).await.unwrap();
    assert_eq!((changed.version, changed.value), (2, Some(100_020)));
    assert_eq!(changed.setting, of_other);
    assert_eq!(heaps(&plant).await, [(20, true)], "closed, and nobody's to add to");
    shows(&plant, &[("good", 100_030)]).await;
    let all = proposals(&plant).await;
    assert_eq!((all[0].part.as_str(), all[0].pieces), ("P-1", 20));
    assert_eq!((all[1].part.as_str(), all[1].pieces), ("P-2", 10));
    assert!(plant.ledger.due_by_rule(9).await.unwrap().is_empty(), "no container was filled");
    let history = plant.ledger.proposal(all[0].id).await.unwrap().unwrap().history;
    assert_eq!((history.len(), history[0].what.as_str()), (1, "closed"));
    // A container that is smaller by now may hold less than what is in it.
    change(&plant, row.id, CounterSetting { container: Some(10), ..of_other.clone() })
        .await
        .unwrap();
    shows(&plant, &[("good", 100_033)]).await;
    assert_eq!(heaps(&plant).await, [(20, true), (10, true), (3, false)]);
    assert!(plant.ledger.due_by_rule(9).await.unwrap().is_empty());
    // The same once more is no change.
    let same = CounterSetting { container: Some(10), ..of_other };
    assert_eq!(change(&plant, row.id, same).await.unwrap().version, 3);
    let sheet = plant.ledger.counter(row.id).await.unwrap().unwrap();
    let deeds: Vec<_> = sheet.history.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(deeds, ["added", "changed", "changed"]);
    assert_eq!(sheet.history[0].by.as_deref(), Some("system"));
    let stale = CounterChange { setting: setting("good"), version: Some(2) };
    let error = plant.ledger.change_counter(row.id, stale, by(), None).await.unwrap_err();
    assert_eq!(refused(&error), "stale");
    assert_eq!(change(&plant, 4_711, setting("good")).await, Err("not_found"));
}

async fn a_counter_that_is_read_otherwise_begins_anew(engine: Engine) {
    let plant = Plant::on(engine).await;
    let row = begun(&plant, setting("good")).await;
    shows(&plant, &[("good", 100_002)]).await;
    let mut lower = setting("good");
    lower.rules.rollover = Some(100_002);
    assert_eq!(change(&plant, row.id, lower.clone()).await.unwrap().value, Some(100_002));
    lower.rules.rollover = Some(99_999);
    assert_eq!(change(&plant, row.id, lower).await.unwrap().value, None);
    shows(&plant, &[("good", 500)]).await;
    assert_eq!(heaps(&plant).await, [(2, false)], "its first total since");
    shows(&plant, &[("good", 503)]).await;
    assert_eq!(heaps(&plant).await, [(5, false)]);
    let renamed = change(&plant, row.id, setting("parts")).await.unwrap();
    assert_eq!((renamed.value, renamed.known_at, renamed.broken), (None, None, false));
    let taken = shows(&plant, &[("good", 700), ("parts", 9_000)]).await;
    assert_eq!((taken.proposals.len(), taken.unknown_tags), (0, 1));
    shows(&plant, &[("parts", 9_001)]).await;
    assert_eq!(heaps(&plant).await, [(5, true), (1, false)]);
}

async fn a_retired_counter_counts_no_more_and_its_pieces_wait(engine: Engine) {
    let plant = Plant::on(engine).await;
    let row = begun(&plant, contained("good", 50, true)).await;
    shows(&plant, &[("good", 100_020)]).await;
    let stale = plant.ledger.retire_counter(row.id, Some(9), by(), None).await.unwrap_err();
    assert_eq!(refused(&stale), "stale");
    let retire = || plant.ledger.retire_counter(row.id, Some(1), by(), Some(key("r")));
    let (once, twice) = (retire().await.unwrap(), retire().await.unwrap());
    assert!(once.value.retired_at.is_some() && twice.replayed);
    let taken = shows(&plant, &[("good", 100_040)]).await;
    assert_eq!((taken.proposals.len(), taken.unknown_tags), (0, 1));
    assert_eq!(heaps(&plant).await, [(20, true)]);
    assert!(plant.ledger.due_by_rule(9).await.unwrap().is_empty());
    let again = plant.ledger.retire_counter(row.id, None, by(), None).await.unwrap_err();
    assert_eq!(refused(&again), "not_found");
    assert_eq!(change(&plant, row.id, setting("good")).await, Err("not_found"));
}

async fn the_rule_is_taken_from_what_it_did_not_confirm(engine: Engine) {
    let plant = Plant::on(engine).await;
    let row = begun(&plant, contained("good", 10, true)).await;
    shows(&plant, &[("good", 100_012)]).await;
    assert_eq!(plant.ledger.due_by_rule(9).await.unwrap().len(), 1);
    change(&plant, row.id, contained("good", 10, false)).await.unwrap();
    assert!(plant.ledger.due_by_rule(9).await.unwrap().is_empty());
    shows(&plant, &[("good", 100_020)]).await;
    assert_eq!(heaps(&plant).await, [(10, true), (10, true)]);
    change(&plant, row.id, contained("good", 10, true)).await.unwrap();
    assert!(plant.ledger.due_by_rule(9).await.unwrap().is_empty(), "only from now on");
    shows(&plant, &[("good", 100_030)]).await;
    assert_eq!(plant.ledger.due_by_rule(9).await.unwrap().len(), 1);
}

async fn the_database_keeps_its_own_promises(engine: Engine) {
    let plant = Plant::on(engine).await;
    let row = begun(&plant, setting("good")).await;
    let other = add(&plant, setting("other")).await;
    let taken = shows(&plant, &[("good", 100_001), ("other", 5)]).await;
    let id = taken.proposals[0];
    let home = &plant.home;
    let columns =
        "part_id, operation_id, location_id, pieces, per_hour, resets, told_within, by_rule,
                   created_at, created_by, booking";
    let copy = format!(
        "INSERT INTO machine_counter (machine, tag, {columns})
         SELECT machine, tag, {columns} FROM machine_counter WHERE id = {}",
        row.id
    );
    assert!(home.refuses(&copy), "a second counter of a tag");
    home.execute(&format!("UPDATE machine_counter SET retired_at = 1 WHERE id = {}", row.id));
    assert!(!home.refuses(&copy), "one is retired");
    assert!(home.refuses(&copy));
    let proposal = |counter: &str, grows: &str, rest: &str| {
        format!(
            "INSERT INTO machine_proposal (machine, counter_id, grows_for, kind, state, booking, part_id,
                 operation_id, location_id, pieces, from_value, to_value, steps, first_at, last_at, by_rule)
             SELECT machine, {counter}, {grows}, {rest}, booking, part_id, operation_id, location_id, 1, 1, 2,
                 1, 1, 1, 0 FROM machine_proposal WHERE id = {id}"
        )
    };
    let (good, other) = (row.id.to_string(), other.id.to_string());
    assert!(!home.refuses(&proposal(&good, "NULL", "'count', 'open'")));
    assert!(!home.refuses(&proposal(&other, &other, "'count', 'open'")));
    for (sql, why) in [
        (proposal(&good, &good, "'count', 'open'"), "two that grow"),
        (proposal(&good, "NULL", "'question', 'open'"), "a question without doubt"),
        (proposal(&good, "NULL", "'count', 'booked'"), "booked by nothing"),
        (proposal(&good, "NULL", "'guess', 'open'"), "of no kind"),
        (proposal("4711", "NULL", "'count', 'open'"), "of no counter"),
        ("UPDATE machine_proposal SET part_id = 4711".to_owned(), "of no part"),
        ("UPDATE machine_counter SET part_id = 4711".to_owned(), "of no part"),
        ("UPDATE machine_counter SET by_rule = 1".to_owned(), "a rule without container"),
        ("DELETE FROM machine".to_owned(), "it has counters"),
        (
            "INSERT INTO machine_deed (what, at) VALUES ('x', 1)".to_owned(),
            "of neither counter nor proposal",
        ),
    ] {
        assert!(home.refuses(&sql), "{why}: {sql}");
    }
}

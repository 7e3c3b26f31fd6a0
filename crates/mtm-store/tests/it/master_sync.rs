//! Parts kept as an ERP has them: one transaction for a part, decided by what stands there then.

use mtm_core::erp::protocol::Table;
use mtm_core::event::EventType;
use mtm_core::master_sync::{Conflict, Deed, Field, Rules, Theirs, Values};
use mtm_core::sync::Mode;
use mtm_core::word::{UserId, fold};
use mtm_store::Clock as _;
use mtm_store::master::{MasterAttributes, MasterChange, MasterKey, MasterNoun};
use mtm_store::master_sync::{
    BulkDeed, DifferenceQuery, DifferenceRow, Job, LinkDeed, MasterSyncRow, Round, Said,
};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, actor, key, part, refused, take};

contract!(
    what_is_theirs_is_taken_and_what_is_ours_stays,
    where_both_changed_somebody_decides_once,
    a_part_that_is_gone_is_retired_when_no_stock_is_left,
    in_a_worklist_nothing_happens_by_itself,
    all_that_waits_is_decided_about_at_once,
    whoever_decided_otherwise_meanwhile_wins,
    that_somebody_is_needed_rings_once,
    nobody_decides_about_what_stood_here_before,
    a_former_code_is_not_decided_about,
);

const ERP: &str = "visual";

async fn set(plant: &Plant, mode: Mode) -> MasterSyncRow {
    plant.ledger.meet_master_sync(ERP.to_owned()).await.unwrap();
    let name = ERP.to_owned();
    plant.ledger.change_master_sync(name, mode, None, UserId(1), None).await.unwrap().value
}

async fn status(plant: &Plant) -> MasterSyncRow {
    plant.ledger.master_syncs().await.unwrap().remove(0)
}

async fn round(plant: &Plant, rules: &Rules) -> Round {
    let state = plant.ledger.master_sync_state(ERP.to_owned()).await.unwrap().unwrap();
    Round {
        erp: ERP.to_owned(),
        rules: rules.clone(),
        mode: state.mode,
        version: state.version,
        parts_at: plant.clock.now(),
        by: UserId(1),
    }
}

fn job(code: &str, said: Said) -> Job {
    Job { folded: fold(code), said, is_flood: false }
}

fn there(code: &str, description: &str) -> Job {
    let said = [(Field::Description, description), (Field::Retired, "no")];
    let values: Values = said.iter().map(|(field, text)| (*field, (*text).to_owned())).collect();
    job(code, Said::There(Theirs { code: code.to_owned(), values, is_wanted: true }))
}

fn gone(code: &str) -> Job {
    job(code, Said::Gone)
}

async fn sync(plant: &Plant, jobs: Vec<Job>) {
    let round = round(plant, &Rules::default()).await;
    let (version, at) = (round.version, round.parts_at);
    assert!(plant.ledger.sync_masters(round, jobs).await.unwrap());
    plant.ledger.masters_synced(ERP.to_owned(), at, version).await.unwrap();
}

async fn differing(plant: &Plant) -> Vec<DifferenceRow> {
    let query = DifferenceQuery { limit: 100, ..DifferenceQuery::default() };
    plant.ledger.master_differences(query).await.unwrap()
}

fn description(plant: &Plant, code: &str) -> Option<String> {
    let catalogue = plant.ledger.catalogue();
    catalogue.part(&part(code)).unwrap().header.description.clone()
}

fn is_retired(plant: &Plant, code: &str) -> bool {
    plant.ledger.catalogue().part(&part(code)).unwrap().header.retired_at.is_some()
}

async fn describe(plant: &Plant, code: &str, text: &str) {
    let version = plant.ledger.catalogue().part(&part(code)).unwrap().header.version;
    let change = MasterChange::Edit {
        noun: MasterNoun::Part,
        key: MasterKey::Code(code.to_owned()),
        version,
        code: None,
        attributes: MasterAttributes {
            description: mtm_core::command::Patch::Set(text.to_owned()),
            ..MasterAttributes::default()
        },
    };
    plant.ledger.change_master(change, actor(), None).await.unwrap();
}

fn deed(deed: Deed) -> LinkDeed {
    LinkDeed { deed, fields: Vec::new(), note: None, version: None }
}

async fn what_is_theirs_is_taken_and_what_is_ours_stays(engine: Engine) {
    let plant = Plant::on(engine).await;
    assert_eq!(set(&plant, Mode::Automatic).await.mode, Mode::Automatic);
    let jobs = vec![there("p-1", "Bracket"), there("NEW-1", "Washer")];
    sync(&plant, jobs.clone()).await;
    assert_eq!(description(&plant, "P-1").as_deref(), Some("Bracket"), "there was none");
    assert_eq!(description(&plant, "NEW-1").as_deref(), Some("Washer"), "it is new here");
    assert_eq!(differing(&plant).await, []);
    let version = plant.ledger.catalogue().part(&part("NEW-1")).unwrap().header.version;

    // The same again changes nothing.
    sync(&plant, jobs.clone()).await;
    let before = plant.everything();
    sync(&plant, jobs).await;
    assert_eq!(plant.everything(), before);
    let again = plant.ledger.catalogue().part(&part("NEW-1")).unwrap().header.version;
    assert_eq!(again, version);

    sync(&plant, vec![there("P-1", "Bracket, left")]).await;
    assert_eq!(description(&plant, "P-1").as_deref(), Some("Bracket, left"));
    // P-2 is ours alone: nobody ever said anything of it.
    assert_eq!((description(&plant, "P-2"), is_retired(&plant, "P-2")), (None, false));
    assert_eq!(status(&plant).await.parts, 2);
    let kinds = "SELECT count(*) FROM audit WHERE kind = 'master_sync.taken'";
    assert_eq!(plant.value(kinds), "3");
}

async fn where_both_changed_somebody_decides_once(engine: Engine) {
    let plant = Plant::on(engine).await;
    set(&plant, Mode::Automatic).await;
    sync(&plant, vec![there("P-1", "old"), there("P-2", "two")]).await;
    describe(&plant, "P-1", "mine").await;
    describe(&plant, "P-2", "mine").await;
    sync(&plant, vec![there("P-1", "new"), there("P-2", "two")]).await;
    let rows = differing(&plant).await;
    let found: Vec<_> =
        rows.iter().map(|row| (row.part.as_str(), row.differences[0].change.as_str())).collect();
    assert_eq!(found, [("P-2", "ours"), ("P-1", "both")]);
    assert!(rows.iter().all(|row| row.waits));

    let ledger = &plant.ledger;
    let stale = LinkDeed { version: Some(0), ..deed(Deed::Keep) };
    let denied = ledger.decide_master(rows[0].id, stale, UserId(1), None).await.unwrap_err();
    assert_eq!(refused(&denied), "stale");
    let kept = ledger.decide_master(rows[0].id, deed(Deed::Keep), UserId(1), None).await.unwrap();
    assert_eq!((kept.value.differences, kept.value.waits), (vec![], false));
    let taken = ledger
        .decide_master(rows[1].id, deed(Deed::Take), UserId(1), Some(key("once")))
        .await
        .unwrap();
    assert_eq!((taken.value.differences.len(), taken.replayed), (0, false));
    assert_eq!(description(&plant, "P-1").as_deref(), Some("new"));
    let again = ledger
        .decide_master(rows[1].id, deed(Deed::Take), UserId(1), Some(key("once")))
        .await
        .unwrap();
    assert!(again.replayed);

    // What was kept stays so until they say something else.
    sync(&plant, vec![there("P-1", "new"), there("P-2", "two")]).await;
    assert_eq!(differing(&plant).await, []);
    assert_eq!(description(&plant, "P-2").as_deref(), Some("mine"));
    sync(&plant, vec![there("P-2", "two and a half")]).await;
    assert_eq!(differing(&plant).await.len(), 1);

    let rules = Rules { conflict: Conflict::Theirs, ..Rules::default() };
    let round = round(&plant, &rules).await;
    assert!(ledger.sync_masters(round, vec![there("P-2", "two and a half")]).await.unwrap());
    assert_eq!(description(&plant, "P-2").as_deref(), Some("two and a half"));
}

async fn a_part_that_is_gone_is_retired_when_no_stock_is_left(engine: Engine) {
    let plant = Plant::on(engine).await;
    set(&plant, Mode::Automatic).await;
    sync(&plant, vec![there("P-1", "one"), there("P-2", "two")]).await;
    let lot = plant.lot_of(5).await;
    sync(&plant, vec![gone("P-1"), gone("P-2")]).await;
    assert_eq!((is_retired(&plant, "P-1"), is_retired(&plant, "P-2")), (false, true));
    let rows = differing(&plant).await;
    assert_eq!((rows.len(), rows[0].gone, rows[0].waits), (1, true, true));
    assert_eq!(rows[0].cause.as_deref(), Some("in_use"));
    let taken = plant.ledger.decide_master(rows[0].id, deed(Deed::Take), UserId(1), None).await;
    assert_eq!(refused(&taken.unwrap_err()), "in_use", "whoever wants it hears why not");

    plant.book(take(&lot, 5)).await.unwrap();
    sync(&plant, vec![gone("P-1")]).await;
    assert!(is_retired(&plant, "P-1"));
    assert_eq!(differing(&plant).await, []);
    // It comes back.
    sync(&plant, vec![there("P-1", "one")]).await;
    assert!(!is_retired(&plant, "P-1"));
}

async fn in_a_worklist_nothing_happens_by_itself(engine: Engine) {
    let plant = Plant::on(engine).await;
    set(&plant, Mode::Shadow).await;
    sync(&plant, vec![there("P-1", "one"), there("NEW-1", "new")]).await;
    let rows = differing(&plant).await;
    assert_eq!((rows.len(), rows.iter().any(|row| row.waits)), (2, false));
    let early = plant.ledger.decide_master(rows[0].id, deed(Deed::Take), UserId(1), None).await;
    assert_eq!(refused(&early.unwrap_err()), "sync_off");

    set(&plant, Mode::Worklist).await;
    sync(&plant, vec![there("P-1", "one"), there("NEW-1", "new")]).await;
    let waiting = status(&plant).await;
    assert_eq!((waiting.parts, waiting.differing, waiting.waiting), (2, 2, 2));
    let new = rows.iter().find(|row| row.part == "NEW-1").unwrap().id;
    let ledger = &plant.ledger;
    // Who does not want a part is not asked again.
    ledger.decide_master(new, deed(Deed::Keep), UserId(1), None).await.unwrap();
    sync(&plant, vec![there("P-1", "one"), there("NEW-1", "new")]).await;
    assert_eq!(differing(&plant).await.len(), 1);
    assert!(ledger.catalogue().part(&part("NEW-1")).is_none());
    set(&plant, Mode::Automatic).await;
    sync(&plant, vec![there("P-1", "one"), there("NEW-1", "new")]).await;
    assert!(ledger.catalogue().part(&part("NEW-1")).is_none());
    assert_eq!(description(&plant, "P-1").as_deref(), Some("one"));
}

async fn all_that_waits_is_decided_about_at_once(engine: Engine) {
    let plant = Plant::on(engine).await;
    set(&plant, Mode::Worklist).await;
    let mut jobs: Vec<_> = (0..201).map(|n| there(&format!("N-{n:03}"), "new")).collect();
    // No code has so many characters.
    jobs.insert(0, there(&"X".repeat(200), "new"));
    sync(&plant, jobs).await;
    let bulk = |after| BulkDeed { deed: Deed::Take, cause: None, after, note: None };
    let ledger = &plant.ledger;
    let first = ledger.decide_masters(ERP.to_owned(), bulk(None), UserId(1), None).await.unwrap();
    assert_eq!((first.value.settled, first.value.waiting), (199, 1));
    let next = first.value.next;
    assert!(next.is_some());
    let rest = ledger.decide_masters(ERP.to_owned(), bulk(next), UserId(1), None).await.unwrap();
    assert_eq!((rest.value.settled, rest.value.waiting, rest.value.next), (2, 0, None));
    let left = differing(&plant).await;
    assert_eq!((left.len(), left[0].cause.as_deref()), (1, Some("invalid_body")));
    assert!(ledger.catalogue().part(&part("N-200")).is_some());
}

async fn whoever_decided_otherwise_meanwhile_wins(engine: Engine) {
    let plant = Plant::on(engine).await;
    set(&plant, Mode::Automatic).await;
    let begun = round(&plant, &Rules::default()).await;
    set(&plant, Mode::Shadow).await;
    let done = plant.ledger.sync_masters(begun, vec![there("P-1", "one")]).await.unwrap();
    assert_eq!((done, description(&plant, "P-1")), (false, None));
}

async fn that_somebody_is_needed_rings_once(engine: Engine) {
    let plant = Plant::on(engine).await;
    set(&plant, Mode::Worklist).await;
    let told = async || {
        let types = vec![EventType::IntegrationChanged];
        plant.ledger.events_after(0, types, 10).await.unwrap()
    };
    sync(&plant, vec![there("P-1", "one")]).await;
    sync(&plant, vec![there("P-2", "two")]).await;
    let events = told().await;
    assert_eq!((events.len(), &events[0].data["erp"]), (1, &ERP.into()));
    assert_eq!(events[0].data["state"], "master_sync");
    for row in differing(&plant).await {
        plant.ledger.decide_master(row.id, deed(Deed::Take), UserId(1), None).await.unwrap();
    }
    sync(&plant, vec![there("P-1", "other")]).await;
    assert_eq!(told().await.len(), 2);
}

async fn nobody_decides_about_what_stood_here_before(engine: Engine) {
    let plant = Plant::on(engine).await;
    set(&plant, Mode::Worklist).await;
    sync(&plant, vec![there("P-1", "theirs")]).await;
    let id = differing(&plant).await[0].id;
    // Nobody who looked at the page saw this.
    describe(&plant, "P-1", "mine").await;
    let ledger = &plant.ledger;
    let late = ledger.decide_master(id, deed(Deed::Take), UserId(1), None).await.unwrap_err();
    assert_eq!((refused(&late), description(&plant, "P-1").as_deref()), ("stale", Some("mine")));
    sync(&plant, vec![there("P-1", "theirs")]).await;
    ledger.decide_master(id, deed(Deed::Take), UserId(1), None).await.unwrap();
    let again = ledger.decide_master(id, deed(Deed::Keep), UserId(1), None).await.unwrap_err();
    assert_eq!(refused(&again), "stale", "nothing is left to be decided");

    // Nor about what was compared in another mode.
    sync(&plant, vec![there("P-1", "newer")]).await;
    set(&plant, Mode::Off).await;
    assert_eq!((status(&plant).await.differing, status(&plant).await.waiting), (1, 0));
    set(&plant, Mode::Worklist).await;
    let early = ledger.decide_master(id, deed(Deed::Take), UserId(1), None).await.unwrap_err();
    assert_eq!(refused(&early), "stale");

    // Nor is anything done by a reading that is older than another one.
    let mut old = round(&plant, &Rules::default()).await;
    old.parts_at = plant.clock.now().plus_micros(-1);
    let reading = ledger.erp_begin_table(ERP.to_owned(), Table::Parts).await.unwrap();
    ledger.erp_finish_table(ERP.to_owned(), Table::Parts, reading, [0; 3]).await.unwrap();
    assert!(!ledger.sync_masters(old, vec![there("P-1", "old")]).await.unwrap());
}

async fn a_former_code_is_not_decided_about(engine: Engine) {
    let plant = Plant::on(engine).await;
    set(&plant, Mode::Worklist).await;
    sync(&plant, vec![there("P-1", "of the former one")]).await;
    let former = differing(&plant).await[0].id;
    let version = plant.ledger.catalogue().part(&part("P-1")).unwrap().header.version;
    let change = MasterChange::Edit {
        noun: MasterNoun::Part,
        key: MasterKey::Code("P-1".to_owned()),
        version,
        code: Some("P-9".to_owned()),
        attributes: MasterAttributes::default(),
    };
    plant.ledger.change_master(change, actor(), None).await.unwrap();
    sync(&plant, vec![there("P-9", "of the present one")]).await;
    let ledger = &plant.ledger;
    let denied = ledger.decide_master(former, deed(Deed::Take), UserId(1), None).await.unwrap_err();
    assert_eq!((refused(&denied), description(&plant, "P-9")), ("stale", None));
    sync(&plant, vec![job("P-1", Said::Others)]).await;
    let left: Vec<_> = differing(&plant).await.into_iter().map(|row| row.part).collect();
    assert_eq!(left, ["P-9"]);
}

//! Undoing an import: tried out with the verdict of a booking, and in steps that nobody takes
//! twice.

use mtm_core::code::Code;
use mtm_core::command::{Action, Command, Reverse, ReverseTarget};
use mtm_core::outcome::{Outcome, Verdict};
use mtm_core::word::{ImportId, LotNumber, MovementId, Note, UserId};
use mtm_store::record::{ImportState, NewImport, UndoStep};
use mtm_store::{Clock, Mode, PostError, Submission};
use mtm_testkit::poll;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, key, receive, refused, take, to_location, undo};

contract!(
    an_undo_is_tried_out_with_the_verdict_of_a_booking_and_nothing_is_written,
    everything_in_the_way_of_an_undo_is_told,
    steps_of_an_undo_follow_each_other_and_none_is_taken_twice,
    an_undo_of_many_is_the_same_as_of_one_after_the_other,
);

const SYSTEM: UserId = UserId(1);

fn why() -> Note {
    Note::parse("wrong file").unwrap()
}

fn back(target: ReverseTarget) -> Action {
    Action::Reverse(Reverse { target, reason: why() })
}

/// Books a row of an import.
async fn row(plant: &Plant, import: ImportId, action: Action) -> Option<Outcome> {
    let mut command = plant.command(action);
    command.context.import = Some(import);
    plant.ledger.post(Submission::single(None, command)).await.ok()?.into_single().ok()
}

/// Some receipts, moves and takes that belong to an import, and something of others in between.
async fn history(plant: &Plant, import: ImportId, random: &mut StdRng, others: bool) {
    let mut lots: Vec<LotNumber> = vec![plant.lot_of(60).await];
    for n in 0..40 {
        let lot = lots[random.random_range(0..lots.len())].clone();
        let action = match random.random_range(0..6) {
            0..=2 => Action::Receive(receive("P-1", 20 + n)),
            3 => take(&lot, random.random_range(1..15)),
            _ => to_location(&lot, Some(random.random_range(1..20)), "A-2"),
        };
        if others && random.random_range(0..6) == 0 {
            let _ = plant.book(take(&lot, 2)).await;
        } else if let Some(outcome) = row(plant, import, action).await {
            lots.extend(
                outcome.lots.into_iter().filter(|lot| !lots.contains(lot)).collect::<Vec<_>>(),
            );
        }
    }
}

/// The movements of an import, newest first, once all have their place.
async fn movements(plant: &Plant, import: ImportId) -> Vec<MovementId> {
    let sealed = async || Ok(plant.ledger.import_movements(import).await.unwrap());
    poll::eventually("places", std::time::Duration::from_secs(20), sealed).await.unwrap()
}

async fn preview(plant: &Plant, command: Command) -> Result<Outcome, PostError> {
    let mode = Mode::Preview;
    let look = Submission { mode, ..Submission::single(None, command) };
    plant.ledger.post(look).await?.into_single()
}

async fn an_undo_is_tried_out_with_the_verdict_of_a_booking_and_nothing_is_written(engine: Engine) {
    let (mut free, mut blocked) = (0, 0);
    for seed in 0..6 {
        let mut random = StdRng::seed_from_u64(seed);
        let plant = Plant::on(engine).await;
        let import = ImportId(plant.clock.fresh_uuid());
        history(&plant, import, &mut random, seed % 2 == 1).await;
        let ids = movements(&plant, import).await;
        assert!(ids.len() > 10, "seed {seed}");
        if seed > 2 {
            // One of them is undone before.
            drop(plant.book(undo(ids[random.random_range(0..3)])).await);
        }
        let before = plant.everything();
        let command = plant.command(back(ReverseTarget::Import(import)));
        let tried = plant.ledger.try_undo(command.clone(), why(), ids.clone()).await.unwrap();
        assert_eq!(plant.everything(), before, "seed {seed}");
        assert_eq!(
            (tried.undone + tried.before + tried.refused) as usize,
            ids.len(),
            "seed {seed}: {tried:?}"
        );
        match preview(&plant, command).await {
            Ok(booked) => {
                free += 1;
                assert_eq!((tried.refused, tried.undone as usize), (0, booked.movements.len()));
                let bare = |outcome: &Outcome| {
                    let lines = outcome.movements.iter();
                    (
                        lines.map(|it| (it.reverses, it.quantity)).collect::<Vec<_>>(),
                        outcome.balances.clone(),
                    )
                };
                assert_eq!(bare(&tried.outcome), bare(&booked), "seed {seed}");
            }
            Err(error) => {
                blocked += 1;
                let first = &tried.refusals[0];
                assert_eq!(first.code.as_str(), refused(&error), "seed {seed}");
                let PostError::Rejected(rejection) = error else { panic!("no refusal") };
                assert_eq!(
                    (&first.message, &first.details),
                    (&rejection.message, &rejection.details)
                );
            }
        }
    }
    assert!(free > 1 && blocked > 0, "{free} free, {blocked} blocked");
}

async fn everything_in_the_way_of_an_undo_is_told(engine: Engine) {
    let plant = Plant::on(engine).await;
    let import = ImportId(plant.clock.fresh_uuid());
    let mut lots = Vec::new();
    for _ in 0..6 {
        let made = row(&plant, import, Action::Receive(receive("P-1", 30))).await.unwrap();
        lots.push(made.lots[0].clone());
    }
    for lot in &lots[1..4] {
        plant.book(take(lot, 7)).await.unwrap();
    }
    let ids = movements(&plant, import).await;
    let command = plant.command(back(ReverseTarget::Import(import)));
    let tried = plant.ledger.try_undo(command, why(), ids).await.unwrap();
    assert_eq!((tried.undone, tried.before, tried.refused), (3, 0, 3));
    for refusal in &tried.refusals {
        assert_eq!(refusal.code, Code::ConsumedSince);
        let told = serde_json::to_value(&refusal.details).unwrap();
        assert_eq!(told["later"].as_array().unwrap().len(), 1, "{told}");
    }
}

async fn steps_of_an_undo_follow_each_other_and_none_is_taken_twice(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    let import = ImportId(plant.clock.fresh_uuid());
    let new = NewImport {
        id: import,
        kind: "movements".to_owned(),
        file_name: "rows.csv".to_owned(),
        source_hash: [5; 32],
        rows: 9,
        refused: 0,
        detail: serde_json::json!({}),
    };
    ledger.create_import(SYSTEM, new, None).await.unwrap();
    for n in 0..9 {
        row(&plant, import, Action::Receive(receive("P-1", 20 + n))).await.unwrap();
    }
    ledger.finish_import(SYSTEM, import, 0, serde_json::json!({})).await.unwrap();
    assert!(!ledger.is_undone_in_steps(import).await.unwrap(), "nine are one command");
    let ids = movements(&plant, import).await;
    let step = async |rows: std::ops::Range<u32>| {
        let those = ids[rows.start as usize..rows.end as usize].to_vec();
        let batch = Submission::single(
            Some(UndoStep::key(import, &rows, 9, SYSTEM)),
            plant.command(back(ReverseTarget::Movements(those))),
        );
        ledger.post(batch).await
    };
    assert!(!step(0..4).await.unwrap().replayed);
    assert!(step(0..4).await.unwrap().replayed, "whoever does it, it is done once");
    assert_eq!(refused(&step(0..6).await.unwrap_err()), "idempotency_key_reused");
    let undo = ledger.import(import).await.unwrap().unwrap().undo.unwrap();
    assert_eq!((undo.rows, undo.total), (0..4, 9));
    // A range in which one was undone by somebody else; and one that was as a whole.
    plant.book(undo_of(&ids, 5)).await.unwrap();
    let partly = step(4..7).await.unwrap();
    let Some(Verdict::Accepted(outcome)) = partly.verdicts.first() else { panic!("{partly:?}") };
    assert_eq!(outcome.movements.len(), 2);
    for at in 7..9 {
        plant.book(undo_of(&ids, at)).await.unwrap();
    }
    assert_eq!(refused(&step(7..9).await.unwrap_err()), "already_reversed");

    let answer = outcome.clone();
    let own = Some(key("undo of it"));
    let kept = ledger.finish_undo(SYSTEM, import, own.clone(), answer.clone()).await.unwrap();
    assert_eq!(kept, answer);
    let record = ledger.import(import).await.unwrap().unwrap();
    assert_eq!((record.state, record.undo), (ImportState::Undone, None));
    assert_eq!(ledger.kept_undo(key("undo of it")).await.unwrap(), Some(answer.clone()));
    // Who shares the work comes second and changes nothing.
    let other = Outcome { lots: Vec::new(), ..answer.clone() };
    assert_eq!(ledger.finish_undo(SYSTEM, import, own, other.clone()).await.unwrap(), answer);
    assert_eq!(ledger.finish_undo(SYSTEM, import, None, other.clone()).await.unwrap(), other);
    assert_eq!(plant.value("SELECT count(*) FROM stock"), "0");
    let report = ledger.verify(mtm_store::integrity::VerifyRange::Full, |_| {}).await.unwrap();
    assert!(report.ok, "{report:?}");
}

fn undo_of(ids: &[MovementId], at: usize) -> Action {
    undo(ids[at])
}

async fn an_undo_of_many_is_the_same_as_of_one_after_the_other(engine: Engine) {
    for target in ["import", "list"] {
        let mut stocks = Vec::new();
        for at_once in [true, false] {
            let mut random = StdRng::seed_from_u64(77);
            let plant = Plant::on(engine).await;
            let import = ImportId(plant.clock.fresh_uuid());
            history(&plant, import, &mut random, false).await;
            let ids = movements(&plant, import).await;
            if at_once {
                let target = match target {
                    "import" => ReverseTarget::Import(import),
                    // Whatever the order in which they are named.
                    _ => ReverseTarget::Movements(ids.iter().rev().copied().collect()),
                };
                let outcome = plant.book(back(target)).await.unwrap();
                let undone: Vec<_> =
                    outcome.movements.iter().filter_map(|it| it.reverses).collect();
                assert_eq!(undone, ids, "newest first");
            } else {
                for id in ids {
                    plant.book(undo(id)).await.unwrap();
                }
            }
            let pieces = plant.home.rows("SELECT operation_id || ' ' || quantity FROM stock");
            stocks.push((pieces, plant.value("SELECT count(*) FROM movement")));
        }
        assert_eq!(stocks[0], stocks[1], "{target}");
    }
}

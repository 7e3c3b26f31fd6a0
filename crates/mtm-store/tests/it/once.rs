//! Once: a key has one effect, whoever sends it how often.

use mtm_core::command::Action;
use mtm_core::outcome::Verdict;
use mtm_store::{IdempotencyKey, Mode, Submission};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, key, pieces, receive, refused, take};

contract!(
    a_replay_is_equal_to_the_first_answer_also_after_a_restart,
    a_key_stands_for_one_thing,
    a_refusal_leaves_its_key_free,
    the_same_key_fifty_times_at_once_has_one_effect,
);

async fn a_replay_is_equal_to_the_first_answer_also_after_a_restart(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    let lot = plant.lot_of(30).await;
    let mut warned = receive("P-2", 7);
    warned.attributes.notes = Some(mtm_core::word::Note::parse("grüne Kiste").unwrap());
    let actions = vec![
        Action::Receive(warned),
        take(&lot, 31),
        take(&lot, 3),
        crate::plant::to_location(&lot, None, "A-2"),
        Action::Receive(mtm_core::command::Receive {
            containers: std::num::NonZeroU16::new(4).unwrap(),
            ..receive("P-1", 2)
        }),
        crate::plant::to_location(&lot, Some(1), "A-2"),
    ];
    let mut batch = plant.batch(actions, false, Mode::Commit);
    batch.key = Some(key("delivery 7"));
    let first = plant.ledger.post(batch.clone()).await.unwrap();
    assert!(!first.replayed);
    let kinds: Vec<bool> =
        first.verdicts.iter().map(|verdict| matches!(verdict, Verdict::Accepted(_))).collect();
    assert_eq!(kinds, [true, false, true, true, true, false]);

    let before = plant.everything();
    let again = plant.ledger.post(batch.clone()).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.verdicts, first.verdicts);
    plant.restart().await;
    // The part was renamed meanwhile: the answer stays what it was.
    plant.home.execute("UPDATE part SET code = 'Q-1', folded = 'Q-1' WHERE code = 'P-1'");
    let later = plant.ledger.post(batch).await.unwrap();
    assert_eq!(later.verdicts, first.verdicts);
    assert_eq!(plant.everything(), before);
}

async fn a_key_stands_for_one_thing(engine: Engine) {
    let plant = Plant::on(engine).await;
    plant.book_once("k", Action::Receive(receive("P-1", 5))).await.unwrap();
    let other = IdempotencyKey { fingerprint: [8; 32], ..key("k") };
    let command = plant.command(Action::Receive(receive("P-1", 6)));
    let before = plant.everything();
    let error = plant.ledger.post(Submission::single(Some(other), command)).await.unwrap_err();
    assert_eq!(refused(&error), "idempotency_key_reused");
    assert_eq!(plant.everything(), before);
}

async fn a_refusal_leaves_its_key_free(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(30).await;
    assert_eq!(
        refused(&plant.book_once("k", take(&lot, 31)).await.unwrap_err()),
        "insufficient_stock"
    );
    assert!(!plant.book_once("k", take(&lot, 30)).await.unwrap().replayed);
}

async fn the_same_key_fifty_times_at_once_has_one_effect(engine: Engine) {
    let plant = std::sync::Arc::new(Plant::on(engine).await);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let plant = std::sync::Arc::clone(&plant);
            tokio::spawn(async move {
                plant.book_once("the one", Action::Receive(receive("P-1", 30))).await.unwrap()
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|answer| answer.replayed).count(), 49);
    assert!(answers.iter().all(|answer| answer.verdicts == answers[0].verdicts));
    assert_eq!(plant.on_hand(), pieces(30));
    let Verdict::Accepted(outcome) = &answers[0].verdicts[0] else { panic!() };
    assert_eq!(outcome.movements[0].quantity, pieces(30));
}

//! Bookings end to end: what they write, and that a refusal writes nothing.

use mtm_core::code::Code;
use mtm_core::command::{
    Action, Adjust, ChangeLot, Complete, Count, HoldSubject, LotChanges, Patch, Pick, PickRule,
    PlaceHold, ReleaseHold, Reverse, ReverseTarget, Split, Take,
};
use mtm_core::outcome::Verdict;
use mtm_core::word::{LotNumber, Note, ReasonCode, WorkOrder};
use mtm_store::{Mode, PostError, Submission};

use crate::engine::{Engine, contract};
use crate::plant::{
    Plant, actor, location, of_lot, operation, part, pieces, receive, refused, take, to_location,
    undo,
};

contract!(
    a_lot_lives_from_receipt_to_the_last_piece,
    undoing_restores_the_lot_and_tells_it_once,
    a_count_corrects_and_an_agreeing_count_is_remembered,
    a_hold_blocks_from_the_next_command_on_until_released,
    lot_attributes_change_by_version,
    an_atomic_batch_is_booked_whole_or_not_at_all,
    a_preview_shows_consequences_and_writes_nothing,
    a_refusal_between_neighbours_harms_nobody,
    a_command_id_used_twice_is_refused_without_harming_neighbours,
    numbers_of_others_are_stepped_over,
    the_same_booking_again_is_questioned_until_it_is_undone,
    slips_are_seen_from_the_parts_own_receipts,
    moments_grow_even_where_the_clock_stands_or_steps_back,
);

fn reason(code: &str) -> ReasonCode {
    ReasonCode::parse(code).unwrap()
}

async fn a_lot_lives_from_receipt_to_the_last_piece(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(30).await;
    assert_eq!(lot, LotNumber::allocated(1));

    let moved = plant.book(to_location(&lot, Some(10), "A-2")).await.unwrap();
    let balances: Vec<_> =
        moved.balances.iter().map(|line| (line.location.as_str(), line.quantity)).collect();
    assert_eq!(balances, [("A-1", pieces(20)), ("A-2", pieces(10))]);

    let split = plant
        .book(Action::Split(Split {
            pick: Pick { location: Some(location("A-1")), ..of_lot(&lot) },
            quantity: pieces(5),
            notes: None,
        }))
        .await
        .unwrap();
    assert_eq!(split.lots, [LotNumber::allocated(2)]);
    assert_eq!(plant.value("SELECT parent FROM lot WHERE lot = '0000000002'"), lot.as_str());

    let completed = plant
        .book(Action::Complete(Complete {
            pick: Pick { location: Some(location("A-2")), ..of_lot(&lot) },
            good: pieces(7),
            scrap: pieces(1),
            rework: pieces(2),
            to_operation: Some(operation("20")),
            to_location: None,
            rework_operation: None,
            rework_location: None,
            scrap_reason: Some(reason("damaged")),
            notes: None,
        }))
        .await
        .unwrap();
    assert_eq!(completed.kind, "complete_operation");
    assert_eq!(completed.movements.len(), 2);

    // By part and place, the oldest lot first: fifteen of the first lot, five of the second.
    let taken = plant
        .book(Action::Take(Take {
            pick: Pick {
                lot: None,
                part: Some(part("P-1")),
                operation: Some(operation("10")),
                location: Some(location("A-1")),
                rule: PickRule::Fifo,
            },
            quantity: Some(pieces(18)),
            reason: None,
            notes: None,
            reservation: None,
        }))
        .await
        .unwrap();
    let lots: Vec<_> =
        taken.movements.iter().map(|line| (line.lot.as_str(), line.quantity)).collect();
    assert_eq!(lots, [("0000000001", pieces(15)), ("0000000002", pieces(3))]);

    assert_eq!(
        plant.home.rows(
            "SELECT lot || ' ' || operation.code || ' ' || location.code || ' ' || quantity
             FROM stock JOIN operation ON operation.id = operation_id
                        JOIN location ON location.id = location_id
             ORDER BY lot, operation.code"
        ),
        ["0000000001 10 A-2 2000000", "0000000001 20 A-2 7000000", "0000000002 10 A-1 2000000"]
    );
    // A movement has one audit entry and one event; completing tells one more.
    assert_eq!(plant.value("SELECT count(*) FROM movement"), "7");
    assert_eq!(plant.value("SELECT count(*) FROM audit WHERE kind = 'movement'"), "7");
    assert_eq!(plant.value("SELECT count(*) FROM outbox WHERE type = 'movement.recorded'"), "7");
    assert_eq!(plant.value("SELECT count(*) FROM outbox WHERE type = 'operation.completed'"), "1");
}

async fn undoing_restores_the_lot_and_tells_it_once(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(30).await;
    let received = plant.value("SELECT hex(id) FROM movement");
    let taken = plant.book(take(&lot, 30)).await.unwrap();
    assert_eq!(plant.value("SELECT count(*) FROM stock"), "0");

    // The receipt cannot be undone while its pieces are gone, and the refusal says what to undo.
    let receipt = mtm_core::word::MovementId(uuid::Uuid::parse_str(&received).unwrap());
    let error = plant.book(undo(receipt)).await.unwrap_err();
    let PostError::Rejected(rejection) = &error else { panic!("{error:?}") };
    assert_eq!(rejection.code, Code::ConsumedSince);
    assert!(format!("{:?}", rejection.details).contains(&taken.movements[0].id.to_string()));

    let undone = plant.book(undo(taken.movements[0].id)).await.unwrap();
    assert_eq!(undone.balances[0].quantity, pieces(30));
    assert_eq!(undone.movements[0].lot, lot);
    let again = plant.book(undo(taken.movements[0].id)).await.unwrap_err();
    assert_eq!(refused(&again), "already_reversed");
    assert_eq!(plant.value("SELECT count(*) FROM outbox WHERE type = 'movement.reversed'"), "1");

    // Now nothing stands in the way of the receipt.
    let command = mtm_core::word::CommandId::from_fresh(receipt.0);
    let whole = Action::Reverse(Reverse {
        target: ReverseTarget::Command(command),
        reason: Note::parse("never came").unwrap(),
    });
    plant.book(whole).await.unwrap();
    assert_eq!(plant.value("SELECT count(*) FROM stock"), "0");
}

async fn a_count_corrects_and_an_agreeing_count_is_remembered(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(30).await;
    let adjust = |count| {
        Action::Adjust(Adjust {
            pick: of_lot(&lot),
            count,
            expected: None,
            reason: reason("count"),
            notes: None,
        })
    };
    let less = plant.book(adjust(Count::Counted(pieces(28)))).await.unwrap();
    assert_eq!(less.movements[0].quantity, pieces(2));
    let same = plant.book(adjust(Count::Counted(pieces(28)))).await.unwrap();
    assert!(same.movements.is_empty() && same.sequence.is_none());
    assert_eq!(plant.value("SELECT count(*) FROM movement"), "2");
    assert_eq!(plant.value("SELECT count(*) FROM audit WHERE kind = 'count'"), "1");
}

async fn a_hold_blocks_from_the_next_command_on_until_released(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(30).await;
    let place = Action::PlaceHold(PlaceHold {
        subject: HoldSubject::Lot(lot.clone()),
        reason: reason("quality"),
        notes: None,
    });
    // In one batch: the take after the hold is refused by it.
    let batch = plant.batch(vec![place, take(&lot, 1)], false, Mode::Commit);
    let answer = plant.ledger.post(batch).await.unwrap();
    let [Verdict::Accepted(held), Verdict::Refused(blocked)] = answer.verdicts.as_slice() else {
        panic!("{answer:?}");
    };
    assert_eq!(blocked.code, Code::OnHold);
    assert_eq!(plant.ledger.catalogue().holds.len(), 1);

    let release = Action::ReleaseHold(ReleaseHold { hold: held.hold.unwrap(), notes: None });
    plant.book(release.clone()).await.unwrap();
    assert!(plant.ledger.catalogue().holds.is_empty());
    assert_eq!(refused(&plant.book(release).await.unwrap_err()), "not_found");
    plant.book(take(&lot, 1)).await.unwrap();
    assert_eq!(
        plant.value("SELECT group_concat(type) FROM outbox WHERE type LIKE 'lot.%'"),
        "lot.held,lot.released"
    );
}

async fn lot_attributes_change_by_version(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(30).await;
    let change = |version| {
        Action::ChangeLot(ChangeLot {
            lot: lot.clone(),
            version,
            changes: LotChanges {
                work_order: Patch::Set(WorkOrder::parse("60723").unwrap()),
                ..LotChanges::default()
            },
        })
    };
    plant.book(change(1)).await.unwrap();
    assert_eq!(refused(&plant.book(change(1)).await.unwrap_err()), "stale");
    assert_eq!(plant.value("SELECT work_order || ' ' || version FROM lot"), "WO-060723 2");
    assert_eq!(plant.value("SELECT count(*) FROM outbox WHERE type = 'lot.changed'"), "1");
}

async fn an_atomic_batch_is_booked_whole_or_not_at_all(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(30).await;
    let before = plant.everything();
    let actions = vec![
        Action::Receive(receive("P-2", 5)),
        take(&lot, 10),
        take(&lot, 21),
        Action::Receive(receive("P-2", 6)),
    ];
    let refused_batch = plant.batch(actions.clone(), true, Mode::Commit);
    let error = plant.ledger.post(refused_batch).await.unwrap_err();
    let PostError::Rejected(rejection) = error else { panic!("{error:?}") };
    assert_eq!(rejection.code, Code::InsufficientStock);
    assert_eq!(rejection.field.as_deref(), Some("items[2].quantity"));
    assert_eq!(plant.everything(), before);

    // One by one, the same batch books what it can.
    let single = plant.batch(actions, false, Mode::Commit);
    let answer = plant.ledger.post(single).await.unwrap();
    let good: Vec<bool> =
        answer.verdicts.iter().map(|verdict| matches!(verdict, Verdict::Accepted(_))).collect();
    assert_eq!(good, [true, true, false, true]);
    if engine.uses_every_number() {
        // The refused batch used no lot number.
        assert_eq!(plant.value("SELECT max(lot) FROM lot"), "0000000003");
    }
}

async fn a_preview_shows_consequences_and_writes_nothing(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(30).await;
    let before = plant.everything();
    let hold = Action::PlaceHold(PlaceHold {
        subject: HoldSubject::Part(part("P-2")),
        reason: reason("quality"),
        notes: None,
    });
    let actions = vec![take(&lot, 10), take(&lot, 20), Action::Receive(receive("P-1", 4)), hold];
    let mut preview = plant.batch(actions, true, Mode::Preview);
    preview.key = Some(crate::plant::key("preview"));
    let answer = plant.ledger.post(preview.clone()).await.unwrap();
    let Verdict::Accepted(second) = &answer.verdicts[1] else { panic!("{answer:?}") };
    assert_eq!(second.balances[0].quantity, pieces(0), "the second sees the first");
    assert_eq!(plant.everything(), before);
    assert!(plant.ledger.catalogue().holds.is_empty());
    // Not even its key: what was previewed can be booked under it.
    preview.mode = Mode::Commit;
    assert!(!plant.ledger.post(preview).await.unwrap().replayed);
    assert_ne!(plant.everything(), before);
}

async fn a_refusal_between_neighbours_harms_nobody(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(30).await;
    // All at once, so that they are committed together.
    let mut posts = Vec::new();
    for n in 0..60 {
        let action = match n % 3 {
            0 => take(&lot, 1),
            1 => take(&lot, 1_000),
            _ => take(&LotNumber::parse("no such lot").unwrap(), 1),
        };
        posts.push(plant.ledger.post(Submission::single(None, plant.command(action))));
    }
    let mut counts = [0; 3];
    for (n, answer) in futures_util::future::join_all(posts).await.into_iter().enumerate() {
        match (n % 3, answer) {
            (0, Ok(_)) => counts[0] += 1,
            (1, Err(error)) if refused(&error) == "insufficient_stock" => counts[1] += 1,
            (2, Err(error)) if refused(&error) == "unknown_lot" => counts[2] += 1,
            (_, other) => panic!("{n}: {other:?}"),
        }
    }
    assert_eq!(counts, [20, 20, 20]);
    assert_eq!(plant.on_hand(), pieces(10));
}

async fn a_command_id_used_twice_is_refused_without_harming_neighbours(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(30).await;
    let command = plant.command(take(&lot, 1));
    plant.ledger.post(Submission::single(None, command.clone())).await.unwrap();
    let posts = (0..9).map(|n| {
        let command = if n == 4 { command.clone() } else { plant.command(take(&lot, 1)) };
        plant.ledger.post(Submission::single(None, command))
    });
    let answers = futures_util::future::join_all(posts).await;
    for (n, answer) in answers.iter().enumerate() {
        match answer {
            Ok(_) => assert_ne!(n, 4),
            Err(PostError::Fault(_)) => assert_eq!(n, 4),
            Err(other) => panic!("{n}: {other:?}"),
        }
    }
    assert_eq!(plant.on_hand(), pieces(21));
    assert_eq!(plant.value("SELECT count(*) = max(sequence) FROM movement"), "1");
}

async fn numbers_of_others_are_stepped_over(engine: Engine) {
    let plant = Plant::on(engine).await;
    let own = async |number: &str| {
        let lot = Some(LotNumber::parse(number).unwrap());
        let action = Action::Receive(mtm_core::command::Receive { lot, ..receive("P-1", 1) });
        plant.book(action).await.unwrap();
    };
    let three = mtm_core::command::Receive {
        containers: std::num::NonZeroU16::new(3).unwrap(),
        ..receive("P-1", 1)
    };
    for number in ["0000000002", "0000000003", "X-9"] {
        own(number).await;
    }
    let mut given = plant.book(Action::Receive(three.clone())).await.unwrap().lots;
    // Also one that is about to be given.
    own(LotNumber::allocated(given[2].counter().unwrap() + 2).as_str()).await;
    given.extend(plant.book(Action::Receive(three)).await.unwrap().lots);
    if engine.uses_every_number() {
        assert_eq!(given, [1, 4, 5, 6, 8, 9].map(LotNumber::allocated));
    }
    // The others' four, and six of ours.
    assert_eq!(plant.value("SELECT count(*) FROM lot"), "10");
    assert_eq!(plant.on_hand(), pieces(10));
}

async fn the_same_booking_again_is_questioned_until_it_is_undone(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    let guarded = |plant: &Plant, text: &str| {
        let mut command = plant.command(Action::Receive(receive("P-1", 50)));
        command.context.intent_window = Some(10);
        Submission::single(Some(crate::plant::key(text)), command)
    };
    let first = plant.ledger.post(guarded(&plant, "a")).await.unwrap().into_single().unwrap();
    let twin = plant.ledger.post(guarded(&plant, "b")).await.unwrap_err();
    assert_eq!(refused(&twin), "possible_duplicate");
    // The guard remembers across a restart.
    plant.restart().await;
    let twin = plant.ledger.post(guarded(&plant, "b")).await.unwrap_err();
    assert_eq!(refused(&twin), "possible_duplicate");
    // A refusal left its key free: confirmed, it is booked under the same one.
    let mut confirmed = guarded(&plant, "b");
    confirmed.commands[0].confirm.duplicate = true;
    let second = plant.ledger.post(confirmed).await.unwrap().into_single().unwrap();
    // Both undone, there is nothing to be a twin of.
    plant.book(undo(first.movements[0].id)).await.unwrap();
    plant.book(undo(second.movements[0].id)).await.unwrap();
    plant.ledger.post(guarded(&plant, "c")).await.unwrap();
    plant.clock.advance(11_000_000);
    plant.ledger.post(guarded(&plant, "d")).await.unwrap();
    assert_eq!(actor().id.0, 1);
}

async fn slips_are_seen_from_the_parts_own_receipts(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    for _ in 0..3 {
        plant.lot_of(50).await;
    }
    let slip = || Action::Receive(receive("P-1", 5050));
    assert_eq!(refused(&plant.book(slip()).await.unwrap_err()), "implausible_quantity");
    plant.restart().await;
    assert_eq!(refused(&plant.book(slip()).await.unwrap_err()), "implausible_quantity");
    // An undone receipt is no history.
    let last = plant.value("SELECT hex(id) FROM movement ORDER BY sequence DESC LIMIT 1");
    let last = mtm_core::word::MovementId(uuid::Uuid::parse_str(&last).unwrap());
    plant.book(undo(last)).await.unwrap();
    plant.book(slip()).await.unwrap();
}

async fn moments_grow_even_where_the_clock_stands_or_steps_back(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    let first = plant.book(Action::Receive(receive("P-1", 1))).await.unwrap().recorded_at;
    let second = plant.book(Action::Receive(receive("P-1", 2))).await.unwrap().recorded_at;
    assert_eq!(second, first.plus_micros(1), "the manual clock stands");
    plant.clock.advance(-3_600_000_000);
    plant.restart().await;
    let third = plant.book(Action::Receive(receive("P-1", 3))).await.unwrap().recorded_at;
    assert_eq!(third, second.plus_micros(1));
}

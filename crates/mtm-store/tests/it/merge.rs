//! Lots become one, and their lineage is kept.

use mtm_core::code::Code;
use mtm_core::command::{Action, HoldSubject, Merge, PlaceHold, Reverse, ReverseTarget, Split};
use mtm_core::outcome::Verdict;
use mtm_core::word::{LotNumber, Note, ReasonCode};
use mtm_store::Mode;
use mtm_store::integrity::VerifyRange;
use mtm_store::query::{ExplainQuery, Lineage, LineageLink, LotEvent, PageRequest};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, location, of_lot, pieces, receive, refused, take, to_location, undo};

contract!(
    lots_become_one_in_one_transaction,
    undoing_a_merge_restores_exactly,
    the_lineage_tells_who_put_what_together_and_stays,
    the_lineage_knows_what_was_in_a_lot_when_pieces_left_it,
    what_was_undone_is_told_and_leads_no_further,
    a_refused_merge_changes_nothing,
    of_many_who_merge_the_same_lot_one_does,
    a_hold_on_the_target_that_came_first_is_respected,
    merges_of_one_batch_are_decided_one_on_the_other,
    a_number_explained_names_the_other_lot,
);

fn merge(lots: &[&LotNumber], into: &LotNumber) -> Action {
    Action::Merge(Merge {
        lots: lots.iter().map(|lot| (*lot).clone()).collect(),
        into: into.clone(),
        operation: None,
        location: None,
        notes: None,
    })
}

fn split(lot: &LotNumber, quantity: i64) -> Action {
    Action::Split(Split { pick: of_lot(lot), quantity: pieces(quantity), notes: None })
}

fn undo_all(command: mtm_core::word::CommandId) -> Action {
    Action::Reverse(Reverse {
        target: ReverseTarget::Command(command),
        reason: Note::parse("not the same heat").unwrap(),
    })
}

async fn lineage(plant: &Plant, lot: &LotNumber) -> Lineage {
    let lineage = plant.ledger.lineage(lot.clone()).await.unwrap().unwrap();
    let sheet = plant.ledger.lot_sheet(lot.clone()).await.unwrap().unwrap();
    assert_eq!(sheet.lineage, lineage);
    assert!(lineage.complete);
    lineage
}

/// Links in short: how, from where, to where, how many, how far away.
fn told<'l>(
    links: &'l [LineageLink],
) -> Vec<(&'static str, &'l LotNumber, &'l LotNumber, i64, u32)> {
    let short = |link: &'l LineageLink| {
        let pieces = link.quantity.whole();
        (link.kind.as_str(), &link.from_lot, &link.to_lot, pieces, link.distance)
    };
    links.iter().map(short).collect()
}

fn stock(plant: &Plant) -> Vec<String> {
    plant.home.rows(
        "SELECT lot || ' ' || location.code || ' ' || quantity
         FROM stock JOIN location ON location.id = location_id ORDER BY 1",
    )
}

async fn proved(plant: &Plant) {
    let report = plant.ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
    assert_eq!(report.first_bad, None);
}

async fn lots_become_one_in_one_transaction(engine: Engine) {
    let plant = Plant::on(engine).await;
    let [a, b, c] = [plant.lot_of(30).await, plant.lot_of(20).await, plant.lot_of(5).await];
    let lots = plant.value("SELECT count(*) FROM lot");
    let outcome = plant.book(merge(&[&b, &c], &a)).await.unwrap();
    assert_eq!(outcome.kind, "transfer");
    assert_eq!(outcome.lots, [b.clone(), c.clone(), a.clone()]);
    let lines: Vec<_> = outcome
        .movements
        .iter()
        .map(|line| (&line.lot, line.to_lot.as_ref(), line.quantity.whole()))
        .collect();
    assert_eq!(lines, [(&b, Some(&a), 20), (&c, Some(&a), 5)]);
    let balances: Vec<_> =
        outcome.balances.iter().map(|line| (&line.lot, line.quantity.whole())).collect();
    assert_eq!(balances, [(&a, 55), (&b, 0), (&c, 0)]);
    assert_eq!(stock(&plant), [format!("{a} A-1 55000000")]);
    assert_eq!(plant.value("SELECT count(*) FROM lot"), lots, "no lot is made or removed");
    assert_eq!(plant.value("SELECT count(*) FROM audit WHERE kind = 'movement'"), "5");
    assert_eq!(plant.value("SELECT count(*) FROM outbox WHERE type = 'movement.recorded'"), "5");
    assert_eq!(plant.value("SELECT count(*) FROM outbox WHERE type = 'stock.depleted'"), "2");
    proved(&plant).await;
}

async fn undoing_a_merge_restores_exactly(engine: Engine) {
    let plant = Plant::on(engine).await;
    let [a, b, c] = [plant.lot_of(30).await, plant.lot_of(20).await, plant.lot_of(5).await];
    plant.book(to_location(&b, Some(8), "A-2")).await.unwrap();
    let sheet = async |lot: &LotNumber| {
        let sheet = plant.ledger.lot_sheet(lot.clone()).await.unwrap().unwrap();
        (sheet.buckets, sheet.received_at, sheet.received_by, sheet.notes, sheet.version)
    };
    let before = (stock(&plant), sheet(&a).await, sheet(&b).await, sheet(&c).await);
    let at_rack = Action::Merge(Merge {
        lots: vec![b.clone(), c.clone()],
        into: a.clone(),
        operation: None,
        location: Some(location("A-1")),
        notes: None,
    });
    let merged = plant.book(at_rack).await.unwrap();
    assert_eq!(stock(&plant), [format!("{a} A-1 47000000"), format!("{b} A-2 8000000")]);
    let undone = plant.book(undo_all(merged.id)).await.unwrap();
    assert_eq!(undone.movements.len(), 2);
    assert_eq!((stock(&plant), sheet(&a).await, sheet(&b).await, sheet(&c).await), before);
    let again = plant.book(undo_all(merged.id)).await.unwrap_err();
    assert_eq!(refused(&again), "already_reversed");
    proved(&plant).await;
}

async fn the_lineage_tells_who_put_what_together_and_stays(engine: Engine) {
    let plant = Plant::on(engine).await;
    let [a, b] = [plant.lot_of(30).await, plant.lot_of(20).await];
    let part = plant.book(split(&a, 10)).await.unwrap().lots[0].clone();
    let merged = plant.book(merge(&[&part], &b)).await.unwrap();
    // What is taken, moved and emptied afterwards changes nothing about where it came from.
    plant.book(to_location(&b, None, "A-2")).await.unwrap();
    plant.book(take(&b, 30)).await.unwrap();

    let of_b = lineage(&plant, &b).await;
    assert_eq!(told(&of_b.ancestors), [("merge", &part, &b, 10, 1), ("split", &a, &part, 10, 2)]);
    assert_eq!(told(&of_b.descendants), []);
    let link = &of_b.ancestors[0];
    assert_eq!((link.movement_id, link.user.as_str()), (merged.movements[0].id, "system"));
    assert_eq!(link.recorded_at, merged.recorded_at);
    let of_a = lineage(&plant, &a).await;
    assert_eq!(told(&of_a.descendants), [("split", &a, &part, 10, 1), ("merge", &part, &b, 10, 2)]);
    let of_part = lineage(&plant, &part).await;
    assert_eq!(told(&of_part.ancestors), [("split", &a, &part, 10, 1)]);
    assert_eq!(told(&of_part.descendants), [("merge", &part, &b, 10, 1)]);
    let nobody = LotNumber::parse("4711").unwrap();
    assert_eq!(plant.ledger.lineage(nobody).await.unwrap(), None);
    let sheet = plant.ledger.lot_sheet(b).await.unwrap().unwrap();
    let joined = sheet.history.iter().any(|event| match event {
        LotEvent::Ledger(row) => row.to_lot.is_some() && row.lot == part,
        LotEvent::Legacy(_) => false,
    });
    assert!(joined, "the life of the lot shows what became part of it");
}

async fn the_lineage_knows_what_was_in_a_lot_when_pieces_left_it(engine: Engine) {
    let plant = Plant::on(engine).await;
    let [a, b, late] = [plant.lot_of(30).await, plant.lot_of(20).await, plant.lot_of(7).await];
    let part = plant.book(split(&a, 10)).await.unwrap().lots[0].clone();
    plant.book(merge(&[&part], &b)).await.unwrap();
    // Only now does something else join the lot that the pieces came from: it is none of b's.
    plant.book(merge(&[&late], &a)).await.unwrap();
    let of_b = lineage(&plant, &b).await;
    assert!(of_b.ancestors.iter().all(|link| link.from_lot != late), "{:?}", of_b.ancestors);
    let of_late = lineage(&plant, &late).await;
    assert_eq!(told(&of_late.descendants), [("merge", &late, &a, 7, 1)]);
    // Parted and put together again, a lot is its own ancestor, and the walk ends.
    let again = plant.book(split(&b, 5)).await.unwrap().lots[0].clone();
    plant.book(merge(&[&again], &b)).await.unwrap();
    let of_b = lineage(&plant, &b).await;
    let expected = [
        ("merge", &again, &b, 5, 1),
        ("split", &b, &again, 5, 2),
        ("merge", &part, &b, 10, 1),
        ("split", &a, &part, 10, 2),
    ];
    assert_eq!(told(&of_b.ancestors), expected);
    assert_eq!(told(&of_b.descendants), [("split", &b, &again, 5, 1), ("merge", &again, &b, 5, 2)]);
}

async fn what_was_undone_is_told_and_leads_no_further(engine: Engine) {
    let plant = Plant::on(engine).await;
    let [a, b, c] = [plant.lot_of(30).await, plant.lot_of(20).await, plant.lot_of(5).await];
    plant.book(merge(&[&c], &b)).await.unwrap();
    let merged = plant.book(merge(&[&b], &a)).await.unwrap();
    plant.book(undo(merged.movements[0].id)).await.unwrap();
    let of_a = lineage(&plant, &a).await;
    assert_eq!(told(&of_a.ancestors), [("merge", &b, &a, 25, 1)]);
    assert!(of_a.ancestors[0].reversed_by.is_some());
    assert_eq!(told(&of_a.descendants), []);
    let of_c = lineage(&plant, &c).await;
    assert_eq!(told(&of_c.descendants), [("merge", &c, &b, 5, 1), ("merge", &b, &a, 25, 2)]);
}

async fn a_refused_merge_changes_nothing(engine: Engine) {
    let plant = Plant::on(engine).await;
    let [a, b] = [plant.lot_of(30).await, plant.lot_of(20).await];
    let other = Action::Receive(receive("P-2", 9));
    let other = plant.book(other).await.unwrap().lots[0].clone();
    plant.book(to_location(&b, Some(5), "A-2")).await.unwrap();
    let nobody = LotNumber::parse("4711").unwrap();
    let before = (stock(&plant), plant.value("SELECT count(*) FROM movement"));
    let refusals = [
        (merge(&[&a], &a), Code::InvalidBody),
        (merge(&[&nobody], &a), Code::UnknownLot),
        (merge(&[&other], &a), Code::LotsDiffer),
        (merge(&[&b], &a), Code::AmbiguousLot),
    ];
    for (action, code) in refusals {
        assert_eq!(refused(&plant.book(action).await.unwrap_err()), code.as_str());
    }
    assert_eq!((stock(&plant), plant.value("SELECT count(*) FROM movement")), before);
}

async fn of_many_who_merge_the_same_lot_one_does(engine: Engine) {
    let plant = Plant::on(engine).await;
    let shared = plant.lot_of(10).await;
    let mut targets = Vec::new();
    for _ in 0..6 {
        targets.push(plant.lot_of(10).await);
    }
    let attempts = targets.iter().map(|into| plant.book(merge(&[&shared], into)));
    let results = futures_util::future::join_all(attempts).await;
    let done = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(done, 1);
    for error in results.into_iter().filter_map(Result::err) {
        assert_eq!(refused(&error), "insufficient_stock");
    }
    assert_eq!(plant.value("SELECT sum(quantity) FROM stock"), "70000000");
    let of_shared = lineage(&plant, &shared).await;
    assert_eq!(of_shared.descendants.len(), 1);
    proved(&plant).await;
}

async fn a_hold_on_the_target_that_came_first_is_respected(engine: Engine) {
    let plant = Plant::on(engine).await;
    let [a, b] = [plant.lot_of(30).await, plant.lot_of(20).await];
    let hold = Action::PlaceHold(PlaceHold {
        subject: HoldSubject::Lot(a.clone()),
        reason: ReasonCode::parse("quality").unwrap(),
        notes: None,
    });
    // At once: whichever is first, pieces never get into a lot that was held before.
    let (held, merged) = tokio::join!(plant.book(hold), plant.book(merge(&[&b], &a)));
    held.unwrap();
    match merged {
        Ok(_) => assert_eq!(stock(&plant), [format!("{a} A-1 50000000")]),
        Err(error) => {
            assert_eq!(refused(&error), "on_hold");
            assert_eq!(stock(&plant).len(), 2);
        }
    }
    let late = plant.book(merge(&[&b], &a)).await.unwrap_err();
    assert!(["on_hold", "insufficient_stock"].contains(&refused(&late)), "{late}");
}

async fn merges_of_one_batch_are_decided_one_on_the_other(engine: Engine) {
    let plant = Plant::on(engine).await;
    let [a, b, c] = [plant.lot_of(30).await, plant.lot_of(20).await, plant.lot_of(5).await];
    let actions = vec![merge(&[&c], &b), merge(&[&b], &a), merge(&[&c], &a)];
    let submission = plant.batch(actions, false, Mode::Commit);
    let verdicts = plant.ledger.post(submission).await.unwrap().verdicts;
    let codes: Vec<_> = verdicts
        .iter()
        .map(|verdict| match verdict {
            Verdict::Accepted(outcome) => Ok(outcome.movements[0].quantity.whole()),
            Verdict::Refused(refusal) => Err(refusal.code),
        })
        .collect();
    assert_eq!(codes, [Ok(5), Ok(25), Err(Code::InsufficientStock)]);
    assert_eq!(stock(&plant), [format!("{a} A-1 55000000")]);
    proved(&plant).await;
}

async fn a_number_explained_names_the_other_lot(engine: Engine) {
    let plant = Plant::on(engine).await;
    let [a, b] = [plant.lot_of(30).await, plant.lot_of(20).await];
    let merged = plant.book(merge(&[&b], &a)).await.unwrap();
    plant.book(undo(merged.movements[0].id)).await.unwrap();
    let explained = async |lot: &LotNumber| {
        let page = PageRequest { limit: 50, ..PageRequest::default() };
        let query = ExplainQuery { lot: Some(lot.clone()), page, ..ExplainQuery::default() };
        let told = plant.ledger.explain(query).await.unwrap().items.into_iter();
        told.map(|item| (item.delta, item.balance, item.other_lot)).collect::<Vec<_>>()
    };
    let expected = [(-20, 30, Some(b.clone())), (20, 50, Some(b.clone())), (30, 30, None)];
    assert_eq!(explained(&a).await, expected);
    let expected = [(20, 20, Some(a.clone())), (-20, 0, Some(a.clone())), (20, 20, None)];
    assert_eq!(explained(&b).await, expected);
}

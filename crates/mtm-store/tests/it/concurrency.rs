//! Many at once: nothing lost, nothing doubled, nothing below zero.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use mtm_core::command::Action;
use mtm_testkit::poll;

use crate::engine::{Engine, contract};
use crate::plant::{Plant, pieces, receive, refused, take, undo};

contract!(
    twenty_receivers_make_two_thousand_distinct_lots,
    fifty_takers_of_one_get_exactly_the_thirty_there_are,
    a_movement_is_undone_once_by_whoever_comes_first,
    two_openers_keep_one_ledger,
);

async fn twenty_receivers_make_two_thousand_distinct_lots(engine: Engine) {
    let mut plant = Arc::new(Plant::on(engine).await);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let plant = Arc::clone(&plant);
            tokio::spawn(async move {
                let mut lots = Vec::new();
                for _ in 0..100 {
                    lots.push(plant.lot_of(10).await);
                }
                lots
            })
        })
        .collect();
    let mut lots = HashSet::new();
    for task in tasks {
        for lot in task.await.unwrap() {
            assert!(lots.insert(lot.clone()), "lot {lot} twice");
        }
    }
    assert_eq!(lots.len(), 2_000);
    for table in ["movement", "audit"] {
        let dense = format!("SELECT count(*) = max(sequence) AND min(sequence) = 1 FROM {table}");
        assert_eq!(plant.value(&dense), "1", "{table}");
    }
    assert_eq!(
        plant.value("SELECT count(*) = max(position) AND min(position) = 1 FROM outbox"),
        "1"
    );
    assert_eq!(plant.value("SELECT count(*) FROM movement"), "2000");
    // The counter goes on after a restart.
    let plant = Arc::get_mut(&mut plant).unwrap();
    plant.restart().await;
    let next = plant.lot_of(10).await;
    assert!(lots.insert(next.clone()), "lot {next} twice");
    if engine.uses_every_number() {
        assert_eq!(next.as_str(), "0000002001");
    }
}

async fn fifty_takers_of_one_get_exactly_the_thirty_there_are(engine: Engine) {
    let plant = Arc::new(Plant::on(engine).await);
    let lot = plant.lot_of(30).await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (plant, lot) = (Arc::clone(&plant), lot.clone());
            tokio::spawn(async move { plant.book(take(&lot, 1)).await })
        })
        .collect();
    let mut taken = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => taken += 1,
            Err(error) => assert_eq!(refused(&error), "insufficient_stock"),
        }
    }
    assert_eq!(taken, 30);
    assert_eq!(plant.value("SELECT count(*) FROM stock"), "0");
}

async fn a_movement_is_undone_once_by_whoever_comes_first(engine: Engine) {
    let plant = Arc::new(Plant::on(engine).await);
    let lot = plant.lot_of(30).await;
    let taken = plant.book(take(&lot, 5)).await.unwrap().movements[0].id;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let plant = Arc::clone(&plant);
            tokio::spawn(async move { plant.book(undo(taken)).await })
        })
        .collect();
    let mut undone = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => undone += 1,
            Err(error) => assert_eq!(refused(&error), "already_reversed"),
        }
    }
    assert_eq!(undone, 1);
    assert_eq!(plant.on_hand(), pieces(30));
}

async fn two_openers_keep_one_ledger(engine: Engine) {
    let plant = Plant::on(engine).await;
    let other = plant.open_another().await;
    let mut lots = Vec::new();
    for n in 0..10 {
        let ledger = if n % 2 == 0 { &plant.ledger } else { &other };
        let command = plant.command(Action::Receive(receive("P-1", 10)));
        let answer = ledger.post(mtm_store::Submission::single(None, command)).await.unwrap();
        lots.extend(answer.into_single().unwrap().lots);
    }
    let numbers: Vec<u64> = lots.iter().filter_map(mtm_core::word::LotNumber::counter).collect();
    if engine.uses_every_number() {
        assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    }
    assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), 10, "{numbers:?}");
    assert_eq!(plant.value("SELECT count(*) = max(sequence) FROM audit"), "1");
    // Master data of the one is known to the other: in a file from its next booking on, on a
    // server a moment later.
    let new = mtm_store::master::NewMaster::named(mtm_store::master::MasterNoun::Part, "NEW");
    other.create_masters(vec![new], crate::plant::actor()).await.unwrap();
    poll::eventually("the new part to be known", Duration::from_secs(10), async || {
        match plant.book(Action::Receive(receive("NEW", 3))).await {
            Ok(_) => Ok(Some(())),
            Err(error) if engine == Engine::MariaDb && refused(&error) == "unknown_part" => {
                Ok(None)
            }
            Err(error) => anyhow::bail!("{error:?}"),
        }
    })
    .await
    .unwrap();
    other.close().await;
}

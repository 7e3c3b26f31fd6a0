//! Many at once: nothing lost, nothing doubled, nothing below zero.

use std::collections::HashSet;
use std::sync::Arc;

use mtm_core::command::Action;
use mtm_store::{Ledger, OpenOptions};

use crate::plant::{Plant, receive, refused, take, undo};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_receivers_make_two_thousand_distinct_lots() {
    let mut plant = Arc::new(Plant::new().await);
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
    assert_eq!(next.as_str(), "0000002001");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_takers_of_one_get_exactly_the_thirty_there_are() {
    let plant = Arc::new(Plant::new().await);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_movement_is_undone_once_by_whoever_comes_first() {
    let plant = Arc::new(Plant::new().await);
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
    assert_eq!(plant.value("SELECT quantity / 1000000 FROM stock"), "30");
}

#[tokio::test]
async fn two_openers_continue_each_others_numbers() {
    let plant = Plant::new().await;
    let options = OpenOptions { clock: plant.clock.clone(), ..OpenOptions::default() };
    let other = Ledger::open(&plant.path, options).await.unwrap();
    let mut lots = Vec::new();
    for n in 0..10 {
        let ledger = if n % 2 == 0 { &plant.ledger } else { &other };
        let command = plant.command(Action::Receive(receive("P-1", 10)));
        let answer = ledger.post(mtm_store::Submission::single(None, command)).await.unwrap();
        lots.extend(answer.into_single().unwrap().lots);
    }
    let numbers: Vec<u64> = lots.iter().filter_map(mtm_core::word::LotNumber::counter).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    assert_eq!(plant.value("SELECT count(*) = max(sequence) FROM audit"), "1");
    // Master data of the one is known to the other from its next booking on.
    let new = mtm_store::master::NewMaster::named(mtm_store::master::MasterNoun::Part, "NEW");
    other.create_masters(vec![new], crate::plant::actor()).await.unwrap();
    plant.book(Action::Receive(receive("NEW", 3))).await.unwrap();
    other.close().await;
}

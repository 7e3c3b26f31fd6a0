//! The pieces of every part at a place of the audit chain, while everybody books and afterwards.

use std::collections::BTreeMap;

use mtm_core::command::Action;
use mtm_core::word::PartId;
use mtm_store::totals::PartTotal;

use crate::engine::{Engine, contract};
use crate::plant::{Plant, part, receive, take};
use crate::verify::busy;

contract!(
    totals_at_the_end_of_the_chain_are_those_of_log_and_stock,
    totals_of_a_moment_agree_with_the_log_while_everybody_books,
    what_was_altered_shows_in_the_log_s_totals,
);

const PIECE: i64 = 1_000_000;

fn units(totals: &[PartTotal]) -> BTreeMap<PartId, i64> {
    totals.iter().map(|it| (it.id, it.quantity.units())).collect()
}

async fn totals_at_the_end_of_the_chain_are_those_of_log_and_stock(engine: Engine) {
    let (place, totals) = Plant::on(engine).await.ledger.chain_end().await.unwrap().unwrap();
    assert_eq!((place.sequence, place.movement, totals), (6, 0, Vec::new()), "only the masters");
    let plant = busy(engine).await;
    plant.book(Action::Receive(receive("P-2", 70))).await.unwrap();
    let (place, totals) = plant.ledger.chain_end().await.unwrap().unwrap();
    let newest: u64 = plant.value("SELECT max(sequence) FROM audit").parse().unwrap();
    let movement: u64 = plant.value("SELECT max(sequence) FROM movement").parse().unwrap();
    assert_eq!((place.sequence, place.movement), (newest, movement));
    let of_audit = "FROM audit ORDER BY sequence DESC LIMIT 1";
    assert_eq!(place.hash, plant.value(&format!("SELECT lower(hex(hash)) {of_audit}")));
    let at = place.recorded_at.micros().to_string();
    assert_eq!(at, plant.value(&format!("SELECT at {of_audit}")));
    let codes: Vec<_> = totals.iter().map(|it| it.part.clone()).collect();
    assert_eq!(codes, [part("P-1"), part("P-2")]);
    let sum: i64 = plant.value("SELECT sum(quantity) FROM stock").parse().unwrap();
    assert_eq!(totals.iter().map(|it| it.quantity.units()).sum::<i64>(), sum);
    assert_eq!(totals[1].quantity.whole(), 70);
    assert_eq!(plant.ledger.logged_totals(place.movement).await.unwrap(), units(&totals));

    // What happens later changes neither; a part of which there is nothing left is not named.
    let lot = plant.lot_of(9).await;
    plant.book(take(&lot, 4)).await.unwrap();
    assert_eq!(plant.ledger.logged_totals(place.movement).await.unwrap(), units(&totals));
    assert_eq!(plant.ledger.chain_place(place.sequence).await.unwrap(), Some(place.clone()));
    let (later, totals) = plant.ledger.chain_end().await.unwrap().unwrap();
    assert_eq!(later.movement, place.movement + 2);
    assert_eq!(plant.ledger.logged_totals(later.movement).await.unwrap(), units(&totals));
    assert_eq!(plant.ledger.chain_place(later.sequence + 1).await.unwrap(), None);
    assert_eq!(plant.ledger.logged_totals(0).await.unwrap(), BTreeMap::new());
    // Before the first movement came the masters.
    let first = plant.ledger.chain_place(1).await.unwrap().unwrap();
    assert_eq!((first.sequence, first.movement), (1, 0));
}

async fn totals_of_a_moment_agree_with_the_log_while_everybody_books(engine: Engine) {
    let plant = Plant::on(engine).await;
    let booking = async {
        for n in 0..60 {
            let lot = plant.lot_of(10 + n % 7).await;
            plant.book(take(&lot, 1 + n % 5)).await.unwrap();
        }
    };
    let looking = async {
        let mut looked = Vec::new();
        while looked.last().is_none_or(|movement| *movement < 110) {
            let Some((place, totals)) = plant.ledger.chain_end().await.unwrap() else { continue };
            let logged = plant.ledger.logged_totals(place.movement).await.unwrap();
            assert_eq!(logged, units(&totals), "after movement {}", place.movement);
            looked.push(place.movement);
        }
        looked.dedup();
        looked.len()
    };
    let ((), looked) = tokio::join!(booking, looking);
    assert!(looked > 1, "they went side by side");
}

async fn what_was_altered_shows_in_the_log_s_totals(engine: Engine) {
    let plant = busy(engine).await;
    let (place, totals) = plant.ledger.chain_end().await.unwrap().unwrap();
    plant.tamper("UPDATE movement SET quantity = quantity + 2000000 WHERE sequence = 1");
    let mut altered = units(&totals);
    *altered.get_mut(&totals[0].id).unwrap() += 2 * PIECE;
    assert_eq!(plant.ledger.logged_totals(place.movement).await.unwrap(), altered);
}

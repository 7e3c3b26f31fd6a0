//! The outbox lets go of what is old, and nobody takes what is left for the whole.

use mtm_core::command::{Action, LotAttributes};
use mtm_core::word::Note;
use mtm_store::query::{Pattern, ReadError, StockQuery};
use mtm_store::{Clock, Mode};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, receive, take};

contract!(
    old_events_are_let_go_of_and_the_newest_stays,
    what_is_young_stays_with_all_that_came_after_it,
    whoever_asks_for_what_is_gone_is_told,
    words_are_found_although_the_events_that_told_of_them_are_gone,
);

const DAY: i64 = 86_400 * 1_000_000;

fn span(plant: &Plant) -> (i64, i64, i64) {
    let number = |sql: &str| plant.value(sql).parse().unwrap();
    (
        number("SELECT min(position) FROM outbox"),
        number("SELECT max(position) FROM outbox"),
        number("SELECT count(*) FROM outbox"),
    )
}

/// More receipts than one step lets go of.
async fn many(plant: &Plant) {
    let receipts = (0..700).map(|n| Action::Receive(receive("P-1", 20 + n % 30))).collect();
    plant.ledger.post(plant.batch(receipts, true, Mode::Commit)).await.unwrap();
}

async fn old_events_are_let_go_of_and_the_newest_stays(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    many(&plant).await;
    let (first, newest, count) = span(&plant);
    assert!(first == 1 && newest == count && count > 700, "{first} {newest} {count}");
    plant.clock.advance(31 * DAY);
    let oldest = plant.clock.now().plus_micros(-30 * DAY);
    let purged = plant.ledger.purge_events(oldest).await.unwrap();
    assert_eq!(i64::try_from(purged).unwrap(), count - 1);
    assert_eq!(span(&plant), (newest, newest, 1));
    assert_eq!(plant.ledger.purge_events(oldest).await.unwrap(), 0);
    // What is told next comes after it, also in another life of the program.
    plant.lot_of(7).await;
    plant.restart().await;
    plant.lot_of(8).await;
    assert_eq!(span(&plant), (newest, newest + 2, 3));
    let report = plant.ledger.verify(mtm_store::integrity::VerifyRange::Full, |_| {}).await;
    assert!(report.unwrap().ok);
}

async fn what_is_young_stays_with_all_that_came_after_it(engine: Engine) {
    let plant = Plant::on(engine).await;
    many(&plant).await;
    let old = span(&plant).1;
    plant.clock.advance(DAY);
    let moment = plant.clock.now();
    for n in 0..3 {
        plant.lot_of(30 + n).await;
    }
    plant.ledger.purge_events(moment).await.unwrap();
    assert_eq!(span(&plant), (old + 1, old + 3, 3));
}

async fn whoever_asks_for_what_is_gone_is_told(engine: Engine) {
    let plant = Plant::on(engine).await;
    let first = plant.lot_of(30).await;
    let before = span(&plant).1.cast_unsigned();
    plant.clock.advance(31 * DAY);
    let moment = plant.clock.now();
    plant.book(take(&first, 3)).await.unwrap();
    plant.book(take(&first, 4)).await.unwrap();
    assert!(plant.ledger.events_after(0, Vec::new(), 100).await.unwrap().len() > 3);
    plant.ledger.purge_events(moment).await.unwrap();
    assert_eq!(span(&plant).2, 2);
    for gone in 0..before {
        match plant.ledger.events_after(gone, Vec::new(), 100).await {
            Err(ReadError::Refused(refusal)) => {
                assert_eq!(refusal.code.as_str(), "events_expired", "after {gone}");
            }
            other => panic!("after {gone}: {other:?}"),
        }
    }
    let kept = plant.ledger.events_after(before, Vec::new(), 100).await.unwrap();
    assert_eq!(kept.len(), 2, "nothing that can be asked for is gone");
    assert!(plant.ledger.events_after(before + 2, Vec::new(), 100).await.unwrap().is_empty());
}

async fn words_are_found_although_the_events_that_told_of_them_are_gone(engine: Engine) {
    let plant = Plant::on(engine).await;
    let noted = async |words: &str| {
        let notes = Some(Note::parse(words).unwrap());
        let attributes = LotAttributes { notes, ..LotAttributes::default() };
        let receipt = receive("P-1", 30);
        plant.book(Action::Receive(mtm_core::command::Receive { attributes, ..receipt })).await
    };
    noted("bent lug one").await.unwrap();
    plant.ledger.index_texts().await.unwrap();
    noted("bent lug two").await.unwrap();
    plant.clock.advance(31 * DAY);
    plant.lot_of(40).await;
    assert!(plant.ledger.purge_events(plant.clock.now()).await.unwrap() > 1);
    let found = async || {
        let text = Some(Pattern::containing("bent lug"));
        let query = StockQuery { text, ..StockQuery::default() };
        plant.ledger.stock(query).await.unwrap().items.len()
    };
    // The index knows of one and no event tells of the other.
    assert_eq!(found().await, 2);
    plant.ledger.index_texts().await.unwrap();
    assert_eq!(found().await, 2);
    noted("bent lug three").await.unwrap();
    assert_eq!(found().await, 3);
}

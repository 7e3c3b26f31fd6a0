//! What takes long is told by its text, on every engine.

use std::time::Duration;

use mtm_store::OpenOptions;
use mtm_store::query::StockQuery;
use mtm_store::slow;

use crate::engine::{Engine, contract};
use crate::plant::Plant;

contract!(statements_that_take_long_are_remembered_by_text_and_without_values);

async fn statements_that_take_long_are_remembered_by_text_and_without_values(engine: Engine) {
    let plant = Plant::on(engine).await;
    plant.lot_of(4_711).await;
    assert!(slow::statements().is_empty(), "nobody asked");
    // Everything takes that long.
    let bound = Some(Duration::from_nanos(1));
    let clock = plant.clock.clone();
    let options = OpenOptions { slow_statement: bound, clock, ..OpenOptions::default() };
    let watched = plant.home.open(options).await;
    let page = watched.stock(StockQuery::default()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let found = slow::statements();
    // The one that gave the rows, not the one that looked for parts with stock.
    let gave = |it: &&slow::SlowStatement| it.text.starts_with("SELECT s.part_id");
    let stock = found.iter().find(gave).expect("the question");
    assert!(stock.rows >= 1 && stock.times >= 1 && !stock.text.contains('\n'), "{stock:?}");
    assert!(found.iter().all(|it| !it.text.contains("4711")), "{found:?}");
    watched.close().await;
}

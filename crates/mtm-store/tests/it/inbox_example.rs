//! The example of `docs/events.md`, compiled and run: a consumer that takes each event once, whatever
//! comes twice and whatever is cut off. What stands between `guide: NAME` and `guide: end` stands there
//! word by word.

use mtm_store::query::ReadError;
use rusqlite::Connection;
use serde_json::Value;

use crate::plant::Plant;

const PAGE: &str = include_str!("../../../../docs/events.md");
const SOURCE: &str = include_str!("inbox_example.rs");

// guide: inbox
/// Takes an event into account; `false` where that was done before.
fn take(database: &mut Connection, event: &Value) -> rusqlite::Result<bool> {
    let transaction = database.transaction()?;
    let new = transaction.execute(
        "INSERT INTO inbox (source, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        (event["source"].as_str(), event["id"].as_str()),
    )?;
    if new == 0 {
        return Ok(false);
    }
    // Whatever the event means to you, in the same transaction.
    if event["type"] == "mtm.movement.recorded.v1" && event["data"]["type"] == "in" {
        transaction.execute(
            "INSERT INTO received (part, pieces) VALUES (?1, ?2)
             ON CONFLICT (part) DO UPDATE SET pieces = pieces + excluded.pieces",
            (event["data"]["part"].as_str(), event["data"]["quantity"].as_i64()),
        )?;
    }
    transaction.commit()?;
    Ok(true)
}
// guide: end

/// The lines between the marks, without what they are indented by.
fn example() -> String {
    let text = SOURCE.split("// guide: inbox\n").nth(1).unwrap();
    text.split("// guide: end").next().unwrap().trim_end().to_owned()
}

#[test]
fn the_example_of_the_documentation_is_what_is_run_here() {
    assert!(PAGE.contains(&example()), "docs/events.md must hold:\n{}", example());
}

#[tokio::test]
async fn a_consumer_with_an_inbox_counts_every_event_once() {
    let plant = Plant::new().await;
    for quantity in [5, 7, 11] {
        plant.lot_of(quantity).await;
    }
    let events = plant.ledger.events_after(0, Vec::new(), 100).await;
    let events = events.map_err(|error: ReadError| error.to_string()).unwrap();
    let events: Vec<_> = events.iter().map(|event| event.envelope("plant")).collect();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("consumer.db");
    let open = || Connection::open(&path).unwrap();
    open()
        .execute_batch(
            "CREATE TABLE inbox (source TEXT, id TEXT, PRIMARY KEY (source, id));
             CREATE TABLE received (part TEXT PRIMARY KEY, pieces INTEGER);",
        )
        .unwrap();
    let pieces = || {
        let sum = "SELECT coalesce(sum(pieces), 0) FROM received";
        open().query_row(sum, (), |row| row.get::<_, i64>(0)).unwrap()
    };
    // Cut off before its end, an event has no effect and comes again.
    let mut cut = open();
    let broken = cut.transaction().unwrap();
    let id = events[0]["id"].as_str();
    broken.execute("INSERT INTO inbox VALUES ('/mtm/plant', ?1)", [id]).unwrap();
    drop(broken);
    drop(cut);
    let mut taken = 0;
    for event in events.iter().chain(&events).chain(events.iter().rev()) {
        // Every time another program.
        taken += usize::from(take(&mut open(), event).unwrap());
    }
    assert_eq!((taken, pieces()), (events.len(), 23));
}

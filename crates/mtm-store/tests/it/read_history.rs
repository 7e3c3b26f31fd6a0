//! History and its streams against the model.

use std::collections::BTreeSet;

use mtm_core::movement::MovementType;
use mtm_core::word::{CommandId, MovementId, fold};
use mtm_store::query::{HistoryQuery, MovementRow, PageRequest, Pattern, SortOrder};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::engine::{Engine, contract};
use crate::read::{MEDIUM, Read, SMALL, limit, moment, next, pattern};
use crate::read_bulk::{Bulk, Fact, movement_id};

contract!(
    a_row_says_what_the_movement_was,
    filters_mean_what_they_say_in_both_orders_and_counted,
    a_page_never_repeats_or_skips_a_movement_while_others_come,
    a_stream_gives_everything_once_and_ends_with_its_reader,
    a_stream_of_work_tells_the_order_of_each_lot,
);

async fn all(read: &Read, query: &HistoryQuery) -> Vec<MovementRow> {
    let mut rows = Vec::new();
    let mut query = query.clone();
    loop {
        let page = read.ledger.history(query.clone()).await.unwrap();
        let next = next(&page);
        rows.extend(page.items);
        match next {
            Some(cursor) => query.page.cursor = Some(cursor),
            None => return rows,
        }
    }
}

fn sequences(rows: &[MovementRow]) -> Vec<i64> {
    rows.iter().map(|row| i64::try_from(row.sequence.unwrap()).unwrap()).collect()
}

async fn a_row_says_what_the_movement_was(engine: Engine) {
    let read = Read::on(engine, SMALL, 21).await;
    let rows = all(&read, &HistoryQuery { sort: SortOrder::Oldest, ..Default::default() }).await;
    assert_eq!(rows.len(), read.bulk.facts.len());
    let code = |codes: &[String], row: i64| Bulk::code(codes, row).to_owned();
    for (row, fact) in rows.iter().zip(&read.bulk.facts) {
        assert_eq!(row.sequence, Some(u64::try_from(fact.sequence).unwrap()));
        assert_eq!(row.id.0.as_bytes(), &movement_id(fact.sequence));
        assert_eq!(row.kind.as_str(), fact.kind);
        assert_eq!(row.part.as_str(), code(&read.bulk.parts, fact.part));
        assert_eq!(row.lot.as_str(), fact.lot);
        assert_eq!(row.to_lot.as_ref().map(ToString::to_string), fact.to_lot);
        assert_eq!(row.quantity.whole(), fact.quantity);
        assert_eq!(row.recorded_at.micros(), fact.at);
        assert_eq!(row.user, format!("handler {}", fact.user));
        let place = fact.from.or(fact.to).unwrap();
        let words = |place: (i64, i64)| {
            (code(&read.bulk.operations, place.0), code(&read.bulk.locations, place.1))
        };
        let found = (row.operation.clone().unwrap(), row.location.clone().unwrap());
        assert_eq!((found.0.to_string(), found.1.to_string()), words(place));
        let arrival = fact.from.and(fact.to).map(words);
        let found = row.to_operation.clone().zip(row.to_location.clone());
        assert_eq!(found.map(|(o, l)| (o.to_string(), l.to_string())), arrival);
        assert_eq!(row.from_account.is_none(), fact.from.is_some());
        assert_eq!(row.to_account.is_none(), fact.to.is_some());
        let undone = read.bulk.facts.iter().find(|later| later.reverses == Some(fact.sequence));
        assert_eq!(
            row.reversed_by.map(|id| *id.0.as_bytes()),
            undone.map(|later| movement_id(later.sequence))
        );
        assert_eq!(row.reverses.map(|id| *id.0.as_bytes()), fact.reverses.map(movement_id));
        let notes = match fact.kind {
            "in" => fact.notes.clone().or_else(|| read.bulk.lots[&fact.lot].notes.clone()),
            _ => fact.notes.clone(),
        };
        assert_eq!(row.notes.as_ref().map(ToString::to_string), notes);
        assert_eq!(read.ledger.movement(row.id).await.unwrap().as_ref(), Some(row));
    }
    let nobody = MovementId(Uuid::from_u128(1));
    assert_eq!(read.ledger.movement(nobody).await.unwrap(), None);
}

/// A name, a query, and what it means on the model.
type Filter<'r> = (&'static str, HistoryQuery, Box<dyn Fn(&Fact) -> bool + 'r>);

#[expect(clippy::too_many_lines, reason = "one filter after the other, each in a line or three")]
fn filters(read: &Read) -> Vec<Filter<'_>> {
    let none = HistoryQuery::default;
    let bulk = &read.bulk;
    let (part, place) = (bulk.parts[2].clone(), bulk.locations[1].clone());
    let undone: BTreeSet<i64> = bulk.facts.iter().filter_map(|fact| fact.reverses).collect();
    let split = bulk.facts.iter().find_map(|fact| fact.to_lot.clone()).unwrap();
    let parent = bulk.lots[&split].parent.clone().unwrap();
    let order = bulk.lots.values().find_map(|lot| lot.work_order.clone()).unwrap();
    let (early, late) = (bulk.facts[300].at, bulk.facts[900].at);
    let at = |fact: &Fact, wanted: &dyn Fn((i64, i64)) -> bool| {
        fact.from.is_some_and(wanted) || fact.to.is_some_and(wanted)
    };
    let (order_wanted, split_wanted) = (order.clone(), split.clone());
    let undone_too = undone.clone();
    vec![
        ("nothing", none(), Box::new(|_| true)),
        (
            "a part",
            HistoryQuery { part: pattern(&part), ..none() },
            Box::new(|fact| fact.part == 3),
        ),
        (
            "parts",
            HistoryQuery { part: pattern("B-%"), ..none() },
            Box::new(|fact| Bulk::code(&bulk.parts, fact.part).starts_with("B-")),
        ),
        ("many parts", HistoryQuery { part: pattern("%-%"), ..none() }, Box::new(|_| true)),
        ("no part", HistoryQuery { part: pattern("NOBODY"), ..none() }, Box::new(|_| false)),
        (
            "a place at either end",
            HistoryQuery { location: pattern(&place), ..none() },
            Box::new(move |fact| at(fact, &|place| place.1 == 2)),
        ),
        (
            "an operation at either end",
            HistoryQuery { operation: pattern("980"), ..none() },
            Box::new(move |fact| at(fact, &|place| place.0 == 3)),
        ),
        (
            "a lot and what it became part of",
            HistoryQuery { lot: pattern(&split), ..none() },
            Box::new(move |fact| {
                fact.lot == split_wanted || fact.to_lot.as_ref() == Some(&split_wanted)
            }),
        ),
        (
            "a parent",
            HistoryQuery { lot: pattern(&parent), ..none() },
            Box::new(move |fact| fact.lot == parent || fact.to_lot.as_ref() == Some(&parent)),
        ),
        (
            "lots by their end",
            HistoryQuery { lot: pattern("%77"), ..none() },
            Box::new(|fact| {
                fact.lot.ends_with("77")
                    || fact.to_lot.as_ref().is_some_and(|lot| lot.ends_with("77"))
            }),
        ),
        (
            "types",
            HistoryQuery { kinds: vec![MovementType::Out, MovementType::Scrap], ..none() },
            Box::new(|fact| matches!(fact.kind, "out" | "scrap")),
        ),
        (
            "a user",
            HistoryQuery { user: pattern("Handler 3"), ..none() },
            Box::new(|fact| fact.user == 3),
        ),
        ("nobody", HistoryQuery { user: pattern("nobody"), ..none() }, Box::new(|_| false)),
        (
            "a station",
            HistoryQuery { station: pattern("pc-3"), ..none() },
            Box::new(|fact| fact.sequence % 7 == 3),
        ),
        (
            "a work order",
            HistoryQuery { work_order: pattern(&order), ..none() },
            Box::new(move |fact| bulk.lots[&fact.lot].work_order.as_ref() == Some(&order_wanted)),
        ),
        (
            "work orders by their end",
            HistoryQuery { work_order: pattern("%7"), ..none() },
            Box::new(|fact| {
                let order = &bulk.lots[&fact.lot].work_order;
                order.as_ref().is_some_and(|order| order.ends_with('7'))
            }),
        ),
        (
            "a time",
            HistoryQuery { from: moment(early), to: moment(late), ..none() },
            Box::new(move |fact| fact.at >= early && fact.at < late),
        ),
        (
            "after a position",
            HistoryQuery { after_sequence: Some(1_400), ..none() },
            Box::new(|fact| fact.sequence > 1_400),
        ),
        (
            "words in its notes or its lot's",
            HistoryQuery { text: Some(Pattern::containing("t 1")), ..none() },
            Box::new(|fact| {
                let holds = |notes: &Option<String>| {
                    notes.as_ref().is_some_and(|notes| fold(notes).contains("T 1"))
                };
                holds(&fact.notes) || holds(&bulk.lots[&fact.lot].notes)
            }),
        ),
        (
            "undone",
            HistoryQuery { reversed: Some(true), ..none() },
            Box::new(move |fact| undone.contains(&fact.sequence)),
        ),
        (
            "not undone",
            HistoryQuery { reversed: Some(false), ..none() },
            Box::new(move |fact| !undone_too.contains(&fact.sequence)),
        ),
        (
            "a command",
            HistoryQuery {
                command: Some(CommandId::from_fresh(Uuid::from_bytes(movement_id(17)))),
                ..none()
            },
            Box::new(|fact| fact.sequence == 17),
        ),
        (
            "several at once",
            HistoryQuery {
                part: pattern("A-%"),
                user: pattern("handler %"),
                kinds: vec![MovementType::In],
                from: moment(early),
                reversed: Some(false),
                ..none()
            },
            {
                let undone: BTreeSet<i64> =
                    bulk.facts.iter().filter_map(|fact| fact.reverses).collect();
                Box::new(move |fact| {
                    Bulk::code(&bulk.parts, fact.part).starts_with("A-")
                        && fact.kind == "in"
                        && fact.at >= early
                        && !undone.contains(&fact.sequence)
                })
            },
        ),
    ]
}

async fn filters_mean_what_they_say_in_both_orders_and_counted(engine: Engine) {
    let read = Read::on(engine, SMALL, 22).await;
    for (name, query, admits) in filters(&read) {
        let mut wanted: Vec<_> =
            read.bulk.facts.iter().filter(|fact| admits(fact)).map(|fact| fact.sequence).collect();
        for sort in [SortOrder::Oldest, SortOrder::Newest] {
            let page = PageRequest { limit: 43, cursor: None, count: true };
            let query = HistoryQuery { sort, page, ..query.clone() };
            let first = read.ledger.history(query.clone()).await.unwrap();
            assert_eq!(first.total, Some(wanted.len() as u64), "{name}");
            assert_eq!(sequences(&all(&read, &query).await), wanted, "{name} {sort:?}");
            wanted.reverse();
        }
    }
}

async fn a_page_never_repeats_or_skips_a_movement_while_others_come(engine: Engine) {
    let mut read = Read::on(engine, MEDIUM, 23).await;
    let before = read.bulk.facts.len();
    for (query, rare) in [
        (HistoryQuery { part: pattern("A-00000"), page: limit(50), ..Default::default() }, true),
        (HistoryQuery { page: limit(1000), ..Default::default() }, false),
    ] {
        let mut query = query;
        let mut met = Vec::new();
        loop {
            let page = read.ledger.history(query.clone()).await.unwrap();
            let next = next(&page);
            met.extend(sequences(&page.items));
            match next {
                Some(cursor) => query.page.cursor = Some(cursor),
                None => break,
            }
            read.bulk.book(&*read.hand, 50);
        }
        let part = read.bulk.part_id("A-00000");
        let wanted: Vec<_> = read.bulk.facts[..before]
            .iter()
            .filter(|fact| !rare || fact.part == part)
            .map(|fact| fact.sequence)
            .rev()
            .collect();
        let last = i64::try_from(before).unwrap();
        let known: Vec<_> = met.iter().copied().filter(|sequence| *sequence <= last).collect();
        assert_eq!(known, wanted);
        assert_eq!(met.iter().collect::<BTreeSet<_>>().len(), met.len(), "a movement came twice");
    }
}

async fn a_stream_gives_everything_once_and_ends_with_its_reader(engine: Engine) {
    let read = Read::on(engine, SMALL, 24).await;
    let query = HistoryQuery { kinds: vec![MovementType::In], ..Default::default() };
    let wanted: Vec<_> = read
        .bulk
        .facts
        .iter()
        .rev()
        .filter(|fact| fact.kind == "in")
        .map(|fact| fact.sequence)
        .collect();
    let (sender, mut receiver) = mpsc::channel(1);
    let reading = read.ledger.history_stream(query.clone(), sender);
    let collecting = async {
        let mut rows = Vec::new();
        while let Some(chunk) = receiver.recv().await {
            assert!(chunk.len() <= 1000, "a chunk is bounded");
            rows.extend(chunk);
        }
        rows
    };
    let (read_to_the_end, rows) = tokio::join!(reading, collecting);
    read_to_the_end.unwrap();
    assert_eq!(sequences(&rows), wanted);

    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    read.ledger.history_stream(query, sender).await.unwrap();
}

async fn a_stream_of_work_tells_the_order_of_each_lot(engine: Engine) {
    let read = Read::on(engine, SMALL, 25).await;
    let query = HistoryQuery { sort: SortOrder::Oldest, ..Default::default() };
    let (sender, mut receiver) = mpsc::channel(1);
    let reading = read.ledger.work_stream(query, sender);
    let collecting = async {
        let mut rows = Vec::new();
        while let Some(chunk) = receiver.recv().await {
            rows.extend(chunk);
        }
        rows
    };
    let (read_to_the_end, rows) = tokio::join!(reading, collecting);
    read_to_the_end.unwrap();
    assert_eq!(rows.len(), read.bulk.facts.len());
    for (row, order) in &rows {
        let lot = &read.bulk.lots[row.lot.as_str()];
        assert_eq!(order.as_ref().map(ToString::to_string), lot.work_order);
    }
    assert!(rows.iter().any(|(_, order)| order.is_some()));
}

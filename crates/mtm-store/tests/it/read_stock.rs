//! Stock: filters, pages and moments, each against the model.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mtm_core::code::Code;
use mtm_core::word::fold;
use mtm_store::query::{Cursor, GroupBy, PageRequest, Pattern, ReadError, StockQuery};

use tokio::sync::mpsc;

use crate::engine::{Engine, contract};
use crate::read::{Read, SMALL, Words, large, limit, moment, next, pattern, pieces, words};
use crate::read_bulk::Bucket;

contract!(
    every_bucket_is_a_row_in_order_with_what_its_lot_carries,
    filters_mean_what_they_say_page_by_page_and_counted,
    a_page_never_repeats_or_skips_a_row_while_others_come,
    any_moment_is_the_stock_of_that_moment,
    before_the_first_movement_there_was_nothing,
    a_cursor_is_good_only_for_its_own_query,
    held_material_shows_now_and_at_the_moment_it_was_held,
    a_stream_gives_every_bucket_once_and_no_lot_in_two_chunks,
);

async fn every_bucket_is_a_row_in_order_with_what_its_lot_carries(engine: Engine) {
    let read = Read::on(engine, SMALL, 1).await;
    let rows = read.all_stock(&StockQuery { page: limit(37), ..StockQuery::default() }).await;
    assert_eq!(rows.iter().map(words).collect::<Vec<_>>(), read.model());
    for row in &rows {
        let lot = &read.bulk.lots[row.lot.as_str()];
        assert_eq!(row.work_order.as_ref().map(ToString::to_string), lot.work_order);
        assert_eq!(row.notes.as_ref().map(ToString::to_string), lot.notes);
        assert_eq!(row.received_by.as_deref(), Some("handler 2"));
        assert!(row.item_type.is_some());
        assert!(!row.held);
    }
}

/// A name, a query, and what it means on the model.
type Filter<'r> = (&'static str, StockQuery, Box<dyn Fn(&Words) -> bool + 'r>);

#[expect(clippy::too_many_lines, reason = "one filter after the other, each in a line or three")]
fn filters(read: &Read) -> Vec<Filter<'_>> {
    let none = StockQuery::default;
    let lots = &read.bulk.lots;
    let matches = |text: &str| {
        let pattern = Pattern::parse(text);
        move |value: &str| pattern.matches(value)
    };
    let order = |words: &Words| lots[&words.0.4].work_order.clone();
    let notes = |words: &Words| lots[&words.0.4].notes.clone();
    let some_part = read.bulk.parts[3].clone();
    let some_place = read.bulk.locations[1].clone();
    let middle = read.bulk.facts[read.bulk.facts.len() / 2].at;
    let (part, place) = (some_part.clone(), some_place.clone());
    vec![
        ("nothing", none(), Box::new(|_| true)),
        (
            "a part",
            StockQuery { part: pattern(&some_part.to_lowercase()), ..none() },
            Box::new(move |w| w.0.0 == some_part),
        ),
        ("a beginning", StockQuery { part: pattern("b-*"), ..none() }, {
            let like = matches("B-%");
            Box::new(move |w| like(&w.0.0))
        }),
        ("an ending", StockQuery { part: pattern("%7"), ..none() }, {
            let like = matches("%7");
            Box::new(move |w| like(&w.0.0))
        }),
        ("both ends", StockQuery { part: pattern("A-%1"), ..none() }, {
            let like = matches("A-%1");
            Box::new(move |w| like(&w.0.0))
        }),
        ("no part", StockQuery { part: pattern("NOBODY"), ..none() }, Box::new(|_| false)),
        (
            "a place",
            StockQuery { location: pattern(&some_place), ..none() },
            Box::new(move |w| w.0.2 == some_place),
        ),
        ("places", StockQuery { location: pattern("R-0%"), ..none() }, {
            let like = matches("R-0%");
            Box::new(move |w| like(&w.0.2))
        }),
        (
            "an operation",
            StockQuery { operation: pattern("980"), ..none() },
            Box::new(|w| w.0.1 == "980"),
        ),
        (
            "part and place",
            StockQuery { part: pattern(&part), location: pattern(&place), ..none() },
            Box::new(move |w| w.0.0 == part && w.0.2 == place),
        ),
        ("a building", StockQuery { building: pattern("north"), ..none() }, {
            let place = |w: &Words| {
                let row = read.bulk.locations.iter().position(|code| *code == w.0.2).unwrap();
                (row + 1) % 3 == 0
            };
            Box::new(place)
        }),
        (
            "a lot in short",
            StockQuery { lot: pattern("17"), ..none() },
            Box::new(|w| w.0.4 == "0000000017"),
        ),
        ("lots", StockQuery { lot: pattern("00000001%"), ..none() }, {
            let like = matches("00000001%");
            Box::new(move |w| like(&w.0.4))
        }),
        ("lots by their end", StockQuery { lot: pattern("%9"), ..none() }, {
            let like = matches("%9");
            Box::new(move |w| like(&w.0.4))
        }),
        ("work orders", StockQuery { work_order: pattern("WO-00%"), ..none() }, {
            let like = matches("WO-00%");
            Box::new(move |w| order(w).is_some_and(|order| like(&order)))
        }),
        (
            "amounts",
            StockQuery { min_quantity: pieces(100), max_quantity: pieces(300), ..none() },
            Box::new(|w| (100..=300).contains(&w.1)),
        ),
        (
            "old ones",
            StockQuery { received_before: moment(middle), ..none() },
            Box::new(move |w| w.0.3 < middle),
        ),
        ("words", StockQuery { text: Some(Pattern::containing("next 1")), ..none() }, {
            let like = Pattern::containing("next 1");
            Box::new(move |w| notes(w).is_some_and(|notes| like.matches(&fold(&notes))))
        }),
        (
            "words of a part",
            StockQuery { text: Some(Pattern::containing("bracket 7")), ..none() },
            {
                let like = Pattern::containing("BRACKET 7");
                Box::new(move |w| like.matches(&format!("BRACKET {}", read.bulk.part_id(&w.0.0))))
            },
        ),
        (
            "several at once",
            StockQuery {
                part: pattern("%"),
                operation: pattern("9%"),
                min_quantity: pieces(50),
                ..none()
            },
            Box::new(|w| w.0.1.starts_with('9') && w.1 >= 50),
        ),
    ]
}

async fn filters_mean_what_they_say_page_by_page_and_counted(engine: Engine) {
    for seed in [2, 3] {
        let read = Read::on(engine, SMALL, seed).await;
        let model = read.model();
        for (name, query, admits) in filters(&read) {
            let wanted: Vec<_> = model.iter().filter(|row| admits(row)).cloned().collect();
            for limit in [1000, 7] {
                let page = PageRequest { limit, cursor: None, count: true };
                let query = StockQuery { page, ..query.clone() };
                let first = read.ledger.stock(query.clone()).await.unwrap();
                assert_eq!(first.total, Some(wanted.len() as u64), "{name}");
                let rows: Vec<_> = read.all_stock(&query).await.iter().map(words).collect();
                assert_eq!(rows, wanted, "{name} in pages of {limit}");
            }
        }
    }
}

async fn a_page_never_repeats_or_skips_a_row_while_others_come(engine: Engine) {
    let mut read = Read::on(engine, large(engine), 4).await;
    for query in [
        StockQuery { page: limit(1000), ..StockQuery::default() },
        StockQuery { part: pattern("B-%"), page: limit(700), ..StockQuery::default() },
        StockQuery { location: pattern("R-01-%"), page: limit(150), ..StockQuery::default() },
    ] {
        let shown: BTreeSet<_> = read.all_stock(&query).await.iter().map(|r| words(r).0).collect();
        let mut stayed: Vec<(Bucket, _)> = read
            .bulk
            .stock
            .keys()
            .map(|bucket| (bucket.clone(), read.key(bucket)))
            .filter(|(_, key)| shown.contains(key))
            .collect();
        let mut met = BTreeMap::new();
        let mut query = query;
        loop {
            let page = read.ledger.stock(query.clone()).await.unwrap();
            for row in &page.items {
                *met.entry(words(row).0).or_insert(0) += 1;
            }
            match next(&page) {
                Some(cursor) => query.page.cursor = Some(cursor),
                None => break,
            }
            read.bulk.book(&*read.hand, 300);
            // One that left and came back is a new row.
            stayed.retain(|(bucket, _)| read.bulk.stock.contains_key(bucket));
        }
        assert!(met.values().all(|times| *times == 1));
        assert!(stayed.len() > 100, "too little stayed to prove anything");
        for (_, row) in stayed {
            assert!(met.contains_key(&row), "{row:?} was there all the time and was not shown");
        }
    }
}

async fn any_moment_is_the_stock_of_that_moment(engine: Engine) {
    let read = Read::on(engine, SMALL, 5).await;
    let mut stock: BTreeMap<Bucket, i64> = BTreeMap::new();
    let facts = &read.bulk.facts;
    for (index, fact) in facts.iter().enumerate() {
        if let Some((operation, location)) = fact.from {
            let bucket = (fact.part, operation, location, fact.lot.clone());
            *stock.get_mut(&bucket).unwrap() -= fact.quantity;
        }
        if let Some((operation, location)) = fact.to {
            let lot = fact.to_lot.as_ref().unwrap_or(&fact.lot).clone();
            *stock.entry((fact.part, operation, location, lot)).or_insert(0) += fact.quantity;
        }
        stock.retain(|_, quantity| *quantity > 0);
        // Movements of one moment count together.
        if facts.get(index + 1).is_some_and(|next| next.at == fact.at) || index % 3 != 0 {
            continue;
        }
        let model = |admits: &dyn Fn(&Bucket) -> bool| {
            let mut rows: Vec<_> = stock
                .iter()
                .filter(|(bucket, _)| admits(bucket))
                .map(|(bucket, quantity)| (read.bulk.words(bucket), *quantity))
                .collect();
            rows.sort();
            rows
        };
        let asked =
            StockQuery { as_of: moment(fact.at), page: limit(1000), ..StockQuery::default() };
        let part = read.bulk.words(&(fact.part, 1, 1, String::new())).0;
        let place = fact.to.or(fact.from).unwrap();
        let location = read.bulk.words(&(1, 1, place.1, String::new())).2;
        for (name, query, wanted) in [
            ("all", asked.clone(), model(&|_| true)),
            (
                "a part",
                StockQuery { part: pattern(&part), ..asked.clone() },
                model(&|bucket| bucket.0 == fact.part),
            ),
            (
                "a lot",
                StockQuery { lot: pattern(&fact.lot), ..asked.clone() },
                model(&|bucket| bucket.3 == fact.lot),
            ),
            (
                "a place",
                StockQuery { location: pattern(&location), ..asked.clone() },
                model(&|bucket| bucket.2 == place.1),
            ),
        ] {
            let mut rows: Vec<_> = read
                .all_stock(&query)
                .await
                .iter()
                .map(|row| {
                    let ((part, operation, location, _, lot), quantity) = words(row);
                    ((part, operation, location, lot), quantity)
                })
                .collect();
            rows.sort();
            assert_eq!(rows, wanted, "{name} after movement {}", fact.sequence);
        }
    }
}

async fn before_the_first_movement_there_was_nothing(engine: Engine) {
    let read = Read::on(engine, SMALL, 6).await;
    let first = read.bulk.facts[0].at;
    let query = StockQuery { as_of: moment(first - 1), ..StockQuery::default() };
    assert!(read.ledger.stock(query).await.unwrap().items.is_empty());
    let future = StockQuery { as_of: moment(i64::MAX), page: limit(7), ..StockQuery::default() };
    assert_eq!(read.all_stock(&future).await.len(), read.model().len());
}

async fn a_cursor_is_good_only_for_its_own_query(engine: Engine) {
    let read = Read::on(engine, SMALL, 8).await;
    let query = StockQuery { page: limit(5), ..StockQuery::default() };
    let cursor = next(&read.ledger.stock(query.clone()).await.unwrap());
    let with = |cursor: Option<Cursor>| PageRequest { limit: 5, cursor, count: false };
    let other = StockQuery { part: pattern("A-%"), page: with(cursor.clone()), ..query.clone() };
    refused(read.ledger.stock(other).await.unwrap_err());
    let groups = StockQuery { page: with(cursor.clone()), ..query.clone() };
    refused(read.ledger.stock_groups(groups, vec![GroupBy::Part]).await.unwrap_err());
    let history = mtm_store::query::HistoryQuery { page: with(cursor), ..Default::default() };
    refused(read.ledger.history(history).await.unwrap_err());
    let forged = Cursor::decode("6d746d").unwrap();
    let forged = StockQuery { page: with(Some(forged)), ..query };
    refused(read.ledger.stock(forged).await.unwrap_err());
}

fn refused(error: ReadError) {
    match error {
        ReadError::Refused(rejection) => {
            assert_eq!(rejection.code, Code::InvalidParameter);
            assert_eq!(rejection.field.as_deref(), Some("cursor"));
        }
        ReadError::Fault(fault) => panic!("a wrong cursor is the caller's mistake: {fault}"),
    }
}

async fn held_material_shows_now_and_at_the_moment_it_was_held(engine: Engine) {
    let read = Read::on(engine, SMALL, 9).await;
    let all = StockQuery { page: limit(1000), ..StockQuery::default() };
    let rows = read.all_stock(&all).await;
    let lot = rows[0].lot.to_string();
    let (placed, released) = (read.bulk.facts[10].at, read.bulk.facts.last().unwrap().at);
    read.home.execute(&format!(
        "INSERT INTO hold (id, lot, reason, placed_by, placed_at, released_by, released_at)
         VALUES (x'09090909090909090909090909090909', '{lot}', 'quality', 2, {placed}, 2, {released})"
    ));
    let held = |as_of| {
        let (all, read, lot) = (all.clone(), &read, &lot);
        async move {
            let rows = read.all_stock(&StockQuery { as_of, ..all }).await;
            let held: HashMap<_, _> =
                rows.iter().map(|row| (row.lot.to_string(), row.held)).collect();
            held.get(lot).copied()
        }
    };
    assert_eq!(held(None).await, Some(false));
    assert_eq!(held(moment(released - 1)).await, Some(true));
    assert_eq!(held(moment(released)).await, Some(false));
}

async fn a_stream_gives_every_bucket_once_and_no_lot_in_two_chunks(engine: Engine) {
    let read = Read::on(engine, large(engine), 29).await;
    let (sender, mut receiver) = mpsc::channel(1);
    let reading = read.ledger.stock_stream(sender);
    let collecting = async {
        let (mut rows, mut last) = (Vec::new(), String::new());
        while let Some(chunk) = receiver.recv().await {
            assert!(chunk.len() < 5_000, "a chunk is bounded");
            assert!(chunk[0].lot.as_str() > last.as_str(), "lots are in order, and in one chunk");
            assert!(chunk.is_sorted_by_key(|row| row.lot.clone()));
            last = chunk[chunk.len() - 1].lot.to_string();
            rows.extend(chunk.iter().map(words));
        }
        rows
    };
    let (read_to_the_end, mut rows) = tokio::join!(reading, collecting);
    read_to_the_end.unwrap();
    rows.sort();
    assert_eq!(rows, read.model());

    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    read.ledger.stock_stream(sender).await.unwrap();
}

//! Lots, holds, events, the audit log and an earlier system's log, on real bookings.

use std::collections::BTreeSet;

use mtm_core::command::{
    Action, HoldSubject, LotAttributes, PlaceHold, Receive, ReleaseHold, Split,
};
use mtm_core::event::EventType;
use mtm_core::word::{HoldId, LotNumber, Note, ReasonCode, WorkOrder};
use mtm_store::query::{
    AuditQuery, HistoryQuery, LegacyQuery, LotEvent, Pattern, SortOrder, StockQuery,
};

use crate::engine::{Engine, contract};
use crate::plant::{self, Plant, of_lot, pieces, receive, take, to_location, undo};
use crate::read::{limit, next, pattern};

contract!(
    a_sheet_shows_the_whole_life_of_a_lot,
    holds_come_newest_first_and_released_ones_only_on_demand,
    each_movement_is_one_event_and_stays_as_it_was_told,
    the_audit_log_is_read_by_kind_user_and_time,
    an_earlier_log_is_shown_by_lot_and_part,
    lots_and_work_orders_are_suggested_by_what_was_typed,
    counts_are_those_of_the_tables,
);

fn hold(subject: HoldSubject) -> Action {
    Action::PlaceHold(PlaceHold {
        subject,
        reason: ReasonCode::parse("quality").unwrap(),
        notes: Some(Note::parse("paper is missing").unwrap()),
    })
}

fn split(lot: &LotNumber, quantity: i64) -> Action {
    Action::Split(Split { pick: of_lot(lot), quantity: pieces(quantity), notes: None })
}

async fn a_sheet_shows_the_whole_life_of_a_lot(engine: Engine) {
    let plant = Plant::on(engine).await;
    let attributes = LotAttributes {
        work_order: Some(WorkOrder::parse("60723").unwrap()),
        notes: Some(Note::parse("next 20").unwrap()),
        ..LotAttributes::default()
    };
    let arrival = Action::Receive(Receive { attributes, ..receive("P-1", 100) });
    let lot = plant.book(arrival).await.unwrap().lots[0].clone();
    plant.book(to_location(&lot, Some(30), "A-2")).await.unwrap();
    let pick = mtm_core::command::Pick { location: Some(plant::location("A-1")), ..of_lot(&lot) };
    let child = plant
        .book(Action::Split(Split { pick, quantity: pieces(10), notes: None }))
        .await
        .unwrap()
        .lots
        .iter()
        .find(|found| **found != lot)
        .unwrap()
        .clone();
    let taken = plant.book(take(&child, 4)).await.unwrap().movements[0].id;
    plant.book(undo(taken)).await.unwrap();
    plant.book(hold(HoldSubject::Location(plant::location("A-2")))).await.unwrap();
    plant.book(hold(HoldSubject::Lot(child.clone()))).await.unwrap();
    for (id, number) in [(7, lot.as_str()), (8, lot.as_str()), (9, "0000009999")] {
        plant.home.execute(&format!(
            "INSERT INTO legacy_movement (id, type, lot, part, quantity, occurred_at, verbatim)
             VALUES ({id}, 'IN', '{number}', 'P-1', 100, {id}, '{{}}')"
        ));
    }

    let sheet = plant.ledger.lot_sheet(lot.clone()).await.unwrap().unwrap();
    assert_eq!((sheet.lot.as_str(), sheet.part.as_str(), sheet.version), (lot.as_str(), "P-1", 1));
    assert_eq!(sheet.work_order.as_ref().map(WorkOrder::as_str), Some("WO-060723"));
    assert_eq!(sheet.notes.as_ref().map(Note::as_str), Some("next 20"));
    assert_eq!(sheet.received_by.as_deref(), Some("system"));
    assert_eq!((sheet.parent, sheet.children), (None, vec![child.clone()]));
    let buckets: Vec<_> =
        sheet.buckets.iter().map(|b| (b.location.as_str(), b.quantity.whole())).collect();
    assert_eq!(buckets, [("A-1", 60), ("A-2", 30)]);
    let holds: Vec<_> = sheet.holds.iter().map(|hold| hold.location.clone()).collect();
    assert_eq!(holds, [Some(plant::location("A-2"))]);
    let life: Vec<_> = sheet
        .history
        .iter()
        .map(|event| match event {
            LotEvent::Legacy(row) => format!("legacy {}", row.id),
            LotEvent::Ledger(row) => format!("{} {}", row.kind.as_str(), row.quantity),
        })
        .collect();
    assert_eq!(life, ["legacy 7", "legacy 8", "in 100", "transfer 30", "transfer 10"]);

    let sheet = plant.ledger.lot_sheet(child.clone()).await.unwrap().unwrap();
    assert_eq!(sheet.parent, Some(lot.clone()));
    assert_eq!(sheet.work_order.as_ref().map(WorkOrder::as_str), Some("WO-060723"));
    assert_eq!(sheet.holds.len(), 1);
    let life: Vec<_> = sheet
        .history
        .iter()
        .filter_map(|event| match event {
            LotEvent::Ledger(row) => Some((row.kind.as_str(), row.to_lot.clone())),
            LotEvent::Legacy(_) => None,
        })
        .collect();
    assert_eq!(life, [("transfer", Some(child.clone())), ("out", None), ("reversal", None)]);
    let nobody = LotNumber::parse("4711").unwrap();
    assert!(plant.ledger.lot_sheet(nobody).await.unwrap().is_none());

    let held = StockQuery { lot: pattern(child.as_str()), ..StockQuery::default() };
    let rows = plant.ledger.stock(held).await.unwrap().items;
    assert!(rows[0].held, "a held lot shows as held");
}

async fn holds_come_newest_first_and_released_ones_only_on_demand(engine: Engine) {
    let plant = Plant::on(engine).await;
    let mut placed = Vec::new();
    for n in 0..7 {
        plant.clock.advance(5_000_000);
        let lot = plant.lot_of(10 + n).await;
        let outcome = plant.book(hold(HoldSubject::Lot(lot))).await.unwrap();
        placed.push(outcome.hold.unwrap());
    }
    let release = Action::ReleaseHold(ReleaseHold { hold: placed[2], notes: None });
    plant.book(release).await.unwrap();
    let pages = |active| {
        let ledger = plant.ledger.clone();
        async move {
            let (mut page, mut ids) = (limit(3), Vec::<HoldId>::new());
            loop {
                let rows = ledger.holds(active, page.clone()).await.unwrap();
                ids.extend(rows.items.iter().map(|row| row.id));
                match next(&rows) {
                    Some(cursor) => page.cursor = Some(cursor),
                    None => return ids,
                }
            }
        }
    };
    placed.reverse();
    assert_eq!(pages(false).await, placed);
    let released = placed.remove(4);
    assert_eq!(pages(true).await, placed);
    let all = plant.ledger.holds(false, limit(10)).await.unwrap().items;
    let row = all.iter().find(|row| row.id == released).unwrap();
    assert_eq!(row.placed_by, "system");
    assert!(row.released_at.unwrap() > row.placed_at);
}

async fn each_movement_is_one_event_and_stays_as_it_was_told(engine: Engine) {
    let plant = Plant::on(engine).await;
    let before = plant.ledger.newest_event().await.unwrap().unwrap_or(0);
    let lot = plant.lot_of(50).await;
    let out = plant.book(take(&lot, 20)).await.unwrap().movements[0].id;
    let told = |types| {
        let ledger = plant.ledger.clone();
        async move { ledger.events_after(before, types, 100).await.unwrap() }
    };
    let first = told(vec![EventType::MovementRecorded]).await;
    assert_eq!(first.len(), 2);
    plant.book(undo(out)).await.unwrap();
    let events = told(vec![]).await;
    let positions: Vec<_> = events.iter().map(|event| event.sequence).collect();
    let expected: Vec<_> = (before + 1..).take(positions.len()).collect();
    assert_eq!(positions, expected, "gap-free and in order");
    assert_eq!(plant.ledger.newest_event().await.unwrap(), positions.last().copied());
    assert!(plant.ledger.oldest_event().await.unwrap().is_some());

    let movements = told(vec![EventType::MovementRecorded]).await;
    assert_eq!(movements[..2], first, "an undone movement's event does not change");
    let query = HistoryQuery { sort: SortOrder::Oldest, ..HistoryQuery::default() };
    let rows = plant.ledger.history(query).await.unwrap().items;
    assert_eq!(movements.len(), rows.len());
    for (event, row) in movements.iter().zip(&rows) {
        assert_eq!(event.data["id"], serde_json::json!(row.id));
        assert_eq!(event.data["sequence"], serde_json::json!(row.sequence));
        assert_eq!(event.data["lot"], "0000000001");
        assert_eq!(event.subject, "0000000001");
    }
    assert_eq!(events.iter().map(|event| event.id).collect::<BTreeSet<_>>().len(), events.len());
    let two = plant.ledger.events_after(before, vec![], 2).await.unwrap();
    assert_eq!(two[..], events[..2]);
    assert!(plant.ledger.events_after(u64::MAX, vec![], 2).await.unwrap().is_empty());
}

async fn the_audit_log_is_read_by_kind_user_and_time(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    plant.clock.advance(60_000_000);
    let from = mtm_store::Clock::now(&*plant.clock);
    plant.book(take(&lot, 20)).await.unwrap();
    plant.book(split(&lot, 5)).await.unwrap();

    let mut query = AuditQuery { page: limit(2), ..AuditQuery::default() };
    query.page.count = true;
    let mut rows = Vec::new();
    loop {
        let page = plant.ledger.audit_rows(query.clone()).await.unwrap();
        assert_eq!(page.total, Some(rows_of(&plant)));
        let next = next(&page);
        rows.extend(page.items);
        match next {
            Some(cursor) => query.page.cursor = Some(cursor),
            None => break,
        }
    }
    let sequences: Vec<_> = rows.iter().map(|row| row.sequence).collect();
    let expected: Vec<_> = (1..=rows_of(&plant)).rev().collect();
    assert_eq!(sequences, expected);
    assert!(rows.iter().all(|row| row.user == "system" && row.hash.len() == 64));

    let since = AuditQuery { from: Some(from), ..AuditQuery::default() };
    let since = plant.ledger.audit_rows(since).await.unwrap().items;
    assert!(!since.is_empty() && since.iter().all(|row| row.at >= from));
    let until = AuditQuery { to: Some(from), ..AuditQuery::default() };
    let until = plant.ledger.audit_rows(until).await.unwrap().items;
    assert_eq!(since.len() + until.len(), rows.len());

    let kind = rows[0].kind.clone();
    let of_kind = AuditQuery { kind: Some(kind.clone()), ..AuditQuery::default() };
    let of_kind = plant.ledger.audit_rows(of_kind).await.unwrap().items;
    assert_eq!(of_kind.len(), rows.iter().filter(|row| row.kind == kind).count());
    let nobody = AuditQuery { user: Some(Pattern::parse("nobody")), ..AuditQuery::default() };
    assert!(plant.ledger.audit_rows(nobody).await.unwrap().items.is_empty());
}

fn rows_of(plant: &Plant) -> u64 {
    plant.value("SELECT count(*) FROM audit").parse().unwrap()
}

async fn an_earlier_log_is_shown_by_lot_and_part(engine: Engine) {
    let plant = Plant::on(engine).await;
    for id in 1..=25 {
        plant.home.execute(&format!(
            "INSERT INTO legacy_movement (id, type, lot, part, quantity, user, verbatim)
             VALUES ({id}, 'OUT', '{:010}', 'P-{}', {id}, 'JSMITH', '{{}}')",
            id % 5,
            id % 3,
        ));
    }
    let ids = |query: LegacyQuery| {
        let ledger = plant.ledger.clone();
        async move {
            let mut query = LegacyQuery { page: limit(4), ..query };
            query.page.count = true;
            let mut ids: Vec<i64> = Vec::new();
            loop {
                let page = ledger.legacy_movements(query.clone()).await.unwrap();
                ids.extend(page.items.iter().map(|row| row.id));
                let Some(cursor) = next(&page) else {
                    assert_eq!(page.total, Some(ids.len() as u64));
                    return ids;
                };
                query.page.cursor = Some(cursor);
            }
        }
    };
    assert_eq!(ids(LegacyQuery::default()).await, (1..=25).rev().collect::<Vec<_>>());
    let of_lot = LegacyQuery { lot: pattern("3"), ..LegacyQuery::default() };
    assert_eq!(ids(of_lot).await, [23, 18, 13, 8, 3]);
    let of_part = LegacyQuery { part: pattern("p-*2"), ..LegacyQuery::default() };
    assert_eq!(ids(of_part).await, [23, 20, 17, 14, 11, 8, 5, 2]);
}

async fn lots_and_work_orders_are_suggested_by_what_was_typed(engine: Engine) {
    let plant = Plant::on(engine).await;
    for order in ["60723", "60799", "M-77"] {
        let attributes = LotAttributes {
            work_order: Some(WorkOrder::parse(order).unwrap()),
            ..LotAttributes::default()
        };
        plant.book(Action::Receive(Receive { attributes, ..receive("P-1", 40) })).await.unwrap();
    }
    let lots = |typed: &'static str, limit| {
        let ledger = plant.ledger.clone();
        async move {
            let hints = ledger.lots_like(typed, limit).await.unwrap();
            hints.iter().map(|hint| hint.lot.to_string()).collect::<Vec<_>>()
        }
    };
    assert_eq!(lots("00000", 10).await, ["0000000001", "0000000002", "0000000003"]);
    assert_eq!(lots("00000", 2).await.len(), 2);
    assert_eq!(lots("2", 10).await, ["0000000002"]);
    assert!(lots("", 10).await.is_empty());
    assert!(lots("%", 10).await.is_empty());
    let hint = &plant.ledger.lots_like("3", 1).await.unwrap()[0];
    assert_eq!((hint.part.as_str(), hint.quantity.whole()), ("P-1", 40));
    let orders = |typed: &'static str| {
        let ledger = plant.ledger.clone();
        async move {
            let orders = ledger.work_orders_like(typed, 10).await.unwrap();
            orders.iter().map(|hint| hint.code.to_string()).collect::<Vec<_>>()
        }
    };
    assert_eq!(orders("WO-0607").await, ["WO-060723", "WO-060799"]);
    assert_eq!(orders("0607").await, ["WO-060723", "WO-060799"]);
    assert_eq!(orders("m-").await, ["M-77"]);
}

async fn counts_are_those_of_the_tables(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    plant.book(take(&lot, 20)).await.unwrap();
    plant.book(hold(HoldSubject::Lot(lot))).await.unwrap();
    let counts = plant.ledger.counts().await.unwrap();
    assert_eq!((counts.movements, counts.newest_sequence), (2, 2));
    assert_eq!((counts.lots, counts.buckets, counts.active_holds), (1, 1, 1));
    assert_eq!((counts.parts, counts.locations), (2, 2));
    assert_eq!(counts.audit_entries, rows_of(&plant));
}

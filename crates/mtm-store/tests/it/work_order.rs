//! Work orders: what planning says, and what the ledger says of it. Nothing of one is stock.

use mtm_core::command::{Adjust, Count, LotAttributes, Move, Receive, Scrap, Split};
use mtm_core::word::{Delta, LotNumber, ReasonCode, Timestamp, WorkOrder};
use mtm_core::work_order::{SaidState, WorkOrderDraft, WorkOrderState};
use mtm_core::{Action, Rejection};
use mtm_store::query::{
    Cursor, PageRequest, Pattern, WorkOrderQuery, WorkOrderRow, WorkOrderSheet,
};
use mtm_store::{IdempotencyKey, PostError};

use crate::engine::{Engine, contract};
use crate::plant::{
    Plant, actor, key, location, of_lot, operation, part, pieces, receive, refused, take, undo,
};

contract!(
    what_was_published_later_holds_and_the_same_again_changes_nothing,
    a_step_of_a_file_is_taken_over_once_and_whole,
    what_the_ledger_says_of_an_order_adds_up,
    orders_are_listed_by_what_is_due_first,
    open_orders_are_suggested_before_a_lot_has_them,
);

fn order(code: &str) -> WorkOrder {
    WorkOrder::parse(code).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn draft(code: &str, quantity: i64) -> WorkOrderDraft {
    WorkOrderDraft {
        code: order(code),
        part: part("P-1"),
        quantity: pieces(quantity),
        starts_at: None,
        due_at: None,
        state: None,
        source: Some("ERP".to_owned()),
        document: Some("PLAN-1".to_owned()),
        published_at: at("2026-11-01T00:00:00Z"),
    }
}

fn step(n: u32) -> IdempotencyKey {
    key(&format!("step {n}"))
}

async fn say(plant: &Plant, n: u32, drafts: &[WorkOrderDraft]) -> Vec<Option<Rejection>> {
    let drafts = drafts.to_vec();
    plant.ledger.import_work_orders_once(drafts, actor(), step(n), true).await.unwrap().value
}

async fn sheet(plant: &Plant, code: &str) -> WorkOrderSheet {
    plant.ledger.work_order(order(code)).await.unwrap().unwrap()
}

async fn what_was_published_later_holds_and_the_same_again_changes_nothing(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    let first = WorkOrderDraft {
        due_at: Some(at("2026-12-01T00:00:00Z")),
        state: Some(SaidState::read("Running")),
        ..draft("60723", 100)
    };
    assert_eq!(say(&plant, 1, std::slice::from_ref(&first)).await, [None]);
    let row = sheet(&plant, "WO-060723").await.order;
    assert_eq!((row.version, row.state), (1, WorkOrderState::Released));
    assert_eq!(row.said_state.as_deref(), Some("Running"), "the word is kept");
    let told = || plant.value("SELECT count(*) FROM outbox WHERE type = 'master.changed'");
    let before = told();

    plant.clock.advance(1_000_000);
    say(&plant, 2, std::slice::from_ref(&first)).await;
    assert_eq!(sheet(&plant, "60723").await.order, row, "the same document again");
    assert_eq!(told(), before);

    // Later, and the same: only when it was said changes. What it leaves out stays.
    let later = at("2026-11-02T00:00:00Z");
    let again = WorkOrderDraft {
        due_at: None,
        state: None,
        document: Some("PLAN-2".to_owned()),
        published_at: later,
        ..first.clone()
    };
    say(&plant, 3, std::slice::from_ref(&again)).await;
    let said = sheet(&plant, "60723").await.order;
    assert_eq!((said.version, said.published_at, said.due_at), (1, later, row.due_at));
    assert_eq!((said.document.as_deref(), said.state), (Some("PLAN-2"), row.state));
    assert_eq!(told(), before);

    let changed = WorkOrderDraft { quantity: pieces(120), ..again.clone() };
    say(&plant, 4, &[changed]).await;
    assert_eq!(sheet(&plant, "60723").await.order.quantity, pieces(120));
    // What was published before neither holds nor takes anything back.
    let verdicts = say(&plant, 5, &[first]).await;
    let refusal = verdicts[0].as_ref().unwrap();
    assert_eq!((refusal.code.as_str(), refusal.field.as_deref()), ("stale", Some("published")));
    plant.restart().await;
    let row = sheet(&plant, "60723").await.order;
    assert_eq!((row.quantity, row.version), (pieces(120), 2));
    assert_eq!(plant.value("SELECT count(*) FROM stock"), "0", "an order is no stock");
    assert_eq!(plant.value("SELECT count(*) FROM movement"), "0");
}

async fn a_step_of_a_file_is_taken_over_once_and_whole(engine: Engine) {
    let plant = Plant::on(engine).await;
    let unknown = WorkOrderDraft { part: part("P-9"), ..draft("2", 5) };
    let nothing = WorkOrderDraft { quantity: pieces(0), ..draft("3", 5) };
    let backwards = WorkOrderDraft {
        starts_at: Some(at("2026-12-02T00:00:00Z")),
        due_at: Some(at("2026-12-01T00:00:00Z")),
        ..draft("4", 5)
    };
    let drafts = vec![draft("1", 5), unknown, nothing, backwards];
    let whole = plant.ledger.import_work_orders_once(drafts.clone(), actor(), step(1), false).await;
    let error = whole.unwrap_err();
    assert_eq!(refused(&error), "unknown_part");
    let PostError::Rejected(rejection) = error else { panic!("a refusal") };
    assert_eq!(rejection.field.as_deref(), Some("items[1].part"));
    assert_eq!(plant.value("SELECT count(*) FROM work_order"), "0", "all of it or nothing");

    let verdicts = say(&plant, 2, &drafts).await;
    let codes: Vec<_> = verdicts.iter().map(|it| it.as_ref().map(|it| it.code.as_str())).collect();
    assert_eq!(codes, [None, Some("unknown_part"), Some("invalid_body"), Some("invalid_body")]);
    let once = plant.ledger.import_work_orders_once(drafts, actor(), step(2), true).await.unwrap();
    assert!(once.replayed && once.value == verdicts);
    assert_eq!(plant.value("SELECT count(*) FROM work_order"), "1");
    let entries = plant.value("SELECT count(*) FROM audit WHERE entry LIKE '%work_order%'");
    assert_eq!(entries, "1", "what changed is in the audit log, once");
}

fn of_order(code: &str, receive: Receive) -> Action {
    let attributes = LotAttributes { work_order: Some(order(code)), ..LotAttributes::default() };
    Action::Receive(Receive { attributes, ..receive })
}

fn onward(lot: &LotNumber, quantity: i64) -> Action {
    Action::Move(Move {
        pick: of_lot(lot),
        quantity: Some(pieces(quantity)),
        to_operation: Some(operation("20")),
        to_location: Some(location("A-2")),
        notes: None,
    })
}

/// Which of a lot's places.
fn first_place(lot: &LotNumber) -> mtm_core::command::Pick {
    mtm_core::command::Pick {
        operation: Some(operation("10")),
        location: Some(location("A-1")),
        ..of_lot(lot)
    }
}

async fn what_the_ledger_says_of_an_order_adds_up(engine: Engine) {
    let plant = Plant::on(engine).await;
    say(&plant, 1, &[draft("60723", 500), draft("60724", 10)]).await;
    assert!(sheet(&plant, "60723").await.stock.is_empty());

    let booked = plant.book(of_order("60723", receive("P-1", 300))).await.unwrap();
    let lot = booked.lots[0].clone();
    let slip = plant.book(of_order("60723", receive("P-1", 40))).await.unwrap();
    plant.book(undo(slip.movements[0].id)).await.unwrap();
    // Another part, and another order: theirs is not this one's.
    plant.book(of_order("60723", receive("P-2", 7))).await.unwrap();
    plant.book(of_order("60799", receive("P-1", 9))).await.unwrap();

    plant.book(onward(&lot, 120)).await.unwrap();
    let reason = |text| ReasonCode::parse(text).unwrap();
    let scrap = Scrap {
        pick: first_place(&lot),
        quantity: Some(pieces(5)),
        reason: reason("damaged"),
        notes: None,
    };
    plant.book(Action::Scrap(scrap)).await.unwrap();
    let count = Adjust {
        pick: first_place(&lot),
        count: Count::Delta(Delta::pieces(-2).unwrap()),
        expected: None,
        reason: reason("count"),
        notes: None,
    };
    plant.book(Action::Adjust(count)).await.unwrap();
    let split = Split { pick: first_place(&lot), quantity: pieces(50), notes: None };
    let split = plant.book(Action::Split(split)).await.unwrap();
    let new = split.lots.iter().find(|other| **other != lot).unwrap();
    plant.book(take(new, 20)).await.unwrap();

    let found = sheet(&plant, "60723").await;
    let moved = found.progress;
    let figures = [moved.received, moved.corrected, moved.taken, moved.scrapped];
    assert_eq!(figures.map(Delta::whole), [300, -2, 20, 5]);
    assert_eq!(found.order.in_stock, pieces(300 - 2 - 20 - 5));
    let standing: Vec<_> = found
        .order
        .standing
        .iter()
        .map(|it| (it.operation.as_str(), it.quantity.whole()))
        .collect();
    assert_eq!(standing, [("10", 153), ("20", 120)]);
    // The lots are those of the stock, of whichever part.
    let pieces_there: i64 = found.stock.iter().map(|row| row.quantity.whole()).sum();
    assert_eq!((pieces_there, found.more_stock), (273 + 7, false));
    let other = sheet(&plant, "60724").await;
    assert!(other.order.standing.is_empty() && other.stock.is_empty());
    assert_eq!(other.progress.received.whole(), 0);
    assert!(plant.ledger.work_order(order("60799")).await.unwrap().is_none(), "a lot makes none");
}

async fn orders_are_listed_by_what_is_due_first(engine: Engine) {
    let plant = Plant::on(engine).await;
    let due = |code: &str, day: i64, part_code: &str, state: &str| WorkOrderDraft {
        part: part(part_code),
        due_at: (day != 0).then(|| {
            let now = mtm_store::Clock::now(&*plant.clock);
            now.plus_micros(day * 86_400_000_000)
        }),
        state: Some(SaidState::read(state)),
        ..draft(code, 10)
    };
    let drafts = [
        due("C-1", 0, "P-1", "planned"),
        due("C-2", 5, "P-2", "Held"),
        due("C-3", -1, "P-1", "released"),
        due("C-4", -2, "P-1", "Closed"),
        due("C-5", 5, "P-1", "parked by hand"),
        due("C-6", -3, "P-1", "Cancelled"),
    ];
    assert!(say(&plant, 1, &drafts).await.iter().all(Option::is_none));
    let list = async |query: WorkOrderQuery| {
        let mut query = query;
        query.page.count = true;
        let mut rows: Vec<WorkOrderRow> = Vec::new();
        loop {
            query.page.limit = 2;
            let page = plant.ledger.work_orders(query.clone()).await.unwrap();
            rows.extend(page.items);
            let Some(cursor) = page.next_cursor else {
                assert_eq!(page.total, Some(rows.len() as u64));
                return rows;
            };
            query.page.cursor = Some(Cursor::decode(&cursor).unwrap());
        }
    };
    let codes = async |query| {
        let rows = list(query).await;
        rows.iter().map(|row| row.code.to_string()).collect::<Vec<_>>().join(" ")
    };
    let open = || WorkOrderQuery { open: true, ..WorkOrderQuery::default() };
    assert_eq!(codes(WorkOrderQuery::default()).await, "C-6 C-4 C-3 C-2 C-5 C-1");
    assert_eq!(codes(open()).await, "C-3 C-2 C-5 C-1");
    assert_eq!(codes(WorkOrderQuery { part: Some(part("p-2")), ..open() }).await, "C-2");
    assert_eq!(codes(WorkOrderQuery { part: Some(part("P-7")), ..open() }).await, "");
    let unknown =
        WorkOrderQuery { state: Some(WorkOrderState::Unknown), ..WorkOrderQuery::default() };
    let strange = list(unknown).await;
    assert_eq!(strange[0].said_state.as_deref(), Some("parked by hand"), "kept, and not fatal");
    let soon = mtm_store::Clock::now(&*plant.clock).plus_micros(86_400_000_000);
    assert_eq!(codes(WorkOrderQuery { due_before: Some(soon), ..open() }).await, "C-3");
    let q = Some(Pattern::containing("-5"));
    assert_eq!(codes(WorkOrderQuery { q, ..open() }).await, "C-5");
    let late: Vec<bool> =
        list(WorkOrderQuery::default()).await.iter().map(|row| row.late).collect();
    assert_eq!(late, [false, false, true, false, false, false], "what is over is late while open");

    let other = WorkOrderQuery { open: true, ..WorkOrderQuery::default() };
    let page = PageRequest { limit: 1, ..PageRequest::default() };
    let first = WorkOrderQuery { page, ..WorkOrderQuery::default() };
    let cursor = plant.ledger.work_orders(first).await.unwrap().next_cursor.unwrap();
    let cursor = Some(Cursor::decode(&cursor).unwrap());
    let page = PageRequest { cursor, ..PageRequest::default() };
    let error = plant.ledger.work_orders(WorkOrderQuery { page, ..other }).await.unwrap_err();
    assert_eq!(error.code().as_str(), "invalid_parameter", "a cursor is of its own filters");
}

async fn open_orders_are_suggested_before_a_lot_has_them(engine: Engine) {
    let plant = Plant::on(engine).await;
    let closed = WorkOrderDraft { state: Some(SaidState::read("Closed")), ..draft("60725", 10) };
    say(&plant, 1, &[draft("60723", 500), closed]).await;
    plant.book(of_order("60724", receive("P-1", 9))).await.unwrap();
    plant.book(of_order("60723", receive("P-1", 9))).await.unwrap();
    let hints = plant.ledger.work_orders_like("0607", 10).await.unwrap();
    let said: Vec<_> = hints
        .iter()
        .map(|hint| (hint.code.as_str(), hint.planned.as_ref().map(|(_, many)| many.whole())))
        .collect();
    assert_eq!(said, [("WO-060723", Some(500)), ("WO-060724", None)]);
    assert_eq!(plant.ledger.work_orders_like("0607", 1).await.unwrap().len(), 1);
}

//! Pieces of a lot are kept for something.

use mtm_core::command::{Action, EndReservation, Reserve, Take};
use mtm_core::event::EventType;
use mtm_core::outcome::Verdict;
use mtm_core::reservation::ReservationState;
use mtm_core::word::{LotNumber, ReservationId, WorkOrder};
use mtm_store::integrity::VerifyRange;
use mtm_store::query::{Cursor, PageRequest, ReservationQuery, ReservationRow, StockQuery};
use mtm_store::{Clock as _, Mode, Submission};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, location, of_lot, pieces, refused, take, to_location, undo};

contract!(
    a_reservation_moves_nothing_and_is_respected_from_the_next_command_on,
    what_is_taken_for_it_uses_it_up,
    an_undo_gives_back_what_was_taken_for_it,
    a_lot_that_is_used_up_ends_it_and_an_undo_brings_it_back,
    it_ends_by_hand_and_by_time,
    of_many_who_reserve_the_same_pieces_one_does,
    a_reservation_and_a_take_at_once_never_both_get_the_pieces,
    of_many_who_take_for_it_at_once_nobody_takes_what_another_did,
    under_a_key_it_is_made_once,
    in_a_batch_those_that_follow_respect_it,
    it_is_told_and_audited,
    earlier_stock_says_what_was_reserved_then,
    it_is_found_by_lot_and_work_order_page_by_page,
);

fn wish(lot: &LotNumber, quantity: impl Into<Option<i64>>) -> Reserve {
    Reserve {
        lot: lot.clone(),
        quantity: quantity.into().map(pieces),
        work_order: Some(WorkOrder::parse("60723").unwrap()),
        purpose: None,
        ends_at: None,
    }
}

fn reserve(lot: &LotNumber, quantity: impl Into<Option<i64>>) -> Action {
    Action::Reserve(wish(lot, quantity))
}

fn end(lot: &LotNumber, reservation: ReservationId) -> Action {
    Action::EndReservation(EndReservation { reservation, lot: lot.clone(), notes: None })
}

fn take_for(lot: &LotNumber, quantity: i64, reservation: ReservationId) -> Action {
    Action::Take(Take {
        pick: of_lot(lot),
        quantity: Some(pieces(quantity)),
        reason: None,
        notes: None,
        reservation: Some(reservation),
    })
}

async fn rows(plant: &Plant, lot: &LotNumber, active: bool) -> Vec<ReservationRow> {
    let page = PageRequest { limit: 100, ..PageRequest::default() };
    let query = ReservationQuery { lot: Some(lot.clone()), work_order: None, active, page };
    plant.ledger.reservations(query).await.unwrap().items
}

async fn shows_reserved(plant: &Plant) -> bool {
    plant.ledger.stock(StockQuery::default()).await.unwrap().items[0].reserved
}

async fn is_refused(plant: &Plant, action: Action) -> &'static str {
    refused(&plant.book(action).await.unwrap_err())
}

async fn a_reservation_moves_nothing_and_is_respected_from_the_next_command_on(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    assert!(!shows_reserved(&plant).await);
    let made = plant.book(reserve(&lot, 30)).await.unwrap();
    assert_eq!((made.kind.as_str(), made.movements.len()), ("reservation", 0));
    assert_eq!(made.lots, std::slice::from_ref(&lot));
    assert!(shows_reserved(&plant).await);
    assert_eq!(plant.on_hand(), pieces(50));
    plant.book(take(&lot, 20)).await.unwrap();
    assert_eq!(is_refused(&plant, take(&lot, 1)).await, "reserved");
    plant.book(to_location(&lot, Some(10), "A-2")).await.unwrap();
    let mut insisting = plant.command(take(&lot, 1));
    if let Action::Take(action) = &mut insisting.action {
        action.pick.location = Some(location("A-1"));
    }
    insisting.confirm.reserved = true;
    let posted = plant.ledger.post(Submission::single(None, insisting)).await.unwrap();
    assert_eq!(posted.into_single().unwrap().warnings[0].code, "reserved");
    let sheet = plant.ledger.lot_sheet(lot.clone()).await.unwrap().unwrap();
    assert_eq!(sheet.reservations.len(), 1);
    let row = &sheet.reservations[0];
    assert_eq!((row.quantity, row.placed_by.as_str()), (Some(pieces(30)), "system"));
    proved(&plant).await;
}

async fn what_is_taken_for_it_uses_it_up(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    let id = plant.book(reserve(&lot, 30)).await.unwrap().reservation.unwrap();
    let taken = plant.book(take_for(&lot, 12, id)).await.unwrap();
    assert_eq!(taken.reservation, Some(id));
    assert_eq!(rows(&plant, &lot, true).await[0].used, pieces(12));
    assert_eq!(is_refused(&plant, take(&lot, 21)).await, "reserved");
    plant.book(take_for(&lot, 18, id)).await.unwrap();
    assert!(rows(&plant, &lot, true).await.is_empty());
    let all = rows(&plant, &lot, false).await;
    assert_eq!((all[0].state, all[0].used), (ReservationState::Fulfilled, pieces(30)));
    assert_eq!(is_refused(&plant, take_for(&lot, 1, id)).await, "not_found");
    plant.book(take(&lot, 20)).await.unwrap();
}

async fn an_undo_gives_back_what_was_taken_for_it(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    let id = plant.book(reserve(&lot, 30)).await.unwrap().reservation.unwrap();
    plant.book(take_for(&lot, 12, id)).await.unwrap();
    let last = plant.book(take_for(&lot, 18, id)).await.unwrap();
    plant.book(take(&lot, 5)).await.unwrap();
    let back = plant.book(undo(last.movements[0].id)).await.unwrap();
    assert_eq!(back.warnings[0].code, "reserved", "{back:?}");
    let row = &rows(&plant, &lot, true).await[0];
    assert_eq!((row.used, row.state), (pieces(12), ReservationState::Active));
    assert_eq!(is_refused(&plant, take(&lot, 16)).await, "reserved");
    plant.book(take_for(&lot, 18, id)).await.unwrap();
    assert_eq!(rows(&plant, &lot, false).await[0].state, ReservationState::Fulfilled);
    proved(&plant).await;
}

async fn a_lot_that_is_used_up_ends_it_and_an_undo_brings_it_back(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    let before = plant.ledger.newest_event().await.unwrap().unwrap_or(0);
    plant.book(reserve(&lot, 30)).await.unwrap();
    let mut insisting = plant.command(take(&lot, 50));
    insisting.confirm.reserved = true;
    let posted = plant.ledger.post(Submission::single(None, insisting)).await.unwrap();
    let taken = posted.into_single().unwrap();
    assert_eq!(rows(&plant, &lot, false).await[0].state, ReservationState::Consumed);
    assert!(rows(&plant, &lot, true).await.is_empty());
    plant.book(undo(taken.movements[0].id)).await.unwrap();
    assert_eq!(rows(&plant, &lot, true).await.len(), 1);
    assert_eq!(is_refused(&plant, take(&lot, 21)).await, "reserved");
    let told = told_after(&plant, before).await;
    assert_eq!(told, ["lot.reserved false", "lot.reservation_ended consumed", "lot.reserved true"]);
}

async fn it_ends_by_hand_and_by_time(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    let id = plant.book(reserve(&lot, None)).await.unwrap().reservation.unwrap();
    assert_eq!(is_refused(&plant, take(&lot, 1)).await, "reserved");
    assert_eq!(plant.ledger.reservation(id).await.unwrap().unwrap().lot, lot);
    plant.book(end(&lot, id)).await.unwrap();
    assert_eq!(is_refused(&plant, end(&lot, id)).await, "not_found");
    plant.book(take(&lot, 1)).await.unwrap();
    assert!(!shows_reserved(&plant).await);
    let ends_at = Some(plant.clock.now().plus_micros(60_000_000));
    plant.book(Action::Reserve(Reserve { ends_at, ..wish(&lot, None) })).await.unwrap();
    assert_eq!(is_refused(&plant, take(&lot, 1)).await, "reserved");
    plant.clock.advance(61_000_000);
    plant.book(take(&lot, 1)).await.unwrap();
    assert!(rows(&plant, &lot, true).await.is_empty());
    assert!(!shows_reserved(&plant).await);
}

async fn of_many_who_reserve_the_same_pieces_one_does(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    let attempts = (0..6).map(|_| plant.book(reserve(&lot, 30)));
    let results = futures_util::future::join_all(attempts).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for error in results.into_iter().filter_map(Result::err) {
        assert_eq!(refused(&error), "insufficient_stock");
    }
    assert_eq!(plant.value("SELECT count(*) FROM reservation"), "1");
}

async fn a_reservation_and_a_take_at_once_never_both_get_the_pieces(engine: Engine) {
    let plant = Plant::on(engine).await;
    for _ in 0..8 {
        let lot = plant.lot_of(10).await;
        let (reserved, taken) =
            tokio::join!(plant.book(reserve(&lot, 10)), plant.book(take(&lot, 1)));
        match (reserved, taken) {
            (Ok(_), Err(error)) => assert_eq!(refused(&error), "reserved"),
            (Err(error), Ok(_)) => assert_eq!(refused(&error), "insufficient_stock"),
            (reserved, taken) => panic!("{reserved:?}, {taken:?}"),
        }
    }
}

async fn of_many_who_take_for_it_at_once_nobody_takes_what_another_did(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    let id = plant.book(reserve(&lot, 20)).await.unwrap().reservation.unwrap();
    let attempts = (0..6).map(|_| plant.book(take_for(&lot, 5, id)));
    let results = futures_util::future::join_all(attempts).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 4);
    for error in results.into_iter().filter_map(Result::err) {
        assert_eq!(refused(&error), "not_found");
    }
    let row = &rows(&plant, &lot, false).await[0];
    assert_eq!((row.used, row.state), (pieces(20), ReservationState::Fulfilled));
    assert_eq!(plant.on_hand(), pieces(30));
}

async fn under_a_key_it_is_made_once(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    let first = plant.book_once("r", reserve(&lot, 30)).await.unwrap();
    let again = plant.book_once("r", reserve(&lot, 30)).await.unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.verdicts, again.verdicts);
    assert_eq!(plant.value("SELECT count(*) FROM reservation"), "1");
}

async fn in_a_batch_those_that_follow_respect_it(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    let actions = vec![take(&lot, 10), reserve(&lot, 40), take(&lot, 1)];
    let submission = plant.batch(actions, false, Mode::Commit);
    let verdicts = plant.ledger.post(submission).await.unwrap().verdicts;
    let codes: Vec<_> = verdicts
        .iter()
        .map(|verdict| match verdict {
            Verdict::Accepted(_) => "yes",
            Verdict::Refused(refusal) => refusal.code.as_str(),
        })
        .collect();
    assert_eq!(codes, ["yes", "yes", "reserved"]);
}

/// Events about reservations after `before`: their type, and what became of the reservation.
async fn told_after(plant: &Plant, before: u64) -> Vec<String> {
    let types = vec![EventType::LotReserved, EventType::LotReservationEnded];
    let events = plant.ledger.events_after(before, types, 10).await.unwrap();
    let told = events.iter().map(|event| {
        let (again, reason) = (&event.data["again"], &event.data["reason"]);
        let what = reason.as_str().map_or_else(|| again.to_string(), str::to_owned);
        format!("{} {what}", event.kind.as_str())
    });
    told.collect()
}

async fn proved(plant: &Plant) {
    let report = plant.ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
    assert_eq!(report.first_bad, None);
}

async fn it_is_told_and_audited(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    let before = plant.ledger.newest_event().await.unwrap().unwrap_or(0);
    let first = plant.book(reserve(&lot, 30)).await.unwrap().reservation.unwrap();
    plant.book(take_for(&lot, 5, first)).await.unwrap();
    plant.book(end(&lot, first)).await.unwrap();
    let second = plant.book(reserve(&lot, 10)).await.unwrap().reservation.unwrap();
    plant.book(take_for(&lot, 10, second)).await.unwrap();
    assert_eq!(
        told_after(&plant, before).await,
        [
            "lot.reserved false",
            "lot.reservation_ended released",
            "lot.reserved false",
            "lot.reservation_ended fulfilled",
        ]
    );
    let kinds =
        plant.home.rows("SELECT kind FROM audit WHERE kind LIKE 'reservation%' ORDER BY sequence");
    assert_eq!(
        kinds,
        ["reservation", "reservation_use", "reservation_end", "reservation", "reservation_use"]
    );
    proved(&plant).await;
}

async fn earlier_stock_says_what_was_reserved_then(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    let mut moments = Vec::new();
    let mut look = || {
        plant.clock.advance(60_000_000);
        moments.push(plant.clock.now());
        plant.clock.advance(60_000_000);
    };
    look();
    let id = plant.book(reserve(&lot, 30)).await.unwrap().reservation.unwrap();
    look();
    let taken = plant.book(take_for(&lot, 30, id)).await.unwrap();
    look();
    plant.book(undo(taken.movements[0].id)).await.unwrap();
    look();
    plant.book(end(&lot, id)).await.unwrap();
    look();
    let mut seen = Vec::new();
    for moment in moments {
        let query = StockQuery { as_of: Some(moment), ..StockQuery::default() };
        seen.push(plant.ledger.stock(query).await.unwrap().items[0].reserved);
    }
    assert_eq!(seen, [false, true, false, true, false]);
}

async fn it_is_found_by_lot_and_work_order_page_by_page(engine: Engine) {
    let plant = Plant::on(engine).await;
    let (one, other) = (plant.lot_of(50).await, plant.lot_of(50).await);
    let elsewhere = Some(WorkOrder::parse("60724").unwrap());
    for lot in [&one, &other] {
        plant.book(reserve(lot, 1)).await.unwrap();
        let second = Reserve { work_order: elsewhere.clone(), ..wish(lot, 2) };
        plant.book(Action::Reserve(second)).await.unwrap();
    }
    let mut query = ReservationQuery {
        work_order: elsewhere,
        page: PageRequest { limit: 1, ..PageRequest::default() },
        ..ReservationQuery::default()
    };
    let first = plant.ledger.reservations(query.clone()).await.unwrap();
    query.page.cursor = Some(Cursor::decode(&first.next_cursor.unwrap()).unwrap());
    let last = plant.ledger.reservations(query).await.unwrap();
    let lots = [&first.items[0].lot, &last.items[0].lot];
    assert_eq!((lots, last.next_cursor), ([&other, &one], None));
    assert_eq!(rows(&plant, &one, true).await.len(), 2);
}

//! Movements on their way to another system that is away, loses answers, and says no.

use mtm_app::movement::{BookingType, MovementBody, PickBody};
use mtm_app::sync::{Class, Deed, Mode, State};
use mtm_core::word::MovementId;
use mtm_store::query::{MAX_LIMIT, PageRequest, StockQuery};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use crate::told::{MINUTE, PARTS, PLACES, Told, lab_settings};

/// Some bookings of a minute: receipts, takes, moves, undos, of parts that the ERP knows.
async fn floor(told: &Told, random: &mut ChaCha8Rng, done: &mut Vec<MovementId>) {
    for _ in 0..random.random_range(1..=3) {
        let part = PARTS[random.random_range(0..2)];
        let place = PLACES[random.random_range(0..3)];
        let to = PLACES[random.random_range(0..3)];
        let quantity = random.random_range(1..=50);
        let pick = MovementBody {
            part: Some(part.to_owned()),
            operation: Some("10".to_owned()),
            location: Some(place.to_owned()),
            quantity: Some(quantity),
            pick: Some(PickBody::Fifo),
            ..MovementBody::default()
        };
        match random.random_range(0..10) {
            0..=3 => done.extend(told.receive(part, place, quantity * 3).await),
            4..=5 => {
                let body = MovementBody { kind: Some(BookingType::Out), ..pick };
                done.extend(told.book(body).await);
            }
            6..=8 => {
                let kind = Some(BookingType::Transfer);
                let to_location = Some(to.to_owned());
                done.extend(told.book(MovementBody { kind, to_location, ..pick }).await);
            }
            _ => {
                if !done.is_empty() {
                    let movement = done.remove(random.random_range(0..done.len()));
                    told.undo(movement).await;
                }
            }
        }
    }
}

/// What stands where by the ERP's ledger, and by ours, at the places that it knows.
async fn both(told: &Told) -> (Vec<(String, i64)>, Vec<(String, i64)>) {
    let mut sums = std::collections::BTreeMap::<String, [i64; 2]>::new();
    for line in told.ledger_there() {
        let spot =
            format!("{} {}", line["part"].as_str().unwrap(), line["location"].as_str().unwrap());
        let quantity = line["quantity"].as_i64().unwrap();
        let signed = if line["type"] == "I" { quantity } else { -quantity };
        sums.entry(spot).or_default()[0] += signed;
    }
    let page = PageRequest { limit: MAX_LIMIT, ..PageRequest::default() };
    let stock =
        told.app.ledger().stock(StockQuery { page, ..StockQuery::default() }).await.unwrap();
    assert!(stock.next_cursor.is_none(), "all of it");
    for row in stock.items {
        let place = if row.location.as_str() == "B-1" { "DOCK" } else { "FLOOR" };
        let spot = format!("{} {place}", row.part.as_str());
        sums.entry(spot).or_default()[1] += row.quantity.whole();
    }
    let side = |at: usize| {
        sums.iter().map(|(spot, it)| (spot.clone(), it[at])).filter(|it| it.1 != 0).collect()
    };
    (side(0), side(1))
}

/// An hour in which the ERP is away, loses answers or has no time, under load: afterwards both books say the
/// same, each posting stands there once, and going over everything again changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_the_erp_loses_and_doubles_nothing() {
    let told = Told::start().await;
    told.mode(Mode::Automatic, None).await;
    let mut random = ChaCha8Rng::seed_from_u64(20_261_130);
    let mut done = Vec::new();
    for minute in 0..120 {
        match minute {
            20 => told.faults(&json!([
                {"path": "/erp/api/v1/transactions", "method": "POST", "times": 2, "fault": {"kind": "lost_answer"}},
                {"path": "/erp", "fault": {"kind": "cut"}},
            ])),
            50 => {
                told.well_again();
                told.faults(&json!([
                    {"path": "/erp/api/v1/transactions", "method": "POST", "times": 3, "fault": {"kind": "lost_answer"}},
                    {"path": "/erp", "fault": {"kind": "status", "status": 503, "retry_after": 30}},
                ]));
            }
            80 => told.well_again(),
            _ => {}
        }
        floor(&told, &mut random, &mut done).await;
        told.step().await;
        told.clock.advance(MINUTE);
        if minute == 79 {
            let states = told.states().await;
            let open = states.iter().filter(|state| state.is_open()).count();
            assert!(open > 20, "{open} wait for it");
        }
    }
    for _ in 0..30 {
        told.step().await;
        told.clock.advance(MINUTE);
    }
    let states = told.states().await;
    assert!(states.len() > 100, "{}", states.len());
    let settled = |state: &State| matches!(state, State::Posted | State::Withdrawn);
    assert!(states.iter().all(settled), "{states:?}");
    // guide: hour
    let (theirs, ours) = both(&told).await;
    assert_eq!(theirs, ours);
    let rows = told.postings().await;
    let mut documents: Vec<_> = rows.iter().filter_map(|row| row.document.clone()).collect();
    let posted = states.iter().filter(|state| **state == State::Posted).count();
    documents.sort();
    documents.dedup();
    assert_eq!(documents.len(), posted, "each has a document of its own");
    let lines = told.ledger_there();

    told.mode(Mode::Automatic, Some("1")).await;
    told.step().await;
    assert_eq!(told.ledger_there(), lines, "once more changes nothing");
    assert_eq!(told.states().await, states);
    // guide: end
}

/// A no is left to people: what they correct is sent, what they accept is not, and what they undo here
/// needs nothing there.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_waits_for_somebody_and_undoes_nothing() {
    let told = Told::start().await;
    told.mode(Mode::Automatic, None).await;
    let mut ids = Vec::new();
    for quantity in [5, 6, 7, 8] {
        ids.push(told.receive("P-3", "A-1", quantity).await.unwrap());
    }
    told.receive("P-1", "A-1", 9).await.unwrap();
    told.step().await;
    let rows = told.postings().await;
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    assert_eq!(states[..4], [State::Refused; 4]);
    assert_eq!(states[4], State::Posted, "others go on");
    assert_eq!(rows[0].code.as_deref(), Some("unknown_part"));
    assert_eq!(rows[0].cause.as_deref(), Some("there is no part P-3"));
    let on_hand: i64 = told
        .app
        .ledger()
        .stock(StockQuery::default())
        .await
        .unwrap()
        .items
        .iter()
        .map(|row| row.quantity.whole())
        .sum();
    assert_eq!(on_hand, 35, "nothing was undone");

    // Corrected, sent again once the ERP knows the part, accepted, undone.
    let sheet = told.app.posting_sheet(&told.who, rows[0].id).await.unwrap();
    let mut body = sheet.request.unwrap()["body"].clone();
    body["part"] = json!("P-2");
    told.decide(rows[0].id, Deed::Resend, Some(body)).await;
    told.decide(rows[2].id, Deed::Accept, None).await;
    assert!(told.undo(ids[3]).await);
    told.step().await;
    let mut known = serde_json::to_value(lab_settings().masters).unwrap();
    known["parts"].as_array_mut().unwrap().push(json!({ "id": "P-3" }));
    told.lab("PUT", "/control/erp", &known);
    told.decide(rows[1].id, Deed::Resend, None).await;
    told.step().await;
    let states = [
        State::Posted,
        State::Posted,
        State::Accepted,
        State::Withdrawn,
        State::Posted,
        State::Withdrawn,
    ];
    assert_eq!(told.states().await, states);
    let parts: Vec<_> =
        told.ledger_there().iter().map(|it| (it["part"].clone(), it["quantity"].clone())).collect();
    let expected =
        [("P-1", 9), ("P-2", 5), ("P-3", 6)].map(|(part, many)| (json!(part), json!(many)));
    assert_eq!(parts, expected);
}

/// In shadow nothing is sent, also nothing of what was recorded then; nothing is when the flow is off.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_compared_is_never_sent() {
    let told = Told::start().await;
    told.receive("P-1", "A-1", 1).await.unwrap();
    told.step().await;
    assert!(told.postings().await.is_empty(), "it is off at first");
    told.mode(Mode::Shadow, Some("now")).await;
    told.receive("P-1", "A-1", 2).await.unwrap();
    told.step().await;
    told.mode(Mode::Worklist, None).await;
    told.receive("P-1", "A-1", 3).await.unwrap();
    told.step().await;
    told.mode(Mode::Automatic, None).await;
    told.receive("P-1", "A-1", 4).await.unwrap();
    told.step().await;
    assert_eq!(told.states().await, [State::Shadow, State::Todo, State::Posted]);
    let sent: Vec<_> = told.ledger_there().iter().map(|it| it["quantity"].clone()).collect();
    assert_eq!(sent, [json!(4)]);
    let rows = told.postings().await;
    told.decide(rows[1].id, Deed::Resend, None).await;
    told.step().await;
    assert_eq!(told.ledger_there().len(), 2, "what a person hands over is sent");
}

/// An undo of what was told is told, whatever its own class; one of what was not is not.
#[tokio::test(flavor = "multi_thread")]
async fn an_undo_is_told_where_the_movement_was() {
    let told = Told::start().await;
    told.use_flow("mock-erp", vec![Class::Receipt]);
    told.mode(Mode::Automatic, None).await;
    let received = told.receive("P-1", "A-1", 5).await.unwrap();
    told.step().await;
    assert!(told.undo(received).await);
    told.step().await;
    let rows = told.postings().await;
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    assert_eq!(states, [State::Posted, State::Refused], "somebody sees to it there");
    assert_eq!(rows[1].code.as_deref(), Some("undo_not_told"));

    let received = told.receive("P-3", "A-1", 5).await.unwrap();
    told.step().await;
    assert!(told.undo(received).await);
    told.step().await;
    assert_eq!(told.states().await[2..], [State::Withdrawn, State::Withdrawn]);

    // What is taken is not told, and so its undo, a receipt, is not.
    told.receive("P-1", "A-1", 9).await.unwrap();
    let taken = told
        .book(MovementBody {
            kind: Some(BookingType::Out),
            part: Some("P-1".to_owned()),
            operation: Some("10".to_owned()),
            location: Some("A-1".to_owned()),
            quantity: Some(4),
            pick: Some(PickBody::Fifo),
            ..MovementBody::default()
        })
        .await
        .unwrap();
    assert!(told.undo(taken).await);
    told.step().await;
    assert_eq!(told.states().await[4..], [State::Posted]);
}

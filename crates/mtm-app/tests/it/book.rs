//! Booking through the use cases: once, guarded, permitted.

use mtm_app::AppError;
use mtm_app::movement::{
    BatchBody, BookingType, Circumstances, HoldBody, MovementBody, ReleaseBody, ReverseBody,
};
use mtm_core::code::Code;
use mtm_core::outcome::Verdict;

use crate::plant::Plant;

fn receive(quantity: i64) -> MovementBody {
    MovementBody {
        kind: Some(BookingType::In),
        part: Some(" 11058-1779 ".to_owned()),
        operation: Some("19".to_owned()),
        location: Some("r-e4-18".to_owned()),
        quantity: Some(quantity),
        ..MovementBody::default()
    }
}

fn keyed(key: &str) -> Circumstances {
    Circumstances {
        route: "POST /movements".to_owned(),
        key: Some(key.to_owned()),
        ..Circumstances::default()
    }
}

#[tokio::test]
async fn a_key_answers_again_and_refuses_another_command() {
    let plant = Plant::open().await;
    let (app, lead) = (&plant.app, &plant.lead);
    let first = app.book(lead, keyed("k"), &receive(7)).await.unwrap();
    // Blanks, case and confirmations are not another command.
    let confirmed = MovementBody { confirm: vec!["possible_duplicate".to_owned()], ..receive(7) };
    let again = app.book(lead, keyed("k"), &confirmed).await.unwrap();
    assert!(again.replayed && !first.replayed);
    assert_eq!(again.outcome, first.outcome);
    let other = app.book(lead, keyed("k"), &receive(8)).await.unwrap_err();
    assert_eq!(other.code(), Code::IdempotencyKeyReused);
    assert_eq!(plant.on_hand().await, 7);
}

#[tokio::test]
async fn the_same_booking_a_moment_later_is_questioned_and_can_be_confirmed_under_its_key() {
    let plant = Plant::open().await;
    let (app, lead) = (&plant.app, &plant.lead);
    app.book(lead, keyed("a"), &receive(7)).await.unwrap();
    let twin = app.book(lead, keyed("b"), &receive(7)).await.unwrap_err();
    assert_eq!(twin.code(), Code::PossibleDuplicate);
    let confirmed = MovementBody { confirm: vec!["possible_duplicate".to_owned()], ..receive(7) };
    app.book(lead, keyed("b"), &confirmed).await.unwrap();
    assert_eq!(plant.on_hand().await, 14);
    // Lines of a stream are not a person's double click.
    app.book_line(lead, keyed("c"), &receive(7)).await.unwrap();
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let plant = Plant::open().await;
    let body = MovementBody {
        part: None,
        quantity: Some(-1),
        counted: Some(3),
        containers: Some(0),
        ..receive(1)
    };
    let AppError::Invalid(errors) =
        plant.app.book(&plant.lead, Circumstances::default(), &body).await.unwrap_err()
    else {
        panic!("fields are wrong")
    };
    let mut fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["containers", "counted", "part", "quantity"]);
}

#[tokio::test]
async fn a_batch_is_all_or_none_or_each_on_its_own() {
    let plant = Plant::open().await;
    let (app, lead) = (&plant.app, &plant.lead);
    let nowhere = MovementBody { location: Some("NOWHERE".to_owned()), ..receive(1) };
    let items = vec![receive(3), nowhere, receive(4)];
    let atomic = BatchBody { atomic: true, items: items.clone() };
    let AppError::Rejected(refused) = app.book_batch(lead, keyed("x"), &atomic).await.unwrap_err()
    else {
        panic!("the domain refuses")
    };
    assert_eq!(refused.field.as_deref(), Some("items[1].location"));
    assert_eq!(plant.on_hand().await, 0);
    let each = BatchBody { atomic: false, items };
    for replayed in [false, true] {
        let booked = app.book_batch(lead, keyed("y"), &each).await.unwrap();
        let accepted =
            booked.verdicts.iter().map(|verdict| matches!(verdict, Verdict::Accepted(_)));
        assert_eq!(accepted.collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(booked.replayed, replayed);
    }
    assert_eq!(plant.on_hand().await, 7);
}

#[tokio::test]
async fn undo_shows_its_consequences_first_and_works_once() {
    let plant = Plant::open().await;
    let (app, lead) = (&plant.app, &plant.lead);
    let booked = app.book(lead, keyed("in"), &receive(9)).await.unwrap();
    let body = |preview| ReverseBody {
        command_id: Some(booked.outcome.id.0),
        reason: Some("mistake".to_owned()),
        preview,
        ..ReverseBody::default()
    };
    let shown = app.reverse(lead, keyed("undo"), None, &body(true)).await.unwrap();
    assert_eq!(shown.outcome.balances[0].quantity.whole(), 0);
    assert_eq!(plant.on_hand().await, 9, "a preview writes nothing");
    app.reverse(lead, keyed("undo"), None, &body(false)).await.unwrap();
    assert_eq!(plant.on_hand().await, 0);
    let twice = app.reverse(lead, keyed("undo2"), None, &body(false)).await.unwrap_err();
    assert_eq!(twice.code(), Code::AlreadyReversed);
}

#[tokio::test]
async fn held_material_stays_until_it_is_released() {
    let plant = Plant::open().await;
    let (app, lead) = (&plant.app, &plant.lead);
    let booked = app.book(lead, keyed("in"), &receive(9)).await.unwrap();
    let lot = booked.outcome.lots[0].to_string();
    let hold = HoldBody {
        lot: Some(lot.clone()),
        reason: Some("quality".to_owned()),
        ..HoldBody::default()
    };
    let placed = app.place_hold(lead, keyed("hold"), &hold).await.unwrap();
    let take =
        MovementBody { kind: Some(BookingType::Out), lot: Some(lot), ..MovementBody::default() };
    let refused = app.book(lead, keyed("out"), &take).await.unwrap_err();
    assert_eq!(refused.code(), Code::OnHold);
    let id = placed.outcome.hold.unwrap();
    app.release_hold(lead, keyed("release"), id, &ReleaseBody::default()).await.unwrap();
    app.book(lead, keyed("out"), &take).await.unwrap();
    assert_eq!(plant.on_hand().await, 0);
}

#[tokio::test]
async fn a_fact_too_old_or_not_yet_happened_is_refused() {
    let plant = Plant::open().await;
    for (at, code) in
        [("2020-01-01T00:00:00Z", Code::TooOld), ("2999-01-01T00:00:00Z", Code::InvalidBody)]
    {
        let body = MovementBody { occurred_at: Some(at.to_owned()), ..receive(1) };
        let refused = plant.app.book(&plant.lead, keyed(at), &body).await.unwrap_err();
        assert_eq!(refused.code(), code);
    }
}

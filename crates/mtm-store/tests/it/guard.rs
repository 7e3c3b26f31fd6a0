//! What somebody decided about the way to another system outlives servers, and how it stands is told.

use mtm_core::guard::{Hold, State};
use mtm_core::word::UserId;
use mtm_store::Clock as _;
use mtm_store::record::{GuardRecord, GuardTold, NewWebhook};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, refused};

contract!(
    a_decision_needs_a_reason_and_outlives_the_server,
    how_a_way_stands_is_told_beside_what_was_decided,
);

const SYSTEM: UserId = UserId(1);

async fn hold(plant: &Plant, peer: &str, hold: Hold, reason: &str) -> GuardRecord {
    let held = plant.ledger.hold_guard(SYSTEM, peer.to_owned(), hold, reason.to_owned(), None);
    held.await.unwrap().value
}

async fn a_decision_needs_a_reason_and_outlives_the_server(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    let without = |hold| plant.ledger.hold_guard(SYSTEM, "mqtt".into(), hold, " ".into(), None);
    assert_eq!(refused(&without(Hold::Open).await.unwrap_err()), "reason_required");
    assert_eq!(refused(&without(Hold::Closed).await.unwrap_err()), "reason_required");
    let long = "x".repeat(501);
    let long = plant.ledger.hold_guard(SYSTEM, "mqtt".into(), Hold::Automatic, long, None).await;
    assert_eq!(refused(&long.unwrap_err()), "reason_required");
    assert!(plant.ledger.guards().await.unwrap().is_empty());

    let held = hold(&plant, "mqtt", Hold::Open, " the broker moves ").await;
    assert_eq!((held.hold, held.reason.as_deref()), (Hold::Open, Some("the broker moves")));
    assert!(held.by.is_some() && held.at.is_some() && held.told.is_none());
    plant.restart().await;
    assert_eq!(plant.ledger.guard_hold("mqtt".to_owned()).await.unwrap(), Hold::Open);
    assert_eq!(plant.ledger.guard_hold("nats".to_owned()).await.unwrap(), Hold::Automatic);
    let held = hold(&plant, "mqtt", Hold::Automatic, "").await;
    assert_eq!((held.hold, held.reason), (Hold::Automatic, None));
    assert_eq!(plant.ledger.guard_hold("mqtt".to_owned()).await.unwrap(), Hold::Automatic);
}

async fn how_a_way_stands_is_told_beside_what_was_decided(engine: Engine) {
    let plant = Plant::on(engine).await;
    let id = plant.clock.fresh_uuid();
    let new = NewWebhook {
        id,
        name: "ERP".to_owned(),
        url: "https://erp.example/".to_owned(),
        types: Vec::new(),
        sealed_secret: vec![1],
    };
    plant.ledger.create_webhook(SYSTEM, new, None).await.unwrap();
    let peer = id.to_string();
    let told = GuardTold {
        state: State::Open,
        since: plant.clock.now(),
        next_probe_at: Some(plant.clock.now().plus_micros(5)),
        calls: 12,
        failed: 11,
        slow: 1,
    };
    plant.ledger.tell_guard(peer.clone(), told).await.unwrap();
    hold(&plant, &peer, Hold::Closed, "it is well").await;
    let again = GuardTold { state: State::Closed, next_probe_at: None, ..told };
    plant.ledger.tell_guard(peer.clone(), again).await.unwrap();
    let known = plant.ledger.guards().await.unwrap();
    assert_eq!(known.len(), 1);
    let kept = &known[0];
    assert_eq!((kept.hold, kept.told), (Hold::Closed, Some(again)));
    assert_eq!(kept.reason.as_deref(), Some("it is well"));
    // What is no more is not kept.
    plant.ledger.remove_webhook(SYSTEM, id, None).await.unwrap();
    assert!(plant.ledger.guards().await.unwrap().is_empty());
}

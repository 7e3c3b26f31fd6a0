//! Messages of other systems: each has its effect once, and its place in the inbox with it.

use mtm_core::command::Action;
use mtm_core::word::{Timestamp, UserId};
use mtm_store::record::{InboundSource, KnownSource, NewSource, RotatedSecret};
use mtm_store::{Clock, IdempotencyKey, Submission};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, pieces, receive, refused, take};

contract!(
    a_source_is_made_disabled_and_removed,
    a_former_secret_counts_until_its_time,
    a_message_has_one_effect_however_often_it_comes,
    a_message_whose_key_was_forgotten_is_not_taken_anew,
    a_refused_message_leaves_nothing_and_may_come_again,
);

const SYSTEM: UserId = UserId(1);
const HOUR: i64 = 3_600 * 1_000_000;

async fn make(plant: &Plant, name: &str) -> InboundSource {
    let id = plant.clock.fresh_uuid();
    let new = NewSource { id, name: name.to_owned(), sealed_secret: vec![1, 2, 3] };
    plant.ledger.create_inbound_source(SYSTEM, new, None).await.unwrap()
}

async fn known(plant: &Plant, name: &str) -> Option<KnownSource> {
    plant.ledger.known_source(name.to_owned(), plant.clock.now()).await.unwrap()
}

/// What a message of the source asks for.
fn message(plant: &Plant, source: &KnownSource, id: &str, action: Action) -> Submission {
    let key = IdempotencyKey {
        key: format!("inbound:erp:{id}"),
        fingerprint: [u8::try_from(id.len()).unwrap(); 32],
        user: source.user.row,
    };
    Submission::single(Some(key), plant.command(action))
}

async fn a_source_is_made_disabled_and_removed(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    let made = make(&plant, "erp").await;
    assert_eq!((made.name.as_str(), made.taken, made.version), ("erp", 0, 1));
    let sender = known(&plant, "erp").await.unwrap();
    assert_eq!((sender.id, sender.user.name.as_str()), (made.id, "inbound:erp"));
    assert_eq!(sender.sealed_secrets, [vec![1, 2, 3]]);
    let twice =
        NewSource { id: plant.clock.fresh_uuid(), name: "erp".to_owned(), sealed_secret: vec![4] };
    let refusal = plant.ledger.create_inbound_source(SYSTEM, twice, None).await;
    assert_eq!(refused(&refusal.unwrap_err()), "already_exists");
    let switch = async |plant: &Plant, version, enabled| {
        plant.ledger.enable_inbound_source(SYSTEM, made.id, version, enabled, None).await
    };
    assert_eq!(refused(&switch(&plant, Some(9), false).await.unwrap_err()), "stale");
    let off = switch(&plant, Some(1), false).await.unwrap().value;
    assert!(off.disabled_at.is_some() && off.version == 2);
    assert!(known(&plant, "erp").await.is_none(), "nothing of it is taken");
    switch(&plant, Some(2), true).await.unwrap();
    plant.restart().await;
    assert!(known(&plant, "erp").await.is_some());
    plant.ledger.remove_inbound_source(SYSTEM, made.id, None).await.unwrap();
    assert!(known(&plant, "erp").await.is_none());
    assert!(plant.ledger.inbound_sources().await.unwrap().is_empty());
    assert_eq!(refused(&switch(&plant, None, true).await.unwrap_err()), "not_found");
    // Its name is free, and whoever has it next is somebody else.
    let next = make(&plant, "erp").await;
    let sender = known(&plant, "erp").await.unwrap();
    assert!(next.id != made.id && sender.user.name.as_str() == "inbound:erp #2");
}

async fn a_former_secret_counts_until_its_time(engine: Engine) {
    let plant = Plant::on(engine).await;
    let made = make(&plant, "erp").await;
    let rotate = async |secret: u8, until: Timestamp| {
        let rotated = RotatedSecret { sealed_secret: vec![secret], former_until: until };
        plant.ledger.rotate_inbound_secret(SYSTEM, made.id, rotated, None).await.unwrap()
    };
    let until = plant.clock.now().plus_micros(HOUR);
    let rotated = rotate(9, until).await;
    assert_eq!((rotated.former_until, rotated.version), (Some(until), 2));
    let secrets = async || known(&plant, "erp").await.unwrap().sealed_secrets;
    assert_eq!(secrets().await, [vec![9], vec![1, 2, 3]]);
    plant.clock.advance(HOUR);
    assert_eq!(secrets().await, [vec![9]], "its time is over");
    // Rotated again at once, the first one counts no more.
    rotate(10, plant.clock.now().plus_micros(HOUR)).await;
    rotate(11, plant.clock.now().plus_micros(HOUR)).await;
    assert_eq!(secrets().await, [vec![11], vec![10]]);
}

async fn a_message_has_one_effect_however_often_it_comes(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    let made = make(&plant, "erp").await;
    let sender = known(&plant, "erp").await.unwrap();
    let first = message(&plant, &sender, "msg_1", Action::Receive(receive("P-1", 5)));
    let booked = plant.ledger.take_message(sender.row, "msg_1".to_owned(), first.clone()).await;
    let booked = booked.unwrap();
    assert!(!booked.replayed);
    for restarted in [false, true] {
        if restarted {
            plant.restart().await;
        }
        let again = plant.ledger.take_message(sender.row, "msg_1".to_owned(), first.clone()).await;
        let again = again.unwrap();
        assert!(again.replayed && again.verdicts == booked.verdicts, "restarted: {restarted}");
    }
    let other = message(&plant, &sender, "msg_11", Action::Receive(receive("P-1", 7)));
    plant.ledger.take_message(sender.row, "msg_11".to_owned(), other).await.unwrap();
    let source = plant.ledger.inbound_source(made.id).await.unwrap().unwrap();
    assert_eq!(source.taken, 2);
    assert!(source.taken_at.is_some());
    assert_eq!(plant.on_hand(), pieces(12));
}

async fn a_message_whose_key_was_forgotten_is_not_taken_anew(engine: Engine) {
    let plant = Plant::on(engine).await;
    make(&plant, "erp").await;
    let sender = known(&plant, "erp").await.unwrap();
    let first = message(&plant, &sender, "msg_1", Action::Receive(receive("P-1", 5)));
    plant.ledger.take_message(sender.row, "msg_1".to_owned(), first.clone()).await.unwrap();
    plant.clock.advance(HOUR);
    plant.ledger.purge_keys(plant.clock.now()).await.unwrap();
    let again = plant.ledger.take_message(sender.row, "msg_1".to_owned(), first).await;
    assert_eq!(refused(&again.unwrap_err()), "already_exists");
    assert_eq!(plant.on_hand(), pieces(5));
}

async fn a_refused_message_leaves_nothing_and_may_come_again(engine: Engine) {
    let plant = Plant::on(engine).await;
    let made = make(&plant, "erp").await;
    let sender = known(&plant, "erp").await.unwrap();
    let lot = plant.lot_of(5).await;
    let much = message(&plant, &sender, "msg_1", take(&lot, 6));
    let refusal = plant.ledger.take_message(sender.row, "msg_1".to_owned(), much.clone()).await;
    assert_eq!(refused(&refusal.unwrap_err()), "insufficient_stock");
    plant.ledger.message_refused(sender.row, "msg_1: too few".to_owned()).await.unwrap();
    let source = plant.ledger.inbound_source(made.id).await.unwrap().unwrap();
    assert_eq!((source.taken, source.last_error.as_deref()), (0, Some("msg_1: too few")));
    assert!(source.refused_at.is_some());
    let fewer = message(&plant, &sender, "msg_1", take(&lot, 3));
    let taken = plant.ledger.take_message(sender.row, "msg_1".to_owned(), fewer).await.unwrap();
    assert!(!taken.replayed);
    assert_eq!(plant.on_hand(), pieces(2));
}

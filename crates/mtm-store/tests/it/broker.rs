//! Brokers: one position each, that only moves on, and what they refused.

use mtm_core::event::{Event, EventType};
use mtm_core::word::UserId;
use mtm_store::Clock;
use mtm_store::record::{BrokerKind, BrokerLetter, BrokerRecord, RefusedEvent, Told};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, refused, take};

contract!(
    a_broker_is_told_what_happens_from_the_moment_it_was_met,
    a_broker_that_is_away_waits_and_says_since_when,
    of_two_that_tell_a_broker_one_moves_it_on,
    what_a_broker_refused_is_kept_resent_and_dropped,
    events_are_kept_for_a_broker_as_long_as_a_server_has_it,
    a_broker_whose_events_are_gone_goes_on_and_the_world_is_told,
    what_a_broker_may_lose_is_kept_until_it_is_safe,
);

const SYSTEM: UserId = UserId(1);
const MQTT: BrokerKind = BrokerKind::Mqtt;
const DAY: i64 = 86_400 * 1_000_000;

async fn record(plant: &Plant) -> BrokerRecord {
    let brokers = plant.ledger.brokers().await.unwrap();
    brokers.into_iter().find(|broker| broker.kind == MQTT).unwrap()
}

/// What comes next for the broker.
async fn next(plant: &Plant) -> (u64, Vec<Event>) {
    let from = plant.ledger.broker_position(MQTT).await.unwrap().unwrap();
    (from, plant.ledger.events_after(from, Vec::new(), 100).await.unwrap())
}

fn told(from: u64, to: u64) -> Told {
    Told { from, to, published: to - from, ..Told::default() }
}

fn away(from: u64) -> Told {
    Told { from, to: from, error: Some("connection refused".to_owned()), ..Told::default() }
}

fn refusal(event: &Event) -> RefusedEvent {
    RefusedEvent {
        position: event.sequence,
        event: event.id.0,
        kind: event.kind.clone(),
        subject: event.subject.clone(),
        at: event.time,
        error: "it is too large".to_owned(),
        body: event.envelope("plant").to_string(),
    }
}

async fn a_broker_is_told_what_happens_from_the_moment_it_was_met(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    plant.lot_of(5).await;
    assert_eq!(plant.ledger.broker_position(MQTT).await.unwrap(), None);
    plant.ledger.meet_broker(MQTT).await.unwrap();
    assert_eq!(next(&plant).await.1, []);
    let lot = plant.lot_of(7).await;
    let (from, events) = next(&plant).await;
    assert!(events.iter().any(|event| event.subject == lot.as_str()));
    assert!(plant.ledger.broker_told(MQTT, told(from, from + 1)).await.unwrap());
    // Meeting it again changes nothing, also in another life of the program.
    plant.restart().await;
    plant.ledger.meet_broker(MQTT).await.unwrap();
    plant.ledger.meet_broker(BrokerKind::Nats).await.unwrap();
    let broker = record(&plant).await;
    assert_eq!((broker.position, broker.published), (from + 1, 1));
    assert_eq!(usize::try_from(broker.waiting).unwrap(), events.len() - 1);
    let kinds: Vec<_> =
        plant.ledger.brokers().await.unwrap().iter().map(|broker| broker.kind).collect();
    assert_eq!(kinds, BrokerKind::ALL);
}

async fn a_broker_that_is_away_waits_and_says_since_when(engine: Engine) {
    let plant = Plant::on(engine).await;
    plant.ledger.meet_broker(MQTT).await.unwrap();
    plant.lot_of(5).await;
    let (from, events) = next(&plant).await;
    let since = plant.clock.now();
    assert!(plant.ledger.broker_told(MQTT, away(from)).await.unwrap());
    let first = record(&plant).await.failing_since.unwrap();
    assert!(first >= since);
    for _ in 0..2 {
        plant.clock.advance(1_000_000);
        assert!(plant.ledger.broker_told(MQTT, away(from)).await.unwrap());
    }
    let broker = record(&plant).await;
    assert_eq!((broker.position, broker.attempts), (from, 3));
    assert_eq!(broker.failing_since, Some(first));
    assert_eq!(broker.last_error.as_deref(), Some("connection refused"));
    assert_eq!(broker.oldest_waiting, Some(events[0].time));
    let to = events.last().unwrap().sequence;
    assert!(plant.ledger.broker_told(MQTT, told(from, to)).await.unwrap());
    let broker = record(&plant).await;
    assert_eq!((broker.attempts, broker.failing_since, broker.last_error), (0, None, None));
    assert_eq!((broker.waiting, broker.oldest_waiting), (0, None));
    assert!(broker.published_at.is_some());
    // One that took something before it failed fails since then.
    plant.lot_of(6).await;
    let (from, _) = next(&plant).await;
    let partly = Told { error: Some("broken".to_owned()), ..told(from, from + 1) };
    assert!(plant.ledger.broker_told(MQTT, partly).await.unwrap());
    let broker = record(&plant).await;
    assert_eq!((broker.position, broker.attempts), (from + 1, 1));
    assert!(broker.failing_since.is_some());
}

async fn of_two_that_tell_a_broker_one_moves_it_on(engine: Engine) {
    let plant = Plant::on(engine).await;
    plant.ledger.meet_broker(MQTT).await.unwrap();
    plant.lot_of(5).await;
    let (from, events) = next(&plant).await;
    let both = Told { refused: vec![refusal(&events[0])], ..told(from, from + 1) };
    assert!(plant.ledger.broker_told(MQTT, both.clone()).await.unwrap());
    assert!(!plant.ledger.broker_told(MQTT, both).await.unwrap());
    assert!(!plant.ledger.broker_told(MQTT, away(from)).await.unwrap());
    let broker = record(&plant).await;
    assert_eq!((broker.position, broker.published, broker.dead), (from + 1, 1, 1));
    assert_eq!(broker.failing_since, None, "who came too late says nothing about it");
}

async fn what_a_broker_refused_is_kept_resent_and_dropped(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    ledger.meet_broker(MQTT).await.unwrap();
    let lot = plant.lot_of(5).await;
    plant.book(take(&lot, 5)).await.unwrap();
    let (from, events) = next(&plant).await;
    let to = from + 2;
    let said = Told {
        from,
        to,
        refused: vec![refusal(&events[0]), refusal(&events[1])],
        ..Told::default()
    };
    assert!(ledger.broker_told(MQTT, said).await.unwrap());
    let letters = ledger.broker_letters(10).await.unwrap();
    assert_eq!(letters.len(), 2);
    let BrokerLetter { id: first, event, ref body, .. } = letters[1];
    assert_eq!((event, body), (events[0].id.0, &events[0].envelope("plant").to_string()));
    assert_eq!(ledger.letters_to_resend(MQTT, 10).await.unwrap(), []);

    let resent = ledger.resend_broker_letter(SYSTEM, first, None).await.unwrap().value;
    assert!(resent.resend);
    assert_eq!(ledger.letters_to_resend(MQTT, 10).await.unwrap(), std::slice::from_ref(&resent));
    assert_eq!(ledger.letters_to_resend(BrokerKind::Nats, 10).await.unwrap(), []);
    ledger.letter_resent(first, Some("still too large".to_owned())).await.unwrap();
    assert_eq!(ledger.letters_to_resend(MQTT, 10).await.unwrap(), []);
    assert_eq!(ledger.broker_letters(10).await.unwrap()[1].error, "still too large");
    ledger.resend_broker_letter(SYSTEM, first, None).await.unwrap();
    ledger.letter_resent(first, None).await.unwrap();
    let broker = record(&plant).await;
    assert_eq!((broker.dead, broker.published), (1, 1));

    let second = letters[0].id;
    let drop = |reason: &str| ledger.drop_broker_letter(SYSTEM, second, reason.to_owned(), None);
    assert_eq!(refused(&drop(" ").await.unwrap_err()), "reason_required");
    assert_eq!(drop("told by hand").await.unwrap().value.id, second);
    assert_eq!(refused(&drop("again").await.unwrap_err()), "not_found");
    assert_eq!(ledger.broker_letters(10).await.unwrap(), []);
    ledger.newest_event().await.unwrap();
    let audited = "SELECT count(*) FROM audit
                   WHERE kind IN ('broker_letter.resent', 'broker_letter.dropped')";
    assert_eq!(plant.value(audited), "3");
}

async fn events_are_kept_for_a_broker_as_long_as_a_server_has_it(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    ledger.meet_broker(MQTT).await.unwrap();
    for pieces in 5..8 {
        plant.lot_of(pieces).await;
    }
    let (from, events) = next(&plant).await;
    assert!(ledger.broker_told(MQTT, told(from, from + 1)).await.unwrap());
    plant.clock.advance(31 * DAY);
    let oldest = plant.clock.now().plus_micros(-30 * DAY);
    // The plant was closed for a month; its server has the broker still.
    ledger.meet_broker(MQTT).await.unwrap();
    assert_eq!(ledger.purge_brokers(oldest).await.unwrap(), 0);
    ledger.purge_events(oldest).await.unwrap();
    assert_eq!(next(&plant).await.1, events[1..], "what it was not told stays");
    // A month later nobody has it any more.
    plant.clock.advance(31 * DAY);
    let oldest = plant.clock.now().plus_micros(-30 * DAY);
    assert!(ledger.purge_events(oldest).await.unwrap() > 0);
    assert_eq!(ledger.purge_brokers(oldest).await.unwrap(), 1);
    assert_eq!(ledger.broker_position(MQTT).await.unwrap(), None);
}

async fn a_broker_whose_events_are_gone_goes_on_and_the_world_is_told(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    ledger.meet_broker(MQTT).await.unwrap();
    assert_eq!(ledger.broker_skips_expired(MQTT).await.unwrap(), None);
    let from = next(&plant).await.0;
    plant.lot_of(5).await;
    plant.lot_of(6).await;
    let newest = ledger.newest_event().await.unwrap().unwrap();
    plant.clock.advance(31 * DAY);
    let oldest = plant.clock.now().plus_micros(-30 * DAY);
    ledger.purge_events(oldest).await.unwrap();
    let skipped = ledger.broker_skips_expired(MQTT).await.unwrap();
    assert_eq!(skipped, Some((from, newest - 1)));
    let (_, events) = next(&plant).await;
    assert_eq!(events.len(), 2, "the one that was kept, and what tells of the others");
    assert_eq!(events[1].kind, EventType::IntegrationChanged.as_str());
    assert_eq!(events[1].data["after"], from);
}

async fn what_a_broker_may_lose_is_kept_until_it_is_safe(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    plant.ledger.meet_broker(MQTT).await.unwrap();
    let safe = async |plant: &Plant| plant.ledger.broker_safe_position(MQTT).await.unwrap();
    for quantity in 1..=4 {
        plant.lot_of(quantity).await;
    }
    let (from, events) = next(&plant).await;
    let to = events.last().unwrap().sequence;
    assert_eq!(safe(&plant).await, Some(from), "nobody said anything: as far as it was told");
    let lately = Told { safe: Some(from + 1), ..told(from, to) };
    assert!(plant.ledger.broker_told(MQTT, lately).await.unwrap());
    // A failure says nothing about what is safe.
    assert!(plant.ledger.broker_told(MQTT, away(to)).await.unwrap());
    plant.restart().await;
    assert_eq!(safe(&plant).await, Some(from + 1));
    let broker = record(&plant).await;
    assert_eq!((broker.position, broker.waiting), (to, 0), "it was told all the same");
    // What it may have lost stays, whatever its age.
    plant.clock.advance(40 * DAY);
    plant.ledger.meet_broker(MQTT).await.unwrap();
    let old = plant.clock.now().plus_micros(-30 * DAY);
    plant.ledger.purge_events(old).await.unwrap();
    let kept = plant.ledger.events_after(from + 1, Vec::new(), 100).await.unwrap();
    assert_eq!(kept.first().map(|event| event.sequence), Some(from + 2));
    plant.ledger.broker_is_safe(MQTT, to, to).await.unwrap();
    assert_eq!(safe(&plant).await, Some(to));
    plant.ledger.purge_events(old).await.unwrap();
    assert!(plant.ledger.events_after(from + 1, Vec::new(), 100).await.is_err(), "it is gone");
    assert_eq!(safe(&plant).await, Some(to));
}

//! Webhooks: every event is laid out once for whom it concerns, sent in order, and never forgotten.

use mtm_core::event::EventType;
use mtm_core::word::{Timestamp, UserId};
use mtm_store::Clock;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::query::PageRequest;
use mtm_store::record::{
    ActiveWebhook, Attempt, DeliveryState, DisabledWhy, DueDelivery, NewWebhook, RotatedSecret,
    Verdict, WebhookChanges, WebhookRecord,
};
use uuid::Uuid;

use crate::engine::{Engine, contract};
use crate::plant::{Plant, actor, refused, take};

contract!(
    a_webhook_is_made_changed_and_removed,
    every_event_is_laid_out_once_for_whom_it_concerns,
    events_about_one_lot_wait_for_the_earlier_one,
    what_is_given_up_is_kept_edited_resent_and_dropped,
    a_webhook_that_fails_for_days_or_is_gone_is_disabled_and_the_world_is_told,
    only_what_webhooks_need_is_kept_for_them,
    a_webhook_has_two_secrets_while_one_is_changed,
);

const SYSTEM: UserId = UserId(1);
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

async fn make(plant: &Plant, name: &str, types: &[EventType]) -> WebhookRecord {
    let new = NewWebhook {
        id: plant.clock.fresh_uuid(),
        name: name.to_owned(),
        url: "https://erp.example/hook".to_owned(),
        types: types.to_vec(),
        sealed_secret: vec![1, 2, 3],
    };
    plant.ledger.create_webhook(SYSTEM, new, None).await.unwrap()
}

async fn active(plant: &Plant, id: Uuid) -> ActiveWebhook {
    let active = plant.ledger.active_webhooks().await.unwrap();
    active.into_iter().find(|it| it.id == id).unwrap()
}

async fn lay_out(plant: &Plant, id: Uuid) {
    let row = active(plant, id).await.row;
    while plant.ledger.lay_out(row).await.unwrap() {}
}

/// What is due at `now`, where earlier ones are waited for five minutes.
async fn due(plant: &Plant, id: Uuid, now: Timestamp) -> Vec<DueDelivery> {
    let row = active(plant, id).await.row;
    let held = now.plus_micros(-300 * SECOND);
    plant.ledger.due_deliveries(row, now, held, 64).await.unwrap()
}

async fn record(plant: &Plant, id: Uuid, now: Timestamp, attempts: Vec<Attempt>) {
    let webhook = active(plant, id).await;
    let given_up = now.plus_micros(-5 * DAY);
    plant.ledger.record_attempts(webhook, attempts, now, given_up).await.unwrap();
}

fn taken(delivery: &DueDelivery) -> Attempt {
    Attempt { delivery: delivery.id, status: Some(200), verdict: Verdict::Taken }
}

fn again(delivery: &DueDelivery, due: Timestamp) -> Attempt {
    let verdict = Verdict::Again { error: "HTTP 503: busy".to_owned(), due };
    Attempt { delivery: delivery.id, status: Some(503), verdict }
}

fn given_up(delivery: &DueDelivery) -> Attempt {
    let verdict = Verdict::Dead { error: "HTTP 400: no".to_owned(), body: "{\"a\":1}".to_owned() };
    Attempt { delivery: delivery.id, status: Some(400), verdict }
}

async fn a_webhook_is_made_changed_and_removed(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    let made = make(&plant, " ERP ", &[EventType::MovementRecorded]).await;
    assert_eq!((made.name.as_str(), made.version, made.behind), ("ERP", 1, 0));
    assert_eq!(made.types, ["movement.recorded"]);
    assert_eq!(ledger.webhooks().await.unwrap(), std::slice::from_ref(&made));
    let active = active(&plant, made.id).await;
    assert_eq!(active.sealed_secret, [1, 2, 3]);

    let edit = |version, changes| ledger.edit_webhook(SYSTEM, made.id, version, changes, None);
    let stale = edit(Some(7), WebhookChanges::default()).await.unwrap_err();
    assert_eq!(refused(&stale), "stale");
    let off = WebhookChanges { enabled: Some(false), ..WebhookChanges::default() };
    let disabled = edit(Some(1), off).await.unwrap().value;
    assert_eq!(disabled.disabled_why, Some(DisabledWhy::Person));
    assert!(ledger.active_webhooks().await.unwrap().is_empty());
    let changes = WebhookChanges {
        name: Some("MES".to_owned()),
        url: Some("https://mes.example/".to_owned()),
        types: Some(Vec::new()),
        enabled: Some(true),
    };
    let changed = edit(Some(2), changes).await.unwrap().value;
    assert_eq!((changed.name.as_str(), changed.types.len()), ("MES", 0));
    assert_eq!((changed.url.as_str(), changed.disabled_at), ("https://mes.example/", None));

    let other = make(&plant, "ERP", &[]).await;
    let taken = WebhookChanges { name: Some("ERP".to_owned()), ..WebhookChanges::default() };
    assert_eq!(refused(&edit(None, taken).await.unwrap_err()), "already_exists");
    ledger.remove_webhook(SYSTEM, other.id, None).await.unwrap();
    assert_eq!(ledger.webhook(other.id).await.unwrap(), None);
    let gone = ledger.remove_webhook(SYSTEM, other.id, None).await.unwrap_err();
    assert_eq!(refused(&gone), "not_found");
}

async fn every_event_is_laid_out_once_for_whom_it_concerns(engine: Engine) {
    let plant = Plant::on(engine).await;
    plant.lot_of(5).await;
    let movements = make(&plant, "movements", &[EventType::MovementRecorded]).await.id;
    let everything = make(&plant, "everything", &[]).await.id;
    let lot = plant.lot_of(7).await;
    plant.book(take(&lot, 7)).await.unwrap();
    let part = NewMaster::named(MasterNoun::Part, "P-9");
    plant.ledger.create_masters(vec![part], actor()).await.unwrap();
    let newest = plant.ledger.newest_event().await.unwrap().unwrap();
    assert!(plant.ledger.webhook(everything).await.unwrap().unwrap().behind >= 2);
    for _ in 0..2 {
        lay_out(&plant, movements).await;
        lay_out(&plant, everything).await;
    }
    let now = plant.clock.now();
    let first = due(&plant, movements, now).await;
    // The take waits for the receipt of the same lot.
    assert_eq!(first.len(), 1);
    let told = plant.ledger.events_at(vec![first[0].position]).await.unwrap();
    assert_eq!((told[0].id.0, told[0].kind.as_str()), (first[0].event, "movement.recorded"));
    assert_eq!(told[0].subject, lot.as_str());
    let all = |id| plant.ledger.deliveries(Some(id), None, PageRequest::default());
    let (movements, everything) = (all(movements).await.unwrap(), all(everything).await.unwrap());
    assert_eq!(movements.items.len(), 2, "what happened before it was made is not told");
    assert_eq!(everything.items[0].sequence, newest);
    assert_eq!(everything.items.iter().filter(|it| it.kind == "movement.recorded").count(), 2);
    assert!(everything.items.iter().any(|it| it.kind == "master.changed"));
    // A page at a time gives the same.
    let page = PageRequest { limit: 1, count: true, ..PageRequest::default() };
    let page = plant.ledger.deliveries(Some(movements.items[0].webhook), None, page).await.unwrap();
    assert_eq!((page.items.len(), page.total), (1, Some(2)));
    assert!(page.next_cursor.is_some());
}

async fn events_about_one_lot_wait_for_the_earlier_one(engine: Engine) {
    let plant = Plant::on(engine).await;
    let id = make(&plant, "hook", &[EventType::MovementRecorded]).await.id;
    let (one, two) = (plant.lot_of(5).await, plant.lot_of(6).await);
    plant.book(take(&one, 1)).await.unwrap();
    lay_out(&plant, id).await;
    let start = plant.clock.now();
    let subjects =
        |due: &[DueDelivery]| due.iter().map(|it| it.subject.clone()).collect::<Vec<_>>();
    let first = due(&plant, id, start).await;
    assert_eq!(subjects(&first), [one.as_str(), two.as_str()]);
    let later = start.plus_micros(600 * SECOND);
    record(&plant, id, start, vec![again(&first[0], later), taken(&first[1])]).await;
    // Nothing overtakes the receipt of the first lot,
    assert!(due(&plant, id, start.plus_micros(299 * SECOND)).await.is_empty());
    // for five minutes.
    let overtaking = due(&plant, id, start.plus_micros(301 * SECOND)).await;
    assert_eq!(overtaking.len(), 1);
    assert!(overtaking[0].position > first[0].position);
    record(&plant, id, later, vec![taken(&overtaking[0])]).await;
    let last = due(&plant, id, later).await;
    assert_eq!((last.len(), last[0].id, last[0].attempts), (1, first[0].id, 1));
    record(&plant, id, later, vec![taken(&last[0])]).await;
    let webhook = plant.ledger.webhook(id).await.unwrap().unwrap();
    assert_eq!((webhook.waiting, webhook.dead, webhook.failing_since), (0, 0, None));
    // Whoever writes down again what became of it changes nothing.
    record(&plant, id, later, vec![given_up(&last[0])]).await;
    let delivery = plant.ledger.delivery(last[0].id).await.unwrap().unwrap();
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Delivered, 2));
}

async fn what_is_given_up_is_kept_edited_resent_and_dropped(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    let id = make(&plant, "hook", &[EventType::MovementRecorded]).await.id;
    plant.lot_of(5).await;
    plant.lot_of(6).await;
    lay_out(&plant, id).await;
    let now = plant.clock.now();
    let letters = due(&plant, id, now).await;
    record(&plant, id, now, letters.iter().map(given_up).collect()).await;
    assert_eq!(ledger.webhook(id).await.unwrap().unwrap().dead, 2);
    let dead = Some(DeliveryState::Dead);
    let page = ledger.deliveries(None, dead, PageRequest::default()).await.unwrap();
    assert_eq!(page.items.len(), 2);
    assert_eq!(page.items[0].body.as_deref(), Some("{\"a\":1}"));
    let (first, second) = (letters[0].id, letters[1].id);

    let edit = |body: &str| ledger.edit_dead_letter(SYSTEM, first, body.to_owned(), None);
    assert_eq!(refused(&edit("no json").await.unwrap_err()), "invalid_body");
    assert_eq!(edit("{\"a\":2}").await.unwrap().value.body.as_deref(), Some("{\"a\":2}"));
    let resent = ledger.resend_delivery(SYSTEM, first, None).await.unwrap().value;
    assert_eq!((resent.state, resent.attempts), (DeliveryState::Waiting, 0));
    let again = due(&plant, id, plant.clock.now().plus_micros(SECOND)).await;
    assert_eq!((again.len(), again[0].body.as_deref()), (1, Some("{\"a\":2}")));
    assert_eq!(refused(&edit("{}").await.unwrap_err()), "not_found", "it is no dead letter now");

    let drop = |reason: &str| ledger.drop_dead_letter(SYSTEM, second, reason.to_owned(), None);
    assert_eq!(refused(&drop(" ").await.unwrap_err()), "reason_required");
    let dropped = drop("booked there by hand").await.unwrap().value;
    assert_eq!(dropped.state, DeliveryState::Dropped);
    assert_eq!(dropped.reason.as_deref(), Some("booked there by hand"));
    assert_eq!(ledger.webhook(id).await.unwrap().unwrap().dead, 0);
    let audited = "SELECT count(*) FROM audit
                   WHERE kind IN ('dead_letter.edited', 'delivery.resent', 'dead_letter.dropped')";
    ledger.newest_event().await.unwrap();
    assert_eq!(plant.value(audited), "3");
}

async fn a_webhook_that_fails_for_days_or_is_gone_is_disabled_and_the_world_is_told(
    engine: Engine,
) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    let id = make(&plant, "hook", &[EventType::MovementRecorded]).await.id;
    plant.lot_of(5).await;
    lay_out(&plant, id).await;
    let start = plant.clock.now();
    let fail = async |now: Timestamp| {
        let due = due(&plant, id, now).await;
        record(&plant, id, now, vec![again(&due[0], now)]).await;
        ledger.webhook(id).await.unwrap().unwrap()
    };
    assert_eq!(fail(start).await.failing_since, Some(start));
    let still = fail(start.plus_micros(5 * DAY)).await;
    assert_eq!((still.failing_since, still.disabled_at), (Some(start), None));
    assert_eq!(still.last_error.as_deref(), Some("HTTP 503: busy"));
    let disabled = fail(start.plus_micros(5 * DAY + 1)).await;
    assert_eq!(disabled.disabled_why, Some(DisabledWhy::Failing));
    assert_eq!(disabled.waiting, 1, "what waits goes on waiting");
    let told = ledger.events_after(0, vec![EventType::IntegrationChanged], 10).await.unwrap();
    assert_eq!((told.len(), told[0].subject.clone()), (1, id.to_string()));

    let on = WebhookChanges { enabled: Some(true), ..WebhookChanges::default() };
    let enabled = ledger.edit_webhook(SYSTEM, id, None, on, None).await.unwrap().value;
    assert_eq!((enabled.disabled_at, enabled.failing_since), (None, None));
    let due = due(&plant, id, plant.clock.now().plus_micros(SECOND)).await;
    assert_eq!(due[0].attempts, 0, "the schedule begins anew");
    let gone = Attempt { status: Some(410), ..again(&due[0], start) };
    record(&plant, id, plant.clock.now(), vec![gone]).await;
    let webhook = ledger.webhook(id).await.unwrap().unwrap();
    assert_eq!(webhook.disabled_why, Some(DisabledWhy::Gone));
}

async fn only_what_webhooks_need_is_kept_for_them(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    let needed = async || ledger.oldest_event_needed_by_webhooks().await.unwrap();
    assert_eq!(needed().await, None);
    plant.lot_of(5).await;
    let id = make(&plant, "hook", &[EventType::MovementRecorded]).await.id;
    let start = ledger.newest_event().await.unwrap().unwrap();
    assert_eq!(needed().await, Some(start + 1));
    plant.lot_of(6).await;
    lay_out(&plant, id).await;
    let now = plant.clock.now();
    let letters = due(&plant, id, now).await;
    assert_eq!(needed().await, Some(letters[0].position));
    record(&plant, id, now, vec![given_up(&letters[0])]).await;
    // That there is one now is told as well.
    lay_out(&plant, id).await;
    let newest = ledger.newest_event().await.unwrap().unwrap();
    assert_eq!(needed().await, Some(newest + 1), "a dead letter keeps its own body");
    let told = ledger.events_after(0, vec![EventType::IntegrationChanged], 10).await.unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].data["state"], "dead_letters");
    plant.lot_of(7).await;
    lay_out(&plant, id).await;
    let letters = due(&plant, id, now).await;
    record(&plant, id, now, vec![given_up(&letters[0])]).await;
    let told = ledger.events_after(0, vec![EventType::IntegrationChanged], 10).await.unwrap();
    assert_eq!(told.len(), 1, "one more is no news");
    let off = WebhookChanges { enabled: Some(false), ..WebhookChanges::default() };
    ledger.edit_webhook(SYSTEM, id, None, off, None).await.unwrap();
    assert_eq!(needed().await, None, "what is disabled keeps nothing");
}

async fn a_webhook_has_two_secrets_while_one_is_changed(engine: Engine) {
    let plant = Plant::on(engine).await;
    let made = make(&plant, "ERP", &[]).await;
    assert_eq!(active(&plant, made.id).await.former, None);
    let until = plant.clock.now().plus_micros(DAY);
    let rotated = RotatedSecret { sealed_secret: vec![9], former_until: until };
    let ledger = &plant.ledger;
    let record =
        ledger.rotate_webhook_secret(SYSTEM, made.id, rotated.clone(), None).await.unwrap();
    assert_eq!((record.version, record.former_until), (2, Some(until)));
    let both = active(&plant, made.id).await;
    assert_eq!(both.sealed_secret, [9]);
    assert_eq!(both.former, Some((vec![1, 2, 3], until)));
    ledger.remove_webhook(SYSTEM, made.id, None).await.unwrap();
    let gone = ledger.rotate_webhook_secret(SYSTEM, made.id, rotated, None).await.unwrap_err();
    assert_eq!(refused(&gone), "not_found");
    // A removed one keeps no secret at all.
    let kept = "SELECT length(secret) + coalesce(length(former), 0) FROM webhook";
    assert_eq!(plant.value(kept), "0");
}

//! Events on their way to real receivers.

use std::sync::Arc;
use std::time::Duration;

use mtm_app::relay::{Schedule, WebhookRelay};
use mtm_app::vault::Vault;
use mtm_app::webhook::{WebhookEdit, WebhookRequest};
use mtm_app::{App, Principal};
use mtm_connect::outgoing::{Client, Deadlines};
use mtm_connect::webhook::{Incoming, Secret, verify};
use mtm_core::code::Code;
use mtm_store::query::PageRequest;
use mtm_store::record::{DeliveryRecord, DeliveryState};
use mtm_store::{Ledger, OpenOptions};
use mtm_testkit::called::{Authority, CalledServer, Said};
use mtm_testkit::receiver::{Answer, Received};
use mtm_testkit::{Receiver, poll};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A plant whose events are relayed.
struct Relayed {
    app: App,
    admin: Principal,
    relay: WebhookRelay,
    running: JoinHandle<()>,
    directory: TempDir,
}

impl Relayed {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = OpenOptions { create: true, ..OpenOptions::default() };
        let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        Self::over(ledger, directory, "secrets.key").await
    }

    async fn over(ledger: Ledger, directory: TempDir, key: &str) -> Self {
        let deadlines = Deadlines { whole: Duration::from_secs(20), ..Deadlines::default() };
        let schedule = Schedule::of(vec![Duration::from_millis(5); 2]);
        Self::by(ledger, directory, key, (Client::new(deadlines).unwrap(), schedule)).await
    }

    /// By this client, tried again as the schedule says.
    async fn by(
        ledger: Ledger,
        directory: TempDir,
        key: &str,
        (client, schedule): (Client, Schedule),
    ) -> Self {
        let vault = Vault::open(&directory.path().join(key)).unwrap();
        let app = App::with_vault(ledger, vault).await.unwrap();
        let admin = app.local_principal("tester").await.unwrap();
        let relay = WebhookRelay::new(app.clone(), client, schedule);
        let running = tokio::spawn({
            let relay = relay.clone();
            async move { relay.run().await }
        });
        Self { app, admin, relay, running, directory }
    }

    /// Ends the relay, which waits for what is under way.
    async fn stop(self) -> (Ledger, TempDir) {
        self.relay.stop();
        self.running.await.unwrap();
        (self.app.ledger().clone(), self.directory)
    }

    async fn subscribe(&self, receiver: &Receiver) -> (uuid::Uuid, Secret) {
        self.subscribe_at(&receiver.url()).await
    }

    async fn subscribe_at(&self, url: &str) -> (uuid::Uuid, Secret) {
        let request = WebhookRequest {
            name: url.to_owned(),
            url: url.to_owned(),
            types: vec!["master.changed".to_owned()],
        };
        let (record, secret) = self.app.create_webhook(&self.admin, request, None).await.unwrap();
        (record.id, Secret::parse(&secret).unwrap())
    }

    /// Something that the world is told of.
    async fn happen(&self, part: &str) {
        let part = mtm_store::master::NewMaster::named(mtm_store::master::MasterNoun::Part, part);
        self.app.ledger().create_masters(vec![part], self.admin.actor()).await.unwrap();
    }
}

/// Waits for effects without keeping the relay from working.
async fn wait(receiver: &Arc<Receiver>, effects: usize) -> Vec<Received> {
    let receiver = Arc::clone(receiver);
    let waiting = move || receiver.wait_for(|it| it.len() >= effects).unwrap();
    tokio::task::spawn_blocking(waiting).await.unwrap()
}

fn receiver(script: impl Fn(&Received, usize) -> Answer + Send + Sync + 'static) -> Arc<Receiver> {
    Arc::new(Receiver::start(script).unwrap())
}

#[tokio::test]
async fn events_arrive_signed_and_once() {
    let plant = Relayed::start().await;
    plant.happen("BEFORE").await;
    let told = receiver(|_, _| Answer::Status(200));
    let (id, secret) = plant.subscribe(&told).await;
    for part in ["P-1", "P-2", "P-3"] {
        plant.happen(part).await;
    }
    let effects = wait(&told, 3).await;
    for it in &effects {
        let message = Incoming {
            id: &it.id,
            timestamp: &it.timestamp,
            signature: &it.signature,
            body: it.body.as_bytes(),
        };
        let now = it.timestamp.parse().unwrap();
        assert_eq!(verify(std::slice::from_ref(&secret), message, now), Ok(()));
        let event: serde_json::Value = serde_json::from_str(&it.body).unwrap();
        assert_eq!(
            (event["id"].as_str(), event["specversion"].as_str()),
            (Some(it.id.as_str()), Some("1.0"))
        );
        assert_eq!(event["type"], "mtm.master.changed.v1");
    }
    let (ledger, _directory) = plant.stop().await;
    let webhook = ledger.webhook(id).await.unwrap().unwrap();
    assert_eq!((webhook.waiting, webhook.dead, webhook.behind), (0, 0, 0));
    assert_eq!(told.received().len(), 3, "what happened before it was made is not told");
}

#[tokio::test]
async fn what_is_never_taken_is_a_dead_letter_that_can_be_edited_and_resent() {
    let plant = Relayed::start().await;
    let refusing = receiver(|request, _| {
        Answer::Status(if request.body == "{\"mended\":true}" { 200 } else { 422 })
    });
    let (id, _) = plant.subscribe(&refusing).await;
    plant.happen("P-1").await;
    let dead = async || {
        let state = Some(DeliveryState::Dead);
        let page = PageRequest::default();
        plant.app.ledger().deliveries(Some(id), state, page).await.unwrap().items
    };
    let mut news = plant.app.ledger().subscribe();
    while dead().await.is_empty() {
        // The relay writes; there is nothing that tells of it.
        let _ = tokio::time::timeout(Duration::from_millis(20), news.changed()).await;
    }
    let letter = dead().await.remove(0);
    assert_eq!((letter.attempts, letter.status), (3, Some(422)));
    assert_eq!(letter.error.as_deref(), Some("HTTP 422: ok"));
    let (app, admin) = (&plant.app, &plant.admin);
    app.edit_dead_letter(admin, letter.id, "{\"mended\":true}".to_owned(), None).await.unwrap();
    app.resend_delivery(admin, letter.id, None).await.unwrap();
    let effects = wait(&refusing, 1).await;
    assert_eq!(effects[0].id, letter.event.to_string(), "under the same identity");
    plant.stop().await;
}

#[tokio::test]
async fn while_a_secret_is_changed_requests_are_signed_with_both() {
    let plant = Relayed::start().await;
    let told = receiver(|_, _| Answer::Status(200));
    let (id, first) = plant.subscribe(&told).await;
    let rotate = async |hours: u64| {
        let keep = Duration::from_secs(hours * 3_600);
        let rotated = plant.app.rotate_webhook_secret(&plant.admin, id, keep, None).await;
        Secret::parse(&rotated.unwrap().1).unwrap()
    };
    let second = rotate(1).await;
    plant.happen("P-1").await;
    wait(&told, 1).await;
    let third = rotate(0).await;
    plant.happen("P-2").await;
    let effects = wait(&told, 2).await;
    let fits = |it: &Received, secret: &Secret| {
        let message = Incoming {
            id: &it.id,
            timestamp: &it.timestamp,
            signature: &it.signature,
            body: it.body.as_bytes(),
        };
        verify(std::slice::from_ref(secret), message, it.timestamp.parse().unwrap()).is_ok()
    };
    let of = |it: &Received| [&first, &second, &third].map(|secret| fits(it, secret));
    assert_eq!(of(&effects[0]), [true, true, false], "{}", effects[0].signature);
    assert_eq!(effects[0].signature.split(' ').count(), 2);
    assert_eq!(of(&effects[1]), [false, false, true], "{}", effects[1].signature);
    plant.stop().await;
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_is_given_it() {
    let plant = Relayed::start().await;
    let busy = receiver(|_, _| Answer::Later(503, 3_600));
    let (id, _) = plant.subscribe(&busy).await;
    let before = plant.app.clock().now();
    plant.happen("P-1").await;
    let waiting = async || {
        let page = PageRequest::default();
        plant.app.ledger().deliveries(Some(id), None, page).await.unwrap().items
    };
    let mut news = plant.app.ledger().subscribe();
    while waiting().await.first().is_none_or(|it| it.attempts == 0) {
        let _ = tokio::time::timeout(Duration::from_millis(20), news.changed()).await;
    }
    let delivery = waiting().await.remove(0);
    assert_eq!((delivery.state, delivery.status), (DeliveryState::Waiting, Some(503)));
    // Its schedule alone would have sent it again after some milliseconds.
    assert!(delivery.due_at.unwrap() >= before.plus_micros(3_600 * 1_000_000), "{delivery:?}");
    plant.stop().await;
    assert_eq!(busy.received().len(), 1);
}

#[tokio::test]
async fn a_receiver_whose_certificate_is_over_is_sent_nothing_and_told_all_when_it_has_another() {
    let (directory, authority) = (tempfile::tempdir().unwrap(), Authority::new().unwrap());
    let ca_file = directory.path().join("ca.pem");
    std::fs::write(&ca_file, authority.pem()).unwrap();
    let shown = |until| authority.server("localhost", (2020, until)).unwrap().serving().unwrap();
    let receiver = CalledServer::secure(shown(2021), |_| Said::json(200, &json!({}))).unwrap();
    let client = Client::trusting(Deadlines::default(), Some(&ca_file)).unwrap();
    let schedule = Schedule::of(vec![Duration::from_millis(100); 1_000]);
    let options = OpenOptions { create: true, ..OpenOptions::default() };
    let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
    let plant = Relayed::by(ledger, directory, "secrets.key", (client, schedule)).await;
    let (id, _) = plant.subscribe_at(&receiver.url()).await;
    plant.happen("P-1").await;
    let until = async |what: &str, so: fn(&DeliveryRecord) -> bool| {
        poll::eventually(what, Duration::from_secs(120), async || {
            let page = PageRequest::default();
            let items = plant.app.ledger().deliveries(Some(id), None, page).await?.items;
            Ok(items.into_iter().next().filter(so))
        })
        .await
        .unwrap()
    };
    let tried = until("a try", |it| it.attempts > 0).await;
    let why = tried.error.clone().unwrap_or_default();
    assert!(why.contains("certificate") && why.contains("expired"), "{tried:?}");
    assert_eq!((tried.state, receiver.asked().len()), (DeliveryState::Waiting, 0));
    receiver.present(shown(2090));
    until("the event told", |it| it.state == DeliveryState::Delivered).await;
    assert_eq!(receiver.asked().len(), 1);
    plant.stop().await;
}

#[tokio::test]
async fn a_silent_receiver_keeps_no_other_waiting() {
    let plant = Relayed::start().await;
    let silent = receiver(|_, _| Answer::Silence);
    let brisk = receiver(|_, _| Answer::Status(200));
    plant.subscribe(&silent).await;
    plant.subscribe(&brisk).await;
    for part in 0..20 {
        plant.happen(&format!("P-{part}")).await;
    }
    // The silent one's first request ends after twenty seconds.
    let quick = tokio::time::timeout(Duration::from_secs(15), wait(&brisk, 20)).await;
    assert_eq!(quick.expect("the brisk one waited").len(), 20);
    assert!(silent.effects().is_empty());
}

#[tokio::test]
async fn a_webhook_that_is_disabled_is_told_afterwards_and_a_removed_one_never() {
    let plant = Relayed::start().await;
    let told = receiver(|_, _| Answer::Status(200));
    let (id, _) = plant.subscribe(&told).await;
    let edit = |enabled| WebhookEdit { enabled: Some(enabled), ..WebhookEdit::default() };
    let (app, admin) = (&plant.app, &plant.admin);
    app.edit_webhook(admin, id, None, edit(false), None).await.unwrap();
    plant.happen("P-1").await;
    app.edit_webhook(admin, id, None, edit(true), None).await.unwrap();
    assert_eq!(wait(&told, 1).await.len(), 1);
    app.remove_webhook(admin, id, None).await.unwrap();
    plant.happen("P-2").await;
    let other = receiver(|_, _| Answer::Status(200));
    plant.subscribe(&other).await;
    plant.happen("P-3").await;
    wait(&other, 1).await;
    assert_eq!(told.received().len(), 1);
}

#[tokio::test]
async fn without_its_key_file_nothing_is_sent_and_nothing_lost() {
    let plant = Relayed::start().await;
    let told = receiver(|_, _| Answer::Status(200));
    let (id, _) = plant.subscribe(&told).await;
    let (ledger, directory) = plant.stop().await;
    let plant = Relayed::over(ledger, directory, "another.key").await;
    plant.happen("P-1").await;
    let webhook = async || plant.app.ledger().webhook(id).await.unwrap().unwrap();
    let mut news = plant.app.ledger().subscribe();
    while webhook().await.last_error.is_none() {
        let _ = tokio::time::timeout(Duration::from_millis(20), news.changed()).await;
    }
    let found = webhook().await;
    assert!(found.last_error.unwrap().contains("another key file"));
    assert_eq!((found.waiting, found.dead), (1, 0));
    let (ledger, directory) = plant.stop().await;
    let plant = Relayed::over(ledger, directory, "secrets.key").await;
    assert_eq!(wait(&told, 1).await.len(), 1);
    plant.stop().await;
}

#[tokio::test]
async fn only_administrators_make_webhooks_and_only_to_places_that_may_be_reached() {
    let plant = Relayed::start().await;
    let request = |url: &str, types: &[&str]| WebhookRequest {
        name: "hook".to_owned(),
        url: url.to_owned(),
        types: types.iter().map(|&name| name.to_owned()).collect(),
    };
    let lead = Principal { role: mtm_core::policy::Role::Lead, ..plant.admin.clone() };
    let make = async |who: &Principal, request| {
        plant.app.create_webhook(who, request, None).await.unwrap_err().code()
    };
    let fine = request("https://erp.example/", &[]);
    assert_eq!(make(&lead, fine).await, Code::Forbidden);
    for wrong in [
        request("http://169.254.169.254/latest", &[]),
        request("ftp://erp.example/", &[]),
        request("https://user:word@erp.example/", &[]),
        request("https://erp.example/", &["gift.given"]),
    ] {
        assert_eq!(make(&plant.admin, wrong).await, Code::InvalidBody);
    }
}

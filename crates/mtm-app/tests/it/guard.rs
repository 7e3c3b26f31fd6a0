//! Webhooks under their guards: by a clock that is told, and under load with a real receiver.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use mtm_app::guards::{Cause, Settings, State};
use mtm_app::integration::GuardView;
use mtm_app::relay::{Schedule, WebhookRelay};
use mtm_app::vault::Vault;
use mtm_app::webhook::WebhookRequest;
use mtm_app::{App, Principal};
use mtm_connect::outgoing::fake::Answer as Answers;
use mtm_connect::outgoing::{Client, Deadlines};
use mtm_core::code::Code;
use mtm_core::guard::Hold;
use mtm_core::policy::Role;
use mtm_core::word::Timestamp;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::query::PageRequest;
use mtm_store::record::{DeliveryRecord, DeliveryState};
use mtm_store::{Ledger, ManualClock, OpenOptions};
use mtm_testkit::receiver::{Answer, Received};
use mtm_testkit::{Receiver, poll};
use tempfile::TempDir;
use uuid::Uuid;

const SECOND: i64 = 1_000_000;
const SOON: Duration = Duration::from_secs(60);

/// A plant whose events go to one webhook.
struct Plant {
    app: App,
    admin: Principal,
    relay: WebhookRelay,
    webhook: Uuid,
    _directory: TempDir,
}

impl Plant {
    async fn new(options: OpenOptions, client: Client, schedule: Schedule, url: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = OpenOptions { create: true, ..options };
        let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        let vault = Vault::open(&directory.path().join("secrets.key")).unwrap();
        let app = App::with_vault(ledger, vault).await.unwrap();
        let admin = app.local_principal("tester").await.unwrap();
        let relay = WebhookRelay::new(app.clone(), client, schedule);
        let request = WebhookRequest {
            name: "ERP".to_owned(),
            url: url.to_owned(),
            types: vec!["master.changed".to_owned()],
        };
        let webhook = app.create_webhook(&admin, request, None).await.unwrap().0.id;
        Self { app, admin, relay, webhook, _directory: directory }
    }

    /// Things that the world is told of, each about another part.
    async fn happen(&self, from: usize, to: usize) {
        for part in from..to {
            let part = NewMaster::named(MasterNoun::Part, format!("P-{part}"));
            self.app.ledger().create_masters(vec![part], self.admin.actor()).await.unwrap();
        }
    }

    async fn settle(&self) {
        while self.relay.step().await.unwrap() {}
    }

    async fn deliveries(&self) -> Vec<DeliveryRecord> {
        let page = PageRequest { limit: 200, ..PageRequest::default() };
        self.app.ledger().deliveries(Some(self.webhook), None, page).await.unwrap().items
    }

    async fn guard(&self) -> GuardView {
        self.app.integrations().await.unwrap().remove(0).guard
    }

    async fn hold(&self, hold: Hold, reason: &str) {
        let held = self.app.hold_integration(&self.admin, "ERP", hold, reason.to_owned(), None);
        held.await.unwrap();
    }
}

/// A plant whose clock is told, and whose receiver is away as long as that is said.
async fn told() -> (Plant, Arc<ManualClock>, Arc<AtomicBool>, Arc<AtomicUsize>) {
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_796_000_000 * SECOND), 7));
    let (away, calls) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let client = Client::fake(Deadlines::default(), {
        let (away, calls) = (Arc::clone(&away), Arc::clone(&calls));
        move |_| {
            calls.fetch_add(1, Ordering::SeqCst);
            if away.load(Ordering::SeqCst) { Answers::Away } else { Answers::Status(200) }
        }
    });
    let options = OpenOptions { clock: clock.clone(), ..OpenOptions::default() };
    let plant = Plant::new(options, client, Schedule::default(), "http://erp.plant/").await;
    (plant, clock, away, calls)
}

#[tokio::test]
async fn one_that_is_away_is_tried_by_one_call_and_what_waits_pays_for_none() {
    let (plant, clock, away, calls) = told().await;
    plant.happen(0, 30).await;
    plant.settle().await;
    assert_eq!(calls.load(Ordering::SeqCst), 10, "enough to know");
    let tried = |it: &[DeliveryRecord]| it.iter().filter(|it| it.attempts > 0).count();
    let before = plant.deliveries().await;
    assert_eq!((before.len(), tried(&before)), (30, 10));
    let guard = plant.guard().await;
    assert_eq!((guard.state, guard.error_rate, guard.calls), (State::Open, 100, 10));
    assert_eq!(guard.in_flight, Some(0));
    let probe = guard.next_probe_at.unwrap();

    // guide: wait
    // Until the pause is over nothing is called, whatever happens, and nothing that waits changes.
    plant.happen(30, 40).await;
    clock.set(probe.plus_micros(-1));
    plant.settle().await;
    assert_eq!(calls.load(Ordering::SeqCst), 10);
    let during = plant.deliveries().await;
    assert_eq!((during.len(), tried(&during)), (40, 10));
    assert!(before.iter().all(|it| during.contains(it)), "their due times stay");
    // guide: end

    // Then one call, which fails; the pause is longer now.
    clock.set(probe);
    plant.settle().await;
    assert_eq!(calls.load(Ordering::SeqCst), 11);
    let guard = plant.guard().await;
    assert_eq!(guard.state, State::Open);
    let next = guard.next_probe_at.unwrap();
    assert!(next.micros() - probe.micros() > 7 * SECOND, "{next}");

    // It is back: one call sees it, and everything that is due goes.
    away.store(false, Ordering::SeqCst);
    plant.settle().await;
    assert_eq!(calls.load(Ordering::SeqCst), 11);
    clock.set(next);
    plant.settle().await;
    let delivered = plant.deliveries().await;
    let delivered = delivered.iter().filter(|it| it.state == DeliveryState::Delivered).count();
    assert_eq!(delivered, 40, "each failed once, and that is long enough ago");
    let guard = plant.guard().await;
    assert_eq!((guard.state, guard.next_probe_at), (State::Closed, None));
    let all = plant.deliveries().await;
    // No try was counted that was not made.
    let attempts: usize = all.iter().map(|it| usize::try_from(it.attempts).unwrap()).sum();
    assert_eq!(attempts, calls.load(Ordering::SeqCst));
}

#[tokio::test]
async fn somebody_who_pauses_it_is_obeyed_until_they_resume_it() {
    let (plant, clock, away, calls) = told().await;
    away.store(false, Ordering::SeqCst);
    plant.hold(Hold::Open, "year-end closing").await;
    plant.happen(0, 5).await;
    plant.settle().await;
    clock.advance(86_400 * SECOND);
    plant.settle().await;
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    let guard = plant.guard().await;
    assert_eq!((guard.state, guard.hold), (State::Open, Hold::Open));
    assert_eq!(guard.reason.as_deref(), Some("year-end closing"));
    assert_eq!(guard.next_probe_at, None);
    plant.hold(Hold::Automatic, "").await;
    plant.settle().await;
    assert_eq!(calls.load(Ordering::SeqCst), 5);
    assert_eq!(plant.guard().await.state, State::Closed);
    // And one who wants it called, whatever it answers.
    away.store(true, Ordering::SeqCst);
    plant.hold(Hold::Closed, "we look at it together").await;
    plant.happen(5, 45).await;
    plant.settle().await;
    assert_eq!(calls.load(Ordering::SeqCst), 45);
}

#[tokio::test]
async fn only_administrators_decide_with_a_reason_about_what_there_is() {
    let (plant, ..) = told().await;
    let (app, admin) = (&plant.app, &plant.admin);
    let decide = async |who: &Principal, name: &str, hold, reason: &str| {
        let held = app.hold_integration(who, name, hold, reason.to_owned(), None).await;
        held.map(|it| it.value.hold).map_err(|error| error.code())
    };
    let lead = Principal { role: Role::Lead, ..admin.clone() };
    assert_eq!(decide(&lead, "ERP", Hold::Open, "why").await, Err(Code::Forbidden));
    assert_eq!(decide(admin, "MES", Hold::Open, "why").await, Err(Code::NotFound));
    assert_eq!(decide(admin, "ERP", Hold::Open, " ").await, Err(Code::ReasonRequired));
    let id = plant.webhook.to_string();
    assert_eq!(decide(admin, &id, Hold::Open, "why").await, Ok(Hold::Open));
    app.ledger().meet_broker(mtm_store::record::BrokerKind::Mqtt).await.unwrap();
    assert_eq!(decide(admin, "mqtt", Hold::Closed, "why").await, Err(Code::InvalidBody));
    assert_eq!(decide(admin, "mqtt", Hold::Open, "why").await, Ok(Hold::Open));
}

#[tokio::test]
async fn a_real_receiver_that_fails_under_load_is_reached_by_probes_only_and_told_all_in_the_end() {
    let ill = Arc::new(AtomicBool::new(true));
    let receiver = Arc::new({
        let ill = Arc::clone(&ill);
        let moody =
            move |_: &Received, before: usize| match (ill.load(Ordering::SeqCst), before % 2) {
                (true, 0) => Answer::Status(503),
                (true, _) => Answer::HangUp,
                (false, _) => Answer::Status(200),
            };
        Receiver::start(moody).unwrap()
    });
    let client = Client::new(Deadlines::default()).unwrap();
    let schedule = Schedule::of(vec![Duration::from_millis(5); 200]);
    let plant = Plant::new(OpenOptions::default(), client, schedule, &receiver.url()).await;
    plant.app.guards().set(&Settings {
        pause: Duration::from_millis(40),
        longest_pause: Duration::from_millis(80),
        ..Settings::default()
    });
    let running = tokio::spawn({
        let relay = plant.relay.clone();
        async move { relay.run().await }
    });
    plant.happen(0, 80).await;
    let peer = plant.webhook.to_string();
    let probed = tokio::task::spawn_blocking({
        let app = plant.app.clone();
        move || {
            let enough = || Ok(app.guards().view(&peer).filter(|it| it.counts.opened >= 6));
            poll::until("probes", SOON, enough).unwrap()
        }
    });
    let view = probed.await.unwrap();
    let (failed, opened) = (view.counts.failed, view.counts.opened);
    // Ten to know it, as many as were under way in that moment, and one for each pause since.
    assert!(failed <= 10 + 8 + opened, "{failed} calls, opened {opened} times");
    assert!(view.counts.taken == 0 && view.counts.refused_by(Cause::Busy) == 0);
    ill.store(false, Ordering::SeqCst);
    let told = tokio::task::spawn_blocking({
        let receiver = Arc::clone(&receiver);
        move || receiver.wait_for(|it| it.len() >= 80).unwrap()
    });
    assert_eq!(told.await.unwrap().len(), 80);
    plant.relay.stop();
    running.await.unwrap();
    assert_eq!(plant.guard().await.state, State::Closed);
    let attempts: u64 = plant.deliveries().await.iter().map(|it| u64::from(it.attempts)).sum();
    assert!(receiver.received().len() as u64 <= attempts, "a call that nobody counted");
}

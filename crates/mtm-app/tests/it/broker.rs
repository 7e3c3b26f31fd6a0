//! Events on their way to a real broker.

use std::time::Duration;

use mtm_app::integration::{Integration, IntegrationState};
use mtm_app::relay::{BrokerRelay, Patience};
use mtm_app::{App, Principal};
use mtm_connect::broker::{Account, Address, Broker, Mqtt};
use mtm_core::code::Code;
use mtm_core::command::Patch;
use mtm_core::guard::Hold;
use mtm_core::policy::Role;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::{Ledger, OpenOptions};
use mtm_testkit::broker::Heard;
use mtm_testkit::{Mosquitto, poll};
use tempfile::TempDir;
use tokio::task::JoinHandle;

const SOON: Duration = Duration::from_secs(60);

struct Relayed {
    app: App,
    admin: Principal,
    relay: BrokerRelay,
    running: JoinHandle<()>,
    _directory: TempDir,
}

impl Relayed {
    async fn to(server: &Mosquitto) -> Self {
        Self::again_for(server, Duration::ZERO).await
    }

    /// What was acknowledged so lately is told again when the connection broke.
    async fn again_for(server: &Mosquitto, unsafe_for: Duration) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = OpenOptions { create: true, ..OpenOptions::default() };
        let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        Self::over(ledger, directory, server, unsafe_for).await
    }

    /// One whose rounds a test makes.
    async fn standing_still(server: &Mosquitto) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = OpenOptions { create: true, ..OpenOptions::default() };
        let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        Self::made(ledger, directory, server, Duration::ZERO).await
    }

    async fn over(
        ledger: Ledger,
        directory: TempDir,
        server: &Mosquitto,
        unsafe_for: Duration,
    ) -> Self {
        let made = Self::made(ledger, directory, server, unsafe_for).await;
        let relay = made.relay.clone();
        Self { running: tokio::spawn(async move { relay.run().await }), ..made }
    }

    async fn made(
        ledger: Ledger,
        directory: TempDir,
        server: &Mosquitto,
        unsafe_for: Duration,
    ) -> Self {
        let app = App::new(ledger).await.unwrap();
        let admin = app.local_principal("tester").await.unwrap();
        let address = Address::mqtt(&server.url()).unwrap();
        let broker = Mqtt::new(address, Account::default(), "mtm".to_owned(), "mtm/v1", "plant");
        let patience =
            Patience { first: Duration::from_millis(5), longest: Duration::from_millis(20) };
        let relay = BrokerRelay::new(app.clone(), Broker::Mqtt(broker), patience);
        let relay = relay.told_again_for(unsafe_for);
        relay.meet().await.unwrap();
        Self { app, admin, relay, running: tokio::spawn(async {}), _directory: directory }
    }

    /// Something that the world is told of, so long at least.
    async fn happen(&self, part: &str, length: usize) {
        let mut part = NewMaster::named(MasterNoun::Part, part);
        if length > 0 {
            part.attributes.description = Patch::Set("x".repeat(length));
        }
        self.app.ledger().create_masters(vec![part], self.admin.actor()).await.unwrap();
    }

    /// Waits until the broker stands so.
    async fn until(&self, what: &str, so: impl Fn(&Integration) -> bool) -> Integration {
        poll::eventually(what, SOON, async || {
            let it = self.app.integrations().await?.remove(0);
            Ok(so(&it).then_some(it))
        })
        .await
        .unwrap()
    }

    async fn stop(self) {
        self.relay.stop();
        self.running.await.unwrap();
    }
}

#[tokio::test]
async fn what_a_broker_refuses_for_good_is_a_dead_letter_and_the_rest_goes_on() {
    let server = Mosquitto::start_with("message_size_limit 700").unwrap();
    let Some(mut server) = server.or_skip("events by MQTT") else { return };
    let consumer = server.consumer("mtm/v1/plant/+").unwrap();
    let plant = Relayed::to(&server).await;
    plant.happen("P-1", 0).await;
    plant.happen("P-2", 200).await;
    plant.happen("P-3", 0).await;
    // Two parts, and that there is a dead letter.
    let settled = |it: &Integration| it.lag == 0 && it.published == Some(3);
    let told = plant.until("everything settled", settled).await;
    assert_eq!((told.state, told.dead), (IntegrationState::Well, 1), "{told:?}");
    let letter = plant.app.ledger().broker_letters(10).await.unwrap().remove(0);
    assert!(letter.error.contains("larger than its limit"), "{}", letter.error);
    let subjects: Vec<_> =
        consumer.effects().iter().map(|it| it.property("subject").unwrap().to_owned()).collect();
    assert_eq!(subjects, ["P-1", "P-3", "mqtt"]);

    let (app, admin) = (&plant.app, &plant.admin);
    let lead = Principal { role: Role::Lead, ..admin.clone() };
    let refused = app.resend_broker_letter(&lead, letter.id, None).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    server.restart_with("").unwrap();
    app.resend_broker_letter(admin, letter.id, None).await.unwrap();
    let told = plant.until("the letter taken", |it| it.dead == 0).await;
    assert_eq!(told.published, Some(4));
    let effects = tokio::task::spawn_blocking(move || consumer.wait_for(|it| it.len() == 4));
    let effects = effects.await.unwrap().unwrap();
    assert_eq!(effects[3].id(), letter.event.to_string(), "under its own id");
    plant.stop().await;
}

#[tokio::test]
async fn an_away_broker_is_told_of_and_waited_for() {
    let Some(mut server) = Mosquitto::start().unwrap().or_skip("events by MQTT") else { return };
    let consumer = server.consumer("mtm/v1/plant/+").unwrap();
    let plant = Relayed::to(&server).await;
    plant.happen("P-1", 0).await;
    plant.until("the first told", |it| it.published == Some(1)).await;
    server.terminate().unwrap();
    for part in 2..=700 {
        plant.happen(&format!("P-{part}"), 0).await;
    }
    let away = plant.until("being away", |it| it.state == IntegrationState::Failing).await;
    assert!(away.since.is_some() && away.last_error.is_some(), "{away:?}");
    server.restart().unwrap();
    let told = plant.until("everything told", |it| it.lag == 0).await;
    assert_eq!((told.state, told.published), (IntegrationState::Well, Some(700)));
    let effects = tokio::task::spawn_blocking(move || consumer.wait_for(|it| it.len() == 700));
    effects.await.unwrap().unwrap();
    plant.stop().await;
}

#[tokio::test]
async fn a_paused_broker_is_told_nothing_until_it_is_resumed() {
    let Some(server) = Mosquitto::start().unwrap().or_skip("events by MQTT") else { return };
    let consumer = server.consumer("mtm/v1/plant/+").unwrap();
    let plant = Relayed::standing_still(&server).await;
    let (app, admin) = (&plant.app, &plant.admin);
    let hold = async |hold, reason: &str| {
        app.hold_integration(admin, "mqtt", hold, reason.to_owned(), None).await.unwrap();
    };
    let stands = async || app.integrations().await.unwrap().remove(0);
    let mut standing = plant.relay.standing();
    plant.happen("P-1", 0).await;
    while plant.relay.step(&mut standing).await.unwrap() {}
    assert_eq!((stands().await.published, stands().await.lag), (Some(1), 0));
    hold(Hold::Open, "the broker moves").await;
    plant.happen("P-2", 0).await;
    assert!(!plant.relay.step(&mut standing).await.unwrap());
    let paused = stands().await;
    assert_eq!((paused.published, paused.guard.hold), (Some(1), Hold::Open), "{paused:?}");
    assert!(
        paused.lag > 0 && paused.guard.reason.as_deref() == Some("the broker moves"),
        "{paused:?}"
    );
    hold(Hold::Automatic, "").await;
    while plant.relay.step(&mut standing).await.unwrap() {}
    assert_eq!(stands().await.lag, 0);
    let told = |it: &[Heard]| it.iter().any(|it| it.property("subject") == Some("P-2"));
    let told = tokio::task::spawn_blocking(move || consumer.wait_for(told));
    told.await.unwrap().unwrap();
    plant.stop().await;
}

#[tokio::test]
async fn what_was_acknowledged_lately_is_told_again_when_the_connection_broke() {
    let Some(mut server) = Mosquitto::start().unwrap().or_skip("events by MQTT") else { return };
    let consumer = server.consumer("mtm/v1/plant/+").unwrap();
    let plant = Relayed::again_for(&server, Duration::from_secs(3_600)).await;
    for part in 1..=3 {
        plant.happen(&format!("P-{part}"), 0).await;
    }
    plant.until("everything told", |it| it.published == Some(3)).await;
    let connections = consumer.connections();
    server.terminate().unwrap();
    plant.until("being away", |it| it.state == IntegrationState::Failing).await;
    server.restart().unwrap();
    // First what may be lost, then what is new.
    plant.happen("P-4", 0).await;
    let told = plant.until("everything told", |it| it.lag == 0 && it.published == Some(4)).await;
    assert_eq!(told.dead, 0);
    let heard = tokio::task::spawn_blocking(move || {
        consumer.wait_connected(connections + 1).unwrap();
        consumer.wait_for(|it| it.len() == 4).unwrap();
        consumer.heard()
    });
    let heard: Vec<_> =
        heard.await.unwrap().iter().map(|it| it.property("subject").unwrap().to_owned()).collect();
    assert!(heard.len() >= 7, "nothing was told again: {heard:?}");
    let last = ["P-1", "P-2", "P-3", "P-4"].map(str::to_owned);
    assert_eq!(heard[heard.len() - 4..], last, "in their order");
    plant.stop().await;
}

#[tokio::test]
async fn what_was_refused_before_does_not_stop_telling_again() {
    let server = Mosquitto::start_with("message_size_limit 700").unwrap();
    let Some(mut server) = server.or_skip("events by MQTT") else { return };
    let plant = Relayed::again_for(&server, Duration::from_secs(3_600)).await;
    plant.happen("P-1", 0).await;
    plant.happen("P-2", 200).await;
    plant.happen("P-3", 0).await;
    let settled = |it: &Integration| it.lag == 0 && it.published == Some(3);
    plant.until("everything settled", settled).await;
    server.terminate().unwrap();
    plant.until("being away", |it| it.state == IntegrationState::Failing).await;
    // Another program, which does not remember the refusal, meets it while it tells again.
    let ledger = plant.app.ledger().clone();
    let Relayed { relay, running, _directory: directory, .. } = plant;
    relay.stop();
    running.await.unwrap();
    server.restart().unwrap();
    let plant = Relayed::over(ledger, directory, &server, Duration::from_secs(3_600)).await;
    plant.happen("P-4", 0).await;
    let told = plant.until("everything told", |it| it.lag == 0 && it.published == Some(4)).await;
    assert_eq!((told.state, told.dead), (IntegrationState::Well, 1), "{told:?}");
    plant.stop().await;
}

//! Brokers: the real ones and the one in memory keep the same promises, each in its own protocol.

use std::path::Path;
use std::time::Duration;

use mtm_connect::broker::fake::{Fake, Fate};
use mtm_connect::broker::{
    Account, Address, Broker, CONTENT_TYPE, Link, Message, Mqtt, Nats, NotTaken, Protocol,
};
use mtm_testkit::broker::{Consumer, Heard};
use mtm_testkit::called::{Authority, Certified};
use mtm_testkit::{Mosquitto, NatsServer};

const SITE: &str = "Werk 1";
const STREAM: &str = "mtm-test";

/// Runs a promise on every broker, each a test of its own.
macro_rules! promises {
    ($($name:ident),+ $(,)?) => {
        mod mqtt {
            $(#[tokio::test]
            async fn $name() {
                let suite = concat!("MQTT: ", stringify!($name));
                let Some(server) = mtm_testkit::Mosquitto::start().unwrap().or_skip(suite) else { return };
                super::$name(super::Peer::Mqtt(server)).await;
            })+
        }
        mod nats {
            $(#[tokio::test]
            async fn $name() {
                let suite = concat!("NATS: ", stringify!($name));
                let Some(server) = mtm_testkit::NatsServer::start().unwrap().or_skip(suite) else { return };
                super::$name(super::Peer::Nats(server)).await;
            })+
        }
        mod fake {
            $(#[tokio::test]
            async fn $name() {
                for protocol in [super::Protocol::Mqtt, super::Protocol::Nats] {
                    let fake = super::Fake::new(protocol, |_, _| super::Fate::Take);
                    super::$name(super::Peer::Fake(fake)).await;
                }
            })+
        }
    };
}

promises!(
    what_is_published_arrives_in_order_with_its_attributes,
    a_broker_that_goes_away_is_noticed_and_found_again,
    whoever_waits_for_nothing_keeps_the_connection,
);

/// A broker of any kind.
pub(crate) enum Peer {
    Mqtt(Mosquitto),
    Nats(NatsServer),
    Fake(Fake),
}

/// Whoever follows a broker.
enum Listener {
    Mqtt(Consumer),
    Nats(Consumer),
    Fake(Fake),
}

/// What a listener heard, as far as every broker says it.
struct Told {
    place: String,
    id: String,
    body: String,
    /// The attribute `subject`.
    subject: String,
}

impl Listener {
    /// Waits for so many messages, each id once.
    async fn hears(self, count: usize) -> Vec<Told> {
        let (consumer, attribute) = match self {
            Self::Mqtt(consumer) => (consumer, "subject"),
            Self::Nats(consumer) => (consumer, "ce-subject"),
            Self::Fake(fake) => return fake.heard().into_iter().map(Told::of_fake).collect(),
        };
        let waiting = move || consumer.wait_for(|effects| effects.len() >= count).unwrap();
        let heard = tokio::task::spawn_blocking(waiting).await.unwrap();
        heard.iter().map(|it| Told::of_real(it, attribute)).collect()
    }
}

impl Told {
    fn of_real(heard: &Heard, attribute: &str) -> Self {
        assert_eq!(heard.content_type, CONTENT_TYPE);
        Self {
            place: heard.place.clone(),
            id: heard.id().clone(),
            body: heard.body.clone(),
            subject: heard.property(attribute).unwrap().to_owned(),
        }
    }

    fn of_fake(heard: mtm_connect::broker::fake::Heard) -> Self {
        let mut attributes = heard.message.attributes.into_iter();
        let subject = attributes.find_map(|(name, value)| (name == "subject").then_some(value));
        Self {
            place: heard.place,
            id: heard.message.id,
            body: heard.message.body,
            subject: subject.unwrap(),
        }
    }
}

impl Peer {
    fn broker(&self) -> Broker {
        match self {
            Self::Mqtt(server) => mqtt(&server.url(), Account::default()),
            Self::Nats(server) => nats(&server.url(), Account::default()),
            Self::Fake(fake) => Broker::Fake(fake.clone()),
        }
    }

    fn listener(&self) -> Listener {
        match self {
            Self::Mqtt(server) => Listener::Mqtt(server.consumer("mtm/v1/#").unwrap()),
            Self::Nats(server) => Listener::Nats(server.consumer(STREAM).unwrap()),
            Self::Fake(fake) => Listener::Fake(fake.clone()),
        }
    }

    fn kill9(&mut self) {
        match self {
            Self::Mqtt(server) => server.kill9().unwrap(),
            Self::Nats(server) => server.kill9().unwrap(),
            Self::Fake(fake) => fake.go_away(),
        }
    }

    fn restart(&mut self) {
        match self {
            Self::Mqtt(server) => server.restart().unwrap(),
            Self::Nats(server) => server.restart().unwrap(),
            Self::Fake(fake) => fake.come_back(),
        }
    }
}

fn mqtt(url: &str, account: Account) -> Broker {
    let address = Address::mqtt(url).unwrap();
    Broker::Mqtt(Mqtt::new(address, account, "mtm-test".to_owned(), "mtm/v1", SITE))
}

fn nats(url: &str, account: Account) -> Broker {
    let address = Address::nats(url).unwrap();
    Broker::Nats(Nats::new(vec![address], account, None, STREAM.to_owned(), SITE))
}

fn message(n: usize, size: usize) -> Message {
    let id = format!("01936f2a-0000-7000-8000-{n:012}");
    let body = serde_json::json!({ "id": id, "data": "x".repeat(size) }).to_string();
    let attributes = vec![("id", id.clone()), ("subject", "Stück\n1".to_owned())];
    Message { id, kind: "movement.recorded".to_owned(), attributes, body }
}

async fn publish(link: &mut Link, messages: &[Message]) {
    let results = link.publish(messages).await;
    assert_eq!(results, vec![Ok(()); messages.len()]);
}

async fn what_is_published_arrives_in_order_with_its_attributes(peer: Peer) {
    let listener = peer.listener();
    let broker = peer.broker();
    let mut link = broker.open().await.unwrap();
    let messages: Vec<_> = (0..300).map(|n| message(n, 1_000)).collect();
    for some in messages.chunks(100) {
        publish(&mut link, some).await;
    }
    link.close().await;
    let heard = listener.hears(300).await;
    assert!(heard.iter().map(|it| &it.id).eq(messages.iter().map(|message| &message.id)));
    let first = &heard[0];
    assert_eq!(first.place, broker.place_of("movement.recorded"));
    assert_eq!(first.body, messages[0].body);
    assert_eq!(first.subject, "Stück 1");
    match peer {
        Peer::Mqtt(_) => assert_eq!(first.place, "mtm/v1/Werk-1/movement.recorded"),
        Peer::Nats(_) => assert_eq!(first.place, "mtm.Werk-1.movement.recorded"),
        Peer::Fake(_) => assert!(first.place.ends_with("movement.recorded")),
    }
}

async fn a_broker_that_goes_away_is_noticed_and_found_again(mut peer: Peer) {
    let broker = peer.broker();
    let mut link = broker.open().await.unwrap();
    publish(&mut link, &[message(1, 10)]).await;
    peer.kill9();
    let why = tokio::time::timeout(Duration::from_secs(30), link.rest()).await.unwrap();
    assert!(!why.is_empty());
    drop(link);
    assert!(broker.open().await.is_err());
    peer.restart();
    let mut link = broker.open().await.unwrap();
    publish(&mut link, &[message(2, 10)]).await;
    // And while it is told something: what was not answered is not said to be taken.
    peer.kill9();
    let results = link.publish(&[message(3, 10), message(4, 10)]).await;
    assert!(results.iter().all(|result| matches!(result, Err(NotTaken::Later(_)))), "{results:?}");
}

async fn whoever_waits_for_nothing_keeps_the_connection(peer: Peer) {
    let mut link = peer.broker().open().await.unwrap();
    let lost = tokio::time::timeout(Duration::from_millis(300), link.rest()).await;
    assert!(lost.is_err(), "{lost:?}");
    publish(&mut link, &[message(1, 10)]).await;
}

/// Sends something large between two small ones: it is refused for good, and they are taken.
async fn too_large(broker: &Broker) -> String {
    let mut link = broker.open().await.unwrap();
    publish(&mut link, &[message(1, 10)]).await;
    let results = link.publish(&[message(2, 5_000)]).await;
    let [Err(NotTaken::Refused(why))] = &results[..] else { panic!("{results:?}") };
    let mut link = broker.open().await.unwrap();
    publish(&mut link, &[message(3, 10)]).await;
    why.clone()
}

#[tokio::test]
async fn what_mosquitto_finds_too_large_is_refused_for_good() {
    // It says so in advance, and answers so.
    for lines in ["max_packet_size 2000", "message_size_limit 2000"] {
        let server = Mosquitto::start_with(lines).unwrap();
        let Some(server) = server.or_skip("MQTT: large messages") else { return };
        let why = too_large(&mqtt(&server.url(), Account::default())).await;
        assert!(why.contains("bytes") || why.contains("larger"), "{lines}: {why}");
    }
}

#[tokio::test]
async fn what_nats_finds_too_large_is_refused_for_good() {
    let server = NatsServer::start_with("max_payload: 2000\n").unwrap();
    let Some(server) = server.or_skip("NATS: large messages") else { return };
    let why = too_large(&nats(&server.url(), Account::default())).await;
    assert!(why.contains("max payload"), "{why}");

    let server = NatsServer::start().unwrap().or_skip("NATS: large messages").unwrap();
    let (url, broker) = (server.url(), nats(&server.url(), Account::default()));
    let made = tokio::task::spawn_blocking(move || {
        server.make_stream(STREAM, &["mtm.>"], 2_000).unwrap();
        server
    });
    let _server = made.await.unwrap();
    let why = too_large(&broker).await;
    assert!(why.contains("message size exceeds"), "{url}: {why}");
}

#[tokio::test]
async fn a_stream_is_made_bounded_and_a_foreign_one_left_alone() {
    let server = NatsServer::start().unwrap();
    let Some(server) = server.or_skip("NATS: streams") else { return };
    nats(&server.url(), Account::default()).open().await.unwrap();
    let server = tokio::task::spawn_blocking(move || {
        let (subjects, most) = server.stream(STREAM).unwrap();
        assert_eq!((subjects, most), (vec!["mtm.Werk-1.>".to_owned()], 5_000_000));
        server.make_stream("other", &["orders.>"], 0).unwrap();
        server
    });
    let server = server.await.unwrap();
    let address = Address::nats(&server.url()).unwrap();
    let foreign = Nats::new(vec![address], Account::default(), None, "other".to_owned(), SITE);
    let refused = Broker::Nats(foreign).open().await.unwrap_err().to_string();
    assert_eq!(refused, "the stream other takes orders.> and not mtm.Werk-1.>");
}

/// A certificate for `localhost` and its key, signed by itself.
fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// With the certificate and the password one comes in; without either one does not.
async fn guarded(broker: impl Fn(Account) -> Broker, certificate: &str) {
    let directory = tempfile::tempdir().unwrap();
    let ca_file = directory.path().join("ca.pem");
    std::fs::write(&ca_file, certificate).unwrap();
    let account =
        |password: &str, ca_file| Account { password: Some(password.to_owned()), ca_file };
    let mut link = broker(account("geheim", Some(ca_file.clone()))).open().await.unwrap();
    publish(&mut link, &[message(1, 10)]).await;
    let wrong = broker(account("falsch", Some(ca_file))).open().await.unwrap_err().to_string();
    assert!(wrong.to_lowercase().contains("authoriz") || wrong.contains("does not let"), "{wrong}");
    assert!(!wrong.contains("falsch"));
    let unknown = broker(account("geheim", None)).open().await.unwrap_err().to_string();
    assert!(unknown.to_lowercase().contains("certificate") || unknown.contains("TLS"), "{unknown}");
}

#[tokio::test]
async fn a_guarded_mosquitto_lets_in_who_is_known_over_tls() {
    let (certificate, key) = certificate();
    let server = Mosquitto::start_guarded(&certificate, &key, "mtm", "geheim").unwrap();
    let Some(server) = server.or_skip("MQTT: TLS") else { return };
    let url = server.url_for("mtm");
    guarded(|account| mqtt(&url, account), &certificate).await;
}

#[tokio::test]
async fn a_guarded_nats_server_lets_in_who_is_known_over_tls() {
    let (certificate, key) = certificate();
    let server = NatsServer::start_guarded(&certificate, &key, "mtm", "geheim").unwrap();
    let Some(server) = server.or_skip("NATS: TLS") else { return };
    let url = server.url_for("mtm");
    guarded(|account| nats(&url, account), &certificate).await;
}

/// A certificate for `localhost` that counts until the end of `year`, its key, and the file of whom to trust.
fn until(directory: &Path, year: i32) -> (Certified, Account) {
    let authority = Authority::new().unwrap();
    let ca_file = directory.join(format!("{year}.pem"));
    std::fs::write(&ca_file, authority.pem()).unwrap();
    let account = Account { password: Some("geheim".to_owned()), ca_file: Some(ca_file) };
    (authority.server("localhost", (2020, year)).unwrap(), account)
}

/// A broker under a certificate that is over is told nothing; under one that counts it is.
async fn over(opened: impl AsyncFn(Certified, Account) -> Option<Result<(), String>>) {
    let directory = tempfile::tempdir().unwrap();
    for year in [2090, 2021] {
        let (shown, account) = until(directory.path(), year);
        let Some(opened) = opened(shown, account).await else { return };
        match opened {
            Ok(()) => assert_eq!(year, 2090, "it came in"),
            Err(why) => {
                assert_eq!(year, 2021, "{why}");
                assert!(why.to_lowercase().contains("expired") && !why.contains("geheim"), "{why}");
            }
        }
    }
}

#[tokio::test]
async fn a_mosquitto_whose_certificate_is_over_is_told_nothing() {
    over(async |shown, account| {
        let server =
            Mosquitto::start_guarded(&shown.certificate, &shown.key, "mtm", "geheim").unwrap();
        let server = server.or_skip("MQTT: TLS")?;
        let opened = mqtt(&server.url_for("mtm"), account).open().await;
        Some(opened.map(drop).map_err(|error| error.to_string()))
    })
    .await;
}

#[tokio::test]
async fn a_nats_server_whose_certificate_is_over_is_told_nothing() {
    over(async |shown, account| {
        let server =
            NatsServer::start_guarded(&shown.certificate, &shown.key, "mtm", "geheim").unwrap();
        let server = server.or_skip("NATS: TLS")?;
        let opened = nats(&server.url_for("mtm"), account).open().await;
        Some(opened.map(drop).map_err(|error| error.to_string()))
    })
    .await;
}

//! Real brokers: both keep the same promises, each in its own protocol.

use std::time::Duration;

use mtm_connect::broker::{
    Account, Address, Broker, CONTENT_TYPE, Link, Message, Mqtt, Nats, NotTaken,
};
use mtm_testkit::broker::{Consumer, Heard};
use mtm_testkit::{Mosquitto, NatsServer};

const SITE: &str = "Werk 1";
const STREAM: &str = "mtm-test";

/// Runs a promise on both brokers, each a test of its own.
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
    };
}

promises!(
    what_is_published_arrives_in_order_with_its_attributes,
    a_broker_that_goes_away_is_noticed_and_found_again,
    whoever_waits_for_nothing_keeps_the_connection,
);

/// A server of either kind.
pub(crate) enum Peer {
    Mqtt(Mosquitto),
    Nats(NatsServer),
}

impl Peer {
    fn broker(&self) -> Broker {
        match self {
            Self::Mqtt(server) => mqtt(&server.url(), Account::default()),
            Self::Nats(server) => nats(&server.url(), Account::default()),
        }
    }

    fn consumer(&self) -> Consumer {
        match self {
            Self::Mqtt(server) => server.consumer("mtm/v1/#"),
            Self::Nats(server) => server.consumer(STREAM),
        }
        .unwrap()
    }

    fn kill9(&mut self) {
        match self {
            Self::Mqtt(server) => server.kill9(),
            Self::Nats(server) => server.kill9(),
        }
        .unwrap();
    }

    fn restart(&mut self) {
        match self {
            Self::Mqtt(server) => server.restart(),
            Self::Nats(server) => server.restart(),
        }
        .unwrap();
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
    let consumer = peer.consumer();
    let broker = peer.broker();
    let mut link = broker.open().await.unwrap();
    let messages: Vec<_> = (0..300).map(|n| message(n, 1_000)).collect();
    for some in messages.chunks(100) {
        publish(&mut link, some).await;
    }
    link.close().await;
    let heard = tokio::task::spawn_blocking(move || {
        consumer.wait_for(|effects| effects.len() >= 300).unwrap()
    });
    let heard = heard.await.unwrap();
    let ids: Vec<_> = heard.iter().map(Heard::id).collect();
    assert!(ids.iter().eq(messages.iter().map(|message| &message.id)));
    let first = &heard[0];
    assert_eq!(first.place, broker.place_of("movement.recorded"));
    assert_eq!(first.content_type, CONTENT_TYPE);
    assert_eq!(first.body, messages[0].body);
    match peer {
        Peer::Mqtt(_) => {
            assert_eq!(first.place, "mtm/v1/Werk-1/movement.recorded");
            assert_eq!(first.property("id"), Some(messages[0].id.as_str()));
            assert_eq!(first.property("subject"), Some("Stück 1"));
        }
        Peer::Nats(_) => {
            assert_eq!(first.place, "mtm.Werk-1.movement.recorded");
            assert_eq!(first.property("Nats-Msg-Id"), Some(messages[0].id.as_str()));
            assert_eq!(first.property("ce-subject"), Some("Stück 1"));
        }
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

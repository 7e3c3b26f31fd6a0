//! What a call does when the other side does not do as it should. The other side in memory keeps the
//! same promises as a real server.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mtm_connect::outgoing::fake::{self, Call};
use mtm_connect::outgoing::{CallError, Client, Deadlines, Reply, Target};
use mtm_testkit::Receiver;
use mtm_testkit::receiver::Answer;

/// What both sides shall do with the first call and the next ones.
type Script = fn(usize) -> fake::Answer;

/// What was asked, as far as both other sides tell it.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    id: String,
    body: String,
}

/// A client and the other side of its calls.
enum Side {
    Real(Receiver, Client),
    Memory(Arc<Mutex<Vec<Asked>>>, Client),
}

impl Side {
    fn real(script: Script, deadlines: Deadlines) -> Self {
        let told = move |_: &_, before| match script(before) {
            fake::Answer::Status(status) => Answer::Status(status),
            fake::Answer::Later(status, seconds) => Answer::Later(status, seconds),
            fake::Answer::Silence => Answer::Silence,
            fake::Answer::HangUp | fake::Answer::Away => Answer::HangUp,
        };
        Self::Real(Receiver::start(told).unwrap(), Client::new(deadlines).unwrap())
    }

    fn memory(script: Script, deadlines: Deadlines) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let calls = Arc::clone(&asked);
        let client = Client::fake(deadlines, move |call: &Call| {
            let mut calls = calls.lock().unwrap();
            let id = call.header("webhook-id").unwrap_or_default().to_owned();
            let body = String::from_utf8(call.body.clone()).unwrap();
            calls.push(Asked { id, body });
            script(calls.len() - 1)
        });
        Self::Memory(asked, client)
    }

    /// The real one and the one in memory.
    fn both(script: Script, deadlines: Deadlines) -> [Self; 2] {
        [Self::real(script, deadlines), Self::memory(script, deadlines)]
    }

    async fn post(&self) -> Result<Reply, CallError> {
        let (url, client) = match self {
            Self::Real(receiver, client) => (receiver.url(), client),
            Self::Memory(_, client) => ("http://erp.plant/hook".to_owned(), client),
        };
        let target = Target::parse(&url).unwrap();
        client.post(&target, &[("webhook-id", "evt_1")], b"{}".to_vec()).await
    }

    fn asked(&self) -> Vec<Asked> {
        match self {
            Self::Real(receiver, _) => {
                let asked =
                    |it: mtm_testkit::receiver::Received| Asked { id: it.id, body: it.body };
                receiver.received().into_iter().map(asked).collect()
            }
            Self::Memory(asked, _) => std::mem::take(&mut *asked.lock().unwrap()),
        }
    }
}

async fn post(url: &str, deadlines: Deadlines) -> Result<Reply, CallError> {
    let target = Target::parse(url).unwrap();
    let client = Client::new(deadlines).unwrap();
    client.post(&target, &[("webhook-id", "evt_1")], b"{}".to_vec()).await
}

#[tokio::test]
async fn an_answer_is_an_answer_whatever_it_says() {
    let script = |before| match before {
        0 => fake::Answer::Status(200),
        1 => fake::Answer::Status(503),
        _ => fake::Answer::Later(429, 7),
    };
    for side in Side::both(script, Deadlines::default()) {
        let reply = side.post().await.unwrap();
        assert_eq!((reply.is_success(), reply.excerpt.as_str()), (true, "ok"));
        let reply = side.post().await.unwrap();
        assert_eq!((reply.status, reply.is_success()), (503, false));
        let reply = side.post().await.unwrap();
        assert_eq!((reply.status, reply.retry_after), (429, Some(Duration::from_secs(7))));
        let asked = || Asked { id: "evt_1".to_owned(), body: "{}".to_owned() };
        assert_eq!(side.asked(), [asked(), asked(), asked()]);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Receiver::start(|_, _| Answer::Status(200)).unwrap();
    let place = other.url();
    let receiver = Receiver::start(move |_, _| Answer::Elsewhere(place.clone())).unwrap();
    let reply = post(&receiver.url(), Deadlines::default()).await.unwrap();
    assert_eq!((reply.status, reply.is_success()), (307, false));
    assert_eq!(other.received(), []);
}

#[tokio::test]
async fn a_silent_server_costs_no_more_than_the_deadline() {
    let deadlines = Deadlines { whole: Duration::from_millis(200), ..Deadlines::default() };
    for side in Side::both(|_| fake::Answer::Silence, deadlines) {
        assert_eq!(side.post().await.unwrap_err(), CallError::TimedOut(0));
        assert_eq!(side.asked().len(), 1, "it may have been received");
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_and_one_that_is_not_there_are_told_apart() {
    for side in Side::both(|_| fake::Answer::HangUp, Deadlines::default()) {
        let error = side.post().await.unwrap_err();
        assert!(matches!(error, CallError::Broken(_)), "{error}");
    }
    let nobody = Side::memory(|_| fake::Answer::Away, Deadlines::default());
    let error = nobody.post().await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable(_)), "{error}");
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = post(&format!("http://{free}/"), Deadlines::default()).await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable(_)), "{error}");
}

//! What a call does when the other side does not do as it should.

use std::time::Duration;

use mtm_connect::outgoing::{CallError, Client, Deadlines, Reply, Target};
use mtm_testkit::Receiver;
use mtm_testkit::receiver::Answer;

async fn post(url: &str, deadlines: Deadlines) -> Result<Reply, CallError> {
    let target = Target::parse(url).unwrap();
    let client = Client::new(deadlines).unwrap();
    client.post(&target, &[("webhook-id", "evt_1")], b"{}".to_vec()).await
}

#[tokio::test]
async fn an_answer_is_an_answer_whatever_it_says() {
    let receiver = Receiver::start(|_, before| Answer::Status([200, 503][before])).unwrap();
    let reply = post(&receiver.url(), Deadlines::default()).await.unwrap();
    assert_eq!((reply.is_success(), reply.excerpt.as_str()), (true, "ok"));
    let reply = post(&receiver.url(), Deadlines::default()).await.unwrap();
    assert_eq!((reply.status, reply.is_success()), (503, false));
    let received = &receiver.received()[0];
    assert_eq!((received.path.as_str(), received.body.as_str()), ("/hook", "{}"));
    assert_eq!(received.id, "evt_1");
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
    let receiver = Receiver::start(|_, _| Answer::Silence).unwrap();
    let deadlines = Deadlines { whole: Duration::from_millis(200), ..Deadlines::default() };
    let error = post(&receiver.url(), deadlines).await.unwrap_err();
    assert_eq!(error, CallError::TimedOut(0));
}

#[tokio::test]
async fn a_server_that_hangs_up_and_one_that_is_not_there_are_told_apart() {
    let receiver = Receiver::start(|_, _| Answer::HangUp).unwrap();
    let error = post(&receiver.url(), Deadlines::default()).await.unwrap_err();
    assert!(matches!(error, CallError::Broken(_)), "{error}");
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = post(&format!("http://{free}/"), Deadlines::default()).await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable(_)), "{error}");
}

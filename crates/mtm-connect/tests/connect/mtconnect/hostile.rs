//! What answers where an agent should, and is none, or means harm.

use std::time::Duration;

use mtm_connect::mtconnect::{Agent, Away, Settings};
use mtm_connect::outgoing::{CallError, Deadlines};

use super::canned::{Canned, Server, error, probe, streams};
use super::{next, settings};

/// Why an agent that answers so cannot be opened.
async fn refused(answer: Canned) -> Away {
    let server = Server::start(move |_| answer.clone()).await;
    let away = Agent::open(small(&server.url), None).await.unwrap_err();
    assert!(!away.code().is_empty() && !away.next_step().is_empty());
    away
}

fn small(url: &str) -> Settings {
    let mut settings = settings(url, &["n"]);
    settings.limits.document = 100_000;
    settings
}

#[tokio::test]
async fn what_is_no_agent_is_said_to_be_none() {
    let page = "<!DOCTYPE html>\n<html><body>Sign in</body></html>";
    let none = |what: &str| Away::NotMtconnect(what.to_owned());
    assert_eq!(refused(Canned::new(200, "text/html", page)).await, none("text/html"));
    assert_eq!(refused(Canned::new(200, "text/plain", "hello")).await, none("text/plain"));
    assert_eq!(refused(Canned::new(200, "application/json", "{}")).await, none("application/json"));
    assert_eq!(refused(Canned::xml("<Other><a/></Other>")).await, none("<Other>"));
    assert_eq!(refused(Canned::xml(streams(1, (1, 1, 1), &[]))).await.code(), "no_agent");
    for status in [302, 401, 404, 503] {
        assert_eq!(refused(Canned::new(status, "text/html", page)).await, Away::Refused(status));
        assert_eq!(refused(Canned::new(status, "text/xml", probe(1))).await, Away::Refused(status));
    }
    let said = refused(Canned::new(401, "text/xml", error("UNAUTHORIZED"))).await;
    assert_eq!(said, Away::Said { code: "UNAUTHORIZED".into(), words: "no".into() });
    let nobody = Agent::open(small("http://127.0.0.1:1"), None).await.unwrap_err();
    assert_eq!(nobody.code(), "unreachable");
}

#[tokio::test]
async fn what_is_too_large_or_dangerous_ends_at_its_bound() {
    let malformed = |words: &'static str| async move {
        let body =
            format!("<MTConnectDevices><Header instanceId=\"1\"/>{words}</MTConnectDevices>");
        refused(Canned::xml(body)).await
    };
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><MTConnectDevices>&b;</MTConnectDevices>";
    for away in [
        refused(Canned::xml(bomb)).await,
        malformed("&b;").await,
        refused(Canned::xml(format!("<MTConnectDevices>{}", "<a>".repeat(10_000)))).await,
        refused(Canned::xml(probe(1).trim_end_matches('>'))).await,
        refused(Canned::xml(b"<MTConnectDevices>\xff\xfe".to_vec())).await,
    ] {
        assert!(matches!(away, Away::Malformed { .. }), "{away:?}");
    }
    let large = Away::TooLarge(100_000);
    assert_eq!(refused(Canned::xml(" ".repeat(200_000))).await, large);
    assert_eq!(refused(Canned::xml(probe(1) + &" ".repeat(200_000))).await, large);
}

/// Why a stream of these bytes is not followed.
async fn torn(answer: Canned) -> Away {
    let server = Server::start(move |asked| match asked {
        "probe" => Canned::xml(probe(1)),
        it if it.contains("interval") => answer.clone(),
        _ => Canned::xml(streams(1, (1, 9, 10), &[])),
    })
    .await;
    let whole = Duration::from_millis(400);
    let deadlines = Deadlines { whole, ..Deadlines::default() };
    let settings = Settings { deadlines, ..small(&server.url) };
    let mut agent = Agent::open(settings, Some("1:10")).await.unwrap();
    next(&mut agent).await.unwrap();
    next(&mut agent).await.unwrap_err()
}

#[tokio::test]
async fn a_stream_that_is_none_is_not_followed() {
    let silent = Away::Silent(Duration::from_millis(500));
    let large = Away::TooLarge(100_000);
    assert_eq!(torn(Canned::stream("")).await, silent);
    assert_eq!(
        torn(Canned::stream("--cut\r\nContent-length: 50\r\n\r\n<MTConnectStreams>")).await,
        silent
    );
    assert_eq!(torn(Canned::parts(&vec!["  ".to_owned(); 50])).await, silent);
    assert_eq!(torn(Canned::stream("--cut\r\nContent-length: 100001\r\n\r\n")).await, large);
    assert_eq!(torn(Canned::stream(format!("--cut\r\n\r\n{}", "<a>".repeat(50_000)))).await, large);
    assert_eq!(torn(Canned::stream("x".repeat(20_000))).await.code(), "answer_unreadable");
    let nameless = Canned::new(200, "multipart/x-mixed-replace", "--cut");
    assert_eq!(torn(nameless).await.code(), "answer_unreadable");
    assert_eq!(
        torn(Canned::parts(&["<html/>".to_owned()])).await,
        Away::NotMtconnect("<html>".into())
    );
    assert_eq!(torn(Canned::parts(&[error("INTERNAL_ERROR")])).await.code(), "agent_error");
    assert_eq!(
        torn(Canned::new(503, "multipart/mixed;boundary=cut", "--cut")).await,
        Away::Refused(503)
    );
    // One document instead, longer than is taken.
    assert_eq!(torn(Canned::xml(" ".repeat(200_000))).await, large);
    // One document instead that does not end.
    let endless = Canned::stream("<MTConnectStreams>").of_type("text/xml");
    assert_eq!(torn(endless).await, Away::Call(CallError::TimedOut(0)));
}

//! Systems that answer as they should not: nothing is believed that is not what the mapping says.

use std::time::Duration;

use mtm_connect::credential::Settings as Auth;
use mtm_connect::outgoing::{CallError, TlsFault};
use mtm_connect::peer::{CallFailed, Settings};
use mtm_connect::rest::{Connector, Found, Mapping, Posted, Posting};
use mtm_testkit::called::{Asked, Authority, CalledServer, Said};
use serde_json::{Value, json};

use super::{find, post, posting, receipt};
use crate::peers::certificates::trusting;
use crate::peers::{file, peer, settings};

const SECRET: &str = "k3y-that-nobody-says";

const MAP: &str = r#"
[answer]
document = "/document"
code = "/code"
detail = ["/detail", "/errors"]
[answer.test]
"/ok" = true
[paging]
kind = "cursor"
size = 2
size_parameter = "n"
position_parameter = "at"
next = "/next"
most_pages = 4
[postings.receipt]
path = "moves/{lookups.part}"
[postings.receipt.body]
part = "{lookups.part}"
[lookups.part]
path = "parts"
items = "/items"
where = { "/code" = "{part}" }
value = "/id"
[[find]]
path = "moves"
items = "/items"
where = { "/key" = "{movement}" }
document = "/document"
"#;

struct System {
    connector: Connector,
    server: CalledServer,
    _directory: tempfile::TempDir,
}

/// A system that knows the part, and answers postings so.
fn posts(answer: impl Fn() -> Said + Send + Sync + 'static) -> System {
    system(move |asked| {
        if asked.method == "POST" { answer() } else { parts(&json!([{ "code": "P-1", "id": 7 }])) }
    })
}

fn parts(items: &Value) -> Said {
    Said::json(200, &json!({ "items": items, "next": null }))
}

fn system(answer: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> System {
    let directory = tempfile::tempdir().unwrap();
    let secret = file(directory.path(), "key", SECRET);
    let auth =
        Auth::ApiKey { header: "authorization".into(), prefix: Some("Token".into()), secret };
    let server = CalledServer::start(answer).unwrap();
    let deadline = Duration::from_millis(1_500);
    let peer = peer(Settings { deadline, ..settings(&server.url(), auth) });
    let mapping = Mapping::parse(MAP).unwrap_or_else(|faults| panic!("{faults:#?}"));
    System { connector: Connector::new(peer, mapping.into()), server, _directory: directory }
}

async fn told(answer: impl Fn() -> Said + Send + Sync + 'static) -> Posted {
    post(&posts(answer).connector, &receipt(1, "A")).await
}

#[tokio::test]
async fn only_a_success_that_passes_the_test_is_one() {
    let yes = || Said::json(200, &json!({ "ok": true, "document": "D-1" }));
    assert_eq!(told(yes).await, Posted::Accepted { document: Some("D-1".into()) });
    let number = || Said::json(201, &json!({ "ok": true, "document": 17 }));
    assert_eq!(told(number).await, Posted::Accepted { document: Some("17".into()) });
    for odd in [
        json!({ "document": "D-1" }),
        json!({ "ok": "true", "document": "D-1" }),
        json!({ "ok": true }),
        json!({ "ok": true, "document": ["D-1"] }),
        json!({ "ok": true, "document": "D".repeat(500) }),
        json!({ "ok": true, "document": "D\u{1b}[31m" }),
        json!({ "ok": true, "document": format!("D-{SECRET}") }),
        json!([]),
    ] {
        let shown = odd.to_string();
        let posted = told(move || Said::json(200, &odd)).await;
        assert!(matches!(posted, Posted::Unknown { .. }), "{shown}: {posted:?}");
    }
    let page = told(|| Said::of("text/html", 200, b"<html>sign in</html>".to_vec())).await;
    assert!(matches!(page, Posted::Unknown { .. }), "{page:?}");
    let elsewhere = told(|| Said::Whole(303, vec![("location", "/x".into())], Vec::new())).await;
    assert!(matches!(elsewhere, Posted::Unknown { .. }), "{elsewhere:?}");
}

#[tokio::test]
async fn answers_that_never_come_or_never_end_are_unknown() {
    for said in [Said::Silence, Said::Drip, Said::HangUp, Said::Endless] {
        let shown = format!("{said:?}");
        let posted = told(move || said.clone()).await;
        assert!(matches!(posted, Posted::Unknown { .. }), "{shown}: {posted:?}");
    }
}

#[tokio::test]
async fn the_words_of_a_no_are_bounded_and_hold_no_secret() {
    let posted = told(|| {
        let detail =
            format!("no\r\n\u{1b}[31m such \u{202e}key: Token {SECRET} {}", "x".repeat(9_000));
        Said::json(422, &json!({ "code": format!("E-{SECRET}"), "detail": detail }))
    })
    .await;
    let Posted::Refused { status: 422, code, detail: Some(detail) } = posted else {
        panic!("{posted:?}")
    };
    assert_eq!(code, None);
    assert!(detail.starts_with("no [31m such key: Token … xxx"), "{detail}");
    assert!(detail.chars().count() <= 300 && !detail.contains(SECRET));
    let by_member =
        told(|| Said::json(400, &json!({ "errors": { "part": ["is unknown", "or gone"] } })));
    let Posted::Refused { detail, .. } = by_member.await else { panic!() };
    assert_eq!(detail.as_deref(), Some("part: is unknown; or gone"));
    let bare = told(|| Said::of("text/plain", 409, b"\xff\xfe".to_vec())).await;
    assert_eq!(bare, Posted::Refused { status: 409, code: None, detail: None });
}

#[tokio::test]
async fn a_system_that_is_away_took_nothing() {
    let System { connector, server, _directory } = posts(|| Said::Silence);
    drop(server);
    let posted = post(&connector, &receipt(1, "A")).await;
    assert!(matches!(posted, Posted::NotNow { .. }), "{posted:?}");
}

#[tokio::test]
async fn a_system_whose_certificate_is_over_took_nothing() {
    let (directory, authority) = (tempfile::tempdir().unwrap(), Authority::new().unwrap());
    let shown = |until| authority.server("localhost", (2020, until)).unwrap().serving().unwrap();
    let server = CalledServer::secure(shown(2021), |asked| match &*asked.method {
        "POST" => Said::json(200, &json!({ "ok": true, "document": "D-1" })),
        _ => parts(&json!([{ "code": "P-1", "id": 7 }])),
    })
    .unwrap();
    let connector = || {
        let peer = peer(trusting(&server, &directory, authority.pem()));
        Connector::new(peer, Mapping::parse(MAP).unwrap().into())
    };
    let posted = post(&connector(), &receipt(1, "A")).await;
    let Posted::NotNow { failed: CallFailed::Call(CallError::Tls(fault)), .. } = &posted else {
        panic!("{posted:?}")
    };
    assert_eq!((fault, server.asked().len()), (&TlsFault::Expired, 0));
    server.present(shown(2090));
    let posted = post(&connector(), &receipt(1, "A")).await;
    assert_eq!(posted, Posted::Accepted { document: Some("D-1".into()) });
}

#[tokio::test]
async fn look_ups_name_one_thing_or_nothing_is_sent() {
    let ask = async |items: Value| {
        let system = system(move |_| parts(&items));
        let posted = post(&system.connector, &receipt(1, "A")).await;
        assert!(system.server.asked().iter().all(|asked| asked.method == "GET"));
        posted
    };
    let code = async |items: Value| match ask(items).await {
        Posted::Refused { status: 0, code: Some(code), .. } => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(json!([])).await, "not_found_there");
    assert_eq!(code(json!([{ "code": "p-1", "id": 7 }, { "id": 8 }, 5])).await, "not_found_there");
    let two = json!([{ "code": "P-1", "id": 7 }, { "code": "P-1", "id": 8 }]);
    assert_eq!(code(two).await, "several_there");
    for odd in [json!({ "code": "P-1" }), json!({ "code": "P-1", "id": {} })] {
        let posted = ask(json!([odd])).await;
        assert!(matches!(posted, Posted::NotNow { .. }), "{posted:?}");
    }
    // The same twice is one.
    let same = json!([{ "code": "P-1", "id": 7 }, { "code": "P-1", "id": 7 }]);
    let system = system(move |asked| match &*asked.method {
        "POST" => Said::json(200, &json!({ "ok": true, "document": asked.path })),
        _ => parts(&same),
    });
    let posted = post(&system.connector, &receipt(1, "A")).await;
    assert_eq!(posted, Posted::Accepted { document: Some("/moves/7".into()) });
}

#[tokio::test]
async fn a_search_without_an_end_is_given_up() {
    let system = system(|_| Said::json(200, &json!({ "items": [{ "key": "x" }], "next": "1" })));
    let found = find(&system.connector, &receipt(1, "A")).await;
    assert_eq!(found, Found::CannotTell, "a page that leads back to itself");
    let count = std::sync::atomic::AtomicU64::new(0);
    let endless = self::system(move |_| {
        let next = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Said::json(200, &json!({ "items": [{ "key": "x" }], "next": next.to_string() }))
    });
    assert_eq!(find(&endless.connector, &receipt(1, "A")).await, Found::CannotTell);
    assert_eq!(endless.server.asked().len(), 4, "as many pages as may be");
}

#[tokio::test]
async fn a_posting_that_somebody_edited_is_judged_before_it_is_sent() {
    let system = posts(|| Said::json(200, &json!({ "ok": true, "document": "D-1" })));
    let good = posting(&system.connector, &receipt(1, "A"));
    let refused = async |posting: Posting| {
        let posted = system.connector.post(&posting, &good.key).await;
        matches!(posted, Posted::Refused { status: 0, code: Some(code), .. } if code == "posting_unusable")
    };
    assert!(refused(Posting { key: "another".into(), ..good.clone() }).await);
    assert!(refused(Posting { method: "GET".into(), ..good.clone() }).await);
    assert!(refused(Posting { path: "x/{lookups.nothing}".into(), ..good.clone() }).await);
    let mut circle = good.clone();
    circle.lookups.get_mut("part").unwrap().path = "x/{lookups.part}".into();
    assert!(refused(circle).await);
    assert!(system.server.asked().iter().all(|asked| asked.method == "GET"));
    let away = Posting { path: "../../admin".into(), ..good.clone() };
    let posted = system.connector.post(&away, &good.key).await;
    assert!(matches!(posted, Posted::NotNow { .. } | Posted::Accepted { .. }), "{posted:?}");
    assert!(system.server.asked().iter().all(|asked| asked.path.starts_with('/')));
    let by_hand = Posting { body: json!({ "part": 9 }), path: "moves/9".into(), ..good.clone() };
    let posted = system.connector.post(&by_hand, &good.key).await;
    assert_eq!(posted, Posted::Accepted { document: Some("D-1".into()) });
}

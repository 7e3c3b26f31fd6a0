//! A posting that may be there already: it is looked up, by a program that is started anew as well, and what cannot
//! be looked up is left to somebody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mtm_app::peers::Settings as PeerSettings;
use mtm_app::sync::{Class, FlowRelay, Mode, State};
use mtm_connect::credential::Settings as Auth;
use mtm_connect::rest::Ready;
use mtm_connect::secret::Reference;
use mtm_testkit::called::{CalledServer, Said};
use mtm_testkit::{poll, sqlite};
use serde_json::json;

use crate::told::{MINUTE, Told, peer};

const SOON: Duration = Duration::from_secs(60);

/// The lab's ERP, as one that does not know keys.
fn without_keys() -> String {
    let text = Ready::named("mock-erp").unwrap().text;
    let (with, without) = ("honoured = true", "honoured = false");
    assert!(text.contains(with));
    text.replace(with, without)
}

/// A plant whose program was killed while a posting was on its way.
async fn killed(mapping: &str) -> Told {
    let told = Told::start().await;
    told.use_mapping(mapping, Class::ALL.to_vec());
    told.mode(Mode::Automatic, None).await;
    told.faults(&json!([
        {"path": "/erp/api/v1/transactions", "method": "POST", "fault": {"kind": "delay", "ms": 600_000}},
    ]));
    told.receive("P-1", "A-1", 5).await.unwrap();
    let relay = told.relay.clone();
    let sending = tokio::spawn(async move { while relay.step().await.unwrap() {} });
    poll::eventually("a posting on its way", SOON, async || {
        Ok((told.states().await == [State::Sending]).then_some(()))
    })
    .await
    .unwrap();
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    told.well_again();
    told
}

/// The time that a system without keys is given, after which a posting is looked up, also holds after a restart; one that
/// knows keys is asked at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_started_anew_gives_a_system_the_same_time() {
    let known = Ready::named("mock-erp").unwrap().text.to_owned();
    for (mapping, minutes) in [(without_keys(), 2), (known, 0)] {
        let told = killed(&mapping).await;
        let sent = told.postings().await[0].tried_at.unwrap();
        // The ledger's own moments are a little ahead of a clock that stands still.
        told.clock.advance(1_000);
        let again = FlowRelay::new(told.app.clone());
        let running = tokio::spawn({
            let again = again.clone();
            async move { again.run().await }
        });
        let due = sent.plus_micros(minutes * MINUTE);
        let (what, enough) = match minutes {
            0 => ("it is asked", State::Posted),
            _ => ("it is given time", State::Sending),
        };
        poll::eventually(what, SOON, async || {
            let row = told.postings().await.remove(0);
            let so = row.state == enough && (minutes == 0 || row.due_at == Some(due));
            Ok(so.then_some(()))
        })
        .await
        .unwrap();
        again.stop();
        running.await.unwrap();
        told.clock.advance(minutes * MINUTE);
        told.step().await;
        assert_eq!(told.states().await, [State::Posted], "{what}");
        assert_eq!(told.ledger_there().len(), 1, "{what}");
    }
}

/// A posting that may be there, and of which nobody can make the question any more, is left to somebody and never
/// sent again.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_there_and_cannot_be_looked_up_any_more_is_left_to_somebody() {
    let told = Told::start().await;
    told.mode(Mode::Automatic, None).await;
    told.faults(&json!([
        {"path": "/erp/api/v1/transactions", "method": "POST", "times": 1, "fault": {"kind": "lost_answer"}},
        {"path": "/erp", "method": "GET", "fault": {"kind": "cut"}},
    ]));
    told.receive("P-1", "A-1", 5).await.unwrap();
    told.step().await;
    assert_eq!(told.states().await, [State::Unknown]);
    let file = told.app.ledger().path().unwrap().to_owned();
    sqlite::execute(&file, "UPDATE flow_posting SET request = '{'").unwrap();
    told.well_again();
    told.clock.advance(60 * MINUTE);
    told.step().await;
    let row = told.postings().await.remove(0);
    assert_eq!(row.state, State::Unsure, "{row:?}");
    assert!(row.cause.as_deref().is_some_and(|why| why.contains("cannot be read")), "{row:?}");
    told.clock.advance(60 * MINUTE);
    told.step().await;
    assert_eq!(told.ledger_there().len(), 1, "it is not sent again");
}

/// A system whose parts are many pages away.
const PAGES: &str = r#"
[answer]
document = "/document"
[answer.test]
"/ok" = true
[paging]
kind = "cursor"
size = 2
size_parameter = "n"
position_parameter = "at"
next = "/next"
most_pages = 12
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

/// Each page comes in time, and all of them do not: nothing is sent so late that another program could take it for
/// lost.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_looked_up_before_something_is_sent_takes_no_longer_than_it_may() {
    let slow = Arc::new(AtomicBool::new(true));
    let is_slow = Arc::clone(&slow);
    let server = CalledServer::start(move |asked| {
        if asked.method == "POST" {
            return Said::json(200, &json!({ "ok": true, "document": "D-1" }));
        }
        if is_slow.load(Ordering::SeqCst) {
            poll::moment(Duration::from_millis(400));
        }
        let at = asked.path.split("at=").nth(1).and_then(|it| it.split('&').next());
        let at: u32 = at.and_then(|it| it.parse().ok()).unwrap_or(0);
        let code = if at == 9 { "P-1" } else { "another" };
        let items = json!([{ "code": code, "id": 7 }]);
        let next = (at < 9).then(|| (at + 1).to_string());
        Said::json(200, &json!({ "items": items, "next": next }))
    })
    .unwrap();
    let told = Told::start().await;
    let unused = Reference::File("unused".into());
    let (auth, deadline) = (Auth::Nothing, Duration::from_secs(1));
    told.app.use_peers(vec![PeerSettings { auth, deadline, ..peer(&server.url(), unused) }]);
    told.use_mapping(PAGES, vec![Class::Receipt]);
    told.mode(Mode::Automatic, None).await;
    told.receive("P-1", "A-1", 5).await.unwrap();
    told.step().await;
    let row = told.postings().await.remove(0);
    assert_eq!(row.state, State::Waiting, "{row:?}");
    let asked = server.asked();
    assert!(asked.len() < 10 && asked.iter().all(|it| it.method == "GET"), "{asked:?}");
    slow.store(false, Ordering::SeqCst);
    told.clock.advance(60 * MINUTE);
    told.step().await;
    assert_eq!(told.states().await, [State::Posted], "{:?}", told.postings().await);
}

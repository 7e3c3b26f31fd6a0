//! Reading an ERP's ledger, on hand and parts: every row once, or a word about why not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mtm_connect::credential::Settings as Auth;
use mtm_connect::peer::{CallFailed, Settings};
use mtm_connect::rest::{Connector, ListFailed, Mapping, Ready};
use mtm_testkit::called::{CalledServer, Said};
use serde_json::{Value, json};

use super::{Lab, fact, is_accepted, post, receipt};
use crate::peers::{peer, settings};

type Row = BTreeMap<String, String>;

async fn all(connector: &Connector, name: &str) -> Result<Vec<Row>, ListFailed> {
    let (mut rows, mut after) = (Vec::new(), None);
    for _ in 0..1_000 {
        let page = connector.list(name, after.as_deref()).await?;
        rows.extend(page.rows);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(rows),
        }
    }
    panic!("it does not end");
}

#[tokio::test]
async fn an_erp_is_read_whole_page_by_page() {
    let lab = Lab::start();
    let text = Ready::named("mock-erp").unwrap().text.replace("size = 500", "size = 3");
    let erp = lab.with("mock-erp", &text);
    for _ in 0..7 {
        assert!(is_accepted(&post(&erp, &receipt(5, "A")).await));
        let moved = fact(mtm_core::sync::Class::Transfer, 2, Some("A"), Some("C"));
        assert!(is_accepted(&post(&erp, &moved).await));
    }
    let ledger = all(&erp, "transactions").await.unwrap();
    let ids: Vec<u64> = ledger.iter().map(|row| row["id"].parse().unwrap()).collect();
    assert_eq!(ids, (1..=21).collect::<Vec<_>>());
    assert!(!ledger[0].contains_key("transfer_of") && ledger[1]["transfer_of"] == "3");
    let there = all(&erp, "on-hand").await.unwrap();
    let there: BTreeSet<_> =
        there.iter().map(|row| (&*row["location"], &*row["quantity"])).collect();
    assert_eq!(there, BTreeSet::from([("A", "21"), ("C", "14")]));
    let parts = all(&erp, "parts").await.unwrap();
    let parts: Vec<_> = parts.iter().map(|row| (&*row["part"], &*row["unit"])).collect();
    assert_eq!(parts, [("P-1", "EA"), ("P-2", "EA")]);
    let none = erp.list("nothing", None).await.unwrap_err();
    assert_eq!(none, ListFailed::NoSuchList("nothing".to_owned()));
}

#[tokio::test]
async fn what_is_told_twice_counts_once_and_a_broken_answer_is_no_page() {
    let lab = Lab::start();
    let erp = lab.connector("mock-erp");
    assert!(is_accepted(&post(&erp, &receipt(5, "A")).await));
    lab.wrong("GET", "/erp/", 1, &json!({ "kind": "double_items" }));
    assert_eq!(erp.list("transactions", None).await.unwrap().rows.len(), 1);
    for fault in ["garbage", "half", "cut", "endless"] {
        lab.wrong("GET", "/erp/", 3, &json!({ "kind": fault }));
        let failed = erp.list("transactions", None).await.unwrap_err();
        assert!(matches!(failed, ListFailed::Call(_)), "{fault}: {failed:?}");
        lab.control.send("DELETE", "/control/faults", &[], "").unwrap();
        erp.peer().guard().hold(mtm_core::guard::Hold::Closed);
    }
}

/// A list whose every page a test chooses.
fn listing(
    paging: &str,
    answer: impl Fn(&str) -> Value + Send + Sync + 'static,
) -> (Connector, CalledServer) {
    let server = CalledServer::start(move |asked| Said::json(200, &answer(&asked.path))).unwrap();
    let text = format!(
        "[lists.x]\npath = \"x\"\nitems = \"/items\"\nid = \"id\"\noptional = [\"q\"]\n[lists.x.fields]\nid = \"/id\"\nq = \"/q\"\n[paging]\n{paging}"
    );
    let mapping = Mapping::parse(&text).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let deadline = Duration::from_secs(5);
    let peer = peer(Settings { deadline, ..settings(&server.url(), Auth::Nothing) });
    (Connector::new(peer, mapping.into()), server)
}

async fn one(items: Value) -> Result<Vec<Row>, ListFailed> {
    let (connector, _server) = listing("kind = \"none\"", move |_| json!({ "items": items }));
    all(&connector, "x").await
}

#[tokio::test]
async fn names_that_are_missing_or_two_of_one_are_told() {
    let missing = one(json!([{ "id": 1 }, { "q": 2 }])).await.unwrap_err();
    assert_eq!(missing, ListFailed::NoValue { row: 2, field: "id".to_owned() });
    let two = one(json!([{ "id": 1, "q": 1 }, { "id": 1, "q": 2 }])).await.unwrap_err();
    assert_eq!(two, ListFailed::TwoOfOneName { row: 2 });
    for odd in [json!({}), json!([]), json!("x".repeat(5_000)), json!(1.234_567_890_123_456_7)] {
        let failed = one(json!([{ "id": 1, "q": odd }])).await.unwrap_err();
        assert_eq!(failed, ListFailed::NoValue { row: 1, field: "q".to_owned() }, "{odd}");
    }
    let kept = one(json!([{ "id": "a", "q": 12.50 }, { "id": true, "q": null }])).await.unwrap();
    assert_eq!(kept[0]["q"], "12.5");
    assert_eq!(kept[1], Row::from([("id".to_owned(), "true".to_owned())]));
}

#[tokio::test]
async fn numbers_beyond_all_bounds_are_told_and_not_rounded() {
    let said = |number: &'static str| {
        let server = CalledServer::start(move |_| {
            let body = format!("{{\"items\": [{{\"id\": 1, \"q\": {number}}}]}}");
            Said::of("application/json", 200, body.into_bytes())
        });
        server.unwrap()
    };
    for number in ["123456789012345678901234567890", "1e300", "1e999", "0.1234567890123456789"] {
        let server = said(number);
        let (mapping, _other) = listing("kind = \"none\"", |_| json!({}));
        let _ = mapping;
        let text = "[lists.x]\npath = \"x\"\nitems = \"/items\"\n[lists.x.fields]\nq = \"/q\"";
        let peer = peer(settings(&server.url(), Auth::Nothing));
        let connector = Connector::new(peer, Mapping::parse(text).unwrap().into());
        assert!(connector.list("x", None).await.is_err(), "{number}");
    }
}

#[tokio::test]
async fn every_way_of_paging_ends() {
    let rows =
        |from: u64, to: u64| (from..to.min(7)).map(|id| json!({ "id": id })).collect::<Vec<_>>();
    let number = |path: &str, name: &str| {
        let text = path.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        text.and_then(|it| it.parse::<u64>().ok())
    };
    let base = "size = 3\nsize_parameter = \"n\"\nposition_parameter = \"at\"\n";
    let offset = move |path: &str| {
        let at = number(path, "at").unwrap_or(0);
        json!({ "items": rows(at, at + 3) })
    };
    let page = move |path: &str| {
        let at = (number(path, "at").unwrap() - 1) * 3;
        json!({ "items": rows(at, at + 3) })
    };
    let after = move |path: &str| {
        let at = number(path, "at").map_or(0, |it| it + 1);
        json!({ "items": rows(at, at + 3) })
    };
    let cursor = move |path: &str| {
        let at = number(path, "at").unwrap_or(0);
        json!({ "items": rows(at, at + 3), "next": (at + 3 < 7).then_some(at + 3) })
    };
    // Where the system does not say which page is the last, it is an empty one.
    let check = async |kind: &str, pages: usize, (connector, server): (Connector, CalledServer)| {
        let ids: Vec<_> =
            all(&connector, "x").await.unwrap().iter().map(|it| it["id"].clone()).collect();
        assert_eq!(ids, ["0", "1", "2", "3", "4", "5", "6"], "{kind}");
        assert_eq!(server.asked().len(), pages, "{kind}");
    };
    check("offset", 4, listing(&format!("kind = \"offset\"\n{base}"), offset)).await;
    check("page", 4, listing(&format!("kind = \"page\"\n{base}"), page)).await;
    check("after", 4, listing(&format!("kind = \"after\"\nlast = \"/id\"\n{base}"), after)).await;
    check("cursor", 3, listing(&format!("kind = \"cursor\"\nnext = \"/next\"\n{base}"), cursor))
        .await;
    // One that leads back to itself, or says that there is more and tells nothing.
    let (back, _server) = listing(
        &format!("kind = \"cursor\"\nnext = \"/next\"\n{base}"),
        |_| json!({ "items": [{ "id": 1 }], "next": "again" }),
    );
    assert!(matches!(all(&back, "x").await, Err(ListFailed::Call(CallFailed::Unreadable(_)))));
    let (empty, _server) = listing(
        &format!("kind = \"offset\"\nnext = \"/next\"\n{base}"),
        |_| json!({ "items": [], "next": true }),
    );
    assert!(matches!(all(&empty, "x").await, Err(ListFailed::Call(CallFailed::Unreadable(_)))));
}

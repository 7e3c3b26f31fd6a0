//! `InvenTree` as it is simulated: ids are looked up, and what would be taken too much is not sent.

use mtm_connect::rest::{Connector, Found, Posted};
use mtm_core::sync::{Class, Fact};
use serde_json::json;

use super::{Lab, fact, find, is_accepted, issue, post, posting, receipt, refusal};

/// Stock items: location, lot, quantity.
async fn stock(connector: &Connector) -> Vec<(String, String)> {
    let page = connector.list("on-hand", None).await.unwrap();
    page.rows.iter().map(|row| (row["location"].clone(), row["quantity"].clone())).collect()
}

fn items(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(at, pieces)| ((*at).to_owned(), (*pieces).to_owned())).collect()
}

#[tokio::test]
async fn every_class_is_posted_and_found() {
    let lab = Lab::start();
    let tree = lab.connector("inventree");
    let facts = [
        receipt(20, "A"),
        receipt(5, "A"),
        issue(3, "A"),
        fact(Class::Scrap, 2, Some("A"), None),
        fact(Class::Transfer, 5, Some("A"), Some("B")),
        fact(Class::AdjustUp, 4, None, Some("B")),
        fact(Class::AdjustDown, 1, Some("B"), None),
        fact(Class::Transfer, 15, Some("A"), Some("C")),
    ];
    for fact in &facts {
        assert_eq!(find(&tree, fact).await, Found::Nothing, "{fact:?}");
        let posted = post(&tree, fact).await;
        assert!(is_accepted(&posted), "{fact:?}: {posted:?}");
        let found = find(&tree, fact).await;
        assert!(matches!(found, Found::Posted { document: Some(_) }), "{fact:?}: {found:?}");
    }
    assert_eq!(stock(&tree).await, items(&[("C", "15"), ("B", "8")]));
}

#[tokio::test]
async fn unknown_parts_and_places_and_too_few_pieces_are_refused_before_anything_is_sent() {
    let lab = Lab::start();
    let tree = lab.connector("inventree");
    assert!(is_accepted(&post(&tree, &receipt(7, "A")).await));
    let unknown = Fact { part: "P-9".into(), ..receipt(1, "A") };
    assert_eq!(refusal(post(&tree, &unknown).await), (0, "not_found_there".to_owned()));
    assert_eq!(refusal(post(&tree, &receipt(1, "Z")).await), (0, "not_found_there".to_owned()));
    // The real one would take seven of seven, and say yes.
    assert_eq!(refusal(post(&tree, &issue(8, "A")).await), (0, "too_few_there".to_owned()));
    assert_eq!(refusal(post(&tree, &issue(1, "B")).await), (0, "not_found_there".to_owned()));
    assert_eq!(lab.asked("POST", "remove/"), 0);
    assert!(is_accepted(&post(&tree, &issue(7, "A")).await));
    assert_eq!(stock(&tree).await, items(&[]));
}

#[tokio::test]
async fn a_lost_answer_is_found_by_note_or_link_also_after_the_item_is_gone() {
    let lab = Lab::start();
    let tree = lab.connector("inventree");
    let lost = json!({ "kind": "lost_answer" });
    lab.wrong("POST", "/inventree/api/stock/", 0, &lost);
    let (made, added, moved, taken) = (
        receipt(5, "A"),
        receipt(2, "A"),
        fact(Class::Transfer, 7, Some("A"), Some("B")),
        issue(7, "B"),
    );
    for fact in [&made, &added, &moved, &taken] {
        let posted = post(&tree, fact).await;
        assert!(matches!(posted, Posted::Unknown { .. }), "{posted:?}");
    }
    for fact in [&added, &moved, &taken] {
        assert!(matches!(find(&tree, fact).await, Found::Posted { .. }), "{fact:?}");
    }
    assert_eq!(stock(&tree).await, items(&[]), "each was done once");
}

#[tokio::test]
async fn a_refusal_by_member_is_told_in_words() {
    let lab = Lab::start();
    let tree = lab.connector("inventree");
    let mut wrong = posting(&tree, &receipt(5, "A")).otherwise.map(|it| *it).unwrap();
    wrong.body["colour"] = json!("red");
    let posted = tree.post(&wrong, &wrong.key).await;
    let Posted::Refused { status: 400, detail: Some(detail), .. } = posted else {
        panic!("{posted:?}")
    };
    assert!(detail.starts_with("colour: "), "{detail}");
}

#[tokio::test]
async fn a_system_that_knows_no_filter_is_not_believed() {
    let lab = Lab::start();
    let text = mtm_connect::rest::Ready::named("inventree").unwrap().text;
    let text = text.replace("query = { IPN = \"{part}\" }\n", "");
    let tree = lab.with("inventree", &text);
    let second = Fact { part: "P-2".into(), ..receipt(5, "A") };
    let ready = tree.prepared(&posting(&tree, &second)).await.unwrap();
    assert_eq!((&*ready.path, &ready.body["part"]), ("api/stock/", &json!(2)));
    let none = Fact { part: "P-3".into(), ..receipt(5, "A") };
    assert_eq!(refusal(post(&tree, &none).await), (0, "not_found_there".to_owned()));
}

#[tokio::test]
async fn a_look_up_that_is_not_answered_is_not_now() {
    let lab = Lab::start();
    let tree = lab.connector("inventree");
    for fault in [
        json!({ "kind": "status", "status": 500 }),
        json!({ "kind": "garbage" }),
        json!({ "kind": "cut" }),
        json!({ "kind": "media_type", "media_type": "text/html" }),
        json!({ "kind": "endless" }),
        json!({ "kind": "redirect", "to": "http://169.254.169.254/" }),
    ] {
        lab.wrong("GET", "/inventree/api/part/", 3, &fault);
        let posted = post(&tree, &receipt(5, "A")).await;
        assert!(matches!(posted, Posted::NotNow { .. }), "{fault}: {posted:?}");
        lab.control.send("DELETE", "/control/faults", &[], "").unwrap();
        tree.peer().guard().hold(mtm_core::guard::Hold::Closed);
    }
    assert_eq!(lab.asked("POST", "stock/"), 0);
}

//! The simulated ERP: a key has one effect, whatever becomes of answers.

use mtm_connect::rest::{Found, Posted, Posting};
use mtm_core::guard::Hold;
use mtm_core::sync::{Class, Fact};
use serde_json::json;

use super::{Lab, fact, find, is_accepted, issue, post, posting, receipt, refusal};

const PATH: &str = "/erp/api/v1/transactions";

async fn on_hand(connector: &mtm_connect::rest::Connector) -> Vec<(String, String)> {
    let page = connector.list("on-hand", None).await.unwrap();
    page.rows.iter().map(|row| (row["location"].clone(), row["quantity"].clone())).collect()
}

#[tokio::test]
async fn every_class_is_posted_and_found() {
    let lab = Lab::start();
    let erp = lab.connector("mock-erp");
    let facts = [
        receipt(20, "A"),
        issue(3, "A"),
        fact(Class::Scrap, 2, Some("A"), None),
        fact(Class::Transfer, 5, Some("A"), Some("B")),
        fact(Class::AdjustUp, 4, None, Some("B")),
        fact(Class::AdjustDown, 1, Some("B"), None),
    ];
    for fact in &facts {
        assert_eq!(find(&erp, fact).await, Found::Nothing, "{fact:?}");
        let posted = post(&erp, fact).await;
        let Posted::Accepted { document: Some(document) } = posted else { panic!("{posted:?}") };
        assert_eq!(find(&erp, fact).await, Found::Posted { document: Some(document) });
    }
    let there = [("A", "10"), ("B", "8")].map(|(at, pieces)| (at.to_owned(), pieces.to_owned()));
    assert_eq!(on_hand(&erp).await, there);
    assert!(erp.mapping().posting(&fact(Class::Opening, 1, None, Some("A"))).unwrap().is_none());
}

#[tokio::test]
async fn a_key_has_one_effect_however_often_it_is_sent() {
    let lab = Lab::start();
    let erp = lab.connector("mock-erp");
    let fact = receipt(20, "A");
    let first = post(&erp, &fact).await;
    assert!(is_accepted(&first));
    assert_eq!(post(&erp, &fact).await, first);
    assert_eq!(on_hand(&erp).await, [("A".to_owned(), "20".to_owned())]);
    // Another posting under its key.
    let other = Fact { quantity: 21, ..fact };
    assert_eq!(refusal(post(&erp, &other).await), (422, "key_reused".to_owned()));
}

#[tokio::test]
async fn a_no_is_told_with_its_code_and_leaves_nothing() {
    let lab = Lab::start();
    let erp = lab.connector("mock-erp");
    let unknown = Fact { part: "P-9".into(), ..receipt(1, "A") };
    let posted = post(&erp, &unknown).await;
    let detail = Some("there is no part P-9".to_owned());
    assert_eq!(posted, Posted::Refused { status: 422, code: Some("unknown_part".into()), detail });
    let short = issue(1, "A");
    assert_eq!(refusal(post(&erp, &short).await), (409, "insufficient_quantity".to_owned()));
    let nowhere = receipt(1, "Z");
    assert_eq!(refusal(post(&erp, &nowhere).await), (422, "unknown_location".to_owned()));
    assert_eq!(find(&erp, &short).await, Found::Nothing);
    let strange = posting(&erp, &receipt(1, "A"));
    let mut body = strange.body.clone();
    body["colour"] = json!("red");
    let strange = Posting { body, ..strange };
    assert_eq!(refusal(erp.post(&strange, &strange.key).await), (400, "invalid_body".to_owned()));
}

#[tokio::test]
async fn a_lost_answer_is_unknown_until_it_is_looked_for() {
    let lab = Lab::start();
    let erp = lab.connector("mock-erp");
    for (number, fault) in ["lost_answer", "half", "garbage"].into_iter().enumerate() {
        // guide: unknown
        lab.wrong("POST", PATH, 1, &json!({ "kind": fault }));
        let fact = receipt(10, "A");
        let posted = post(&erp, &fact).await;
        assert!(matches!(posted, Posted::Unknown { .. }), "{fault}: {posted:?}");
        let document = format!("DOC-{:06}", number + 1);
        assert_eq!(find(&erp, &fact).await, Found::Posted { document: Some(document) }, "{fault}");
        // guide: end
    }
    // Nothing was sent again by itself.
    assert_eq!(lab.asked("POST", "transactions"), 3);
    lab.wrong("POST", PATH, 1, &json!({ "kind": "cut" }));
    let cut = receipt(10, "B");
    assert!(matches!(post(&erp, &cut).await, Posted::Unknown { .. }));
    assert_eq!(find(&erp, &cut).await, Found::Nothing);
    assert_eq!(on_hand(&erp).await, [("A".to_owned(), "30".to_owned())]);
}

#[tokio::test]
async fn a_status_means_what_the_mapping_says_and_otherwise_nothing_certain() {
    let lab = Lab::start();
    let erp = lab.connector("mock-erp");
    let with = async |fault: serde_json::Value| {
        lab.wrong("POST", PATH, 1, &fault);
        post(&erp, &receipt(1, "A")).await
    };
    for status in [429, 503] {
        let posted = with(json!({ "kind": "status", "status": status, "retry_after": 7 })).await;
        let Posted::NotNow { retry_after, .. } = posted else { panic!("{posted:?}") };
        assert_eq!(retry_after.map(|it| it.as_secs()), Some(7));
        // Its guard leaves it alone for as long; this is another way to it.
        let again = post(&erp, &receipt(1, "A")).await;
        assert!(matches!(again, Posted::NotNow { .. }), "{again:?}");
        // Somebody lets it go on without a past.
        for hold in [Hold::Closed, Hold::Automatic] {
            erp.peer().guard().hold(hold);
        }
    }
    erp.peer().guard().hold(Hold::Closed);
    for status in [500, 502, 504, 408, 425, 301, 418] {
        let posted = with(json!({ "kind": "status", "status": status })).await;
        assert!(matches!(posted, Posted::Unknown { .. }), "{status}: {posted:?}");
    }
}

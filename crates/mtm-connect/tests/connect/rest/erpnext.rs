//! ERPNext as it is simulated: one submitted Stock Entry for each movement.

use mtm_connect::rest::{Connector, Found, Posted};
use mtm_core::sync::{Class, Fact};
use serde_json::json;

use super::{Lab, SECRET, fact, find, issue, post, posting, receipt, refusal};

async fn bins(connector: &Connector) -> Vec<(String, String)> {
    let page = connector.list("on-hand", None).await.unwrap();
    page.rows.iter().map(|row| (row["warehouse"].clone(), row["quantity"].clone())).collect()
}

#[tokio::test]
async fn every_class_is_posted_and_found() {
    let lab = Lab::start();
    let erp = lab.connector("erpnext");
    let facts = [
        receipt(20, "A"),
        issue(3, "A"),
        fact(Class::Scrap, 2, Some("A"), None),
        fact(Class::Transfer, 5, Some("A"), Some("C")),
        fact(Class::AdjustUp, 4, None, Some("C")),
        fact(Class::AdjustDown, 1, Some("C"), None),
    ];
    for fact in &facts {
        assert_eq!(find(&erp, fact).await, Found::Nothing, "{fact:?}");
        let posted = post(&erp, fact).await;
        let Posted::Accepted { document: Some(document) } = posted else { panic!("{posted:?}") };
        assert!(document.starts_with("MAT-STE-"), "{document}");
        assert_eq!(find(&erp, fact).await, Found::Posted { document: Some(document) });
    }
    let there = [("MAIN", "10"), ("OUT", "8")].map(|(at, it)| (at.to_owned(), it.to_owned()));
    assert_eq!(bins(&erp).await, there);
}

#[tokio::test]
async fn a_no_is_told_with_its_kind_and_leaves_nothing() {
    let lab = Lab::start();
    let erp = lab.connector("erpnext");
    let unknown = Fact { part: "P-9".into(), ..receipt(1, "A") };
    assert_eq!(refusal(post(&erp, &unknown).await), (417, "LinkValidationError".to_owned()));
    let short = issue(1, "A");
    assert_eq!(refusal(post(&erp, &short).await), (417, "NegativeStockError".to_owned()));
    let same = fact(Class::Transfer, 1, Some("A"), Some("B"));
    assert_eq!(refusal(post(&erp, &same).await), (417, "ValidationError".to_owned()));
    assert_eq!(find(&erp, &short).await, Found::Nothing);
    let mut strange = posting(&erp, &receipt(1, "A"));
    strange.body["colour"] = json!("red");
    assert_eq!(refusal(erp.post(&strange, &strange.key).await).0, 417);
}

#[tokio::test]
async fn a_draft_is_no_yes_and_a_lost_answer_is_found() {
    let lab = Lab::start();
    let erp = lab.connector("erpnext");
    let mut draft = posting(&erp, &receipt(1, "A"));
    draft.body["docstatus"] = json!(0);
    let posted = erp.post(&draft, &draft.key).await;
    assert!(matches!(posted, Posted::Unknown { .. }), "{posted:?}");
    let lost = receipt(6, "A");
    lab.wrong("POST", "/erpnext/api/resource/", 1, &json!({ "kind": "lost_answer" }));
    assert!(matches!(post(&erp, &lost).await, Posted::Unknown { .. }));
    assert!(matches!(find(&erp, &lost).await, Found::Posted { document: Some(_) }));
    assert_eq!(bins(&erp).await, [("MAIN".to_owned(), "6".to_owned())]);
}

#[tokio::test]
async fn who_is_not_believed_did_nothing() {
    let lab = Lab::start();
    let erp = lab.connector("erpnext");
    std::fs::write(lab.directory.path().join("erpnext"), "mtm:another-secret").unwrap();
    let posted = post(&erp, &receipt(1, "A")).await;
    assert!(matches!(posted, Posted::NotNow { .. }), "{posted:?}");
    assert!(!format!("{posted:?} {erp:?}").contains(SECRET));
}

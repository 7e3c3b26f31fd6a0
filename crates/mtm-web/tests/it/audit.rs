//! Verification and checkpoints over HTTP.

use std::time::Duration;

use axum::http::StatusCode;
use mtm_app::checkpoint::{Checkpoint, Signature};
use mtm_core::policy::Role;
use mtm_testkit::poll;
use serde_json::{Value, json};

use crate::plant::{Plant, receipt};

const VERIFY: &str = "/api/v1/audit/verify";
const JOB: &str = "/api/v1/audit/verification";

#[tokio::test]
async fn everything_is_verified_in_the_background_once() {
    let plant = Plant::new().await;
    plant.post(Role::Operator, "/api/v1/movements", "k", &receipt(40)).await;
    assert_eq!(plant.get(Role::Viewer, JOB).await.code(), "not_found");
    let full = format!("{VERIFY}?full=true");
    let asked = plant.get(Role::Admin, &full).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text);
    assert_eq!(asked.json()["state"], "waiting");
    let again = plant.get(Role::Admin, &full).await;
    assert_eq!(again.json(), asked.json(), "it is the same one");
    assert_eq!(plant.get(Role::Viewer, JOB).await.json(), asked.json());

    let app = plant.app.clone();
    let working = tokio::spawn(async move { match app.run_verifications().await {} });
    let job = poll::eventually("the verification is over", Duration::from_secs(60), async || {
        let job = plant.get(Role::Viewer, JOB).await.json();
        Ok((job["state"] == "done").then_some(job))
    })
    .await
    .unwrap();
    let report = &job["report"];
    assert_eq!((&report["ok"], &report["from"]), (&json!(true), &json!(1)));
    assert_eq!(job["done"], job["total"]);
    assert!(report["lots"].as_u64().unwrap() > 0);
    let status = plant.get(Role::Viewer, "/api/v1/status").await.json();
    let of = |it: &&Value| it["name"] == "verification";
    let found = status["invariants"].as_array().unwrap().iter().find(of).unwrap();
    assert_eq!(found["state"], "green");
    // Another one begins anew.
    let next = plant.get(Role::Admin, &full).await.json();
    assert_eq!((&next["state"], &next["report"]), (&json!("waiting"), &Value::Null));
    working.abort();
}

#[tokio::test]
async fn any_range_is_verified() {
    let plant = Plant::new().await;
    for n in 0..4 {
        plant.post(Role::Operator, "/api/v1/movements", &format!("k{n}"), &receipt(40 + n)).await;
    }
    let report = plant.get(Role::Admin, &format!("{VERIFY}?from=2&to=4")).await.json();
    let range = ["ok", "checked", "from", "to"].map(|name| report[name].clone());
    assert_eq!(range, [json!(true), json!(3), json!(2), json!(4)], "{report}");
    let report = plant.get(Role::Admin, &format!("{VERIFY}?from=3")).await.json();
    assert_eq!(report["from"], 3);
    for wrong in ["from=0", "from=4&to=3", "full=true&to=3", "from=x", "upto=3"] {
        let reply = plant.get(Role::Admin, &format!("{VERIFY}?{wrong}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{wrong}: {}", reply.text);
    }
}

#[tokio::test]
async fn a_checkpoint_is_fetched_and_proves_the_ledger() {
    let plant = Plant::new().await;
    plant.post(Role::Operator, "/api/v1/movements", "k", &receipt(40)).await;
    let reply = plant.get(Role::Lead, "/api/v1/audit/checkpoint").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let checkpoint = Checkpoint::parse(&reply.text).unwrap();
    let key = plant.app.checkpoints().unwrap().key().unwrap().public();
    assert_eq!(checkpoint.signature(&[key], true), Ok(Signature::Trusted(key)));
    assert_eq!(checkpoint.stock.as_ref().unwrap().pieces, 40);
    plant.post(Role::Operator, "/api/v1/movements", "l", &receipt(41)).await;
    let ledger = plant.app.ledger();
    assert_eq!(checkpoint.chain_flaw(ledger).await.unwrap(), None);
    assert_eq!(checkpoint.stock_flaws(ledger).await.unwrap(), Vec::new());
}

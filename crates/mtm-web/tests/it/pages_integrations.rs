//! Other systems over HTTP and on their page, as a browser without scripts meets it.

use std::time::Duration;

use axum::http::StatusCode;
use mtm_app::peers;
use mtm_app::record::{BrokerKind, GuardTold};
use mtm_connect::outgoing::{Papers, Target};
use mtm_connect::secret::Reference;
use mtm_connect::{credential, peer};
use mtm_core::guard::State;
use mtm_core::policy::Role;
use mtm_core::word::Timestamp;
use serde_json::{Value, json};

use crate::pages::{Visitor, hidden};
use crate::plant::Plant;

const LIST: &str = "/api/v1/integrations";

/// Makes a webhook; its id.
async fn webhook(plant: &Plant) -> String {
    let body = json!({ "name": "ERP", "url": "https://erp.example/hook" });
    let made = plant.post(Role::Admin, "/api/v1/webhooks", "hook", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_administrator_pauses_and_resumes_a_system_by_its_name_or_id() {
    let plant = Plant::new().await;
    let id = webhook(&plant).await;
    let decide = async |role, name: &str, key: &str, hold: &str, reason: &str| {
        let body = json!({ "override": hold, "reason": reason });
        plant.post(role, &format!("{LIST}/{name}/guard"), key, &body).await
    };
    let guard = async || {
        let listed = plant.get(Role::Lead, LIST).await.json();
        listed["items"][0]["guard"].clone()
    };
    let before = guard().await;
    assert_eq!((&before["state"], &before["override"]), (&json!("closed"), &json!("automatic")));
    assert_eq!(decide(Role::Lead, "ERP", "l", "open", "why").await.status, StatusCode::FORBIDDEN);
    assert_eq!(decide(Role::Admin, "MES", "m", "open", "why").await.code(), "not_found");
    assert_eq!(decide(Role::Admin, "ERP", "r", "open", "").await.code(), "reason_required");
    let ajar = decide(Role::Admin, "ERP", "j", "ajar", "why").await;
    assert_eq!(ajar.status, StatusCode::BAD_REQUEST, "{}", ajar.text);
    let paused = decide(Role::Admin, "ERP", "p", "open", "year-end closing").await;
    assert_eq!(paused.status, StatusCode::OK, "{}", paused.text);
    assert_eq!(paused.json()["override"], "open");
    let again = decide(Role::Admin, "ERP", "p", "open", "year-end closing").await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    let now = guard().await;
    assert_eq!((&now["state"], &now["reason"]), (&json!("open"), &json!("year-end closing")));
    let resumed = plant
        .post(Role::Admin, &format!("{LIST}/{id}/guard"), "a", &json!({ "override": "automatic" }))
        .await;
    assert_eq!((resumed.status, &resumed.json()["reason"]), (StatusCode::OK, &Value::Null));
    assert_eq!(guard().await["override"], "automatic");
    let audit = plant.get(Role::Admin, "/api/v1/audit?limit=50").await;
    assert!(audit.text.contains("integration.override"), "{}", audit.text);
}

#[tokio::test]
async fn the_page_says_how_each_stands_and_what_was_decided() {
    let plant = Plant::new().await;
    let admin = Visitor::of(&plant, Role::Admin).await;
    let empty = admin.get("/integrations").await;
    assert!(empty.text.contains("No other system is told of anything."), "{}", empty.text);
    let id = webhook(&plant).await;
    plant.app.ledger().meet_broker(BrokerKind::Mqtt).await.unwrap();
    let told = GuardTold {
        state: State::Open,
        since: Timestamp::from_micros(1_796_000_000_000_000),
        next_probe_at: Some(Timestamp::from_micros(4_000_000_000_000_000)),
        calls: 12,
        failed: 9,
        slow: 3,
    };
    plant.app.ledger().tell_guard(id.clone(), told).await.unwrap();
    let page = admin.get("/integrations").await.text;
    for words in [
        "MQTT",
        "Takes everything",
        "ERP",
        "Left alone: it does not answer as it should",
        "Next try",
        "Of the last 12 calls 75 % failed and 25 % were slow.",
        "Send all the same",
    ] {
        assert!(page.contains(words), "{words} is missing in {page}");
    }
    let csrf = admin.csrf().await;
    let decide = async |key: &str, hold: &str, reason: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("idempotency_key", key),
            ("system", id.as_str()),
            ("override", hold),
            ("reason", reason),
        ];
        admin.post("/integrations", &fields).await
    };
    let refused = decide("k-1", "open", "").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert!(refused.text.contains("Nothing was changed."), "{}", refused.text);
    let paused = decide("k-2", "open", "year-end closing").await;
    assert_eq!(paused.status, StatusCode::OK, "{}", paused.text);
    assert!(paused.text.contains("It is left alone; what happens waits for it."));
    assert!(paused.text.contains("decided: year-end closing") && paused.text.contains("Paused"));
    assert!(!paused.text.contains("Next try"), "nobody tries it");
    let resumed = decide("k-3", "automatic", "").await;
    assert!(resumed.text.contains("It goes by itself again"), "{}", resumed.text);
    assert!(!hidden(&resumed.text, "system").is_empty());
}

#[tokio::test]
async fn leads_look_and_others_do_not() {
    let plant = Plant::new().await;
    webhook(&plant).await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    let page = lead.get("/integrations").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("ERP") && !page.text.contains("action=\"/integrations\""));
    assert!(lead.get("/stock").await.text.contains("href=\"/integrations\""));
    let csrf = lead.csrf().await;
    let fields = [("csrf", csrf.as_str()), ("idempotency_key", "k"), ("override", "open")];
    assert_eq!(lead.post("/integrations", &fields).await.status, StatusCode::FORBIDDEN);
    let operator = Visitor::of(&plant, Role::Operator).await;
    assert_eq!(operator.get("/integrations").await.status, StatusCode::FORBIDDEN);
    assert!(!operator.get("/stock").await.text.contains("href=\"/integrations\""));
}

/// A system that is called and is not there, with a key that is.
fn nobody(key: &std::path::Path) -> peers::Settings {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    peers::Settings {
        name: "planning".to_owned(),
        url: Target::parse(&format!("http://{free}")).unwrap(),
        auth: credential::Settings::ApiKey {
            header: "x-api-key".to_owned(),
            prefix: None,
            secret: Reference::File(key.to_owned()),
        },
        papers: Papers::default(),
        token_papers: Papers::default(),
        health: "/".to_owned(),
        health_type: None,
        deadline: Duration::from_secs(5),
        longest: 1_024,
        limits: peer::Limits::default(),
        look: None,
    }
}

#[tokio::test]
async fn a_system_that_is_called_says_how_it_stands_and_what_to_do() {
    let plant = Plant::new().await;
    let admin = Visitor::of(&plant, Role::Admin).await;
    let key = plant.app.ledger().path().unwrap().with_extension("key");
    std::fs::write(&key, "a-key-that-nobody-sees").unwrap();
    plant.app.use_peers(vec![nobody(&key)]);
    let fresh = admin.get("/integrations").await.text;
    for words in ["planning", "Called by this server: it is shown a key", "Not called yet"] {
        assert!(fresh.contains(words), "{words} is missing in {fresh}");
    }
    let failed = plant.app.peer("planning").unwrap().look().await.unwrap_err();
    let page = admin.get("/integrations").await.text;
    for words in ["Does not answer as it should", failed.next_step(), "Pause"] {
        assert!(page.contains(words), "{words} is missing in {page}");
    }
    let listed = plant.get(Role::Lead, LIST).await;
    let it = listed.json()["items"][0].clone();
    assert_eq!((&it["id"], &it["state"]), (&json!("peer:planning"), &json!("failing")), "{it:#}");
    assert_eq!(it["credential"]["failure"], "unreachable");
    assert!(!format!("{}{page}", listed.text).contains("nobody-sees"));
    let body = json!({ "override": "closed", "reason": "it is needed now" });
    let path = format!("{LIST}/peer:planning/guard");
    let forced = plant.post(Role::Admin, &path, "f", &body).await;
    assert_eq!(forced.status, StatusCode::OK, "{}", forced.text);
    // Another address is another system, which begins anew; what somebody decided stays.
    plant.app.use_peers(vec![nobody(&key)]);
    let anew = plant.get(Role::Lead, LIST).await.json()["items"][0].clone();
    assert_eq!((&anew["state"], &anew["guard"]["override"]), (&json!("well"), &json!("closed")));
    plant.app.use_peers(Vec::new());
    assert_eq!(plant.get(Role::Lead, LIST).await.json()["items"], json!([]));
}

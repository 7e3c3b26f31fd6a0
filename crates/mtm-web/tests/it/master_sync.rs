//! Parts as an ERP has them, over HTTP and from the pages.

use axum::http::StatusCode;
use mtm_core::master_sync::{Field, Rules, Theirs};
use mtm_core::policy::Role;
use mtm_core::sync::Mode;
use mtm_core::word::fold;
use mtm_store::master_sync::{Job, Round, Said};
use serde_json::{Value, json};

use crate::pages::Visitor;
use crate::plant::Plant;

const ERP: &str = "visual";
const DIFFERENCES: &str = "/api/v1/master-sync/differences";

/// A plant whose parts are kept by people.
async fn plant() -> Plant {
    let plant = Plant::new().await;
    plant.app.keep_masters(ERP, Rules::default());
    plant.app.ledger().meet_master_sync(ERP.to_owned()).await.unwrap();
    let path = format!("/api/v1/master-sync/{ERP}");
    let set = plant.post(Role::Admin, &path, "on", &json!({ "mode": "worklist" })).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    plant
}

/// They say this of these parts.
async fn say(plant: &Plant, parts: &[(&str, &str)]) {
    let ledger = plant.app.ledger();
    let state = ledger.master_sync_state(ERP.to_owned()).await.unwrap().unwrap();
    let there = |(code, text): &(&str, &str)| {
        let values = [(Field::Description, (*text).to_owned()), (Field::Retired, "no".to_owned())];
        let part = Theirs { code: (*code).to_owned(), values: values.into(), is_wanted: true };
        Job { folded: fold(code), said: Said::There(part), is_flood: false }
    };
    let parts_at = plant.app.clock().now();
    let round = Round {
        erp: ERP.to_owned(),
        rules: Rules::default(),
        mode: Mode::Worklist,
        version: state.version,
        parts_at,
        by: plant.admin.user,
    };
    assert!(ledger.sync_masters(round, parts.iter().map(there).collect()).await.unwrap());
    ledger.masters_synced(ERP.to_owned(), parts_at, state.version).await.unwrap();
}

async fn differing(plant: &Plant) -> Vec<Value> {
    let listed = plant.get(Role::Viewer, &format!("{DIFFERENCES}?waiting=true")).await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.text);
    listed.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_administrator_decides_about_each_part_and_everybody_sees_it() {
    let plant = plant().await;
    say(&plant, &[("11058-1779", "Bracket"), ("NEW-1", "Washer")]).await;
    let listed = plant.get(Role::Viewer, "/api/v1/master-sync").await.json();
    let sync = &listed["items"][0];
    assert_eq!((&sync["mode"], &sync["waiting"]), (&json!("worklist"), &json!(2)));
    assert_eq!(sync["owned"], json!(["description", "retired"]));

    let rows = differing(&plant).await;
    let new = rows.iter().find(|row| row["part"] == "NEW-1").unwrap();
    let path = format!("{DIFFERENCES}/{}/decide", new["id"]);
    let take = json!({ "deed": "take", "version": new["version"] });
    let denied = plant.post(Role::Lead, &path, "", &take).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN, "retiring is an administrator's");
    let taken = plant.post(Role::Admin, &path, "take", &take).await;
    assert_eq!(taken.json()["differences"], json!([]), "{}", taken.text);
    let made = plant.get(Role::Viewer, "/api/v1/parts/NEW-1").await.json();
    assert_eq!(made["description"], "Washer");
    let stale = plant.post(Role::Admin, &path, "again", &take).await;
    assert_eq!(stale.code(), "stale");
    let unit = json!({ "deed": "take", "fields": ["unit"] });
    assert_eq!(plant.post(Role::Admin, &path, "", &unit).await.code(), "invalid_body");

    let all = format!("/api/v1/master-sync/{ERP}/decide");
    let kept = plant.post(Role::Admin, &all, "all", &json!({ "deed": "keep" })).await.json();
    assert_eq!((&kept["settled"], &kept["next"]), (&json!(1), &Value::Null));
    assert_eq!(differing(&plant).await, Vec::<Value>::new());
    let metrics = plant.get(Role::Lead, "/metrics").await.text;
    assert!(metrics.contains("mtm_master_sync_parts{erp=\"visual\"} 2"), "{metrics}");
    assert!(metrics.contains("mtm_master_sync_waiting{erp=\"visual\"} 0"), "{metrics}");
}

#[tokio::test]
async fn the_pages_lead_through_what_differs_without_scripts() {
    let plant = plant().await;
    let admin = Visitor::of(&plant, Role::Admin).await;
    let empty = admin.get("/master-sync").await.text;
    for words in
        ["Nothing waits for anybody.", "People decide what is taken over.", "somebody decides"]
    {
        assert!(empty.contains(words), "{words} is missing in {empty}");
    }
    say(&plant, &[("11058-1779", "Bracket <left>"), ("NEW-1", "Washer"), ("NEW-2", "Nut")]).await;
    let csrf = admin.csrf().await;
    let listed = admin.get("/master-sync").await.text;
    for words in ["Something waits for somebody.", "NEW-1", "new there", "Bracket &lt;left&gt;"] {
        assert!(listed.contains(words), "{words} is missing in {listed}");
    }
    let rows = differing(&plant).await;
    let id = |code: &str| rows.iter().find(|row| row["part"] == code).unwrap()["id"].clone();
    let known = format!("/master-sync/{}", id("11058-1779"));
    let page = admin.get(&known).await.text;
    assert!(page.contains("Take what they say") && page.contains("never agreed"), "{page}");
    let lead = Visitor::of(&plant, Role::Lead).await;
    assert!(!lead.get(&known).await.text.contains("Take what they say"));

    let send = async |path: &str, key: &str, deed: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("idempotency_key", key),
            ("erp", ERP),
            ("deed", deed),
            ("note", "as agreed"),
        ];
        admin.post(path, &fields).await
    };
    let taken = send(&known, "a", "take").await;
    assert!(taken.text.contains("It is here now what it is there."), "{}", taken.text);
    assert!(taken.text.contains("as agreed"), "{}", taken.text);
    let left_out = send(&format!("/master-sync/{}", id("NEW-1")), "b", "keep").await;
    assert!(left_out.text.contains("It stays as it is"), "{}", left_out.text);
    let all = send("/master-sync", "c", "take").await;
    assert!(all.text.contains("1 part settled."), "{}", all.text);
    let fields =
        [("csrf", csrf.as_str()), ("idempotency_key", "off"), ("erp", ERP), ("mode", "off")];
    let off = admin.post("/master-sync", &fields).await;
    assert!(off.text.contains("Parts are not compared."), "{}", off.text);
}

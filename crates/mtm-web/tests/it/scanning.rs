//! `POST /scan`: labels that say several things, as a client sees them.

use axum::http::StatusCode;
use mtm_core::policy::Role;
use mtm_core::scan::{Pattern, Patterns};
use serde_json::{Value, json};

use crate::plant::{Plant, Reply};

/// A message of format 06 with these fields.
fn message(fields: &[&str]) -> String {
    format!("[)>\u{1e}06\u{1d}{}\u{1e}\u{4}", fields.join("\u{1d}"))
}

async fn ask(plant: &Plant, body: &Value) -> Reply {
    plant.post(Role::Viewer, "/api/v1/scan", "", body).await
}

async fn scan(plant: &Plant, data: &str) -> Value {
    let reply = ask(plant, &json!({ "data": data })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    reply.json()
}

/// The lot of a receipt. The second is of other pieces, so that it is no repetition.
async fn received(plant: &Plant, key: &str) -> String {
    let quantity = if key == "one" { 5 } else { 6 };
    let answer = plant.receive(key, quantity).await;
    answer["movements"][0]["lot"].as_str().unwrap().to_owned()
}

/// Kinds and words, in their order.
fn words(of: &Value) -> Vec<String> {
    let all = of.as_array().unwrap().iter();
    all.map(|it| format!("{} {}", it["kind"].as_str().unwrap(), it["value"].as_str().unwrap()))
        .collect()
}

fn codes(answer: &Value) -> Vec<&str> {
    let all = answer["warnings"].as_array().unwrap().iter();
    all.map(|it| it["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_label_says_what_of_it_is_here_and_everything_it_holds() {
    let plant = Plant::new().await;
    let lot = received(&plant, "one").await;
    let fields = [
        "P11058-1779",
        "Q50",
        "1LR-E4-18",
        &format!("1T{lot}"),
        "W60723",
        "12D20260319",
        "K1",
        "7Q1.5KG",
        "99Zx",
    ];
    let answer = scan(&plant, &message(&fields)).await;
    assert_eq!((&answer["kind"], &answer["standard"]), (&json!("label"), &json!("iso_15434")));
    assert_eq!(
        words(&answer["words"]),
        [
            "part 11058-1779",
            "location R-E4-18",
            &format!("lot {lot}"),
            "work_order WO-060723",
            "quantity 50",
        ]
    );
    assert_eq!(
        (&answer["words"][0]["identifier"], &answer["candidates"]),
        (&json!("P"), &json!([]))
    );
    assert_eq!(codes(&answer), ["other_unit"]);
    let shown = answer["fields"].as_array().unwrap();
    assert_eq!(shown.len(), fields.len());
    assert_eq!((&shown[5]["date"], &shown[6]["meaning"]), (&json!("2026-03-19"), &json!("order")));
    // Nothing is invented.
    let stranger = scan(&plant, &message(&["P4711", "Q50", "1LNOWHERE"])).await;
    assert_eq!(words(&stranger["words"]), ["quantity 50"]);
    assert_eq!(codes(&stranger), ["not_here", "not_here"]);
    let nothing = scan(&plant, "]C110LOT-7").await;
    assert_eq!(
        (&nothing["kind"], codes(&nothing)),
        (&json!("label"), vec!["incomplete", "not_here"])
    );
    assert!(nothing["message"].as_str().unwrap().contains("names nothing that exists here"));
}

#[tokio::test]
async fn what_can_be_two_things_that_exist_is_for_a_person() {
    let plant = Plant::new().await;
    let (one, two) = (received(&plant, "one").await, received(&plant, "two").await);
    let answer = scan(&plant, &message(&[&format!("1T{one}"), &format!("1J{two}")])).await;
    assert_eq!(words(&answer["candidates"]), [format!("lot {two}"), format!("lot {one}")]);
    assert_eq!((words(&answer["words"]).len(), codes(&answer)), (0, vec!["ambiguous"]));
    for (key, code) in [("a", "29507000"), ("b", "4711|8|19")] {
        let part = json!({ "code": code });
        let reply = plant.post(Role::Admin, "/api/v1/parts", key, &part).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
    }
    let behind = scan(&plant, "P29507000").await;
    assert_eq!((&behind["kind"], &behind["value"]), (&json!("part"), &json!("29507000")));
    assert_eq!(behind["candidates"][0]["identifier"], "P");
    let whole = scan(&plant, "4711|8|19").await;
    assert_eq!(
        (&whole["kind"], words(&whole["candidates"])),
        (&json!("part"), vec!["part 4711|8|19".to_owned()])
    );
    let older = scan(&plant, "29507000|8|19").await;
    assert_eq!((&older["kind"], words(&older["words"]).len()), (&json!("label"), 2));
}

#[tokio::test]
async fn what_a_label_says_first_is_not_replaced_by_what_it_says_besides() {
    let plant = Plant::new().await;
    let lot = received(&plant, "one").await;
    for code in ["29507000", "P29507000", "Q1040"] {
        let part = json!({ "code": code });
        let reply = plant.post(Role::Admin, "/api/v1/parts", code, &part).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
    }
    // Our part is unknown here, and the supplier's number is that of another part of ours.
    let stranger = scan(&plant, &message(&["P4711", "1P29507000", "Q5"])).await;
    assert_eq!(
        (words(&stranger["words"]), codes(&stranger)),
        (vec!["quantity 5".to_owned()], vec!["not_here"])
    );
    let known = scan(&plant, &message(&["P29507000", "1P4711", "Q5"])).await;
    assert_eq!((words(&known["words"]).len(), codes(&known).len()), (2, 0));
    // A supplier's lot with the digits of ours.
    let digits = lot.trim_start_matches('0');
    assert_ne!(digits, lot);
    let batch = scan(&plant, &message(&[&format!("1T{digits}"), "Q5"])).await;
    assert_eq!(
        (words(&batch["words"]), codes(&batch)),
        (vec!["quantity 5".to_owned()], vec!["not_here"])
    );
    let code = scan(&plant, &format!("1T{digits}")).await;
    assert!(!words(&code["candidates"]).contains(&format!("lot {lot}")), "{code}");
    // A lot of another part.
    let other = scan(&plant, &message(&["P29507000", &format!("1T{lot}"), "Q5"])).await;
    assert_eq!(
        (words(&other["words"]), codes(&other)),
        (vec!["quantity 5".to_owned()], vec!["not_here"])
    );
    // What exists as a whole is that.
    for code in ["P29507000", "Q1040"] {
        let whole = scan(&plant, code).await;
        assert_eq!(whole["value"], json!(code));
        let all = whole["candidates"].as_array().unwrap().iter();
        assert!(all.map(|it| &it["identifier"]).all(Value::is_null), "{whole}");
    }
}

#[tokio::test]
async fn codes_of_one_label_that_differ_are_warned_of() {
    let plant = Plant::new().await;
    let label = message(&["P11058-1779", "Q1040"]);
    let body =
        |data: &str| json!({ "data": data, "context": { "same_label": ["R-E4-18", label] } });
    let differs = ask(&plant, &body("Q1050")).await.json();
    assert_eq!(codes(&differs), ["codes_disagree"]);
    assert_eq!(differs["warnings"][0]["kind"], "quantity");
    let told = differs["warnings"][0]["message"].as_str().unwrap();
    assert!(told.contains("1050") && told.contains("1040"), "{told}");
    assert!(codes(&ask(&plant, &body("Q1040")).await.json()).is_empty());
    let many = json!({ "data": "Q1", "context": { "same_label": vec!["Q1"; 17] } });
    assert_eq!(ask(&plant, &many).await.code(), "invalid_body");
    let long = json!({ "data": "Q1", "context": { "same_label": ["x".repeat(5_000)] } });
    assert_eq!(ask(&plant, &long).await.code(), "invalid_body");
}

#[tokio::test]
async fn the_symbol_tells_what_the_data_is_and_faults_tell_their_place() {
    let plant = Plant::new().await;
    let body = |data: &str, symbology: &str| json!({ "data": data, "symbology": symbology });
    let gs1 = ask(&plant, &body("3048", "]C1")).await.json();
    assert_eq!(
        (&gs1["standard"], words(&gs1["words"])),
        (&json!("gs1"), vec!["quantity 48".to_owned()])
    );
    let wrong = ask(&plant, &body("3048", "Code 128")).await;
    assert_eq!(
        (wrong.status, &wrong.json()["errors"][0]["field"]),
        (StatusCode::BAD_REQUEST, &json!("symbology"))
    );
    let digit = ask(&plant, &body("0109506000134357", "d2")).await;
    assert_eq!(digit.status, StatusCode::BAD_REQUEST);
    assert!(digit.text.contains("(01) at 3: the check digit is 7"), "{}", digit.text);
}

#[tokio::test]
async fn a_site_describes_codes_of_its_own() {
    let plant = Plant::new().await;
    assert_eq!(scan(&plant, "11058-1779/7/12").await["kind"], "work_order");
    let pattern = Pattern::parse("(?<part>[0-9-]+)/(?<serial>[0-9]+)/(?<quantity>[0-9]+)").unwrap();
    plant.app.set_scan_patterns(Patterns::new(vec![pattern], Vec::new()).unwrap());
    let answer = scan(&plant, "11058-1779/7/12").await;
    assert_eq!(
        (&answer["standard"], words(&answer["words"])),
        (&json!("site_pattern"), vec!["part 11058-1779".to_owned(), "quantity 12".to_owned()])
    );
    assert_eq!(answer["fields"][1]["value"], "7");
}

//! Our stock beside an ERP's books, over HTTP and from its pages.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use axum::http::StatusCode;
use mtm_app::auth::NewPerson;
use mtm_core::policy::Role;
use mtm_core::reconcile::BreakClass;
use mtm_testkit::Browser;
use mtm_web::{Limits, ServeOptions, Server};
use serde_json::{Value, json};

use crate::books::Books;
use crate::pages::{Visitor, hidden};
use crate::plant::Plant;

const BREAKS: &str = "/api/v1/reconciliation/breaks";
const RUNS: &str = "/api/v1/reconciliation/runs";

async fn run(plant: &Plant) -> Value {
    let reply = plant.post(Role::Lead, RUNS, "", &json!({})).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    reply.json()
}

async fn breaks(plant: &Plant, query: &str) -> Vec<Value> {
    let listed = plant.get(Role::Viewer, &format!("{BREAKS}?{query}")).await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.text);
    listed.json()["items"].as_array().unwrap().clone()
}

/// A copy with one fault of each class, everything read.
async fn faulty() -> Books {
    let mut books = Books::faulty().await;
    books.read(Some(("Q-9", 18))).await;
    books
}

#[tokio::test]
async fn books_that_say_the_same_are_clean() {
    let mut books = Books::clean().await;
    books.a_day_later().await;
    books.read(None).await;
    let found = run(&books.plant).await;
    assert_eq!(breaks(&books.plant, "state=all").await, Vec::<Value>::new());
    assert_eq!((&found["clean"], &found["found"]), (&json!(true), &json!(0)), "{found}");
    let compared = found["compared"].as_u64().unwrap();
    assert!(compared > 20, "{found}");
}

#[tokio::test]
async fn each_of_eleven_faults_is_found_once_and_a_repetition_changes_nothing() {
    let books = faulty().await;
    let plant = &books.plant;
    let found = run(plant).await;
    assert_eq!((&found["found"], &found["opened"]), (&json!(11), &json!(11)), "{found}");
    let before = breaks(plant, "").await;
    let mut classes: BTreeMap<&str, &str> = BTreeMap::new();
    for it in &before {
        let part = it["part"].as_str().or(it["subject"].as_str()).unwrap_or_default();
        classes.insert(it["class"].as_str().unwrap(), part);
    }
    let expected = [
        ("late_commit", "Q-11"),
        ("ledger_not_on_hand", "Q-9"),
        ("missing_here", "Q-12"),
        ("missing_there", "Q-13"),
        ("negative_there", "Q-2"),
        ("posted_twice", "Q-7"),
        ("quantity_differs", "Q-1"),
        ("transfer_unpaired", "Q-8"),
        ("unmapped_location", "NEW-1"),
        ("unmapped_part", "STRANGE"),
        ("unposted_move", "Q-6"),
    ];
    assert_eq!(classes, expected.into_iter().collect());
    assert_eq!(expected.len(), BreakClass::ALL.len());
    let again = run(plant).await;
    assert_eq!(
        (&again["found"], &again["opened"], &again["resolved"]),
        (&json!(11), &json!(0), &json!(0))
    );
    let strip = |mut rows: Vec<Value>| {
        for row in &mut rows {
            row["last_seen_at"] = Value::Null;
        }
        rows
    };
    assert_eq!(strip(breaks(plant, "").await), strip(before));
    // guide: fix
    let only = breaks(plant, "class=unposted_move").await;
    assert_eq!(
        only[0]["fix"],
        json!({
            "do": "post_there", "posting": "transfer", "part": "Q-6", "quantity": "15",
            "from": { "warehouse": "MAIN", "location": "FLOOR" },
            "to": { "warehouse": "MAIN", "location": "RACK" },
        })
    );
    // guide: end
    let csv = plant.get(Role::Viewer, &format!("{BREAKS}?format=csv")).await;
    assert_eq!(csv.text.lines().count(), 12, "{}", csv.text);
    let book = plant.get(Role::Viewer, &format!("{BREAKS}?format=xlsx")).await;
    assert!(
        book.text.starts_with("PK") && book.header("content-disposition").contains("breaks.xlsx")
    );
    let metrics = plant.get(Role::Lead, "/metrics").await.text;
    let series = "mtm_reconcile_breaks_open{peer=\"visual\",class=\"posted_twice\"} 1";
    assert!(metrics.contains(series), "{metrics}");
    let none = plant.post(Role::Lead, RUNS, "", &json!({ "peer": "other" })).await;
    assert_eq!(none.code(), "not_found");
}

#[tokio::test]
async fn what_is_put_right_is_resolved_by_the_next_comparison() {
    let mut books = faulty().await;
    run(&books.plant).await;
    // Somebody posts the movement that was not, and on hand is put right.
    books.post_transfer("Q-6", 15);
    books.read(None).await;
    let found = run(&books.plant).await;
    assert_eq!((&found["found"], &found["resolved"]), (&json!(9), &json!(2)), "{found}");
    let resolved = breaks(&books.plant, "state=resolved").await;
    let mut classes: Vec<_> = resolved.iter().map(|it| it["class"].as_str().unwrap()).collect();
    classes.sort_unstable();
    assert_eq!(classes, ["ledger_not_on_hand", "unposted_move"]);
}

#[tokio::test]
async fn a_lead_takes_and_closes_with_a_reason_and_others_look() {
    let books = faulty().await;
    let plant = &books.plant;
    run(plant).await;
    let id = breaks(plant, "class=quantity_differs").await[0]["id"].as_i64().unwrap();
    let post = async |role, what: &str, key: &str, body: Value| {
        plant.post(role, &format!("{BREAKS}/{id}/{what}"), key, &body).await
    };
    assert_eq!(post(Role::Operator, "take", "o", json!({})).await.status, StatusCode::FORBIDDEN);
    let taken = post(Role::Lead, "take", "t", json!({})).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
    assert!(taken.json()["owner"].is_string());
    let silent = post(Role::Lead, "close", "c", json!({ "reason": "accepted" })).await;
    assert_eq!(silent.code(), "reason_required");
    let wrong = post(Role::Lead, "close", "w", json!({ "reason": "because" })).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{}", wrong.text);
    let body = json!({ "reason": "accepted", "note": "written off in August" });
    let closed = post(Role::Lead, "close", "c", body.clone()).await;
    assert_eq!((closed.status, &closed.json()["state"]), (StatusCode::OK, &json!("closed")));
    assert_eq!(post(Role::Lead, "close", "c", body).await.header("idempotent-replayed"), "true");
    assert_eq!(post(Role::Lead, "take", "x", json!({})).await.code(), "break_closed");
    run(plant).await;
    assert_eq!(breaks(plant, "class=quantity_differs").await.len(), 0, "it stays closed");
    let sheet = plant.get(Role::Viewer, &format!("{BREAKS}/{id}")).await.json();
    let deeds: Vec<_> =
        sheet["history"].as_array().unwrap().iter().map(|it| it["what"].clone()).collect();
    assert_eq!(deeds, ["found", "taken", "closed"]);
    let standing = plant.get(Role::Viewer, "/api/v1/reconciliation").await.json();
    assert_eq!(standing["items"][0]["open"].as_array().unwrap().len(), 10, "{standing}");
    let page = plant.get(Role::Viewer, &format!("{BREAKS}?limit=4&state=all")).await.json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = breaks(plant, &format!("limit=100&state=all&cursor={cursor}")).await;
    assert_eq!(next.len(), 7);
}

#[tokio::test]
async fn what_is_not_fresh_is_said_at_the_head_and_never_clean() {
    let mut books = Books::clean().await;
    let never = run(&books.plant).await;
    assert_eq!((&never["clean"], &never["stale"][0]), (&json!(false), &json!("ledger_never")));
    books.read(None).await;
    books.clock.advance(3 * 3_600 * 1_000_000);
    let old = run(&books.plant).await;
    assert_eq!((&old["clean"], &old["stale"]), (&json!(false), &json!(["ledger_old"])), "{old}");
    let lead = Visitor::of(&books.plant, Role::Lead).await;
    let page = lead.get("/reconciliation").await.text;
    assert!(page.contains("their ledger was not read for over an hour"), "{page}");
}

#[tokio::test]
async fn the_pages_show_three_figures_and_what_to_do_without_scripts() {
    let books = faulty().await;
    let plant = &books.plant;
    let lead = Visitor::of(plant, Role::Lead).await;
    let csrf = lead.csrf().await;
    let empty = lead.get("/reconciliation").await.text;
    assert!(empty.contains("Never compared."), "{empty}");
    let ran = lead.post("/reconciliation", &[("csrf", &csrf), ("peer", "visual")]).await;
    assert!(ran.text.contains("11 breaks, 11 new"), "{}", ran.text);
    for class in BreakClass::ALL {
        assert!(ran.text.contains(class.title()), "{}", class.title());
    }
    let id = breaks(plant, "class=unposted_move").await[0]["id"].as_i64().unwrap();
    let path = format!("/reconciliation/{id}");
    let page = lead.get(&path).await.text;
    for words in [
        "Moved here, not posted there",
        "Post a transfer there: 15 of Q-6 from MAIN/FLOOR to MAIN/RACK.",
        "FLOOR → R-E4-18",
        "not posted there",
        "I look after it",
    ] {
        assert!(page.contains(words), "{words} is missing in {page}");
    }
    let send = async |key: &str, action: &str, reason: &str, note: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("idempotency_key", key),
            ("action", action),
            ("reason", reason),
            ("note", note),
        ];
        lead.post(&path, &fields).await
    };
    assert!(hidden(&page, "idempotency_key").len() > 10);
    let taken = send("t", "take", "", "").await;
    assert!(taken.text.contains("It is yours.") && taken.text.contains("Give it up"));
    let silent = send("c", "close", "other", "").await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text.contains("id=\"decide-note-error\""), "{}", silent.text);
    let closed = send("d", "close", "fixed_there", "").await;
    assert!(closed.text.contains("It is closed.") && closed.text.contains("Reopen"));
    let viewer = Visitor::of(plant, Role::Viewer).await;
    let looked = viewer.get(&path).await.text;
    assert!(!looked.contains("Reopen") && looked.contains("put right there"), "{looked}");
    let differs = breaks(plant, "class=quantity_differs").await[0]["id"].as_i64().unwrap();
    let page = lead.get(&format!("/reconciliation/{differs}")).await.text;
    assert!(page.contains("/counts?parts=Q%2D1&amp;locations=FLOOR"), "{page}");
    let form = lead.get("/counts?parts=Q%2D1&locations=FLOOR").await.text;
    assert!(form.contains("value=\"Q-1\"") && form.contains("value=\"FLOOR\""), "{form}");
    let filtered = lead.get("/reconciliation?class=posted_twice").await.text;
    assert!(filtered.contains("Q-7") && !filtered.contains("Q-13"), "{filtered}");
}

/// A clerk sees a break, opens it, takes it and closes it with a reason: in a real browser, also on a phone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clerk_settles_a_break_in_a_browser() {
    let Some(browser) = Browser::start().await.unwrap().or_skip("reconciliation journey") else {
        return;
    };
    let books = faulty().await;
    let plant = &books.plant;
    run(plant).await;
    let person = NewPerson {
        name: "clerk".to_owned(),
        display_name: None,
        role: Role::Lead,
        password: Some("correct horse battery".to_owned()),
    };
    plant.app.create_user(&plant.admin, person, None).await.unwrap();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = ServeOptions { listen, tls: None, limits: Limits::default(), spans: false };
    let server = Server::bind(plant.app.clone(), options).await.unwrap();
    let url = server.url();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let task = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    let go = async |path: &str| browser.goto(&format!("{url}{path}")).await.unwrap();
    let script = async |text: &str| browser.execute(text, Vec::new()).await.unwrap();
    let holds = async |find: &str| {
        let until = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
        loop {
            // A page that is just being exchanged answers nothing.
            if browser.execute(find, Vec::new()).await.is_ok_and(|found| found == true) {
                return;
            }
            let page = browser.source().await.unwrap_or_default();
            assert!(tokio::time::Instant::now() < until, "not: {find}; in {page}");
        }
    };
    let shown = async |words: &str| {
        holds(&format!("return document.body.innerText.includes({})", json!(words))).await;
    };
    go("/sign-in").await;
    script(
        "document.querySelector('[name=login]').value = 'clerk';
         document.querySelector('[name=password]').value = 'correct horse battery';
         document.querySelector('form .primary').click();",
    )
    .await;
    holds("return location.pathname !== '/sign-in'").await;
    go("/reconciliation").await;
    shown("11 breaks are open.").await;
    picture(&browser, "reconciliation").await;
    script("[...document.querySelectorAll('#breaks a')].find(a => a.innerText.includes('Moved here')).click()").await;
    shown("Post a transfer there: 15 of Q-6").await;
    picture(&browser, "reconciliation-break").await;
    script("document.querySelector('#decide [value=take]').click()").await;
    shown("It is yours.").await;
    script(
        "document.querySelector('#decide-reason').value = 'fixed_there';
         document.querySelector('#decide [value=close]').click();",
    )
    .await;
    shown("It is closed.").await;
    // Narrow: nothing stands beyond the edge.
    browser.resize(390, 844).await.unwrap();
    for path in ["/reconciliation", "/reconciliation/1"] {
        go(path).await;
        holds(&format!(
            "return location.pathname === '{path}' && !!document.querySelector('main h1')"
        ))
        .await;
        let wide = script("return document.documentElement.scrollWidth").await;
        assert!(wide.as_i64().unwrap() <= 390, "{path} is {wide} wide");
    }
    stop.send(()).unwrap();
    task.await.unwrap();
}

/// Leaves pictures of a screen, if somebody wants to look at them.
async fn picture(browser: &Browser, name: &str) {
    let Some(directory) = std::env::var_os("MTM_PICTURES") else { return };
    let directory = std::path::PathBuf::from(directory);
    for (size, width, height) in [("1440", 1440, 900), ("390", 390, 844)] {
        browser.resize(width, height).await.unwrap();
        browser.picture(directory.join(format!("{name}-{size}.png"))).await.unwrap();
    }
    browser.resize(1280, 800).await.unwrap();
}

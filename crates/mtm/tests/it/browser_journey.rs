//! A day at the shop floor in a real browser against the real program.
#![expect(clippy::unwrap_used, reason = "a step that cannot be taken fails the journey")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fantoccini::key::Key;
use mtm_testkit::Receiver;
use mtm_testkit::receiver::Answer;
use serde_json::json;

use crate::floor::{Floor, eventually};
use crate::support::receive;

#[tokio::test(flavor = "multi_thread")]
async fn pieces_are_received_found_taken_and_brought_back() {
    let Some(floor) = Floor::open().await else { return };
    floor.receive().await;
    let words = floor.answer("Booked in").await;
    assert!(words.contains("500") && words.contains("R-1"), "{words}");
    assert_eq!(floor.on_hand(), 500);
    floor.picture("in").await;

    floor.go("/stock?part=P-1").await;
    floor.live().await;
    let rows = floor.shown("#stock-rows").await.text().await.unwrap();
    assert!(rows.contains("500") && rows.contains("R-1"), "{rows}");
    floor.picture("stock").await;

    floor.go("/out?part=P-1").await;
    floor.picture("out").await;
    floor.press("#row-0-pick").await;
    floor.press("form#take .primary").await;
    let words = floor.answer("Taken out").await;
    assert!(words.contains("500"), "{words}");
    assert_eq!(floor.on_hand(), 0);

    floor.press("form[data-undo] button").await;
    let words = floor.answer("Undone").await;
    assert!(words.contains("500"), "{words}");
    assert_eq!(floor.on_hand(), 500);

    floor.go("/history").await;
    floor.shown("#history-rows").await;
    floor.picture("history").await;
    floor.press("#history-rows tbody tr:last-child a.row-link").await;
    floor.shown("#detail").await;
    floor.picture("history-detail").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_completed_with_good_scrap_and_rework_by_the_routing() {
    let Some(floor) = Floor::open().await else { return };
    let made = floor.api.post("/api/v1/operations", "20", &json!({ "code": "20" })).unwrap();
    assert_eq!(made.status, 201, "{}", made.text);
    // The routing, row by row.
    floor.go("/routings/P-1").await;
    // Tab leaves the field, which closes its suggestions.
    floor.fill("#routing-step-0-operation", &format!("10{}", Key::Tab)).await;
    floor.press("form#routing button[value=add]").await;
    floor.fill("#routing-step-1-operation", &format!("20{}", Key::Tab)).await;
    floor.fill("#routing-step-1-location", &format!("RACK-18{}", Key::Tab)).await;
    floor.picture("routing").await;
    floor.press("form#routing .primary").await;
    let saved = eventually(|| async {
        let script = "return document.getElementById('versions')?.innerText ?? ''";
        let text = page_text(&floor, script).await;
        text.contains("20 (RACK-18)").then_some(())
    })
    .await;
    assert!(saved.is_some(), "the version is not shown");
    floor.go("/routings").await;
    floor.shown("#routings").await;
    floor.picture("routings").await;

    floor.go("/in").await;
    floor.receive().await;
    floor.answer("Booked in").await;
    floor.go("/complete?operation=10").await;
    floor.picture("complete-queue").await;
    floor.press("a.waiting-card").await;
    floor.fill("#complete-scrap", "20").await;
    floor.fill("#complete-rework", "30").await;
    floor.fill("#complete-scrap_reason", "damaged").await;
    floor.picture("complete").await;
    floor.press("form#complete .primary").await;
    let words = floor.answer("Completed").await;
    assert!(words.contains("450") && words.contains("RACK-18"), "{words}");
    let stock = floor.api.get("/api/v1/stock?group_by=operation,location").unwrap().json().unwrap();
    let stock: Vec<String> = stock["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {}", row["operation"], row["location"], row["quantity"]))
        .collect();
    assert_eq!(stock, ["\"10\" \"R-1\" 30", "\"20\" \"RACK-18\" 450"]);
    floor.picture("completed").await;

    floor.press("form[data-undo] button").await;
    floor.answer("Undone").await;
    assert_eq!(floor.on_hand(), 500);
}

pub(crate) async fn page_text(floor: &Floor, script: &str) -> String {
    let text = floor.browser.execute(script, Vec::new()).await.unwrap();
    text.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_lands_in_its_own_field_whichever_has_the_cursor() {
    let Some(floor) = Floor::open().await else { return };
    // The scanner types a location while the cursor stands in the part.
    floor.fill("#receive-part", &format!("RACK-18{}", Key::Enter)).await;
    let landed = eventually(|| async {
        (floor.value("#receive-location").await == "RACK-18").then_some(())
    })
    .await;
    let part = floor.value("#receive-part").await;
    assert!(landed.is_some(), "the part holds {part:?}");
    assert_eq!(part, "", "what was scanned does not stay where it fell");
    assert_eq!(floor.on_hand(), 0, "a scan books nothing");
}

/// Keys of a scanner, all in one moment, control characters as control keys.
async fn scan(floor: &Floor, code: &str) {
    let script = "const controls = { '\\u001d': ']', '\\u001e': '6', '\\u0004': 'd' }; \
         for (const c of [...arguments[0], 'Enter']) { \
             const options = { key: controls[c] ?? c, ctrlKey: c in controls, bubbles: true, cancelable: true }; \
             document.activeElement.dispatchEvent(new KeyboardEvent('keydown', options)); \
         }";
    floor.browser.execute(script, vec![json!(code)]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_scan_of_a_label_fills_a_receipt_in_the_browser_and_a_code_that_differs_is_told() {
    let Some(floor) = Floor::open().await else { return };
    let label = "[)>\u{1e}06\u{1d}PP-1\u{1d}Q1040\u{1d}W60723\u{1d}1LRACK-18\u{1d}K4711\u{1e}\u{4}";
    floor.shown("#receive-operation").await.click().await.unwrap();
    scan(&floor, label).await;
    let filled = eventually(|| async {
        let mut values = Vec::new();
        for field in ["part", "quantity", "location", "work_order", "operation"] {
            values.push(floor.value(&format!("#receive-{field}")).await);
        }
        (values == ["P-1", "1040", "RACK-18", "WO-060723", ""]).then_some(())
    })
    .await;
    assert!(filled.is_some(), "{}", page_text(&floor, "return document.body.innerText").await);
    assert_eq!(floor.on_hand(), 0, "a scan books nothing");
    floor.picture("label").await;
    // The bar code beside it says another number.
    scan(&floor, "Q1050").await;
    let told = floor.shown("#script-says").await.text().await.unwrap();
    assert!(
        told.contains("1050") && told.contains("another code of the label says 1040"),
        "{told}"
    );
    assert_eq!(
        floor.value("#receive-quantity").await,
        "1050",
        "what was scanned last stands there"
    );
    floor.fill("#receive-operation", "10").await;
    floor.press("form#receive .primary").await;
    floor.answer("Booked in").await;
    assert_eq!(floor.on_hand(), 1050);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blind_count_is_counted_again_by_somebody_else_and_posted() {
    let Some(floor) = Floor::open().await else { return };
    floor.receive().await;
    floor.answer("Booked in").await;
    floor.go("/counts").await;
    floor.fill("#plan-name", "rack").await;
    floor.fill("#plan-locations", "R-1").await;
    floor.press("form#plan .primary").await;
    floor.press("#answer a.button").await;
    floor.press(".places a.where").await;
    floor.shown("#count-counted").await;
    let words = floor.shown("main").await.text().await.unwrap();
    assert!(words.contains("P-1") && !words.contains("500"), "blind: {words}");
    floor.picture("count-enter").await;
    floor.fill("#count-counted", "480").await;
    floor.press("form#count .primary").await;
    let words = floor.shown("[data-answer=ok]").await.text().await.unwrap();
    assert!(words.contains("Somebody counts it again"), "{words}");

    let counts = floor.api.get("/api/v1/counts").unwrap().json().unwrap();
    let count = format!("/counts/{}", counts["items"][0]["id"].as_str().unwrap());
    let entry = json!({ "entries": [{ "line": 1, "counted": 480 }] });
    let reply = floor.api.post(&format!("/api/v1{count}/entries"), "again", &entry).unwrap();
    assert_eq!(reply.status, 201, "{}", reply.text);
    floor.go(&count).await;
    floor.picture("count").await;
    floor.press("form#decide button[value=preview]").await;
    floor.shown("form#post").await;
    let words = floor.shown("#answer").await.text().await.unwrap();
    assert!(words.contains("\u{2212}20"), "{words}");
    floor.picture("count-preview").await;
    assert_eq!(floor.on_hand(), 500);
    floor.press("form#post .primary").await;
    let closed = eventually(|| async {
        let words = floor.shown("#answer").await.text().await.unwrap_or_default();
        words.contains("The count is closed.").then_some(())
    })
    .await;
    assert!(closed.is_some());
    assert_eq!(floor.on_hand(), 480);
    floor.go("/counts").await;
    floor.shown("#counts").await;
    floor.picture("counts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_dies_is_left_alone_and_one_that_comes_back_is_told_again() {
    let Some(floor) = Floor::open().await else { return };
    let ill = Arc::new(AtomicBool::new(true));
    let receiver = Receiver::start({
        let ill = Arc::clone(&ill);
        move |_, _| if ill.load(Ordering::SeqCst) { Answer::HangUp } else { Answer::Status(200) }
    })
    .unwrap();
    let hook = json!({ "name": "ERP", "url": receiver.url(), "types": ["movement.recorded"] });
    let made = floor.api.post("/api/v1/webhooks", "hook", &hook).unwrap();
    assert_eq!(made.status, 201, "{}", made.text);
    for quantity in 0..12 {
        receive(&floor.api, &format!("in-{quantity}"), 40 + quantity);
    }
    let says = async |words: &str| {
        let said = eventually(|| async {
            floor.go("/integrations").await;
            let text = floor.shown("#systems").await.text().await.unwrap();
            text.contains(words).then_some(text)
        })
        .await;
        said.unwrap_or_else(|| panic!("the page does not say {words:?}"))
    };
    let text = says("Left alone").await;
    assert!(text.contains("ERP") && text.contains("Next try"), "{text}");
    floor.picture("integrations").await;
    // It is back: within one pause it is tried, and told everything.
    ill.store(false, Ordering::SeqCst);
    says("Takes everything").await;
    // What was tried twice in vain has a longer pause of its own.
    let told = tokio::task::spawn_blocking(move || receiver.wait_for(|it| it.len() >= 9).unwrap());
    assert!(told.await.unwrap().len() >= 9);

    // Somebody wants it left alone for a while, and says why.
    let reason = "form[aria-label='Decide about ERP'] input[name=reason]";
    floor.fill(reason, "year-end closing").await;
    floor.press("form[aria-label='Decide about ERP'] button[value=open]").await;
    let text = says("Paused").await;
    assert!(text.contains("year-end closing"), "{text}");
    floor.press("form[aria-label='Decide about ERP'] button[value=automatic]").await;
    says("Is tried with what comes next").await;
}

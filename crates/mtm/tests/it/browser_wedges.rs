//! Scanners that type, by profiles, in a real browser against the real program.

use fantoccini::key::Key;
use mtm_testkit::mtm_process::Start;
use serde_json::json;

use crate::browser_journey::page_text;
use crate::floor::{Floor, eventually};
use crate::support::{PROGRAM, receive};

const PROFILES: &str = "
[wedges.tilde]
prefix = '~'
suffix = 'Enter'

[wedges.ring]
prefix = 'F9'
suffix = 'none'
pause_ms = 300
gs = 'F8'
rs = 'Ctrl+r'
eot = 'Alt+004'

[wedges.desk]
suffix = ';'
least = 3
gs = '␝'
";

async fn floor() -> Option<Floor> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mtm.toml");
    std::fs::write(&file, PROFILES).unwrap();
    Floor::open_with(Start::new(PROGRAM).argument("--config").argument(&file)).await
}

/// Keys in one moment; `F8`, `Ctrl+]` and `Alt+4` as what they are.
async fn keys(floor: &Floor, keys: &[&str]) {
    let script = "for (const name of arguments[0]) { \
             const [, held, key] = name.match(/^(?:(Ctrl|Alt)\\+)?(.+)$/); \
             const options = { key, ctrlKey: held === 'Ctrl', altKey: held === 'Alt', bubbles: true, cancelable: true }; \
             document.activeElement.dispatchEvent(new KeyboardEvent('keydown', options)); \
         }";
    floor.browser.execute(script, vec![json!(keys)]).await.unwrap();
}

/// Waits until a field holds `text`.
async fn holds(floor: &Floor, css: &str, text: &str) {
    let found = eventually(|| async { (floor.value(css).await == text).then_some(()) }).await;
    let page = page_text(floor, "return document.body.innerText").await;
    assert!(found.is_some(), "{css} does not hold {text:?}: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_with_a_prefix_never_touches_the_field_that_has_the_cursor() {
    let Some(floor) = floor().await else { return };
    // The browser's own keys, so that they would land if nobody kept them.
    floor.shown("#receive-part").await.click().await.unwrap();
    let watch = "window.touched = []; const part = document.getElementById('receive-part'); \
         for (const kind of ['input', 'beforeinput']) part.addEventListener(kind, (event) => touched.push(`${kind} ${part.value}`))";
    floor.browser.execute(watch, Vec::new()).await.unwrap();
    floor.fill("#receive-part", &format!("~RACK-18{}", Key::Enter)).await;
    holds(&floor, "#receive-location", "RACK-18").await;
    floor.shown("#receive-part").await.click().await.unwrap();
    floor.fill("#receive-part", &format!("~NOT HERE{}", Key::Enter)).await;
    let said = floor.shown("#script-says p").await.text().await.unwrap();
    assert!(said.contains("NOT HERE"), "{said}");
    let touched = floor.browser.execute("return window.touched", Vec::new()).await.unwrap();
    assert_eq!(touched, json!([]));
    assert_eq!(floor.value("#receive-part").await, "");
    assert_eq!(floor.on_hand(), 0, "a scan books nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_types_that_begins_like_a_scan_stays_in_the_field_in_the_browser() {
    let Some(floor) = floor().await else { return };
    floor.shown("#receive-part").await.click().await.unwrap();
    // A pause ends what was none.
    floor.fill("#receive-part", "~").await;
    holds(&floor, "#receive-part", "~").await;
    floor.fill("#receive-part", "P-1").await;
    holds(&floor, "#receive-part", "~P-1").await;
    // A key that no scanner sends does so at once, and ends what was typed just before: a prefix within a scan begins none.
    keys(&floor, &["Escape", "~", "x", "Escape"]).await;
    holds(&floor, "#receive-part", "~P-1~x").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_by_function_keys_and_alt_codes_is_ended_by_silence_in_the_browser() {
    let Some(floor) = floor().await else { return };
    floor.shown("#receive-operation").await.click().await.unwrap();
    let label = [
        "F9", "[", ")", ">", "Ctrl+r", "0", "6", "F8", "P", "P", "-", "1", "F8", "Q", "4", "0",
        "Ctrl+r", "Alt+0", "Alt+0", "Alt+4",
    ];
    keys(&floor, &label).await;
    holds(&floor, "#receive-quantity", "40").await;
    holds(&floor, "#receive-part", "P-1").await;
    assert_eq!(floor.value("#receive-operation").await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_without_a_prefix_has_an_end_and_a_separator_of_its_own_in_the_browser() {
    let Some(floor) = floor().await else { return };
    floor.shown("#receive-operation").await.click().await.unwrap();
    // Short, and ended by a character: the plain profile would not take it.
    keys(&floor, &["R", "-", "1", ";"]).await;
    holds(&floor, "#receive-location", "R-1").await;
    let label: Vec<&str> =
        ["]", "C", "1", "2", "4", "1", "P", "-", "1", "␝", "3", "0", "7", ";"].into();
    keys(&floor, &label).await;
    holds(&floor, "#receive-part", "P-1").await;
    holds(&floor, "#receive-quantity", "7").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_is_scanned_on_a_page_without_a_field_for_it_in_the_browser() {
    let Some(floor) = floor().await else { return };
    receive(&floor.api, "in", 40);
    let stock = floor.api.get("/api/v1/stock").unwrap().json().unwrap();
    let lot = stock["items"][0]["lot"].as_str().unwrap().to_owned();
    floor.go("/dashboard").await;
    floor.shown("#live-state").await;
    let label: Vec<String> = format!("~LOT:{lot}").chars().map(String::from).collect();
    let mut label: Vec<&str> = label.iter().map(String::as_str).collect();
    label.push("Enter");
    keys(&floor, &label).await;
    let script = "return location.pathname";
    let there = eventually(|| async {
        (page_text(&floor, script).await == format!("/lot/{lot}")).then_some(())
    });
    assert!(there.await.is_some(), "{}", page_text(&floor, "return document.body.innerText").await);
}

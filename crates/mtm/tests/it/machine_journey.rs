//! A machine counts, and a person confirms what it counted, in a real browser against the real program.
#![expect(clippy::unwrap_used, reason = "a step that cannot be taken fails the journey")]

use fantoccini::key::Key;
use mtm_lab::simulator::{Masters, Settings, Simulators};
use mtm_testkit::mtm_process::Start;
use serde_json::Value;

use crate::floor::{Floor, eventually};
use crate::support::PROGRAM;

/// A lab with a machine that stands at so much.
async fn lab(total: &str) -> Simulators {
    let settings = Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        client_id: "mtm".into(),
        client_secret: "x".into(),
        token_seconds: 60,
        masters: Masters::default(),
        redirects: Vec::new(),
    };
    let lab = Simulators::bind(settings).await.unwrap();
    lab.mtconnect().show("parts", total, false).unwrap();
    lab
}

/// What the API says waits, the newest first.
fn proposals(floor: &Floor) -> Vec<Value> {
    let all = floor.api.get("/api/v1/machine-proposals").unwrap().json().unwrap();
    all["items"].as_array().cloned().unwrap_or_default()
}

/// The number of the proposal of this kind, as soon as it has so many pieces.
async fn counted(floor: &Floor, kind: &str, pieces: u64) -> i64 {
    let found = eventually(|| async {
        let all = proposals(floor);
        let it = all.iter().find(|it| it["kind"] == kind && it["pieces"] == pieces);
        it.and_then(|it| it["id"].as_i64())
    });
    found.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_machine_counted_is_confirmed_in_the_browser_and_a_jump_is_no_pieces() {
    let lab = lab("500000").await;
    let (machine, url) = (lab.mtconnect(), lab.url());
    let running = tokio::spawn(lab.run(std::future::pending()));
    let start = Start::new(PROGRAM)
        .environment("MTM_MACHINES__LATHE__MTCONNECT", format!("{url}/mtconnect"))
        .environment("MTM_MACHINES__LATHE__INTERVAL_MS", "100");
    let Some(floor) = Floor::open_with(start).await else { return };

    // A lead says what is counted.
    floor.go("/machines/lathe").await;
    floor.press("a[href*='tag=parts']").await;
    floor.shown("#add-tag[value=parts]").await;
    for (css, text) in [
        ("#add-part", "P-1"),
        ("#add-operation", "10"),
        ("#add-location", "R-1"),
        ("#add-per_hour", "36000"),
    ] {
        floor.fill(css, text).await;
        // Leaves the field, which closes its suggestions; what is typed so fast and is longer would be taken for a scan.
        if text.len() < 4 {
            floor.fill(css, &Key::Tab.to_string()).await;
        }
    }
    floor.press("form#add .primary").await;
    let added = eventually(|| async {
        let all = floor.api.get("/api/v1/machines/lathe").unwrap().json().unwrap();
        (all["counted"][0]["value"] == 500_000).then_some(())
    });
    added.await.unwrap();
    floor.go("/machines/lathe").await;
    floor.picture("machine").await;

    // Pieces wait, and are stock when somebody says so: two of them were test pieces.
    machine.count("parts", 50).unwrap();
    let id = counted(&floor, "count", 50).await;
    assert_eq!(floor.on_hand(), 0, "what is only counted is no stock");
    floor.go("/machines").await;
    floor.picture("machines").await;
    floor.press("#proposals a.row-link").await;
    floor.shown("#proposal").await;
    floor.picture("proposal").await;
    floor.clear("#decide-confirmed").await;
    floor.fill("#decide-confirmed", "48").await;
    floor.fill("#decide-note", "two test pieces").await;
    floor.press("form#decide .primary").await;
    let booked = eventually(|| async { (floor.on_hand() == 48).then_some(()) });
    booked.await.unwrap();
    floor.go(&format!("/machine-proposals/{id}")).await;
    let words = floor.shown("#proposal").await.text().await.unwrap();
    assert!(words.contains("booked") && words.contains("48"), "{words}");
    floor.picture("proposal-booked").await;

    // Somebody types another total into the machine: nobody made that.
    machine.show("parts", "900000", false).unwrap();
    let asked = eventually(|| async {
        proposals(&floor)
            .iter()
            .find(|it| it["kind"] == "question")
            .and_then(|it| it["id"].as_i64())
    });
    let question = asked.await.unwrap();
    assert_eq!(floor.on_hand(), 48, "a question books nothing");
    floor.go(&format!("/machine-proposals/{question}")).await;
    floor.picture("question").await;
    floor.fill("#decide-note", "the counter was typed").await;
    floor.press("form#decide button[value=drop]").await;
    let dropped = eventually(|| async {
        let all = proposals(&floor);
        all.iter().any(|it| it["id"] == question && it["state"] == "dropped").then_some(())
    });
    dropped.await.unwrap();
    assert_eq!(floor.on_hand(), 48);
    running.abort();
}

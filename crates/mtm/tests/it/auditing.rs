//! The truth light of a real server, at the pace of a plant: what is changed past it is seen by API,
//! metrics, doctor and event stream.

use std::time::Duration;

use mtm_testkit::{Api, poll, sqlite};
use serde_json::Value;

use crate::support::{on, plant, receive};

const SOON: Duration = Duration::from_secs(60);

fn shines(api: &Api, name: &str, state: &str) -> Value {
    poll::until(&format!("{name} to be {state}"), SOON, || {
        let status = api.get("/api/v1/status")?.json()?;
        let invariants = status["invariants"].as_array().cloned().unwrap_or_default();
        let found = invariants.into_iter().find(|it| it["name"] == name);
        Ok(found.filter(|it| it["state"] == state))
    })
    .unwrap()
}

fn has_line(api: &Api, line: &str) {
    let text = api.get("/metrics").unwrap().text;
    assert!(text.lines().any(|other| other == line), "{line} is missing in\n{text}");
}

#[test]
fn stock_changed_past_the_server_is_seen_everywhere_and_forgotten_when_it_was_put_right() {
    let (server, api) = plant();
    let lot = receive(&api, "r", 30);
    for name in ["stock", "audit_chain", "history", "disk", "clock", "tasks", "secrets_key"] {
        shines(&api, name, "green");
    }
    let change = |pieces: i64| {
        let sql = format!(
            "UPDATE stock SET quantity = quantity + {pieces} * 1000000 WHERE lot = '{lot}'"
        );
        assert_eq!(sqlite::execute(&server.database(), &sql).unwrap(), 1);
    };
    change(5);
    let red = shines(&api, "stock", "red");
    assert_eq!(red["keys"][0]["key"], lot.as_str(), "{red}");
    assert!(red["next_step"].is_string() && red["since"].is_string(), "{red}");
    assert_eq!(api.get("/api/v1/status").unwrap().json().unwrap()["state"], "red");
    has_line(&api, "mtm_truth_light{invariant=\"stock\"} 2");
    let doctor = on(server.data_dir(), &["doctor"]);
    assert_ne!(doctor.code, 0);
    let findings = doctor.stdout.clone() + &doctor.stderr;
    assert!(findings.contains("stock is red") && findings.contains(&lot), "{findings}");
    // Bookings go on: the light is for people.
    assert_eq!(api.get("/readyz").unwrap().status, 200);
    receive(&api, "s", 31);

    change(-5);
    shines(&api, "stock", "green");
    has_line(&api, "mtm_truth_light{invariant=\"stock\"} 0");
}

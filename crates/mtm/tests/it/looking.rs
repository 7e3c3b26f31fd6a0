//! Looking shows the same here and on a server.

use std::path::Path;
use std::time::Duration;

use mtm_testkit::Mtm;
use serde_json::Value;

use crate::support::{mtm, on, plant, receive};

/// The answer to a question, once from the data directory and once from the server.
fn both(server: &Mtm, token: &str, arguments: &[&str]) -> Value {
    let here = on(server.data_dir(), arguments).json();
    let there = ["--server", server.url(), "--token", token, "--json"];
    let there = mtm(arguments.iter().copied().chain(there)).json();
    let steady = |mut value: Value| {
        // The moment of asking differs.
        if let Value::Object(fields) = &mut value {
            fields.remove("as_of");
        }
        value
    };
    let (here, there) = (steady(here), steady(there));
    assert_eq!(here, there, "{arguments:?}");
    here
}

#[test]
fn a_server_keeps_the_figures_of_the_day_up_to_date_behind_the_bookings() {
    let (server, api) = plant();
    for n in 1..=3 {
        receive(&api, &format!("r{n}"), n * 10);
    }
    let figures = || {
        let told = api.get("/api/v1/reports/throughput").unwrap().json().unwrap();
        told["items"][0]["quantity"].as_i64()
    };
    assert_eq!(figures(), Some(60), "at once, from the log");
    let held = "SELECT max(sequence) FROM derived_position WHERE name = 'throughput'";
    mtm_testkit::poll::until("the table of what moved", Duration::from_secs(60), || {
        let held = mtm_testkit::sqlite::value(&server.database(), held)?;
        Ok((held == "3").then_some(()))
    })
    .unwrap();
    assert_eq!(figures(), Some(60), "from the table");
}

#[test]
fn answers_are_the_same_here_and_on_a_server() {
    let (server, api) = plant();
    let token = server.token("eyes", "viewer").unwrap();
    for n in 1..=7 {
        receive(&api, &format!("r{n}"), n * 10);
    }
    let both = |arguments: &[&str]| both(&server, &token, arguments);
    let stock = both(&["stock", "--part", "p-*", "--limit", "3"]);
    assert_eq!(stock["items"].as_array().unwrap().len(), 3);
    assert!(stock["next_cursor"].is_string());
    let rest =
        both(&["stock", "--part", "p-*", "--cursor", stock["next_cursor"].as_str().unwrap()]);
    assert_eq!(rest["items"].as_array().unwrap().len(), 4);
    let sums = both(&["stock", "--group-by", "part,location"]);
    assert_eq!(sums["items"][0]["quantity"], 280);
    assert_eq!(sums["items"][0]["lots"], 7);
    assert_eq!(both(&["find", "p-1", "--limit", "2"])["items"].as_array().unwrap().len(), 2);
    let history = both(&["history", "--type", "in", "--oldest-first"]);
    assert_eq!(history["items"][0]["quantity"], 10);
    let explained = both(&["explain", "--part", "P-1"]);
    assert_eq!(explained["quantity"], 280);
    assert_eq!(both(&["lot", "1"])["lot"], "0000000001");
    // At night a shift is of the day before.
    let before = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(48);
    let before = before.strftime("%Y-%m-%d").to_string();
    let moved = both(&["report", "throughput", "--by", "shift", "--from", &before]);
    let moved = moved["items"].as_array().unwrap();
    assert!(moved.iter().all(|row| row["type"] == "in" && row["operation"] == "10"), "{moved:?}");
    assert_eq!(moved.iter().filter_map(|row| row["quantity"].as_i64()).sum::<i64>(), 280);
    let shifts = both(&["report", "shift", "--from", &before]);
    let shifts = shifts["items"].as_array().unwrap();
    assert!(shifts.iter().all(|row| row["shift"].is_string()), "{shifts:?}");
    assert_eq!(shifts.iter().filter_map(|row| row["movements"].as_i64()).sum::<i64>(), 7);
    let elsewhere = ["report", "throughput", "--operation", "20", "--from", &before];
    assert_eq!(both(&elsewhere)["items"], serde_json::json!([]));
}

#[test]
fn shifts_are_shown_the_same_here_and_on_a_server() {
    let (server, _api) = plant();
    let token = server.token("eyes", "viewer").unwrap();
    let told = both(&server, &token, &["shift", "show", "--as-of", "2026-11-23T23:00:00Z"]);
    assert_eq!(told["in_force"]["shifts"][0]["begins"], "06:00");
    assert_eq!(told["running"]["shift"], "2026-11-23/3");
    let directory = server.data_dir().to_str().unwrap();
    let shown = mtm(["shift", "show", "--data-dir", directory]).stdout;
    assert!(shown.contains("STARTS ON") && shown.contains("every day"), "{shown}");
    let report = mtm(["report", "shift", "--data-dir", directory]);
    assert_eq!(report.code, 0, "{}", report.stderr);
}

#[test]
fn a_period_is_closed_and_reopened_beside_a_running_server() {
    let (server, _api) = plant();
    let token = server.token("eyes", "viewer").unwrap();
    let directory = server.data_dir().to_str().unwrap();
    let period = |arguments: &[&str]| {
        mtm(["period"].iter().chain(arguments).copied().chain(["--data-dir", directory]))
    };
    let day = |ago: i64| {
        let then = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * ago);
        then.strftime("%Y-%m-%d").to_string()
    };
    assert_eq!(period(&["show"]).stdout, "Nothing is closed.\n");
    let closed = period(&["close", &day(2)]);
    assert_eq!(closed.stdout, format!("Closed through {}.\n", day(2)), "{}", closed.stderr);
    let earlier = period(&["close", &day(5)]);
    assert_eq!(earlier.code, 2, "closing never reopens: {}", earlier.stderr);
    let told = both(&server, &token, &["period", "show"]);
    assert_eq!(told["closed"]["through"], day(2));
    let reopened = period(&["reopen", "--through", &day(5)]);
    assert_eq!(reopened.stdout, format!("Closed through {}.\n", day(5)), "{}", reopened.stderr);
    let shown = period(&["show"]).stdout;
    assert!(shown.contains("WHAT") && shown.contains("reopened"), "{shown}");
}

#[test]
fn a_large_adjustment_is_asked_for_and_approved_at_the_command_line() {
    let (server, api) = plant();
    receive(&api, "r", 600);
    let token = server.token("counter", "lead").unwrap();
    let directory = server.data_dir().to_str().unwrap();
    let approval =
        |it: &[&str]| mtm(["approval"].iter().chain(it).copied().chain(["--data-dir", directory]));
    assert_eq!(approval(&["policy"]).stdout, "No adjustment takes a second person.\n");
    let set = approval(&["policy", "--pieces", "50"]).stdout;
    assert_eq!(set, "An adjustment by more than 50 pieces takes a second person.\n");
    let adjust = |more: &[&'static str]| {
        let it = ["adjust", "--lot", "1", "--counted", "500", "--reason", "count"];
        let there = ["--server", server.url(), "--token", &token];
        mtm(it.iter().chain(more).copied().chain(there))
    };
    let refused = adjust(&[]);
    assert_eq!(refused.code, 5, "{}", refused.stderr);
    assert!(refused.stderr.contains("more than one person"), "{}", refused.stderr);
    let asked = adjust(&["--yes"]);
    assert!(
        asked.stdout.starts_with("Nothing is booked yet: -100 of lot 0000000001"),
        "{}",
        asked.stdout
    );
    let waiting = both(&server, &token, &["approval", "list"]);
    let row = &waiting["items"][0];
    assert_eq!((row["delta"].as_i64(), row["on_hand"].as_i64()), (Some(-100), Some(600)));
    let booked = approval(&["approve", "1"]);
    assert_eq!(
        booked.stdout, "Booked: -100 of lot 0000000001, 500 stand there now.\n",
        "{}",
        booked.stderr
    );
    assert_eq!(approval(&["approve", "1"]).code, 5);
    assert_eq!(approval(&["list"]).stdout, "Nothing waits.\n");
    assert!(approval(&["list", "--all"]).stdout.contains("approved"));
    let none = approval(&["refuse", "9", "--reason", "no"]);
    assert_eq!(none.code, 4, "{}", none.stderr);
}

#[test]
fn people_get_tables() {
    let (server, api) = plant();
    receive(&api, "r", 12);
    let shown = |arguments: &[&str]| {
        let directory = server.data_dir().to_str().unwrap();
        let run = mtm(arguments.iter().copied().chain(["--data-dir", directory]));
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    let stock = shown(&["stock"]);
    assert!(stock.starts_with("PART"), "{stock}");
    assert!(stock.contains("P-1") && stock.contains("12"), "{stock}");
    assert!(shown(&["history"]).contains("R-1 / 10"));
    assert!(shown(&["lot", "1"]).starts_with("Lot 0000000001  (P-1)"));
    assert!(shown(&["explain", "--lot", "1"]).starts_with("12 pieces"));
    assert_eq!(shown(&["stock", "--part", "NOPE"]), "Nothing stands there.\n");
    let before = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(48);
    let before = before.strftime("%Y-%m-%d").to_string();
    let moved = shown(&["report", "throughput", "--from", &before]);
    assert!(moved.starts_with("DAY") && moved.contains("12"), "{moved}");
    assert_eq!(shown(&["report", "throughput", "--to", "2026-01-01"]), "Nothing moved.\n");
}

#[test]
fn wrong_questions_are_usage_errors() {
    let nowhere = Path::new("/nonexistent");
    for arguments in [
        &["stock", "--as-of", "yesterday"][..],
        &["stock", "--older-than", "3w"],
        &["history", "--type", "fly"],
        &["explain"],
        &["lot", "  "],
        &["report", "throughput", "--from", "monday"],
    ] {
        assert_eq!(on(nowhere, arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn labels_are_checked_and_made_at_the_command_line() {
    let (server, api) = plant();
    receive(&api, "r", 500);
    let token = server.token("eyes", "viewer").unwrap();
    let directory = server.data_dir().to_str().unwrap();
    let label = |arguments: &[&str]| {
        mtm(["label"].iter().chain(arguments).copied().chain(["--data-dir", directory]))
    };
    let listed = both(&server, &token, &["label", "list"]);
    assert!(listed["items"].as_array().unwrap().iter().any(|it| it["name"] == "lot"));
    let checked = both(&server, &token, &["label", "check", "lot", "--dpi", "300"]);
    assert_eq!(checked["findings"], serde_json::json!([]));
    let lot = checked["of"].as_str().unwrap();
    let shown = label(&["show", "lot"]);
    assert!(shown.stdout.contains("data = \"LOT:{lot}\""), "{}", shown.stdout);
    let file = server.data_dir().join("lot.toml");
    std::fs::write(&file, shown.stdout.replace("module = 1\n", "module = 0.13\n")).unwrap();
    let found = label(&["check", "lot", "--file", file.to_str().unwrap()]);
    assert!(found.stdout.contains("element 10: a module is 1 dot wide"), "{}", found.stdout);
    let zpl = label(&["render", "lot", "--of", lot, "--copy"]);
    assert!(zpl.stdout.contains(&format!("^FDLOT:{lot}^FS")), "{}", zpl.stderr);
    assert!(zpl.stdout.contains("^FDCOPY^FS"));
    let pdf = server.data_dir().join("label.pdf");
    let made =
        label(&["render", "lot", "--of", lot, "--format", "pdf", "--out", pdf.to_str().unwrap()]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(std::fs::read(&pdf).unwrap().starts_with(b"%PDF-"));
    assert_eq!(label(&["render", "lot", "--of", "99"]).code, 4);
    assert_eq!(label(&["check", "lot", "--dpi", "204"]).code, 2);
    std::fs::write(&file, "title = ").unwrap();
    let wrong = label(&["check", "lot", "--file", file.to_str().unwrap()]);
    assert!(wrong.code == 3 && wrong.stderr.contains("line 1"), "{}", wrong.stderr);
}

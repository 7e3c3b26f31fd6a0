//! Cycle counts from the command line: the same here and on a server, counted blind, posted once.

use mtm_testkit::Mtm;
use serde_json::{Value, json};

use crate::support::{mtm, on, on_hand, plant, receive};

/// The answer of a command on the server, as the owner of `token`.
fn there(server: &Mtm, token: &str, arguments: &[&str]) -> Value {
    let door = ["--server", server.url(), "--token", token, "--json"];
    mtm(arguments.iter().copied().chain(door)).json()
}

#[test]
fn a_count_is_planned_counted_again_by_somebody_else_and_posted() {
    let (server, api) = plant();
    let lots: Vec<String> = (1..=3).map(|n| receive(&api, &format!("r{n}"), n * 10)).collect();
    let (anna, bob) =
        (server.token("anna", "lead").unwrap(), server.token("bob", "operator").unwrap());
    let annas = |arguments: &[&str]| there(&server, &anna, arguments);
    let bobs = |arguments: &[&str]| there(&server, &bob, arguments);

    let planned = annas(&["count", "plan", "Rack 1", "--location", "R-%", "--key", "plan"]);
    assert_eq!((&planned["progress"]["lines"], &planned["state"]), (&3.into(), &"open".into()));
    let again = annas(&["count", "plan", "Rack 1", "--location", "R-%", "--key", "plan"]);
    assert_eq!(again["id"], planned["id"], "once under its key");
    let blind = bobs(&["count", "show", "rack 1", "--waiting"]);
    let lines = blind["lines"]["items"].as_array().unwrap();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line["expected"].is_null() && line["blind"] == true));

    let line_of = |lot: &str| {
        let line = lines.iter().find(|line| line["lot"] == lot).unwrap();
        line["line"].as_u64().unwrap()
    };
    let wrong = format!("{}=7", line_of(&lots[0]));
    let right = format!("{}=20", line_of(&lots[1]));
    let entered = bobs(&["count", "enter", "Rack 1", &wrong, &right]);
    assert_eq!(entered["items"][0]["state"], "recount", "{entered:#}");
    assert_eq!(entered["items"][1]["state"], "counted");
    // Whoever counted is not the one who counts again.
    let door = ["--server", server.url(), "--token", &bob];
    let same = mtm(["count", "enter", "Rack 1", &wrong].into_iter().chain(door));
    assert_eq!(same.code, 5, "{}", same.stderr);
    let decided = annas(&["count", "enter", "Rack 1", &wrong]);
    assert_eq!(decided["items"][0]["variance"], -3);
    let found = ["count", "enter", "Rack 1", "--found", "4", "--part", "P-1", "--operation", "20"];
    let found = annas(&[&found[..], &["--location", "R-2"]].concat());
    assert_eq!(found["items"][0]["line"], 4, "{found:#}");

    bobs(&["count", "enter", "Rack 1", "4=4"]);
    let preview = annas(&["count", "post", "Rack 1", "--preview"]);
    assert_eq!((preview["lines"].as_array().unwrap().len(), on_hand(&api)), (2, 60));
    let recount = annas(&["count", "recount", "Rack 1", &line_of(&lots[1]).to_string()]);
    assert_eq!(recount["progress"]["recount"], 1, "{recount:#}");
    let posted = annas(&["count", "post", "Rack 1"]);
    assert_eq!(posted["count"]["state"], "open", "one is to be counted again: {posted:#}");
    assert_eq!(on_hand(&api), 61);
    annas(&["count", "enter", "Rack 1", &right]);
    let posted = annas(&["count", "post", "Rack 1", "--leave-uncounted"]);
    assert_eq!(posted["count"]["state"], "posted", "{posted:#}");
    assert_eq!(on_hand(&api), 61, "nothing twice");

    // Looking is the same in the data directory; a closed count is named by its id.
    let id = planned["id"].as_str().unwrap();
    let here = on(server.data_dir(), &["count", "show", id]).json();
    assert_eq!(here, annas(&["count", "show", id]));
    on(server.data_dir(), &["count", "show", "Rack 1"]).failure(4);
    let listed = on(server.data_dir(), &["count", "list", "--state", "posted"]).json();
    assert_eq!(listed["items"][0]["id"], planned["id"]);
}

#[test]
fn a_count_is_run_without_a_server_too() {
    let (mut server, api) = plant();
    receive(&api, "r", 10);
    server.terminate().unwrap();
    let here = |arguments: &[&str]| on(server.data_dir(), arguments).json();
    let planned = here(&["count", "plan", "All", "--part", "P-1", "--key", "plan"]);
    assert_eq!(here(&["count", "plan", "All", "--part", "P-1", "--key", "plan"]), planned);
    here(&["count", "enter", "All", "1=10"]);
    let posted = here(&["count", "post", "All"]);
    assert_eq!((&posted["lines"], &posted["count"]["state"]), (&json!([]), &json!("posted")));
    let planned = here(&["count", "plan", "Again", "--part", "P-1"]);
    assert_eq!(planned["progress"]["open"], 1);
    let cancelled = here(&["count", "cancel", "Again"]);
    assert_eq!(cancelled["state"], "cancelled");
}

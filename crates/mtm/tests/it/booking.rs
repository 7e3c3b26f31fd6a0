//! Booking from the terminal, on each of its ways, and the exit code of each kind of refusal.

use mtm_testkit::Mtm;
use serde_json::Value;

use crate::support::{mtm, on, on_hand, plant, receive};

const RECEIPT: [&str; 7] = ["in", "--part", "p-1", "--operation", "10", "--location", "r-1"];

fn receipt<'a>(more: &[&'a str]) -> Vec<&'a str> {
    RECEIPT.into_iter().chain(more.iter().copied()).collect()
}

fn newest(server: &Mtm) -> Value {
    on(server.data_dir(), &["history", "--limit", "1"]).json()["items"][0].clone()
}

#[test]
fn a_booking_finds_its_own_way_and_names_who_typed_it() {
    let (mut server, api) = plant();
    let directory = server.data_dir().to_path_buf();

    // Beside the running server: through it.
    let booked = on(&directory, &receipt(&["--quantity", "5"])).json();
    assert_eq!(booked["type"], "in");
    assert_eq!(booked["balances"][0]["quantity"], 5);
    let row = newest(&server);
    let typed_by = row["user"].as_str().unwrap().to_owned();
    assert!(typed_by.starts_with("cli:"), "{row}");
    let events = api.get("/api/v1/movements?limit=1").unwrap().json().unwrap();
    assert_eq!(events["items"][0]["id"], row["id"]);

    // To a named server, as the token.
    let token = server.token("scanner", "operator").unwrap();
    let arguments =
        receipt(&["--quantity", "6", "--server", server.url(), "--token", &token, "--json"]);
    let booked = mtm(arguments).json();
    assert_eq!(booked["balances"][0]["quantity"], 6);
    assert_ne!(newest(&server)["user"], typed_by);

    // Without a server: into the ledger.
    assert!(server.terminate().unwrap().success());
    let booked = on(&directory, &receipt(&["--quantity", "7"])).json();
    assert_eq!(booked["balances"][0]["quantity"], 7);
    assert_eq!(newest(&server)["user"], typed_by);
}

#[test]
fn the_same_key_counts_once_whichever_way_it_takes() {
    let (mut server, _) = plant();
    let directory = server.data_dir().to_path_buf();
    let arguments = receipt(&["--quantity", "5", "--key", "same"]);
    let first = on(&directory, &arguments).json();
    assert_eq!(first["replayed"], false);
    assert!(server.terminate().unwrap().success());
    let again = on(&directory, &arguments).json();
    assert_eq!(again["replayed"], true);
    assert_eq!(again["id"], first["id"]);
    let other = on(&directory, &receipt(&["--quantity", "6", "--key", "same"])).failure(3);
    assert_eq!(other["code"], "idempotency_key_reused");
}

#[test]
fn lots_are_merged_and_their_lineage_is_shown() {
    let (server, _) = plant();
    let run = |arguments: &[&str]| on(server.data_dir(), arguments);
    let booked = run(&receipt(&["--quantity", "30", "--containers", "3"])).json();
    let lots: Vec<&str> =
        booked["lots"].as_array().unwrap().iter().map(|lot| lot.as_str().unwrap()).collect();
    let merged = run(&["merge", lots[1], lots[2], "--into", lots[0], "--notes", "one skid"]).json();
    assert_eq!(merged["balances"][0]["quantity"], 90);
    let sheet = run(&["lot", lots[0]]).json();
    let from: Vec<_> = sheet["lineage"]["ancestors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| link["from_lot"].as_str().unwrap())
        .collect();
    assert_eq!(from, [lots[2], lots[1]]);
    // In words, of either side.
    let words = |lot: &str| mtm(["lot", lot, "--data-dir", server.data_dir().to_str().unwrap()]);
    let (whole, part) = (words(lots[0]).stdout, words(lots[1]).stdout);
    assert!(whole.contains("Its pieces came from:") && whole.contains("merge"), "{whole}");
    assert!(part.contains("Its pieces went on into:") && part.contains(lots[0]), "{part}");
    let explained = run(&["explain", "--lot", lots[0]]).json();
    assert_eq!(explained["items"][0]["other_lot"], lots[2]);
    assert_eq!(run(&["merge", lots[0], "--into", lots[0]]).failure(2)["code"], "invalid_body");
    assert_eq!(
        run(&["merge", lots[1], "--into", lots[0]]).failure(5)["code"],
        "insufficient_stock"
    );
    let command = merged["id"].as_str().unwrap();
    let undone = run(&["undo", "--command", command, "--reason", "not one skid"]).json();
    assert_eq!(undone["movements"].as_array().unwrap().len(), 2);
    assert_eq!(run(&["stock", "--lot", lots[2]]).json()["items"][0]["quantity"], 30);
}

#[test]
fn a_lot_lives_through_every_command() {
    let (server, api) = plant();
    let run = |arguments: &[&str]| on(server.data_dir(), arguments);
    let booked =
        run(&receipt(&["--quantity", "100", "--containers", "2", "--work-order", "60723"])).json();
    assert_eq!(booked["lots"].as_array().unwrap().len(), 2);
    let lot = booked["lots"][0].as_str().unwrap();

    let moved = run(&["move", "--lot", lot, "--quantity", "40", "--to-location", "R-2"]).json();
    assert_eq!(moved["type"], "transfer");
    let done = run(&[
        "complete",
        "--lot",
        lot,
        "--location",
        "R-2",
        "--good",
        "30",
        "--scrap",
        "3",
        "--scrap-reason",
        "damaged",
        "--rework",
        "7",
        "--to-operation",
        "20",
    ])
    .json();
    assert_eq!(done["type"], "complete_operation");
    run(&["scrap", "--lot", lot, "--location", "R-1", "--quantity", "1", "--reason", "damaged"])
        .json();
    run(&["adjust", "--lot", lot, "--location", "R-1", "--counted", "58", "--reason", "count"])
        .json();
    let taken = run(&["out", "--lot", lot, "--location", "R-1", "--quantity", "8"]).json();
    // 100 - 3 scrapped - 1 scrapped - 1 counted away - 8 taken, and the second container.
    assert_eq!(on_hand(&api), 87 + 100);

    let command = taken["id"].as_str().unwrap();
    let shown = run(&["undo", "--command", command, "--preview"]).json();
    assert_eq!(shown["movements"][0]["quantity"], 8);
    assert_eq!(on_hand(&api), 187, "a preview writes nothing");
    run(&["undo", "--command", command, "--reason", "wrong lot"]).json();
    assert_eq!(on_hand(&api), 195);

    let sheet = run(&["lot", lot]).json();
    assert_eq!(sheet["work_order"], "WO-060723");
    assert!(sheet["history"].as_array().unwrap().len() >= 8);
    assert!(run(&["verify"]).json()["ok"].as_bool().unwrap());
}

/// The refusals that must be the same on both ways.
fn refusals(directory: &std::path::Path, lot: &str) {
    let refused = |arguments: &[&str], exit: i32, code: &str| {
        let failure = on(directory, arguments).failure(exit);
        assert_eq!(failure["code"], code, "{failure}");
        assert!(!failure["next_step"].as_str().unwrap().is_empty());
        failure
    };
    let failure = refused(&["out", "--lot", lot, "--quantity", "31"], 5, "insufficient_stock");
    assert_eq!(failure["details"]["available"][0]["quantity"], 30, "{failure}");
    let nowhere = ["--operation", "10", "--location", "R-1", "--quantity", "1"];
    let unknown: Vec<&str> = ["in", "--part", "nope"].into_iter().chain(nowhere).collect();
    refused(&unknown, 3, "unknown_part");
    refused(&["move", "--lot", lot, "--to-location", "R-1"], 3, "same_place");
    refused(&receipt(&["--quantity", "100001"]), 3, "quantity_out_of_range");
    refused(&receipt(&["--quantity", "5", "--containers", "0"]), 2, "invalid_body");
    refused(&["lot", "999"], 4, "not_found");
    // A usage error of the options themselves.
    assert_eq!(on(directory, &receipt(&["--quantity", "many"])).code, 2);
}

#[test]
fn every_kind_of_refusal_has_its_exit_code_on_both_ways() {
    let (mut server, api) = plant();
    let lot = receive(&api, "first", 30);
    let directory = server.data_dir().to_path_buf();
    refusals(&directory, &lot);
    let url = server.url().to_owned();
    let forbidden = server.token("eyes", "viewer").unwrap();
    let to_server = |token: &str| {
        let more = ["--quantity", "1", "--server", &url, "--token", token, "--json"];
        mtm(receipt(&more))
    };
    assert_eq!(to_server(&forbidden).failure(1)["code"], "forbidden");
    assert_eq!(to_server("mtm_wrong").failure(1)["code"], "unauthenticated");

    assert!(server.terminate().unwrap().success());
    refusals(&directory, &lot);
    let failure = to_server("mtm_x").failure(6);
    assert_eq!(failure["code"], "unreachable");
    assert!(failure["next_step"].as_str().unwrap().contains("--key"), "{failure}");
}

#[test]
fn a_repetition_is_questioned_and_yes_confirms_it() {
    let (server, api) = plant();
    let run = |more: &[&str]| on(server.data_dir(), &receipt(more));
    run(&["--quantity", "5"]).json();
    let questioned = run(&["--quantity", "5"]).failure(5);
    assert_eq!(questioned["code"], "possible_duplicate");
    assert!(questioned["next_step"].as_str().unwrap().contains("--yes"));
    run(&["--quantity", "5", "--yes"]).json();
    assert_eq!(on_hand(&api), 10);
}

#[test]
fn pieces_are_reserved_taken_for_it_and_freed_on_both_ways() {
    let (mut server, api) = plant();
    let lot = receive(&api, "first", 30);
    let directory = server.data_dir().to_path_buf();
    let run = |arguments: &[&str]| on(&directory, arguments);
    let place = ["reservation", "place", &lot, "--quantity", "20", "--work-order", "60723"];
    let made = run(&[&place[..], &["--key", "once"]].concat()).json();
    let id = made["reservation"].as_str().unwrap();
    let again = run(&[&place[..], &["--key", "once"]].concat()).json();
    assert_eq!((again["replayed"].as_bool(), &again["id"]), (Some(true), &made["id"]));
    let asked = run(&["out", "--lot", &lot, "--quantity", "11"]).failure(5);
    assert_eq!(asked["code"], "reserved");
    assert_eq!(asked["details"]["reserved"][0]["id"], id, "{asked}");
    let taken = run(&["out", "--lot", &lot, "--quantity", "12", "--reservation", id]).json();
    assert_eq!(taken["reservation"], id);

    // Without a server: in the ledger itself.
    assert!(server.terminate().unwrap().success());
    let listed = run(&["reservation", "list", "--work-order", "60723"]).json();
    let row = &listed["items"][0];
    assert_eq!((row["used"].as_i64(), row["state"].as_str()), (Some(12), Some("active")));
    let words = |arguments: &[&str]| {
        mtm([arguments, &["--data-dir", directory.to_str().unwrap()]].concat()).stdout
    };
    let told = words(&["reservation", "list"]);
    assert!(told.contains("WO-060723") && told.contains("active"), "{told}");
    let sheet = words(&["lot", &lot]);
    assert!(sheet.contains("RESERVED   8 for WO-060723 by"), "{sheet}");
    let local = run(&["out", "--lot", &lot, "--quantity", "11"]).failure(5);
    assert_eq!(local["details"]["reserved"][0]["id"], id, "{local}");
    run(&["reservation", "end", id, "--notes", "order was cancelled"]).json();
    assert_eq!(run(&["reservation", "end", id]).failure(4)["code"], "not_found");
    let over = run(&["reservation", "list", "--all", "--lot", &lot]).json();
    assert_eq!(over["items"][0]["state"], "released");
    run(&["out", "--lot", &lot, "--quantity", "18"]).json();
    let nothing = ["reservation", "place", &lot, "--purpose", "trial run"];
    assert_eq!(run(&nothing).failure(5)["code"], "insufficient_stock");
}

//! Mapping files at the command line: what comes with the program, what is wrong with one, and what would
//! be sent by it.

use std::path::{Path, PathBuf};

use mtm_testkit::called::{Asked, CalledServer, Said};
use serde_json::{Value, json};

use crate::support::{Run, mtm};

const PAGE: &str = include_str!("../../../../docs/mapping.md");

/// The first block of this kind in the documentation that holds `word`.
fn block(kind: &str, word: &str) -> &'static str {
    let blocks = PAGE.split("```").skip(1).step_by(2);
    let mut texts = blocks.filter_map(|it| it.strip_prefix(kind));
    texts.find(|text| text.contains(word)).unwrap()
}

fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn run(arguments: &[&str]) -> Run {
    mtm(arguments.iter().copied().chain(["--json"]))
}

#[test]
fn a_ready_map_is_printed_checked_and_told_everything_that_is_wrong_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let list = run(&["connect", "map", "list"]).json();
    let names: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["mock-erp", "inventree", "erpnext"]);
    for name in names {
        let shown = mtm(["connect", "map", "show", name]);
        let file = write(directory.path(), "map.toml", &shown.stdout);
        let checked = run(&["connect", "map", "check", file.to_str().unwrap()]).json();
        assert_eq!(checked["finds"], true, "{name}");
    }
    let unknown = run(&["connect", "map", "show", "erpnxt"]).failure(4);
    assert_eq!(unknown["code"], "unknown_map");
    let faulty = "[postings.isue]\npath = \"x\"\n[answer]\nsuccess = [500]\n";
    let file = write(directory.path(), "faulty.toml", faulty);
    let failure = run(&["connect", "map", "check", file.to_str().unwrap()]).failure(2);
    assert_eq!(failure["code"], "mapping_faulty");
    let fields: Vec<&str> = failure["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["line 1 postings.isue", "line 4 answer.success"]);
    assert_eq!(
        run(&["connect", "map", "check", "/no/such.toml"]).failure(2)["code"],
        "mapping_unreadable"
    );
}

#[test]
fn a_dry_run_shows_the_request_looks_things_up_and_sends_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let fact = write(directory.path(), "movement.json", block("json", "\"class\""));
    let map = write(directory.path(), "map.toml", block("toml", "[postings.issue]"));
    let (fact, map) = (fact.to_str().unwrap(), map.to_str().unwrap());
    let dry = ["connect", "dry-run", "--map", map, "--fact", fact];
    let named = run(&dry).json();
    assert_eq!(named["key_header"], "Idempotency-Key");
    assert_eq!(named["posting"]["path"], "warehouses/MAIN/issues");
    let body = json!({ "item": { "$lookup": "item" }, "amount": 0.02, "unit": "thousand" });
    assert_eq!(named["posting"]["body"], body);
    let shown = mtm(dry).stdout;
    assert!(
        shown.starts_with("POST warehouses/MAIN/issues\nIdempotency-Key: 01926f3e-"),
        "{shown}"
    );
    assert!(shown.contains("looked up before: item\n  GET items?code=11058-1779"), "{shown}");

    let server = CalledServer::start(|asked: &Asked| match asked.path.as_str() {
        "/items?code=11058-1779" => {
            Said::json(200, &json!({ "data": [{ "code": "11058-1779", "id": 17 }] }))
        }
        _ => Said::json(500, &json!({})),
    });
    let server = server.unwrap();
    let config = format!("[peers.erp]\nurl = \"{}\"\nauth = \"none\"\n", server.url());
    let config = write(directory.path(), "mtm.toml", &config);
    let more = ["--peer", "erp", "--config", config.to_str().unwrap()];
    let looked_up = run(&[&dry[..], &more[..]].concat()).json();
    assert_eq!(looked_up["posting"]["body"]["item"], 17);
    assert!(server.asked().iter().all(|asked| asked.method == "GET"));
    drop(server);
    let away = run(&[&dry[..], &more[..]].concat()).failure(6);
    assert_eq!(away["code"], "system_unavailable");
}

#[test]
fn a_movement_that_is_not_mapped_names_the_member() {
    let directory = tempfile::tempdir().unwrap();
    let mut fact: Value = serde_json::from_str(block("json", "\"class\"")).unwrap();
    fact["unit"] = json!("KG");
    let file = write(directory.path(), "movement.json", &fact.to_string());
    let dry =
        |map: &str| run(&["connect", "dry-run", "--map", map, "--fact", file.to_str().unwrap()]);
    let failure = dry("erpnext").failure(3);
    assert_eq!(
        (&failure["code"], &failure["errors"][0]["field"]),
        (&json!("not_mapped"), &json!("unit"))
    );
    fact["class"] = json!("opening");
    write(directory.path(), "movement.json", &fact.to_string());
    assert_eq!(dry("erpnext").json()["posting"], Value::Null);
    write(directory.path(), "movement.json", "{}");
    assert_eq!(dry("erpnext").failure(2)["code"], "invalid_body");
    assert_eq!(dry("erpnxt").failure(4)["code"], "unknown_map");
}

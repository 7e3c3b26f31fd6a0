//! The simulated agent keeps to the standard, and does what it is told.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use mtm_testkit::api::{Api, Reply};
use serde_json::{Value, json};

use crate::simulator::lab;

fn control(api: &Api, method: &str, path: &str, body: &Value) -> u16 {
    let json = [("Content-Type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    api.send(method, &format!("/control/mtconnect{path}"), &json, body).unwrap().status
}

fn report(api: &Api) -> Value {
    api.get("/control/mtconnect").unwrap().json().unwrap()
}

fn ask(api: &Api, path: &str) -> Reply {
    let reply = api.get(&format!("/mtconnect/{path}")).unwrap();
    assert_eq!(reply.header("content-type"), Some("text/xml"), "{path}");
    reply
}

/// The values of an attribute or of elements, in the order in which they stand.
fn all<'r>(reply: &'r Reply, before: &str, after: &str) -> Vec<&'r str> {
    reply.text.split(before).skip(1).filter_map(|it| it.split(after).next()).collect()
}

fn numbers(reply: &Reply) -> [&str; 3] {
    ["firstSequence=\"", "lastSequence=\"", "nextSequence=\""].map(|it| all(reply, it, "\"")[0])
}

fn counts(reply: &Reply) -> Vec<&str> {
    all(reply, "subType=\"GOOD\">", "<")
}

#[test]
fn an_agent_answers_what_there_is_what_is_and_what_was() {
    let api = lab();
    let probe = ask(&api, "probe");
    assert_eq!(all(&probe, "type=\"PART_COUNT\" subType=\"", "\""), ["ALL", "GOOD", "BAD"]);
    assert_eq!(ask(&api, "").text.matches("<DataItem ").count(), 6);
    assert_eq!(control(&api, "POST", "/count", &json!({ "tag": "good", "pieces": 3 })), 204);
    let current = ask(&api, "LATHE-1/current");
    assert_eq!((counts(&current), numbers(&current)), (vec!["3"], ["1", "9", "10"]));
    assert_eq!(counts(&ask(&api, "current?at=8")), ["2"]);
    let sample = ask(&api, "mtm-lab-lathe-1/sample?from=7&count=2");
    assert_eq!((counts(&sample), numbers(&sample)), (vec!["1", "2"], ["1", "9", "9"]));
    assert_eq!(numbers(&ask(&api, "sample?from=10")), ["1", "9", "10"]);
    assert_eq!(counts(&ask(&api, "sample")), ["0", "1", "2", "3"]);
}

#[test]
fn what_it_does_not_remember_or_know_is_refused_in_the_standards_codes() {
    let api = lab();
    let refused = |path: &str, status: u16, code: &str, words: &str| {
        let reply = ask(&api, path);
        assert_eq!(
            (reply.status, all(&reply, "errorCode=\"", "\"")),
            (status, vec![code]),
            "{path}"
        );
        assert!(reply.text.contains(words), "{path}: {}", reply.text);
    };
    let settings = json!({ "buffer": 4, "version": "1.3" });
    assert_eq!(control(&api, "PUT", "", &settings), 204);
    assert_eq!(control(&api, "POST", "/count", &json!({ "tag": "bad", "pieces": 4 })), 204);
    refused("sample?from=6", 400, "OUT_OF_RANGE", "'from' must be greater than 6");
    refused("sample?from=12", 400, "OUT_OF_RANGE", "'from' must be less than 12");
    refused("sample?from=12&interval=1", 400, "OUT_OF_RANGE", "MTConnectError:1.3");
    refused("sample?count=5", 400, "OUT_OF_RANGE", "'count' must be less than 5");
    refused("sample?interval=1&heartbeat=1", 400, "OUT_OF_RANGE", "'heartbeat'");
    refused("current?at=6", 400, "OUT_OF_RANGE", "'at'");
    refused("sample?from=x", 400, "INVALID_REQUEST", "no number");
    refused("sample?path=//Path", 400, "UNSUPPORTED", "'path'");
    refused("LATHE-2/probe", 404, "NO_DEVICE", "'LATHE-2'");
    refused("asset", 404, "INVALID_URI", "'asset'");
    // What fell out of its buffer is what things show still.
    assert_eq!(counts(&ask(&api, "current")), ["0"]);
    assert_eq!(ask(&api, "sample?from=7").text.matches("<PartCount").count(), 4);
}

#[test]
fn it_does_what_it_is_told() {
    let api = lab();
    let tell = |path: &str, body: &Value| control(&api, "POST", path, body);
    assert_eq!(tell("/unavailable", &Value::Null), 204);
    assert_eq!(tell("/count", &json!({ "tag": "good", "pieces": 2 })), 204);
    assert_eq!(counts(&ask(&api, "current")), ["UNAVAILABLE"]);
    assert_eq!(tell("/available", &Value::Null), 204);
    assert_eq!(counts(&ask(&api, "current")), ["2"]);
    let reset = json!({ "tag": "good", "value": "<&>", "began_again": true });
    assert_eq!(tell("/value", &reset), 204);
    let text = ask(&api, "current").text;
    assert!(text.contains("resetTriggered=\"MANUAL\">&lt;&amp;&gt;<"), "{text}");
    let before = report(&api);
    assert_eq!(tell("/restart", &Value::Null), 204);
    let after = report(&api);
    assert_eq!(after["instance"], before["instance"].as_u64().unwrap() + 1);
    assert_eq!((&after["first"], &after["next"]), (&json!(1), &json!(7)));
    assert_eq!(after["values"], before["values"]);
    for (method, path, body) in [
        ("POST", "/count", json!({ "tag": "good", "pieces": 1 })),
        ("POST", "/count", json!({ "tag": "gold", "pieces": 1 })),
        ("POST", "/count", json!({ "tag": "bad", "pieces": 100_001 })),
        ("POST", "/value", json!({ "tag": "bad", "value": "x".repeat(1_001) })),
        ("PUT", "", json!({ "buffer": 0 })),
        ("PUT", "", json!({ "version": "\"" })),
        ("PUT", "", json!({ "colour": "red" })),
    ] {
        assert_eq!(control(&api, method, path, &body), 400, "{body}");
    }
    assert_eq!(tell("/explode", &Value::Null), 404);
    assert_eq!(api.post("/control/reset", "", &json!({})).unwrap().status, 204);
    let anew = report(&api);
    assert_eq!((&anew["values"]["good"], &anew["instance"]), (&json!("0"), &json!(3)));
}

/// What goes wrong for the others goes wrong for it, its streams included.
#[test]
fn the_script_holds_for_it_too() {
    let api = lab();
    let script = |fault: Value| {
        let rules = json!([{ "path": "/mtconnect", "times": 1, "fault": fault }]);
        assert_eq!(api.post("/control/faults", "", &rules).unwrap().status, 204);
    };
    script(json!({ "kind": "status", "status": 503 }));
    assert_eq!(api.get("/mtconnect/current").unwrap().status, 503);
    script(json!({ "kind": "cut" }));
    assert!(api.get("/mtconnect/current").is_err());
    script(json!({ "kind": "half" }));
    assert!(api.get("/mtconnect/sample?interval=10&heartbeat=10").is_err());
    assert_eq!(ask(&api, "current").status, 200);
}

/// A stream says what is new, then that nothing is, and ends with the agent that it came from.
#[test]
fn a_stream_has_heartbeats_and_ends_with_its_agent() {
    let api = lab();
    let host = api.base().trim_start_matches("http://").to_owned();
    let mut line = TcpStream::connect(&host).unwrap();
    line.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let asked = "/mtconnect/sample?interval=1&heartbeat=5&from=1&count=100";
    write!(line, "GET {asked} HTTP/1.0\r\nHost: {host}\r\n\r\n").unwrap();
    let mut heard = String::new();
    let mut room = [0; 4_096];
    // Hears on until that is in it; what never comes ends with the time of the line.
    let mut hear = |heard: &mut String, enough: &dyn Fn(&str) -> bool| {
        while !enough(heard) {
            let count = line.read(&mut room).unwrap();
            if count == 0 {
                return;
            }
            heard.push_str(std::str::from_utf8(&room[..count]).unwrap());
        }
    };
    let parts = |heard: &str| heard.matches("</MTConnectStreams>").count();
    hear(&mut heard, &|it| parts(it) == 3);
    assert_eq!(control(&api, "POST", "/count", &json!({ "tag": "good", "pieces": 2 })), 204);
    hear(&mut heard, &|it| it.contains("subType=\"GOOD\">2<"));
    let before = parts(&heard);
    hear(&mut heard, &|it| parts(it) >= before + 2);
    assert_eq!(control(&api, "POST", "/restart", &Value::Null), 204);
    hear(&mut heard, &|_| false);

    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    let boundary = head.split("multipart/x-mixed-replace;boundary=").nth(1).unwrap();
    let boundary = boundary.lines().next().unwrap();
    let parts: Vec<&str> = body.split(&format!("--{boundary}\r\n")).skip(1).collect();
    for part in &parts {
        let (head, body) = part.split_once("\r\n\r\n").unwrap();
        let length = head.split("Content-length: ").nth(1).unwrap();
        assert_eq!(body.len(), length.parse::<usize>().unwrap() + 2, "{head}");
    }
    let told = body.split("subType=\"GOOD\">").skip(1).filter_map(|it| it.split('<').next());
    assert_eq!(told.collect::<Vec<_>>(), ["0", "1", "2"]);
    assert!(parts.last().unwrap().contains("nextSequence=\"9\""), "{:?}", parts.last());
}

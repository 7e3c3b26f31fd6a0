//! Messages of other systems, by a source that was made on the command line beside a running server.

use std::time::{SystemTime, UNIX_EPOCH};

use mtm_connect::webhook::{Secret, sign};
use mtm_testkit::api::Reply;
use mtm_testkit::{Api, Mtm};
use serde_json::Value;

use crate::support::{PROGRAM, Run, masters, on_hand, receipt};

/// Runs `mtm inbound …` beside the server.
fn inbound(server: &Mtm, arguments: &[&str]) -> Value {
    let arguments = ["inbound"].iter().chain(arguments).chain(&["--json"]);
    let run = Run::of(server.command(arguments).unwrap());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    run.json()
}

fn secret(answer: &Value) -> Secret {
    Secret::parse(answer["secret"].as_str().unwrap()).unwrap()
}

/// Sends a receipt of `quantity` as the message `id`, signed with `secret`.
fn send(api: &Api, secret: &Secret, id: &str, quantity: i64) -> Reply {
    // guide: sign
    let body = receipt(quantity).to_string();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let signed =
        sign(std::slice::from_ref(secret), id, i64::try_from(now).unwrap(), body.as_bytes());
    let headers = [
        ("Content-Type", "application/json"),
        ("webhook-id", id),
        ("webhook-timestamp", signed.timestamp.as_str()),
        ("webhook-signature", signed.signature.as_str()),
    ];
    api.send("POST", "/api/v1/inbound/erp", &headers, body).unwrap()
    // guide: end
}

#[test]
fn a_message_is_taken_once_also_by_a_server_that_was_killed_after_it() {
    let mut server = Mtm::start(PROGRAM).unwrap();
    let token = server.token("test", "admin").unwrap();
    masters(&server.api().with_token(&token));
    let made = inbound(&server, &["create", "erp"]);
    assert_eq!(made["path"], "/api/v1/inbound/erp", "{made}");
    let first = secret(&made);
    // guide: again
    let booked = send(&server.api(), &first, "msg_1", 500);
    assert_eq!(booked.status, 201, "{}", booked.text);
    server.kill9().unwrap();
    server.restart().unwrap();
    let again = send(&server.api(), &first, "msg_1", 500);
    assert_eq!((again.status, &again.text), (201, &booked.text));
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    assert_eq!(on_hand(&server.api().with_token(&token)), 500);
    // guide: end
    let second = secret(&inbound(&server, &["rotate", "erp", "--keep-hours", "0"]));
    assert_eq!(send(&server.api(), &first, "msg_2", 7).status, 401);
    assert_eq!(send(&server.api(), &second, "msg_2", 7).status, 201);
    inbound(&server, &["disable", "erp"]);
    assert_eq!(send(&server.api(), &second, "msg_3", 9).status, 401);
    let listed = inbound(&server, &["list"]);
    assert_eq!(
        (&listed["items"][0]["name"], &listed["items"][0]["taken"]),
        (&"erp".into(), &2.into())
    );
    inbound(&server, &["remove", "erp"]);
    assert_eq!(inbound(&server, &["list"])["items"], serde_json::json!([]));
    assert_eq!(on_hand(&server.api().with_token(&token)), 507);
    assert!(server.terminate().unwrap().success());
}

//! People and tokens, administered beside a running server.

use std::io::Write;
use std::process::Stdio;

use crate::support::{Run, command, on, plant, receive};

#[test]
fn a_token_opens_at_once_and_a_revoked_one_does_not() {
    let (server, api) = plant();
    let run = |arguments: &[&str]| on(server.data_dir(), arguments);
    let made = run(&["token", "create", "--name", "erp", "--scope", "operator"]).json();
    let secret = made["token"].as_str().unwrap();
    assert!(secret.starts_with("mtm_"));
    let erp = server.api().with_token(secret);
    receive(&erp, "by-erp", 5);

    let taken = run(&["token", "create", "--name", "erp", "--scope", "viewer"]).failure(5);
    assert_eq!(taken["code"], "already_exists");
    let listed = run(&["token", "list"]);
    assert!(!listed.stdout.contains(secret), "the secret is kept nowhere");
    run(&["token", "revoke", "erp"]).json();
    // The server believes a proof for a second at most.
    mtm_testkit::poll::until("the revocation", std::time::Duration::from_secs(10), || {
        Ok((erp.get("/api/v1/stock")?.status == 401).then_some(()))
    })
    .unwrap();
    assert_eq!(run(&["token", "revoke", "erp"]).failure(4)["code"], "not_found");
    assert_eq!(api.get("/api/v1/stock").unwrap().status, 200, "others are not disturbed");
}

#[test]
fn people_are_added_listed_and_kept_out() {
    let (server, _) = plant();
    let directory = server.data_dir().to_str().unwrap();
    let with_password = |arguments: &[&str], password: &str| {
        let mut child =
            command(arguments.iter().copied().chain(["--data-dir", directory, "--json"]))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
        // A program that refuses early does not read.
        let _ = child.stdin.take().unwrap().write_all(password.as_bytes());
        Run::of(child.wait_with_output().unwrap())
    };
    let add = ["user", "add", "anna", "--role", "operator", "--password-stdin"];
    assert_eq!(with_password(&add, "short\n").failure(3)["code"], "weak_password");
    let anna = with_password(&add, "correct horse battery\n").json();
    assert_eq!(anna["role"], "operator");
    assert_eq!(with_password(&add, "correct horse battery\n").failure(5)["code"], "already_exists");

    let run = |arguments: &[&str]| on(server.data_dir(), arguments);
    run(&["user", "add", "ben", "--role", "lead", "--no-password"]).json();
    let changed =
        with_password(&["user", "set-password", "ben", "--password-stdin"], "even longer words\n");
    assert_eq!(changed.json()["has_password"], true);
    assert!(run(&["user", "disable", "ben"]).json()["disabled_at"].is_string());
    assert!(run(&["user", "enable", "ben"]).json()["disabled_at"].is_null());
    let listed = run(&["user", "list"]);
    assert!(listed.stdout.contains("anna") && !listed.stdout.contains("argon2"));
    assert_eq!(run(&["user", "disable", "nobody"]).failure(4)["code"], "not_found");
}

//! Systems that a server calls: watched, tested, paused, replaced, and never with a secret in sight.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mtm_testkit::called::{Asked, CalledServer, Said};
use mtm_testkit::identity::MachineKey;
use mtm_testkit::mtm_process::Start;
use mtm_testkit::{Api, Mtm, poll};
use serde_json::{Value, json};

use crate::support::{PROGRAM, Run, mtm, on};

const SOON: Duration = Duration::from_secs(60);
const TOKEN: &str = "the-token-of-the-authorization-server";

fn write(file: &Path, text: &str) {
    // As an editor does: the file is never half there.
    let fresh = file.with_extension("fresh");
    std::fs::write(&fresh, text).unwrap();
    std::fs::rename(fresh, file).unwrap();
}

/// A system with an authorization server beside it, which knows one token; it hangs up once it is away.
fn system(away: &Arc<AtomicBool>) -> CalledServer {
    let away = Arc::clone(away);
    // guide: double
    let server = CalledServer::start(move |asked: &Asked| match asked.path.as_str() {
        _ if away.load(Ordering::SeqCst) => Said::HangUp,
        "/token" => Said::json(
            200,
            &json!({ "access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600 }),
        ),
        _ if asked.header("authorization") == format!("Bearer {TOKEN}") => {
            Said::json(200, &json!({ "well": true }))
        }
        _ => Said::json(401, &json!({})),
    });
    // guide: end
    server.unwrap()
}

/// A table of the configuration for such a system.
fn table(name: &str, url: &str) -> String {
    format!(
        "[peers.{name}]\nurl = \"{url}\"\nauth = \"oauth2\"\ntoken_url = \"{url}/token\"\n\
         client_id = \"mtm\"\nsecret_file = \"secret\"\nlook_seconds = 1\n"
    )
}

fn start(directory: &Path, text: &str) -> (Mtm, Api, PathBuf) {
    let file = directory.join("mtm.toml");
    write(&directory.join("secret"), "a secret of the client\n");
    write(&file, text);
    let server = Start::new(PROGRAM).argument("--config").argument(&file).start().unwrap();
    let api = server.api_as("admin").unwrap();
    (server, api, file)
}

/// Waits until a system stands as `so` says.
fn until(api: &Api, name: &str, so: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    poll::until(name, SOON, || {
        let list = api.get("/api/v1/integrations")?.json()?;
        let items = list["items"].as_array().cloned().unwrap_or_default();
        last = items.into_iter().find(|it| it["name"] == name).unwrap_or_default();
        Ok(so(&last).then(|| last.clone()))
    })
    .unwrap_or_else(|error| panic!("{error}: {last:#}"))
}

fn test(file: &Path, name: &str) -> Run {
    mtm(["connect", "test", name, "--json", "--config", file.to_str().unwrap()])
}

#[test]
fn a_system_is_watched_tested_paused_and_resumed() {
    let (directory, is_away) = (tempfile::tempdir().unwrap(), Arc::default());
    let system = system(&is_away);
    let (server, api, file) = start(directory.path(), &table("erp", &system.url()));
    let well = until(&api, "erp", |it| it["last_taken"].is_string());
    assert_eq!((&well["id"], &well["kind"]), (&json!("peer:erp"), &json!("peer")));
    let credential = &well["credential"];
    assert_eq!(credential["auth"], "oauth2");
    assert!(credential["token_valid_until"].is_string(), "{well:#}");
    assert_eq!((&credential["token_requests"], &well["last_error"]), (&json!(1), &Value::Null));
    let metrics = api.get("/metrics").unwrap().text;
    assert!(metrics.contains("mtm_peer_failing{peer=\"erp\"} 0"), "{metrics}");
    assert!(metrics.contains("mtm_peer_token_requests_total{peer=\"erp\"} 1"), "{metrics}");

    let tested = test(&file, "erp").json();
    assert_eq!(tested["ok"], true, "{tested:#}");
    let unknown = test(&file, "mes").failure(4);
    assert!(unknown["next_step"].as_str().unwrap().contains("erp"), "{unknown}");

    let listed = on(server.data_dir(), &["connect", "list", "--config", file.to_str().unwrap()]);
    assert!(listed.json()["items"][0]["id"] == "peer:erp", "{}", listed.stdout);
    let pause = ["connect", "pause", "erp", "--reason", "moving house"];
    let with = ["--config", file.to_str().unwrap()];
    on(server.data_dir(), &[&pause[..], &with].concat()).json();
    until(&api, "erp", |it| it["guard"]["override"] == "open");
    // The server hears of it with its next round; then nothing is sent any more.
    poll::until("the pause", SOON, || {
        let metrics = api.get("/metrics")?.text;
        Ok(metrics.contains("mtm_guard_held{destination=\"erp\"} 1").then_some(()))
    })
    .unwrap();
    let body = json!({ "override": "automatic" });
    let before = system.asked().len();
    let resumed = api.post("/api/v1/integrations/peer:erp/guard", "resume", &body).unwrap();
    assert_eq!(resumed.status, 200, "{}", resumed.text);
    poll::until("a call again", SOON, || Ok((system.asked().len() > before).then_some(())))
        .unwrap();

    // Nobody is there any more.
    is_away.store(true, Ordering::SeqCst);
    drop(system);
    let away = test(&file, "erp");
    let said: Value = serde_json::from_str(&away.stdout).unwrap();
    assert_eq!((&said["steps"][2]["state"], away.code), (&json!("failed"), 6), "{said:#}");
    assert_eq!(said["steps"][5]["state"], "not_tried");
    let failing = until(&api, "erp", |it| it["last_error"].is_string());
    assert!(failing["credential"]["next_step"].is_string(), "{failing:#}");
}

#[test]
fn a_changed_configuration_replaces_what_changed_and_keeps_the_rest() {
    let (directory, away) = (tempfile::tempdir().unwrap(), Arc::default());
    let (one, other) = (system(&away), system(&away));
    let text = table("erp", &one.url()) + &table("mes", &other.url());
    let (_server, api, file) = start(directory.path(), &text);
    until(&api, "erp", |it| it["last_taken"].is_string());
    until(&api, "mes", |it| it["last_taken"].is_string());
    write(&file, &(table("erp", &one.url()) + &table("wms", &other.url())));
    until(&api, "wms", |it| it["last_taken"].is_string());
    until(&api, "mes", Value::is_null);
    let kept = until(&api, "erp", |it| it["last_taken"].is_string());
    assert_eq!(kept["credential"]["token_requests"], 1, "it kept its token");
    // What cannot be used changes nothing.
    write(&file, "[peers.erp]\nurl = \"nowhere\"\n");
    poll::until("a note", SOON, || {
        let metrics = api.get("/metrics")?.text;
        Ok(metrics.contains("mtm_task_note{task=\"configuration\"} 1").then_some(()))
    })
    .unwrap();
    assert!(until(&api, "erp", |it| it["id"].is_string())["last_error"].is_null());
}

/// A table for each kind of proof, with its secret in a file; the names, and the text.
fn every_kind(directory: &Path, url: &str, key: &MachineKey) -> (Vec<&'static str>, String) {
    let place = |name: &str, text: &str| {
        write(&directory.join(name), text);
        format!("secret_file = \"{name}\"\n")
    };
    let kinds = [
        ("keyed", format!("auth = \"api_key\"\n{}", place("s1", "key-of-the-first-system"))),
        (
            "named",
            format!("auth = \"basic\"\nuser = \"mtm\"\n{}", place("s2", "word-of-the-second")),
        ),
        (
            "signed",
            format!("auth = \"hmac\"\nkey_id = \"k\"\n{}", place("s3", "shared-with-the-third")),
        ),
        (
            "tokens",
            format!(
                "auth = \"oauth2\"\nclient_id = \"mtm\"\n{}",
                place("s4", "client-of-the-fourth")
            ),
        ),
        (
            "posted",
            format!(
                "auth = \"oauth2\"\nclient_auth = \"post\"\nclient_id = \"mtm\"\n{}",
                place("s5", "client-of-the-fifth")
            ),
        ),
        (
            "statement",
            "auth = \"private_key_jwt\"\nclient_id = \"mtm\"\nprivate_key_file = \"k\"\n"
                .to_owned(),
        ),
    ];
    place("k", &key.pem);
    let mut text = String::new();
    for (name, members) in &kinds {
        let token = if members.contains("client_id") {
            format!("token_url = \"{url}/token\"\n")
        } else {
            String::new()
        };
        let head = format!("[peers.{name}]\nurl = \"{url}\"\nlook_seconds = 1\n");
        text = text + &head + members + &token;
    }
    (kinds.iter().map(|(name, _)| *name).collect(), text)
}

#[test]
fn no_secret_of_a_system_is_seen_anywhere_however_much_is_logged() {
    let directory = tempfile::tempdir().unwrap();
    // It repeats whatever it is shown, as servers do that are set up to help.
    let echo = CalledServer::start(|asked: &Asked| {
        let shown = format!("{:?} {}", asked.headers, String::from_utf8_lossy(&asked.body));
        let error = json!({ "error": shown, "error_description": shown });
        match asked.path.as_str() {
            "/token" if asked.header("authorization").is_empty() => Said::json(400, &error),
            "/token" => Said::json(
                200,
                &json!({ "access_token": TOKEN, "token_type": "Bearer", "expires_in": 60 }),
            ),
            _ => Said::of(&shown.replace(['\r', '\n'], " "), 200, shown.into_bytes()),
        }
    });
    let (echo, key) = (echo.unwrap(), MachineKey::ed25519("k1").unwrap());
    let (kinds, text) = every_kind(directory.path(), &echo.url(), &key);
    let file = directory.path().join("mtm.toml");
    write(&file, &text);
    let mut server = Start::new(PROGRAM)
        .argument("--config")
        .argument(&file)
        .environment("MTM_LOG__FILTER", "trace")
        .environment("MTM_LOG__FORMAT", "json")
        .start()
        .unwrap();
    let api = server.api_as("admin").unwrap();
    let mut seen = String::new();
    for name in kinds {
        seen += &until(&api, name, |it| it["last_error"].is_string()).to_string();
        let tested = test(&file, name);
        seen += &tested.stdout;
        seen += &tested.stderr;
    }
    let shown = mtm(["config", "show", "--json", "--config", file.to_str().unwrap()]);
    seen += &shown.json().to_string();
    for path in ["/metrics", "/api/v1/integrations", "/api/v1/status", "/api/v1/audit?limit=50"] {
        seen += &api.get(path).unwrap().text;
    }
    assert!(server.terminate().unwrap().success());
    let log = server.stderr().lines();
    assert!(log.iter().any(|line| line.contains("\"level\":\"TRACE\"")), "nothing was traced");
    seen += &log.join("\n");
    let pem: String = key.pem.lines().filter(|line| !line.starts_with('-')).collect();
    let basic = "bXRtOndvcmQtb2YtdGhlLXNlY29uZA==";
    let asked = echo.asked();
    assert!(asked.iter().any(|it| it.header("authorization") == format!("Basic {basic}")));
    let assertion = asked.iter().find_map(|it| {
        let body = String::from_utf8_lossy(&it.body).into_owned();
        Some(body.split_once("client_assertion=")?.1.split('&').next()?.to_owned())
    });
    let assertion = assertion.unwrap();
    for secret in [
        "key-of-the-first-system",
        "word-of-the-second",
        basic,
        "shared-with-the-third",
        "client-of-the-fourth",
        "client-of-the-fifth",
        TOKEN,
        &pem[..40],
        &assertion[..60],
    ] {
        let at = seen.find(secret).map(|at| &seen[at.saturating_sub(300)..at]);
        assert!(at.is_none(), "{secret} is seen behind {at:?}");
    }
}

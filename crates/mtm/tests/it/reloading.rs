//! A configuration that changes while the server runs: a good one counts at once, a bad one never.

use std::path::Path;
use std::time::Duration;

use mtm_testkit::mtm_process::Start;
use mtm_testkit::{Api, Mtm, poll};

use crate::support::{PROGRAM, Run, command, furnish, mtm, on, receipt};

const SOON: Duration = Duration::from_secs(20);

fn write(file: &Path, text: &str) {
    // As an editor does: the file is never half there.
    let new = file.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, file).unwrap();
}

/// Books until the answer has this status: a bound of bookings that changed counts for the next one.
fn until_booking_has(api: &Api, name: &str, status: u16, pieces: i64) {
    let mut tried = 0;
    poll::until(name, SOON, || {
        tried += 1;
        let key = format!("{name}-{tried}");
        let reply = api.post("/api/v1/movements", &key, &receipt(pieces))?;
        Ok((reply.status == status).then_some(()))
    })
    .unwrap();
}

fn told(server: &Mtm, what: &str) -> String {
    let line = server.stderr().first(SOON, |line| line.contains(what).then(|| line.to_owned()));
    line.unwrap_or_else(|| panic!("not told: {what}"))
}

fn noted(api: &Api, note: u8) {
    let line = format!("mtm_task_note{{task=\"configuration\"}} {note}");
    poll::until(&line, SOON, || {
        let text = api.get("/metrics")?.text;
        Ok(text.lines().any(|other| other == line).then_some(()))
    })
    .unwrap();
}

#[test]
fn a_good_configuration_counts_at_once_and_a_bad_one_never() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mtm.toml");
    write(&file, "[booking]\nmax_quantity = 100\n");
    let started = Start::new(PROGRAM).argument("--config").argument(&file).start();
    let mut server = started.unwrap();
    let api = furnish(&server);
    until_booking_has(&api, "within", 201, 60);

    // The file itself is followed.
    write(&file, "[booking]\nmax_quantity = 50\n");
    until_booking_has(&api, "beyond", 422, 61);
    told(&server, "taken over");

    // Wrong in one place, and nothing of it counts.
    write(&file, "[booking]\nmax_quantity = 100\nundo_window_minutes = -1\n");
    let line = told(&server, "not taken over");
    assert!(line.contains("undo_window_minutes"), "{line}");
    assert!(line.contains("ERROR"), "{line}");
    noted(&api, 1);
    until_booking_has(&api, "still-beyond", 422, 62);

    // Good again; what takes a restart is named and does not hinder the rest.
    let text = "[booking]\nmax_quantity = 100\n[server]\nmax_connections = 77\n";
    write(&file, text);
    until_booking_has(&api, "within-again", 201, 63);
    let line = told(&server, "server.max_connections");
    assert!(line.contains("after_a_restart"), "{line}");
    noted(&api, 1);
    write(&file, "[booking]\nmax_quantity = 100\n");
    noted(&api, 0);
    assert!(server.terminate().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_service_reads_its_configuration_on_sighup() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mtm.toml");
    write(&file, "");
    let started = Start::new(PROGRAM).argument("--config").argument(&file).start();
    let mut server = started.unwrap();
    let hang_up = || {
        let status = std::process::Command::new("kill")
            .args(["-HUP", &server.pid().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    };
    hang_up();
    told(&server, "asked to read the configuration again");
    told(&server, "the configuration was taken over");
    assert_eq!(server.api().get("/readyz").unwrap().status, 200, "it goes on");
    assert!(server.terminate().unwrap().success());
}

#[test]
fn a_certificate_is_replaced_while_the_server_runs() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    for authority in ["old", "new"] {
        assert_eq!(mtm(["tls", "init", "--name", "127.0.0.1", "--out", &path(authority)]).code, 0);
    }
    let put = |from: &str, file: &str| {
        std::fs::copy(path(&format!("{from}/{file}")), path(file)).unwrap();
    };
    put("old", "server.pem");
    put("old", "server.key");
    let mut serve = command(["serve", "--listen", "127.0.0.1:0", "--data-dir", &path("plant")]);
    serve.args(["--tls-cert", &path("server.pem"), "--tls-key", &path("server.key")]);
    let server = mtm_testkit::process::Guard::spawn(serve).unwrap();
    let url = server.stdout().first(SOON, |line| {
        line.split_whitespace().find(|word| word.starts_with("https://")).map(str::to_owned)
    });
    let url = url.expect("an https URL");
    let plant = directory.path().join("plant");
    let token = on(&plant, &["token", "create", "--name", "t", "--scope", "viewer"]).json();
    let token = token["token"].as_str().unwrap().to_owned();
    let is_believed = |authority: &str| {
        let mut ask = command(["stock", "--server", &url, "--token", &token, "--json"]);
        ask.env("MTM_CLIENT__CA_FILE", path(&format!("{authority}/ca.pem")));
        Run::of(ask.output().unwrap()).code == 0
    };
    assert!(is_believed("old") && !is_believed("new"));
    // A certificate without its key is not shown to anybody.
    put("new", "server.pem");
    let refused = server
        .stderr()
        .first(SOON, |line| line.contains("not taken over").then(|| line.to_owned()));
    assert!(refused.expect("a refusal").contains("cannot be used"));
    assert!(is_believed("old"));
    put("new", "server.key");
    poll::until("the new certificate", SOON, || Ok(is_believed("new").then_some(()))).unwrap();
    assert!(!is_believed("old"));
}

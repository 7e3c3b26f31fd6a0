//! Configuration as people write it.

use std::fs;

use crate::support::{Run, command, mtm};

#[test]
fn a_misspelt_key_stops_the_program_with_a_suggestion() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mtm.toml");
    fs::write(&file, "[server]\nlissten = \"127.0.0.1:0\"\n").unwrap();
    let file = file.to_str().unwrap();
    let refused = mtm(["config", "check", "--config", file]);
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .stderr
            .contains("line 2: there is no key server.lissten; did you mean server.listen?"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("next:"), "{}", refused.stderr);

    let refused = command(["stock"]).env("MTM_SERVER__LISTENN", "x").output().unwrap();
    let refused = Run::of(refused);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("did you mean MTM_SERVER__LISTEN?"), "{}", refused.stderr);
}

#[test]
fn every_value_is_shown_with_its_source_and_secrets_never() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mtm.toml");
    fs::write(&file, "[site]\nname = \"North\"\n[log]\nfilter = \"warn\"\n").unwrap();
    let shown = command(["config", "show", "--effective", "--json", "--config"])
        .arg(&file)
        .args(["--data-dir", "/srv/plant"])
        .env("MTM_LOG__FILTER", "debug")
        .env("MTM_CLIENT__TOKEN", "mtm_very_secret")
        .output()
        .unwrap();
    let shown = Run::of(shown);
    assert!(!shown.stdout.contains("mtm_very_secret"), "{}", shown.stdout);
    let rows = shown.json();
    let row = |key: &str| {
        let rows = rows.as_array().unwrap();
        let row = rows.iter().find(|row| row["key"] == key).unwrap();
        (row["value"].as_str().unwrap_or("").to_owned(), row["source"].as_str().unwrap().to_owned())
    };
    assert_eq!(row("site.name").0, "North");
    assert!(row("site.name").1.ends_with("mtm.toml line 2"), "{}", row("site.name").1);
    assert_eq!(row("log.filter"), ("debug".to_owned(), "environment MTM_LOG__FILTER".to_owned()));
    assert_eq!(row("data_dir"), ("/srv/plant".to_owned(), "--data-dir".to_owned()));
    assert_eq!(row("server.listen"), ("127.0.0.1:8080".to_owned(), "default".to_owned()));
    assert_eq!(row("client.token").0, "(hidden)");
}

#[test]
fn certificates_are_made_once_and_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("tls");
    let out = out.to_str().unwrap();
    let make = || {
        mtm(["tls", "init", "--name", "mtm.local", "--name", "127.0.0.1", "--out", out, "--json"])
    };
    let made = make().json();
    let key = fs::read(made["key"].as_str().unwrap()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(made["key"].as_str().unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let refused = make().failure(5);
    assert_eq!(refused["code"], "file_exists");
    assert_eq!(fs::read(made["key"].as_str().unwrap()).unwrap(), key);
}

#[test]
fn completions_know_the_commands() {
    let script = mtm(["completions", "bash"]);
    assert_eq!(script.code, 0);
    assert!(script.stdout.contains("mtm") && script.stdout.contains("verify"));
}

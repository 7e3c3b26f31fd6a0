//! `mtm db`: looking at databases, and moving a plant from one engine to the other.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use mtm_testkit::mtm_process::Start;
use mtm_testkit::{MariaDb, poll};
use serde_json::Value;

use crate::support::{PROGRAM, Run, command, mtm, on};

/// A generated plant in a directory of its own.
fn generated(directory: &Path) {
    let made = mtm([
        "generate",
        "--seed",
        "7",
        "--scale",
        "small",
        "--into",
        directory.to_str().unwrap(),
        "--json",
    ]);
    made.json();
}

fn on_database(url: &str, arguments: &[&str]) -> Run {
    mtm(arguments.iter().copied().chain(["--database", url, "--json"]))
}

fn name_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}

fn file(directory: &Path) -> String {
    format!("sqlite:{}", directory.join("mtm.db").display())
}

#[test]
fn a_plant_in_a_file_has_a_status_and_nothing_to_complain_about() {
    let directory = tempfile::tempdir().unwrap();
    let plant = directory.path().join("plant");
    assert_eq!(on(&plant, &["db", "status"]).failure(4)["exit"], 4);
    generated(&plant);
    let status = on(&plant, &["db", "status"]).json();
    assert_eq!(status["engine"], "sqlite");
    assert_eq!(status["schema"], status["schema_known"]);
    assert!(status["bytes"].as_u64().unwrap() > 10_000);
    assert!(status["sealing"].is_null());
    assert_eq!(on(&plant, &["db", "check-procedures"]).json()["ok"], true);
    let migrated = on(&plant, &["db", "migrate"]).json();
    assert_eq!(migrated["from"], migrated["to"]);
    let text = mtm(["db", "status", "--data-dir", plant.to_str().unwrap()]).stdout;
    assert!(text.contains("Engine      sqlite") && text.contains("the newest"), "{text}");
}

#[test]
fn a_mariadb_database_is_migrated_checked_and_never_shows_its_password() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("mtm db") else { return };
    let url = server.create_database().unwrap();
    let name = name_of(&url);
    let user = format!("u{}", std::process::id());
    server
        .sql(
            "",
            &format!(
                "CREATE USER '{user}'@'%' IDENTIFIED BY 'geheim-7';
                 GRANT ALL ON {name}.* TO '{user}'@'%'"
            ),
        )
        .unwrap();
    let secret = format!("mysql://{user}:geheim-7@127.0.0.1:{}/{name}", server.port());
    let run = |arguments: &[&str]| {
        let run = on_database(&secret, arguments);
        assert!(!run.stdout.contains("geheim") && !run.stderr.contains("geheim"), "{run:?}");
        run
    };
    let empty = run(&["db", "status"]).json();
    assert_eq!((&empty["schema"], empty["url"].as_str().unwrap().contains('@')), (&0.into(), true));
    assert_eq!(run(&["db", "check-procedures"]).failure(6)["code"], "database_unavailable");
    let made = run(&["db", "migrate"]).json();
    assert_eq!(made["from"], 0);
    assert_eq!(run(&["db", "migrate"]).json()["from"], made["to"]);
    let status = run(&["db", "status"]).json();
    assert_eq!(status["schema"], status["schema_known"]);
    assert_eq!(status["sealing"]["waiting"], 0);
    assert!(status["version"].as_str().unwrap().contains("MariaDB"), "{status}");
    assert_eq!(run(&["db", "check-procedures"]).json()["ok"], true);

    server.sql(name, "DROP PROCEDURE mtm_post; DROP TRIGGER audit_is_never_changed").unwrap();
    let drifted = run(&["db", "check-procedures"]);
    assert_eq!(drifted.failure(5)["code"], "procedures_differ");
    let found: Value = serde_json::from_str(&drifted.stdout).unwrap();
    let objects: Vec<_> = found["findings"].as_array().unwrap().iter().collect();
    assert_eq!(objects.len(), 2, "{found}");
    assert_eq!(objects[0]["object"], "procedure mtm_post");
    assert_eq!(objects[0]["deviation"], "missing");
    run(&["db", "migrate"]).json();
    assert_eq!(run(&["db", "check-procedures"]).json()["ok"], true);

    let wrong = secret.replace("geheim-7", "geheim-8");
    let refused = on_database(&wrong, &["db", "status"]);
    assert_eq!(refused.code, 6);
    assert!(!refused.stderr.contains("geheim"), "{}", refused.stderr);
}

#[test]
fn a_plant_moves_to_mariadb_and_back_also_after_a_killed_copy() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("mtm db copy") else { return };
    let directory = tempfile::tempdir().unwrap();
    let plant = directory.path().join("plant");
    generated(&plant);
    // Whoever works here is known from now on: looking adds nothing any more.
    let before = on(&plant, &["verify"]).json();
    let from = file(&plant);
    let url = server.create_database().unwrap();
    let rows = "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()
                AND table_name = 'movement'";

    let mut copying = command(["db", "copy", &from, &url])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    poll::until("the first tables", Duration::from_secs(60), || {
        Ok((server.sql(name_of(&url), rows)?.trim() == "1").then_some(()))
    })
    .unwrap();
    copying.kill().unwrap();
    copying.wait().unwrap();
    assert_eq!(on_database(&url, &["stock"]).failure(5)["code"], "ledger_incomplete");
    assert_eq!(on_database(&url, &["db", "migrate"]).failure(5)["code"], "ledger_incomplete");
    assert_eq!(on_database(&url, &["db", "status"]).json()["incomplete"], true);

    let copied = mtm(["db", "copy", &from, &url, "--json"]).json();
    assert_eq!(copied["head"], before["head"]);
    let verified = on_database(&url, &["verify", "--data-dir", plant.to_str().unwrap()]).json();
    assert_eq!(copied["head"], verified["head"]);
    let stock = |url: &str| on_database(url, &["stock", "--limit", "1000"]).json();
    assert_eq!(stock(&url), stock(&from));
    let again = mtm(["db", "copy", &from, &url, "--json"]);
    assert_eq!(again.failure(5)["code"], "not_empty");

    let back = directory.path().join("back");
    std::fs::create_dir(&back).unwrap();
    let returned = mtm(["db", "copy", &url, &file(&back), "--json"]).json();
    assert_eq!(returned["head"], copied["head"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(back.join("mtm.db")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "password hashes are for nobody else");
    }
    assert_eq!(on(&back, &["verify"]).json()["head"], copied["head"]);
    assert_eq!(stock(&file(&back)), stock(&from));
}

#[test]
fn an_empty_mariadb_database_takes_a_generated_plant_and_only_once() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("mtm generate --into a database") else {
        return;
    };
    let url = server.create_database().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let end = "2026-11-20T12:00:00Z";
    let into =
        |place: &str| mtm(["generate", "--seed", "7", "--end", end, "--into", place, "--json"]);
    let there = into(&url).json();
    let plant = directory.path().join("plant");
    let here = into(plant.to_str().unwrap()).json();
    assert_eq!(there["written"], here["written"]);
    let stock = |url: &str| on_database(url, &["stock", "--limit", "1000"]).json();
    assert_eq!(stock(&url), stock(&file(&plant)), "a seed gives the same plant on either engine");
    assert_eq!(into(&url).failure(5)["code"], "not_empty");
}

#[test]
fn the_demo_is_made_once_in_an_empty_mariadb_database_and_spares_other_plants() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("the demo on a database") else { return };
    let url = server.create_database().unwrap();
    let argument = format!("--database={url}");
    let demo =
        || Start::new(PROGRAM).argument("--demo").argument(argument.as_str()).start().unwrap();
    let newest = || {
        let history = on_database(&url, &["history", "--limit", "1"]).json();
        history["items"][0]["sequence"].as_i64().unwrap()
    };
    let mut first = demo();
    let made = newest();
    assert!(made > 800, "a week of bookings, not {made}");
    assert!(first.terminate().unwrap().success());
    let mut again = demo();
    assert_eq!(newest(), made, "the demo is reused");
    assert!(again.terminate().unwrap().success());

    let other = server.create_database().unwrap();
    on_database(&other, &["db", "migrate"]).json();
    let directory = tempfile::tempdir().unwrap();
    let refused =
        on(directory.path(), &["serve", "--demo", "--listen", "127.0.0.1:0", "--database", &other]);
    assert_eq!(refused.failure(5)["code"], "not_empty");
}

#[test]
fn a_plant_on_mariadb_runs_under_an_account_that_may_little() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("mtm db accounts") else { return };
    let url = server.create_database().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let passwords = directory.path().join("logins");
    std::fs::write(&passwords, "mtm_server=an own secret\npress1=one more\n").unwrap();
    let make = |more: &[&str]| {
        let logins = ["--app", "mtm_server", "--plant", "press1", "--passwords"];
        let passwords = passwords.to_str().unwrap();
        let all: Vec<&str> = ["db", "accounts"]
            .iter()
            .chain(&logins)
            .chain(&[passwords])
            .chain(more)
            .copied()
            .collect();
        on_database(&url, &all).json()
    };
    let shown = make(&["--dry-run"]);
    assert_eq!(shown["done"], false);
    let statements = shown["statements"].to_string();
    assert!(statements.contains("SET DEFAULT ROLE 'mtm_app' FOR 'mtm_server'@'%'"), "{statements}");
    assert!(!statements.contains("secret") && !statements.contains("one more"), "{statements}");
    assert_eq!(on_database(&url, &["db", "status"]).json()["schema"], 0);
    assert_eq!(make(&[])["statements"], shown["statements"]);
    let status = on_database(&url, &["db", "status"]).json();
    assert_eq!(status["access"]["owner"], "mtm_owner@localhost");
    assert_eq!(status["access"]["owner_locked"], true);
    assert_eq!(status["access"]["rights"], serde_json::json!([]));

    // From here on nobody needs the administrator.
    let program = url.replace("root@", "mtm_server:an%20own%20secret@");
    let run = |arguments: &[&str]| on_database(&program, arguments).json();
    assert_eq!(run(&["db", "status"])["access"]["role"], "mtm_app");
    assert_eq!(run(&["db", "check-procedures"])["ok"], true);
    run(&["user", "add", "press", "--role", "operator", "--no-password"]);
    assert_eq!(run(&["user", "sql-login", "press1", "--user", "press"])["user"], "press");
    assert_eq!(run(&["user", "sql-login"])["items"][0]["login"], "press1");
    let masters = "INSERT INTO part (uid, code, folded) VALUES (UNHEX(MD5('p')), 'P-1', 'P-1');
        INSERT INTO operation (uid, code, folded) VALUES (UNHEX(MD5('o')), '10', '10');
        INSERT INTO location (uid, code, folded) VALUES (UNHEX(MD5('l')), 'A-1', 'A-1')";
    server.sql(name_of(&url), masters).unwrap();
    let press = |sql: &str| server.sql_as(("press1", "one more"), name_of(&url), sql);
    let receive = "CALL mtm_receive('a-1', 'P-1', '10', 'A-1', 7, NULL, NULL, NULL, @s, @l, @m);
                   SELECT @s, @l";
    assert_eq!(press(receive).unwrap(), "done\t0000000001\n");
    assert!(press("DELETE FROM stock").is_err());
    assert_eq!(run(&["stock"])["items"][0]["quantity"], 7);
    assert_eq!(run(&["history"])["items"][0]["user"], "press");
    let here = directory.path().to_str().unwrap();
    assert_eq!(run(&["verify", "--data-dir", here])["ok"], true);
    run(&["user", "sql-login", "press1", "--remove"]);
    assert!(press(receive).is_err());

    // What it may not bring to this version it names, with the command that does.
    server.sql(name_of(&url), "DROP PROCEDURE mtm_seal").unwrap();
    let refused = on_database(&program, &["stock"]).failure(5);
    assert_eq!(refused["code"], "migration_needed");
    assert!(refused["next_step"].as_str().unwrap().contains("mtm db migrate"), "{refused}");
    on_database(&url, &["db", "migrate"]).json();
    run(&["stock"]);
}

#[test]
fn a_server_on_mariadb_tells_how_its_pools_and_servers_are() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("metrics of pools") else { return };
    let url = server.create_database().unwrap();
    let host = format!("127.0.0.1:{}", server.port());
    // Nobody listens on port 1.
    let url = url.replace(&host, &format!("{host},127.0.0.1:1"));
    let url = format!("{url}?replica=127.0.0.1:1");
    let argument = format!("--database={url}");
    let mut running = Start::new(PROGRAM).argument(argument.as_str()).start().unwrap();
    let expected = [
        "mtm_database_up 1".to_owned(),
        "mtm_pool_size{pool=\"readers\"} 4".to_owned(),
        "mtm_pool_waiting{pool=\"writers\"} 0".to_owned(),
        format!("mtm_database_in_use{{host=\"{host}\"}} 1"),
        "mtm_database_in_use{host=\"127.0.0.1:1\"} 0".to_owned(),
        "mtm_replica_questions_total{host=\"127.0.0.1:1\",outcome=\"served\"} 0".to_owned(),
    ];
    // A server that has just started may be waiting for a connection at that moment.
    let told = poll::until("the figures of a server at rest", Duration::from_secs(20), || {
        let told = running.api().get("/metrics")?.text;
        let all = expected.iter().all(|line| told.lines().any(|other| other == line));
        Ok(all.then_some(()))
    });
    if let Err(error) = told {
        panic!("{error}: {}", running.api().get("/metrics").unwrap().text);
    }
    let status = on_database(&url, &["db", "status"]).json();
    let servers: Vec<_> = status["servers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|server| (server["role"].as_str().unwrap(), server["usable"].as_bool().unwrap()))
        .collect();
    assert_eq!(servers, [("writer", true), ("writer", false), ("replica", false)]);
    assert!(running.terminate().unwrap().success());
}

//! Starting and stopping: who may, what is said, what is left.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mtm_testkit::mtm_process::Start;
use mtm_testkit::{MariaDb, Mtm, poll};

use crate::support::{PROGRAM, command, furnish, masters, mtm, on, receipt};

const SOON: Duration = Duration::from_secs(20);

#[test]
fn a_first_start_says_where_it_is_and_how_to_set_it_up() {
    let server = Mtm::start(PROGRAM).unwrap();
    let link = server.stdout().first(SOON, |line| {
        line.split_whitespace().find(|word| word.contains("/setup/")).map(str::to_owned)
    });
    let link = link.expect("a setup link");
    let lines = server.stdout().lines();
    assert_eq!(lines[0], format!("mtm is ready at {}/", server.url()));
    assert!(link.starts_with(server.url()), "{link}");
    assert!(server.data_dir().join("mtm.db").exists());
}

#[test]
fn a_second_server_is_refused_and_told_who_owns_the_directory() {
    let server = Mtm::start(PROGRAM).unwrap();
    let refused = on(server.data_dir(), &["serve", "--listen", "127.0.0.1:0"]).failure(5);
    assert_eq!(refused["code"], "data_directory_in_use");
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains(&format!("process {}", server.pid())), "{message}");
    assert!(message.contains(server.url()), "{message}");
    assert!(refused["next_step"].as_str().unwrap().contains("--data-dir"));
    assert_eq!(server.api().get("/readyz").unwrap().status, 200, "the owner is not disturbed");
}

#[test]
fn a_port_in_use_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let directory = tempfile::tempdir().unwrap();
    let refused = on(directory.path(), &["serve", "--listen", &address]).failure(5);
    assert_eq!(refused["code"], "port_in_use");
    assert!(refused["message"].as_str().unwrap().contains(&address));
    assert!(refused["next_step"].as_str().unwrap().contains("--listen"));
    // The directory is free again.
    let server = Start::new(PROGRAM).on(directory.path()).start().unwrap();
    assert_eq!(server.api().get("/readyz").unwrap().status, 200);
}

#[test]
fn a_place_that_cannot_hold_data_is_told_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, b"no directory").unwrap();
    let refused = on(&file, &["serve", "--listen", "127.0.0.1:0"]).failure(1);
    assert_eq!(refused["code"], "not_a_directory");

    let foreign = directory.path().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("mtm.db"), b"this is no database, but a long enough text").unwrap();
    let refused = on(&foreign, &["serve", "--listen", "127.0.0.1:0"]).failure(5);
    assert_eq!(refused["code"], "ledger_foreign");
    let left = std::fs::read(foreign.join("mtm.db")).unwrap();
    assert_eq!(left, b"this is no database, but a long enough text");
}

#[test]
fn nothing_is_made_by_looking() {
    let directory = tempfile::tempdir().unwrap();
    let gone = directory.path().join("gone");
    for command in ["stock", "history", "verify"] {
        let refused = on(&gone, &[command]).failure(4);
        assert_eq!(refused["code"], "file_missing", "{command}");
        assert!(refused["next_step"].as_str().unwrap().contains("mtm serve"), "{command}");
    }
    assert!(!gone.exists());
    let empty = on(directory.path(), &["stock"]).failure(4);
    assert_eq!(empty["code"], "ledger_missing");
}

#[test]
fn sigterm_under_load_loses_no_answer() {
    let mut server = Mtm::start(PROGRAM).unwrap();
    let token = server.token("load", "admin").unwrap();
    let api = server.api().with_token(&token);
    masters(&api);
    let stopping = AtomicBool::new(false);
    let booked: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|worker| {
                let (api, stopping) = (&api, &stopping);
                scope.spawn(move || {
                    let mut booked = Vec::new();
                    for n in 0.. {
                        let key = format!("{worker}-{n}");
                        match api.post("/api/v1/movements", &key, &receipt(n % 50 + 1)) {
                            Ok(reply) if reply.status == 201 => booked.push(key),
                            // Refused while stopping, or the connection was closed between two.
                            _ if stopping.load(Ordering::SeqCst) => break,
                            other => panic!("{other:?}"),
                        }
                    }
                    booked
                })
            })
            .collect();
        // Some bookings are through before the stop.
        poll::until("bookings", SOON, || {
            let reply = api.get("/api/v1/movements?limit=1")?.json()?;
            Ok((reply["items"][0]["sequence"].as_i64() > Some(20)).then_some(()))
        })
        .unwrap();
        stopping.store(true, Ordering::SeqCst);
        let ended = server.terminate().unwrap();
        assert!(ended.success(), "{ended}");
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(!server.data_dir().join("mtm.db-wal").exists(), "the file alone is the ledger");
    assert!(!server.data_dir().join("local.key").exists());
    server.restart().unwrap();
    let api = server.api().with_token(&token);
    for key in &booked {
        let (worker, n) = key.split_once('-').unwrap();
        let n: i64 = n.parse().unwrap();
        let reply = api.post("/api/v1/movements", key, &receipt(n % 50 + 1)).unwrap();
        assert_eq!(
            reply.header("Idempotent-Replayed"),
            Some("true"),
            "{worker} {n}: {}",
            reply.text
        );
    }
    assert!(on(server.data_dir(), &["verify"]).json()["ok"].as_bool().unwrap());
}

#[test]
fn a_question_that_hangs_at_the_database_keeps_no_server_from_stopping() {
    let suite = "a question that hangs while the server stops";
    let Some(database) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = database.create_database().unwrap();
    let name = url.rsplit('/').next().unwrap();
    let mut server = Start::new(PROGRAM).environment("MTM_DATABASE__URL", &url).start().unwrap();
    let api = furnish(&server);
    assert_eq!(api.post("/api/v1/movements", "one", &receipt(5)).unwrap().status, 201);
    let others = |what: &str| {
        let sql = format!(
            "SELECT id FROM information_schema.processlist WHERE db = '{name}' AND {what} LIMIT 1"
        );
        Ok(database.sql(name, &sql)?.split_whitespace().last().map(str::to_owned))
    };
    let stopped = thread::scope(|scope| {
        let locked =
            scope.spawn(|| database.sql(name, "LOCK TABLES lot WRITE, stock WRITE; DO sleep(100)"));
        let locker = poll::until("the lock", SOON, || others("info LIKE 'DO sleep%'")).unwrap();
        scope.spawn(|| api.get("/api/v1/audit/verify"));
        poll::until("a question that waits", SOON, || others("info LIKE '%FROM lot'")).unwrap();
        let asked = Instant::now();
        let ended = server.terminate().unwrap();
        database.sql(name, &format!("KILL {locker}")).unwrap();
        assert!(locked.join().unwrap().is_err(), "the lock was held all the time");
        assert!(ended.success(), "{ended}");
        asked.elapsed()
    });
    // The question itself would have waited for half a minute.
    assert!(stopped < SOON, "{stopped:?}");
}

#[test]
fn the_demo_is_made_once_and_spares_other_plants() {
    let demo = Start::new(PROGRAM).argument("--demo");
    let mut server = demo.start().unwrap();
    let directory = server.data_dir().to_path_buf();
    let first = on(&directory, &["history", "--limit", "1"]).json();
    let newest = first["items"][0]["sequence"].as_i64().unwrap();
    assert!(newest > 800, "a week of bookings, not {newest}");
    let stock = on(&directory, &["stock", "--limit", "1000"]).json();
    assert!(stock["items"].as_array().unwrap().len() > 50);
    server.restart().unwrap();
    let again = on(&directory, &["history", "--limit", "1"]).json();
    assert_eq!(again, first, "the demo is reused");

    let (other, _) = crate::support::plant();
    let directory = other.data_dir().to_path_buf();
    let mut other = other;
    assert!(other.terminate().unwrap().success());
    let refused = on(&directory, &["serve", "--demo", "--listen", "127.0.0.1:0"]).failure(5);
    assert_eq!(refused["code"], "not_empty");
    assert!(on(&directory, &["verify"]).json()["ok"].as_bool().unwrap());
}

#[test]
fn an_empty_plant_becomes_the_demo() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = Start::new(PROGRAM).on(directory.path()).start().unwrap();
    assert!(server.terminate().unwrap().success());
    drop(server);
    let server = Start::new(PROGRAM).on(directory.path()).argument("--demo").start().unwrap();
    let history = on(server.data_dir(), &["history", "--limit", "1"]).json();
    assert!(history["items"][0]["sequence"].as_i64().unwrap() > 800);
    assert!(on(server.data_dir(), &["verify"]).json()["ok"].as_bool().unwrap());
}

#[test]
fn help_names_the_commands_and_wrong_usage_is_two() {
    let help = mtm(["--help"]);
    assert_eq!(help.code, 0);
    assert!(help.stdout.contains("mtm <COMMAND>"), "{}", help.stdout);
    assert_eq!(mtm(["fly"]).code, 2);
    assert_eq!(mtm(["in", "--part", "X"]).code, 2);
    let colour = command(["stock", "--data-dir", "/nonexistent"]).env("NO_COLOR", "1").output();
    assert!(!String::from_utf8(colour.unwrap().stderr).unwrap().contains('\u{1b}'));
}

#[test]
fn a_plant_with_its_own_authority_speaks_tls() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    assert_eq!(mtm(["tls", "init", "--name", "127.0.0.1", "--out", &path("tls")]).code, 0);
    let mut serve = command(["serve", "--listen", "127.0.0.1:0", "--data-dir", &path("plant")]);
    serve.args(["--tls-cert", &path("tls/server.pem"), "--tls-key", &path("tls/server.key")]);
    let server = mtm_testkit::process::Guard::spawn(serve).unwrap();
    let url = server.stdout().first(SOON, |line| {
        line.split_whitespace().find(|word| word.starts_with("https://")).map(str::to_owned)
    });
    let url = url.expect("an https URL");
    let plant = directory.path().join("plant");
    let token = on(&plant, &["token", "create", "--name", "t", "--scope", "viewer"]).json();
    let token = token["token"].as_str().unwrap().to_owned();
    let ask = |trust: bool| {
        let mut ask = command(["stock", "--server", &url, "--token", &token, "--json"]);
        if trust {
            ask.env("MTM_CLIENT__CA_FILE", path("tls/ca.pem"));
        }
        crate::support::Run::of(ask.output().unwrap())
    };
    assert_eq!(ask(true).json()["items"].as_array().unwrap().len(), 0);
    assert_eq!(ask(false).failure(6)["code"], "unreachable", "nobody else vouches for it");
    // Beside the server, bookings find their way without being told about certificates.
    let refused = on(&plant, &["out", "--lot", "1"]).failure(3);
    assert_eq!(refused["code"], "unknown_lot");
}

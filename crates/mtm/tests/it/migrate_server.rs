//! Taking over the legacy database from its server: as from its dump, or not at all.

use std::fs;
use std::path::Path;

use mtm_lab::proxy::{Direction, End, Proxy, Trap};
use mtm_testkit::MariaDb;
use serde_json::Value;

use crate::support::{Run, command, on};

/// The made-up plant as a server can hold it: what its column types would change is changed
/// before, so that the dump and the server hold the same.
pub(crate) fn dump() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mtm-app/tests/legacy/plant.sql");
    fs::read_to_string(path)
        .unwrap()
        .replace("enum('IN','OUT','TRANSFER')", "varchar(20)")
        .replace("`Operations` json", "`Operations` longtext")
        .replace("'not a time'", "'0000-00-00 00:00:00'")
}

/// The plant on a server, to be read by an account of its own that may nothing but read.
pub(crate) struct Legacy {
    pub(crate) server: &'static MariaDb,
    pub(crate) database: String,
    user: String,
}

const PASSWORD: &str = "hush/hush@7";

impl Legacy {
    /// The plant in a database of its own.
    pub(crate) fn load(server: &'static MariaDb) -> Self {
        let url = server.create_database().unwrap();
        let database = url.rsplit('/').next().unwrap().to_owned();
        server.sql(&database, &dump()).unwrap();
        let user = format!("r{}", database.trim_start_matches("mtm_test_"));
        let grant = format!(
            "CREATE USER '{user}'@'%' IDENTIFIED BY '{PASSWORD}';
             GRANT SELECT ON {database}.* TO '{user}'@'%'"
        );
        server.sql("", &grant).unwrap();
        Self { server, database, user }
    }

    /// Its address, with its password left out, through `port`.
    pub(crate) fn address(&self, port: u16) -> String {
        format!("mysql://{}@127.0.0.1:{port}/{}", self.user, self.database)
    }

    /// `mtm migrate-legacy` on it.
    pub(crate) fn command(&self, directory: &Path, more: &[&str]) -> std::process::Command {
        self.command_through(self.server.port(), directory, more)
    }

    fn command_through(&self, port: u16, directory: &Path, more: &[&str]) -> std::process::Command {
        let (from, directory) = (self.address(port), directory.to_str().unwrap());
        let always = ["migrate-legacy", "--from", &from, "--data-dir", directory, "--json"];
        let mut command = command(always.iter().chain(more).copied());
        command.env("MTM_LEGACY__PASSWORD", PASSWORD);
        command
    }

    /// Runs it to its end; nobody may see the password.
    pub(crate) fn migrate(&self, directory: &Path, more: &[&str]) -> Run {
        seen(Run::of(self.command(directory, more).output().unwrap()))
    }
}

fn seen(run: Run) -> Run {
    assert!(!run.stdout.contains("hush") && !run.stderr.contains("hush"), "{run:?}");
    run
}

fn stock(directory: &Path) -> String {
    let run = on(directory, &["export", "stock", "--format", "ndjson"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

#[test]
fn a_server_is_taken_over_like_its_dump() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("migrate-legacy: server") else { return };
    let legacy = Legacy::load(server);
    let directory = tempfile::tempdir().unwrap();
    let (live, dumped) = (directory.path().join("live"), directory.path().join("dumped"));
    let file = directory.path().join("dump.sql");
    fs::write(&file, dump()).unwrap();

    let dry = legacy.migrate(&live, &["--dry-run"]).json();
    assert!(!live.exists(), "a dry run made a data directory");
    let first = legacy.migrate(&live, &[]).json();
    assert_eq!(first["repeated"], false);
    assert_eq!(first["source"], dry["source"]);
    let from_dump = on(&dumped, &["migrate-legacy", "--from", file.to_str().unwrap()]).json();
    for field in ["lots", "classes", "totals", "creates", "findings"] {
        assert_eq!(first[field], from_dump[field], "{field}");
    }
    assert_eq!(stock(&live), stock(&dumped));
    let legacy_log =
        |at: &Path| -> Value { on(at, &["lot", "0000000002"]).json()["history"].clone() };
    assert_eq!(
        legacy_log(&live).as_array().unwrap().len(),
        legacy_log(&dumped).as_array().unwrap().len()
    );
    assert_eq!(on(&live, &["verify"]).json()["ok"], true);

    let again = legacy.migrate(&live, &[]).json();
    assert_eq!(again["repeated"], true);
    assert_eq!(stock(&live), stock(&dumped));
}

#[test]
fn a_server_that_is_away_or_refuses_says_so_and_leaves_no_trace() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("migrate-legacy: server") else { return };
    let legacy = Legacy::load(server);
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let proxy = runtime.block_on(Proxy::start(format!("127.0.0.1:{}", server.port()))).unwrap();
    let through =
        |port: u16| seen(Run::of(legacy.command_through(port, &data, &[]).output().unwrap()));
    // In the middle of the rows.
    proxy.arm(Trap::after_bytes(Direction::ToClient, 9_000, End::Reset));
    let lost = through(proxy.address().port()).failure(6);
    assert_eq!(lost["code"], "legacy_lost");
    assert!(lost["next_step"].as_str().is_some_and(|step| !step.is_empty()), "{lost}");
    let port = proxy.address().port();
    runtime.block_on(proxy.stop());
    assert_eq!(through(port).failure(6)["code"], "legacy_unreachable");

    let wrong = directory.path().join("wrong.txt");
    fs::write(&wrong, "hushed\n").unwrap();
    let mut denied = legacy.command(&data, &["--password-file", wrong.to_str().unwrap()]);
    denied.env_remove("MTM_LEGACY__PASSWORD");
    assert_eq!(seen(Run::of(denied.output().unwrap())).failure(1)["code"], "legacy_denied");
    let missing = legacy.address(server.port()).replace(&legacy.database, "nowhere");
    let run = on(&data, &["migrate-legacy", "--from", &missing]);
    assert_ne!(run.code, 0);
    assert!(!data.exists(), "a refused server made a data directory");
}

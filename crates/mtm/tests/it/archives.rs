//! Archives: what is in them is proved by themselves and by the ledger, and nothing of it can be changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use mtm_testkit::mtm_process::Start;
use mtm_testkit::{Api, Fixture, MariaDb, Mtm, poll, sqlite};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{PROGRAM, Run, furnish, mtm, plant, receive};

/// A plant with three movements, one of them with notes, and a place elsewhere.
struct Noted {
    server: Mtm,
    api: Api,
    /// The ledger, where it is not the file of the data directory.
    url: Option<String>,
    elsewhere: TempDir,
}

impl Noted {
    fn new() -> Self {
        let (server, api) = plant();
        Self::on(server, api, None)
    }

    fn on(server: Mtm, api: Api, url: Option<String>) -> Self {
        let lot = receive(&api, "n", 41);
        let out =
            json!({ "type": "out", "lot": lot, "quantity": 11, "notes": "for the sample room" });
        let reply = api.post("/api/v1/movements", "o", &out).unwrap();
        assert_eq!(reply.status, 201, "{}", reply.text);
        let noted = Self { server, api, url, elsewhere: tempfile::tempdir().unwrap() };
        noted.receive("r", 30);
        noted
    }

    fn file(&self, name: &str) -> PathBuf {
        self.elsewhere.path().join(name)
    }

    fn run(&self, what: &str, files: &[&str], more: &[&str]) -> Run {
        let files: Vec<String> =
            files.iter().map(|it| self.file(it).display().to_string()).collect();
        let directory = self.server.data_dir().display().to_string();
        let database = self.url.iter().flat_map(|url| ["--database", url]);
        let arguments = ["archive", what, "--json", "--data-dir", &directory];
        mtm(arguments
            .into_iter()
            .chain(database)
            .chain(files.iter().map(String::as_str))
            .chain(more.iter().copied()))
    }

    fn write(&self, name: &str, more: &[&str]) -> Run {
        self.run("write", &[name], more)
    }

    fn write_after(&self, name: &str, before: &str, more: &[&str]) -> Run {
        let before = self.file(before).display().to_string();
        self.write(name, &[&["--after", &before], more].concat())
    }

    fn verify(&self, names: &[&str], more: &[&str]) -> Run {
        self.run("verify", names, more)
    }

    /// Receives, and waits until it has its place in the log, so that another program sees it.
    fn receive(&self, key: &str, quantity: i64) {
        let lot = receive(&self.api, key, quantity);
        let logged = || {
            let log = self.api.get(&format!("/api/v1/movements?lot={lot}"))?.json()?;
            Ok(log["items"][0]["sequence"].is_u64().then_some(()))
        };
        poll::until("it has its place", Duration::from_secs(30), logged).unwrap();
    }

    /// The text of an archive, by the program that everybody has.
    fn text(&self, name: &str) -> String {
        let unpacked = Command::new("gzip").arg("-dc").arg(self.file(name)).output().unwrap();
        assert!(unpacked.status.success(), "{}", String::from_utf8_lossy(&unpacked.stderr));
        String::from_utf8(unpacked.stdout).unwrap()
    }
}

fn files(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap().map(|it| it.unwrap().file_name());
    let mut names: Vec<_> = names.map(|it| it.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Whichever engine the ledger is on.
fn archives_follow_each_other(noted: &mut Noted) {
    let made = noted.write("1.gz", &[]).json();
    assert_eq!(
        (&made["from"], &made["movements"], &made["notes"]),
        (&json!(1), &json!(3), &json!(1))
    );
    assert_eq!((&made["parts"], &made["pieces"]), (&json!(1), &json!(60)));
    assert_eq!(noted.write("1.gz", &[]).failure(5)["code"], "file_exists");
    assert_eq!(
        noted.write_after("2.gz", "1.gz", &[]).failure(4)["code"],
        "not_found",
        "nothing new"
    );
    noted.receive("s", 50);
    noted.receive("t", 7);
    let first = made["to"].as_u64().unwrap();
    let second = (first + 1).to_string();
    let second = noted.write_after("2.gz", "1.gz", &["--upto", &second]).json();
    assert_eq!((&second["from"], &second["movements"]), (&json!(first + 1), &json!(1)), "{second}");
    assert_eq!((&second["previous"], &second["pieces"]), (&made["hash"], &json!(110)));
    let third = noted.write_after("3.gz", "2.gz", &[]).json();
    assert_eq!((&third["from"], &third["pieces"]), (&json!(first + 2), &json!(117)));
    assert_eq!(files(noted.elsewhere.path()), ["1.gz", "2.gz", "3.gz"], "and nothing unfinished");
    noted.receive("u", 1);

    let proved = noted.verify(&["3.gz", "1.gz", "2.gz"], &[]).json();
    assert_eq!(
        (&proved["ok"], &proved["ledger"]["entries_since"]),
        (&json!(true), &json!(1)),
        "{proved}"
    );
    let archives = proved["archives"].as_array().unwrap();
    assert_eq!(archives.len(), 3);
    for (archive, made) in archives.iter().zip([&made, &second, &third]) {
        assert_eq!(archive, made, "as it was told when it was written");
        assert_eq!(archive["signature"]["state"], "trusted");
    }
    let gap = noted.verify(&["1.gz", "3.gz"], &[]).failure(1);
    assert_eq!(gap["code"], "archive_not_joined", "{gap}");
    let alone = noted.verify(&["2.gz"], &[]).json();
    assert!(
        alone["not_excluded"].as_str().unwrap().contains(&format!("before entry {}", first + 1))
    );
}

#[test]
fn archives_follow_each_other_and_the_ledger_goes_on_from_them() {
    let mut noted = Noted::new();
    archives_follow_each_other(&mut noted);
    assert!(noted.server.terminate().unwrap().success());

    // Somebody who has nothing but a file and the key.
    let directory = noted.server.data_dir().to_str().unwrap();
    let key = mtm(["checkpoint", "key", "--json", "--data-dir", directory]).json();
    let key = key["key"].as_str().unwrap();
    let nowhere = tempfile::tempdir().unwrap();
    let nowhere = nowhere.path().join("none");
    let (nowhere, file) = (nowhere.to_str().unwrap(), noted.file("2.gz").display().to_string());
    let elsewhere = ["archive", "verify", &file, "--json", "--data-dir", nowhere];
    let alone = |more: &[&str]| mtm([&elsewhere, more].concat());
    let proved = alone(&["--alone", "--key", key]).json();
    assert_eq!(
        (&proved["ledger"], &proved["archives"][0]["signature"]["state"]),
        (&Value::Null, &json!("trusted"))
    );
    let unknown = alone(&["--alone"]).json();
    assert_eq!(unknown["archives"][0]["signature"]["state"], "unknown_key");
    assert_ne!(alone(&["--key", key]).code, 0, "there is no ledger");
    let other = tempfile::tempdir().unwrap();
    let other =
        mtm(["checkpoint", "key", "--json", "--data-dir", other.path().to_str().unwrap()]).json();
    let refused = alone(&["--alone", "--key", other["key"].as_str().unwrap()]).failure(1);
    assert_eq!(refused["code"], "checkpoint_invalid");
    assert!(refused["message"].as_str().unwrap().contains("2.gz"), "{refused}");

    // By a day.
    assert_eq!(noted.write("4.gz", &["--through", "2020-01-01"]).failure(4)["code"], "not_found");
    assert_eq!(noted.write("4.gz", &["--through", "2199-12-31"]).code, 2, "it is not over");
    assert_eq!(noted.write("4.gz", &["--closed"]).failure(4)["code"], "not_found");
    let close = ["period", "close", "2020-01-01", "--data-dir", directory];
    assert_eq!(mtm(close).code, 0);
    assert_eq!(
        noted.write("4.gz", &["--closed"]).failure(4)["code"],
        "not_found",
        "there was nothing"
    );
    assert_eq!(noted.write("4.gz", &["--upto", "9999"]).failure(4)["code"], "not_found");
    assert_eq!(noted.write("4.gz", &["--closed", "--upto", "3"]).code, 2);
    assert!(!noted.file("4.gz").exists());
}

#[test]
fn a_ledger_on_mariadb_is_archived_in_the_same_way() {
    let Some(database) = MariaDb::shared().unwrap().or_skip("mtm archive") else { return };
    let url = database.create_database().unwrap();
    let server = Start::new(PROGRAM).environment("MTM_DATABASE__URL", &url).start().unwrap();
    let api = furnish(&server);
    let mut noted = Noted::on(server, api, Some(url));
    archives_follow_each_other(&mut noted);
    assert!(noted.text("1.gz").contains("for the sample room"));
    assert!(noted.server.terminate().unwrap().success());
}

const PAGE: &str = include_str!("../../../../docs/retention.md");

/// A tool of other people, where this machine has it.
fn tool(name: &'static str, version: &str) -> Fixture<&'static str> {
    match Command::new(name).arg(version).output() {
        Ok(output) if output.status.success() => Fixture::Ready(name),
        _ => Fixture::Unavailable(format!("there is no {name}")),
    }
}

#[test]
fn an_archive_is_proved_without_this_program_as_the_documentation_says() {
    let Some(python) = tool("python3", "--version").or_skip("archives by python") else { return };
    let Some(openssl) = tool("openssl", "version").or_skip("archives by openssl") else { return };
    let noted = Noted::new();
    noted.write("1.gz", &[]).json();
    noted.receive("s", 5);
    noted.write_after("2.gz", "1.gz", &[]).json();
    let directory = noted.server.data_dir().to_str().unwrap();
    let key = mtm(["checkpoint", "key", "--pem", "--data-dir", directory]).stdout;
    fs::write(noted.file("key.pem"), key).unwrap();
    let script = PAGE.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    fs::write(noted.file("prove.py"), script).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let mut run = Command::new(program);
        Run::of(run.args(arguments).current_dir(noted.elsewhere.path()).output().unwrap())
    };
    let line = PAGE.lines().find(|line| line.starts_with("openssl")).unwrap();
    let line: Vec<&str> = line.split(' ').skip(1).collect();
    for name in ["1.gz", "2.gz"] {
        let proved = run(python, &["prove.py", name]);
        assert_eq!(proved.code, 0, "{name}: {}", proved.stderr);
        let signed = run(openssl, &line);
        assert_eq!(signed.code, 0, "{name}: {}{}", signed.stdout, signed.stderr);
    }
    let text = noted.text("1.gz");
    for (from, to, what) in [
        ("sample room", "scrap bin", "the notes of entry"),
        (",11000000,", ",12000000,", "entry"),
        ("\"quantity\":60", "\"quantity\":61", "a total"),
    ] {
        let altered = text.replace(from, to);
        assert_ne!(altered, text);
        fs::write(noted.file("3"), altered).unwrap();
        assert_eq!(run("gzip", &["-f", "3"]).code, 0);
        let refused = run(python, &["prove.py", "3.gz"]);
        assert!(refused.code == 1 && refused.stderr.starts_with(what), "{}", refused.stderr);
    }
}

#[test]
fn what_is_altered_in_an_archive_is_named() {
    let mut noted = Noted::new();
    noted.write("1.gz", &[]).json();
    assert!(noted.server.terminate().unwrap().success());
    let text = noted.text("1.gz");
    let line = text.lines().position(|line| line.contains("sample room")).unwrap();
    let sequence: Value = serde_json::from_str(text.lines().nth(line).unwrap()).unwrap();
    let sequence = sequence["sequence"].as_u64().unwrap();
    // The program that everybody has packs it in another way, and knows of no seal: the row is named first.
    let altered = text.replace(",11000000,", ",12000000,");
    assert_ne!(altered, text);
    fs::write(noted.file("plain"), altered).unwrap();
    let packed = Command::new("gzip").arg("-c").arg(noted.file("plain")).output().unwrap();
    fs::write(noted.file("2.gz"), packed.stdout).unwrap();
    let failure = noted.verify(&["2.gz"], &[]).failure(1);
    assert_eq!(failure["code"], "archive_altered", "{failure}");
    let bad = &failure["details"]["first_bad"];
    assert_eq!((&bad["sequence"], &bad["movement"]), (&json!(sequence), &json!(2)), "{failure}");
    assert_eq!(bad["line"], json!(line + 1));
    assert!(failure["why"].as_str().unwrap().contains("lot "), "{failure}");

    let bytes = fs::read(noted.file("1.gz")).unwrap();
    fs::write(noted.file("3.gz"), &bytes[..bytes.len() / 2]).unwrap();
    let cut = noted.verify(&["3.gz"], &[]).failure(1);
    assert_eq!(cut["code"], "archive_altered", "{cut}");
    assert!(cut["details"]["first_bad"]["sequence"].is_u64(), "{cut}");
    let after = noted.write_after("4.gz", "3.gz", &[]).failure(1);
    assert_eq!(after["code"], "archive_altered", "nothing goes on from it");
    assert_eq!(noted.verify(&["plain"], &[]).failure(2)["code"], "usage");
    assert_eq!(noted.verify(&["none"], &[]).failure(4)["code"], "file_missing");
}

#[test]
fn notes_are_taken_out_and_everything_else_stays_proved() {
    let mut noted = Noted::new();
    noted.write("1.gz", &[]).json();
    let bare = noted.write("bare.gz", &["--without-notes"]).json();
    assert!(noted.server.terminate().unwrap().success());
    let text = noted.text("1.gz");
    let line = text.lines().find(|line| line.contains("sample room")).unwrap();
    let sequence = serde_json::from_str::<Value>(line).unwrap()["sequence"].to_string();
    let redact = |to: &str, more: &[&str]| noted.run("redact", &["1.gz", to], more);
    assert_eq!(redact("2.gz", &[]).code, 2, "which?");
    assert_eq!(redact("2.gz", &["--entry", "1"]).failure(4)["code"], "not_found");
    let redacted = redact("2.gz", &["--entry", &sequence]).json();
    let all = redact("3.gz", &["--all"]).json();
    for made in [&redacted, &all, &bare] {
        assert_eq!((&made["notes"], &made["notes_removed"]), (&json!(1), &json!(1)), "{made}");
    }
    for name in ["2.gz", "3.gz", "bare.gz"] {
        assert!(!noted.text(name).contains("sample room"), "{name}");
        let proved = noted.verify(&[name], &[]).json();
        assert_eq!(
            (&proved["ok"], &proved["archives"][0]["notes_removed"]),
            (&json!(true), &json!(1))
        );
    }
}

#[test]
fn an_archive_of_another_chain_does_not_fit_and_an_altered_ledger_is_not_archived() {
    let mut noted = Noted::new();
    let made = noted.write("1.gz", &[]).json();
    assert!(noted.server.terminate().unwrap().success());
    let database = noted.server.database();
    let notes = "DROP TRIGGER movement_is_never_changed;
                 UPDATE movement SET notes = 'for nobody' WHERE notes IS NOT NULL";
    sqlite::execute(&database, notes).unwrap();
    let again = noted.write("2.gz", &[]).failure(1);
    assert_eq!(again["code"], "ledger_altered", "{again}");
    assert_eq!(again["details"]["first_bad"]["movement"], 2);
    let to = made["to"].as_u64().unwrap();
    // The end of the chain is another one now.
    let alter = format!(
        "DROP TRIGGER audit_is_never_changed;
         UPDATE audit SET hash = x'{}' WHERE sequence = {to}",
        "0".repeat(64)
    );
    sqlite::execute(&database, &alter).unwrap();
    let failure = noted.verify(&["1.gz"], &[]).failure(1);
    assert_eq!(failure["code"], "chain_altered", "{failure}");
    assert_eq!(noted.verify(&["1.gz"], &["--alone"]).json()["ok"], true);
    assert_eq!(files(noted.elsewhere.path()), ["1.gz"]);
}

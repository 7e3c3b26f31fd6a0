//! Checkpoints kept elsewhere, and attackers who can write the database: each is found, and named.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mtm_core::audit::{self, Hash};
use mtm_testkit::mtm_process::Start;
use mtm_testkit::{Api, Mtm, poll, sqlite};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{PROGRAM, Run, furnish, mtm, on, plant, receive};

/// Past the program's own guard against changes.
const UNGUARD: &str =
    "DROP TRIGGER movement_is_never_changed; DROP TRIGGER movement_is_never_removed;
    DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_removed;";

/// A plant with some receipts, of which a checkpoint was kept elsewhere after the second, and stopped.
struct Kept {
    server: Mtm,
    lots: Vec<String>,
    elsewhere: TempDir,
}

impl Kept {
    fn new() -> Self {
        let (mut server, api) = plant();
        let elsewhere = tempfile::tempdir().unwrap();
        let mut lots = vec![receive(&api, "r", 30), receive(&api, "s", 40)];
        let path = elsewhere.path().join("kept.json");
        let kept = on(server.data_dir(), &["checkpoint", "--to", path.to_str().unwrap()]).json();
        assert_eq!(kept["stock"]["pieces"], 70);
        assert_eq!(kept["stock"]["parts"], 1);
        lots.push(receive(&api, "t", 50));
        assert!(server.terminate().unwrap().success());
        Self { server, lots, elsewhere }
    }

    fn file(&self) -> PathBuf {
        self.elsewhere.path().join("kept.json")
    }

    fn on(&self, arguments: &[&str]) -> Run {
        on(self.server.data_dir(), arguments)
    }

    fn check(&self, file: &Path, more: &[&str]) -> Run {
        let arguments = ["checkpoint", "check", file.to_str().unwrap()];
        self.on(&[&arguments, more].concat())
    }

    /// Without what the server left beside the database.
    fn forget_own(&self) {
        fs::remove_dir_all(self.server.data_dir().join("checkpoints")).unwrap();
    }

    /// The same checkpoint with something else in it.
    fn altered(&self, alter: impl FnOnce(&mut Value)) -> PathBuf {
        let mut checkpoint: Value =
            serde_json::from_str(&fs::read_to_string(self.file()).unwrap()).unwrap();
        alter(&mut checkpoint);
        let path = self.elsewhere.path().join("altered.json");
        fs::write(&path, checkpoint.to_string()).unwrap();
        path
    }
}

/// Computes the chain anew from the entry at `from` on, as somebody does who can write the database.
fn compute_anew(database: &Path, from: u64, alter: impl Fn(&str) -> String) {
    let number = |sql: &str| sqlite::value(database, sql).unwrap();
    let newest: u64 = number("SELECT max(sequence) FROM audit").parse().unwrap();
    let before = number(&format!("SELECT hex(hash) FROM audit WHERE sequence = {}", from - 1));
    let mut hash = Hash(std::array::from_fn(|at| {
        u8::from_str_radix(&before[2 * at..2 * at + 2], 16).unwrap()
    }));
    for sequence in from..=newest {
        let entry = number(&format!("SELECT entry FROM audit WHERE sequence = {sequence}"));
        let entry = if sequence == from { alter(&entry) } else { entry };
        hash = audit::chain(&hash, entry.as_bytes());
        let sql = format!(
            "UPDATE audit SET hash = x'{}', entry = '{entry}' WHERE sequence = {sequence}",
            hash.hex()
        );
        assert_eq!(sqlite::execute(database, &sql).unwrap(), 1);
    }
}

fn flaws(failure: &Value) -> Vec<&str> {
    let flaws = failure["details"]["flaws"].as_array().unwrap();
    flaws.iter().map(|flaw| flaw["what"].as_str().unwrap()).collect()
}

#[test]
fn an_untouched_ledger_goes_through_a_checkpoint_kept_elsewhere() {
    let kept = Kept::new();
    let key = kept.on(&["checkpoint", "key"]).json()["key"].as_str().unwrap().to_owned();
    let checked = kept.check(&kept.file(), &[]).json();
    assert_eq!(checked["ok"], true);
    assert_eq!(checked["signature"], json!({ "state": "trusted", "key": key }));
    let left_open = checked["not_excluded"].as_str().unwrap();
    assert!(left_open.contains(&format!("after {}", checked["sequence"])), "{left_open}");
    assert_eq!(kept.check(&kept.file(), &["--key", &key]).json()["ok"], true);

    let since = kept.on(&["verify", "--since", kept.file().to_str().unwrap()]).json();
    assert_eq!(since["ok"], true);
    assert_eq!(since["from"].as_u64(), checked["sequence"].as_u64().map(|it| it + 1));
    assert_eq!(since["checkpoint"]["elsewhere"], true);
    assert_eq!(since["checkpoint"]["signature"]["state"], "trusted");
    let all = kept.on(&["verify"]).json();
    assert_eq!(all["checkpoint"]["elsewhere"], false);
    assert!(all["not_excluded"].as_str().unwrap().contains("--since"), "{all}");
    kept.forget_own();
    let alone = kept.on(&["verify"]).json();
    assert_eq!(alone["checkpoint"], Value::Null);
    assert!(alone["not_excluded"].as_str().unwrap().contains("kept elsewhere"), "{alone}");

    // Nothing that is there is replaced.
    let again = kept.on(&["checkpoint", "--to", kept.file().to_str().unwrap()]);
    assert_eq!(again.failure(5)["code"], "file_exists");
}

#[test]
fn a_chain_that_was_computed_anew_is_found_and_the_part_named() {
    let kept = Kept::new();
    let database = kept.server.database();
    // Ten pieces of the first receipt never were: movement, entry, every hash from there on, stock.
    let lot = &kept.lots[0];
    let sequence = format!(
        "SELECT audit.sequence FROM audit JOIN movement ON movement.sequence = movement_sequence
         WHERE lot = '{lot}'"
    );
    let sequence = sqlite::value(&database, &sequence).unwrap().parse().unwrap();
    let fewer = "quantity = quantity - 10000000";
    let alter = format!(
        "{UNGUARD} UPDATE movement SET {fewer} WHERE lot = '{lot}';
         UPDATE stock SET {fewer} WHERE lot = '{lot}'"
    );
    sqlite::execute(&database, &alter).unwrap();
    compute_anew(&database, sequence, |entry| {
        assert!(entry.contains(",30000000,"), "{entry}");
        entry.replace(",30000000,", ",20000000,")
    });
    // The one that the server left beside the database notices; whoever writes there can remove it.
    assert_eq!(kept.on(&["verify"]).failure(1)["code"], "chain_altered");
    kept.forget_own();
    assert_eq!(kept.on(&["verify"]).json()["ok"], true, "the database alone cannot tell");

    let failure = kept.check(&kept.file(), &[]).failure(1);
    assert_eq!(failure["code"], "chain_altered");
    assert_eq!(flaws(&failure), ["entry_differs", "part_differs"], "{failure}");
    let of_part = &failure["details"]["flaws"][1];
    assert_eq!(
        (&of_part["part"], &of_part["then"], &of_part["now"]),
        (&json!("P-1"), &json!("70"), &json!("60"))
    );
    let since = kept.on(&["verify", "--since", kept.file().to_str().unwrap()]).failure(1);
    assert_eq!(since["code"], "chain_altered");
}

#[test]
fn a_cut_end_is_found_by_a_checkpoint_kept_elsewhere() {
    let kept = Kept::new();
    let cut = |lot: &str| {
        format!(
            "DELETE FROM stock WHERE lot = '{lot}'; DELETE FROM movement WHERE lot = '{lot}';
             DELETE FROM lot WHERE lot = '{lot}';
             DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit);"
        )
    };
    let database = kept.server.database();
    // What came after the checkpoint: it cannot tell, and says so.
    sqlite::execute(&database, &format!("{UNGUARD} {}", cut(&kept.lots[2]))).unwrap();
    kept.forget_own();
    let checked = kept.check(&kept.file(), &[]).json();
    assert!(checked["not_excluded"].as_str().unwrap().contains("cut off"), "{checked}");
    sqlite::execute(&database, &cut(&kept.lots[1])).unwrap();
    let failure = kept.check(&kept.file(), &[]).failure(1);
    assert_eq!(failure["code"], "chain_altered");
    assert_eq!(flaws(&failure), ["entry_missing", "part_differs"], "{failure}");
}

#[test]
fn a_movement_altered_past_the_chain_is_found_by_the_pieces_of_its_part() {
    let kept = Kept::new();
    let lot = &kept.lots[1];
    let alter =
        format!("{UNGUARD} UPDATE movement SET quantity = quantity + 5000000 WHERE lot = '{lot}'");
    sqlite::execute(&kept.server.database(), &alter).unwrap();
    let failure = kept.check(&kept.file(), &[]).failure(1);
    assert_eq!(failure["code"], "ledger_altered");
    assert_eq!(flaws(&failure), ["part_differs"], "{failure}");
    assert!(failure["message"].as_str().unwrap().contains("part P-1: 70 pieces"), "{failure}");
}

#[test]
fn an_altered_checkpoint_proves_nothing_and_says_what_is_wrong() {
    let kept = Kept::new();
    let refused = |path: &Path, more: &[&str]| {
        let failure = kept.check(path, more).failure(1);
        assert_eq!(failure["code"], "checkpoint_invalid", "{failure}");
        flaws(&failure)[0].to_owned()
    };
    let totals = kept.altered(|it| it["totals"][0]["quantity"] = json!(69));
    assert_eq!(refused(&totals, &[]), "totals_altered");
    let hash = kept.altered(|it| it["hash"] = json!("0".repeat(64)));
    assert_eq!(refused(&hash, &[]), "signature_wrong");
    let signature = kept.altered(|it| it["signed"]["signature"] = json!("AAAA"));
    assert_eq!(refused(&signature, &[]), "signature_wrong");
    let since = kept.on(&["verify", "--since", signature.to_str().unwrap()]).failure(1);
    assert_eq!(since["code"], "checkpoint_invalid");

    let other = tempfile::tempdir().unwrap();
    let other = on(other.path(), &["checkpoint", "key"]).json()["key"].as_str().unwrap().to_owned();
    assert_eq!(refused(&kept.file(), &["--key", &other]), "other_key");
    assert_eq!(kept.check(&kept.file(), &["--key", "ed25519:AAAA"]).code, 2);

    // Without its signature it is one like those of earlier versions, unless one is demanded.
    let unsigned = kept.altered(|it| drop(it.as_object_mut().unwrap().remove("signed")));
    assert_eq!(kept.check(&unsigned, &[]).json()["signature"]["state"], "unsigned");
    let key = kept.on(&["checkpoint", "key"]).json()["key"].as_str().unwrap().to_owned();
    assert_eq!(refused(&unsigned, &["--key", &key]), "not_signed");
    // Without the totals it still says that they differ.
    let short = kept.altered(|it| drop(it.as_object_mut().unwrap().remove("totals")));
    assert_eq!(kept.check(&short, &["--key", &key]).json()["ok"], true);
    let old = kept.altered(|it| {
        for name in ["stock", "signed", "totals"] {
            it.as_object_mut().unwrap().remove(name);
        }
    });
    assert_eq!(kept.check(&old, &[]).json()["ok"], true, "as earlier versions wrote them");
}

#[test]
fn a_server_keeps_checkpoints_outside_and_lists_them() {
    let outside = tempfile::tempdir().unwrap();
    let place = outside.path().to_str().unwrap();
    let start = Start::new(PROGRAM).environment("MTM_AUDIT__CHECKPOINTS_TO", place);
    let mut server = start.start().unwrap();
    let api: Api = furnish(&server);
    receive(&api, "r", 30);
    let now = server.command(["checkpoint", "--json"]).unwrap();
    let now: Value = serde_json::from_slice(&now.stdout).unwrap();
    assert_eq!(now["outside"], "kept", "{now}");
    receive(&api, "s", 40);
    assert!(server.terminate().unwrap().success());
    let listed = server.command(["checkpoint", "list", "--json"]).unwrap();
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let of = |place: &str| {
        let items = listed["items"].as_array().unwrap();
        let pieces = |it: &&Value| it["stock"]["pieces"].as_i64().unwrap();
        let mut pieces: Vec<i64> =
            items.iter().filter(|it| it["place"] == place).map(|it| pieces(&it)).collect();
        pieces.sort_unstable();
        pieces
    };
    // One of the start, when there was little, is there as well.
    assert!(of("here").ends_with(&[30, 70]), "{listed}");
    assert!(of("outside").ends_with(&[30, 70]), "{listed}");
    let newest = &listed["items"].as_array().unwrap().iter().find(|it| it["place"] == "outside");
    let path = newest.unwrap()["path"].as_str().unwrap();
    let checked = on(server.data_dir(), &["checkpoint", "check", path]).json();
    assert_eq!(checked["stock"]["pieces"], 70);

    // A share that is away is told, and one is left here all the same.
    let away = outside.path().join("away");
    let failed = Run::of(
        crate::support::command(["checkpoint", "--json", "--data-dir"])
            .arg(server.data_dir())
            .env("MTM_AUDIT__CHECKPOINTS_TO", &away)
            .output()
            .unwrap(),
    );
    assert_eq!(failed.failure(6)["code"], "checkpoint_not_outside");
    assert!(!away.exists(), "it is not made");
}

#[test]
fn any_range_is_verified_from_the_command_line() {
    let kept = Kept::new();
    let report = kept.on(&["verify", "--from", "2", "--to", "4"]).json();
    assert_eq!(
        (&report["checked"], &report["from"], &report["to"]),
        (&json!(3), &json!(2), &json!(4))
    );
    assert!(report["not_excluded"].as_str().unwrap().contains("before 2 and after 4"), "{report}");
    let report = kept.on(&["verify", "--from", "3"]).json();
    assert_eq!(report["from"], 3);
    assert_eq!(kept.on(&["verify", "--from", "4", "--to", "3"]).code, 2);
    let file = kept.file();
    let both = ["verify", "--since", file.to_str().unwrap(), "--from", "3"];
    assert_eq!(kept.on(&both).code, 2);
    let alter = format!(
        "{UNGUARD} UPDATE audit SET entry = replace(entry, 'P-1', 'P-9') WHERE entry LIKE '%P-1%'"
    );
    sqlite::execute(&kept.server.database(), &alter).unwrap();
    let first = "SELECT min(sequence) FROM audit WHERE entry LIKE '%P-9%'";
    let first = sqlite::value(&kept.server.database(), first).unwrap();
    let failure = kept.on(&["verify", "--from", &first, "--to", &first]).failure(1);
    assert_eq!(failure["details"]["first_bad"]["audit_sequence"].to_string(), first);
}

#[test]
fn somebody_elsewhere_fetches_checkpoints_from_the_server() {
    let (mut server, api) = plant();
    receive(&api, "r", 30);
    let key = on(server.data_dir(), &["checkpoint", "key"]).json()["key"].clone();
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("fetched.json");
    let (url, token) = (server.url().to_owned(), server.token("pull", "lead").unwrap());
    let fetch = |more: &[&str]| {
        let arguments = ["checkpoint", "--json", "--server", &url, "--token", &token];
        mtm([&arguments, more].concat())
    };
    assert_eq!(fetch(&[]).code, 2, "where to?");
    let fetched = fetch(&["--to", path.to_str().unwrap()]).json();
    assert_eq!((&fetched["stock"]["pieces"], &fetched["signed"]["key"]), (&json!(30), &key));
    assert_eq!(fetch(&["--to", path.to_str().unwrap()]).failure(5)["code"], "file_exists");
    let viewer = server.token("look", "viewer").unwrap();
    let refused = mtm(["checkpoint", "--json", "--server", &url, "--token", &viewer, "--to", "x"]);
    assert_eq!(refused.failure(1)["code"], "forbidden");
    assert!(server.terminate().unwrap().success());
    let key = key.as_str().unwrap();
    let checked =
        on(server.data_dir(), &["checkpoint", "check", path.to_str().unwrap(), "--key", key]);
    assert_eq!(checked.json()["signature"]["state"], "trusted");
}

#[test]
fn a_running_server_verifies_everything_in_the_background() {
    let (server, api) = plant();
    receive(&api, "r", 30);
    let asked = api.get("/api/v1/audit/verify?full=true").unwrap();
    assert_eq!(asked.status, 202, "{}", asked.text);
    let over = poll::until("the verification is over", Duration::from_secs(60), || {
        let job = api.get("/api/v1/audit/verification")?.json()?;
        Ok((job["state"] == "done").then_some(job))
    });
    let report = over.unwrap()["report"].clone();
    assert_eq!((&report["ok"], &report["from"]), (&json!(true), &json!(1)), "{report}");
    drop(server);
}

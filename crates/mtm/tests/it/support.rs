//! Running the program, and a plant small enough to know by heart.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

use mtm_testkit::{Api, Mtm};
use serde_json::{Value, json};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_mtm");

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Run {
    /// Its exit code.
    pub(crate) code: i32,
    /// Its answer.
    pub(crate) stdout: String,
    /// What it said besides.
    pub(crate) stderr: String,
}

impl Run {
    /// What a finished process left behind.
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("no signal ended it"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The answer as JSON; the run must have succeeded.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).expect(&self.stdout)
    }

    /// The failure as JSON; the run must have ended with `code`.
    #[track_caller]
    pub(crate) fn failure(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        // A server logs before it fails.
        let start = self.stderr.rfind("\n{\n").map_or(0, |at| at + 1);
        let failure: Value = serde_json::from_str(&self.stderr[start..]).expect(&self.stderr);
        failure["error"].clone()
    }
}

/// Runs the program to its end, without any configuration of this machine.
pub(crate) fn mtm<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    Run::of(command(arguments).output().unwrap())
}

/// The program with these arguments, not started yet.
pub(crate) fn command<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env_remove("NO_COLOR");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MTM_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the program on a data directory.
pub(crate) fn on(directory: &Path, arguments: &[&str]) -> Run {
    let directory = directory.to_str().unwrap();
    mtm(arguments.iter().copied().chain(["--data-dir", directory, "--json"]))
}

/// A server on an empty plant with part `P-1`, operations 10 and 20, and locations `R-1`, `R-2`;
/// and an admin's token.
pub(crate) fn plant() -> (Mtm, Api) {
    let server = Mtm::start(PROGRAM).unwrap();
    let api = furnish(&server);
    (server, api)
}

/// Gives a server its master data, and an admin's client.
pub(crate) fn furnish(server: &Mtm) -> Api {
    let api = server.api_as("admin").unwrap();
    masters(&api);
    api
}

/// Gives a plant its master data.
pub(crate) fn masters(api: &Api) {
    let masters = [
        ("parts", "P-1"),
        ("operations", "10"),
        ("operations", "20"),
        ("locations", "R-1"),
        ("locations", "R-2"),
    ];
    for (nouns, code) in masters {
        let reply = api.post(&format!("/api/v1/{nouns}"), code, &json!({ "code": code })).unwrap();
        assert_eq!(reply.status, 201, "{}", reply.text);
    }
}

/// A receipt at `R-1 / 10`, confirmed: equal and odd quantities are no slips here.
pub(crate) fn receipt(quantity: i64) -> Value {
    json!({
        "type": "in", "part": "P-1", "operation": "10", "location": "R-1", "quantity": quantity,
        "confirm": ["possible_duplicate", "implausible_quantity"],
    })
}

/// Books a receipt and gives its lot.
pub(crate) fn receive(api: &Api, key: &str, quantity: i64) -> String {
    let reply = api.post("/api/v1/movements", key, &receipt(quantity)).unwrap();
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json().unwrap()["lots"][0].as_str().unwrap().to_owned()
}

/// Pieces of `P-1` on hand.
pub(crate) fn on_hand(api: &Api) -> i64 {
    let reply = api.get("/api/v1/stock?group_by=part&part=P-1").unwrap().json().unwrap();
    reply["items"][0]["quantity"].as_i64().unwrap_or(0)
}

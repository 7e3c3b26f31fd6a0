//! The real program tells the lab's ERP of movements, and is killed while it does.

use std::path::Path;
use std::time::Duration;

use mtm_lab::simulator::{Location, Masters, Part, Settings, Simulators};
use mtm_testkit::mtm_process::Start;
use mtm_testkit::{Api, Mtm, poll};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::{PROGRAM, Run, command, furnish, mtm};

const SECRET: &str = "the-key-of-the-lab";
const SOON: Duration = Duration::from_secs(60);
const KILLS: usize = 2;

/// The lab, and the configuration of a server that tells its ERP.
pub(crate) struct Erp {
    url: String,
    api: Api,
    directory: tempfile::TempDir,
    _runtime: Runtime,
}

impl Erp {
    fn start() -> Self {
        Self::with(|url| {
            format!(
                "[peers.lab]\nurl = \"{url}/erp/api/v1\"\nauth = \"api_key\"\n\
                 secret_file = \"erp.secret\"\nhealth = \"/parts\"\ndeadline_ms = 2000\n\
                 [flows.erp]\npeer = \"lab\"\nmapping = \"mock-erp\"\nmap_file = \"places.csv\"\n"
            )
        })
    }

    /// The lab, and a server of which `text` is the configuration, by the lab's address.
    pub(crate) fn with(text: impl FnOnce(&str) -> String) -> Self {
        let runtime = Runtime::new().unwrap();
        let place = |location: &str| Location {
            warehouse: "MAIN".to_owned(),
            location: location.to_owned(),
        };
        let part = Part { id: "P-1".to_owned(), description: String::new(), unit: "EA".to_owned() };
        let settings = Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            client_id: "mtm".to_owned(),
            client_secret: SECRET.to_owned(),
            token_seconds: 600,
            redirects: Vec::new(),
            masters: Masters {
                parts: vec![part],
                locations: vec![place("FLOOR"), place("DOCK")],
                ..Masters::default()
            },
        };
        let lab = runtime.block_on(Simulators::bind(settings)).unwrap();
        let url = lab.url();
        runtime.spawn(lab.run(std::future::pending()));
        let directory = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        write("erp.secret", SECRET);
        write("places.csv", "location,warehouse,erp_location\nR-1,MAIN,FLOOR\nR-2,MAIN,DOCK\n");
        write("mtm.toml", &text(&url));
        Self { api: Api::new(&url), url, directory, _runtime: runtime }
    }

    pub(crate) fn config(&self) -> String {
        self.directory.path().join("mtm.toml").to_str().unwrap().to_owned()
    }

    pub(crate) fn server(&self) -> Mtm {
        Start::new(PROGRAM).argument("--config").argument(self.config()).start().unwrap()
    }

    pub(crate) fn ledger(&self) -> Vec<Value> {
        let path = "/erp/api/v1/transactions?limit=1000";
        let page = self.api.send("GET", path, &[("x-api-key", SECRET)], "").unwrap();
        page.json().unwrap()["items"].as_array().unwrap().clone()
    }

    pub(crate) fn faults(&self, rules: &Value) {
        let reply = self.api.send("POST", "/control/faults", &[], rules.to_string()).unwrap();
        assert!(reply.status < 300, "{}", reply.text);
    }

    /// A command of the program with this configuration.
    pub(crate) fn run(&self, server: &Mtm, arguments: &[&str]) -> Run {
        let config = self.config();
        let directory: &Path = server.data_dir();
        let directory = directory.to_str().unwrap();
        let fixed = ["--config", &config, "--data-dir", directory, "--json"];
        Run::of(command(arguments.iter().copied().chain(fixed)).output().unwrap())
    }
}

pub(crate) fn receive(api: &Api, key: &str, quantity: i64) -> Value {
    let body = json!({
        "type": "in", "part": "P-1", "operation": "10", "location": "R-1", "quantity": quantity,
    });
    let reply = api.post("/api/v1/movements", key, &body).unwrap();
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json().unwrap()
}

/// Booked here, posted there, each once: also what was being sent when the program was killed.
#[test]
fn a_killed_server_posts_each_movement_once() {
    let erp = Erp::start();
    let mut server = erp.server();
    furnish(&server);
    let token = server.token("floor", "admin").unwrap();
    let mut api = server.api().with_token(&token);
    let shown = erp.run(&server, &["connect", "mode", "erp", "automatic"]).json();
    assert_eq!(shown["mode"], "automatic");
    let first = receive(&api, "first", 1_000);
    poll::until("the first posting", SOON, || Ok((erp.ledger().len() == 1).then_some(()))).unwrap();
    let id = first["movements"][0]["id"].as_str().unwrap();
    let dry = erp.run(&server, &["connect", "dry-run", "--flow", "erp", "--movement", id]).json();
    assert_eq!((&dry["class"], &dry["posting"]["key"]), (&json!("receipt"), &json!(id)), "{dry}");

    let mut booked = 1_000;
    for kill in 0..KILLS {
        // Done there, and answered too late for whoever waits here.
        erp.faults(&json!([{
            "path": "/erp/api/v1/transactions", "method": "POST", "times": 2,
            "fault": { "kind": "drip", "bytes": 1, "ms": 200 },
        }]));
        let before = erp.ledger().len();
        for _ in 0..3 {
            let quantity = 10 + booked % 1_000;
            receive(&api, &format!("kill-{kill}-of-{quantity}"), quantity);
            booked += quantity;
        }
        poll::until("something to be under way", SOON, || {
            Ok((erp.ledger().len() > before).then_some(()))
        })
        .unwrap();
        server.kill9().unwrap();
        server.restart().unwrap();
        api = server.api().with_token(&token);
    }
    let all = 1 + KILLS * 3;
    poll::until("everything to be posted", Duration::from_secs(240), || {
        let flows = api.get("/api/v1/flows")?.json()?;
        let posted = flows["items"][0]["postings"].as_array().cloned().unwrap_or_default();
        let posted = posted.iter().find(|it| it["state"] == "posted").map(|it| it["count"].clone());
        Ok((posted == Some(json!(all))).then_some(()))
    })
    .unwrap();
    let ledger = erp.ledger();
    assert_eq!(ledger.len(), all, "none is doubled: {ledger:?}");
    let sum: i64 = ledger.iter().map(|line| line["quantity"].as_i64().unwrap()).sum();
    assert_eq!(sum, booked);
    let listed = erp.run(&server, &["connect", "flows"]).json();
    assert_eq!(
        (&listed["items"][0]["name"], &listed["items"][0]["peer"]),
        (&json!("erp"), &json!("lab"))
    );
    let again = erp.run(&server, &["connect", "replay", "erp", "--from", "1"]).json();
    assert_eq!(again["position"], 0);
    let behind = |flows: &Value| flows["items"][0]["behind"] == 0;
    poll::until("the log to be gone over", SOON, || {
        Ok(behind(&api.get("/api/v1/flows")?.json()?).then_some(()))
    })
    .unwrap();
    assert_eq!(erp.ledger().len(), all, "once more changes nothing");
    assert!(erp.url.starts_with("http://127.0.0.1:"));
}

#[test]
fn everything_wrong_with_flows_is_told_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mtm.toml");
    let text = "[flows.Erp]\npeer = \"nobody\"\nmapping = \"mock-erp\"\n\
                [flows.mes]\nclases = \"receipt\"\n\
                [flows.wms]\nerp = \"visual\"\nclasses = \"receipt move\"\n";
    std::fs::write(&path, text).unwrap();
    let failure = mtm(["config", "check", "--config", path.to_str().unwrap(), "--json"]).failure(2);
    assert_eq!(failure["code"], "config_flows");
    let told = failure["errors"].to_string();
    for words in [
        "flows.Erp is no name",
        "there is no table [peers.nobody]",
        "flows.mes.clases is not known; did you mean classes?",
        "flows.mes.erp is not set",
        "flows.wms.map_file is not set",
        "flows.wms.classes is not of",
    ] {
        assert!(told.contains(words), "{words} is missing in {told}");
    }
}

//! The real program prints on the lab's printer, and is killed while it does.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use mtm_lab::simulator::{LabelPrinter, Masters, PrinterSettings, Settings, Simulators};
use mtm_testkit::mtm_process::Start;
use mtm_testkit::{Api, Mtm, poll};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::{PROGRAM, Run, command, furnish};

const SOON: Duration = Duration::from_secs(60);

/// The lab's printer, and the configuration of a server that prints on it.
struct Dock {
    printer: LabelPrinter,
    directory: tempfile::TempDir,
    _runtime: Runtime,
}

impl Dock {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let settings = Settings {
            listen: any,
            client_id: "mtm".to_owned(),
            client_secret: "x".to_owned(),
            token_seconds: 600,
            redirects: Vec::new(),
            masters: Masters::default(),
        };
        let lab = runtime.block_on(async {
            Simulators::bind(settings).await.unwrap().with_printer(any).await.unwrap()
        });
        let (printer, address) = (lab.printer(), lab.printer_address().unwrap());
        runtime.spawn(lab.run(std::future::pending()));
        let directory = tempfile::tempdir().unwrap();
        let text = format!("[printers.dock]\naddress = \"{address}\"\nreceipts_at = \"D-1\"\n");
        std::fs::write(directory.path().join("mtm.toml"), text).unwrap();
        Self { printer, directory, _runtime: runtime }
    }

    fn config(&self) -> String {
        self.directory.path().join("mtm.toml").to_str().unwrap().to_owned()
    }

    fn server(&self) -> Mtm {
        Start::new(PROGRAM).argument("--config").argument(self.config()).start().unwrap()
    }

    /// A command of the program with this configuration.
    fn run(&self, server: &Mtm, arguments: &[&str]) -> Run {
        let config = self.config();
        let directory: &Path = server.data_dir();
        let directory = directory.to_str().unwrap();
        let fixed = ["--config", &config, "--data-dir", directory, "--json"];
        Run::of(command(arguments.iter().copied().chain(fixed)).output().unwrap())
    }

    fn jobs(&self, server: &Mtm) -> Vec<Value> {
        let listed = self.run(server, &["print", "jobs", "--all"]).json();
        listed["items"].as_array().unwrap().clone()
    }

    fn until(&self, server: &Mtm, what: &str, state: &str) -> Value {
        let newest = || {
            let job = self.jobs(server).into_iter().next();
            Ok(job.filter(|job| job["state"] == state))
        };
        poll::until(what, SOON, newest).unwrap()
    }
}

fn receive(api: &Api, key: &str) -> String {
    let body = json!({
        "type": "in", "part": "P-1", "operation": "10", "location": "R-1", "quantity": 20,
        "confirm": ["possible_duplicate"],
    });
    let headers =
        [("content-type", "application/json"), ("idempotency-key", key), ("mtm-station", "D-1")];
    let reply = api.send("POST", "/api/v1/movements", &headers, body.to_string()).unwrap();
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json().unwrap()["lots"][0].as_str().unwrap().to_owned()
}

#[test]
fn a_killed_server_prints_each_label_once_and_says_what_it_does_not_know() {
    let dock = Dock::start();
    let mut server = dock.server();
    furnish(&server);
    let token = server.token("floor", "operator").unwrap();
    let api = server.api().with_token(&token);
    // Until it is met, nothing is printed of what was received.
    poll::until("the printer to be asked", SOON, || {
        let printers = dock.run(&server, &["print", "printers"]).json();
        Ok((printers["items"][0]["standing"] == "ready").then_some(()))
    })
    .unwrap();
    let lot = receive(&api, "first");
    let printed = dock.until(&server, "the first label", "printed");
    assert_eq!((&printed["key"], &printed["station"]), (&json!(lot), &json!("D-1")));
    // The printer takes the next and does not get on with it; the program is killed.
    dock.printer.set(PrinterSettings { jammed: true, ..PrinterSettings::default() });
    let held = receive(&api, "held");
    poll::until("the printer to have it", SOON, || {
        Ok((dock.printer.report().waiting == 1).then_some(()))
    })
    .unwrap();
    server.kill9().unwrap();
    server.restart().unwrap();
    let unknown = dock.until(&server, "what became of it", "unknown");
    assert_eq!(unknown["key"], json!(held));
    dock.printer.set(PrinterSettings::default());
    poll::until("the jam to be cleared", SOON, || {
        Ok((dock.printer.report().printed.len() == 2).then_some(()))
    })
    .unwrap();
    let id = unknown["id"].to_string();
    let seen = dock.run(&server, &["print", "came-out", &id, "--note", "lies in the tray"]).json();
    assert_eq!(seen["state"], "printed");
    let twice = dock.run(&server, &["print", "send", &id]);
    assert_eq!(twice.code, 5, "{}", twice.stderr);
    // One more of it is a copy.
    let copy = dock.run(&server, &["print", "label", &held]).json();
    assert_eq!(copy["copy"], true);
    dock.until(&server, "the copy", "printed");
    let labels = dock.printer.report().printed;
    assert_eq!(labels.len(), 3, "each once, and one that somebody asked for");
    assert!(labels[2].contains("COPY") && !labels[1].contains("COPY"));
}

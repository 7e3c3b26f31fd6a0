//! Mapping files: what is wrong with them, what they make of facts, and the maps that come with the
//! program against the simulated systems.

mod books;
mod erpnext;
mod filling;
mod hostile;
mod inventree;
mod lists;
mod mock_erp;
mod parsing;

use std::sync::Arc;

use mtm_connect::credential::Settings as Auth;
use mtm_connect::peer::Settings;
use mtm_connect::rest::{Connector, Found, Mapping, Posted, Posting, Ready};
use mtm_core::movement::MovementType;
use mtm_core::sync::{Class, End, Fact};
use mtm_core::word::{MovementId, Timestamp};
use mtm_lab::simulator::{Location, Masters, Part, Settings as LabSettings, Simulators};
use mtm_testkit::Api;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::peers::{file, peer, settings};

const SECRET: &str = "s3cret-of-the-lab";

/// Simulated systems on a thread of their own; they end with the test's process.
struct Lab {
    control: Api,
    directory: tempfile::TempDir,
}

impl Lab {
    fn start() -> Self {
        let part =
            |id: &str| Part { id: id.into(), description: "a bracket".into(), unit: "EA".into() };
        let place = |(warehouse, location): (&str, &str)| Location {
            warehouse: warehouse.into(),
            location: location.into(),
        };
        let places = [("MAIN", "A"), ("MAIN", "B"), ("OUT", "C")];
        let settings = LabSettings {
            listen: "127.0.0.1:0".parse().unwrap(),
            client_id: "mtm".into(),
            client_secret: SECRET.into(),
            token_seconds: 60,
            redirects: Vec::new(),
            masters: Masters {
                parts: ["P-1", "P-2"].map(part).to_vec(),
                locations: places.map(place).to_vec(),
                ..Masters::default()
            },
        };
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let simulators = Simulators::bind(settings).await.unwrap();
                send.send(simulators.url()).unwrap();
                simulators.run(std::future::pending()).await;
            });
        });
        let control = Api::new(receive.recv().unwrap());
        Self { control, directory: tempfile::tempdir().unwrap() }
    }

    /// The system that a ready map is for.
    fn connector(&self, map: &str) -> Connector {
        self.with(map, Ready::named(map).unwrap().text)
    }

    /// The same by another mapping.
    fn with(&self, map: &str, text: &str) -> Connector {
        let mapping = Mapping::parse(text).unwrap_or_else(|faults| panic!("{faults:#?}"));
        let key = |header: &str, prefix: Option<&str>, secret: &str| Auth::ApiKey {
            header: header.to_owned(),
            prefix: prefix.map(str::to_owned),
            secret: file(self.directory.path(), map, secret),
        };
        let (path, auth) = match map {
            "mock-erp" => ("erp/api/v1", key("x-api-key", None, SECRET)),
            "inventree" => ("inventree", key("authorization", Some("Token"), SECRET)),
            _ => ("erpnext", key("authorization", Some("token"), &format!("mtm:{SECRET}"))),
        };
        let url = format!("{}/{path}", self.control.base());
        let deadline = std::time::Duration::from_secs(5);
        Connector::new(peer(Settings { deadline, ..settings(&url, auth) }), Arc::new(mapping))
    }

    /// Something goes wrong with requests of `method` to paths that begin so, `times` of them.
    fn wrong(&self, method: &str, path: &str, times: u32, fault: &Value) {
        let rule = json!([{ "path": path, "method": method, "times": times, "fault": fault }]);
        assert_eq!(self.control.post("/control/faults", "", &rule).unwrap().status, 204);
    }

    /// Requests of `method` that came to paths that end so.
    fn asked(&self, method: &str, path: &str) -> usize {
        let told = self.control.get("/control/requests").unwrap().json().unwrap();
        let items = told["items"].as_array().unwrap().clone();
        let is_one = |it: &&Value| {
            it["method"] == method && it["path"].as_str().is_some_and(|it| it.ends_with(path))
        };
        items.iter().filter(is_one).count()
    }
}

/// A movement of part P-1 between our locations, which are called the same there.
fn fact(class: Class, quantity: i64, from: Option<&str>, to: Option<&str>) -> Fact {
    let end = |place: &str| End {
        location: format!("OUR-{place}"),
        operation: "19".into(),
        warehouse: Some(if place == "C" { "OUT" } else { "MAIN" }.to_owned()),
        place: Some(place.to_owned()),
    };
    Fact {
        movement: MovementId(Uuid::now_v7()),
        sequence: 7,
        class,
        kind: MovementType::Transfer,
        part: "P-1".into(),
        unit: "EA".into(),
        quantity,
        lot: "0000000042".into(),
        to_lot: None,
        from: from.map(end),
        to: to.map(end),
        work_order: None,
        reason: None,
        user: "ann".into(),
        recorded_at: Timestamp::from_micros(1_900_000_000_000_000),
        occurred_at: None,
        reverses: None,
        undoes: None,
    }
}

fn receipt(quantity: i64, to: &str) -> Fact {
    fact(Class::Receipt, quantity, None, Some(to))
}

fn issue(quantity: i64, from: &str) -> Fact {
    fact(Class::Issue, quantity, Some(from), None)
}

fn posting(connector: &Connector, fact: &Fact) -> Posting {
    connector.mapping().posting(fact).unwrap().unwrap()
}

async fn post(connector: &Connector, fact: &Fact) -> Posted {
    connector.post(&posting(connector, fact), &fact.movement.to_string()).await
}

async fn find(connector: &Connector, fact: &Fact) -> Found {
    connector.find(&posting(connector, fact), &fact.movement.to_string()).await.unwrap()
}

fn is_accepted(posted: &Posted) -> bool {
    matches!(posted, Posted::Accepted { .. })
}

/// A refusal's status and code.
fn refusal(posted: Posted) -> (u16, String) {
    match posted {
        Posted::Refused { status, code, .. } => (status, code.unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

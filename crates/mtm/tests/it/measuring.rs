//! What `/metrics` serves is what `docs/metrics.md` says, name by name, on real servers; and the dashboard
//! asks for nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mtm_testkit::called::{Authority, CalledServer, Said};
use mtm_testkit::mtm_process::Start;
use mtm_testkit::{Api, MariaDb, poll};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{PROGRAM, masters, receive};

const PAGE: &str = include_str!("../../../../docs/metrics.md");
const DASHBOARD: &str = include_str!("../../../../deploy/grafana/mtm-wip.json");

/// A series: its type, what it means, and its labels.
#[derive(Debug, Default, PartialEq, Eq)]
struct Series {
    kind: String,
    meaning: String,
    labels: BTreeSet<String>,
}

/// The rows of the table below `heading`.
fn documented(heading: &str) -> BTreeMap<String, Series> {
    let section = PAGE.split(&format!("## {heading}\n")).nth(1).unwrap();
    let table = section.split("\n## ").next().unwrap();
    let row = |line: &str| {
        let cells: Vec<_> = line.strip_prefix("| `mtm_")?.split(" | ").collect();
        let [name, kind, unit, labels, meaning] = cells.as_slice() else { panic!("{line}") };
        let name = format!("mtm_{}", name.trim_end_matches('`'));
        assert!(!unit.is_empty(), "{name} has no unit");
        for (end, means) in [("_seconds", "seconds"), ("_bytes", "bytes")] {
            assert_eq!(name.ends_with(end), *unit == means, "{name} counts {unit}");
        }
        assert_eq!(name.ends_with("_total"), *kind == "counter", "{name} is a {kind}");
        let labels = labels.split('`').filter(|word| word.chars().all(char::is_alphanumeric));
        let labels = labels.filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let meaning = meaning.trim_end_matches(" |").to_owned();
        Some((name, Series { kind: (*kind).to_owned(), meaning, labels }))
    };
    table.lines().filter_map(row).collect()
}

/// What a server serves.
fn served(api: &Api) -> BTreeMap<String, Series> {
    let text = api.get("/metrics").unwrap().text;
    let mut families: BTreeMap<String, Series> = BTreeMap::new();
    for line in text.lines() {
        let words = line.splitn(4, ' ').collect::<Vec<_>>();
        match words.as_slice() {
            ["#", "HELP", name, meaning] => {
                let family = families.entry((*name).to_owned()).or_default();
                assert!(family.meaning.is_empty(), "{name} is told twice");
                (*meaning).clone_into(&mut family.meaning);
            }
            ["#", "TYPE", name, kind] => {
                (*kind).clone_into(&mut families.get_mut(*name).unwrap().kind);
            }
            _ => {
                let name = line.split(['{', ' ']).next().unwrap();
                let ends = ["_bucket", "_sum", "_count"];
                let family = ends.iter().find_map(|end| {
                    let family = name.strip_suffix(end)?;
                    (families.get(family)?.kind == "histogram").then(|| family.to_owned())
                });
                let family = families.get_mut(family.as_deref().unwrap_or(name));
                let family = family.unwrap_or_else(|| panic!("{line} has no type"));
                family.labels.extend(labels(line));
            }
        }
    }
    families
}

/// Names of the labels of a sample; a histogram's bound is none of its own.
fn labels(line: &str) -> Vec<String> {
    let Some((_, rest)) = line.split_once('{') else { return Vec::new() };
    let inside = rest.rsplit_once('}').unwrap().0;
    let names = inside.split("\",").filter_map(|pair| Some(pair.split_once("=\"")?.0.to_owned()));
    names.filter(|name| name != "le").collect()
}

/// A system that is called: it asks for a certificate, and gives tokens and answers.
struct Called {
    system: CalledServer,
    directory: TempDir,
}

impl Called {
    fn start() -> Self {
        let (directory, authority) = (tempfile::tempdir().unwrap(), Authority::new().unwrap());
        let shown = authority.server("localhost", (2020, 2090)).unwrap();
        let tls = authority.asking(&shown).unwrap();
        let system = CalledServer::secure(tls, |_| {
            Said::json(200, &json!({ "access_token": "t", "token_type": "bearer" }))
        });
        let put = |name: &str, text: &str| std::fs::write(directory.path().join(name), text);
        put("ca.pem", authority.pem()).unwrap();
        put("secret", "a secret").unwrap();
        authority.client("mtm").unwrap().write(directory.path(), "own").unwrap();
        Self { system: system.unwrap(), directory }
    }

    /// A server that calls it, and may tell it of movements.
    fn configure(&self, start: Start) -> Start {
        let file = |name: &str| self.directory.path().join(name).to_str().unwrap().to_owned();
        let url = self.system.url();
        let members = [
            ("URL", url.clone()),
            ("AUTH", "oauth2".to_owned()),
            ("TOKEN_URL", format!("{url}/token")),
            ("CLIENT_ID", "mtm".to_owned()),
            ("SECRET_FILE", file("secret")),
            ("CA_FILE", file("ca.pem")),
            ("CLIENT_CERTIFICATE_FILE", file("own.pem")),
            ("CLIENT_KEY_FILE", file("own.key")),
        ];
        let set = |start: Start, (member, value): (&str, String)| {
            start.environment(format!("MTM_PEERS__PLANNING__{member}"), value)
        };
        let flow = [("PEER", "planning"), ("MAPPING", "mock-erp")];
        let told = |start: Start, (member, value): (&str, &str)| {
            start.environment(format!("MTM_FLOWS__PLANNING__{member}"), value)
        };
        flow.into_iter().fold(members.into_iter().fold(start, set), told)
    }
}

/// A server with something to count: a webhook, a broker, a printer, a machine and a
/// broker of an edge node that are away, a system that is called,
/// a booking and a refusal.
fn busy(start: Start) -> (mtm_testkit::Mtm, Api, Called) {
    let called = Called::start();
    let start = start.environment("MTM_MQTT__URL", "mqtt://127.0.0.1:1");
    let start = start.environment("MTM_PRINTERS__DOCK__ADDRESS", "127.0.0.1:1");
    let start = start.environment("MTM_MACHINES__PRESS__MTCONNECT", "http://127.0.0.1:1");
    let start = start
        .environment("MTM_EDGE_NODES__WIP__BROKER", "mqtt://127.0.0.1:1")
        .environment("MTM_EDGE_NODES__WIP__GROUP", "Plant")
        .environment("MTM_EDGE_NODES__WIP__NODE", "MTM");
    let start = called.configure(start);
    let server = start.start().unwrap();
    let api = server.api_as("admin").unwrap();
    masters(&api);
    let hook = json!({ "name": "ERP", "url": "http://127.0.0.1:1/", "types": ["lot.held"] });
    assert_eq!(api.post("/api/v1/webhooks", "hook", &hook).unwrap().status, 201);
    receive(&api, "in", 5);
    assert_eq!(api.get("/api/v1/lots/9999999999").unwrap().status, 404);
    poll::until("a call", Duration::from_secs(60), || {
        let metrics = api.get("/metrics")?.text;
        let there = [
            "mtm_peer_certificate_valid_seconds{",
            "mtm_flow_behind{",
            "mtm_printer_ready{",
            "mtm_machine_connected{",
            "mtm_edge_node_heard{",
        ];
        Ok(there.iter().all(|name| metrics.contains(name)).then_some(()))
    })
    .unwrap();
    (server, api, called)
}

#[test]
fn a_server_on_a_file_serves_what_the_page_says_and_nothing_else() {
    let (mut server, api, _called) = busy(Start::new(PROGRAM));
    let (served, documented) = (served(&api), documented("Every server"));
    for (name, series) in &documented {
        assert_eq!(served.get(name), Some(series), "{name}");
    }
    let unknown: Vec<_> = served.keys().filter(|name| !documented.contains_key(*name)).collect();
    assert!(unknown.is_empty(), "docs/metrics.md does not say what {unknown:?} are");
    assert!(server.terminate().unwrap().success());
}

#[test]
fn a_server_on_a_database_server_serves_the_rest() {
    let Some(database) = MariaDb::shared().unwrap().or_skip("metrics on MariaDB") else { return };
    let url = format!("{}?replica=127.0.0.1:1", database.create_database().unwrap());
    let (mut server, api, _called) =
        busy(Start::new(PROGRAM).environment("MTM_DATABASE__URL", url));
    // Asked of the replica, which is away, and so of the server.
    assert_eq!(api.get("/api/v1/movements/export?format=csv").unwrap().status, 200);
    let (served, mut all) = (served(&api), documented("Every server"));
    all.extend(documented("On a database server"));
    for (name, series) in &all {
        assert_eq!(served.get(name), Some(series), "{name}");
    }
    let unknown: Vec<_> = served.keys().filter(|name| !all.contains_key(*name)).collect();
    assert!(unknown.is_empty(), "docs/metrics.md does not say what {unknown:?} are");
    assert!(server.terminate().unwrap().success());
}

/// Every expression of the dashboard, with the panel that asks it.
fn queries(panel: &Value, found: &mut Vec<(String, String)>) {
    let title = panel["title"].as_str().unwrap_or_default();
    for target in panel["targets"].as_array().into_iter().flatten() {
        found.push((title.to_owned(), target["expr"].as_str().unwrap().to_owned()));
    }
    for inner in panel["panels"].as_array().into_iter().flatten() {
        queries(inner, found);
    }
}

/// Names of series in an expression.
fn named(expression: &str) -> Vec<String> {
    let word = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let words = expression.split(|it: char| !word(it)).filter(|it| it.starts_with("mtm_"));
    words.map(str::to_owned).collect()
}

#[test]
fn the_dashboard_asks_only_for_series_that_are_served_and_leaves_none_out() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut known = documented("Every server");
    known.extend(documented("On a database server"));
    known.extend(documented("With an ERP"));
    let mut asked = Vec::new();
    queries(&dashboard, &mut asked);
    assert!(asked.len() > 30, "{}", asked.len());
    let mut used = BTreeSet::new();
    for (panel, expression) in &asked {
        let names = named(expression);
        assert!(!names.is_empty(), "{panel}: {expression}");
        for name in names {
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| {
                let family = name.strip_suffix(end)?;
                (known.get(family)?.kind == "histogram").then(|| family.to_owned())
            });
            let family = family.unwrap_or(name);
            let Some(series) = known.get(&family) else {
                panic!("{panel} asks for {family}, which is not served")
            };
            // A counter by itself says nothing, and a bucket only with its bound.
            let counted = ["rate(", "increase("].iter().any(|it| expression.contains(it));
            let total = expression.starts_with("sum(mtm_database_changes_total");
            assert!(series.kind == "gauge" || counted || total, "{panel}: {expression}");
            for label in grouped(expression) {
                let has = series.labels.contains(&label) || label == "le";
                assert!(has, "{panel}: {family} has no {label}");
            }
            used.insert(family);
        }
        let (open, shut) = (expression.matches('(').count(), expression.matches(')').count());
        assert_eq!(open, shut, "{panel}: {expression}");
    }
    let beside =
        ["mtm_pool_open", "mtm_pool_idle", "mtm_pool_closed_total", "mtm_replica_questions_total"];
    let left: Vec<_> =
        known.keys().filter(|it| !used.contains(*it) && !beside.contains(&it.as_str())).collect();
    assert!(left.is_empty(), "the dashboard shows nothing of {left:?}");
    let mut ids = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "two panels have one id");
    }
    // The page's own conditions ask for what is served, too.
    let conditions = PAGE.split("## What to be told of").nth(1).unwrap();
    for name in named(conditions) {
        assert!(known.contains_key(&name), "{name} is not served");
    }
}

/// Labels that an expression groups by.
fn grouped(expression: &str) -> Vec<String> {
    let groups = expression.split("by (").skip(1).filter_map(|rest| rest.split(')').next());
    groups.flat_map(|group| group.split(',').map(|label| label.trim().to_owned())).collect()
}

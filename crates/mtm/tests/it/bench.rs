//! `mtm bench`: the figures come with an audit, and nothing is left behind. How fast anything is,
//! is not tested.

use std::fs;

use mtm_testkit::Mtm;

use crate::support::mtm;

const SHORT: [&str; 8] =
    ["--clients", "4", "--duration", "300ms", "--warm-up", "50ms", "--json", "--quiet"];

#[test]
fn an_own_server_is_measured_audited_and_cleared_away() {
    let directory = tempfile::tempdir().unwrap();
    let own = ["bench", "--scenario", "receive,stock", "--scale", "small", "--dir"];
    let here = directory.path().to_str().unwrap();
    // The database that the machine is set up for is not the one to measure on.
    let elsewhere = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", elsewhere.path().join("plant.db").display());
    let places = [here, "--database", &database];
    let report = mtm(own.iter().chain(&places).chain(&SHORT).copied()).json();
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0, "the plant was measured on");
    assert_eq!(report["verdict"], "exact", "{report:#}");
    assert_eq!(report["audit"]["verified"], true);
    assert!(report["runs"][0]["movements"].as_u64().unwrap() > 0);
    assert_eq!(report["runs"].as_array().unwrap().len(), 2);
    let groups: Vec<u64> = report["baselines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|baseline| baseline["group"].as_u64().unwrap())
        .collect();
    assert_eq!(groups, [1, 32, 1_000]);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "files were left behind");
}

#[test]
fn a_server_somebody_runs_is_measured_and_audited() {
    let (server, _api): (Mtm, _) = crate::support::plant();
    let token = server.token("bench", "admin").unwrap();
    let against = ["bench", "--scenario", "receive", "--against", server.url()];
    let report = mtm(against.iter().chain(&["--token", &token]).chain(&SHORT).copied()).json();
    assert_eq!(report["verdict"], "exact", "{report:#}");
    assert_eq!(report["audit"]["verified"], true);
    let refused = mtm(against.iter().chain(&SHORT).copied()).failure(2);
    assert_eq!(refused["code"], "usage");
}

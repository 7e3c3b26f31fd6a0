//! `mtm lab sparkplug`: a simulated machine, and a host that listens to it.

use std::collections::BTreeMap;
use std::time::Duration;

use mtm_connect::broker::{Account, Address};
use mtm_connect::sparkplug::{Host, HostSettings};
use mtm_core::machine::Value;
use mtm_core::sparkplug::Id;
use mtm_testkit::Mosquitto;
use serde_json::Value as Json;
use tokio::runtime::Runtime;

use crate::support::mtm;

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(60);

const MACHINE: [&str; 8] =
    ["lab", "sparkplug", "--group", "Plant1", "--node", "Line1", "--device", "Press7"];

fn host(runtime: &Runtime, url: &str) -> Host {
    let id = |text: &str| Id::parse(text).unwrap();
    let settings = HostSettings {
        broker: Address::mqtt(url).unwrap(),
        account: Account::default(),
        client_id: "host".to_owned(),
        host_id: None,
        group: id("Plant1"),
        node: id("Line1"),
        reorder: Duration::from_millis(200),
        rebirth_every: Duration::from_millis(200),
    };
    runtime.block_on(Host::open(settings)).unwrap()
}

/// Runs the machine while a host listens: what it says in the end, and every value of each tag.
fn run(arguments: &[&str]) -> Option<(Json, BTreeMap<String, Vec<Value>>)> {
    let server = Mosquitto::start().unwrap().or_skip("a simulated machine by Sparkplug")?;
    let url = server.url();
    let runtime = Runtime::new().unwrap();
    let mut host = host(&runtime, &url);
    let arguments: Vec<String> = MACHINE
        .iter()
        .chain(&["--json", "--broker", &url])
        .chain(arguments)
        .map(|it| (*it).to_owned())
        .collect();
    let machine = std::thread::spawn(move || mtm(arguments).json());
    let mut heard: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    // It says that it goes: what it shows then is unavailable. It may have been offline before.
    let listening = async {
        loop {
            let gone = heard.values().filter(|it| it.last() == Some(&Value::Unavailable)).count();
            if gone == 2 && machine.is_finished() {
                return;
            }
            let next = tokio::time::timeout(Duration::from_millis(50), host.next()).await;
            for reading in next.map_or(Vec::new(), |batch| batch.unwrap().readings) {
                heard.entry(reading.tag).or_default().push(reading.value);
            }
        }
    };
    runtime.block_on(async { tokio::time::timeout(PATIENCE, listening).await }).unwrap();
    Some((machine.join().unwrap(), heard))
}

#[test]
fn the_simulated_machine_counts_and_a_host_hears_it() {
    let arguments =
        ["--counts", "40", "--per-minute", "6000", "--counter", "Good", "--counter", "Scrap"];
    let Some((said, heard)) = run(&arguments) else { return };
    for (at, name) in ["Good", "Scrap"].into_iter().enumerate() {
        let counter = &said["counters"][at];
        assert_eq!((&counter["name"], &counter["shows"]), (&name.into(), &40.into()));
        let values = &heard[&format!("Press7:{name}")];
        let expected = [Value::Total(40), Value::Unavailable];
        assert_eq!(values[values.len() - 2..], expected, "{values:?}");
    }
    assert_eq!(said["dropped"], 0);
}

#[test]
fn the_simulated_machine_has_the_faults_that_it_is_asked_for() {
    let counters =
        ["--counter", "Good", "--counter", "Scrap", "--seed", "7", "--rolls-over-at", "60"];
    let pace = ["--counts", "200", "--per-minute", "3000"];
    let faults =
        ["--drop", "20", "--swap", "10", "--offline", "50", "--reset", "80", "--renumber", "50"];
    let Some((said, heard)) = run(&[&counters[..], &pace, &faults].concat()) else { return };
    for fault in ["dropped", "swapped", "offline", "reset", "rolled_over", "renumbered", "rebirths"]
    {
        assert!(said[fault].as_u64().unwrap() > 0, "{fault}: {said}");
    }
    for at in 0..2 {
        assert_eq!(said["counters"][at]["counted"], 200);
    }
    let shown =
        |it: &Value| matches!(it, Value::Unavailable) || matches!(it, Value::Total(it) if *it < 60);
    assert!(heard.values().flatten().all(shown), "{heard:?}");
}

#[test]
fn the_simulated_machine_says_what_is_wrong() {
    let nobody = mtm([&MACHINE[..], &["--json", "--broker", "mqtt://127.0.0.1:9"]].concat());
    assert_eq!(nobody.failure(1)["code"], "machine_failed");
    for wrong in [
        ["--broker", "http://broker", "--counter", "Parts"],
        ["--broker", "mqtt://broker", "--counter", "Node Control/Rebirth"],
    ] {
        let run = mtm([&MACHINE[..], &wrong].concat());
        assert_eq!(run.code, 2, "{}", run.stderr);
    }
}

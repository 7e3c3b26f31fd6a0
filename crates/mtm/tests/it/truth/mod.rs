//! The truth light end to end: each fault that it knows is done to a running server from outside, past every
//! rule of the program, and put right again. Status, metrics and events tell of both, with what breaks the
//! invariant and what to do.
//!
//! `MTM_PACE_MS` sets how often the server looks; at a plant's pace (the long proof) red must come within
//! ten seconds.

mod hosts;
mod on_a_file;
mod on_a_server;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use mtm_app::truth::INVARIANTS;
use mtm_testkit::mtm_process::Start;
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{Api, EventFollower, Mtm, poll};
use serde_json::Value;

use crate::support::{PROGRAM, masters};

const SOON: Duration = Duration::from_secs(90);
/// Looks of the bounded run: twenty times as often as a plant's.
const QUICK: u64 = 100;
/// A plant's pace. From here on the time is checked.
const PLANT: u64 = 2_000;
/// How soon red must come then.
const WITHIN: Duration = Duration::from_secs(10);

/// Something that is done to a server from outside, and put right again.
struct Fault<P> {
    /// The invariants that it breaks.
    breaks: &'static [&'static str],
    /// What they must name, once it is done: the kind of thing and which one.
    key: fn(&P) -> (&'static str, String),
    begin: fn(&P),
    end: fn(&P),
}

/// A running server with somebody who looks at it and somebody who follows its events.
struct Watched {
    server: Mtm,
    api: Api,
    follower: EventFollower,
}

impl Watched {
    /// Starts it; with everybody's master data and a light that is green.
    fn start(start: Start) -> Self {
        let pace = number("MTM_PACE_MS", QUICK).to_string();
        let server = start.environment("MTM_TRUTH__PACE_MS", pace).start().unwrap();
        let token = server.token("watch", "admin").unwrap();
        let api = server.api().with_token(&token);
        masters(&api);
        let follower = EventFollower::start(vec![server.url().to_owned()], &token).unwrap();
        let watched = Self { server, api, follower };
        watched.is_green();
        watched
    }

    fn status(&self) -> Value {
        self.api.get("/api/v1/status").unwrap().json().unwrap()
    }

    /// Waits until the whole light is green.
    fn is_green(&self) {
        let mut last = Value::Null;
        let green = poll::until("a green light", SOON, || {
            last = self.status();
            Ok((last["state"] == "green").then_some(()))
        });
        assert!(green.is_ok(), "{last:#}");
    }

    /// The invariant as the status has it, once it is so and names this.
    fn shines(&self, name: &str, state: &str, key: Option<&(&str, String)>) -> Value {
        let mut last = Value::Null;
        let found = poll::until(name, SOON, || {
            if name == "verification" {
                // It says what was found when somebody asked.
                self.api.get("/api/v1/audit/verify")?;
            }
            let status = self.status();
            let all = status["invariants"].as_array().cloned().unwrap_or_default();
            last = all.into_iter().find(|it| it["name"] == name).unwrap_or_default();
            let named = key.is_none_or(|key| names(&last["keys"], key));
            Ok((last["state"] == state && named).then(|| last.clone()))
        });
        found.unwrap_or_else(|error| panic!("{error}: {state}, naming {key:?}: {last:#}"))
    }

    /// What the world was told of an invariant, in order.
    fn told(&self, name: &str) -> Vec<Value> {
        let told = self.follower.told().into_iter();
        let events = told.map(|it| serde_json::from_str::<Value>(&it.data).unwrap());
        let about = |event: &Value| {
            let kind = event["type"].as_str().unwrap_or_default();
            kind.starts_with("mtm.truth.") && event["subject"] == name
        };
        events.filter(about).collect()
    }

    /// Waits until the end of what was told of an invariant is that it broke, by this, and that it holds
    /// again.
    fn was_told(&self, name: &str, before: usize, keys: &[(&str, String)]) {
        let mut last = Vec::new();
        let told = poll::until("events", SOON, || {
            last = self.told(name).split_off(before);
            // What an earlier fault did to it may be told late: the end counts, and what it names.
            let [.., broke, holds] = last.as_slice() else { return Ok(None) };
            let kinds = [broke, holds].map(|it| it["type"].as_str().unwrap_or_default().to_owned());
            let named = keys.iter().all(|key| names(&broke["data"]["keys"], key));
            let ends = kinds == ["mtm.truth.violated.v1", "mtm.truth.restored.v1"];
            Ok((ends && named).then_some(()))
        });
        assert!(told.is_ok(), "{name}: {last:#?}");
        let data = &last[last.len() - 2]["data"];
        for key in keys {
            assert!(names(&data["keys"], key), "{name} must name {key:?}: {data}");
        }
        assert!(data["next_step"].as_str().is_some_and(|next| !next.is_empty()), "{data}");
        assert_eq!((&data["invariant"], &data["state"]), (&name.into(), &"red".into()));
    }

    /// Waits until the metric is so.
    fn measures(&self, name: &str, level: i8) {
        let line = format!("mtm_truth_light{{invariant=\"{name}\"}} {level}");
        let mut last = String::new();
        let measured = poll::until(&line, SOON, || {
            last = self.api.get("/metrics")?.text;
            Ok(last.lines().any(|other| other == line).then_some(()))
        });
        assert!(measured.is_ok(), "{line}\n{last}");
    }
}

fn names(keys: &Value, (kind, key): &(&str, String)) -> bool {
    let mut keys = keys.as_array().into_iter().flatten();
    keys.any(|it| it["kind"] == *kind && it["key"] == *key)
}

/// Does a fault and puts it right; everything tells of both.
fn endure<P: AsRef<Watched>>(plant: &P, fault: &Fault<P>) {
    let watched = plant.as_ref();
    let before = fault.breaks.iter().map(|name| watched.told(name).len()).collect::<Vec<_>>();
    (fault.begin)(plant);
    let began = Instant::now();
    let key = (fault.key)(plant);
    for name in fault.breaks {
        let red = watched.shines(name, "red", Some(&key));
        red_in_time(name, &key, began.elapsed());
        assert!(red["next_step"].is_string() && red["since"].is_string(), "{red}");
        assert_eq!(watched.status()["state"], "red");
        watched.measures(name, 2);
    }
    (fault.end)(plant);
    for name in fault.breaks {
        watched.shines(name, "green", None);
        watched.measures(name, 0);
    }
    watched.is_green();
    for (name, before) in fault.breaks.iter().zip(before) {
        watched.was_told(name, before, std::slice::from_ref(&key));
    }
}

/// Says when red came, and checks it at a plant's pace.
fn red_in_time(name: &str, (kind, key): &(&str, String), took: Duration) {
    evidence(format_args!("{name} red after {took:.1?}, naming {kind} {key}"));
    if number("MTM_PACE_MS", QUICK) >= PLANT {
        assert!(took < WITHIN, "{name} turned red after {took:?}");
    }
}

#[test]
fn every_invariant_has_a_fault_that_is_done_to_a_running_server() {
    let file = on_a_file::FAULTS.iter().flat_map(|fault| fault.breaks);
    let server = on_a_server::FAULTS.iter().flat_map(|fault| fault.breaks);
    let done: BTreeSet<&str> = file.chain(server).chain(&hosts::BREAKS).copied().collect();
    let known: BTreeSet<&str> = INVARIANTS.iter().map(|invariant| invariant.name).collect();
    assert_eq!(done, known);
}

#[test]
fn every_fault_of_a_server_on_a_file_turns_the_light_red_and_back() {
    let plant = on_a_file::Plant::start();
    for fault in &on_a_file::FAULTS {
        endure(&plant, fault);
    }
}

#[test]
fn every_fault_of_a_database_server_turns_the_light_red_and_back() {
    let Some(plant) = on_a_server::Plant::start() else { return };
    for fault in &on_a_server::FAULTS {
        endure(&plant, fault);
    }
}

fn start() -> Start {
    Start::new(PROGRAM)
}

//! A URL that names several database servers, and the ways to them.
//!
//! Both names lead to one server here, each by a way of its own that can be cut: what is looked at is the
//! way, and one database cannot differ from itself.

use std::time::Instant;

use mtm_lab::proxy::{Direction, End, Fault, Proxy};
use mtm_testkit::{MariaDb, poll};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::{SOON, Watched, red_in_time, start};
use crate::support::{receipt, receive};

/// The invariants that are broken here.
pub(super) const BREAKS: [&str; 2] = ["servers", "database"];

/// A line of the server's log about an invariant, once it says this.
fn logged(watched: &Watched, name: &str, words: &str) -> Value {
    let line = || {
        let lines = watched.server.stderr().lines();
        let mut lines = lines.iter().rev().filter_map(|it| serde_json::from_str::<Value>(it).ok());
        lines.find(|it| {
            let message = it["message"].as_str().unwrap_or_default();
            it["invariant"] == name && message.contains(words)
        })
    };
    poll::until(words, SOON, || Ok(line())).unwrap()
}

#[test]
fn one_database_server_less_is_yellow_and_none_is_red_until_they_are_back() {
    let suite = "truth light of several database servers";
    let Some(database) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = database.create_database().unwrap();
    let here = format!("127.0.0.1:{}", database.port());
    let runtime = Runtime::new().unwrap();
    let way = || runtime.block_on(Proxy::start(here.clone())).unwrap();
    let ways = [way(), way()];
    let hosts = ways.each_ref().map(|way| way.address().to_string());
    let url = url.replace(&here, &hosts.join(","));
    let watched = Watched::start(
        start().environment("MTM_DATABASE__URL", url).environment("MTM_LOG__FORMAT", "json"),
    );
    let keys = hosts.clone().map(|host| ("server", host));
    let before = BREAKS.map(|name| watched.told(name).len());
    let cut = |way: &Proxy| way.set(Direction::ToServer, Fault::Over(End::Reset));

    cut(&ways[0]);
    let yellow = watched.shines("servers", "yellow", Some(&keys[0]));
    assert_eq!(yellow["keys"].as_array().unwrap().len(), 1, "{yellow}");
    assert!(yellow["next_step"].is_string(), "{yellow}");
    watched.measures("servers", 1);
    receive(&watched.api, "other-way", 10);

    cut(&ways[1]);
    let began = Instant::now();
    // Nobody can be let in without the database: metrics and the log tell.
    for name in BREAKS {
        watched.measures(name, 2);
        red_in_time(name, &keys[1], began.elapsed());
    }
    let line = logged(&watched, "servers", "No server takes bookings");
    let named = line["keys"].as_str().unwrap();
    for (kind, host) in &keys {
        assert!(named.contains(&format!("{kind} {host}")), "{line}");
    }
    let refused = watched.api.post("/api/v1/movements", "nowhere", &receipt(11)).unwrap();
    assert_eq!(refused.status, 503, "{}", refused.text);

    for way in &ways {
        way.heal();
    }
    for name in BREAKS {
        let green = poll::until(name, SOON, || {
            // It may take a moment until anybody is let in again.
            let reply = watched.api.get("/api/v1/status")?;
            let status = if reply.status == 200 { reply.json()? } else { Value::Null };
            let all = status["invariants"].as_array().cloned().unwrap_or_default();
            Ok(all.into_iter().find(|it| it["name"] == name && it["state"] == "green"))
        });
        green.unwrap();
        watched.measures(name, 0);
    }
    receive(&watched.api, "again", 12);
    // What could not be told while there was no database is told afterwards.
    watched.was_told("servers", before[0], &keys);
    watched.was_told("database", before[1], &[]);
}

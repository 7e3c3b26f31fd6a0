//! The connections to a database server, as Prometheus reads them.
//!
//! | series | meaning |
//! |---|---|
//! | `mtm_pool_size{pool}` | most connections at once, as configured |
//! | `mtm_pool_open`, `mtm_pool_idle`, `mtm_pool_in_use` | connections that are open, unused, handed out |
//! | `mtm_pool_waiting` | who waits for one |
//! | `mtm_pool_wait_seconds` | histogram of the waiting for those that were handed out |
//! | `mtm_pool_refused_total{reason}` | who got none: `timed_out`, `unreachable`, `abandoned` (went away) |
//! | `mtm_pool_closed_total{reason}` | connections closed and opened anew when needed: `doubted` (silent), `broken` (work on it failed), `expired` (old) |
//! | `mtm_database_in_use{host}` | 1 for the server that is worked on, 0 for the others of the URL |
//! | `mtm_database_changes_total` | how often another server was taken |
//! | `mtm_replica_questions_total{host,outcome}` | exports and reports that the replica `served`, was `late` for, was `away` for |
//!
//! The pools are `writers` (bookings and administration), `readers` (screens), `reports` (exports and
//! reports) and, where one is named, `replica`. A ledger in a file has none of these series.

use std::fmt::{Arguments, Write as _};

use mtm_app::pool::{PoolReport, ServersReport, WAIT_BOUNDS};

/// A gauge of a pool: name, help, value.
type PoolGauge = (&'static str, &'static str, fn(&PoolReport) -> u64);

const GAUGES: [PoolGauge; 5] = [
    ("mtm_pool_size", "Most connections at once.", |pool| pool.size),
    ("mtm_pool_open", "Connections that are open.", |pool| pool.open),
    ("mtm_pool_idle", "Open connections that nobody uses.", |pool| pool.idle),
    ("mtm_pool_in_use", "Connections handed out.", |pool| pool.in_use),
    ("mtm_pool_waiting", "Who waits for a connection.", |pool| pool.waiting),
];

/// Every series of the pools and servers.
pub(crate) fn render(pools: &[PoolReport], servers: Option<&ServersReport>) -> String {
    let mut text = String::new();
    if !pools.is_empty() {
        for (name, help, value) in GAUGES {
            head(&mut text, name, "gauge", help);
            for pool in pools {
                line(&mut text, format_args!("{name}{{pool=\"{}\"}} {}", pool.pool, value(pool)));
            }
        }
        waits(&mut text, pools);
        counters(&mut text, pools);
    }
    if let Some(servers) = servers {
        hosts(&mut text, servers);
    }
    text
}

fn waits(text: &mut String, pools: &[PoolReport]) {
    let name = "mtm_pool_wait_seconds";
    head(text, name, "histogram", "How long was waited for a connection.");
    for PoolReport { pool, waits, waited, .. } in pools {
        let mut below = 0;
        for (bound, count) in WAIT_BOUNDS.iter().zip(waits) {
            below += count;
            let (seconds, rest) = (bound / 1_000_000, bound % 1_000_000);
            let bucket =
                format_args!("{name}_bucket{{pool=\"{pool}\",le=\"{seconds}.{rest:06}\"}} {below}");
            line(text, bucket);
        }
        let all: u64 = waits.iter().sum();
        line(text, format_args!("{name}_bucket{{pool=\"{pool}\",le=\"+Inf\"}} {all}"));
        let sum = waited.as_secs_f64();
        line(text, format_args!("{name}_sum{{pool=\"{pool}\"}} {sum:.6}"));
        line(text, format_args!("{name}_count{{pool=\"{pool}\"}} {all}"));
    }
}

fn counters(text: &mut String, pools: &[PoolReport]) {
    let name = "mtm_pool_refused_total";
    head(text, name, "counter", "Who got no connection.");
    for it in pools {
        for (reason, count) in
            [("timed_out", it.timed_out), ("unreachable", it.failed), ("abandoned", it.abandoned)]
        {
            let pool = it.pool;
            line(text, format_args!("{name}{{pool=\"{pool}\",reason=\"{reason}\"}} {count}"));
        }
    }
    let name = "mtm_pool_closed_total";
    head(text, name, "counter", "Connections closed, to be opened anew when needed.");
    for it in pools {
        for (reason, count) in
            [("doubted", it.doubted), ("broken", it.broken), ("expired", it.expired)]
        {
            let pool = it.pool;
            line(text, format_args!("{name}{{pool=\"{pool}\",reason=\"{reason}\"}} {count}"));
        }
    }
}

fn hosts(text: &mut String, servers: &ServersReport) {
    let name = "mtm_database_in_use";
    head(text, name, "gauge", "Which of the database servers is worked on.");
    for (at, host) in servers.hosts.iter().enumerate() {
        let used = u8::from(at == servers.current);
        line(text, format_args!("{name}{{host=\"{host}\"}} {used}"));
    }
    let name = "mtm_database_changes_total";
    head(text, name, "counter", "How often another database server was taken.");
    line(text, format_args!("{name} {}", servers.changes));
    if let Some(replica) = &servers.replica {
        let (name, host) = ("mtm_replica_questions_total", &replica.host);
        head(text, name, "counter", "Exports and reports by what the replica did for them.");
        for (outcome, count) in
            [("served", replica.served), ("late", replica.late), ("away", replica.away)]
        {
            let labels = format_args!("host=\"{host}\",outcome=\"{outcome}\"");
            line(text, format_args!("{name}{{{labels}}} {count}"));
        }
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    line(text, format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
}

fn line(text: &mut String, content: Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{content}");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mtm_app::pool::ReplicaReport;

    use super::*;

    #[test]
    fn pools_and_servers_are_told_by_name() {
        let mut waits = [0; WAIT_BOUNDS.len() + 1];
        (waits[0], waits[3], waits[WAIT_BOUNDS.len()]) = (5, 2, 1);
        let pool = PoolReport {
            pool: "readers",
            size: 4,
            open: 3,
            idle: 1,
            in_use: 2,
            waiting: 6,
            waits,
            waited: Duration::from_micros(1_500_001),
            timed_out: 7,
            abandoned: 8,
            failed: 9,
            doubted: 10,
            broken: 11,
            expired: 12,
        };
        let replica = ReplicaReport { host: "three:3306".to_owned(), served: 1, late: 2, away: 3 };
        let servers = ServersReport {
            hosts: vec!["one:3306".to_owned(), "two:3306".to_owned()],
            current: 1,
            changes: 4,
            seen: None,
            replica: Some(replica),
        };
        let text = render(&[pool], Some(&servers));
        for expected in [
            "mtm_pool_size{pool=\"readers\"} 4",
            "mtm_pool_open{pool=\"readers\"} 3",
            "mtm_pool_idle{pool=\"readers\"} 1",
            "mtm_pool_in_use{pool=\"readers\"} 2",
            "mtm_pool_waiting{pool=\"readers\"} 6",
            "mtm_pool_wait_seconds_bucket{pool=\"readers\",le=\"0.000100\"} 5",
            "mtm_pool_wait_seconds_bucket{pool=\"readers\",le=\"0.001000\"} 7",
            "mtm_pool_wait_seconds_bucket{pool=\"readers\",le=\"5.000000\"} 7",
            "mtm_pool_wait_seconds_bucket{pool=\"readers\",le=\"+Inf\"} 8",
            "mtm_pool_wait_seconds_sum{pool=\"readers\"} 1.500001",
            "mtm_pool_wait_seconds_count{pool=\"readers\"} 8",
            "mtm_pool_refused_total{pool=\"readers\",reason=\"timed_out\"} 7",
            "mtm_pool_refused_total{pool=\"readers\",reason=\"abandoned\"} 8",
            "mtm_pool_refused_total{pool=\"readers\",reason=\"unreachable\"} 9",
            "mtm_pool_closed_total{pool=\"readers\",reason=\"broken\"} 11",
            "mtm_database_in_use{host=\"one:3306\"} 0",
            "mtm_database_in_use{host=\"two:3306\"} 1",
            "mtm_database_changes_total 4",
            "mtm_replica_questions_total{host=\"three:3306\",outcome=\"late\"} 2",
        ] {
            assert!(text.lines().any(|line| line == expected), "{expected} is missing in\n{text}");
        }
        assert_eq!(render(&[], None), "");
    }
}

//! The proofs as data.

use super::bench::Budget;
use super::kind::{Proof, Reading, Seed};

/// Random histories are the same and few for every fault, and neither made small nor kept.
const FAULTS: &[(&str, &str)] =
    &[("MTM_MUTANTS", "1"), ("PROPTEST_CASES", "64"), ("PROPTEST_RNG_SEED", "1")];

pub(crate) const PROOFS: &[Proof] = &[
    Proof {
        id: "kill9",
        promise: "`kill -9` under load at 1,000 random moments: no acknowledged booking is lost, none \
                  is half-written, and sending everything again makes the totals exact",
        needs: &[],
        size: &[("MTM_KILLS", "1000")],
        seed: Some(Seed::Variable("MTM_SEED")),
        command: "test --locked --package mtm --test it -- --nocapture --test-threads=1 killing::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "concurrency",
        promise: "200 rounds over HTTP: 20 clients with 100 receipts each get 2,000 distinct lots, 50 \
                  takes of 1 from 30 give exactly 30, one key sent 50 times at once has one effect",
        needs: &[],
        size: &[("MTM_ROUNDS", "200")],
        seed: None,
        command: "test --locked --package mtm --test it -- --nocapture --test-threads=1 concurrency::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "differential",
        promise: "100 scripts of 400 random commands through SQLite and a real MariaDB: the same \
                  verdicts, the same stock, the same log",
        needs: &["mariadbd", "mariadb-install-db"],
        size: &[("MTM_CASES", "100"), ("MTM_STEPS", "400")],
        seed: Some(Seed::Variable("MTM_SEED")),
        command: "test --locked --package mtm-store --test it -- --nocapture --test-threads=1 differential::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "cuts",
        promise: "1,000 connections to a real MariaDB cut at the commit: under a key each booking is \
                  answered and has one effect, without one the caller hears that nobody knows; a \
                  transaction held open while 1,000 others pass is told exactly once",
        needs: &["mariadbd", "mariadb-install-db"],
        size: &[("MTM_CUTS", "1000"), ("MTM_PASSING", "1000")],
        seed: Some(Seed::Variable("MTM_SEED")),
        command: "test --locked --package mtm-store --test it -- --nocapture --test-threads=1 cuts:: \
                  sealing::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "pools",
        promise: "100,000 callers on small pools to a real MariaDB, of whom most go away while they wait \
                  or while a statement runs: no place, connection or transaction leaks; 20 times \
                  `kill -9` of the server under load: nothing acknowledged is lost, and everything is \
                  well within 5 s of its return",
        needs: &["mariadbd", "mariadb-install-db"],
        size: &[("MTM_CHECKOUTS", "100000"), ("MTM_RESTARTS", "20")],
        seed: Some(Seed::Variable("MTM_SEED")),
        command: "test --locked --package mtm-store --test it -- --nocapture --test-threads=1 pools::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "failover",
        promise: "one URL that names three Galera nodes: the preferred one killed and cut off under load, \
                  twice each, and everybody back on it afterwards: no acknowledged booking is lost or \
                  doubled, no change too many, and no client waits 10 s; a server that was left behind \
                  never takes over, and a replica that is late is not believed",
        needs: &["mariadbd", "mariadb-install-db", "rsync"],
        size: &[("MTM_FAILOVERS", "4")],
        seed: None,
        command: "test --locked --package mtm-store --test it -- --nocapture --test-threads=1 failover::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "galera",
        promise: "three nodes with clients on all of them, each node killed and each cut off under \
                  load: no acknowledged booking is lost or doubled, all nodes agree, and no client \
                  waits 10 s",
        needs: &["mariadbd", "mariadb-install-db", "rsync"],
        size: &[("MTM_FAULTS", "6"), ("MTM_STORM", "50")],
        seed: None,
        command: "test --locked --package mtm-store --test it -- --nocapture --test-threads=1 galera::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "cluster",
        promise: "two servers on one cluster of three Galera nodes, each preferring another node: a hold \
                  set at one stops the next take at the other, a new part is known there within 1 s; \
                  each killed four times under load, clients go on at the other within 5 s, no \
                  booking is lost or doubled, and who follows events hears each once and in order",
        needs: &["mariadbd", "mariadb-install-db", "rsync"],
        size: &[("MTM_KILLS", "8")],
        seed: None,
        command: "test --locked --package mtm --test it -- --nocapture --test-threads=1 cluster::",
        reading: Reading::Tests,
        minutes: 30,
    },
    Proof {
        id: "erp_feed",
        promise: "3,500,000 rows of an ERP's ledger read through the distribution's ODBC driver: every row \
                  counted once, the sums of every part and place as they were made, in memory that does \
                  not grow with the rows",
        needs: &["odbcinst"],
        size: &[("MTM_ERP_ROWS", "3500000")],
        seed: None,
        command: "test --locked --package mtm-app --test it -- --nocapture --test-threads=1 \
                  erp::drivers::a_large_ledger",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "import",
        promise: "100,000 rows on SQLite and MariaDB: looked at within 5 s, taken over within 2.5 × \
                  the bare loop's time embedded and 20 s on a server, others who book meanwhile wait \
                  less than twice as long as ever; killed at 12 moments the ledger is as if it had \
                  never been cut off; undone again in steps, killed at 12 moments, every movement is \
                  given back once",
        needs: &["mariadbd", "mariadb-install-db"],
        size: &[
            ("MTM_IMPORT_ROWS", "100000"),
            ("MTM_IMPORT_KILLS", "12"),
            ("MTM_IMPORT_TRAFFIC", "250"),
        ],
        seed: None,
        // What is timed is built as it is shipped.
        command: "test --locked --release --package mtm --test it -- --nocapture --test-threads=1 \
                  importing::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "publish",
        promise: "at 220 movements/s, from a file and from a real MariaDB: 99 of 100 events are at real \
                  Mosquitto and NATS consumers, a webhook's receiver and a follower of server-sent events \
                  within 1 s of being recorded, and every one of them is there",
        needs: &["mariadbd", "mariadb-install-db", "mosquitto", "nats-server"],
        size: &[("MTM_RATE", "220"), ("MTM_SECONDS", "60")],
        seed: None,
        command: "test --locked --release --package mtm --test it -- --nocapture --test-threads=1 \
                  publishing::",
        reading: Reading::Tests,
        minutes: 20,
    },
    Proof {
        id: "peers",
        promise: "at 220 movements/s, one peer that fails (a receiver that refuses, hangs or drips, a \
                  broker that hangs) makes 99 of 100 bookings, and of the events on their way to the \
                  others, take at most a tenth longer than in the same rounds with all peers well; all of \
                  them arrive",
        needs: &["mosquitto", "nats-server"],
        size: &[("MTM_RATE", "220"), ("MTM_SECONDS", "10"), ("MTM_ROUNDS", "10")],
        seed: None,
        command: "test --locked --release --package mtm --test it -- --nocapture --test-threads=1 \
                  peers::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "scans",
        promise: "1,000,000 generated scans over a pseudo-terminal, split, merged and garbled at random: none \
                  is mis-framed, and each garbled one is told; an agent killed and a device pulled out 100 \
                  times, also in the middle of a scan: each scan that was acknowledged is booked, once",
        needs: &[],
        size: &[("MTM_SCANS", "1000000"), ("MTM_KILLS", "100")],
        seed: Some(Seed::Variable("MTM_SEED")),
        command: "test --locked --package mtm-connect --package mtm --test connect --test it -- --nocapture \
                  --test-threads=1 scanners:: scan_devices::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "machines",
        promise: "an agent of MTConnect, an edge node of Sparkplug B on a real broker and a real OPC UA server, each cut \
                  off for a minute 12 times while it works, also started anew, set to zero and run over meanwhile, and \
                  heard: a counter that stands for its lifetime is exact and asks nothing; of one that begins again what \
                  was made lies between what is counted and what is asked; confirmed as it was, stock is what was made",
        needs: &["mosquitto"],
        size: &[("MTM_CUT_MS", "60000"), ("MTM_ROUNDS", "3")],
        seed: Some(Seed::Variable("MTM_SEED")),
        command: "test --locked --package mtm-app --test it -- --nocapture --test-threads=3 machine_cuts::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "fuzz",
        promise: "10,000,000 and more inputs made of good ones, by seed, to everything that reads what others send \
                  (scans, labels of GS1 and ISO 15434, lines of scanners, scales and printers, Sparkplug, MTConnect, \
                  OPC UA, B2MML, label templates, mapping files, CSV, JSON and workbooks): nothing panics or hangs, \
                  nothing makes much of little, and what was read is read again as the same",
        needs: &[],
        size: &[("MTM_FUZZ", "800000")],
        seed: Some(Seed::Variable("MTM_SEED")),
        // Fast, and with arithmetic that says when it goes over. In parallel: each says one line, whole.
        command: "test --locked --profile fuzz --package mtm-core --package mtm-connect --package mtm-app --lib \
                  -- --nocapture fuzz::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "guard",
        promise: "while a system is left alone, 99 of 100 calls of it are refused within 5 ms, by 16 callers at \
                  once; it is called by probes only, and within one interval of probes when it is well \
                  again; a no to what was sent never opens the breaker",
        needs: &[],
        size: &[("MTM_GUARD_CALLS", "2000000")],
        seed: None,
        command: "test --locked --release --package mtm-connect --test connect -- --nocapture \
                  --test-threads=1 guard",
        reading: Reading::Tests,
        minutes: 5,
    },
    Proof {
        id: "truth",
        promise: "each fault that the truth light knows, done to a running server from outside at a \
                  plant's pace: red within 10 s with what breaks the invariant and what to do, in status, \
                  metrics and events, and green again when it was put right",
        needs: &["mariadbd", "mariadb-install-db"],
        size: &[("MTM_PACE_MS", "2000")],
        seed: None,
        command: "test --locked --package mtm --test it -- --nocapture --test-threads=1 truth::",
        reading: Reading::Tests,
        minutes: 20,
    },
    Proof {
        id: "model",
        promise: "each on 20,000 random histories: the domain agrees with a plain model that shares no \
                  code with it, conserves every piece, and gives back what is undone",
        needs: &[],
        size: &[("PROPTEST_CASES", "20000")],
        seed: Some(Seed::Variable("PROPTEST_RNG_SEED")),
        // In parallel: these say nothing for the record, so nothing can be mixed up.
        command: "test --locked --package mtm-core --test domain -- properties::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "simulation",
        promise: "the whole service in one process by 200 seeds, 150 steps each, every run twice with one \
                  hash: people, an import, relays and followers, with full and failing disks, kills \
                  around commits and clocks that jump: the ledger is what a plain model says, and \
                  everybody outside has each event once and in order",
        needs: &[],
        size: &[("MTM_CASES", "200"), ("MTM_STEPS", "150")],
        seed: Some(Seed::Variable("MTM_SEED")),
        command: "test --locked --package mtm-app --test it -- --nocapture --test-threads=1 \
                  simulation::",
        reading: Reading::Tests,
        minutes: 60,
    },
    Proof {
        id: "reads",
        promise: "at 200,000 buckets and 2 million movements, 32 clients over HTTP: from a file stock is \
                  searched 2,000 times a second and at that rate people wait less than 10 ms, and every \
                  other read, as fast as answers come, is within its budget; from a real MariaDB on the \
                  same processors they wait no longer at 220 of each read a second",
        needs: &["mariadbd", "mariadb-install-db"],
        size: &[
            ("MTM_BUCKETS", "200000"),
            ("MTM_MOVEMENTS", "2000000"),
            ("MTM_CLIENTS", "32"),
            ("MTM_SECONDS", "20"),
            ("MTM_RATE", "2000"),
            ("MTM_PLANT_RATE", "220"),
        ],
        seed: Some(Seed::Variable("MTM_SEED")),
        command: "test --locked --release --package mtm --test it -- --nocapture --test-threads=1 \
                  reads::",
        reading: Reading::Bench(&[
            (
                "SQLite",
                &[
                    Budget {
                        scenario: "stock",
                        p99_ms: None,
                        per_second: Some(2_000),
                        paced: false,
                    },
                    // Of 2,000 a second, as many as could be counted in the measured time.
                    at_a_rate("stock", 10, 1_980),
                    at_once("history", 20),
                    at_once("suggest", 5),
                    at_once("explain", 20),
                    at_once("lot", 20),
                ],
            ),
            (
                "MariaDB",
                &[
                    at_a_rate("stock", 10, 217),
                    at_a_rate("history", 20, 217),
                    at_a_rate("suggest", 5, 217),
                    at_a_rate("explain", 20, 217),
                    at_a_rate("lot", 20, 217),
                ],
            ),
        ]),
        minutes: 120,
    },
    Proof {
        id: "mutants",
        promise: "of small faults put one at a time into the ledger core, its tests notice at least 90 of a \
                  hundred; each run tries one part of 12, spread over all files",
        needs: &["cargo-mutants", "cargo-nextest"],
        size: FAULTS,
        seed: Some(Seed::Part(12)),
        // In a copy of the tree: a run that is killed leaves no fault behind.
        command: "mutants --package mtm-core --no-times --colors never --output target/mutants",
        reading: Reading::Mutants(90),
        minutes: 120,
    },
    Proof {
        id: "mutants-posting",
        promise: "of small faults put one at a time into the posting path into a file, its tests notice at \
                  least 90 of a hundred; each run tries one part of 12, spread over all files",
        needs: &["cargo-mutants", "cargo-nextest"],
        size: FAULTS,
        seed: Some(Seed::Part(12)),
        command: "mutants --package mtm-app --package mtm-store --no-times --colors never --output \
                  target/mutants",
        reading: Reading::Mutants(90),
        minutes: 180,
    },
];

/// How long people wait where clients ask at planned moments, and that as many are answered.
const fn at_a_rate(scenario: &'static str, p99_ms: u32, per_second: u32) -> Budget {
    Budget { scenario, p99_ms: Some(p99_ms), per_second: Some(per_second), paced: true }
}

/// How long people wait where clients ask as fast as answers come.
const fn at_once(scenario: &'static str, p99_ms: u32) -> Budget {
    Budget { scenario, p99_ms: Some(p99_ms), per_second: None, paced: false }
}

#[cfg(test)]
mod tests;

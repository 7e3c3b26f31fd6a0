//! Reading under load, on a plant in a file and on the same plant on a server: every answer is one,
//! and the ledger is as it was. At full size (`cargo xtask proof reads`) the reports are held
//! against budgets; here nothing is timed.
//!
//! A server that finds a large ledger without closings of the stock makes them first, for minutes at
//! full size. What is measured is what comes after.

use std::path::Path;
use std::time::{Duration, Instant};

use mtm_testkit::mtm_process::Start;
use mtm_testkit::proof::number;
use mtm_testkit::{MariaDb, Mtm, poll, sqlite};

use crate::support::{PROGRAM, mtm};

/// What the server may keep in memory: a plant of full size reads from its own memory as a file
/// does from the system's.
const MEMORY: &str = "SET GLOBAL innodb_buffer_pool_size = 1073741824";

/// Whether the newest closing is as near to the end of the log as one that need not be made yet, or the
/// log is too short for one: 20,000 movements, or half as many as there are buckets.
const SETTLED: &str = "\
    SELECT count(*) FROM (SELECT 1 AS one) AS it
     WHERE (SELECT coalesce(max(sequence), 0) FROM movement) < 20000
        OR EXISTS (SELECT 1 FROM closing_point AS last
                    WHERE last.whole = 1
                      AND (SELECT max(sequence) FROM movement) - last.sequence
                          < CASE WHEN last.buckets > 40000 THEN last.buckets / 2 ELSE 20000 END)";
/// How long making closings may take.
const SETTLES: Duration = Duration::from_secs(30 * 60);

#[test]
fn reads_on_both_engines() {
    let directory = tempfile::tempdir().unwrap();
    let plant = directory.path().join("plant");
    generate(&plant);
    let own = Start::new(PROGRAM).on(&plant).start().unwrap();
    let said = settle(|| sqlite::value(&own.database(), SETTLED).unwrap());
    let searched = ["--scenario", "stock", "--rate", &number("MTM_RATE", 100).to_string()];
    measure("SQLite", &said, &own, &searched);
    drop(own);

    let Some(server) = MariaDb::start().unwrap().or_skip("reads on MariaDB") else { return };
    server.sql("", MEMORY).unwrap();
    let url = server.create_database().unwrap();
    let file = format!("sqlite:{}", plant.join("mtm.db").display());
    let begun = Instant::now();
    let copied = mtm(["db", "copy", &file, &url, "--json"]).json();
    let rows = copied["rows"].as_u64().unwrap();
    assert!(rows > 0);
    let took = begun.elapsed().as_secs();
    let own = Start::new(PROGRAM).environment("MTM_DATABASE__URL", &url).start().unwrap();
    let name = url.rsplit('/').next().unwrap();
    let settled = settle(|| server.sql(name, SETTLED).unwrap().trim().to_owned());
    let said = format!("copied      {rows} rows and proved them in {took} s\n{settled}");
    let all = ["--scenario", "read", "--rate", &number("MTM_PLANT_RATE", 50).to_string()];
    measure("MariaDB", &said, &own, &all);
}

/// Waits until the server has made the closings there are to make; says how long that took.
fn settle(mut ask: impl FnMut() -> String) -> String {
    let begun = Instant::now();
    poll::until("closings of the stock", SETTLES, || Ok((ask() == "1").then_some(()))).unwrap();
    format!("settled     {} s after it was ready\n", begun.elapsed().as_secs())
}

fn generate(plant: &Path) {
    let seed = number("MTM_SEED", 1).to_string();
    let (buckets, movements) = (number("MTM_BUCKETS", 160), number("MTM_MOVEMENTS", 900));
    let scale = if movements < 100_000 { "small" } else { "x100" };
    let (buckets, movements) = (buckets.to_string(), movements.to_string());
    let plant = plant.to_str().unwrap();
    let sizes = ["--scale", scale, "--buckets", &buckets, "--movements", &movements];
    let arguments = ["generate", "--seed", &seed, "--into", plant, "--json", "--quiet"];
    mtm(arguments.into_iter().chain(sizes)).json();
}

/// What the server has taken at most, where the system tells.
fn most_memory(server: &Mtm) -> String {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid()));
    let peak = status.ok().and_then(|status| {
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().to_owned())
    });
    peak.unwrap_or_else(|| "not known".to_owned())
}

/// Loads the server and says for the record what that showed: what it can do, and how long people
/// wait for what is asked at a rate.
fn measure(engine: &str, before: &str, server: &Mtm, at_a_rate: &[&str]) {
    // The copy has the tokens of what was copied.
    let token = server.token(&format!("bench {engine}"), "admin").unwrap();
    let closed = bench(server, &token, &["--scenario", "read"]);
    // The runner's own line has no end yet.
    let most = most_memory(server);
    println!("\nengine      {engine}\n{before}memory      {most} at most\n{closed}");
    let paced = bench(server, &token, at_a_rate);
    println!("\nengine      {engine}, paced\n{paced}");
}

/// Loads the server. What the report says; every answer is one.
fn bench(server: &Mtm, token: &str, what: &[&str]) -> String {
    let seconds = format!("{}s", number("MTM_SECONDS", 1));
    let (clients, seed) = (number("MTM_CLIENTS", 4).to_string(), number("MTM_SEED", 1).to_string());
    let against = ["bench", "--against", server.url(), "--token", token];
    let size = ["--clients", &clients, "--duration", &seconds, "--warm-up", &seconds];
    let all = against.iter().chain(what).copied().chain(size);
    let run = mtm(all.chain(["--seed", &seed, "--quiet"]));
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("audit       exact"), "{}", run.stdout);
    let answers: Vec<&str> =
        run.stdout.lines().map(str::trim).filter(|line| line.starts_with("answers")).collect();
    assert_eq!(answers.len(), if what.contains(&"read") { 5 } else { 1 }, "{}", run.stdout);
    for answers in answers {
        assert!(answers.ends_with("× 200") && !answers.contains(", "), "{answers}");
    }
    run.stdout
}

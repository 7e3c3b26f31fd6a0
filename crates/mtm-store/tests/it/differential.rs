//! The same random commands through `SQLite` and a real `MariaDB`: the same verdicts, the same
//! stock, the same log. Lot numbers may differ (each engine allocates its own), so they are
//! compared by the order in which lots were made.
//!
//! `MTM_CASES` and `MTM_STEPS` set how many cases of how many commands (the long proof runs many
//! more), `MTM_SEED` the first case's seed; alone, it runs that case alone.

mod script;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use mtm_core::catalogue::ReasonKind;
use mtm_core::code::Code;
use mtm_core::command::{Actor, Command};
use mtm_core::outcome::{BucketLine, Outcome};
use mtm_core::policy::Role;
use mtm_core::word::{LotNumber, Timestamp, UserName};
use mtm_store::mariadb::MariaDb;
use mtm_store::master::{MasterAttributes, MasterNoun, NewMaster};
use mtm_store::query::{PageRequest, StockQuery};
use mtm_store::{Clock, IdempotencyKey, Ledger, ManualClock, OpenOptions, PostError, Submission};
use mtm_testkit::proof::{evidence, number};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use script::{Made, Step};

/// Commands per case.
const STEPS: u64 = 100;
/// Cases of the bounded run; each has a database of its own on both sides.
const CASES: u64 = 6;

/// Both engines, set up alike, and what was made so far on each.
struct Pair {
    sqlite: Ledger,
    mariadb: MariaDb,
    clocks: [Arc<ManualClock>; 2],
    actors: [Actor; 2],
    made: [Made; 2],
    keys: Vec<(String, Command, Command)>,
    _directory: tempfile::TempDir,
}

#[test]
fn mariadb_and_sqlite_decide_and_keep_the_same() {
    let suite = "MariaDB differential";
    let Some(server) = mtm_testkit::MariaDb::shared().unwrap().or_skip(suite) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut tally = Tally::default();
    let (seeds, commands) = (seeds(), number("MTM_STEPS", STEPS));
    let version = server.sql("mysql", "SELECT version()").unwrap();
    evidence(format_args!("server {}", version.trim()));
    evidence(format_args!("seeds {seeds:?}, {commands} commands each"));
    for seed in seeds {
        // Captured by the test runner, shown when the case fails.
        println!("seed {seed}: MTM_SEED={seed} runs this case alone");
        let url = server.create_database().unwrap();
        let steps = steps(seed, commands);
        runtime.block_on(async {
            let mut pair = Pair::set_up(&url).await;
            for (index, step) in steps.iter().enumerate() {
                tally.count(pair.run(step, index).await);
            }
            pair.compare_ledgers().await;
            pair.sqlite.close().await;
            pair.mariadb.close().await.unwrap();
        });
    }
    let Tally { accepted, replayed, refused } = tally;
    assert!(accepted > 0, "nothing was accepted: {refused:?}");
    evidence(format_args!("the same of both: {accepted} accepted, {replayed} replayed"));
    evidence(format_args!("the same of both: refused {refused:?}"));
}

fn seeds() -> Range<u64> {
    let first = number("MTM_SEED", 1);
    let alone = std::env::var_os("MTM_SEED").is_some();
    first..first + number("MTM_CASES", if alone { 1 } else { CASES })
}

/// What both engines said to a command.
#[derive(Clone, Copy)]
enum Said {
    Accepted,
    Replayed,
    Refused(Code),
}

/// What they said to all of them: a script that is only refused compares nothing.
#[derive(Default)]
struct Tally {
    accepted: u64,
    replayed: u64,
    refused: BTreeMap<&'static str, u64>,
}

impl Tally {
    fn count(&mut self, said: Said) {
        match said {
            Said::Accepted => self.accepted += 1,
            Said::Replayed => self.replayed += 1,
            Said::Refused(code) => *self.refused.entry(code.as_str()).or_default() += 1,
        }
    }
}

fn steps(seed: u64, count: u64) -> Vec<Step> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let script = proptest::collection::vec(script::step(), usize::try_from(count).unwrap());
    script.new_tree(&mut runner).unwrap().current()
}

fn masters() -> Vec<NewMaster> {
    let mut masters = Vec::new();
    for part in script::PARTS {
        masters.push(NewMaster::named(MasterNoun::Part, *part));
    }
    for operation in script::OPERATIONS {
        masters.push(NewMaster::named(MasterNoun::Operation, *operation));
    }
    for location in script::LOCATIONS {
        masters.push(NewMaster::named(MasterNoun::Location, *location));
    }
    masters
}

/// What a fresh `SQLite` ledger has from the start.
fn seeded() -> Vec<NewMaster> {
    let reason = |kind, code: &str, needs_notes| NewMaster {
        attributes: MasterAttributes {
            needs_notes: Some(needs_notes),
            ..MasterAttributes::default()
        },
        ..NewMaster::named(MasterNoun::Reason(kind), code)
    };
    vec![
        reason(ReasonKind::Scrap, "damaged", false),
        reason(ReasonKind::Scrap, "other", true),
        reason(ReasonKind::Adjust, "count", false),
        reason(ReasonKind::Adjust, "other", true),
        reason(ReasonKind::Hold, "quality", false),
        reason(ReasonKind::Hold, "other", true),
        reason(ReasonKind::Out, "other", true),
        NewMaster::named(MasterNoun::ItemType, "WIP"),
        NewMaster::named(MasterNoun::ItemType, "Dunnage"),
        NewMaster::named(MasterNoun::Operation, "N/A"),
    ]
}

impl Pair {
    async fn set_up(url: &str) -> Self {
        let start = Timestamp::parse("2026-11-23T06:00:00Z").unwrap();
        let clocks = [7, 7].map(|seed| Arc::new(ManualClock::new(start, seed)));
        let directory = tempfile::tempdir().unwrap();
        let options =
            OpenOptions { create: true, clock: clocks[0].clone(), ..OpenOptions::default() };
        let sqlite = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        let mariadb = MariaDb::open(url, clocks[1].clone()).await.unwrap();
        let name = UserName::parse("tester").unwrap();
        let cli = sqlite.ensure_cli_user("tester").await.unwrap();
        let maria_user = mariadb.create_user(&name, Role::Admin).await.unwrap();
        let actors =
            [cli.row, maria_user].map(|id| Actor { id, name: name.clone(), role: Role::Admin });
        sqlite.create_masters(masters(), actors[0].clone()).await.unwrap();
        mariadb.create_masters(&seeded()).await.unwrap();
        mariadb.create_masters(&masters()).await.unwrap();
        Self {
            sqlite,
            mariadb,
            clocks,
            actors,
            made: Default::default(),
            keys: Vec::new(),
            _directory: directory,
        }
    }

    async fn run(&mut self, step: &Step, index: usize) -> Said {
        for clock in &self.clocks {
            clock.advance(step.pause_micros());
        }
        let (key, ours, theirs) = if let Some(earlier) = step.repeats(self.keys.len()) {
            self.keys[earlier].clone()
        } else {
            let id = self.clocks[0].fresh_uuid();
            let command = |side: usize| step.command(id, &self.actors[side], &self.made[side]);
            (format!("key-{index}"), command(0), command(1))
        };
        self.keys.push((key.clone(), ours.clone(), theirs.clone()));
        let stored = |actor: &Actor| IdempotencyKey {
            key: key.clone(),
            fingerprint: step.fingerprint(&key),
            user: actor.id,
        };
        let left = match self
            .sqlite
            .post(Submission::single(Some(stored(&self.actors[0])), ours.clone()))
            .await
        {
            Ok(answer) => {
                let replayed = answer.replayed;
                answer.into_single().map(|outcome| (outcome, replayed))
            }
            Err(error) => Err(error),
        };
        let right = self
            .mariadb
            .post(Some(&stored(&self.actors[1])), &theirs)
            .await
            .map(|posted| (posted.outcome, posted.replayed));
        match (left, right) {
            (Ok((left, replayed)), Ok((right, again))) => {
                assert_eq!(replayed, again, "step {index}: {step:?}");
                if !replayed {
                    self.made[0].note(&left);
                    self.made[1].note(&right);
                }
                assert_eq!(
                    self.comparable(0, &left),
                    self.comparable(1, &right),
                    "step {index}: {step:?}"
                );
                if replayed { Said::Replayed } else { Said::Accepted }
            }
            (left, right) => {
                let (left, right) = (code(left), code(right));
                assert_eq!(left, right, "step {index}: {step:?}");
                Said::Refused(left.expect_err("one was accepted and the other refused"))
            }
        }
    }

    /// An outcome with lots by order of making, without sequences.
    fn comparable(&self, side: usize, outcome: &Outcome) -> serde_json::Value {
        let lots = self.made[side].ordinals();
        let mut value = serde_json::to_value(outcome).unwrap();
        value["sequence"] = serde_json::Value::Null;
        for movement in value["movements"].as_array_mut().unwrap() {
            movement["sequence"] = serde_json::Value::Null;
        }
        // Messages name lots; the codes must agree.
        for warning in value["warnings"].as_array_mut().unwrap() {
            warning["message"] = serde_json::Value::Null;
        }
        renumber(&mut value, &lots);
        let balances = value["balances"].as_array_mut().unwrap();
        balances.sort_by_key(ToString::to_string);
        value
    }

    async fn compare_ledgers(&self) {
        let page = PageRequest { limit: 1000, ..PageRequest::default() };
        let rows = self.sqlite.stock(StockQuery { page, ..StockQuery::default() }).await.unwrap();
        let left: Vec<BucketLine> = rows
            .items
            .into_iter()
            .map(|row| BucketLine {
                part: row.part,
                operation: row.operation,
                location: row.location,
                lot: row.lot,
                quantity: row.quantity,
            })
            .collect();
        let right = self.mariadb.stock().await.unwrap();
        assert_eq!(self.stock(0, &left), self.stock(1, &right));

        // The log rebuilds the stock on MariaDB too.
        let mut rebuilt: HashMap<String, i64> = HashMap::new();
        for movement in self.mariadb.movements().await.unwrap() {
            for (account, sign) in [(&movement.from, -1), (&movement.to, 1)] {
                if let Some(bucket) = account.bucket() {
                    let key = format!("{bucket:?}");
                    *rebuilt.entry(key).or_default() += sign * movement.quantity.whole();
                }
            }
        }
        let total: i64 = right.iter().map(|line| line.quantity.whole()).sum();
        assert!(rebuilt.values().all(|pieces| *pieces >= 0));
        assert_eq!(rebuilt.values().sum::<i64>(), total);
    }

    fn stock(&self, side: usize, lines: &[BucketLine]) -> Vec<String> {
        let lots = self.made[side].ordinals();
        let mut lines: Vec<String> = lines
            .iter()
            .map(|line| {
                let mut value = serde_json::to_value(line).unwrap();
                renumber(&mut value, &lots);
                value.to_string()
            })
            .collect();
        lines.sort();
        lines
    }
}

fn code(result: Result<(Outcome, bool), PostError>) -> Result<String, Code> {
    match result {
        Ok((outcome, _)) => Ok(format!("{outcome:?}")),
        Err(PostError::Rejected(rejection)) => Err(rejection.code),
        Err(PostError::Fault(fault)) => panic!("{fault}"),
    }
}

/// Replaces lot numbers by their order of making.
fn renumber(value: &mut serde_json::Value, lots: &HashMap<LotNumber, usize>) {
    match value {
        serde_json::Value::String(text) => {
            if let Some(ordinal) = lots.get(text.as_str()) {
                *text = format!("lot#{ordinal}");
            }
        }
        serde_json::Value::Array(items) => {
            for item in items {
                renumber(item, lots);
            }
        }
        serde_json::Value::Object(fields) => {
            for field in fields.values_mut() {
                renumber(field, lots);
            }
        }
        _ => {}
    }
}

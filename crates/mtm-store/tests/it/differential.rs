//! The same random commands through `SQLite` and a real `MariaDB`: the same verdicts, the same
//! stock, the same log. Lot numbers may differ (each engine allocates its own), so they are
//! compared by the order in which lots were made.
//!
//! `MTM_CASES` and `MTM_STEPS` set how many cases of how many commands (the long proof runs many
//! more), `MTM_SEED` the first case's seed; alone, it runs that case alone.

mod made;
mod script;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use mtm_core::code::Code;
use mtm_core::command::{Actor, Command};
use mtm_core::outcome::{BucketLine, Outcome, Verdict};
use mtm_core::word::{LotNumber, Timestamp};
use mtm_store::integrity::VerifyRange;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::query::{HistoryQuery, PageRequest, ReservationQuery, ReservationRow, StockQuery};
use mtm_store::{
    Clock, IdempotencyKey, Ledger, ManualClock, Mode, OpenOptions, PostError, Submission,
};
use mtm_testkit::proof::{evidence, number};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use made::Made;
use script::Step;

/// Commands of a batch.
const TOGETHER: usize = 8;
/// Commands per case.
const STEPS: u64 = 100;
/// Cases of the bounded run; each has a database of its own on both sides.
const CASES: u64 = 6;

/// Both engines, set up alike, and what was made so far on each.
struct Pair {
    sqlite: Ledger,
    mariadb: Ledger,
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
            pair.mariadb.close().await;
        });
    }
    let Tally { accepted, replayed, refused } = tally;
    assert!(accepted > 0, "nothing was accepted: {refused:?}");
    evidence(format_args!("the same of both: {accepted} accepted, {replayed} replayed"));
    evidence(format_args!("the same of both: refused {refused:?}"));
}

#[test]
fn mariadb_and_sqlite_decide_batches_the_same() {
    let suite = "MariaDB differential";
    let Some(server) = mtm_testkit::MariaDb::shared().unwrap().or_skip(suite) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut tally = Tally::default();
    let (seeds, commands) = (seeds(), number("MTM_STEPS", STEPS));
    for seed in seeds.clone() {
        println!("seed {seed}: MTM_SEED={seed} runs this case alone");
        let url = server.create_database().unwrap();
        let steps = steps(seed, commands);
        runtime.block_on(async {
            let mut pair = Pair::set_up(&url).await;
            for (index, some) in steps.chunks(TOGETHER).enumerate() {
                for said in pair.run_together(some, index).await {
                    tally.count(said);
                }
            }
            pair.compare_ledgers().await;
            pair.sqlite.close().await;
            pair.mariadb.close().await;
        });
    }
    let Tally { accepted, refused, .. } = tally;
    assert!(accepted > 0 && !refused.is_empty(), "{accepted} accepted, refused {refused:?}");
    evidence(format_args!(
        "seeds {seeds:?}, batches of {TOGETHER}: the same of both, {accepted} accepted, refused {refused:?}"
    ));
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

impl Pair {
    async fn set_up(url: &str) -> Self {
        let start = Timestamp::parse("2026-11-23T06:00:00Z").unwrap();
        let clocks = [7, 7].map(|seed| Arc::new(ManualClock::new(start, seed)));
        let directory = tempfile::tempdir().unwrap();
        let options =
            OpenOptions { create: true, clock: clocks[0].clone(), ..OpenOptions::default() };
        let sqlite = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        let options =
            OpenOptions { create: true, clock: clocks[1].clone(), ..OpenOptions::default() };
        let mariadb = Ledger::connect(url, options).await.unwrap();
        let mut actors = Vec::new();
        for ledger in [&sqlite, &mariadb] {
            let user = ledger.ensure_cli_user("tester").await.unwrap();
            let actor = Actor { id: user.row, name: user.name, role: user.role };
            ledger.create_masters(masters(), actor.clone()).await.unwrap();
            ledger.create_routings(script::routings(), actor.clone()).await.unwrap();
            actors.push(actor);
        }
        let actors = actors.try_into().unwrap();
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
        let mut answers = Vec::new();
        for (side, (ledger, command)) in
            [(&self.sqlite, ours), (&self.mariadb, theirs)].into_iter().enumerate()
        {
            let submission = Submission::single(Some(stored(&self.actors[side])), command.clone());
            answers.push(ledger.post(submission).await.and_then(|answer| {
                let replayed = answer.replayed;
                answer.into_single().map(|outcome| (outcome, replayed))
            }));
        }
        let (right, left) = (answers.pop().unwrap(), answers.pop().unwrap());
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

    /// Runs steps as one batch, each decided on what those before it leave, none in the others' way.
    async fn run_together(&mut self, steps: &[Step], index: usize) -> Vec<Said> {
        for clock in &self.clocks {
            clock.advance(steps.first().map_or(0, Step::pause_micros));
        }
        let ids: Vec<_> = steps.iter().map(|_| self.clocks[0].fresh_uuid()).collect();
        let mut answers = Vec::new();
        for (side, ledger) in [&self.sqlite, &self.mariadb].into_iter().enumerate() {
            let (actor, made) = (&self.actors[side], &self.made[side]);
            let commands = steps.iter().zip(&ids).map(|(step, id)| step.command(*id, actor, made));
            let submission = Submission {
                key: None,
                commands: commands.collect(),
                atomic: false,
                mode: Mode::Commit,
                traceparent: None,
            };
            answers.push(ledger.post(submission).await.unwrap().verdicts);
        }
        let (right, left) = (answers.pop().unwrap(), answers.pop().unwrap());
        assert_eq!((left.len(), right.len()), (steps.len(), steps.len()));
        let verdicts = left.into_iter().zip(right).zip(steps);
        let said = verdicts.map(|((left, right), step)| match (left, right) {
            (Verdict::Accepted(left), Verdict::Accepted(right)) => {
                self.made[0].note(&left);
                self.made[1].note(&right);
                let (left, right) = (self.comparable(0, &left), self.comparable(1, &right));
                assert_eq!(left, right, "batch {index}: {step:?}");
                Said::Accepted
            }
            (Verdict::Refused(left), Verdict::Refused(right)) => {
                assert_eq!(left.code, right.code, "batch {index}: {step:?}");
                Said::Refused(left.code)
            }
            (left, right) => panic!("batch {index}: {step:?}: {left:?}, {right:?}"),
        });
        said.collect()
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
        let (mut stocks, mut logs, mut reserved) = (Vec::new(), Vec::new(), Vec::new());
        for (side, ledger) in [&self.sqlite, &self.mariadb].into_iter().enumerate() {
            let page = PageRequest { limit: 1000, ..PageRequest::default() };
            let query = StockQuery { page: page.clone(), ..StockQuery::default() };
            let rows = ledger.stock(query).await.unwrap().items.into_iter();
            let lines: Vec<BucketLine> = rows
                .map(|row| BucketLine {
                    part: row.part,
                    operation: row.operation,
                    location: row.location,
                    lot: row.lot,
                    quantity: row.quantity,
                })
                .collect();
            stocks.push(self.stock(side, &lines));
            let query = ReservationQuery { page: page.clone(), ..ReservationQuery::default() };
            let lots = self.made[side].ordinals();
            let rows = ledger.reservations(query).await.unwrap().items.into_iter();
            let short = |row: ReservationRow| {
                (lots[&row.lot], row.quantity, row.used, row.state, row.released_by)
            };
            reserved.push(rows.map(short).collect::<Vec<_>>());
            let query = HistoryQuery { page, ..HistoryQuery::default() };
            let log = ledger.history(query).await.unwrap();
            assert_eq!(log.next_cursor, None, "the whole log is compared");
            logs.push(log.items.iter().map(|row| self.line(side, row)).collect::<Vec<_>>());
            // Chain, log and stock belong together on both sides.
            let report = ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
            assert_eq!(report.first_bad, None, "side {side}");
            assert_eq!(report.lots, self.made[side].ordinals().len() as u64);
        }
        assert_eq!(stocks[0], stocks[1]);
        assert_eq!(logs[0], logs[1]);
        assert_eq!(reserved[0], reserved[1]);
    }

    /// A movement with lots by order of making, without identities.
    fn line(&self, side: usize, row: &impl serde::Serialize) -> serde_json::Value {
        let mut value = serde_json::to_value(row).unwrap();
        for field in ["id", "command_id", "reverses", "reversed_by"] {
            if let Some(id) = value.get_mut(field) {
                *id = (!id.is_null()).into();
            }
        }
        renumber(&mut value, &self.made[side].ordinals());
        value
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

/// Replaces lot numbers by their order of making, and moments by their second: what a server
/// refused for a deadlock is decided again, a microsecond later.
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
            if let Some(serde_json::Value::String(moment)) = fields.get_mut("recorded_at") {
                moment.truncate("2026-11-23T06:00:00".len());
            }
            for field in fields.values_mut() {
                renumber(field, lots);
            }
        }
        _ => {}
    }
}

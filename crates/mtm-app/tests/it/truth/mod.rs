//! The truth light: each fault that the auditor knows is done to a real ledger, past every rule of the
//! program, while nobody books; the light turns red with the right key, and back when it is gone.

mod ledger;
mod servers;
mod surroundings;

use std::sync::Arc;
use std::time::Duration;

use mtm_app::App;
use mtm_app::checkpoint::Keeper;
use mtm_app::movement::{BookingType, Circumstances, MovementBody};
use mtm_app::notice::NoticeRules;
use mtm_app::truth::{Auditor, Light, Settings, Verdict};
use mtm_app::vault::Vault;
use mtm_core::event::EventType;
use mtm_platform::DataDirectory;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::{Clock as _, Ledger, ManualClock, OpenOptions, SystemClock};
use mtm_testkit::{MariaDb, poll};
use tempfile::TempDir;
use tokio::task::JoinSet;

/// Ample: a plant's auditor, which looks a hundred times as seldom, has ten seconds.
const SOON: Duration = Duration::from_secs(60);

/// A database that keeps a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    File,
    Server,
}

/// Makes a test of each promise for each engine.
macro_rules! on_both {
    ($($promise:ident),+ $(,)?) => {
        mod in_a_file {
            $(#[test] fn $promise() { $crate::truth::keeps($crate::truth::Engine::File, super::$promise); })+
        }
        mod on_a_server {
            $(#[test] fn $promise() { $crate::truth::keeps($crate::truth::Engine::Server, super::$promise); })+
        }
    };
}

use on_both;

fn keeps(engine: Engine, promise: impl AsyncFnOnce(Engine)) {
    let suite = "truth light on MariaDB";
    if engine == Engine::Server && MariaDb::shared().unwrap().or_skip(suite).is_none() {
        return;
    }
    block_on(promise(engine));
}

fn block_on(promise: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(promise);
}

/// A ledger with an auditor.
struct Audited {
    app: App,
    clock: Arc<ManualClock>,
    directory: TempDir,
    url: Option<String>,
    auditing: JoinSet<()>,
}

impl Audited {
    async fn start(engine: Engine) -> Self {
        let url = match engine {
            Engine::File => None,
            Engine::Server => {
                let server = MariaDb::shared().unwrap().or_skip("truth light").unwrap();
                Some(server.create_database().unwrap())
            }
        };
        Self::at(url, tempfile::tempdir().unwrap(), Self::settings).await
    }

    /// Looks a hundred times as often as a plant's.
    fn settings(directory: &TempDir) -> Settings {
        Settings {
            pace: Duration::from_millis(20),
            directories: vec![directory.path().to_owned()],
            checkpoints: Some(directory.path().join("checkpoints")),
            disk_low: 0,
            disk_full: 0,
            seal_slow: Duration::from_millis(200),
            seal_late: Duration::from_secs(1),
            ..Settings::default()
        }
    }

    async fn at(
        url: Option<String>,
        directory: TempDir,
        settings: impl FnOnce(&TempDir) -> Settings,
    ) -> Self {
        let clock = Arc::new(ManualClock::new(SystemClock.now(), 7));
        let options = OpenOptions { create: true, clock: clock.clone(), ..OpenOptions::default() };
        let ledger = match &url {
            Some(url) => Ledger::connect(url, options).await.unwrap(),
            None => Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap(),
        };
        let vault = Vault::open(&directory.path().join("secrets.key")).unwrap();
        let place = DataDirectory::existing(directory.path()).unwrap();
        let keeper = Arc::new(Keeper::new(&place, Some(directory.path().join("outside"))));
        let rules = NoticeRules::default();
        let app = App::serving(ledger, vault, rules, keeper).await.unwrap();
        let auditor = Auditor::new(app.clone(), settings(&directory));
        let mut auditing = JoinSet::new();
        auditing.spawn(async move { match auditor.run().await {} });
        Self { app, clock, directory, url, auditing }
    }

    /// Three lots, one of which was moved.
    async fn busy(engine: Engine) -> Self {
        let plant = Self::start(engine).await;
        let who = plant.app.local_principal("tester").await.unwrap();
        let masters = [
            (MasterNoun::Part, "P-1"),
            (MasterNoun::Operation, "10"),
            (MasterNoun::Location, "A-1"),
        ];
        let masters = masters.map(|(noun, code)| NewMaster::named(noun, code)).to_vec();
        plant.app.ledger().create_masters(masters, who.actor()).await.unwrap();
        for quantity in [10, 20, 30] {
            let body = MovementBody {
                kind: Some(BookingType::In),
                part: Some("P-1".to_owned()),
                operation: Some("10".to_owned()),
                location: Some("A-1".to_owned()),
                quantity: Some(quantity),
                ..MovementBody::default()
            };
            plant.app.book(&who, Circumstances::default(), &body).await.unwrap();
        }
        // What waits for its place has it before somebody reaches into the tables.
        plant.app.ledger().counts().await.unwrap();
        for name in ["stock", "audit_chain", "history"] {
            plant.shines(name, Light::Green).await;
        }
        plant
    }

    /// Reaches into the tables past every rule of the program.
    fn tamper(&self, sql: &str) {
        match &self.url {
            None => {
                let sql = format!("PRAGMA foreign_keys = OFF; {}; {sql}", unlock());
                mtm_testkit::sqlite::execute(&self.directory.path().join("mtm.db"), &sql).unwrap();
            }
            Some(_) => {
                self.sql(&format!("SET SESSION foreign_key_checks = 0; {}; {sql}", unlock()));
            }
        }
    }

    fn sql(&self, sql: &str) -> String {
        let server = MariaDb::shared().unwrap().or_skip("truth light").unwrap();
        let database = self.url.as_ref().unwrap().rsplit('/').next().unwrap();
        server.sql(database, sql).unwrap()
    }

    fn verdict(&self, name: &str) -> Verdict {
        verdict(&self.app, name)
    }

    /// Waits until the invariant is so, and gives what was found.
    async fn shines(&self, name: &str, light: Light) -> Verdict {
        shines(&self.app, name, light).await
    }

    /// It is red, names this key, and says what to do.
    async fn is_red_for(&self, name: &str, kind: &str, key: &str) {
        // It may be red for another reason still.
        let what = format!("{name} to be red for {kind} {key}");
        let named = |it: &Verdict| {
            let mut keys = it.finding.keys.iter();
            it.light() == Light::Red && keys.any(|it| it.kind == kind && it.key == key)
        };
        let looked = poll::eventually(&what, SOON, async || {
            Ok(Some(self.verdict(name)).filter(|it| named(it)))
        });
        let looked = looked.await;
        assert!(looked.is_ok(), "{what}, and it is {:?}", self.verdict(name));
        let verdict = looked.unwrap();
        assert!(verdict.finding.next_step.is_some_and(|next| !next.is_empty()));
        assert_eq!(self.app.truth().light(), Light::Red);
        assert!(verdict.since.is_some());
    }

    /// What the world was told of the truth light, oldest first.
    async fn told(&self, name: &str) -> Vec<String> {
        let kinds = vec![EventType::TruthViolated, EventType::TruthRestored];
        let events = self.app.ledger().events_after(0, kinds, 1_000).await.unwrap();
        events.into_iter().filter(|it| it.subject == name).map(|it| it.kind).collect()
    }

    async fn was_told(&self, name: &str, expected: &[&str]) {
        let what = format!("{name}: {expected:?}");
        poll::eventually(&what, SOON, async || {
            Ok((self.told(name).await == expected).then_some(()))
        })
        .await
        .unwrap();
    }
}

fn verdict(app: &App, name: &str) -> Verdict {
    let found = app.truth().verdicts().into_iter().find(|it| it.invariant.name == name);
    found.unwrap()
}

async fn shines(app: &App, name: &str, light: Light) -> Verdict {
    let what = format!("{name} to be {light:?}");
    let seen = poll::eventually(&what, SOON, async || {
        Ok(Some(verdict(app, name)).filter(|it| it.light() == light))
    });
    let seen = seen.await;
    assert!(seen.is_ok(), "{what}, and it is {:?}", verdict(app, name));
    seen.unwrap()
}

fn unlock() -> String {
    let triggers = [
        "movement_is_never_changed",
        "movement_is_only_sealed",
        "movement_is_never_removed",
        "audit_is_never_changed",
        "audit_is_never_removed",
    ];
    triggers.map(|it| format!("DROP TRIGGER IF EXISTS {it}")).join("; ")
}

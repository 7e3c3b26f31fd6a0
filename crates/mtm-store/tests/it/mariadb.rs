//! The write path on a real `MariaDB` under concurrency: every promise with many callers at once.

use std::sync::Arc;

use mtm_core::Action;
use mtm_core::code::Code;
use mtm_core::command::{
    Actor, Command, Confirmations, Context, LotAttributes, Pick, PickRule, Receive, Reverse,
    ReverseTarget, Take,
};
use mtm_core::word::{CommandId, LotNumber, Note, Quantity};
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::query::{PageRequest, StockQuery};
use mtm_store::{
    Answer, Clock, IdempotencyKey, Ledger, OpenOptions, PostError, Submission, SystemClock,
};
use tokio::task::JoinSet;

pub(crate) struct Plant {
    pub(crate) ledger: Ledger,
    actor: Actor,
}

impl Plant {
    pub(crate) async fn open(url: &str) -> Arc<Self> {
        let options = OpenOptions { create: true, ..OpenOptions::default() };
        let ledger = Ledger::connect(url, options).await.unwrap();
        let user = ledger.ensure_cli_user("tester").await.unwrap();
        let actor = Actor { id: user.row, name: user.name, role: user.role };
        let masters = vec![
            NewMaster::named(MasterNoun::Part, "A-1"),
            NewMaster::named(MasterNoun::Operation, "10"),
            NewMaster::named(MasterNoun::Location, "R-1"),
        ];
        ledger.create_masters(masters, actor.clone()).await.unwrap();
        Arc::new(Self { ledger, actor })
    }

    /// The plant that is at `url` already.
    pub(crate) async fn reopen(url: &str) -> Self {
        let ledger = Ledger::connect(url, OpenOptions::default()).await.unwrap();
        let user = ledger.ensure_cli_user("tester").await.unwrap();
        let actor = Actor { id: user.row, name: user.name, role: user.role };
        Self { ledger, actor }
    }

    /// Who books.
    pub(crate) fn actor(&self) -> Actor {
        self.actor.clone()
    }

    pub(crate) fn command(&self, action: Action) -> Command {
        Command {
            id: CommandId::from_fresh(SystemClock.fresh_uuid()),
            context: Context {
                actor: self.actor.clone(),
                station: None,
                app_version: None,
                occurred_at: None,
                shift: None,
                import: None,
                session: None,
                intent_window: None,
            },
            confirm: Confirmations::default(),
            action,
        }
    }

    pub(crate) fn receive(&self, pieces: i64) -> Command {
        self.command(Action::Receive(Receive {
            part: "A-1".parse().unwrap(),
            operation: "10".parse().unwrap(),
            location: "R-1".parse().unwrap(),
            quantity: Quantity::pieces(pieces).unwrap(),
            containers: std::num::NonZeroU16::MIN,
            lot: None,
            attributes: LotAttributes::default(),
            reason: None,
        }))
    }

    pub(crate) fn take_one(&self, lot: &LotNumber) -> Command {
        self.command(Action::Take(Take {
            pick: Pick { lot: Some(lot.clone()), rule: PickRule::Exact, ..Pick::default() },
            quantity: Some(Quantity::pieces(1).unwrap()),
            reason: None,
            notes: None,
            reservation: None,
        }))
    }

    fn key(&self, key: &str) -> IdempotencyKey {
        IdempotencyKey { key: key.to_owned(), fingerprint: [1; 32], user: self.actor.id }
    }

    pub(crate) async fn on_hand(&self) -> i64 {
        let page = PageRequest { limit: 1000, ..PageRequest::default() };
        let query = StockQuery { page, ..StockQuery::default() };
        let stock = self.ledger.stock(query).await.unwrap();
        stock.items.iter().map(|line| line.quantity.whole()).sum()
    }

    pub(crate) async fn post(
        &self,
        key: Option<&str>,
        command: Command,
    ) -> Result<Answer, PostError> {
        self.ledger.post(Submission::single(key.map(|key| self.key(key)), command)).await
    }
}

/// The name of the database at `url`.
pub(crate) fn name_of(url: &str) -> String {
    url.rsplit('/').next().unwrap().to_owned()
}

/// Runs `work` to its end.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(work)
}

fn with_server(suite: &str, test: impl AsyncFn(Arc<Plant>)) {
    let Some(server) = mtm_testkit::MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = server.create_database().unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async { test(Plant::open(&url).await).await });
}

#[test]
fn fifty_takes_of_one_from_thirty_succeed_thirty_times() {
    with_server("MariaDB concurrency", async |plant| {
        let received = plant.post(None, plant.receive(30)).await.unwrap();
        let lot = received.into_single().unwrap().lots[0].clone();
        let mut takers = JoinSet::new();
        for _ in 0..50 {
            let (plant, lot) = (Arc::clone(&plant), lot.clone());
            takers.spawn(async move { plant.post(None, plant.take_one(&lot)).await });
        }
        let (mut taken, mut refused) = (0, 0);
        while let Some(result) = takers.join_next().await {
            match result.unwrap() {
                Ok(_) => taken += 1,
                Err(PostError::Rejected(rejection)) => {
                    assert_eq!(rejection.code, Code::InsufficientStock);
                    refused += 1;
                }
                Err(PostError::Fault(fault)) => panic!("{fault}"),
            }
        }
        assert_eq!((taken, refused, plant.on_hand().await), (30, 20, 0));
    });
}

#[test]
fn one_key_fifty_times_at_once_has_one_effect() {
    with_server("MariaDB concurrency", async |plant| {
        let mut senders = JoinSet::new();
        for _ in 0..50 {
            let plant = Arc::clone(&plant);
            senders.spawn(async move { plant.post(Some("once"), plant.receive(7)).await.unwrap() });
        }
        let answers = senders.join_all().await;
        assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
        assert!(answers.iter().all(|answer| answer.verdicts == answers[0].verdicts));
        assert_eq!(plant.on_hand().await, 7);
    });
}

#[test]
fn twenty_clients_receive_into_distinct_lots() {
    with_server("MariaDB concurrency", async |plant| {
        let mut clients = JoinSet::new();
        for _ in 0..20 {
            let plant = Arc::clone(&plant);
            clients.spawn(async move {
                let mut lots = Vec::new();
                for _ in 0..20 {
                    let posted = plant.post(None, plant.receive(1)).await.unwrap();
                    lots.extend(posted.into_single().unwrap().lots);
                }
                lots
            });
        }
        let mut lots: Vec<LotNumber> = clients.join_all().await.into_iter().flatten().collect();
        lots.sort();
        lots.dedup();
        assert_eq!((lots.len(), plant.on_hand().await), (400, 400));
    });
}

#[test]
fn an_undone_receipt_says_nothing_about_what_is_usual() {
    with_server("MariaDB plausibility", async |plant| {
        let slip = plant.post(None, plant.receive(4)).await.unwrap().into_single().unwrap();
        for _ in 0..3 {
            plant.post(None, plant.receive(7)).await.unwrap();
        }
        let Err(PostError::Rejected(refusal)) = plant.post(None, plant.receive(44)).await else {
            panic!("44 is 4 entered twice");
        };
        assert_eq!(refusal.code, Code::ImplausibleQuantity);
        let undo = plant.command(Action::Reverse(Reverse {
            target: ReverseTarget::Command(slip.id),
            reason: Note::parse("mistake").unwrap(),
        }));
        plant.post(None, undo).await.unwrap();
        plant.post(None, plant.receive(44)).await.unwrap();
        assert_eq!(plant.on_hand().await, 65);
    });
}

#[test]
fn history_refuses_other_hands() {
    let suite = "MariaDB history";
    let Some(server) = mtm_testkit::MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = server.create_database().unwrap();
    let database = url.rsplit('/').next().unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let plant = Plant::open(&url).await;
        plant.post(None, plant.receive(5)).await.unwrap();
        plant.ledger.close().await;
    });
    for attempt in [
        "UPDATE movement SET quantity = 1",
        "DELETE FROM movement",
        "UPDATE audit SET entry = '[]'",
        "DELETE FROM audit",
    ] {
        let refused = server.sql(&database, attempt).unwrap_err();
        assert!(format!("{refused:#}").contains("never"), "{attempt}: {refused:#}");
    }
    // No statement can make stock negative or zero either.
    assert!(server.sql(&database, "UPDATE stock SET quantity = 0").is_err());
}

/// What comes in at once is written together; each still hears its own answer.
#[test]
fn whoever_books_among_many_hears_an_answer_of_their_own() {
    with_server("MariaDB groups", async |plant| {
        plant.post(Some("seen"), plant.receive(3)).await.unwrap();
        let lot = plant.post(None, plant.receive(40)).await.unwrap();
        let lot = lot.into_single().unwrap().lots[0].clone();
        let mut senders = JoinSet::new();
        for n in 0..60 {
            let (plant, lot) = (Arc::clone(&plant), lot.clone());
            senders.spawn(async move {
                let key = format!("among-{n}");
                match n % 6 {
                    0 => (n, plant.post(Some("seen"), plant.receive(3)).await),
                    1 => (
                        n,
                        plant.post(Some(&key), plant.take_one(&"NONE-1".parse().unwrap())).await,
                    ),
                    2 | 3 => (n, plant.post(Some(&key), plant.take_one(&lot)).await),
                    _ => (n, plant.post(Some(&key), plant.receive(1)).await),
                }
            });
        }
        for (n, answer) in senders.join_all().await {
            match (n % 6, answer) {
                (0, Ok(answer)) => assert!(answer.replayed, "{n}"),
                (1, Err(PostError::Rejected(rejection))) => {
                    assert_eq!(rejection.code, Code::UnknownLot, "{n}");
                }
                (2.., Ok(answer)) => assert!(!answer.replayed, "{n}"),
                (_, other) => panic!("{n}: {other:?}"),
            }
        }
        // 3 once, 40 less 20, and 20 of 1.
        assert_eq!(plant.on_hand().await, 3 + 20 + 20);
        let report = plant.ledger.verify(mtm_store::integrity::VerifyRange::Full, |_| ()).await;
        assert!(report.unwrap().ok);
    });
}

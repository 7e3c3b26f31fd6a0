//! The write path on a real `MariaDB` under concurrency: every promise with many callers at once.

use std::sync::Arc;

use mtm_core::Action;
use mtm_core::code::Code;
use mtm_core::command::{
    Actor, Command, Confirmations, Context, LotAttributes, Pick, PickRule, Receive, Reverse,
    ReverseTarget, Take,
};
use mtm_core::policy::Role;
use mtm_core::word::{CommandId, LotNumber, Note, Quantity, UserName};
use mtm_store::mariadb::MariaDb;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::{Clock, IdempotencyKey, PostError, SystemClock};
use tokio::task::JoinSet;

struct Plant {
    ledger: MariaDb,
    actor: Actor,
}

impl Plant {
    async fn open(url: &str) -> Arc<Self> {
        let ledger = MariaDb::open(url, Arc::new(SystemClock)).await.unwrap();
        let name = UserName::parse("tester").unwrap();
        let id = ledger.create_user(&name, Role::Admin).await.unwrap();
        let masters = [
            NewMaster::named(MasterNoun::Part, "A-1"),
            NewMaster::named(MasterNoun::Operation, "10"),
            NewMaster::named(MasterNoun::Location, "R-1"),
        ];
        ledger.create_masters(&masters).await.unwrap();
        Arc::new(Self { ledger, actor: Actor { id, name, role: Role::Admin } })
    }

    fn command(&self, action: Action) -> Command {
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

    fn receive(&self, pieces: i64) -> Command {
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

    fn take_one(&self, lot: &LotNumber) -> Command {
        self.command(Action::Take(Take {
            pick: Pick { lot: Some(lot.clone()), rule: PickRule::Exact, ..Pick::default() },
            quantity: Some(Quantity::pieces(1).unwrap()),
            reason: None,
            notes: None,
        }))
    }

    fn key(&self, key: &str) -> IdempotencyKey {
        IdempotencyKey { key: key.to_owned(), fingerprint: [1; 32], user: self.actor.id }
    }

    async fn on_hand(&self) -> i64 {
        let stock = self.ledger.stock().await.unwrap();
        stock.iter().map(|line| line.quantity.whole()).sum()
    }
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
        let received = plant.ledger.post(None, &plant.receive(30)).await.unwrap();
        let lot = received.outcome.lots[0].clone();
        let mut takers = JoinSet::new();
        for _ in 0..50 {
            let (plant, lot) = (Arc::clone(&plant), lot.clone());
            takers.spawn(async move { plant.ledger.post(None, &plant.take_one(&lot)).await });
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
            senders.spawn(async move {
                plant.ledger.post(Some(&plant.key("once")), &plant.receive(7)).await.unwrap()
            });
        }
        let answers = senders.join_all().await;
        assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
        assert!(answers.iter().all(|answer| answer.outcome == answers[0].outcome));
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
                    let posted = plant.ledger.post(None, &plant.receive(1)).await.unwrap();
                    lots.extend(posted.outcome.lots);
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
        let slip = plant.ledger.post(None, &plant.receive(4)).await.unwrap().outcome;
        for _ in 0..3 {
            plant.ledger.post(None, &plant.receive(7)).await.unwrap();
        }
        let Err(PostError::Rejected(refusal)) = plant.ledger.post(None, &plant.receive(44)).await
        else {
            panic!("44 is 4 entered twice");
        };
        assert_eq!(refusal.code, Code::ImplausibleQuantity);
        let undo = plant.command(Action::Reverse(Reverse {
            target: ReverseTarget::Command(slip.id),
            reason: Note::parse("mistake").unwrap(),
        }));
        plant.ledger.post(None, &undo).await.unwrap();
        plant.ledger.post(None, &plant.receive(44)).await.unwrap();
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
        plant.ledger.post(None, &plant.receive(5)).await.unwrap();
    });
    for attempt in ["UPDATE movement SET quantity = 1", "DELETE FROM movement"] {
        let refused = server.sql(&database, attempt).unwrap_err();
        assert!(format!("{refused:#}").contains("never"), "{attempt}: {refused:#}");
    }
    // No statement can make stock negative or zero either.
    assert!(server.sql(&database, "UPDATE stock SET quantity = 0").is_err());
}

//! A ledger and what clients book in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mtm_core::command::{
    Action, Actor, Command, Confirmations, Context, LotAttributes, Pick, PickRule, Receive, Take,
};
use mtm_core::word::{CommandId, LotNumber, Quantity};
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::{Clock, IdempotencyKey, Ledger, OpenOptions, PostError, Submission, SystemClock};

use crate::{Rate, rate};

/// A ledger with a part, an operation and locations.
#[derive(Clone)]
pub(crate) struct Plant {
    pub(crate) ledger: Ledger,
    actor: Actor,
    /// What clients heard of conflicts.
    pub(crate) conflicts: Arc<AtomicU64>,
}

impl Plant {
    pub(crate) async fn open(url: &str, options: OpenOptions) -> Self {
        let ledger = Ledger::connect(url, OpenOptions { create: true, ..options }).await.unwrap();
        let user = ledger.ensure_cli_user("measure").await.unwrap();
        let actor = Actor { id: user.row, name: user.name, role: user.role };
        if ledger.counts().await.unwrap().parts == 0 {
            let mut masters = vec![
                NewMaster::named(MasterNoun::Operation, "10"),
                NewMaster::named(MasterNoun::Location, "R-1"),
            ];
            masters.extend((0..64).map(|n| NewMaster::named(MasterNoun::Part, format!("P-{n}"))));
            ledger.create_masters(masters, actor.clone()).await.unwrap();
        }
        Self { ledger, actor, conflicts: Arc::default() }
    }

    async fn post(&self, key: String, action: Action) -> Vec<LotNumber> {
        let command = Command {
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
            confirm: Confirmations { implausible: true, ..Confirmations::default() },
            action,
        };
        let key = IdempotencyKey { key, fingerprint: [7; 32], user: self.actor.id };
        let submission = Submission::single(Some(key), command);
        loop {
            match self.ledger.post(submission.clone()).await {
                Ok(answer) => return answer.into_single().unwrap().lots,
                Err(PostError::Fault(fault)) => {
                    println!("a client heard: {fault}");
                    self.conflicts.fetch_add(1, Ordering::Relaxed);
                }
                Err(PostError::Rejected(no)) => {
                    println!("refused: {no}");
                    return Vec::new();
                }
            }
        }
    }

    fn receipt(client: usize, pieces: i64) -> Action {
        Action::Receive(Receive {
            part: format!("P-{}", client % 64).parse().unwrap(),
            operation: "10".parse().unwrap(),
            location: "R-1".parse().unwrap(),
            quantity: Quantity::pieces(pieces).unwrap(),
            containers: std::num::NonZeroU16::MIN,
            lot: None,
            attributes: LotAttributes::default(),
            reason: None,
        })
    }

    pub(crate) async fn receipts(&self, clients: usize) -> Rate {
        let (plant, run) = (self.clone(), SystemClock.fresh_uuid());
        rate(clients, move |client, n| {
            let plant = plant.clone();
            async move {
                plant.post(format!("{run}-{client}-{n}"), Self::receipt(client, 5)).await;
            }
        })
        .await
    }

    pub(crate) async fn hot_bucket(&self, clients: usize) -> Rate {
        let run = SystemClock.fresh_uuid();
        let lot = self.post(format!("{run}-hot"), Self::receipt(0, 100_000)).await.remove(0);
        let plant = self.clone();
        rate(clients, move |client, n| {
            let (plant, lot) = (plant.clone(), lot.clone());
            async move {
                let take = Take {
                    pick: Pick { lot: Some(lot), rule: PickRule::Exact, ..Pick::default() },
                    quantity: Some(Quantity::pieces(1).unwrap()),
                    reason: None,
                    notes: None,
                    reservation: None,
                };
                plant.post(format!("{run}-{client}-{n}"), Action::Take(take)).await;
            }
        })
        .await
    }

    pub(crate) async fn audit(self) {
        let report = self.ledger.verify(mtm_store::integrity::VerifyRange::Full, |_| {}).await;
        let report = report.unwrap();
        println!("\naudit: ok = {}, {} entries", report.ok, report.checked);
        self.ledger.close().await;
    }
}

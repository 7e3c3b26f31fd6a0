//! A site whose ledger is in a database on a server: one program's view of it. Several of them on
//! one database are several programs of the site.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use mtm_core::command::{Action, Actor, Command, Confirmations, Context, Receive};
use mtm_core::event::Event;
use mtm_core::outcome::Outcome;
use mtm_core::word::{CommandId, LotNumber};
use mtm_store::integrity::VerifyRange;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::query::{Cursor, PageRequest, StockQuery};
use mtm_store::{
    Answer, Clock, IdempotencyKey, Ledger, OpenOptions, PostError, Submission, SystemClock,
};
use mtm_testkit::poll;

use crate::plant::receive;

/// How long something may take that the other side does by itself.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One program's view of the site, with part `P-1`, operation `10`, locations `A-1` and `A-2`.
pub(crate) struct Site {
    pub(crate) ledger: Ledger,
    actor: Actor,
}

/// Runs `test` on a database of its own on the server that the tests of this process share. It
/// gets the server, the database's name and its URL.
pub(crate) fn on_mariadb(
    suite: &str,
    test: impl AsyncFnOnce(&'static mtm_testkit::MariaDb, String, String),
) {
    let Some(server) = mtm_testkit::MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = server.create_database().unwrap();
    let database = url.rsplit('/').next().unwrap().to_owned();
    runtime().block_on(test(server, database, url));
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

impl Site {
    /// The site's first program: it makes the tables and the master data.
    pub(crate) async fn found(url: &str) -> Arc<Self> {
        Self::found_with(url, OpenOptions { create: true, ..OpenOptions::default() }).await
    }

    /// The same, opened otherwise.
    pub(crate) async fn found_with(url: &str, options: OpenOptions) -> Arc<Self> {
        let site = Self::join_with(url, options).await;
        let masters = [
            (MasterNoun::Part, "P-1"),
            (MasterNoun::Operation, "10"),
            (MasterNoun::Location, "A-1"),
            (MasterNoun::Location, "A-2"),
        ];
        let masters = masters.map(|(noun, code)| NewMaster::named(noun, code)).to_vec();
        site.ledger.create_masters(masters, site.actor.clone()).await.unwrap();
        site
    }

    /// One more program of the site.
    pub(crate) async fn join(url: &str) -> Arc<Self> {
        Self::join_with(url, OpenOptions { create: true, ..OpenOptions::default() }).await
    }

    /// The same, opened otherwise.
    pub(crate) async fn join_with(url: &str, options: OpenOptions) -> Arc<Self> {
        let ledger = Ledger::connect(url, options).await.unwrap();
        let user = ledger.ensure_cli_user("tester").await.unwrap();
        let actor = Actor { id: user.row, name: user.name, role: user.role };
        Arc::new(Self { ledger, actor })
    }

    pub(crate) fn actor(&self) -> Actor {
        self.actor.clone()
    }

    pub(crate) fn submission(&self, key: Option<&str>, action: Action) -> Submission {
        let key = key.map(|key| IdempotencyKey {
            key: key.to_owned(),
            fingerprint: [7; 32],
            user: self.actor.id,
        });
        let context = Context {
            actor: self.actor.clone(),
            station: None,
            app_version: None,
            occurred_at: None,
            shift: None,
            import: None,
            session: None,
            intent_window: None,
        };
        let id = CommandId::from_fresh(SystemClock.fresh_uuid());
        // Many receipts of one piece make every other quantity look odd.
        let confirm = Confirmations { implausible: true, ..Confirmations::default() };
        let command = Command { id, context, confirm, action };
        Submission::single(key, command)
    }

    /// Books one command, under a key or without.
    pub(crate) async fn post(
        &self,
        key: Option<&str>,
        action: Action,
    ) -> Result<Answer, PostError> {
        self.ledger.post(self.submission(key, action)).await
    }

    /// Books one command that must be accepted.
    pub(crate) async fn book(&self, action: Action) -> Outcome {
        self.post(None, action).await.unwrap().into_single().unwrap()
    }

    /// A receipt of `quantity` pieces of `P-1`, and its lot.
    pub(crate) async fn lot_of(&self, quantity: i64) -> LotNumber {
        self.book(Action::Receive(receive("P-1", quantity))).await.lots[0].clone()
    }

    /// Pieces of everything on hand.
    pub(crate) async fn on_hand(&self) -> i64 {
        let mut page = PageRequest { limit: 1000, ..PageRequest::default() };
        let mut sum = 0;
        loop {
            let query = StockQuery { page: page.clone(), ..StockQuery::default() };
            let stock = self.ledger.stock(query).await.unwrap();
            sum += stock.items.iter().map(|line| line.quantity.whole()).sum::<i64>();
            let Some(next) = stock.next_cursor else { return sum };
            page.cursor = Some(Cursor::decode(&next).unwrap());
        }
    }

    /// Every event so far, oldest first.
    pub(crate) async fn events(&self) -> Vec<Event> {
        self.told(0).await
    }

    /// Every event, once `wanted` movements were told.
    pub(crate) async fn told(&self, wanted: usize) -> Vec<Event> {
        let mut events: Vec<Event> = Vec::new();
        let what = format!("{wanted} movements that were told");
        let waited = poll::eventually(&what, PATIENCE, async || {
            let last = events.last().map_or(0, |event| event.sequence);
            let more = self.ledger.events_after(last, Vec::new(), 1000).await?;
            let all = more.is_empty() && movements(&events).len() >= wanted;
            events.extend(more);
            Ok(all.then_some(()))
        });
        waited.await.unwrap();
        events
    }

    /// The log is whole: `wanted` movements, each told exactly once, places without gaps, and
    /// everything verified.
    pub(crate) async fn is_sound_with(&self, wanted: usize) {
        let events = self.told(wanted).await;
        let places: Vec<u64> = events.iter().map(|event| event.sequence).collect();
        assert_eq!(places, (1..=events.len() as u64).collect::<Vec<_>>(), "the outbox has gaps");
        let told = movements(&events);
        let sequences: Vec<u64> =
            told.iter().map(|event| event.data["sequence"].as_u64().unwrap()).collect();
        assert_eq!(sequences, (1..=wanted as u64).collect::<Vec<_>>(), "the log has gaps");
        let distinct: HashSet<_> = told.iter().map(|event| event.id).collect();
        assert_eq!(distinct.len(), wanted, "a movement was told twice");
        let report = self.ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
        assert!(report.ok, "{:?}", report.first_bad);
    }
}

/// Those of `events` that tell a movement.
pub(crate) fn movements(events: &[Event]) -> Vec<&Event> {
    events.iter().filter(|event| event.kind == "movement.recorded").collect()
}

/// A receipt of one piece for a work order: a text by which its request is found on the wire.
pub(crate) fn for_order(order: &str) -> Action {
    let one = receive("P-1", 1);
    let attributes = mtm_core::command::LotAttributes {
        work_order: Some(order.parse().unwrap()),
        ..one.attributes.clone()
    };
    Action::Receive(Receive { attributes, ..one })
}

//! What must hold at any moment, and what must hold when everything has settled.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use mtm_app::truth::{Auditor, Light, Settings};
use mtm_core::event::{Event, EventType};
use mtm_core::notice::NoticeKind;
use mtm_store::integrity::VerifyRange;
use mtm_store::query::{PageRequest, StockQuery};

use super::outside::{DESTINATIONS, RECEIVERS};
use super::run::Run;

impl Run {
    /// Nothing was lost, invented or doubled, and the ledger proves it.
    pub(super) async fn judge(&mut self) {
        let ledger = self.service.app.ledger().clone();
        self.nothing_moved().await;
        assert_eq!(self.stock().await, self.twin.stock(), "the stock is what the model says");
        let counts = ledger.counts().await.unwrap();
        assert_eq!(counts.movements, self.twin.sequence, "movements of the model");
        assert_eq!(counts.newest_sequence, counts.movements, "the log has no gap");
        let report = ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
        assert!(report.ok, "{report:?}");
        assert_eq!(report.remade, Vec::<&str>::new(), "derived tables say what the log says");
        self.follow_outbox().await;
        let falls = self.falls();
        assert!(self.twin.falls.starts_with(&falls), "{falls:?} of {:?}", self.twin.falls);
        let head = report.head;
        self.story.tell(format_args!("  {} entries, {}", head.sequence, head.hash));
    }

    async fn stock(&self) -> BTreeMap<[String; 4], i64> {
        let mut stock = BTreeMap::new();
        let mut page = PageRequest { limit: 1_000, ..PageRequest::default() };
        loop {
            let query = StockQuery { page: page.clone(), ..StockQuery::default() };
            let found = self.service.app.ledger().stock(query).await.unwrap();
            for row in found.items {
                let words = [
                    row.part.to_string(),
                    row.operation.to_string(),
                    row.location.to_string(),
                    row.lot.to_string(),
                ];
                assert_eq!(stock.insert(words, row.quantity.whole()), None, "a bucket twice");
            }
            let Some(cursor) = found.next_cursor else { return stock };
            page.cursor = Some(mtm_store::query::Cursor::decode(&cursor).unwrap());
        }
    }

    /// Reads on in the outbox: it has no gap, and each movement is told exactly once.
    pub(super) async fn follow_outbox(&mut self) {
        let ledger = self.service.app.ledger().clone();
        let mut last = match self.told.last() {
            Some(event) => event.sequence,
            None => ledger.oldest_event().await.unwrap().map_or(0, |oldest| oldest - 1),
        };
        loop {
            let events = ledger.events_after(last, Vec::new(), 1_000).await.unwrap();
            if events.is_empty() {
                break;
            }
            for event in events {
                assert_eq!(event.sequence, last + 1, "a gap in the outbox");
                last = event.sequence;
                self.judge_late_event(&event);
                self.told.push(event);
            }
        }
        let recorded = self.told.iter().filter(|it| is(it, EventType::MovementRecorded));
        let sequences: Vec<u64> =
            recorded.map(|it| it.data["sequence"].as_u64().unwrap()).collect();
        assert!(sequences.iter().copied().eq(1..=self.twin.sequence), "{sequences:?}");
        let ids: HashSet<_> = self.told.iter().map(|event| event.id).collect();
        assert_eq!(ids.len(), self.told.len(), "an id twice");
    }

    /// Every fall below a minimum that was told.
    fn falls(&self) -> Vec<(String, i64)> {
        let told = self.told.iter().filter(|it| is(it, EventType::StockBelowMinimum));
        told.map(|it| (it.subject.clone(), it.data["quantity"].as_i64().unwrap())).collect()
    }

    pub(super) async fn all_falls_are_told(&self) -> bool {
        let kinds = vec![EventType::StockBelowMinimum];
        let ledger = self.service.app.ledger();
        let after = self.told.last().map_or(0, |event| event.sequence);
        let newer = ledger.events_after(after, kinds, 1_000).await.unwrap();
        self.falls().len() + newer.len() == self.twin.falls.len()
    }

    /// Everybody outside was told everything once, every fall is told, people have their news, and the
    /// light is green.
    pub(super) async fn judge_settled(&mut self) {
        self.follow_outbox().await;
        assert_eq!(self.falls(), self.twin.falls, "every fall below a minimum, once and in order");
        for destination in 0..DESTINATIONS.len() {
            let (from, only) = match self.webhooks.get(destination) {
                Some((_, from)) => (*from, destination == 1),
                None => (self.brokers_from, false),
            };
            let concerns =
                |it: &&Event| it.sequence > from && (!only || is(it, EventType::MovementRecorded));
            let expected: Vec<&Event> = self.told.iter().filter(concerns).collect();
            self.outside.judge(destination, &expected);
        }
        assert!(self.webhooks.len() == RECEIVERS);
        self.judge_news().await;
        let names = ["database", "stock", "chain", "history", "relays", "clock", "secrets"];
        self.audit(&names).await;
    }

    /// Nobody has the same news twice, and whoever may know of minimums knows of each fall.
    async fn judge_news(&self) {
        let falls = self.told.iter().filter(|it| is(it, EventType::StockBelowMinimum));
        let falls: BTreeSet<_> = falls.map(|event| event.id).collect();
        for person in &self.people {
            let news = self.service.app.notices(person, None, 1_000).await.unwrap().items;
            let ids: HashSet<_> = news.iter().map(|it| it.event_id).collect();
            assert_eq!(ids.len(), news.len(), "the same news twice");
            let minimums = news.iter().filter(|it| it.kind == NoticeKind::Minimum);
            let known: BTreeSet<_> = minimums.map(|it| it.event_id).collect();
            assert_eq!(known, falls, "news of minimums");
        }
    }

    /// The truth light looks: what is named here is well.
    pub(super) async fn audit(&mut self, names: &[&str]) {
        let app = self.service.app.clone();
        Auditor::new(app.clone(), Settings::default()).look_once().await;
        for verdict in app.truth().verdicts() {
            if names.contains(&verdict.invariant.name) {
                let finding = &verdict.finding;
                assert!(finding.light <= Light::Unknown, "{}: {finding:?}", verdict.invariant.name);
            }
        }
    }
}

fn is(event: &Event, kind: EventType) -> bool {
    event.kind == kind.as_str()
}

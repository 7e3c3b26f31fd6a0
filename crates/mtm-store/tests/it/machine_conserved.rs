//! Whatever happens between a machine and the ledger: over the proposals of a counter there are as many pieces as its totals
//! said.
//!
//! A random life of a machine: it counts, begins again, goes away and comes back; people confirm, drop and overlook, the
//! rule confirms, the ledger books and refuses, counters are changed, the server is restarted. Beside it the pure judgement
//! counts the same totals. `MTM_SEED` chooses the first life.

use std::collections::BTreeMap;

use mtm_core::machine::{
    Batch, Count, Counter, Link, ProposalState, Reading, Rules, TOLD_WITHIN, Value,
};
use mtm_core::word::{CommandId, Note};
use mtm_store::Clock as _;
use mtm_store::machine::{Confirmation, CounterChange, CounterSetting, Dismissal, ProposalRow};

use crate::engine::{Engine, contract};
use crate::machine::{SECOND, add, by, heaps, proposals, setting, take_from};
use crate::plant::{Plant, part};
use crate::read_bulk::Random;

contract!(every_piece_that_was_counted_is_in_one_proposal,);

/// A counter as the pure judgement knows it.
struct Model {
    id: i64,
    setting: CounterSetting,
    counter: Counter,
    /// What the machine shows.
    total: u64,
    /// Pieces that were counted.
    pieces: u64,
    questions: u64,
}

struct Life {
    plant: Plant,
    random: Random,
    models: BTreeMap<String, Model>,
    source: u64,
}

impl Life {
    async fn begun(engine: Engine, seed: u64) -> Self {
        let plant = Plant::on(engine).await;
        let mut models = BTreeMap::new();
        for (tag, pieces, rollover) in [("one", 1, None), ("four", 4, Some(9_999))] {
            let (resets, told_within) = (pieces == 1, TOLD_WITHIN);
            let rules = Rules { pieces, per_hour: 3_600, rollover, resets, told_within };
            let setting =
                CounterSetting { rules, container: Some(12), by_rule: true, ..setting(tag) };
            let id = add(&plant, setting.clone()).await.id;
            let (counter, total) = (Counter::default(), 9_000);
            let model = Model { id, setting, counter, total, pieces: 0, questions: 0 };
            models.insert(tag.to_owned(), model);
        }
        Self { plant, random: Random::new(seed), models, source: 0 }
    }

    /// What the machine says next.
    fn batch(&mut self) -> Batch {
        let random = &mut self.random;
        let now = self.plant.clock.now();
        let link = if random.chance(15) { Link::Gap } else { Link::Next };
        let mut readings = Vec::new();
        for _ in 0..random.below(4) {
            let tag = ["one", "four", "speed"][random.below(3)];
            let mut began_again = false;
            let value = match self.models.get_mut(tag) {
                _ if random.chance(5) => Value::Unavailable,
                None => Value::Total(7),
                Some(model) => {
                    match random.below(20) {
                        0 => model.total = 0,
                        1 => model.total = random.below(6) as u64,
                        2 => model.total += 100_000,
                        3 => model.total = model.total.saturating_sub(3),
                        4 => {
                            model.total = random.below(3) as u64;
                            began_again = true;
                        }
                        _ => model.total += random.below(40) as u64,
                    }
                    if model.setting.rules.rollover.is_some_and(|top| model.total > top) {
                        model.total = random.below(20) as u64;
                    }
                    Value::Total(model.total)
                }
            };
            let at = (!random.chance(15)).then_some(now);
            readings.push(Reading { tag: tag.to_owned(), value, at, began_again });
        }
        let at = (!random.chance(10)).then_some(now);
        Batch { link, at, position: Some(random.below(3).to_string()), readings }
    }

    async fn says(&mut self) {
        self.plant.clock.advance([1, 40, 3_000][self.random.below(3)] * SECOND);
        let (batch, now) = (self.batch(), self.plant.clock.now());
        let is_moved = self.random.chance(4);
        self.source += u64::from(is_moved);
        for (tag, model) in &mut self.models {
            if is_moved {
                model.counter = Counter::default();
            } else if batch.link == Link::Gap {
                model.counter.lose();
            }
            let readings = batch.readings.iter().filter(|reading| reading.tag == *tag);
            let mut is_heard = false;
            for reading in readings {
                is_heard = true;
                match model.counter.read(&model.setting.rules, reading, now) {
                    Count::Nothing => {}
                    Count::Pieces { pieces, .. } => model.pieces += pieces,
                    Count::Question(_) => model.questions += 1,
                }
            }
            if !is_heard {
                model.counter.quiet(batch.at.unwrap_or(now));
            }
        }
        take_from(&self.plant, &self.source.to_string(), batch).await;
    }

    async fn one_of(&mut self, state: ProposalState) -> Option<ProposalRow> {
        let all = proposals(&self.plant).await;
        let of_state: Vec<_> = all.into_iter().filter(|row| row.state == state).collect();
        if of_state.is_empty() {
            return None;
        }
        let at = self.random.below(of_state.len());
        of_state.into_iter().nth(at)
    }

    /// Some of so many, and not none.
    fn some(&mut self, most: u64) -> u64 {
        if self.random.chance(40) { most } else { 1 + self.random.bits() % most }
    }

    async fn somebody_confirms(&mut self) {
        let Some(row) = self.one_of(ProposalState::Open).await else { return };
        let note = Some(Note::parse("as seen").unwrap());
        let (seen, confirmed) = match row.most {
            None => {
                let seen = self.some(row.pieces);
                (Some(seen), self.some(seen))
            }
            Some(most) => (None, self.some(most.max(1)).max(row.pieces.max(1)).min(most.max(1))),
        };
        let it = Confirmation { confirmed, seen, note, version: Some(row.version) };
        let confirmed = self.plant.ledger.confirm_proposal(row.id, it, Some(by()), None).await;
        assert!(confirmed.is_ok() || row.most == Some(0), "{confirmed:?}");
    }

    async fn somebody_drops(&mut self) {
        let Some(row) = self.one_of(ProposalState::Open).await else { return };
        let seen = row.most.is_none().then(|| self.some(row.pieces));
        let it = Dismissal { seen, note: Note::parse("a test").unwrap(), version: None };
        self.plant.ledger.drop_proposal(row.id, it, by(), None).await.unwrap();
    }

    async fn the_rule_confirms(&mut self) {
        for row in self.plant.ledger.due_by_rule(3).await.unwrap() {
            assert!(row.full, "{row:?}");
            let it = Confirmation {
                confirmed: row.pieces,
                seen: None,
                note: None,
                version: Some(row.version),
            };
            self.plant.ledger.confirm_proposal(row.id, it, None, None).await.unwrap();
        }
    }

    async fn the_ledger_books(&mut self) {
        let Some(due) = self.plant.ledger.next_booking(0).await.unwrap() else { return };
        let (ledger, id, version) = (&self.plant.ledger, due.row.id, due.row.version);
        let is_done = if self.random.chance(60) {
            let command = CommandId::from_fresh(self.plant.clock.fresh_uuid());
            ledger.proposal_booked(id, due.row.confirmed.unwrap(), command).await.unwrap()
        } else {
            ledger.proposal_refused(id, version, "on hold".to_owned()).await.unwrap()
        };
        assert!(is_done);
    }

    async fn somebody_changes_a_counter(&mut self) {
        let tag = ["one", "four"][self.random.below(2)];
        let model = self.models.get_mut(tag).unwrap();
        let container = [None, Some(5), Some(12), Some(40)][self.random.below(4)];
        let setting = CounterSetting {
            part: part(["P-1", "P-2"][self.random.below(2)]),
            container,
            by_rule: container.is_some() && self.random.chance(50),
            ..model.setting.clone()
        };
        let change = CounterChange { setting: setting.clone(), version: None };
        self.plant.ledger.change_counter(model.id, change, by(), None).await.unwrap();
        model.setting = setting;
    }

    async fn goes_on(&mut self) {
        match self.random.below(20) {
            0..=8 => self.says().await,
            9..=11 => self.somebody_confirms().await,
            12 => self.somebody_drops().await,
            13..=14 => self.the_rule_confirms().await,
            15..=17 => self.the_ledger_books().await,
            18 => self.somebody_changes_a_counter().await,
            _ if self.random.chance(20) => self.plant.restart().await,
            _ => {}
        }
    }

    async fn check(&mut self, what: &str) {
        let all = proposals(&self.plant).await;
        assert!(all.len() < 1_000, "{what}: more than one page");
        for model in self.models.values_mut() {
            let of_it: Vec<_> = all.iter().filter(|row| row.counter == model.id).collect();
            let (counts, questions): (Vec<_>, Vec<_>) =
                of_it.into_iter().partition(|row| row.most.is_none());
            let pieces: u64 = counts.iter().map(|row| row.pieces).sum();
            let heaps = heaps(&self.plant).await;
            assert_eq!(pieces, model.pieces, "{what}: {heaps:?}");
            let asked: u64 = questions.iter().map(|it| it.steps).sum();
            assert_eq!(asked, model.questions, "{what}: {questions:#?}");
            assert!(counts.iter().all(|row| row.pieces > 0), "{what}: {counts:#?}");
            assert!(counts.iter().filter(|row| !row.full).count() <= 1, "{what}: {counts:#?}");
            for row in counts {
                let seen = row.seen.is_none_or(|seen| seen == row.pieces);
                let confirmed = row.confirmed.is_none_or(|it| it <= row.pieces);
                assert!(seen && confirmed, "{what}: {row:#?}");
            }
            let row = self.plant.ledger.counter(model.id).await.unwrap().unwrap().row;
            let kept = Counter {
                value: row.value,
                value_at: row.value_at,
                known_at: row.known_at,
                is_broken: row.broken,
            };
            // How long nothing changed is written down now and then only.
            model.counter.known_at = kept.known_at;
            assert_eq!(kept, model.counter, "{what}");
        }
    }
}

async fn every_piece_that_was_counted_is_in_one_proposal(engine: Engine) {
    let first = std::env::var("MTM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let (lives, steps) = if engine == Engine::Sqlite { (12, 150) } else { (3, 100) };
    let mut counted = 0;
    for seed in first..first + lives {
        let mut life = Life::begun(engine, seed).await;
        for step in 0..steps {
            life.goes_on().await;
            life.check(&format!("MTM_SEED={seed}, step {step}")).await;
        }
        counted += life.models.values().map(|model| model.pieces).sum::<u64>();
    }
    assert!(counted > 100, "the machines counted next to nothing: {counted}");
}

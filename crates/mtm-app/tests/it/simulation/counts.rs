//! Cycle counts among everything else: what moves between counting and posting is no difference, and a
//! line is posted once, whoever is killed in between.

use std::collections::BTreeMap;

use mtm_app::count::{EntriesBody, EntryBody, PlanBody, PostBody};
use mtm_app::movement::Circumstances;
use mtm_core::Action;
use mtm_core::command::{Adjust, Confirmations, Count, Pick, PickRule};
use mtm_core::count::CountState;
use mtm_core::word::{CountId, Delta};
use mtm_store::query::PageRequest;
use mtm_store::record::{CountFilter, LineFilter};

use super::run::{Run, Tally};
use super::twin::{Asked, of_log};
use super::wish::PARTS;

/// Who plans and posts, and who counts.
const LEAD: usize = 2;
const COUNTER: usize = 1;
/// How often a count is posted before it is given up.
const PATIENCE: u32 = 4;

/// A count, and what was found.
#[derive(Debug)]
pub(super) struct Counting {
    id: CountId,
    name: String,
    /// Differences of the lines that are not posted yet, with their buckets; nothing before they were counted.
    found: Option<BTreeMap<u32, ([String; 4], i64)>>,
    posted: u32,
}

impl Run {
    /// Plans a count, has it counted, or posts it: whatever comes next.
    pub(super) async fn count(&mut self) {
        match self.counting.take() {
            None => self.plan_count().await,
            Some(counting) if counting.found.is_none() => self.enter_count(counting).await,
            Some(counting) => self.post_count(counting).await,
        }
    }

    async fn plan_count(&mut self) {
        let buckets = self.twin.buckets();
        let Some(part) = self.chance.among(&PARTS) else { return };
        if !buckets.iter().any(|(words, _)| words[0] == *part) {
            return;
        }
        self.requests += 1;
        let name = format!("count {}", self.requests);
        let body = PlanBody {
            name: name.clone(),
            filter: CountFilter { parts: vec![(*part).to_owned()], ..CountFilter::default() },
            // Whatever is counted first is believed.
            tolerance_pieces: 100_000,
            tolerance_percent: 0,
            other_person: false,
        };
        self.perhaps(1);
        let who = self.people[LEAD].clone();
        let planned = self.service.app.plan_count(&who, &body, None).await;
        // Nobody knows the number of one whose answer was lost: it stays open.
        if self.what_happened().await.is_none() {
            let id = planned.unwrap().value.id;
            self.counting = Some(Counting { id, name, found: None, posted: 0 });
        }
    }

    async fn enter_count(&mut self, mut counting: Counting) {
        let page = PageRequest { limit: 500, ..PageRequest::default() };
        let (app, who) = (self.service.app.clone(), self.people[COUNTER].clone());
        let lines = app.blind_lines(&who, counting.id, LineFilter::default(), page).await.unwrap();
        let stock = self.twin.stock();
        let (mut entries, mut found) = (Vec::new(), BTreeMap::new());
        for line in lines.items {
            let words = [
                line.part.to_string(),
                line.operation.to_string(),
                line.location.to_string(),
                line.lot.unwrap().to_string(),
            ];
            let there = stock.get(&words).copied().unwrap_or(0);
            let off = self.chance.weighed(&[(5, 0), (1, -2), (1, -1), (1, 1), (1, 3)]);
            let counted = (there + off).max(0);
            entries.push(EntryBody { line: Some(line.line), counted, ..EntryBody::default() });
            if counted != there {
                found.insert(line.line, (words, counted - there));
            }
        }
        self.perhaps(1);
        let entered = app.enter_counts(&who, counting.id, &EntriesBody { entries }, None).await;
        let committed = match self.what_happened().await {
            None => entered.map(|_| true).unwrap(),
            Some(kind) => kind.is_committed(),
        };
        if committed {
            counting.found = Some(found);
        }
        self.counting = Some(counting);
    }

    async fn post_count(&mut self, mut counting: Counting) {
        self.perhaps(2);
        let (app, who) = (self.service.app.clone(), self.people[LEAD].clone());
        let (around, body) = (Circumstances::default(), PostBody::default());
        let posted = app.post_count(&who, around, counting.id, &body).await;
        let happened = self.what_happened().await;
        let refused = self.absorb_count(&mut counting).await;
        self.story.tell(format_args!("  {}: {refused} lines refused", counting.name));
        counting.posted += 1;
        if happened.is_none() {
            let posted = posted.unwrap();
            let said = posted.lines.iter().filter(|line| line.refusal.is_some()).count();
            assert_eq!(said, refused, "{posted:?}");
            let is_open = posted.count.state == CountState::Open;
            assert_eq!(is_open, refused > 0, "{posted:?}");
            if !is_open {
                return;
            }
            if counting.posted > PATIENCE {
                app.cancel_count(&who, counting.id, None).await.unwrap();
                return;
            }
        }
        self.counting = Some(counting);
    }

    /// The lines that were posted, all in one transaction or none. Gives how many the model refuses.
    async fn absorb_count(&mut self, counting: &mut Counting) -> usize {
        let mut moved = self.new_movements().await.into_iter().peekable();
        let anything = moved.peek().is_some();
        let lines = counting.found.take().unwrap_or_default();
        let (mut left, mut refused) = (BTreeMap::new(), 0);
        for (line, (words, variance)) in lines {
            let asked = adjustment(counting, line, &words, variance);
            let now = moved.peek().map(|row| row.recorded_at);
            let now = now.unwrap_or_else(|| self.twin.now(mtm_store::Clock::now(&*self.clock)));
            let is_right = self.twin.judge(&self.people[LEAD], &asked, now).is_ok();
            refused += usize::from(!is_right);
            if let Some(row) = moved.next_if(|_| is_right) {
                self.absorb(LEAD, &asked, (row.command_id, row.recorded_at), &[of_log(&row)]);
                self.known.movements.push(row.id);
                Tally::one(&mut self.tally.booked, "count line");
            } else {
                assert!(!(anything && is_right), "line {line} was left out");
                left.insert(line, (words, variance));
            }
        }
        assert!(moved.next().is_none(), "more than was counted");
        counting.found = Some(left);
        refused
    }
}

/// What books a line's difference.
fn adjustment(
    counting: &Counting,
    line: u32,
    [part, operation, location, lot]: &[String; 4],
    variance: i64,
) -> Asked {
    let pick = Pick {
        lot: Some(lot.parse().unwrap()),
        part: Some(part.parse().unwrap()),
        operation: Some(operation.parse().unwrap()),
        location: Some(location.parse().unwrap()),
        rule: PickRule::Exact,
    };
    let action = Action::Adjust(Adjust {
        pick,
        count: Count::Delta(Delta::pieces(variance).unwrap()),
        expected: None,
        reason: "count".parse().unwrap(),
        notes: Some(format!("count {}, line {line}", counting.name).parse().unwrap()),
    });
    Asked { action, confirm: Confirmations::default(), import: None, guarded: false }
}

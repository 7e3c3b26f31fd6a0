//! What lots carry to be searched: their numbers, work orders and notes.

use std::ops::Range;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use mtm_core::word::fold;

use super::masters::MasterTexts;
use super::shelf::{Shelf, Texts};

/// What of a lot is searched, as the database has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LotText<'t> {
    /// Its number.
    pub(crate) lot: &'t str,
    /// Its part's row.
    pub(crate) part: i64,
    /// Its work order.
    pub(crate) work_order: Option<&'t str>,
    /// Its notes.
    pub(crate) notes: Option<&'t str>,
}

/// Lots being gathered.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    texts: Texts,
    parts: Vec<i64>,
}

impl Draft {
    /// Adds a lot; what is added later about the same lot does not count.
    pub(crate) fn push(&mut self, lot: LotText<'_>) {
        let notes = lot.notes.map(fold).unwrap_or_default();
        self.texts.push([lot.lot, lot.work_order.unwrap_or_default(), &notes]);
        self.parts.push(lot.part);
    }

    fn take_over(&mut self, segment: &Segment) {
        for run in &segment.runs {
            for nth in run.range() {
                self.texts.push(segment.shelf.texts().fields(nth));
                self.parts.push(run.part);
            }
        }
    }
}

/// The lots of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) part: i64,
    first: u32,
    end: u32,
}

impl Run {
    /// Their texts.
    pub(crate) fn range(&self) -> Range<usize> {
        self.first as usize..self.end as usize
    }
}

/// Lots of one gathering, part by part.
#[derive(Debug)]
pub(crate) struct Segment {
    shelf: Shelf,
    /// In the order of their parts' rows.
    runs: Vec<Run>,
    /// The same in the order of a page, as of the master data of the last search.
    order: ArcSwapOption<Order>,
}

/// The lots of a segment in the order of their parts' numbers.
#[derive(Debug)]
pub(crate) struct Order {
    of: Arc<MasterTexts>,
    /// With the places of their parts.
    pub(crate) placed: Vec<(usize, Run)>,
    /// Those whose parts have no place: the master data does not know them.
    pub(crate) elsewhere: Vec<Run>,
}

impl Segment {
    fn of(draft: &Draft) -> Self {
        let lot = |nth: &usize| (draft.parts[*nth], draft.texts.fields(*nth)[0]);
        let mut order: Vec<usize> = (0..draft.texts.len()).collect();
        // Of the same lot the first counts, and sorting keeps it first.
        order.sort_by(|a, b| lot(a).cmp(&lot(b)));
        order.dedup_by(|later, first| lot(later) == lot(first));
        let (mut texts, mut runs) = (Texts::default(), Vec::<Run>::new());
        for (at, nth) in (0..).zip(order) {
            texts.push(draft.texts.fields(nth));
            let part = draft.parts[nth];
            match runs.last_mut() {
                Some(run) if run.part == part => run.end = at + 1,
                _ => runs.push(Run { part, first: at, end: at + 1 }),
            }
        }
        runs.shrink_to_fit();
        Self { shelf: Shelf::of(texts), runs, order: ArcSwapOption::empty() }
    }

    /// The index over the texts.
    pub(crate) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// The lot of text `nth`.
    pub(crate) fn lot(&self, nth: usize) -> &str {
        self.shelf.texts().fields(nth)[0]
    }

    /// The texts of a part's lots.
    pub(crate) fn of_part(&self, part: i64) -> Range<usize> {
        let run = self.runs.binary_search_by_key(&part, |run| run.part);
        run.map_or(0..0, |at| self.runs[at].range())
    }

    /// The lots in the order that `masters` gives their parts.
    pub(crate) fn order(&self, masters: &Arc<MasterTexts>) -> Arc<Order> {
        match self.order.load_full() {
            Some(order) if Arc::ptr_eq(&order.of, masters) => order,
            _ => {
                let order = Arc::new(Order::of(&self.runs, masters));
                self.order.store(Some(Arc::clone(&order)));
                order
            }
        }
    }

    fn len(&self) -> usize {
        self.shelf.texts().len()
    }

    /// Whether the lot is here just so.
    fn holds(&self, fields: [&str; 3], part: i64) -> bool {
        let range = self.of_part(part);
        let texts = self.shelf.texts();
        let mut low = range.start;
        let mut high = range.end;
        while low < high {
            let middle = low + (high - low) / 2;
            match texts.fields(middle)[0].cmp(fields[0]) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return texts.fields(middle) == fields,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        false
    }
}

impl Order {
    fn of(runs: &[Run], masters: &Arc<MasterTexts>) -> Self {
        let (mut placed, mut elsewhere) = (Vec::with_capacity(runs.len()), Vec::new());
        for run in runs {
            match masters.place(run.part) {
                Some(place) => placed.push((place, *run)),
                None => elsewhere.push(*run),
            }
        }
        placed.sort_unstable_by_key(|(place, _)| *place);
        placed.shrink_to_fit();
        Self { of: Arc::clone(masters), placed, elsewhere }
    }
}

/// Every lot with stock as of a position of the outbox, and perhaps more. Never changed: what comes
/// later makes another.
#[derive(Debug, Clone)]
pub(crate) struct LotTexts {
    segments: Vec<Arc<Segment>>,
    /// The last event that is in it.
    pub(crate) upto: i64,
    /// Lots when they were all gathered.
    whole: usize,
}

/// So many lots more than when all were gathered, beside half as many again, and most of what is
/// there has no stock any more.
const STALE: usize = 20_000;

impl LotTexts {
    /// All lots with stock, as of event `upto`.
    pub(crate) fn of(draft: &Draft, upto: i64) -> Self {
        let segment = Segment::of(draft);
        Self { whole: segment.len(), segments: vec![Arc::new(segment)], upto }
    }

    /// The same with what was gathered up to event `upto`.
    pub(crate) fn with(&self, draft: &Draft, upto: i64) -> Self {
        let mut segments = self.segments.clone();
        let mut news = Draft::default();
        for (nth, part) in draft.parts.iter().enumerate() {
            let fields = draft.texts.fields(nth);
            if !segments.iter().any(|segment| segment.holds(fields, *part)) {
                news.texts.push(fields);
                news.parts.push(*part);
            }
        }
        if !news.parts.is_empty() {
            // Segments of about the same size become one, so that there are never many.
            while let Some(last) = segments.pop_if(|last| last.len() <= 2 * news.parts.len()) {
                news.take_over(&last);
            }
            segments.push(Arc::new(Segment::of(&news)));
        }
        Self { segments, upto, whole: self.whole }
    }

    /// What it is made of.
    pub(crate) fn segments(&self) -> &[Arc<Segment>] {
        &self.segments
    }

    /// Whether it is better gathered anew.
    pub(crate) fn is_stale(&self) -> bool {
        let all: usize = self.segments.iter().map(|segment| segment.len()).sum();
        all > self.whole + self.whole / 2 + STALE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Pattern;

    fn draft(lots: &[(&str, i64, &str)]) -> Draft {
        let mut draft = Draft::default();
        for (lot, part, notes) in lots {
            let notes = (!notes.is_empty()).then_some(*notes);
            draft.push(LotText { lot, part: *part, work_order: Some("WO-1"), notes });
        }
        draft
    }

    fn found(texts: &LotTexts, text: &str) -> Vec<(i64, String)> {
        let pattern = Pattern::containing(text);
        let mut found = Vec::new();
        for segment in texts.segments() {
            let candidates = segment.shelf().candidates(&pattern);
            for run in &segment.runs {
                let lots = segment.shelf().matching(run.range(), &pattern, &candidates);
                found.extend(lots.map(|nth| (run.part, segment.lot(nth).to_owned())));
            }
        }
        found.sort();
        found
    }

    #[test]
    fn lots_are_found_by_number_order_and_notes_part_by_part() {
        let texts =
            LotTexts::of(&draft(&[("L2", 7, "Bent  lug"), ("L1", 9, ""), ("L3", 7, "")]), 5);
        assert_eq!(found(&texts, "bent lug"), [(7, "L2".to_owned())]);
        assert_eq!(found(&texts, "wo-1").len(), 3);
        assert_eq!(texts.segments()[0].of_part(7), 0..2);
        assert_eq!(texts.segments()[0].of_part(8), 0..0);
    }

    #[test]
    fn what_is_known_is_not_gathered_twice_and_what_changed_is() {
        let texts = LotTexts::of(&draft(&[("L1", 7, "old"), ("L2", 7, "same")]), 5);
        let same = texts.with(&draft(&[("L2", 7, "same")]), 6);
        assert_eq!((same.segments().len(), same.upto), (1, 6));
        let changed = texts.with(&draft(&[("L1", 7, "new")]), 7);
        assert_eq!(found(&changed, "new"), [(7, "L1".to_owned())]);
        assert_eq!(found(&changed, "same"), [(7, "L2".to_owned())]);
    }

    #[test]
    fn segments_stay_few() {
        let mut texts = LotTexts::of(&Draft::default(), 0);
        for nth in 0..500 {
            texts = texts.with(&draft(&[(&format!("L{nth:04}"), nth % 5, "")]), nth);
        }
        assert!(texts.segments().len() <= 10, "{}", texts.segments().len());
        assert_eq!(found(&texts, "L").len(), 500);
        assert!(!texts.is_stale());
    }
}

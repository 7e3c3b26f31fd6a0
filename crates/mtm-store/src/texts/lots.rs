//! What lots carry to be searched: their numbers, work orders and notes.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use mtm_core::word::fold;

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
        for (part, range) in &segment.parts {
            for nth in range.clone() {
                self.texts.push(segment.shelf.texts().fields(nth));
                self.parts.push(*part);
            }
        }
    }
}

/// Lots of one gathering, part by part.
#[derive(Debug)]
pub(crate) struct Segment {
    shelf: Shelf,
    /// Which texts are lots of a part.
    parts: HashMap<i64, Range<usize>>,
    part_of: Vec<i64>,
}

impl Segment {
    fn of(draft: &Draft) -> Self {
        let lot = |nth: &usize| (draft.parts[*nth], draft.texts.fields(*nth)[0]);
        let mut order: Vec<usize> = (0..draft.texts.len()).collect();
        order.sort_by(|a, b| lot(a).cmp(&lot(b)));
        order.dedup_by(|later, first| lot(later) == lot(first));
        let (mut texts, mut part_of) = (Texts::default(), Vec::with_capacity(order.len()));
        let mut parts: HashMap<i64, Range<usize>> = HashMap::new();
        for (at, nth) in order.into_iter().enumerate() {
            texts.push(draft.texts.fields(nth));
            part_of.push(draft.parts[nth]);
            parts.entry(draft.parts[nth]).or_insert(at..at).end = at + 1;
        }
        Self { shelf: Shelf::of(texts), parts, part_of }
    }

    /// The index over the texts.
    pub(crate) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// The lot of text `nth`.
    pub(crate) fn lot(&self, nth: usize) -> &str {
        self.shelf.texts().fields(nth)[0]
    }

    /// The part of text `nth`.
    pub(crate) fn part(&self, nth: usize) -> i64 {
        self.part_of[nth]
    }

    /// The texts of a part's lots.
    pub(crate) fn of_part(&self, part: i64) -> Range<usize> {
        self.parts.get(&part).cloned().unwrap_or_default()
    }

    fn len(&self) -> usize {
        self.part_of.len()
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
            for nth in segment.shelf().matching(&pattern, &candidates) {
                found.push((segment.part(nth), segment.lot(nth).to_owned()));
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

//! Stock found by words: led by the index of texts, part by part in the order of the page.
//!
//! The index says which lots may match; their buckets are fetched some at a time and looked at, and
//! as soon as the page is full, nothing further is. Where a part itself matches, all of its lots
//! may; where locations match, all lots that stand there may. Texts are looked at as far as the
//! page needs, too. What the index does not know yet is looked at last: it may belong anywhere on
//! the page.

use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::iter::Peekable;
use std::sync::Arc;

use super::super::Reader;
use super::super::dialect::{id_list, word_list};
use super::super::text::News;
use super::page::Smallest;
use super::selection::{FEW_LOCATIONS, Selection};
use super::source::{Found, LISTED, STANDING};
use crate::query::{Pattern, ReadError};
use crate::sql::params;
use crate::texts::{Candidates, MasterTexts, Order, Segment};

/// Lots fetched at a time, at least and at most: at first as many as rows are wanted.
const LEAST: usize = 32;
const MOST: usize = 512;

/// A part of more lots is walked by its own index instead.
const MANY_LOTS: usize = 256;

/// The lots that stand where the location matches, by the place of their part.
type Standing = BTreeMap<usize, Vec<String>>;

/// What may match, in the order of the page, met as it is asked for.
struct Hits<'h, P: Iterator<Item = usize>> {
    pattern: &'h Pattern,
    masters: &'h MasterTexts,
    /// Places of the parts that match themselves.
    parts: Peekable<P>,
    segments: Vec<Met<'h>>,
    standing: Peekable<btree_map::Range<'h, usize, Vec<String>>>,
    /// Whether any lot may match, because of where it stands.
    any: bool,
}

/// Lots as they were gathered, and how far they are met.
struct Met<'h> {
    segment: &'h Segment,
    order: Arc<Order>,
    candidates: Candidates,
    at: usize,
    /// Those of part `at` that match, once they are looked for.
    lots: Vec<usize>,
}

impl Reader<'_> {
    /// Offers the buckets that match `pattern`, among others perhaps, to `found`; `false` where
    /// there is no index that could lead to them.
    pub(super) fn by_text(
        &self,
        pattern: &Pattern,
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<bool, ReadError> {
        let Some(search) = self.search.as_ref() else { return Ok(false) };
        let masters: Arc<MasterTexts> = self.master_texts(search);
        let Some(news) = self.news(search, &masters)? else { return Ok(false) };
        let mut elsewhere = news.lots.clone();
        let standing = self.standing(pattern, &masters, &news, &mut elsewhere)?;
        let (standing, any) = standing.map_or((Standing::new(), true), |known| (known, false));
        let from = found.after().map_or(0, |key| masters.place_from(&key.part));
        let candidates = masters.parts.candidates(pattern);
        let parts = masters.parts.matching(from..masters.codes().len(), pattern, &candidates);
        let segments = search.lots.segments().iter();
        let mut hits = Hits {
            pattern,
            masters: &masters,
            parts: parts.peekable(),
            segments: segments.map(|it| Met::from(it, &masters, pattern, from)).collect(),
            standing: standing.range(from..).peekable(),
            any,
        };
        for met in &hits.segments {
            met.lots_elsewhere(pattern, any, &news, &mut elsewhere);
        }
        self.offer_hits(&mut hits, selection, found)?;
        let elsewhere: Vec<&str> = elsewhere.iter().map(String::as_str).collect();
        for some in elsewhere.chunks(MOST) {
            self.offer_lots(some, selection, found)?;
        }
        Ok(true)
    }

    /// Offers the buckets of `hits` until `found` is full.
    fn offer_hits<P: Iterator<Item = usize>>(
        &self,
        hits: &mut Hits<'_, P>,
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<(), ReadError> {
        let mut batch: Vec<&str> = Vec::new();
        let mut size = found.wanted().clamp(LEAST, MOST);
        while let Some((place, lots)) = hits.next() {
            let (code, part) = &hits.masters.codes()[place];
            if !selection.admits_part(*part)? {
                continue;
            }
            if lots.len() > MANY_LOTS {
                self.offer_lots(&std::mem::take(&mut batch), selection, found)?;
                if !found.is_full() {
                    let after = found.after().filter(|key| key.part == *code).cloned();
                    self.walk_part(*part, after.as_ref(), selection, found)?;
                }
            } else {
                batch.extend(lots);
                if batch.len() < size {
                    continue;
                }
                self.offer_lots(&std::mem::take(&mut batch), selection, found)?;
                size = (size * 2).min(MOST);
            }
            if found.is_full() {
                return Ok(());
            }
        }
        self.offer_lots(&batch, selection, found)
    }

    /// The lots that stand where the location matches; `None` where these are many locations.
    fn standing(
        &self,
        pattern: &Pattern,
        masters: &MasterTexts,
        news: &News,
        elsewhere: &mut BTreeSet<String>,
    ) -> Result<Option<Standing>, ReadError> {
        let candidates = masters.locations.candidates(pattern);
        let all = 0..masters.locations.texts().len();
        let known = masters.locations.matching(all, pattern, &candidates);
        let mut ids: Vec<i64> =
            known.take(FEW_LOCATIONS + 1).map(|nth| masters.location(nth)).collect();
        if ids.len() > FEW_LOCATIONS {
            return Ok(None);
        }
        let new = news.locations.iter().filter(|(_, code)| pattern.matches(code));
        ids.extend(new.map(|(id, _)| *id));
        let mut standing = Standing::new();
        if ids.is_empty() {
            return Ok(Some(standing));
        }
        let mut statement = self.connection.prepare_cached(STANDING.on(&self.connection))?;
        let mut rows = statement.query(params![id_list(&ids)])?;
        while let Some(row) = rows.next()? {
            match masters.place(row.get(0)?) {
                Some(place) => standing.entry(place).or_default().push(row.get(1)?),
                None => drop(elsewhere.insert(row.get(1)?)),
            }
        }
        Ok(Some(standing))
    }

    /// Offers those buckets of `lots` that `selection` admits.
    fn offer_lots(
        &self,
        lots: &[&str],
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<(), ReadError> {
        if lots.is_empty() {
            return Ok(());
        }
        let mut statement = self.connection.prepare_cached(LISTED.on(&self.connection))?;
        let mut rows = statement.query(params![word_list(lots.iter().copied())])?;
        while let Some(row) = rows.next()? {
            let row = Found::of(&row, true)?;
            if selection.admits(&row)? {
                found.offer(row.kept(self)?);
            }
        }
        Ok(())
    }
}

impl<'h, P: Iterator<Item = usize>> Hits<'h, P> {
    /// The next part of which lots may match: its place, and these lots, each once.
    fn next(&mut self) -> Option<(usize, Vec<&'h str>)> {
        let (pattern, any) = (self.pattern, self.any);
        let by_part = self.parts.peek().copied();
        let standing = self.standing.peek().map(|(place, _)| **place);
        let sure = by_part.into_iter().chain(standing).min();
        let by_lot = self.segments.iter_mut().filter_map(|met| met.place(pattern, any, sure)).min();
        let place = by_lot.into_iter().chain(sure).min()?;
        let mut lots = Vec::new();
        let whole = self.parts.next_if_eq(&place).is_some();
        for met in &mut self.segments {
            if met.place(pattern, any, Some(place)) == Some(place) {
                met.take(&mut lots);
            }
            if whole {
                let part = self.masters.codes()[place].1;
                lots.extend(met.segment.of_part(part).map(|nth| met.segment.lot(nth)));
            }
        }
        if let Some((_, more)) = self.standing.next_if(|(next, _)| **next == place) {
            lots.extend(more.iter().map(String::as_str));
        }
        lots.sort_unstable();
        lots.dedup();
        Some((place, lots))
    }
}

impl<'h> Met<'h> {
    fn from(
        segment: &'h Segment,
        masters: &Arc<MasterTexts>,
        pattern: &Pattern,
        from: usize,
    ) -> Self {
        let order = segment.order(masters);
        let at = order.placed.partition_point(|(place, _)| *place < from);
        let candidates = segment.shelf().candidates(pattern);
        Self { segment, order, candidates, at, lots: Vec::new() }
    }

    /// The place of the next part of which lots match; of the next part where `any` lot may. No
    /// lot of a part behind `last` is looked at.
    fn place(&mut self, pattern: &Pattern, any: bool, last: Option<usize>) -> Option<usize> {
        while let Some((place, run)) = self.order.placed.get(self.at) {
            if last.is_some_and(|last| *place > last) {
                break;
            }
            if self.lots.is_empty() && any {
                self.lots.extend(run.range());
            } else if self.lots.is_empty() && self.candidates.may_be(&run.range()) {
                let shelf = self.segment.shelf();
                self.lots.extend(shelf.matching(run.range(), pattern, &self.candidates));
            }
            if !self.lots.is_empty() {
                return Some(*place);
            }
            self.at += 1;
        }
        None
    }

    /// Gives the lots of that part.
    fn take(&mut self, lots: &mut Vec<&'h str>) {
        lots.extend(self.lots.drain(..).map(|nth| self.segment.lot(nth)));
        self.at += 1;
    }

    /// Lots that may match and whose parts the master data does not know.
    fn lots_elsewhere(
        &self,
        pattern: &Pattern,
        any: bool,
        news: &News,
        elsewhere: &mut BTreeSet<String>,
    ) {
        for run in &self.order.elsewhere {
            let named = |(id, code): &(i64, String)| *id == run.part && pattern.matches(code);
            let name = |nth| self.segment.lot(nth).to_owned();
            if any || news.parts.iter().any(named) {
                elsewhere.extend(run.range().map(name));
            } else {
                let shelf = self.segment.shelf();
                elsewhere.extend(shelf.matching(run.range(), pattern, &self.candidates).map(name));
            }
        }
    }
}

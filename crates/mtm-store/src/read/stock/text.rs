//! Stock found by words: led by the index of texts, part by part in the order of the page.
//!
//! The index says which lots may match; their buckets are fetched some at a time and looked at, and
//! as soon as the page is full, nothing further is. Where a part itself matches, all of its lots
//! may; where locations match, all lots that stand there may. What the index does not know yet is
//! looked at last: it may belong anywhere on the page.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::super::Reader;
use super::super::dialect::{id_list, word_list};
use super::super::text::{News, Search};
use super::page::Smallest;
use super::selection::{FEW_LOCATIONS, Selection};
use super::source::{Found, LISTED, STANDING};
use crate::query::{Pattern, ReadError};
use crate::sql::params;
use crate::texts::{Candidates, MasterTexts, Segment};

/// Lots fetched at a time: at first, and at most.
const FIRST: usize = 64;
const MOST: usize = 512;

/// A part of more lots is walked by its own index instead.
const MANY_LOTS: usize = 256;

/// Texts that are looked at before the first row is fetched, at most; where there may be more, they
/// are looked at part by part, as far as the page needs.
const AHEAD: usize = 2_000;

/// What may match, before the database is asked.
struct Hits<'h> {
    pattern: &'h Pattern,
    /// Lots as they were gathered, and where among them matches can be.
    segments: Vec<(&'h Segment, Candidates)>,
    masters: &'h MasterTexts,
    /// Where among parts matches can be.
    candidates: Candidates,
    /// Places of the parts that match themselves; `None` where each is looked at when it is met.
    parts: Option<HashSet<usize>>,
    /// The lots that match, by the place of their part; `None` likewise.
    lots: Option<HashMap<usize, Vec<&'h str>>>,
    /// The lots that stand where the location matches; `None` where that may be any.
    standing: Option<HashMap<usize, Vec<String>>>,
    /// Lots that belong to no known place.
    elsewhere: HashSet<String>,
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
        let mut hits = self.hits(pattern, search, &masters, &news)?;
        let from = found.after().map(|key| key.part.clone());
        let mut batch: Vec<String> = Vec::new();
        let mut size = FIRST;
        for place in hits.places() {
            let (code, part) = &masters.codes()[place];
            if from.as_ref().is_some_and(|from| code < from) || !selection.admits_part(*part)? {
                continue;
            }
            let lots = hits.lots_at(place, *part);
            if lots.len() > MANY_LOTS {
                self.offer_lots(&std::mem::take(&mut batch), selection, found)?;
                if !found.is_full() {
                    let after = found.after().filter(|key| key.part == *code).cloned();
                    self.walk_part(*part, after.as_ref(), selection, found)?;
                }
            } else {
                batch.extend(lots.into_iter().map(str::to_owned));
                if batch.len() < size {
                    continue;
                }
                self.offer_lots(&std::mem::take(&mut batch), selection, found)?;
                size = (size * 2).min(MOST);
            }
            if found.is_full() {
                break;
            }
        }
        self.offer_lots(&batch, selection, found)?;
        hits.elsewhere.extend(news.lots);
        let elsewhere: Vec<String> = hits.elsewhere.into_iter().collect();
        for some in elsewhere.chunks(MOST) {
            self.offer_lots(some, selection, found)?;
        }
        Ok(true)
    }

    fn hits<'h>(
        &self,
        pattern: &'h Pattern,
        search: &'h Search,
        masters: &'h MasterTexts,
        news: &News,
    ) -> Result<Hits<'h>, ReadError> {
        let mut elsewhere = HashSet::new();
        let candidates = masters.parts.candidates(pattern);
        let parts = (masters.parts.effort(&candidates) <= AHEAD)
            .then(|| masters.parts.matching(pattern, &candidates).collect());
        let segments: Vec<(&Segment, Candidates)> = search
            .lots
            .segments()
            .iter()
            .map(|segment| (&**segment, segment.shelf().candidates(pattern)))
            .collect();
        let effort: usize =
            segments.iter().map(|(segment, some)| segment.shelf().effort(some)).sum();
        let lots = (effort <= AHEAD).then(|| {
            let mut lots: HashMap<usize, Vec<&str>> = HashMap::new();
            for (segment, candidates) in &segments {
                for nth in segment.shelf().matching(pattern, candidates) {
                    match masters.place(segment.part(nth)) {
                        Some(place) => lots.entry(place).or_default().push(segment.lot(nth)),
                        None => drop(elsewhere.insert(segment.lot(nth).to_owned())),
                    }
                }
            }
            lots
        });
        // Parts that the catalogue does not know have no place: where they match, or any lot of
        // theirs may, all of their lots are looked at.
        for (part, code) in &news.parts {
            if lots.is_none() || pattern.matches(code) {
                for segment in search.lots.segments() {
                    elsewhere.extend(segment.of_part(*part).map(|nth| segment.lot(nth).to_owned()));
                }
            }
        }
        let standing = self.standing(pattern, masters, news, &mut elsewhere)?;
        Ok(Hits { pattern, segments, masters, candidates, parts, lots, standing, elsewhere })
    }

    /// The lots that stand where the location matches; `None` where these are many locations.
    fn standing(
        &self,
        pattern: &Pattern,
        masters: &MasterTexts,
        news: &News,
        elsewhere: &mut HashSet<String>,
    ) -> Result<Option<HashMap<usize, Vec<String>>>, ReadError> {
        let candidates = masters.locations.candidates(pattern);
        let known = masters.locations.matching(pattern, &candidates);
        let mut ids: Vec<i64> =
            known.take(FEW_LOCATIONS + 1).map(|nth| masters.location(nth)).collect();
        if ids.len() > FEW_LOCATIONS {
            return Ok(None);
        }
        let new = news.locations.iter().filter(|(_, code)| pattern.matches(code));
        ids.extend(new.map(|(id, _)| *id));
        let mut standing: HashMap<usize, Vec<String>> = HashMap::new();
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
        lots: &[String],
        selection: &Selection<'_>,
        found: &mut Smallest,
    ) -> Result<(), ReadError> {
        if lots.is_empty() {
            return Ok(());
        }
        let mut statement = self.connection.prepare_cached(LISTED.on(&self.connection))?;
        let mut rows = statement.query(params![word_list(lots.iter().map(String::as_str))])?;
        while let Some(row) = rows.next()? {
            let row = Found::of(&row, true)?;
            if selection.admits(&row)? {
                found.offer(row.kept(self)?);
            }
        }
        Ok(())
    }
}

impl Hits<'_> {
    /// The places of the parts to be looked at, in order.
    fn places(&self) -> Vec<usize> {
        let (Some(parts), Some(lots), Some(standing)) = (&self.parts, &self.lots, &self.standing)
        else {
            return (0..self.masters.codes().len()).collect();
        };
        let mut places: Vec<usize> =
            parts.iter().chain(lots.keys()).chain(standing.keys()).copied().collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The lots to be looked at of the part of row `part`, which stands at `place`; each once.
    fn lots_at(&self, place: usize, part: i64) -> Vec<&str> {
        let by_part = match &self.parts {
            Some(parts) => parts.contains(&place),
            None => self.masters.parts.matches(place, self.pattern, &self.candidates),
        };
        let mut lots = Vec::new();
        match &self.lots {
            Some(known) if !by_part && self.standing.is_some() => {
                lots.extend(known.get(&place).into_iter().flatten().copied());
            }
            _ => {
                let all = by_part || self.standing.is_none();
                for (segment, candidates) in &self.segments {
                    let shelf = segment.shelf();
                    let some = segment.of_part(part);
                    let some =
                        some.filter(|nth| all || shelf.matches(*nth, self.pattern, candidates));
                    lots.extend(some.map(|nth| segment.lot(nth)));
                }
            }
        }
        let standing = self.standing.as_ref().and_then(|standing| standing.get(&place));
        lots.extend(standing.into_iter().flatten().map(String::as_str));
        lots.sort_unstable();
        lots.dedup();
        lots
    }
}

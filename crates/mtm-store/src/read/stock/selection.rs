//! The filters of a stock query with every code resolved, and where their matches are read from.

use std::cell::RefCell;
use std::collections::HashMap;

use mtm_core::word::{PartCode, PartId, Quantity, Timestamp, fold};

use super::super::Reader;
use super::super::code::{Ids, lot_pattern, work_order_pattern};
use super::source::{Found, Source};
use crate::query::{Pattern, ReadError, StockQuery};

/// So many locations are still looked up one by one.
pub(super) const FEW_LOCATIONS: usize = 300;
/// So many parts are still looked up one by one.
const FEW_PARTS: usize = 50;

/// Which parts.
pub(super) enum Parts {
    /// Any.
    All,
    /// Those whose number begins as the pattern does, if they match it.
    Like(Pattern, (String, String)),
    /// These, in the order of their numbers.
    Named(Vec<(PartCode, i64)>),
}

/// What a query selects.
pub(super) struct Selection<'q> {
    reader: &'q Reader<'q>,
    pub(super) parts: Parts,
    pub(super) operations: Option<Ids>,
    pub(super) locations: Option<Ids>,
    lot: Option<Pattern>,
    item_type: Option<Pattern>,
    colors: Option<Ids>,
    work_order: Option<Pattern>,
    text: Option<Pattern>,
    least: i64,
    most: i64,
    received_before: i64,
    /// What was found out about parts, locations and item types: each is asked about once.
    part_names: RefCell<HashMap<i64, bool>>,
    part_texts: RefCell<HashMap<i64, bool>>,
    location_texts: RefCell<HashMap<i64, bool>>,
    item_types: RefCell<HashMap<(Option<i64>, i64), bool>>,
}

impl<'q> Selection<'q> {
    pub(super) fn new(reader: &'q Reader<'q>, query: &StockQuery) -> Result<Self, ReadError> {
        let parts = match &query.part {
            None => Parts::All,
            Some(pattern @ Pattern::Wildcard(_)) if pattern.range().is_some() => {
                let range = pattern.range().unwrap_or_default();
                Parts::Like(pattern.clone(), range)
            }
            Some(pattern) => Parts::Named(reader.parts(pattern)?),
        };
        let operations = query.operation.as_ref().map(|operation| reader.operations(operation));
        let mut locations = match &query.location {
            Some(pattern) => Some(reader.locations(pattern)?),
            None => None,
        };
        if let Some(building) = &query.building {
            let inside = reader.locations_in(building);
            locations = Some(match locations {
                Some(named) => named.intersection(&inside).copied().collect(),
                None => inside,
            });
        }
        Ok(Self {
            reader,
            parts,
            operations: operations.transpose()?,
            locations,
            lot: query.lot.as_ref().map(lot_pattern),
            item_type: query.item_type.clone(),
            colors: query.color_code.as_ref().map(|color| reader.colors(color)),
            work_order: query.work_order.as_ref().map(work_order_pattern),
            text: query.text.clone(),
            least: query.min_quantity.map_or(0, Quantity::units),
            most: query.max_quantity.map_or(i64::MAX, Quantity::units),
            received_before: query.received_before.map_or(i64::MAX, Timestamp::micros),
            part_names: RefCell::default(),
            part_texts: RefCell::default(),
            location_texts: RefCell::default(),
            item_types: RefCell::default(),
        })
    }

    /// Whether there is no filter at all.
    pub(super) fn is_everything(&self) -> bool {
        matches!(self.parts, Parts::All)
            && self.operations.is_none()
            && self.locations.is_none()
            && self.lot.is_none()
            && !self.looks_past_places()
    }

    /// Whether a filter looks at what only the lot's own row tells.
    pub(super) fn looks_at_lots(&self) -> bool {
        self.item_type.is_some()
            || self.colors.is_some()
            || self.work_order.is_some()
            || self.text.is_some()
    }

    /// Whether a filter looks at anything besides part, place and lot number.
    fn looks_past_places(&self) -> bool {
        self.looks_at_lots()
            || self.least > 0
            || self.most < i64::MAX
            || self.received_before < i64::MAX
    }

    /// The only lot that can match, as a range.
    pub(super) fn one_lot(&self) -> Option<(String, String)> {
        self.lot.as_ref().filter(|lot| matches!(lot, Pattern::Exact(_)))?.range()
    }

    /// Whether only few parts can match, and they are known.
    pub(super) fn names_few_parts(&self) -> bool {
        matches!(&self.parts, Parts::Named(parts) if parts.len() <= FEW_PARTS)
    }

    /// The parts that can match, where they are few and known.
    pub(super) fn few_parts(&self) -> Option<Vec<i64>> {
        match &self.parts {
            Parts::Named(parts) if parts.len() <= FEW_PARTS => {
                Some(parts.iter().map(|(_, id)| *id).collect())
            }
            _ => None,
        }
    }

    /// Where to gather the matches from before sorting them; `None` where a walk in order meets
    /// them soon enough.
    pub(super) fn narrow_source(&self) -> Option<Source> {
        if let Some((from, to)) = self.lot.as_ref().and_then(Pattern::range) {
            return Some(Source::Lots(from, to));
        }
        if let Some((from, to)) = self.work_order.as_ref().and_then(Pattern::range) {
            return Some(Source::WorkOrders(from, to));
        }
        if !matches!(self.parts, Parts::All) {
            // A walk over some parts is short, and stays so with every further filter.
            return self.at_few_locations().filter(|_| !matches!(self.parts, Parts::Named(_)));
        }
        self.at_few_locations().or_else(|| {
            (self.looks_past_places() || self.lot.is_some()).then_some(Source::Everything)
        })
    }

    /// Where to read every match from, however many there are.
    pub(super) fn widest_source(&self) -> Source {
        match self.narrow_source() {
            Some(source) => source,
            None => match &self.parts {
                Parts::Named(parts) => Source::Parts(parts.iter().map(|(_, id)| *id).collect()),
                Parts::All | Parts::Like(..) => Source::Everything,
            },
        }
    }

    /// The locations that can match, where they are few.
    pub(super) fn few_locations(&self) -> Option<Vec<i64>> {
        let ids = self.locations.as_ref().filter(|ids| ids.len() <= FEW_LOCATIONS)?;
        Some(ids.iter().copied().collect())
    }

    fn at_few_locations(&self) -> Option<Source> {
        self.few_locations().map(Source::Locations)
    }

    /// Whether an operation can match.
    pub(super) fn admits_operation(&self, id: i64) -> bool {
        self.operations.as_ref().is_none_or(|ids| ids.contains(&id))
    }

    /// Whether a location can match.
    pub(super) fn admits_location(&self, id: i64) -> bool {
        self.locations.as_ref().is_none_or(|ids| ids.contains(&id))
    }

    /// Whether a bucket matches.
    pub(super) fn admits(&self, row: &Found<'_>) -> Result<bool, ReadError> {
        let matches = |pattern: &Option<Pattern>, text: Option<&str>| match (pattern, text) {
            (None, _) => true,
            (Some(pattern), Some(text)) => pattern.matches(text),
            (Some(_), None) => false,
        };
        Ok(self.admits_operation(row.operation)
            && self.admits_location(row.location)
            && row.units >= self.least
            && row.units <= self.most
            && row.received_at < self.received_before
            && matches(&self.lot, Some(row.lot))
            && matches(&self.work_order, row.carried.work_order)
            && self.admits_color(row.carried.color)
            && self.admits_part(row.part)?
            && self.admits_item_type(row.carried.item_type, row.part)?
            && self.admits_text(row)?)
    }

    fn admits_color(&self, color: Option<i64>) -> bool {
        match (&self.colors, color) {
            (None, _) => true,
            (Some(ids), Some(color)) => ids.contains(&color),
            (Some(_), None) => false,
        }
    }

    /// Whether a part can match.
    pub(super) fn admits_part(&self, id: i64) -> Result<bool, ReadError> {
        if let Parts::All = self.parts {
            return Ok(true);
        }
        once(&self.part_names, id, || match &self.parts {
            Parts::All => Ok(true),
            Parts::Named(parts) => {
                let code = self.reader.part_code(id)?;
                let first = parts.partition_point(|(part, _)| *part < code);
                Ok(parts[first..]
                    .iter()
                    .take_while(|(part, _)| *part == code)
                    .any(|(_, row)| *row == id))
            }
            Parts::Like(pattern, _) => Ok(pattern.matches(self.reader.part_code(id)?.as_str())),
        })
    }

    fn admits_item_type(&self, id: Option<i64>, part: i64) -> Result<bool, ReadError> {
        let Some(pattern) = &self.item_type else { return Ok(true) };
        let part = if id.is_some() { 0 } else { part };
        once(&self.item_types, (id, part), || {
            let kind = self.reader.item_type(id, part)?;
            Ok(kind.is_some_and(|kind| pattern.matches(&fold(kind.as_str()))))
        })
    }

    fn admits_text(&self, row: &Found<'_>) -> Result<bool, ReadError> {
        let Some(pattern) = &self.text else { return Ok(true) };
        Ok(pattern.matches(row.lot)
            || row.carried.work_order.is_some_and(|order| pattern.matches(order))
            || row.carried.notes.is_some_and(|notes| pattern.matches(&fold(notes)))
            || once(&self.part_texts, row.part, || {
                let known = self.reader.catalogue.part_by_id(PartId(row.part));
                let described = known.and_then(|part| part.header.description.as_deref());
                Ok(pattern.matches(self.reader.part_code(row.part)?.as_str())
                    || described.is_some_and(|text| pattern.matches(&fold(text))))
            })?
            || once(&self.location_texts, row.location, || {
                Ok(pattern.matches(self.reader.location_code(row.location)?.as_str()))
            })?)
    }
}

/// What `find` says about `key`, asked only once.
fn once<K: std::hash::Hash + Eq>(
    known: &RefCell<HashMap<K, bool>>,
    key: K,
    find: impl FnOnce() -> Result<bool, ReadError>,
) -> Result<bool, ReadError> {
    if let Some(answer) = known.borrow().get(&key) {
        return Ok(*answer);
    }
    let answer = find()?;
    known.borrow_mut().insert(key, answer);
    Ok(answer)
}

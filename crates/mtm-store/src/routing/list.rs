//! Lists of routings, out of memory.

use std::collections::BinaryHeap;

use mtm_core::catalogue::{Catalogue, PartRecord, Routing, RoutingVersion};
use mtm_core::word::{OperationCode, OperationId, PartCode, PartId, Timestamp, fold};
use serde::Serialize;

use super::row::RoutingStepRow;
use crate::query::{Cursor, Page, PageRequest, Pattern, ReadError, stamp};

/// Which routings, by what they are worth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RoutingState {
    /// Those in force and those that begin later.
    #[default]
    Active,
    /// Those that ended.
    Retired,
    /// All.
    All,
}

/// What a list is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct RoutingQuery {
    /// In the part's number or description.
    pub q: Option<Pattern>,
    /// Only routings that go through this operation.
    pub operation: Option<OperationCode>,
    /// Which, by what they are worth now.
    pub state: RoutingState,
    /// Which page.
    pub page: PageRequest,
}

/// A part's routing in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoutingLine {
    /// The part.
    pub part: PartCode,
    /// What people call it besides its number.
    pub description: Option<String>,
    /// The version in force; where none is, the one that begins next, or the one that ended it.
    pub version: u32,
    /// From when on that one holds.
    pub effective_from: Timestamp,
    /// Whether it holds now.
    pub in_force: bool,
    /// Whether the routing ended.
    pub retired: bool,
    /// When the next version begins, where one is planned.
    pub next_from: Option<Timestamp>,
    /// The operations in their order.
    pub steps: Vec<RoutingStepRow>,
}

/// A page in order of the parts' numbers.
pub fn page(
    catalogue: &Catalogue,
    now: Timestamp,
    query: &RoutingQuery,
) -> Result<Page<RoutingLine>, ReadError> {
    let stamp = stamp("routings", &(&query.q, &query.operation, query.state));
    let after = match &query.page.cursor {
        Some(cursor) => Some(cursor.fields::<1>(&stamp)?[0]),
        None => None,
    };
    let through = match &query.operation {
        None => None,
        Some(code) => {
            let Some(operation) = catalogue.operation(code) else {
                // Nothing goes through what is not there.
                let total = query.page.count.then_some(0);
                return Ok(Page { items: Vec::new(), next_cursor: None, total });
            };
            Some(operation.row)
        }
    };
    let wanted = usize::from(query.page.limit) + 1;
    let mut total = 0;
    // The smallest numbers behind the cursor, no more than the page has.
    let mut first: BinaryHeap<(String, PartId)> = BinaryHeap::with_capacity(wanted + 1);
    for (part, routing) in catalogue.routings.iter() {
        let Some(record) = catalogue.part_by_id(part) else { continue };
        if !admits(query, through, record, routing, now) {
            continue;
        }
        total += 1;
        let label = fold(record.code.as_str());
        if after.is_some_and(|after| label.as_str() <= after) {
            continue;
        }
        first.push((label, part));
        if first.len() > wanted {
            first.pop();
        }
    }
    let mut first = first.into_sorted_vec();
    let more = first.len() == wanted;
    first.truncate(usize::from(query.page.limit));
    let last = first.last().filter(|_| more);
    let next_cursor = last.map(|(label, _)| Cursor::of(&stamp, [label.clone()]).encode());
    let items = first.iter().filter_map(|(_, part)| line(catalogue, *part, now)).collect();
    Ok(Page { items, next_cursor, total: query.page.count.then_some(total) })
}

/// A part's routing in one line; `None` where it never had one.
pub fn line(catalogue: &Catalogue, part: PartId, now: Timestamp) -> Option<RoutingLine> {
    let record = catalogue.part_by_id(part)?;
    let routing = catalogue.routings.of(part)?;
    let (shown, in_force) = shown(routing, now)?;
    let later = routing.versions().iter().map(|version| version.effective_from);
    Some(RoutingLine {
        part: record.code.clone(),
        description: record.header.description.clone(),
        version: shown.number,
        effective_from: shown.effective_from,
        in_force,
        retired: shown.ends(),
        next_from: later.filter(|from| *from > now && *from != shown.effective_from).min(),
        steps: shown.steps.iter().filter_map(|it| RoutingStepRow::of(catalogue, it)).collect(),
    })
}

/// The version a line shows, and whether it holds now.
fn shown(routing: &Routing, now: Timestamp) -> Option<(&RoutingVersion, bool)> {
    let held = routing.at(now);
    if let Some(version) = held.filter(|version| !version.ends()) {
        return Some((version, true));
    }
    let planned = routing.versions().iter().filter(|it| it.effective_from > now && !it.ends());
    let next = planned.min_by_key(|version| version.effective_from);
    next.or(held).or(routing.newest()).map(|version| (version, false))
}

fn admits(
    query: &RoutingQuery,
    through: Option<OperationId>,
    part: &PartRecord,
    routing: &Routing,
    now: Timestamp,
) -> bool {
    let Some((shown, _)) = shown(routing, now) else { return false };
    let state = match query.state {
        RoutingState::Active => !shown.ends(),
        RoutingState::Retired => shown.ends(),
        RoutingState::All => true,
    };
    let passes = through.is_none_or(|operation| shown.step(operation).is_some());
    state
        && passes
        && query.q.as_ref().is_none_or(|pattern| {
            let described = part.header.description.as_deref().map(fold);
            pattern.matches(&fold(part.code.as_str()))
                || described.is_some_and(|text| pattern.matches(&text))
        })
}

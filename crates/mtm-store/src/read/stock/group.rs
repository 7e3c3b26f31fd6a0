//! Sums of stock by any columns.
//!
//! Sums over one part after the other need no more than a part's rows at a time and stop with the
//! page; every other sum reads all matching buckets once and keeps one total per group.

use std::collections::{HashMap, HashSet};

use super::super::{Reader, names};
use super::page::UNIT;
use super::selection::Selection;
use super::source::{Found, Source};
use crate::query::{GroupBy, ReadError, StockGroup};

/// A sum on its way to the page.
pub(super) struct Group {
    /// The words of its columns, in the order asked for; the order of the page.
    pub(super) key: Vec<String>,
    ids: Ids,
    units: i64,
    lots: u64,
}

/// The columns of a group; 0 and `None` where it is not grouped by them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Ids {
    part: i64,
    operation: i64,
    location: i64,
    building: Option<Box<str>>,
    lot: Option<Box<str>>,
}

#[derive(Default)]
struct Sum {
    units: i64,
    lots: Lots,
}

/// How many lots there are, counted as they come.
#[derive(Default)]
struct Lots {
    count: u64,
    /// The last one, where all rows of a lot come one after the other.
    last: String,
    /// All, where they do not.
    met: HashSet<Box<str>>,
}

impl Lots {
    fn meet(&mut self, lot: &str, in_order: bool) {
        let known = if in_order { self.last == lot } else { self.met.contains(lot) };
        if known {
            return;
        }
        self.count += 1;
        if in_order {
            self.last.clear();
            self.last.push_str(lot);
        } else {
            self.met.insert(lot.into());
        }
    }
}

impl Reader<'_> {
    /// All groups of what `source` gives, sorted.
    pub(super) fn groups_of(
        &self,
        source: &Source,
        selection: &Selection<'_>,
        by: &[GroupBy],
    ) -> Result<Vec<Group>, ReadError> {
        let mut sums: HashMap<Ids, Sum> = HashMap::new();
        let in_order = source.is_by_lot();
        self.visit(source, selection, false, &mut |row| {
            let sum = sums.entry(self.group_ids(row, by)).or_default();
            sum.units += row.units;
            sum.lots.meet(row.lot, in_order);
            Ok(true)
        })?;
        let groups: Result<Vec<_>, ReadError> = sums
            .into_iter()
            .map(|(ids, sum)| {
                let key = self.group_key(&ids, by)?;
                Ok(Group { key, ids, units: sum.units, lots: sum.lots.count })
            })
            .collect();
        let mut groups = groups?;
        groups.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(groups)
    }

    /// The first `wanted` groups after `after`, where parts come first in `by`.
    pub(super) fn groups_part_by_part(
        &self,
        selection: &Selection<'_>,
        by: &[GroupBy],
        after: Option<&[String]>,
        wanted: usize,
    ) -> Result<Vec<Group>, ReadError> {
        let mut groups = Vec::new();
        let from = after.and_then(|key| key.first()).map(String::as_str);
        self.each_part(selection, from, &mut |id| {
            let of_part = self.groups_of(&Source::Parts(vec![id]), selection, by)?;
            let later = |group: &Group| after.is_none_or(|after| *group.key > *after);
            groups.extend(of_part.into_iter().filter(later));
            Ok(groups.len() < wanted)
        })?;
        Ok(groups)
    }

    fn group_ids(&self, row: &Found<'_>, by: &[GroupBy]) -> Ids {
        let mut ids = Ids::default();
        for column in by {
            match column {
                GroupBy::Part => ids.part = row.part,
                GroupBy::Operation => ids.operation = row.operation,
                GroupBy::Location => ids.location = row.location,
                GroupBy::Lot => ids.lot = Some(row.lot.into()),
                GroupBy::Building => {
                    ids.building = Some(self.building(row.location).unwrap_or("").into());
                }
            }
        }
        ids
    }

    fn group_key(&self, ids: &Ids, by: &[GroupBy]) -> Result<Vec<String>, ReadError> {
        by.iter()
            .map(|column| {
                Ok(match column {
                    GroupBy::Part => self.part_code(ids.part)?.to_string(),
                    GroupBy::Operation => self.operation_code(ids.operation)?.to_string(),
                    GroupBy::Location => self.location_code(ids.location)?.to_string(),
                    GroupBy::Lot => ids.lot.as_deref().unwrap_or_default().to_owned(),
                    GroupBy::Building => ids.building.as_deref().unwrap_or_default().to_owned(),
                })
            })
            .collect()
    }
}

impl Group {
    pub(super) fn into_row(self, reader: &Reader<'_>) -> Result<StockGroup, ReadError> {
        let id = |id: i64| (id != 0).then_some(id);
        Ok(StockGroup {
            part: id(self.ids.part).map(|id| reader.part_code(id)).transpose()?,
            operation: id(self.ids.operation).map(|id| reader.operation_code(id)).transpose()?,
            location: id(self.ids.location).map(|id| reader.location_code(id)).transpose()?,
            lot: self.ids.lot.as_deref().map(names::lot).transpose()?,
            building: self.ids.building.map(Into::into),
            quantity: names::quantity(self.units)?,
            unit: UNIT,
            lots: self.lots,
        })
    }
}

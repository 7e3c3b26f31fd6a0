//! From filters on codes to sets of row ids.

use std::collections::HashSet;

use mtm_core::word::{LotNumber, PartCode, WorkOrder, fold};

use super::Reader;
use crate::query::{Pattern, ReadError};
use crate::sql::{OptionalExtension, params};

/// A set of row ids.
pub(super) type Ids = HashSet<i64>;

impl Reader<'_> {
    /// The parts that match, in the order of their numbers. A former number finds its part.
    pub(super) fn parts(&self, pattern: &Pattern) -> Result<Vec<(PartCode, i64)>, ReadError> {
        let mut parts = match pattern {
            Pattern::Exact(text) => {
                let known = self.catalogue.parts.by_folded(text).map(|part| part.row.0);
                let id = match known {
                    Some(id) => Some(id),
                    None => self.row_of("SELECT id FROM part WHERE folded = ?1", text)?,
                };
                id.map(|id| Ok((self.part_code(id)?, id)))
                    .into_iter()
                    .collect::<Result<Vec<_>, ReadError>>()?
            }
            Pattern::Wildcard(_) => self
                .catalogue
                .parts
                .iter()
                .filter(|part| pattern.matches(part.code.as_str()))
                .map(|part| (part.code.clone(), part.row.0))
                .collect(),
        };
        parts.sort_unstable();
        Ok(parts)
    }

    /// The operations that match.
    pub(super) fn operations(&self, pattern: &Pattern) -> Result<Ids, ReadError> {
        if let Pattern::Exact(text) = pattern {
            let known = self.catalogue.operations.by_folded(text).map(|found| found.row.0);
            return self.one(known, "SELECT id FROM operation WHERE folded = ?1", text);
        }
        let all = self.catalogue.operations.iter();
        Ok(all.filter(|row| pattern.matches(row.code.as_str())).map(|row| row.row.0).collect())
    }

    /// The locations that match.
    pub(super) fn locations(&self, pattern: &Pattern) -> Result<Ids, ReadError> {
        if let Pattern::Exact(text) = pattern {
            let known = self.catalogue.locations.by_folded(text).map(|found| found.row.0);
            return self.one(known, "SELECT id FROM location WHERE folded = ?1", text);
        }
        let all = self.catalogue.locations.iter();
        Ok(all.filter(|row| pattern.matches(row.code.as_str())).map(|row| row.row.0).collect())
    }

    /// The locations in the buildings that match.
    pub(super) fn locations_in(&self, building: &Pattern) -> Ids {
        let matches = |name: &Option<String>| {
            name.as_deref().is_some_and(|name| building.matches(&fold(name)))
        };
        let all = self.catalogue.locations.iter();
        all.filter(|row| matches(&row.building)).map(|row| row.row.0).collect()
    }

    /// The colours that match.
    pub(super) fn colors(&self, pattern: &Pattern) -> Ids {
        if let Pattern::Exact(text) = pattern {
            return self.catalogue.colors.by_folded(text).map(|row| row.row).into_iter().collect();
        }
        let all = self.catalogue.colors.iter();
        all.filter(|row| pattern.matches(&fold(row.code.as_str()))).map(|row| row.row).collect()
    }

    /// The users whose login name matches, among all there are: a plant has hundreds at most.
    pub(super) fn users_like(&self, pattern: &Pattern) -> Result<Ids, ReadError> {
        let mut statement = self.connection.prepare_cached("SELECT id, folded FROM user")?;
        let mut rows = statement.query(&[])?;
        let mut users = Ids::new();
        while let Some(row) = rows.next()? {
            if pattern.matches(row.text(1)?) {
                users.insert(row.get(0)?);
            }
        }
        Ok(users)
    }

    fn one(&self, known: Option<i64>, sql: &str, folded: &str) -> Result<Ids, ReadError> {
        let id = match known {
            Some(id) => Some(id),
            None => self.row_of(sql, folded)?,
        };
        Ok(id.into_iter().collect())
    }

    /// The row of a code that the catalogue does not know: another process may have made it.
    fn row_of(&self, sql: &str, folded: &str) -> Result<Option<i64>, ReadError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params![folded], |row| row.get(0)).optional()?)
    }
}

/// A filter on lots, with short digits completed as on a label.
pub(super) fn lot_pattern(pattern: &Pattern) -> Pattern {
    pattern.completed(|text| LotNumber::parse(text).ok().map(|lot| lot.to_string()))
}

/// A filter on work orders, with digits alone completed.
pub(super) fn work_order_pattern(pattern: &Pattern) -> Pattern {
    pattern.completed(|text| WorkOrder::parse(text).ok().map(|order| order.to_string()))
}

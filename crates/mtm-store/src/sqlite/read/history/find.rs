//! Finding the sequences of a page.

use rusqlite::{ToSql, params};

use super::super::Reader;
use super::filter::{Driver, Filter, Texts};
use super::statement::{self, Finder};
use super::{Finding, STRETCH};
use crate::query::{ReadError, SortOrder};

impl Reader<'_> {
    /// The first `wanted` matches of `filter` in order.
    pub(super) fn find(
        &self,
        filter: &Filter,
        sort: SortOrder,
        wanted: usize,
    ) -> Result<Finding, ReadError> {
        let everything = (filter.low, filter.high);
        match &filter.driver {
            Driver::Range(finder, first, last) => {
                let mut keys: Vec<&dyn ToSql> = vec![first];
                keys.extend(last.as_ref().map(|last| -> &dyn ToSql { last }));
                let sequences = self.run(*finder, filter, sort, everything, &keys, wanted)?;
                Ok(Finding { sequences, examined: None })
            }
            Driver::Parts(parts) => {
                let mut sequences = Vec::new();
                for part in parts {
                    let of_part =
                        self.run(statement::OF_PART, filter, sort, everything, &[part], wanted)?;
                    sequences.extend(of_part);
                }
                match sort {
                    SortOrder::Newest => sequences.sort_unstable_by(|a, b| b.cmp(a)),
                    SortOrder::Oldest => sequences.sort_unstable(),
                }
                sequences.truncate(wanted);
                Ok(Finding { sequences, examined: None })
            }
            Driver::Walk => {
                let (stretch, end) = match sort {
                    SortOrder::Newest => {
                        let low = filter.low.max(filter.high.saturating_sub(STRETCH - 1));
                        ((low, filter.high), (low > filter.low).then_some(low))
                    }
                    SortOrder::Oldest => {
                        let high = filter.high.min(filter.low.saturating_add(STRETCH - 1));
                        ((filter.low, high), (high < filter.high).then_some(high))
                    }
                };
                let sequences = self.run(statement::WALK, filter, sort, stretch, &[], wanted)?;
                Ok(Finding { sequences, examined: end })
            }
        }
    }

    fn run(
        &self,
        finder: Finder,
        filter: &Filter,
        sort: SortOrder,
        (low, high): (i64, i64),
        keys: &[&dyn ToSql],
        wanted: usize,
    ) -> Result<Vec<i64>, ReadError> {
        let sql = match sort {
            SortOrder::Newest => finder.newest,
            SortOrder::Oldest => finder.oldest,
        };
        let mut parameters: Vec<&dyn ToSql> = params![
            low,
            high,
            filter.kinds,
            filter.users,
            filter.operations,
            filter.locations,
            filter.parts,
            filter.reversed,
            filter.import
        ]
        .to_vec();
        parameters.extend_from_slice(keys);
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(&*parameters)?;
        let mut sequences = Vec::new();
        while let Some(row) = rows.next()? {
            let texts = Texts {
                lot: row.get_ref(1)?.as_str()?,
                to_lot: row.get_ref(2)?.as_str_or_null()?,
                station: row.get_ref(3)?.as_str_or_null()?,
                notes: row.get_ref(4)?.as_str_or_null()?,
            };
            if filter.admits(self, &texts)? {
                sequences.push(row.get(0)?);
                if sequences.len() == wanted {
                    break;
                }
            }
        }
        Ok(sequences)
    }
}

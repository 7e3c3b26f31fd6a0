//! Finding the sequences of a page.

use mtm_core::word::SessionId;

use super::super::{Reader, chunk};
use super::filter::{Driver, Filter, Texts};
use super::statement::{self, Finder};
use super::{Finding, STRETCH};
use crate::query::{ReadError, SortOrder};
use crate::sql::{Bind, Error, Row, Value, optional_uuid, params};

/// Rows of a chunk: of the first at least, where some may not match, and of any at most.
const FIRST: i64 = 200;
const MOST: i64 = 5_000;

impl Reader<'_> {
    /// The first `wanted` matches of `filter` in order.
    pub(super) fn find(
        &self,
        filter: &Filter,
        sort: SortOrder,
        wanted: usize,
    ) -> Result<Finding, ReadError> {
        let everything = (filter.low, filter.high);
        if filter.is_everything() {
            return Ok(Finding { sequences: along(everything, sort, wanted), examined: None });
        }
        match &filter.driver {
            Driver::Range(finder, first, last) => {
                let mut keys = vec![first.bind()];
                keys.extend(last.as_ref().map(Bind::bind));
                let sequences = self.run(*finder, filter, sort, everything, &keys, wanted)?;
                Ok(Finding { sequences, examined: None })
            }
            Driver::Parts(parts) => {
                let mut sequences = Vec::new();
                for part in parts {
                    let of_part = self.run(
                        statement::OF_PART,
                        filter,
                        sort,
                        everything,
                        params![part],
                        wanted,
                    )?;
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
        (mut low, mut high): (i64, i64),
        keys: &[Value<'_>],
        wanted: usize,
    ) -> Result<Vec<i64>, ReadError> {
        let conditions = filter.conditions();
        let sql = finder.on(&self.connection, &conditions, sort);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut sequences = Vec::new();
        let wanted_rows = i64::try_from(wanted).unwrap_or(i64::MAX);
        // Where every row counts, none is read in vain.
        let first = if filter.looks_at_texts() { wanted_rows.max(FIRST) } else { wanted_rows };
        for limit in chunk::growing(first, MOST) {
            let mut values = filter.values(low, high, limit);
            values.extend(keys.iter().map(Bind::bind));
            let mut rows = statement.query(&values)?;
            let mut met = 0;
            while let Some(row) = rows.next()? {
                let sequence = row.get(0)?;
                if filter.admits(&texts(&row)?) {
                    sequences.push(sequence);
                    if sequences.len() == wanted {
                        return Ok(sequences);
                    }
                }
                match sort {
                    SortOrder::Newest => high = sequence - 1,
                    SortOrder::Oldest => low = sequence + 1,
                }
                met += 1;
            }
            if met < limit {
                break;
            }
        }
        Ok(sequences)
    }
}

/// Places in the log, which has no gaps.
fn along((low, high): (i64, i64), sort: SortOrder, wanted: usize) -> Vec<i64> {
    match sort {
        SortOrder::Newest => (low..=high).rev().take(wanted).collect(),
        SortOrder::Oldest => (low..=high).take(wanted).collect(),
    }
}

fn texts<'r>(row: &'r Row<'_>) -> Result<Texts<'r>, Error> {
    Ok(Texts {
        lot: row.text(1)?,
        to_lot: row.optional_text(2)?,
        station: row.optional_text(3)?,
        notes: row.optional_text(4)?,
        shift: row.optional_text(5)?,
        session: optional_uuid(row, 6)?.map(SessionId),
        work_order: row.optional_text(7)?,
        lot_notes: row.optional_text(8)?,
    })
}

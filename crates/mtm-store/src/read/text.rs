//! What the index of free text does not know yet, and how it comes to know it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Reader;
use super::dialect::{Dialects, json_each, json_words, word_list};
use super::stock::everything;
use crate::query::ReadError;
use crate::sql::{Row, params};
use crate::texts::{Draft, Index, LotText, LotTexts, MasterTexts};

/// More news than this, and looking at everything is as quick.
const MOST_NEWS: i64 = 20_000;

/// News taken in by one transaction.
const STEP: i64 = 5_000;

/// Lots of events after `?1`: those of movements, and those whose attributes changed.
macro_rules! told_lots {
    ($limit:expr) => {
        concat!(
            "SELECT o.position, COALESCE(m.lot, o.subject), m.to_lot
             FROM outbox o LEFT JOIN movement m ON m.sequence = o.movement_sequence
             WHERE o.position > ?1 AND (o.movement_sequence IS NOT NULL OR o.type = 'lot.changed')",
            $limit
        )
    };
}

/// Parts and locations that the catalogue does not know.
macro_rules! unknown_masters {
    () => {
        " UNION ALL SELECT -1, folded, CONCAT(id, '') FROM part WHERE id > ?2
          UNION ALL SELECT -2, folded, CONCAT(id, '') FROM location WHERE id > ?3
          LIMIT ?4"
    };
}

/// What is newer than the index, in one question. On a server also what has no place in the log.
pub(super) const NEWS: Dialects = Dialects {
    sqlite: concat!(told_lots!(""), unknown_masters!()),
    mariadb: concat!(
        told_lots!(""),
        " UNION ALL SELECT 0, COALESCE(m.lot, q.subject), m.to_lot
          FROM seal_queue q LEFT JOIN movement m ON m.id = q.movement_id
          WHERE q.id > 0 AND (q.movement_id IS NOT NULL OR q.event_type = 'lot.changed')",
        unknown_masters!()
    ),
};
pub(super) const TOLD: &str = told_lots!(" ORDER BY o.position LIMIT ?2");
pub(super) const LOT_TEXTS: Dialects = Dialects {
    sqlite: concat!(
        "SELECT l.lot, l.part_id, l.work_order, l.notes FROM ",
        json_each!("?1"),
        " AS listed CROSS JOIN lot l ON l.lot = listed.value"
    ),
    mariadb: concat!(
        "SELECT l.lot, l.part_id, l.work_order, l.notes FROM ",
        json_words!("?1"),
        " STRAIGHT_JOIN lot l ON l.lot = listed.value"
    ),
};

/// The index as a question may use it: what was known before its transaction began.
#[derive(Clone)]
pub(crate) struct Search {
    pub(super) lots: Arc<LotTexts>,
    index: Arc<Index>,
}

impl Search {
    /// The index as it is now; nothing where lots were not gathered yet.
    pub(crate) fn of(index: &Arc<Index>) -> Option<Self> {
        Some(Self { lots: index.lots()?, index: Arc::clone(index) })
    }
}

/// What a question looks at besides the index.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) lots: BTreeSet<String>,
    /// Rows and codes.
    pub(super) parts: Vec<(i64, String)>,
    /// Rows and codes.
    pub(super) locations: Vec<(i64, String)>,
}

impl Reader<'_> {
    /// The texts of the master data.
    pub(super) fn master_texts(&self, search: &Search) -> Arc<MasterTexts> {
        search.index.masters(self.catalogue)
    }

    /// What is newer than the index; `None` where that is too much to look at.
    pub(super) fn news(
        &self,
        search: &Search,
        masters: &MasterTexts,
    ) -> Result<Option<News>, ReadError> {
        if self.has_forgotten(&search.lots)? {
            return Ok(None);
        }
        let mut statement = self.connection.prepare_cached(NEWS.on(&self.connection))?;
        let values =
            params![search.lots.upto, masters.newest_part, masters.newest_location, MOST_NEWS + 1];
        let mut rows = statement.query(values)?;
        let (mut news, mut met) = (News::default(), 0);
        while let Some(row) = rows.next()? {
            met += 1;
            let (kind, name): (i64, String) = (row.get(0)?, row.get(1)?);
            let id = |row: &Row<'_>| Ok::<_, ReadError>(row.text(2)?.parse().unwrap_or_default());
            match kind {
                -1 => news.parts.push((id(&row)?, name)),
                -2 => news.locations.push((id(&row)?, name)),
                _ => {
                    news.lots.extend(row.optional_text(2)?.map(str::to_owned));
                    news.lots.insert(name);
                }
            }
        }
        Ok((met <= MOST_NEWS).then_some(news))
    }

    /// Whether the outbox does not tell any more what came after `known`.
    fn has_forgotten(&self, known: &LotTexts) -> Result<bool, ReadError> {
        let next = u64::try_from(known.upto).unwrap_or(0).saturating_add(1);
        Ok(self.oldest_event()?.is_some_and(|oldest| next < oldest))
    }

    /// Gathers every lot with stock.
    pub(super) fn gather_texts(&self) -> Result<LotTexts, ReadError> {
        let upto = self.newest_event()?.unwrap_or(0);
        let mut draft = Draft::default();
        let mut last = String::new();
        everything(self, &mut |row| {
            // The buckets of a lot come one after the other.
            if row.lot != last {
                row.lot.clone_into(&mut last);
                draft.push(LotText {
                    lot: row.lot,
                    part: row.part,
                    work_order: row.carried.work_order,
                    notes: row.carried.notes,
                });
            }
            Ok(true)
        })?;
        Ok(LotTexts::of(&draft, i64::try_from(upto).unwrap_or(i64::MAX)))
    }

    /// What `known` lacks; and whether there is more.
    pub(super) fn next_texts(&self, known: &LotTexts) -> Result<(LotTexts, bool), ReadError> {
        if self.has_forgotten(known)? {
            return Ok((self.gather_texts()?, false));
        }
        let mut lots = BTreeSet::new();
        let mut statement = self.connection.prepare_cached(TOLD)?;
        let mut rows = statement.query(params![known.upto, STEP])?;
        let (mut upto, mut met) = (known.upto, 0);
        while let Some(row) = rows.next()? {
            (upto, met) = (row.get(0)?, met + 1);
            lots.insert(row.get::<String>(1)?);
            lots.extend(row.optional_text(2)?.map(str::to_owned));
        }
        drop(rows);
        let mut draft = Draft::default();
        let listed = word_list(lots.iter().map(String::as_str));
        let mut statement = self.connection.prepare_cached(LOT_TEXTS.on(&self.connection))?;
        let mut rows = statement.query(params![listed])?;
        while let Some(row) = rows.next()? {
            draft.push(LotText {
                lot: row.text(0)?,
                part: row.get(1)?,
                work_order: row.optional_text(2)?,
                notes: row.optional_text(3)?,
            });
        }
        Ok((known.with(&draft, upto), met == STEP))
    }
}

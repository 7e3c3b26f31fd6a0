//! The lineage of a lot, read from the log: movements whose two ends are different lots.
//!
//! Pieces of a lot are alike, so whatever was in a lot when pieces left it may be among them. A lot that
//! something became part of only afterwards is no ancestor: the walk back goes from each link to earlier
//! ones only, the walk forth to later ones. So it ends, also where lots were parted and put together
//! again, and says as much as is known and no more.

use std::collections::{HashMap, HashSet, VecDeque};

use mtm_core::word::LotNumber;

use super::dialect::Dialects;
use super::{Reader, impossible};
use crate::query::{Lineage, LineageLink, LinkKind, MovementRow, ReadError};
use crate::sql::{Error, OptionalExtension as _, optional_word, params};

macro_rules! links {
    ($log:literal, $tail:literal) => {
        concat!("SELECT sequence FROM ", $log, " WHERE type = 'transfer' AND ", $tail)
    };
}

/// What became part of a lot until then, newest first.
pub(super) const INTO: Dialects = Dialects {
    sqlite: links!(
        "movement",
        "to_lot = ?1 AND sequence > 0 AND sequence <= ?2 ORDER BY sequence DESC LIMIT ?3"
    ),
    mariadb: links!(
        "movement FORCE INDEX (movement_by_to_lot)",
        "to_lot = ?1 AND sequence > 0 AND sequence <= ?2 ORDER BY sequence DESC LIMIT ?3"
    ),
};
/// What of a lot became part of others from then on, oldest first.
pub(super) const OUT_OF: Dialects = Dialects {
    sqlite: links!(
        "movement",
        "lot = ?1 AND sequence >= ?2 AND to_lot IS NOT NULL ORDER BY sequence LIMIT ?3"
    ),
    mariadb: links!(
        "movement FORCE INDEX (movement_by_lot)",
        "lot = ?1 AND sequence >= ?2 AND to_lot IS NOT NULL ORDER BY sequence LIMIT ?3"
    ),
};
/// The lot that a lot was split from, and the movement that did it: the first that anything of another
/// lot came by.
pub(super) const BIRTH: Dialects = Dialects {
    sqlite: "SELECT parent, (SELECT min(sequence) FROM movement
                              WHERE to_lot = ?1 AND sequence > 0) FROM lot WHERE lot = ?1",
    mariadb: "SELECT parent, (SELECT min(sequence) FROM movement FORCE INDEX (movement_by_to_lot)
                               WHERE to_lot = ?1 AND sequence > 0) FROM lot WHERE lot = ?1",
};

/// How a lot came to be.
#[derive(Default)]
struct Birth {
    /// The lot that it was split from.
    parent: Option<LotNumber>,
    /// The first movement by which anything of another lot came.
    first: Option<i64>,
}

/// Which way links are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Back,
    Forth,
}

impl Way {
    /// The positions that are looked at of the lot itself.
    const fn beginning(self) -> i64 {
        match self {
            Self::Back => i64::MAX,
            Self::Forth => 1,
        }
    }

    /// Where the next lot is looked at from, beyond the link at `sequence`.
    const fn beyond(self, sequence: i64) -> i64 {
        match self {
            Self::Back => sequence - 1,
            Self::Forth => sequence + 1,
        }
    }

    /// Whether looking from `bound` finds nothing that looking from `known` did not.
    const fn is_within(self, bound: i64, known: i64) -> bool {
        match self {
            Self::Back => bound <= known,
            Self::Forth => bound >= known,
        }
    }
}

impl Reader<'_> {
    /// The lineage of `lot`, if it exists.
    pub(crate) fn lineage(&self, lot: &LotNumber) -> Result<Option<Lineage>, ReadError> {
        match self.birth(lot)? {
            Some(_) => self.lineage_of(lot).map(Some),
            None => Ok(None),
        }
    }

    /// The lineage of a lot that exists.
    pub(super) fn lineage_of(&self, lot: &LotNumber) -> Result<Lineage, ReadError> {
        let (mut ancestors, all_before) = self.links_from(lot, Way::Back)?;
        let (mut descendants, all_after) = self.links_from(lot, Way::Forth)?;
        ancestors.sort_unstable_by_key(|link| std::cmp::Reverse(link.sequence));
        descendants.sort_unstable_by_key(|link| link.sequence);
        Ok(Lineage { ancestors, descendants, complete: all_before && all_after })
    }

    /// The links that lead away from `lot`, the nearest first, and whether these are all.
    fn links_from(&self, lot: &LotNumber, way: Way) -> Result<(Vec<LineageLink>, bool), ReadError> {
        let mut links = Vec::new();
        let mut seen: HashSet<i64> = HashSet::new();
        let mut looked: HashMap<LotNumber, i64> = HashMap::new();
        let mut births = HashMap::new();
        let mut ahead = VecDeque::from([(lot.clone(), way.beginning(), 1)]);
        while let Some((lot, bound, distance)) = ahead.pop_front() {
            if looked.get(&lot).is_some_and(|known| way.is_within(bound, *known)) {
                continue;
            }
            looked.insert(lot.clone(), bound);
            let mut found = self.links_of(&lot, way, bound)?;
            found.retain(|sequence| seen.insert(*sequence));
            let room = Lineage::MOST_LINKS - links.len();
            let cut = found.len() > room;
            found.truncate(room);
            for (row, sequence) in self.movements_at(&found)?.into_iter().zip(found) {
                let link = self.link(row, distance, &mut births)?;
                if link.reversed_by.is_none() {
                    let next = if way == Way::Back { &link.from_lot } else { &link.to_lot };
                    ahead.push_back((next.clone(), way.beyond(sequence), distance + 1));
                }
                links.push(link);
            }
            if cut {
                return Ok((links, false));
            }
        }
        Ok((links, true))
    }

    fn links_of(&self, lot: &LotNumber, way: Way, bound: i64) -> Result<Vec<i64>, ReadError> {
        let sql = if way == Way::Back { INTO } else { OUT_OF };
        let mut statement = self.connection.prepare_cached(sql.on(&self.connection))?;
        // One more than can be told, so that it shows when there are more.
        let most = i64::try_from(Lineage::MOST_LINKS).unwrap_or(i64::MAX).saturating_add(1);
        statement.query_all(params![lot.as_str(), bound, most], |row| Ok(row.get(0)?))
    }

    fn link(
        &self,
        row: MovementRow,
        distance: u32,
        births: &mut HashMap<LotNumber, Birth>,
    ) -> Result<LineageLink, ReadError> {
        let to_lot = row.to_lot.ok_or_else(|| impossible("link into no lot", row.id))?;
        let sequence = row.sequence.ok_or_else(|| impossible("link without place", row.id))?;
        if !births.contains_key(&to_lot) {
            births.insert(to_lot.clone(), self.birth(&to_lot)?.unwrap_or_default());
        }
        let split = births.get(&to_lot).is_some_and(|born| {
            born.parent.as_ref() == Some(&row.lot)
                && born.first.is_some_and(|first| first.cast_unsigned() == sequence)
        });
        Ok(LineageLink {
            movement_id: row.id,
            sequence,
            kind: if split { LinkKind::Split } else { LinkKind::Merge },
            from_lot: row.lot,
            to_lot,
            quantity: row.quantity,
            user: row.user,
            recorded_at: row.recorded_at,
            reversed_by: row.reversed_by,
            distance,
        })
    }

    /// How a lot came to be, if it exists.
    fn birth(&self, lot: &LotNumber) -> Result<Option<Birth>, ReadError> {
        let mut statement = self.connection.prepare_cached(BIRTH.on(&self.connection))?;
        let found = statement.query_row(params![lot.as_str()], |row| {
            let parent = optional_word(row, 0, LotNumber::parse)?;
            Ok::<_, Error>(Birth { parent, first: row.get(1)? })
        });
        Ok(found.optional()?)
    }
}

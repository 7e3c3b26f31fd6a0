//! What both sides must agree on, computed by each engine by itself.

use std::collections::BTreeMap;

use mtm_core::audit::Hash;

use super::CopyError;
use crate::integrity::ChainHead;
use crate::sql::{Connection, Error, OptionalExtension as _, params};

/// The chain's end and what there is of each part.
pub(super) struct Sums {
    pub(super) head: ChainHead,
    pub(super) parts: BTreeMap<i64, Part>,
}

/// What there is of a part, in 10⁻⁶ pieces.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    buckets: u64,
    on_hand: i64,
    movements: u64,
    moved: i64,
}

impl Sums {
    /// Computes them.
    pub(super) fn of(connection: Connection<'_>) -> Result<Self, Error> {
        let head = connection
            .query_row(
                "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1",
                params![],
                |row| Ok::<_, Error>((row.get::<u64>(0)?, row.get::<[u8; 32]>(1)?)),
            )
            .optional()?;
        let (sequence, hash) = head.unwrap_or((0, Hash::GENESIS.0));
        let mut parts: BTreeMap<i64, Part> = BTreeMap::new();
        let mut add = |sql, set: fn(&mut Part, u64, i64)| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(params![])?;
            while let Some(row) = rows.next()? {
                set(parts.entry(row.get(0)?).or_default(), row.get(1)?, row.get(2)?);
            }
            Ok::<_, Error>(())
        };
        add(
            "SELECT part_id, count(*), sum(quantity) FROM stock GROUP BY part_id",
            |it, n, sum| {
                (it.buckets, it.on_hand) = (n, sum);
            },
        )?;
        add(
            "SELECT part_id, count(*), sum(quantity) FROM movement GROUP BY part_id",
            |it, n, sum| (it.movements, it.moved) = (n, sum),
        )?;
        Ok(Self { head: ChainHead { sequence, hash: Hash(hash).hex() }, parts })
    }

    /// Refuses `other` where it is another ledger's.
    pub(super) fn refuse_other(&self, other: &Self) -> Result<(), CopyError> {
        let differs = |what: String| Err(CopyError::Differs { what });
        if self.head != other.head {
            return differs("the head of the audit chain".to_owned());
        }
        let of = |part| (self.parts.get(part), other.parts.get(part));
        let mut all = self.parts.keys().chain(other.parts.keys());
        match all.find(|part| of(part).0 != of(part).1) {
            Some(part) => differs(format!("the sum of part {part}")),
            None => Ok(()),
        }
    }
}

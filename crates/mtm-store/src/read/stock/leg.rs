//! Buckets along one index, chunk after chunk.

use super::super::Reader;
use super::Visitor;
use super::source::{Found, LOCATION, LOTS, LOTS_BARE, PART, PART_BARE, WORK_ORDERS};
use crate::query::ReadError;
use crate::sql::{Error, Rows, Statement, params};

/// Rows of a chunk.
const CHUNK: i64 = 5_000;

/// What to go along.
#[derive(Debug, Clone, Copy)]
pub(super) enum Leg<'l> {
    /// Lots in a range of numbers.
    Lots(&'l str, &'l str),
    /// Lots in a range of work orders.
    WorkOrders(&'l str, &'l str),
    /// A location.
    Location(i64),
    /// A part.
    Part(i64),
}

/// The bucket that a chunk begins after.
struct After {
    part: i64,
    operation: i64,
    location: i64,
    lot: String,
    received_at: i64,
    work_order: String,
}

impl Reader<'_> {
    /// Calls `visitor` with every bucket of `leg`; `false` when it ended the visit.
    pub(super) fn each(
        &self,
        leg: Leg<'_>,
        carried: bool,
        visitor: &mut Visitor<'_>,
    ) -> Result<bool, ReadError> {
        let (sql, carried) = leg.statement(carried);
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut after = After::before(leg);
        loop {
            let mut rows = leg.chunk(&mut statement, &after)?;
            let mut met = 0;
            while let Some(row) = rows.next()? {
                let found = Found::of(&row, carried)?;
                if !visitor(&found)? {
                    return Ok(false);
                }
                met += 1;
                if met == CHUNK {
                    after = After::bucket(&found);
                }
            }
            if met < CHUNK {
                return Ok(true);
            }
        }
    }
}

impl Leg<'_> {
    /// The statement, and whether it gives what lots carry, which is wanted where `carried`.
    fn statement(self, carried: bool) -> (&'static str, bool) {
        match self {
            Self::Lots(..) if carried => (LOTS, true),
            Self::Lots(..) => (LOTS_BARE, false),
            Self::WorkOrders(..) => (WORK_ORDERS, true),
            Self::Location(_) => (LOCATION, true),
            Self::Part(_) if carried => (PART, true),
            Self::Part(_) => (PART_BARE, false),
        }
    }

    /// The chunk after `after`.
    fn chunk<'s>(self, statement: &'s mut Statement<'_>, after: &After) -> Result<Rows<'s>, Error> {
        let After { part, operation, location, lot, received_at, work_order } = after;
        match self {
            Self::Lots(_, to) => statement.query(params![lot, to, operation, location, CHUNK]),
            Self::WorkOrders(_, to) => {
                statement.query(params![work_order, to, lot, operation, location, CHUNK])
            }
            Self::Location(id) => statement.query(params![id, part, lot, operation, CHUNK]),
            Self::Part(id) => {
                statement.query(params![id, operation, location, received_at, lot, CHUNK])
            }
        }
    }
}

impl After {
    /// Before the first bucket of `leg`.
    fn before(leg: Leg<'_>) -> Self {
        let (lot, work_order) = match leg {
            Leg::Lots(from, _) => (from, ""),
            Leg::WorkOrders(from, _) => ("", from),
            Leg::Location(_) | Leg::Part(_) => ("", ""),
        };
        Self {
            part: i64::MIN,
            operation: i64::MIN,
            location: i64::MIN,
            lot: lot.to_owned(),
            received_at: i64::MIN,
            work_order: work_order.to_owned(),
        }
    }

    /// After `bucket`.
    fn bucket(bucket: &Found<'_>) -> Self {
        Self {
            part: bucket.part,
            operation: bucket.operation,
            location: bucket.location,
            lot: bucket.lot.to_owned(),
            received_at: bucket.received_at,
            work_order: bucket.carried.work_order.unwrap_or_default().to_owned(),
        }
    }
}

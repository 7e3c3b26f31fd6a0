//! Counters, as answers show them.

use mtm_core::machine::{Booking, Rules};
use mtm_core::word::{LocationCode, OperationCode, PartCode, ReasonCode, Timestamp, WorkOrder};
use serde::{Deserialize, Serialize};

use crate::deed::{DeedRow, deeds};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{
    Connection, Error, OptionalExtension as _, Row, moment, named, optional_moment, optional_word,
    params, word,
};

/// What is counted, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CounterSetting {
    /// The machine's tag that shows the total.
    pub tag: String,
    /// What its pieces are booked as.
    pub booking: Booking,
    /// The part.
    pub part: PartCode,
    /// Where in the process.
    pub operation: OperationCode,
    /// Where in the building.
    pub location: LocationCode,
    /// The work order of what comes into stock.
    pub work_order: Option<WorkOrder>,
    /// Why pieces are scrap: for [`Booking::Scrap`], and for nothing else.
    pub scrap_reason: Option<ReasonCode>,
    /// How it counts.
    #[serde(flatten)]
    pub rules: Rules,
    /// Pieces after which a proposal is full; null where it takes whatever comes until somebody confirms it.
    pub container: Option<u64>,
    /// Whether full proposals are confirmed by themselves.
    pub by_rule: bool,
}

/// A counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CounterRow {
    /// Its number.
    pub id: i64,
    /// The machine.
    pub machine: String,
    /// What is counted, and as what.
    #[serde(flatten)]
    pub setting: CounterSetting,
    /// Version of what can be changed about it.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// Login name of who added it.
    pub created_by: String,
    /// When it was retired; null while it counts.
    pub retired_at: Option<Timestamp>,
    /// The total that it showed last; null before the first.
    pub value: Option<u64>,
    /// Since when, by the machine's clock.
    pub value_at: Option<Timestamp>,
    /// Until when it is known to have shown that, by the machine's clock.
    pub known_at: Option<Timestamp>,
    /// Whether something may be missing since then.
    pub broken: bool,
}

/// A counter, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CounterSheet {
    /// The counter.
    #[serde(flatten)]
    pub row: CounterRow,
    /// What became of it, the oldest first.
    pub history: Vec<DeedRow>,
}

macro_rules! counters {
    ($where:literal) => {
        concat!(
            "SELECT c.id, c.machine, c.tag, c.booking, part.code, operation.code, location.code, c.work_order,
                    c.scrap_reason, c.pieces, c.per_hour, c.rollover, c.resets, c.container, c.by_rule,
                    c.version, c.created_at, who.name, c.retired_at, c.value, c.value_at, c.known_at, c.broken,
                    c.told_within
             FROM machine_counter c
             JOIN part ON part.id = c.part_id
             JOIN operation ON operation.id = c.operation_id
             JOIN location ON location.id = c.location_id
             JOIN user who ON who.id = c.created_by ",
            $where
        )
    };
}

const BY_ID: &str = counters!("WHERE c.id = ?1");
const OF_MACHINE: &str =
    counters!("WHERE c.machine = ?1 AND (?2 OR c.retired_at IS NULL) ORDER BY c.tag, c.id");
const ALL: &str = counters!("WHERE (?2 OR c.retired_at IS NULL) ORDER BY c.machine, c.tag, c.id");

impl Ledger {
    /// The counters of a machine, or of all, by machine and tag; with those that are retired, or without.
    pub async fn counters(
        &self,
        machine: Option<String>,
        retired: bool,
    ) -> Result<Vec<CounterRow>, Fault> {
        self.query(move |connection| {
            let sql = if machine.is_some() { OF_MACHINE } else { ALL };
            let found = connection.prepare_cached(sql)?.query_all(params![machine, retired], read);
            Ok::<_, Fault>(found?)
        })
        .await
    }

    /// The counter with this number.
    pub async fn counter(&self, id: i64) -> Result<Option<CounterSheet>, Fault> {
        self.query(move |connection| {
            let Some(row) = found(connection, id)? else { return Ok(None) };
            let history = deeds(connection, ("machine_deed", "counter_id"), id)?;
            Ok::<_, Fault>(Some(CounterSheet { row, history }))
        })
        .await
    }
}

pub(super) fn found(connection: Connection<'_>, id: i64) -> Result<Option<CounterRow>, Error> {
    connection.prepare_cached(BY_ID)?.query_row(params![id], read).optional()
}

fn read(row: &Row<'_>) -> Result<CounterRow, Error> {
    let rules = Rules {
        pieces: row.get(9)?,
        per_hour: row.get(10)?,
        rollover: row.get(11)?,
        resets: row.get(12)?,
        told_within: row.get(23)?,
    };
    let setting = CounterSetting {
        tag: row.get(2)?,
        booking: named(row, 3, Booking::from_name)?,
        part: word(row, 4, PartCode::parse)?,
        operation: word(row, 5, OperationCode::parse)?,
        location: word(row, 6, LocationCode::parse)?,
        work_order: optional_word(row, 7, WorkOrder::parse)?,
        scrap_reason: optional_word(row, 8, ReasonCode::parse)?,
        rules,
        container: row.get(13)?,
        by_rule: row.get(14)?,
    };
    Ok(CounterRow {
        id: row.get(0)?,
        machine: row.get(1)?,
        setting,
        version: row.get(15)?,
        created_at: moment(row, 16)?,
        created_by: row.get(17)?,
        retired_at: optional_moment(row, 18)?,
        value: row.get(19)?,
        value_at: optional_moment(row, 20)?,
        known_at: optional_moment(row, 21)?,
        broken: row.get(22)?,
    })
}

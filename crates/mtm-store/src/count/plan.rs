//! Planning: which buckets there are to count, and what the ledger knows of them now.

use std::collections::HashSet;

use mtm_core::catalogue::{Catalogue, Table};
use mtm_core::code::Code;
use mtm_core::count::{CountState, LineState};
use mtm_core::rejection::Rejection;
use mtm_core::word::{UserId, fold};
use serde_json::json;

use super::known;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::query::{Pattern, ReadError};
use crate::read::dialect::{Dialects, id_list, json_each, json_numbers};
use crate::record::{CountFilter, CountRecord, CountSpot, NewCount};
use crate::sql::{Connection, Error, OptionalExtension as _, Row, params};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// Longest name.
const NAME_MAX: usize = 100;
/// Most lines of a count: people count it, and a lead looks through it.
const MOST_LINES: usize = 5_000;
/// Rows read, or written, at a time.
const CHUNK: i64 = 1_000;

macro_rules! rows {
    ($tail:expr) => {
        concat!("SELECT s.part_id, s.operation_id, s.location_id, s.lot, s.quantity FROM ", $tail)
    };
}

const AT_LOCATIONS: Dialects = Dialects {
    sqlite: rows!(concat!(
        json_each!("?1"),
        " AS listed CROSS JOIN stock s ON s.location_id = listed.value"
    )),
    mariadb: rows!(concat!(
        json_numbers!("?1"),
        " STRAIGHT_JOIN stock s ON s.location_id = listed.value"
    )),
};
const OF_PARTS: Dialects = Dialects {
    sqlite: rows!(concat!(
        json_each!("?1"),
        " AS listed CROSS JOIN stock s ON s.part_id = listed.value"
    )),
    mariadb: rows!(concat!(
        json_numbers!("?1"),
        " STRAIGHT_JOIN stock s ON s.part_id = listed.value"
    )),
};
const ALL: &str = rows!(
    "stock s WHERE (s.lot, s.operation_id, s.location_id) > (?1, ?2, ?3) AND +s.lot >= ?1
     ORDER BY s.lot, s.operation_id, s.location_id LIMIT ?4"
);
const ONE: &str = rows!("stock s WHERE s.lot = ?1 AND s.operation_id = ?2 AND s.location_id = ?3");

const ADD: (&str, &str) = (
    "INSERT INTO count_line
         (count_id, number, part_id, operation_id, location_id, lot, snapshot, added, state)
     SELECT ?1, value ->> 'n', value ->> 'p', value ->> 'o', value ->> 'g', value ->> 'l',
            value ->> 'q', 0, ?2
     FROM json_each(?3)",
    "INSERT INTO count_line
         (count_id, number, part_id, operation_id, location_id, lot, snapshot, added, state)
     SELECT ?1, n, p, o, g, l, q, 0, ?2
     FROM JSON_TABLE(?3, '$[*]' COLUMNS (
         n BIGINT PATH '$.n', p BIGINT PATH '$.p', o BIGINT PATH '$.o', g BIGINT PATH '$.g',
         l VARCHAR(60) PATH '$.l', q BIGINT PATH '$.q')) AS listed",
);

/// A bucket to count.
#[derive(Debug, Clone)]
struct Expected {
    part: i64,
    operation: i64,
    location: i64,
    lot: String,
    units: i64,
}

impl Expected {
    fn of(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            part: row.get(0)?,
            operation: row.get(1)?,
            location: row.get(2)?,
            lot: row.get(3)?,
            units: row.get(4)?,
        })
    }
}

/// What the ledger knows at one moment.
struct Snapshot {
    position: i64,
    buckets: Vec<Expected>,
}

/// A filter with every code resolved; `None` narrows nothing.
#[derive(Default)]
struct Selection {
    locations: Option<HashSet<i64>>,
    parts: Option<HashSet<i64>>,
    operations: Option<HashSet<i64>>,
}

impl Ledger {
    /// Plans a count: freezes a line for every bucket of its filter, with the quantity of this
    /// moment. Refused where there is nothing to count, or more than people can.
    pub async fn plan_count(
        &self,
        by: UserId,
        new: NewCount,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<CountRecord>, PostError> {
        // Read beside the bookings, all of one moment. Differences are told from what the ledger
        // knows when somebody counts, so that nothing is lost by what moves before the lines stand.
        let (catalogue, filter) = (self.catalogue(), new.filter.clone());
        let snapshot = self
            .query(move |connection| snapshot(connection, &catalogue, &filter))
            .await
            .map_err(|error| match error {
                ReadError::Refused(rejection) => PostError::Rejected(rejection),
                ReadError::Fault(fault) => PostError::Fault(fault),
            })?;
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| plan(context, by, &new, &snapshot))?)
        })
        .await
    }
}

fn plan(
    context: &mut WriteContext<'_>,
    by: UserId,
    new: &NewCount,
    snapshot: &Snapshot,
) -> Result<CountRecord, Failure> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        let message = format!("a count's name has 1 to {NAME_MAX} characters");
        return Err(Rejection::new(Code::InvalidBody, "name", message).into());
    }
    if snapshot.buckets.is_empty() {
        let message = "nothing stands there; choose other locations, parts or operations";
        return Err(Rejection::new(Code::InsufficientStock, "filter", message).into());
    }
    let at = context.now();
    let filter = serde_json::to_string(&new.filter)
        .map_err(|error| Failure::Broken(format!("a filter cannot be kept: {error}")))?;
    context.sql().execute(
        "INSERT INTO stock_count (id, name, filter, state, planned_by, planned_at, position,
                                  tolerance, tolerance_percent, other_person)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            new.id.0.as_bytes(),
            name,
            filter,
            CountState::Open.as_str(),
            by.0,
            at.micros(),
            snapshot.position,
            new.tolerance.pieces.units(),
            new.tolerance.percent,
            new.other_person,
        ],
    )?;
    let connection = context.sql();
    let size = usize::try_from(CHUNK).unwrap_or(usize::MAX);
    for (nth, buckets) in snapshot.buckets.chunks(size).enumerate() {
        let first = nth * size + 1;
        let listed: Vec<_> = (first..).zip(buckets).map(|(n, bucket)| listed(n, bucket)).collect();
        connection.execute(
            connection.pick(ADD.0, ADD.1),
            params![
                new.id.0.as_bytes(),
                LineState::Open.as_str(),
                serde_json::Value::from(listed).to_string(),
            ],
        )?;
    }
    let facts = json!({
        "count": new.id, "lines": snapshot.buckets.len(), "position": snapshot.position,
    });
    context.audit("count.planned", by, at, &facts)?;
    known(context.sql(), new.id)
}

fn listed(number: usize, bucket: &Expected) -> serde_json::Value {
    json!({
        "n": number, "p": bucket.part, "o": bucket.operation, "g": bucket.location,
        "l": bucket.lot, "q": bucket.units,
    })
}

/// The buckets of `filter`, in the order in which people walk: by location, part, operation, lot.
fn snapshot(
    connection: Connection<'_>,
    catalogue: &Catalogue,
    filter: &CountFilter,
) -> Result<Snapshot, ReadError> {
    let position =
        connection.query_row("SELECT coalesce(max(sequence), 0) FROM movement", &[], |row| {
            row.get::<i64>(0)
        })?;
    let mut buckets = if filter.buckets.is_empty() {
        let selection = Selection::of(catalogue, filter)?;
        selection.find(connection)?
    } else {
        named(connection, catalogue, &filter.buckets)?
    };
    let place = |bucket: &Expected| {
        let location = catalogue.locations.by_id(bucket.location);
        let part = catalogue.parts.by_id(bucket.part);
        let operation = catalogue.operations.by_id(bucket.operation);
        (
            location.map(|record| record.code.clone()),
            part.map(|record| record.code.clone()),
            operation.map(|record| record.code.clone()),
            bucket.lot.clone(),
        )
    };
    buckets.sort_by_cached_key(place);
    Ok(Snapshot { position, buckets })
}

/// Buckets that are named one by one, whether or not anything is there.
fn named(
    connection: Connection<'_>,
    catalogue: &Catalogue,
    spots: &[CountSpot],
) -> Result<Vec<Expected>, ReadError> {
    within_bounds(spots.len())?;
    let mut seen = HashSet::new();
    let mut buckets = Vec::with_capacity(spots.len());
    for (index, spot) in spots.iter().enumerate() {
        let (part, operation, location) =
            super::found::rows(catalogue, spot).map_err(|refusal| refusal.in_item(index))?;
        let Some(lot) = &spot.lot else {
            let message = "a planned bucket names its lot";
            let refusal = Rejection::new(Code::InvalidBody, "lot", message);
            return Err(refusal.in_item(index).into());
        };
        super::found::lot_of(connection, lot, part)?.map_err(|refusal| refusal.in_item(index))?;
        if !seen.insert((lot.clone(), operation, location)) {
            continue;
        }
        let found = connection
            .query_row(ONE, params![lot.as_str(), operation, location], Expected::of)
            .optional()?;
        let nothing = Expected { part, operation, location, lot: lot.to_string(), units: 0 };
        buckets.push(found.unwrap_or(nothing));
    }
    Ok(buckets)
}

fn within_bounds(lines: usize) -> Result<(), ReadError> {
    if lines > MOST_LINES {
        let message = format!(
            "a count has at most {MOST_LINES} lines; plan several, of a few locations or parts each"
        );
        return Err(Rejection::new(Code::TooLarge, "filter", message).into());
    }
    Ok(())
}

impl Selection {
    fn of(catalogue: &Catalogue, filter: &CountFilter) -> Result<Self, Rejection> {
        let mut locations =
            ids(&filter.locations, Code::UnknownLocation, "locations", |pattern| {
                matching(&catalogue.locations, pattern, |it| (it.code.as_str(), it.row.0))
            })?;
        if let Some(building) = filter.building.as_deref().filter(|it| !it.trim().is_empty()) {
            let pattern = Pattern::parse(building);
            let inside: HashSet<i64> = (catalogue.locations.iter())
                .filter(|it| it.building.as_deref().is_some_and(|it| pattern.matches(&fold(it))))
                .map(|it| it.row.0)
                .collect();
            if inside.is_empty() {
                let message = format!("no location is in the building {building}");
                return Err(Rejection::new(Code::UnknownLocation, "building", message));
            }
            locations = Some(match locations {
                Some(named) => named.intersection(&inside).copied().collect(),
                None => inside,
            });
        }
        let parts = ids(&filter.parts, Code::UnknownPart, "parts", |pattern| {
            matching(&catalogue.parts, pattern, |it| (it.code.as_str(), it.row.0))
        })?;
        let operations =
            ids(&filter.operations, Code::UnknownOperation, "operations", |pattern| {
                matching(&catalogue.operations, pattern, |it| (it.code.as_str(), it.row.0))
            })?;
        if locations.is_none() && parts.is_none() && operations.is_none() {
            let message = "say what is to be counted: a building, locations, parts or operations";
            return Err(Rejection::new(Code::InvalidBody, "filter", message));
        }
        Ok(Self { locations, parts, operations })
    }

    fn admits(&self, bucket: &Expected) -> bool {
        let among = |ids: &Option<HashSet<i64>>, id| ids.as_ref().is_none_or(|it| it.contains(&id));
        among(&self.locations, bucket.location)
            && among(&self.parts, bucket.part)
            && among(&self.operations, bucket.operation)
    }

    fn find(&self, connection: Connection<'_>) -> Result<Vec<Expected>, ReadError> {
        let list = |ids: &HashSet<i64>| id_list(&ids.iter().copied().collect::<Vec<_>>());
        let mut buckets = match (&self.locations, &self.parts) {
            (Some(locations), _) => connection
                .prepare_cached(AT_LOCATIONS.on(&connection))?
                .query_all(params![list(locations)], Expected::of)?,
            (None, Some(parts)) => connection
                .prepare_cached(OF_PARTS.on(&connection))?
                .query_all(params![list(parts)], Expected::of)?,
            (None, None) => self.walk(connection)?,
        };
        buckets.retain(|bucket| self.admits(bucket));
        within_bounds(buckets.len())?;
        Ok(buckets)
    }

    /// Every bucket once, where only operations are named.
    fn walk(&self, connection: Connection<'_>) -> Result<Vec<Expected>, ReadError> {
        let mut found: Vec<Expected> = Vec::new();
        let mut after = (String::new(), 0, 0);
        loop {
            let (lot, operation, location) = &after;
            let values = params![lot, *operation, *location, CHUNK];
            let next = connection.prepare_cached(ALL)?.query_all(values, Expected::of)?;
            let Some(last) = next.last() else { return Ok(found) };
            after = (last.lot.clone(), last.operation, last.location);
            found.extend(next.into_iter().filter(|bucket| self.admits(bucket)));
            within_bounds(found.len())?;
        }
    }
}

/// The rows of a table whose codes match.
fn matching<R>(table: &Table<R>, pattern: &Pattern, named: impl Fn(&R) -> (&str, i64)) -> Vec<i64> {
    match pattern {
        Pattern::Exact(text) => {
            table.by_folded(text).map(|record| named(record).1).into_iter().collect()
        }
        Pattern::Wildcard(_) => table
            .iter()
            .map(|record| named(record))
            .filter(|(code, _)| pattern.matches(code))
            .map(|(_, row)| row)
            .collect(),
    }
}

/// The rows that codes name; `None` where none are named. One that names nothing is refused.
fn ids(
    codes: &[String],
    missing: Code,
    field: &'static str,
    find: impl Fn(&Pattern) -> Vec<i64>,
) -> Result<Option<HashSet<i64>>, Rejection> {
    let mut all = None;
    for code in codes.iter().filter(|code| !code.trim().is_empty()) {
        let found = find(&Pattern::parse(code));
        if found.is_empty() {
            let message = format!("{} is not in the master data", code.trim());
            return Err(Rejection::new(missing, field, message));
        }
        all.get_or_insert_with(HashSet::new).extend(found);
    }
    Ok(all)
}

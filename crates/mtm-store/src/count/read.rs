//! Counts and their lines, as they stand.

use mtm_core::code::Code;
use mtm_core::count::{CountState, LineState, Tolerance};
use mtm_core::word::{
    CountId, LocationCode, LotNumber, OperationCode, PartCode, Quantity, Timestamp,
};

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::query::{Cursor, CursorError, Page, PageRequest, ReadError, number, stamp};
use crate::record::{
    CountAccuracy, CountLine, CountPlace, CountProgress, CountRecord, CountRefusal, CountSpot,
    LineFilter,
};
use crate::sql::{
    Connection, Error, OptionalExtension as _, Row, moment, named, optional_moment, optional_word,
    params, quantity, uuid, word,
};

macro_rules! counts {
    ($tail:literal) => {
        concat!(
            "SELECT c.id, c.name, c.filter, c.state, p.name, c.planned_at, c.position, c.tolerance,
                    c.tolerance_percent, c.other_person, f.name, c.finished_at
             FROM stock_count c JOIN user p ON p.id = c.planned_by
             LEFT JOIN user f ON f.id = c.finished_by ",
            $tail
        )
    };
}

macro_rules! number_of {
    ($when:literal) => {
        concat!(", coalesce(sum(CASE WHEN ", $when, " THEN 1 ELSE 0 END), 0)")
    };
}

macro_rules! pieces {
    ($what:literal, $when:literal) => {
        concat!(
            ", coalesce(sum(CASE WHEN state IN ('counted', 'posted') AND ",
            $when,
            " THEN ",
            $what,
            " ELSE 0 END), 0)"
        )
    };
}

const SUMS: &str = concat!(
    "SELECT count(*)",
    number_of!("state = 'open'"),
    number_of!("state = 'recount'"),
    number_of!("state = 'counted'"),
    number_of!("state = 'posted'"),
    number_of!("state = 'left'"),
    number_of!("state = 'counted' AND refused_code IS NOT NULL"),
    number_of!("state IN ('counted', 'posted') AND counted = expected"),
    pieces!("expected", "1 = 1"),
    pieces!("counted - expected", "counted > expected"),
    pieces!("expected - counted", "counted < expected"),
    " FROM count_line WHERE count_id = ?1"
);

const LINES: &str = "
    SELECT l.number, p.code, o.code, g.code, l.lot, g.building, p.description, l.added, l.state,
           l.rounds, l.snapshot, l.expected, l.counted, l.counted_at, u.name, l.refused_code,
           l.refused_text
    FROM count_line l JOIN part p ON p.id = l.part_id JOIN operation o ON o.id = l.operation_id
    JOIN location g ON g.id = l.location_id LEFT JOIN user u ON u.id = l.counted_by
    WHERE l.count_id = ?1 AND l.number > ?2 AND (?3 IS NULL OR l.state = ?3)
      AND (?4 IS NULL OR g.code = ?4) AND (?5 = 0 OR l.state IN ('open', 'recount'))
      AND (?6 = 0 OR l.counted <> l.expected)
    ORDER BY l.number LIMIT ?7";

const LINES_COUNT: &str = "
    SELECT count(*) FROM count_line l JOIN location g ON g.id = l.location_id
    WHERE l.count_id = ?1 AND (?2 IS NULL OR l.state = ?2) AND (?3 IS NULL OR g.code = ?3)
      AND (?4 = 0 OR l.state IN ('open', 'recount')) AND (?5 = 0 OR l.counted <> l.expected)";

const PLACES: &str = "
    SELECT g.code, g.building, count(*),
           sum(CASE WHEN l.state IN ('open', 'recount') THEN 1 ELSE 0 END)
    FROM count_line l JOIN location g ON g.id = l.location_id
    WHERE l.count_id = ?1 GROUP BY g.code, g.building ORDER BY g.code";

impl Ledger {
    /// A page of counts, newest first; only those that stand so, where a state is named.
    pub async fn stock_counts(
        &self,
        state: Option<CountState>,
        page: PageRequest,
    ) -> Result<Page<CountRecord>, ReadError> {
        self.query(move |connection| list(connection, state, &page)).await
    }

    /// The count of this identity.
    pub async fn stock_count(&self, id: CountId) -> Result<Option<CountRecord>, Fault> {
        self.query(move |connection| Ok(by_id(connection, id)?)).await
    }

    /// A page of a count's lines, in the order of their numbers.
    pub async fn count_lines(
        &self,
        id: CountId,
        filter: LineFilter,
        page: PageRequest,
    ) -> Result<Page<CountLine>, ReadError> {
        // A label may carry a code that was changed since.
        let today = |code: LocationCode| {
            self.catalogue().location(&code).map_or(code, |record| record.code.clone())
        };
        let filter = LineFilter { location: filter.location.map(today), ..filter };
        self.query(move |connection| lines(connection, id, &filter, &page)).await
    }

    /// The locations of a count, by code.
    pub async fn count_places(&self, id: CountId) -> Result<Vec<CountPlace>, Fault> {
        self.query(move |connection| {
            Ok(connection.prepare_cached(PLACES)?.query_all(params![id.0.as_bytes()], place)?)
        })
        .await
    }
}

pub(super) fn by_id(connection: Connection<'_>, id: CountId) -> Result<Option<CountRecord>, Error> {
    let found = connection
        .query_row(counts!("WHERE c.id = ?1"), params![id.0.as_bytes()], count)
        .optional()?;
    found.map(|found| summed_up(connection, found)).transpose()
}

/// Identities grow with time: their order is that of the counts.
fn list(
    connection: Connection<'_>,
    state: Option<CountState>,
    page: &PageRequest,
) -> Result<Page<CountRecord>, ReadError> {
    let stamp = stamp("stock counts", &state);
    let before = match &page.cursor {
        Some(cursor) => {
            let [id] = cursor.fields(&stamp)?;
            *id.parse::<CountId>().map_err(|_| CursorError::Foreign)?.0.as_bytes()
        }
        None => [u8::MAX; 16],
    };
    let sql =
        counts!("WHERE c.id < ?1 AND (?2 IS NULL OR c.state = ?2) ORDER BY c.id DESC LIMIT ?3");
    let (limit, state) = (page.rows(), state.map(CountState::as_str));
    let most = one_more(limit);
    let values = params![before, state, most];
    let mut items = connection.prepare_cached(sql)?.query_all(values, count)?;
    let more = items.len() > limit;
    items.truncate(limit);
    let items: Vec<CountRecord> =
        items.into_iter().map(|item| summed_up(connection, item)).collect::<Result<_, _>>()?;
    let next_cursor = more
        .then(|| items.last().map(|last| Cursor::of(&stamp, [last.id.to_string()]).encode()))
        .flatten();
    let all = "SELECT count(*) FROM stock_count c WHERE ?1 IS NULL OR c.state = ?1";
    let total = if page.count {
        Some(connection.query_row(all, params![state], |row| row.get(0))?)
    } else {
        None
    };
    Ok(Page { items, next_cursor, total })
}

pub(super) fn lines(
    connection: Connection<'_>,
    id: CountId,
    filter: &LineFilter,
    page: &PageRequest,
) -> Result<Page<CountLine>, ReadError> {
    let stamp = stamp("count lines", &(id, filter));
    let after: i64 = match &page.cursor {
        Some(cursor) => {
            let [line] = cursor.fields(&stamp)?;
            number(line)?
        }
        None => 0,
    };
    let limit = page.rows();
    let state = filter.state.map(LineState::as_str);
    let location = filter.location.as_ref().map(LocationCode::as_str);
    let (id, waiting, different) = (id.0.as_bytes(), filter.waiting, filter.different);
    let most = one_more(limit);
    let values = params![id, after, state, location, waiting, different, most];
    let mut items = connection.prepare_cached(LINES)?.query_all(values, line)?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = more
        .then(|| items.last().map(|last| Cursor::of(&stamp, [last.line.to_string()]).encode()))
        .flatten();
    let total = if page.count {
        let values = params![id, state, location, waiting, different];
        Some(connection.query_row(LINES_COUNT, values, |row| row.get(0))?)
    } else {
        None
    };
    Ok(Page { items, next_cursor, total })
}

fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

fn count(row: &Row<'_>) -> Result<CountRecord, Error> {
    Ok(CountRecord {
        id: CountId(uuid(row, 0)?),
        name: row.get(1)?,
        filter: serde_json::from_str(row.text(2)?)
            .map_err(|error| Error::shape(2, format!("no filter: {error}")))?,
        state: named(row, 3, CountState::from_name)?,
        planned_by: row.get(4)?,
        planned_at: moment(row, 5)?,
        position: row.get(6)?,
        tolerance: Tolerance { pieces: quantity(row, 7)?, percent: row.get(8)? },
        other_person: row.get(9)?,
        finished_by: row.get(10)?,
        finished_at: optional_moment(row, 11)?,
        progress: CountProgress::default(),
        accuracy: CountAccuracy::default(),
    })
}

fn summed_up(connection: Connection<'_>, count: CountRecord) -> Result<CountRecord, Error> {
    let read = |row: &Row<'_>| {
        let progress = CountProgress {
            lines: row.get(0)?,
            open: row.get(1)?,
            recount: row.get(2)?,
            counted: row.get(3)?,
            posted: row.get(4)?,
            left: row.get(5)?,
            refused: row.get(6)?,
        };
        let accuracy = CountAccuracy {
            lines: progress.counted + progress.posted,
            right: row.get(7)?,
            expected: quantity(row, 8)?,
            more: quantity(row, 9)?,
            fewer: quantity(row, 10)?,
        };
        Ok::<_, Error>((progress, accuracy))
    };
    let (progress, accuracy) = connection.query_row(SUMS, params![count.id.0.as_bytes()], read)?;
    Ok(CountRecord { progress, accuracy, ..count })
}

fn line(row: &Row<'_>) -> Result<CountLine, Error> {
    let refusal = match row.optional_text(15)? {
        Some(code) => Some(CountRefusal {
            code: Code::from_name(code)
                .ok_or_else(|| Error::shape(15, format!("{code:?}, which is no code")))?,
            message: row.get(16)?,
        }),
        None => None,
    };
    Ok(CountLine {
        line: row.get(0)?,
        spot: CountSpot {
            part: word(row, 1, PartCode::parse)?,
            operation: word(row, 2, OperationCode::parse)?,
            location: word(row, 3, LocationCode::parse)?,
            lot: optional_word(row, 4, LotNumber::parse)?,
        },
        building: row.get(5)?,
        description: row.get(6)?,
        added: row.get(7)?,
        state: named(row, 8, LineState::from_name)?,
        rounds: row.get(9)?,
        snapshot: quantity(row, 10)?,
        expected: optional_quantity(row, 11)?,
        counted: optional_quantity(row, 12)?,
        counted_at: row.get::<Option<i64>>(13)?.map(Timestamp::from_micros),
        counted_by: row.get(14)?,
        refusal,
    })
}

fn optional_quantity(row: &Row<'_>, column: usize) -> Result<Option<Quantity>, Error> {
    if row.is_null(column)? { Ok(None) } else { quantity(row, column).map(Some) }
}

fn place(row: &Row<'_>) -> Result<CountPlace, Error> {
    Ok(CountPlace {
        location: word(row, 0, LocationCode::parse)?,
        building: row.get(1)?,
        lines: row.get(2)?,
        waiting: row.get(3)?,
    })
}

//! Work orders: pages of them by what is due first, one with what the ledger says of it, and those
//! that a file names.
//!
//! Orders are filtered by words while their index is walked, some at a time. What came in and where it
//! stands goes by the lots' own work order, and is asked for all orders of a page at once.

use std::collections::HashMap;

use mtm_core::word::{Delta, Quantity, Timestamp, WorkOrder, fold};
use mtm_core::work_order::{WorkOrderFacts, WorkOrderState};

use super::dialect::{Dialects, json_each, json_words, word_list};
use super::{Reader, impossible, names};
use crate::query::{
    Cursor, Page, PageRequest, Pattern, ReadError, Standing, StockQuery, WorkOrderHint,
    WorkOrderProgress, WorkOrderQuery, WorkOrderRow, WorkOrderSheet, number, stamp,
};
use crate::sql::{Connection, Error, Row, moment, named, optional_moment, params, quantity};
use crate::work_order::NO_DUE;

/// Orders read at a time.
const CHUNK: usize = 500;
/// Places shown on the sheet of an order.
const ON_SHEET: u16 = 100;

macro_rules! orders {
    ($tail:expr) => {
        concat!(
            "SELECT w.code, w.part_id, w.quantity, w.starts_at, w.due_at, w.state, w.said_state,
                    w.source, w.document, w.published_at, w.said_at, w.version FROM ",
            $tail
        )
    };
}

macro_rules! by_due {
    ($open:literal) => {
        concat!(
            "work_order w WHERE ",
            $open,
            "(w.due_at, w.code) > (?1, ?2) AND w.due_at >= ?1 AND w.due_at <= ?3
             AND (?4 IS NULL OR w.part_id = ?4) AND (?5 IS NULL OR w.state = ?5)
             ORDER BY w.due_at, w.code LIMIT ?6"
        )
    };
}

pub(super) const BY_DUE: &str = orders!(by_due!(""));
pub(super) const OPEN_BY_DUE: &str = orders!(by_due!("w.is_open = 1 AND "));
pub(super) const NAMED: Dialects = Dialects {
    sqlite: orders!(concat!(
        json_each!("?1"),
        " AS listed CROSS JOIN work_order w ON w.code = listed.value"
    )),
    mariadb: orders!(concat!(
        json_words!("?1"),
        " STRAIGHT_JOIN work_order w ON w.code = listed.value"
    )),
};
/// Open orders whose number is in a range.
pub(super) const OPEN_LIKE: &str = "
    SELECT code, part_id, quantity FROM work_order
    WHERE code >= ?1 AND code < ?2 AND is_open = 1 ORDER BY code LIMIT ?3";

macro_rules! standing {
    ($listed:expr, $join:literal) => {
        concat!(
            "SELECT l.work_order, l.part_id, s.operation_id, CAST(SUM(s.quantity) AS SIGNED) FROM ",
            $listed,
            $join,
            " lot l ON l.work_order = listed.value ",
            $join,
            " stock s ON s.lot = l.lot GROUP BY l.work_order, l.part_id, s.operation_id"
        )
    };
}
/// What stands at which operation, of each of some orders.
pub(super) const STANDING: Dialects = Dialects {
    sqlite: standing!(concat!(json_each!("?1"), " AS listed "), "CROSS JOIN"),
    mariadb: standing!(json_words!("?1"), " STRAIGHT_JOIN"),
};

macro_rules! net {
    ($in:literal, $out:literal) => {
        concat!(
            "COALESCE(CAST(SUM(CASE WHEN m.from_account IN (",
            $in,
            ") THEN m.quantity ELSE 0 END - CASE WHEN m.to_account IN (",
            $in,
            ") THEN m.quantity ELSE 0 END) AS SIGNED), 0)",
            $out
        )
    };
}
macro_rules! moved {
    ($join:literal) => {
        concat!(
            "SELECT ",
            net!("'supplier', 'opening'", ", "),
            net!("'count'", ", "),
            net!("'consumed'", ", "),
            net!("'scrap'", " "),
            "FROM lot l ",
            $join,
            " movement m ON m.lot = l.lot WHERE l.work_order = ?1 AND l.part_id = ?2"
        )
    };
}
/// What came in and went out of lots of an order and a part, by the accounts outside.
pub(super) const MOVED: Dialects =
    Dialects { sqlite: moved!("CROSS JOIN"), mariadb: moved!("STRAIGHT_JOIN") };

impl Reader<'_> {
    /// A page of orders: what is due first comes first, what is due at no moment last.
    pub(crate) fn work_orders(
        &self,
        query: &WorkOrderQuery,
    ) -> Result<Page<WorkOrderRow>, ReadError> {
        let WorkOrderQuery { q, part, state, open, due_before, page } = query;
        let stamp = stamp("work_orders", &(q, part, state, open, due_before));
        let after = match &page.cursor {
            Some(cursor) => {
                let [due, code] = cursor.fields(&stamp)?;
                (number(due)?, (*code).to_owned())
            }
            None => (i64::MIN, String::new()),
        };
        let part = match part {
            None => None,
            Some(code) => {
                let Some(part) = self.catalogue.part(code) else {
                    // Nobody ordered what is not there.
                    let total = page.count.then_some(0);
                    return Ok(Page { items: Vec::new(), next_cursor: None, total });
                };
                Some(part.row.0)
            }
        };
        let walk = Walk {
            text: if *open { OPEN_BY_DUE } else { BY_DUE },
            part,
            state: state.map(WorkOrderState::as_str),
            latest: due_before.map_or(NO_DUE, |before| before.plus_micros(-1).micros()),
            q: q.as_ref(),
        };
        let limit = page.rows();
        let mut items = Vec::with_capacity(limit.min(CHUNK) + 1);
        self.walk_orders(&walk, after, &mut |row| {
            items.push(row);
            items.len() <= limit
        })?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| more).map(|last| {
            let due = last.due_at.map_or(NO_DUE, Timestamp::micros);
            Cursor::of(&stamp, [due.to_string(), last.code.to_string()]).encode()
        });
        let total = page.count.then(|| self.count_orders(&walk)).transpose()?;
        self.put_standing(&mut items)?;
        Ok(Page { items, next_cursor, total })
    }

    /// The order of this number, with what the ledger says of it.
    pub(crate) fn work_order(&self, code: &WorkOrder) -> Result<Option<WorkOrderSheet>, ReadError> {
        let mut found = self.orders_named(std::iter::once(code))?;
        let Some((row, _)) = found.pop() else { return Ok(None) };
        let mut rows = [row];
        self.put_standing(&mut rows)?;
        let [order] = rows;
        let part = self.catalogue.part(&order.part).map(|part| part.row.0);
        let progress = self.connection.prepare_cached(MOVED.on(&self.connection))?.query_row(
            params![code.as_str(), part],
            |row| {
                let net = |column| -> Result<i64, Error> { row.get(column) };
                // What left has the other sign.
                let (received, corrected) = (delta(net(0)?)?, delta(net(1)?)?);
                let (taken, scrapped) = (delta(-net(2)?)?, delta(-net(3)?)?);
                Ok::<_, ReadError>(WorkOrderProgress { received, corrected, taken, scrapped })
            },
        )?;
        let of_order = StockQuery {
            work_order: Some(Pattern::Exact(code.as_str().to_owned())),
            page: PageRequest { limit: ON_SHEET, ..PageRequest::default() },
            ..StockQuery::default()
        };
        let stock = self.stock(&of_order)?;
        let more_stock = stock.next_cursor.is_some();
        Ok(Some(WorkOrderSheet { order, progress, stock: stock.items, more_stock }))
    }

    /// What is known of each of these orders that there is.
    pub(crate) fn work_orders_known(
        &self,
        codes: &[WorkOrder],
    ) -> Result<HashMap<WorkOrder, WorkOrderFacts>, ReadError> {
        let mut known = HashMap::with_capacity(codes.len());
        for codes in codes.chunks(CHUNK) {
            let found = self.orders_named(codes.iter())?;
            known.extend(found.into_iter().map(|(row, facts)| (row.code, facts)));
        }
        Ok(known)
    }

    /// Open orders whose number is from `from` on and before `to`.
    pub(super) fn open_orders_between(
        &self,
        from: &str,
        to: &str,
        limit: i64,
    ) -> Result<Vec<WorkOrderHint>, ReadError> {
        let mut statement = self.connection.prepare_cached(OPEN_LIKE)?;
        statement.query_all(params![from, to, limit], |row| {
            let code = names::work_order(row.text(0)?)?;
            let planned = (self.part_code(row.get(1)?)?, names::quantity(row.get(2)?)?);
            Ok(WorkOrderHint { code, planned: Some(planned) })
        })
    }

    fn orders_named<'c>(
        &self,
        codes: impl Iterator<Item = &'c WorkOrder>,
    ) -> Result<Vec<(WorkOrderRow, WorkOrderFacts)>, ReadError> {
        let list = word_list(codes.map(WorkOrder::as_str));
        let mut statement = self.connection.prepare_cached(NAMED.on(&self.connection))?;
        statement.query_all(params![list], |row| {
            let (code, facts) = read(row)?;
            Ok((self.order_row(code, facts.clone(), moment(row, 10)?)?, facts))
        })
    }

    fn count_orders(&self, walk: &Walk<'_>) -> Result<u64, ReadError> {
        let mut total = 0;
        self.walk_orders(walk, (i64::MIN, String::new()), &mut |_| {
            total += 1;
            true
        })?;
        Ok(total)
    }

    /// Gives `take` every order that `walk` admits, from `after` on, until it wants no more.
    fn walk_orders(
        &self,
        walk: &Walk<'_>,
        after: (i64, String),
        take: &mut dyn FnMut(WorkOrderRow) -> bool,
    ) -> Result<(), ReadError> {
        let (mut due, mut code) = after;
        let limit = i64::try_from(CHUNK).unwrap_or(i64::MAX);
        loop {
            let values = params![due, code, walk.latest, walk.part, walk.state, limit];
            let mut statement = self.connection.prepare_cached(walk.text)?;
            let rows: Vec<WorkOrderRow> = statement.query_all(values, |row| {
                let (code, facts) = read(row)?;
                self.order_row(code, facts, moment(row, 10)?)
            })?;
            let more = rows.len() == CHUNK;
            if let Some(last) = rows.last() {
                due = last.due_at.map_or(NO_DUE, Timestamp::micros);
                last.code.as_str().clone_into(&mut code);
            }
            for row in rows {
                if walk.q.is_none_or(|pattern| admits(pattern, &row)) && !take(row) {
                    return Ok(());
                }
            }
            if !more {
                return Ok(());
            }
        }
    }

    fn order_row(
        &self,
        code: WorkOrder,
        facts: WorkOrderFacts,
        said_at: Timestamp,
    ) -> Result<WorkOrderRow, ReadError> {
        let part = self.catalogue.part_by_id(facts.part);
        let description = part.and_then(|part| part.header.description.clone());
        let is_late = facts.state.is_open() && facts.due_at.is_some_and(|due| due < self.now);
        Ok(WorkOrderRow {
            code,
            part: self.part_code(facts.part.0)?,
            description,
            quantity: facts.quantity,
            starts_at: facts.starts_at,
            due_at: facts.due_at,
            late: is_late,
            state: facts.state,
            said_state: facts.said_state,
            source: facts.source,
            document: facts.document,
            published_at: facts.published_at,
            said_at,
            version: facts.version,
            standing: Vec::new(),
            in_stock: Quantity::ZERO,
        })
    }

    /// Puts to each order what stands of it.
    fn put_standing(&self, orders: &mut [WorkOrderRow]) -> Result<(), ReadError> {
        let list = word_list(orders.iter().map(|order| order.code.as_str()));
        let mut found: HashMap<(String, i64), Vec<Standing>> = HashMap::new();
        let mut statement = self.connection.prepare_cached(STANDING.on(&self.connection))?;
        let mut rows = statement.query(params![list])?;
        while let Some(row) = rows.next()? {
            let of = (row.text(0)?.to_owned(), row.get(1)?);
            let operation = self.operation_code(row.get(2)?)?;
            let quantity = names::quantity(row.get(3)?)?;
            found.entry(of).or_default().push(Standing { operation, quantity });
        }
        for order in orders {
            let Some(part) = self.catalogue.part(&order.part) else { continue };
            let of = (order.code.to_string(), part.row.0);
            order.standing = found.remove(&of).unwrap_or_default();
            order.standing.sort_by(|one, other| one.operation.cmp(&other.operation));
            for standing in &order.standing {
                let sum = order.in_stock.plus(standing.quantity);
                order.in_stock = sum.ok_or_else(|| impossible("sum of pieces", &order.code))?;
            }
        }
        Ok(())
    }
}

/// What an index of orders is walked for.
struct Walk<'q> {
    text: &'static str,
    part: Option<i64>,
    state: Option<&'static str>,
    /// The last moment at which an order may be due.
    latest: i64,
    q: Option<&'q Pattern>,
}

fn admits(pattern: &Pattern, row: &WorkOrderRow) -> bool {
    pattern.matches(&fold(row.code.as_str()))
        || pattern.matches(&fold(row.part.as_str()))
        || row.description.as_deref().is_some_and(|text| pattern.matches(&fold(text)))
}

fn delta(units: i64) -> Result<Delta, ReadError> {
    let magnitude = names::quantity(i64::try_from(units.unsigned_abs()).unwrap_or(i64::MAX))?;
    Ok(if units < 0 {
        Delta::between(magnitude, Quantity::ZERO)
    } else {
        Delta::between(Quantity::ZERO, magnitude)
    })
}

/// What is known of the order with this number, inside whatever transaction `connection` is in.
pub(crate) fn known(
    connection: Connection<'_>,
    code: &WorkOrder,
) -> Result<Option<WorkOrderFacts>, Error> {
    let mut statement = connection.prepare_cached(BY_CODE)?;
    let mut rows = statement.query(params![code.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(read(&row)?.1))
}

const BY_CODE: &str = orders!("work_order w WHERE w.code = ?1");

fn read(row: &Row<'_>) -> Result<(WorkOrder, WorkOrderFacts), Error> {
    let due: i64 = row.get(4)?;
    let facts = WorkOrderFacts {
        part: mtm_core::word::PartId(row.get(1)?),
        quantity: quantity(row, 2)?,
        starts_at: optional_moment(row, 3)?,
        due_at: (due != NO_DUE).then(|| Timestamp::from_micros(due)),
        state: named(row, 5, WorkOrderState::from_name)?,
        said_state: row.get(6)?,
        source: row.get(7)?,
        document: row.get(8)?,
        published_at: moment(row, 9)?,
        version: row.get(11)?,
    };
    Ok((crate::sql::word(row, 0, WorkOrder::parse)?, facts))
}

//! What happens in an ERP's ledger: receipts, issues, adjustments and transfers, as the stock lets them.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::{ErpMade, ErpSpec, part, place};

/// Units in a piece.
const UNITS: i64 = 1_000_000;
/// One row in so many has a type that nobody knows.
const STRANGE: u32 = 400;
/// Seconds in a day.
const DAY: i64 = 86_400;
/// Days over which the ledger goes.
const DAYS: i64 = 400;

/// The ledger as it is made.
pub(super) struct Events {
    spec: ErpSpec,
    made: ErpMade,
    id: i64,
    /// The second leg of a transfer.
    waiting: Option<String>,
}

impl Events {
    pub(super) fn new(spec: &ErpSpec) -> Self {
        Self { spec: *spec, made: ErpMade::default(), id: 0, waiting: None }
    }

    pub(super) fn made(self) -> ErpMade {
        self.made
    }

    /// The next row, as the values of an `INSERT`.
    pub(super) fn next(&mut self, random: &mut ChaCha8Rng) -> Option<String> {
        if let Some(row) = self.waiting.take() {
            return Some(row);
        }
        if self.made.rows >= u64::from(self.spec.rows) {
            return None;
        }
        // Ids that were given and never committed.
        let id = self.fresh(1 + i64::from(random.random_ratio(1, 50)));
        let n = random.random_range(0..self.spec.parts.max(1));
        let at = random.random_range(0..self.spec.locations.max(1));
        let quantity = if random.random_ratio(1, 10) {
            random.random_range(1..=4_000) * UNITS / 100
        } else {
            random.random_range(1..=200) * UNITS
        };
        let there = self.there(n, at);
        Some(match random.random_range(0..10_u32) {
            _ if random.random_ratio(1, STRANGE) => self.row(id, 'X', 'Q', quantity, (n, at), None),
            0..=3 => self.row(id, 'I', 'R', quantity, (n, at), None),
            4 => self.row(id, 'I', 'A', quantity, (n, at), None),
            5 | 6 if there > 0 && u64::from(self.spec.rows) > self.made.rows + 1 => {
                let to = (at + 1) % self.spec.locations.max(1);
                let other = self.fresh(1);
                let moved = quantity.min(there);
                let from = self.row(id, 'O', 'A', moved, (n, at), Some(other));
                self.waiting = Some(self.row(other, 'I', 'A', moved, (n, to), Some(id)));
                from
            }
            7 if there > 0 => self.row(id, 'O', 'A', quantity.min(there), (n, at), None),
            _ if there > 0 => self.row(id, 'O', 'I', quantity.min(there), (n, at), None),
            _ => self.row(id, 'I', 'R', quantity, (n, at), None),
        })
    }

    fn fresh(&mut self, step: i64) -> i64 {
        self.id += step;
        self.id
    }

    fn there(&self, n: u32, at: u32) -> i64 {
        let (warehouse, location) = place(at);
        self.made.sums.get(&(part(n), warehouse, location)).copied().unwrap_or(0)
    }

    fn row(
        &mut self,
        id: i64,
        kind: char,
        class: char,
        units: i64,
        (n, at): (u32, u32),
        other: Option<i64>,
    ) -> String {
        let (part, (warehouse, location)) = (part(n), place(at));
        let sum = self.made.sums.entry((part.clone(), warehouse.clone(), location.clone()));
        match kind {
            'I' => *sum.or_insert(0) += units,
            'O' => *sum.or_insert(0) -= units,
            _ => self.made.unknown += 1,
        }
        self.made.rows += 1;
        self.made.newest = id;
        let quantity = format!("{}.{:06}", units / UNITS, units % UNITS);
        let moment = self.moment();
        let orders = i64::from(self.spec.orders.max(1));
        let (mut purchase, mut work) =
            ("NULL, NULL".to_owned(), "NULL, NULL, NULL, NULL, NULL, NULL".to_owned());
        match (kind, class) {
            ('I', 'R') => purchase = format!("'PO{:05}', {}", id % orders, 1 + id % 3),
            ('O', 'I') => {
                work = format!("'W', 'WO{:05}', '1', '0', '0', {}", id % orders, 10 + id % 3 * 10);
            }
            _ => {}
        }
        let other = other.map_or_else(|| "NULL".to_owned(), |id| id.to_string());
        format!(
            "({id}, '{kind}', '{class}', {quantity}, '{moment}', '{moment}', '{warehouse}', '{location}', \
             '{part}', 'U{:02}', {purchase}, NULL, {work}, {other})",
            id % 17,
        )
    }

    /// Rows are spread evenly over the days until the last.
    fn moment(&self) -> String {
        let rows = i64::from(self.spec.rows.max(1));
        let done = i64::try_from(self.made.rows).unwrap_or(0);
        let seconds = DAYS * DAY * done / rows;
        let second = (self.spec.last_day - DAYS) * DAY + seconds;
        let moment = jiff::Timestamp::from_second(second).unwrap_or_default();
        moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

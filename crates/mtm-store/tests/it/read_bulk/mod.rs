//! A plant of any size, written straight into the tables, with a plain model of it beside.
//!
//! Only reads are tested on it: bookings of this number would take minutes. The same seed gives
//! the same plant. The examples use it too.

mod random;
mod rows;

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, ToSql, params};

pub(crate) use random::Random;

/// Who writes the rows, in words that every engine knows. Values are numbered from 1.
pub(crate) trait Hand {
    /// Begins to write what belongs together.
    fn begin(&self);
    /// Writes.
    fn write(&self, sql: &str, values: &[&dyn ToSql]);
    /// Ends it.
    fn commit(&self);
}

impl Hand for Connection {
    fn begin(&self) {
        self.execute_batch("BEGIN IMMEDIATE").unwrap();
    }

    fn write(&self, sql: &str, values: &[&dyn ToSql]) {
        self.prepare_cached(sql).unwrap().execute(values).unwrap();
    }

    fn commit(&self) {
        self.execute_batch("COMMIT").unwrap();
    }
}

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) parts: usize,
    pub(crate) locations: usize,
    pub(crate) operations: usize,
    /// Buckets to fill before as many go as come.
    pub(crate) buckets: usize,
    pub(crate) movements: usize,
}

/// Part, operation, location (row ids) and lot.
pub(crate) type Bucket = (i64, i64, i64, String);

/// Operation and location.
pub(crate) type Place = (i64, i64);

/// A movement as the model remembers it.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) sequence: i64,
    pub(crate) at: i64,
    pub(crate) kind: &'static str,
    pub(crate) part: i64,
    pub(crate) lot: String,
    pub(crate) to_lot: Option<String>,
    pub(crate) from: Option<Place>,
    pub(crate) to: Option<Place>,
    pub(crate) quantity: i64,
    pub(crate) user: i64,
    pub(crate) notes: Option<String>,
    pub(crate) reverses: Option<i64>,
}

/// A lot as the model remembers it.
#[derive(Debug, Clone)]
pub(crate) struct Lot {
    pub(crate) received_at: i64,
    pub(crate) work_order: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) parent: Option<String>,
}

/// The model.
pub(crate) struct Bulk {
    size: Size,
    random: Random,
    pub(crate) parts: Vec<String>,
    pub(crate) operations: Vec<String>,
    pub(crate) locations: Vec<String>,
    pub(crate) lots: BTreeMap<String, Lot>,
    pub(crate) stock: BTreeMap<Bucket, i64>,
    /// Buckets with pieces, for picking one at random, and where each stands in that list.
    standing: Vec<Bucket>,
    stands_at: HashMap<Bucket, usize>,
    pub(crate) facts: Vec<Fact>,
    at: i64,
    next_lot: u64,
}

/// A fixed order that is not that of the rows: the position of `index` among `count`.
fn scattered(index: usize, count: usize) -> usize {
    // A step without a common divisor visits every position once.
    let mut step = count * 7 / 11 + 1;
    while gcd(step, count) != 1 {
        step += 1;
    }
    index * step % count
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn uuid(kind: u128, row: i64) -> [u8; 16] {
    ((kind << 120) | (u128::try_from(row).unwrap() << 16) | 1).to_be_bytes()
}

/// The id of the movement at `sequence`: every movement is a command of its own.
pub(crate) fn movement_id(sequence: i64) -> [u8; 16] {
    uuid(1, sequence)
}

impl Bulk {
    /// Writes the plant's master data; rows are not in the order of their codes.
    pub(crate) fn new(hand: &dyn Hand, size: Size, seed: u64) -> Self {
        let parts: Vec<String> = (0..size.parts)
            .map(|row| format!("{}-{:05}", ["A", "B", "C"][row % 3], scattered(row, size.parts)))
            .collect();
        let locations: Vec<String> = (0..size.locations)
            .map(|row| format!("R-{:02}-{:04}", row % 17, scattered(row, size.locations)))
            .collect();
        let mut operations = vec!["N/A".to_owned()];
        operations.extend((1..size.operations).map(|row| format!("{}", 1000 - 10 * row)));
        hand.begin();
        for (row, code) in (1_i64..).zip(&parts) {
            hand.write(
                "INSERT INTO part (id, uid, code, folded, description)
                     VALUES (?1, ?2, ?3, ?3, ?4)",
                params![row, uuid(2, row), code, format!("bracket {row}")],
            );
        }
        for (row, code) in (1_i64..).zip(&locations) {
            let building = ["North", "South", ""][usize::try_from(row).unwrap() % 3];
            hand.write(
                "INSERT INTO location (id, uid, code, folded, building)
                     VALUES (?1, ?2, ?3, ?3, nullif(?4, ''))",
                params![row, uuid(3, row), code, building],
            );
        }
        for (row, code) in (1_i64..).zip(&operations).skip(1) {
            hand.write(
                "INSERT INTO operation (id, uid, code, folded) VALUES (?1, ?2, ?3, ?3)",
                params![row, uuid(4, row), code],
            );
        }
        for row in 2_i64..12 {
            hand.write(
                "INSERT INTO user (id, uid, kind, name, folded, role, created_at)
                     VALUES (?1, ?2, 'person', ?3, upper(?3), 'operator', 0)",
                params![row, uuid(5, row), format!("handler {row}")],
            );
        }
        for (row, code) in [(1_i64, "Red"), (2, "Blue")] {
            hand.write(
                "INSERT INTO color_code (id, uid, code, folded) VALUES (?1, ?2, ?3, upper(?3))",
                params![row, uuid(6, row), code],
            );
        }
        hand.commit();
        Self {
            size,
            random: Random::new(seed),
            parts,
            operations,
            locations,
            lots: BTreeMap::new(),
            stock: BTreeMap::new(),
            standing: Vec::new(),
            stands_at: HashMap::new(),
            facts: Vec::new(),
            at: 1_700_000_000_000_000,
            next_lot: 1,
        }
    }

    /// A plant with all its movements.
    pub(crate) fn filled(hand: &dyn Hand, size: Size, seed: u64) -> Self {
        let mut bulk = Self::new(hand, size, seed);
        bulk.book(hand, size.movements);
        bulk
    }

    /// Books `count` random movements in one transaction.
    pub(crate) fn book(&mut self, hand: &dyn Hand, count: usize) {
        hand.begin();
        for _ in 0..count {
            let fact = self.imagine(hand);
            self.write(hand, &fact);
            self.facts.push(fact);
        }
        hand.commit();
    }

    pub(crate) fn part_id(&self, code: &str) -> i64 {
        1 + i64::try_from(self.parts.iter().position(|part| part == code).unwrap()).unwrap()
    }

    pub(crate) fn code(codes: &[String], row: i64) -> &str {
        &codes[usize::try_from(row).unwrap() - 1]
    }

    /// A bucket of the stock in the words of its row: part, operation, location, lot.
    pub(crate) fn words(&self, bucket: &Bucket) -> (String, String, String, String) {
        (
            Self::code(&self.parts, bucket.0).to_owned(),
            Self::code(&self.operations, bucket.1).to_owned(),
            Self::code(&self.locations, bucket.2).to_owned(),
            bucket.3.clone(),
        )
    }

    /// One random thing that can happen now, as the next movement.
    fn imagine(&mut self, hand: &dyn Hand) -> Fact {
        // Every fourth movement belongs to the command before: the same moment.
        if !self.random.chance(25) {
            self.at += 1 + i64::try_from(self.random.below(1_000_000)).unwrap();
        }
        let sequence = i64::try_from(self.facts.len()).unwrap() + 1;
        let notes = self.random.chance(6).then(|| format!("Look at {}", self.random.below(500)));
        let user = 2 + i64::try_from(self.random.below(10)).unwrap();
        let blank = Fact {
            sequence,
            at: self.at,
            kind: "in",
            part: 0,
            lot: String::new(),
            to_lot: None,
            from: None,
            to: None,
            quantity: 0,
            user,
            notes,
            reverses: None,
        };
        let receive = if self.standing.len() < self.size.buckets { 80 } else { 15 };
        if self.standing.is_empty() || self.random.chance(receive) {
            let part = self.popular_part();
            let place = self.place();
            let lot = self.new_lot(hand, part, None);
            let quantity = 1 + i64::try_from(self.random.below(500)).unwrap();
            return Fact { part, lot, to: Some(place), quantity, ..blank };
        }
        if self.random.chance(4)
            && let Some(fact) = self.reversal(&blank)
        {
            return fact;
        }
        let bucket = self.standing[self.random.below(self.standing.len())].clone();
        let there = self.stock[&bucket];
        let whole = self.random.chance(75);
        let quantity = if whole {
            there
        } else {
            1 + i64::try_from(self.random.bits() % 1_000).unwrap() % there
        };
        let (part, from, lot) = (bucket.0, Some((bucket.1, bucket.2)), bucket.3);
        let fact = Fact { part, lot: lot.clone(), from, quantity, ..blank };
        match self.random.below(100) {
            0..45 => Fact { kind: "out", ..fact },
            45..85 => {
                let mut to = self.place();
                while Some(to) == from {
                    to = self.place();
                }
                Fact { kind: "transfer", to: Some(to), ..fact }
            }
            85..90 if !whole => {
                let child = self.new_lot(hand, part, Some(lot));
                Fact { kind: "transfer", to: from, to_lot: Some(child), ..fact }
            }
            85..93 => Fact { kind: "scrap", ..fact },
            93..96 => Fact { kind: "adjust", from: None, to: from, ..fact },
            _ => Fact { kind: "adjust", ..fact },
        }
    }

    /// The opposite of one of the last movements, if one can still be undone.
    fn reversal(&mut self, blank: &Fact) -> Option<Fact> {
        let recent = self.facts.len().saturating_sub(40);
        let at = recent + self.random.below(self.facts.len() - recent);
        let undone = &self.facts[at];
        let taken = self.facts[recent..].iter().any(|f| f.reverses == Some(undone.sequence));
        if undone.reverses.is_some() || taken {
            return None;
        }
        let (lot, to_lot) = match &undone.to_lot {
            Some(child) => (child.clone(), Some(undone.lot.clone())),
            None => (undone.lot.clone(), None),
        };
        if let Some((operation, location)) = undone.to {
            let there = self.stock.get(&(undone.part, operation, location, lot.clone()));
            if there.is_none_or(|there| *there < undone.quantity) {
                return None;
            }
        }
        Some(Fact {
            kind: "reversal",
            part: undone.part,
            lot,
            to_lot,
            from: undone.to,
            to: undone.from,
            quantity: undone.quantity,
            reverses: Some(undone.sequence),
            ..blank.clone()
        })
    }

    /// The twenty most popular parts take half of everything.
    fn popular_part(&mut self) -> i64 {
        let parts = self.parts.len();
        let among = if self.random.chance(53) { parts.min(20) } else { parts };
        1 + i64::try_from(self.random.below(among)).unwrap()
    }

    /// One of the places in use: a twelfth of all locations.
    fn place(&mut self) -> Place {
        let used = (self.locations.len() / 12).max(2);
        let operation = 1 + i64::try_from(self.random.below(self.operations.len())).unwrap();
        (operation, 1 + i64::try_from(self.random.below(used)).unwrap())
    }

    fn new_lot(&mut self, hand: &dyn Hand, part: i64, parent: Option<String>) -> String {
        let number = format!("{:010}", self.next_lot);
        self.next_lot += 1;
        let random = &mut self.random;
        let mut lot = Lot {
            received_at: self.at,
            work_order: random.chance(30).then(|| format!("WO-{:06}", random.below(3_000))),
            notes: random.chance(17).then(|| format!("next {}", random.below(900))),
            parent: None,
        };
        let color = match random.below(10) {
            0 => Some(1),
            1 => Some(2),
            _ => None,
        };
        if let Some(parent) = parent {
            lot = Lot { parent: Some(parent.clone()), ..self.lots[&parent].clone() };
        }
        hand.write(
            "INSERT INTO lot (lot, part_id, item_type_id, color_id, work_order, notes,
                                  received_at, received_by, parent)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 2, ?8)",
            params![
                number,
                part,
                1 + part % 4,
                color,
                lot.work_order,
                lot.notes,
                lot.received_at,
                lot.parent
            ],
        );
        self.lots.insert(number.clone(), lot);
        number
    }
}

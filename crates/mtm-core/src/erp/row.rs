//! Rows as a database gives them, texts in a fixed order, made into words. Nothing here fails: what cannot
//! be read is flagged, and a row without its key is no row.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::flag::{Flag, Flags};
use super::master::{Location, Operation, Part, PurchaseLine, WorkOrder, WorkOrderKey};
use super::place::{ErpPlace, OnHand};
use super::protocol::TRANSACTIONS;
use super::quantity::ErpQuantity;
use super::transaction::{Kind, Transaction};
use crate::word::Timestamp;

/// One row: a text per column, `None` where the database has none, and whether a text was cut.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawRow {
    /// The columns, in the order that [`protocol`](super::protocol) names.
    pub texts: Vec<Option<String>>,
    /// Whether any of them was longer than its column should be.
    pub cut: bool,
}

/// How moments of the ERP are read: it writes the time on the wall.
#[derive(Debug, Clone)]
pub struct Moments {
    zone: TimeZone,
}

impl Moments {
    /// By the clocks of this time zone; `None` where nobody knows it.
    pub fn of_zone(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(|zone| Self { zone })
    }

    /// The moment of this text: a date, or a date and a time, on the wall of the ERP's zone; or with an
    /// offset. A time that comes twice is the first of both.
    pub fn read(&self, text: &str) -> Option<Timestamp> {
        let text = text.trim();
        if let Ok(moment) = text.parse::<jiff::Timestamp>() {
            return Some(moment.into());
        }
        let wall: DateTime = text.parse().ok()?;
        wall.to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp().into())
    }
}

/// Reads the columns of a row, and gathers what is odd.
#[derive(Debug)]
pub struct Fields<'r> {
    row: &'r RawRow,
    flags: Flags,
}

impl<'r> Fields<'r> {
    /// Of this row.
    pub fn of(row: &'r RawRow) -> Self {
        let mut flags = Flags::NONE;
        if row.cut {
            flags.set(Flag::Cut);
        }
        Self { row, flags }
    }

    fn text(&self, column: usize) -> Option<&'r str> {
        let text = self.row.texts.get(column)?.as_deref()?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn owned(&self, column: usize) -> Option<String> {
        self.text(column).map(str::to_owned)
    }

    fn word(&self, column: usize) -> String {
        self.text(column).unwrap_or_default().to_owned()
    }

    /// A whole number; databases write those of a decimal column with zeros behind the point.
    fn number(&self, column: usize) -> Option<i64> {
        let text = self.text(column)?;
        let whole = text.split_once('.').map_or(text, |(whole, rest)| {
            if rest.bytes().all(|byte| byte == b'0') { whole } else { text }
        });
        whole.parse().ok()
    }

    fn yes(&self, column: usize) -> Option<bool> {
        match self.text(column)? {
            "Y" | "y" => Some(true),
            "N" | "n" => Some(false),
            _ => None,
        }
    }

    fn quantity(&mut self, column: usize) -> Option<ErpQuantity> {
        let text = self.text(column)?;
        let Ok((quantity, inexact)) = ErpQuantity::parse(text) else {
            self.flags.set(Flag::NoQuantity);
            return None;
        };
        if inexact {
            self.flags.set(Flag::Inexact);
        }
        Some(quantity)
    }

    fn place(&mut self, warehouse: usize, location: usize) -> ErpPlace {
        let place = ErpPlace { warehouse: self.word(warehouse), location: self.word(location) };
        if place.warehouse.is_empty() || place.location.is_empty() {
            self.flags.set(Flag::NoPlace);
        }
        place
    }

    fn part(&mut self, column: usize) -> String {
        let part = self.word(column);
        if part.is_empty() {
            self.flags.set(Flag::NoPart);
        }
        part
    }

    /// A row of the ledger, first read at `now`; `None` where it has no id.
    pub fn transaction(mut self, moments: &Moments, now: Timestamp) -> Option<Transaction> {
        let id = self.number(0)?;
        let kind = Kind::of(self.text(1).unwrap_or_default());
        if matches!(kind, Kind::Unknown(_)) {
            self.flags.set(Flag::UnknownKind);
        }
        let class = self.word(2);
        if !matches!(class.as_str(), "R" | "I" | "A") {
            self.flags.set(Flag::UnknownClass);
        }
        let quantity = self.quantity(3).unwrap_or_else(|| {
            self.flags.set(Flag::NoQuantity);
            ErpQuantity::ZERO
        });
        let created = self.text(5).and_then(|text| moments.read(text));
        let happened = self.text(4).and_then(|text| moments.read(text)).unwrap_or_else(|| {
            self.flags.set(Flag::NoMoment);
            created.unwrap_or(now)
        });
        let place = self.place(6, 7);
        let part = self.part(8);
        Some(Transaction {
            id,
            kind,
            class,
            quantity,
            happened,
            created,
            place,
            part,
            user: self.owned(9),
            reference: self.reference(),
            transfer_of: self.number(19),
            read_at: now,
            late: false,
            flags: self.flags,
        })
    }

    /// What a row of the ledger was for.
    fn reference(&self) -> Option<String> {
        if let Some(words) = self.text(TRANSACTIONS.len()) {
            return Some(words.to_owned());
        }
        if let Some(order) = self.text(10) {
            return Some(match self.text(11) {
                Some(line) => format!("PO {order} line {line}"),
                None => format!("PO {order}"),
            });
        }
        if self.text(14).is_some() {
            let key = self.work_order(13);
            return Some(match self.text(18) {
                Some(operation) => format!("WO {key} operation {operation}"),
                None => format!("WO {key}"),
            });
        }
        self.text(12).map(|order| format!("CO {order}"))
    }

    fn work_order(&self, first: usize) -> WorkOrderKey {
        WorkOrderKey {
            kind: self.word(first),
            base: self.word(first + 1),
            lot: self.word(first + 2),
            split: self.word(first + 3),
            sub: self.word(first + 4),
        }
    }

    /// What is on hand of a part at a place; `None` where it names no part.
    pub fn on_hand(mut self) -> Option<(OnHand, Flags)> {
        let part = self.owned(0)?;
        let place = self.place(1, 2);
        let quantity = self.quantity(3).unwrap_or_else(|| {
            self.flags.set(Flag::NoQuantity);
            ErpQuantity::ZERO
        });
        Some((OnHand { part, place, quantity }, self.flags))
    }

    /// A part; `None` where it has no code.
    pub fn into_part(mut self) -> Option<Part> {
        let on_hand = self.quantity(6);
        Some(Part {
            id: self.owned(0)?,
            description: self.owned(1),
            unit: self.owned(2),
            fabricated: self.yes(3),
            purchased: self.yes(4),
            stocked: self.yes(5),
            on_hand,
            status: self.owned(7),
            flags: self.flags,
        })
    }

    /// A location; `None` where it has no code.
    pub fn location(mut self) -> Option<Location> {
        self.text(1)?;
        let place = self.place(0, 1);
        Some(Location {
            place,
            description: self.owned(2),
            warehouse_description: self.owned(3),
            site: self.owned(4),
            flags: self.flags,
        })
    }

    /// A work order; `None` where it has no base.
    pub fn into_work_order(mut self) -> Option<WorkOrder> {
        self.text(1)?;
        let part = self.part(5);
        let (desired, received) = (self.quantity(6), self.quantity(7));
        let status = self.owned(8);
        Some(WorkOrder {
            key: self.work_order(0),
            part,
            desired,
            received,
            status,
            flags: self.flags,
        })
    }

    /// A step of a work order; `None` where it has no number.
    pub fn operation(mut self) -> Option<Operation> {
        self.text(1)?;
        let sequence = self.number(5)?;
        let completed = self.quantity(7);
        Some(Operation {
            key: self.work_order(0),
            sequence,
            resource: self.owned(6),
            completed,
            status: self.owned(8),
            flags: self.flags,
        })
    }

    /// A line of a purchase order; `None` where it has no number.
    pub fn purchase_line(mut self) -> Option<PurchaseLine> {
        let (order, line) = (self.owned(0)?, self.number(1)?);
        let (ordered, received) = (self.quantity(7), self.quantity(8));
        Some(PurchaseLine {
            order,
            line,
            vendor: self.owned(2),
            status: self.owned(3),
            ordered_on: self.owned(4),
            promised_on: self.owned(5),
            part: self.owned(6),
            ordered,
            received,
            line_status: self.owned(9),
            flags: self.flags,
        })
    }
}

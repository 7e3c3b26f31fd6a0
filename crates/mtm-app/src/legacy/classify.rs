//! What became of each lot: its receipts, its takes and its stock put side by side.
//!
//! For one lot number, with Σin and Σout the pieces of its IN and OUT rows in the log and *stock*
//! the pieces of its rows in the stock table (transfers move pieces within a lot and count for
//! nothing), the first rule that fits decides:
//!
//! | class | rule |
//! |---|---|
//! | `no_receipt` | the log has no IN row of the lot |
//! | `balanced` | Σin = Σout + stock |
//! | `vanished` | no OUT row, stock = 0 |
//! | `surplus_out` | Σout > Σin, stock = 0 |
//! | `part_vanished` | Σout < Σin, stock = 0 |
//! | `short_stock` | 0 < stock < Σin − Σout |
//! | `unexplained` | anything else |
//!
//! *Pieces* of a lot are those its record cannot account for, |Σin − Σout − stock|: none of a
//! balanced lot, all of a vanished one, whatever left or stands of a lot without receipt.
//!
//! A lot counts if it occurs in the log or in the stock table. Lot numbers are compared after
//! folding (`42` is `0000000042`). Rows without a lot number belong to no lot and are reported as
//! findings.

use std::collections::BTreeMap;

use mtm_core::word::{LotNumber, PartCode};
use serde::Serialize;

use super::plant::{LegacyPlant, LogKind};

/// What became of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LotClass {
    /// Everything received was taken or is there.
    Balanced,
    /// Received, never taken, not there.
    Vanished,
    /// More was taken than received.
    SurplusOut,
    /// Less is there than should be.
    ShortStock,
    /// Some was taken, the rest is not there.
    PartVanished,
    /// Never received as far as the log goes.
    NoReceipt,
    /// Anything else.
    Unexplained,
}

impl LotClass {
    /// Every class, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Balanced,
        Self::Vanished,
        Self::SurplusOut,
        Self::ShortStock,
        Self::PartVanished,
        Self::NoReceipt,
        Self::Unexplained,
    ];

    /// The class of a lot with these sums; `None` where there is no such row at all.
    pub fn of(received: Option<i64>, taken: Option<i64>, stock: i64) -> Self {
        let Some(received) = received else { return Self::NoReceipt };
        let left = received - taken.unwrap_or(0);
        match taken {
            _ if left == stock => Self::Balanced,
            None if stock == 0 => Self::Vanished,
            Some(_) if stock == 0 && left < 0 => Self::SurplusOut,
            Some(_) if stock == 0 => Self::PartVanished,
            _ if 0 < stock && stock < left => Self::ShortStock,
            _ => Self::Unexplained,
        }
    }

    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::Vanished => "vanished",
            Self::SurplusOut => "surplus_out",
            Self::ShortStock => "short_stock",
            Self::PartVanished => "part_vanished",
            Self::NoReceipt => "no_receipt",
            Self::Unexplained => "unexplained",
        }
    }
}

/// The sums of one lot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LotBalance {
    /// Its part: of its first stock row, else of its first log row.
    pub part: Option<PartCode>,
    /// Pieces of its IN rows, if there are any.
    pub received: Option<i64>,
    /// Pieces of its OUT rows, if there are any.
    pub taken: Option<i64>,
    /// Pieces of its stock rows, whatever their sign.
    pub stock: i64,
    /// Whether any row of the log names it.
    pub in_log: bool,
}

impl LotBalance {
    /// What became of the lot.
    pub fn class(&self) -> LotClass {
        LotClass::of(self.received, self.taken, self.stock)
    }

    /// Pieces that the lot's record cannot account for.
    pub fn pieces(&self) -> i64 {
        (self.received.unwrap_or(0) - self.taken.unwrap_or(0) - self.stock).abs()
    }
}

/// Every lot of the plant with its sums, by lot number.
pub type Lots = BTreeMap<LotNumber, LotBalance>;

/// Adds up every lot of the log and of the stock table.
pub fn classify(plant: &LegacyPlant) -> Lots {
    let mut lots = Lots::new();
    for row in &plant.stock {
        let Some(lot) = row.lot.value() else { continue };
        let balance = lots.entry(lot.clone()).or_default();
        balance.stock += row.quantity;
        balance.part = balance.part.take().or_else(|| row.part.value().cloned());
    }
    for row in &plant.log {
        let Some(lot) = row.lot.value() else { continue };
        let balance = lots.entry(lot.clone()).or_default();
        balance.in_log = true;
        balance.part = balance.part.take().or_else(|| row.part.value().cloned());
        let sum = match row.kind {
            LogKind::In => &mut balance.received,
            LogKind::Out => &mut balance.taken,
            LogKind::Transfer | LogKind::Other => continue,
        };
        *sum.get_or_insert(0) += row.quantity;
    }
    lots
}

#[cfg(test)]
mod tests {
    use super::LotClass::{self, *};

    #[test]
    fn the_first_rule_that_fits_decides() {
        for (received, taken, stock, class) in [
            (Some(10), None, 10, Balanced),
            (Some(10), Some(10), 0, Balanced),
            (Some(10), Some(4), 6, Balanced),
            (Some(0), None, 0, Balanced),
            (Some(10), None, 0, Vanished),
            (Some(10), Some(12), 0, SurplusOut),
            (Some(10), Some(4), 0, PartVanished),
            (Some(10), Some(0), 0, PartVanished),
            (Some(10), Some(4), 5, ShortStock),
            (Some(10), None, 5, ShortStock),
            (None, Some(3), 0, NoReceipt),
            (None, None, 7, NoReceipt),
            (Some(10), Some(4), 7, Unexplained),
            (Some(10), Some(12), 1, Unexplained),
            (Some(10), Some(4), -1, Unexplained),
            (Some(10), None, -10, Unexplained),
        ] {
            assert_eq!(
                LotClass::of(received, taken, stock),
                class,
                "{received:?} {taken:?} {stock}"
            );
        }
    }
}

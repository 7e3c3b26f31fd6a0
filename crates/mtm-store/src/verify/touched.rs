//! The lots that a piece of the log touched, compared with their movements.
//!
//! What is new lies side by side, what is old is scattered: lots are read together as long as half of
//! what is read was touched, and one by one where they are few. So a hundred thousand receipts take
//! some hundred questions, and no question holds its moment for long.

use std::collections::HashSet;

use mtm_core::word::LotNumber;

use super::{Stop, lot};
use crate::sql::Connection;

/// Most lots that are read together, and about so many are compared in one step.
const TOGETHER: u32 = 500;

/// Lots that are left to be compared.
#[derive(Debug)]
pub(super) struct Touched {
    /// Sorted.
    lots: Vec<LotNumber>,
    /// How many of them were compared.
    met: usize,
    together: u32,
}

impl Touched {
    pub(super) fn of(lots: HashSet<LotNumber>) -> Self {
        let mut lots: Vec<_> = lots.into_iter().collect();
        lots.sort();
        Self { lots, met: 0, together: 1 }
    }

    pub(super) fn total(&self) -> u64 {
        self.lots.len() as u64
    }

    pub(super) fn met(&self) -> u64 {
        self.met as u64
    }

    /// Compares some of what is left. Whether there is more.
    pub(super) fn step(&mut self, connection: Connection<'_>) -> Result<bool, Stop> {
        let mut all = 0;
        while all < TOGETHER as usize
            && let Some(first) = self.lots.get(self.met)
        {
            let read = lot::run(connection, first.as_str(), self.together)?;
            let left = self.lots[self.met..].iter();
            let met = left.take_while(|lot| Some(lot.as_str()) <= read.last().map(String::as_str));
            let mut among = 0;
            for lot in met {
                if read.binary_search_by(|it| it.as_str().cmp(lot.as_str())).is_err() {
                    return Err(lot::missing(lot.as_str()));
                }
                among += 1;
            }
            self.met += among;
            let is_dense = 2 * among > read.len();
            self.together = if is_dense { self.together * 2 } else { self.together / 2 };
            self.together = self.together.clamp(1, TOGETHER);
            all += read.len();
        }
        Ok(self.met < self.lots.len())
    }
}

//! Figures of a block of the ERP's ledger: what shows that a row is missing, was changed or taken back,
//! without keeping the row.

use serde::{Deserialize, Serialize};

use super::place::ErpPlace;
use super::quantity::ErpQuantity;
use super::transaction::{Kind, Transaction};

/// Ids in a block.
pub const BLOCK: i64 = 10_000;

/// The block that holds an id.
pub const fn block_of(id: i64) -> i64 {
    id.div_euclid(BLOCK)
}

/// The first id of a block.
pub const fn first_of(block: i64) -> i64 {
    block.saturating_mul(BLOCK)
}

/// What is known of the rows of a block: how many, their sums, and a digest that any changed value of
/// direction, quantity, part or place changes. In no order: rows are added and taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// How many rows.
    pub rows: u64,
    /// Units (10⁻⁶) that came in, wrapping.
    pub came: i64,
    /// Units (10⁻⁶) that went out, wrapping.
    pub went: i64,
    /// The rows' hashes, added up, wrapping.
    pub digest: u64,
}

impl Figures {
    /// With a row more.
    pub fn add(&mut self, row: &Transaction) {
        self.add_parts(row.id, &row.kind, row.quantity, &row.part, &row.place);
    }

    /// With a row more, of which this is known.
    pub fn add_parts(
        &mut self,
        id: i64,
        kind: &Kind,
        quantity: ErpQuantity,
        part: &str,
        place: &ErpPlace,
    ) {
        self.rows = self.rows.wrapping_add(1);
        match kind {
            Kind::In => self.came = self.came.wrapping_add(quantity.0),
            Kind::Out => self.went = self.went.wrapping_add(quantity.0),
            Kind::Unknown(_) => {}
        }
        self.digest = self.digest.wrapping_add(hash(id, kind, quantity, part, place));
    }

    /// With a row less.
    pub fn take(&mut self, row: &Transaction) {
        let mut one = Self::default();
        one.add(row);
        self.rows = self.rows.wrapping_sub(one.rows);
        self.came = self.came.wrapping_sub(one.came);
        self.went = self.went.wrapping_sub(one.went);
        self.digest = self.digest.wrapping_sub(one.digest);
    }
}

/// A number that follows from a row (FNV-1a, mixed so that sums of neighbours differ). Against accident, not
/// against malice: whoever may write the ERP's ledger needs no trick.
fn hash(id: i64, kind: &Kind, quantity: ErpQuantity, part: &str, place: &ErpPlace) -> u64 {
    let texts = [kind.code(), part, &place.warehouse, &place.location];
    let numbers = id.to_le_bytes().into_iter().chain(quantity.0.to_le_bytes());
    // 0xFF is in no UTF-8 text: it keeps neighbours apart.
    let texts = texts.into_iter().flat_map(|text| text.bytes().chain([0xFF]));
    let mut hash = numbers.chain(texts).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

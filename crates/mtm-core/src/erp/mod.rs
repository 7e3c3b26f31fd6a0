//! What the books of a plant's ERP say, in words: its parts and places, its ledger, and which places of
//! ours are which of its. Only read and compared; nothing here is our stock.
//!
//! Another program's data is taken as it is: a code nobody knows, a number with more digits than ours or a
//! text that is too long is kept, flagged ([`Flag`]), and stops nothing.
//!
//! Deliberately absent: any way to change the ERP, and any way from its figures to a quantity of ours.

mod figures;
mod flag;
mod map;
mod master;
mod place;
pub mod protocol;
mod quantity;
mod row;
#[cfg(test)]
mod tests;
mod transaction;

pub use figures::{BLOCK, Figures, block_of, first_of};
pub use flag::{Flag, Flags};
pub use map::{MapError, MapRow, Mapped, PlaceMap};
pub use master::{Location, Operation, Part, PurchaseLine, WorkOrder, WorkOrderKey};
pub use place::{ErpPlace, OnHand};
pub use quantity::{ErpQuantity, ErpQuantityError};
pub use row::{Fields, Moments, RawRow};
pub use transaction::{Kind, Transaction};

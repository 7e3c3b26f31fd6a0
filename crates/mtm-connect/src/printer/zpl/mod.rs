//! Label printers that speak ZPL over a connection of their own, usually at port 9100.
//!
//! A [`Printer`] is asked how it is before anything is sent to it (`~HS`, *ZPL II Programming Guide*, "Host Status
//! Return"), and again until it has nothing left to print.
//!
//! Such a printer serves one connection at a time, so what it has to print while we are connected is ours.

mod address;
#[cfg(test)]
mod fuzz;
mod line;
mod status;

use super::Deadlines;

pub use self::address::{Address, AddressError};
pub use self::line::Line;
pub use self::status::HostStatus;

/// A printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printer {
    address: Address,
    deadlines: Deadlines,
}

impl Printer {
    /// The printer at `address`.
    pub const fn new(address: Address, deadlines: Deadlines) -> Self {
        Self { address, deadlines }
    }
}

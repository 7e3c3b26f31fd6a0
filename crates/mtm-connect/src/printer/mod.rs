//! Label printers that speak ZPL over a connection of their own, usually at port 9100.
//!
//! A [`Printer`] is asked how it is before anything is sent to it (`~HS`, *ZPL II Programming Guide*, "Host Status
//! Return"), and again until it has nothing left to print. Only then was the label printed ([`Delivery`]). One that is
//! not ready is sent nothing. What was sent, and of which the printer did not say what became of it, is unknown, and
//! nothing here sends it again.
//!
//! Such a printer serves one connection at a time, so what it has to print while we are connected is ours.

mod address;
#[cfg(test)]
mod fuzz;
mod line;
mod status;

use std::time::Duration;

pub use self::address::{Address, AddressError};
pub use self::line::{Delivery, Line, Lost};
pub use self::status::HostStatus;

/// How long a printer is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Until it takes a connection.
    pub connect: Duration,
    /// Until it says how it is, and takes some of what is sent.
    pub answer: Duration,
    /// Until it has printed a label that it was sent, as long as it says that all is well.
    pub print: Duration,
    /// Until somebody saw to it, while it says what it lacks.
    pub held: Duration,
    /// Between two questions.
    pub pause: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(5),
            print: Duration::from_secs(60),
            held: Duration::from_secs(600),
            pause: Duration::from_millis(250),
        }
    }
}

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

    /// Where it is.
    pub const fn address(&self) -> &Address {
        &self.address
    }
}

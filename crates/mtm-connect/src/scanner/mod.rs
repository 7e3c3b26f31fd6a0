//! Scanners that are devices: a serial port, a network connection, a keyboard that is grabbed.
//!
//! A [`Source`] says which device; [`attend`] opens it, opens it again whenever it went away, and hands whole
//! scans to a [`Taker`], one after the other: the next is taken when the one before was answered. Each transport
//! is a [`Device`] that opens a [`Line`] of bytes; what a scan is on it, the [`Framer`] decides.
//!
//! Deliberately absent: what a scan means, and where it is kept. A taker says "taken" when the scan is
//! where it cannot be lost; only that is acknowledged to the device.

mod bytes;
mod debounce;
mod device;
mod error;
mod framer;
#[cfg(test)]
mod fuzz;
mod hid;
mod serial;
mod source;
mod tcp;

pub use bytes::unescape;
pub use debounce::Debounce;
pub use device::{Device, Heard, Line, Replies, Rules, Taker, Verdict, attend};
pub use error::{Loss, Lost};
pub use framer::{End, Fault, Framer, Framing, Garble, Piece};
pub use serial::{Flow, Parity, Port, Wire};
pub use source::{Source, SourceError};
pub use tcp::listen;

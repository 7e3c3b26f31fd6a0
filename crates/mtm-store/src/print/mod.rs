//! Labels on their way to printers, and how the printers are.
//!
//! A job is one label for one printer (`job`). Who asks for it has what stands on it written down with it, so that what
//! is printed later is what was asked for. A printer's jobs go one after the other (`turn`): marked before the first
//! byte leaves, so that one that is found so after a kill may be out, and is a person's to look for (`decide`).
//!
//! A printer that prints the labels of receipts by itself has a place in the log; moving on lays out the jobs in the
//! same transaction, and a receipt has one for a printer, so nothing is lost or doubled by a kill.

mod decide;
mod job;
mod list;
mod printer;
mod row;
mod turn;

pub use crate::deed::DeedRow;
pub use decide::JobDecision;
pub use job::{Labels, NewJob, Spelled};
pub use list::{JobQuery, JobSheet};
pub use printer::PrinterRow;
pub use row::PrintJob;
pub use turn::{DueJob, PrintEnd};

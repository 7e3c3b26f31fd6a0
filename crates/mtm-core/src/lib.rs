//! The pure domain of MTM WIP.
//!
//! Everything a booking can mean is decided here and nowhere else: the words of the shop floor as
//! types ([`word`]), what a person or machine may ask for ([`command`]), what the ledger knows at
//! that moment ([`view`]), and the verdict ([`decide()`]) as balanced [`posting`]s or a typed
//! [`rejection`].
//!
//! Deliberately absent: I/O, clocks, randomness, async and any knowledge of a database or of HTTP.
//! Time and identity come in as values, so that a recorded history replays to the same result.

pub mod approval;
pub mod audit;
pub mod catalogue;
pub mod code;
pub mod command;
pub mod count;
pub mod decide;
pub mod erp;
pub mod event;
pub mod guard;
pub mod intent;
pub mod label;
pub mod machine;
pub mod master_sync;
pub mod minimum;
pub mod movement;
pub mod notice;
pub mod opcua;
#[cfg(feature = "openapi")]
mod openapi;
pub mod outcome;
pub mod period;
pub mod plausibility;
pub mod policy;
pub mod posting;
pub mod print;
pub mod reconcile;
pub mod rejection;
pub mod reservation;
pub mod routing;
pub mod scan;
pub mod shift;
pub mod sparkplug;
pub mod sync;
pub mod trace;
pub mod trouble;
pub mod view;
pub mod word;
mod words;
pub mod work_order;

pub use command::{Action, Command};
pub use decide::decide;
pub use posting::Postings;
pub use rejection::Rejection;
pub use view::View;

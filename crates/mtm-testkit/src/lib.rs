//! Fixtures: the real programs the tests run against, started privately and always stopped.
//!
//! Every server runs in a temporary directory on a free port of 127.0.0.1 and belongs to one
//! test process. Three things stop it: the guard's drop, also while a test panics; the
//! [`process`] module's reaper when the test process ends any other way; and the test command,
//! which fails when anything outlives a run.
//!
//! A machine without a server or browser skips loudly ([`Fixture::or_skip`]): the reason is
//! printed, recorded for the summary, and counts as a failure when `MTM_REQUIRE_ALL=1`.
//!
//! Absent on purpose: mocks of our own parts, fixed ports, sleeps in place of conditions, and
//! any use outside `[dev-dependencies]`.

pub mod api;
pub mod backend;
pub mod broker;
pub mod browser;
pub mod called;
pub mod clock;
pub mod collector;
pub mod decoder;
pub mod events;
pub mod fuzz;
pub mod galera;
pub mod identity;
mod listener;
pub mod mariadb;
pub mod mtm_process;
pub mod odbc;
pub mod opcua;
pub mod poll;
mod ports;
pub mod printer;
pub mod process;
pub mod proof;
#[cfg(unix)]
pub mod pty;
pub mod receiver;
pub mod skip;
pub mod smtp;
pub mod sparkplug;
pub mod sqlite;

pub use api::{Api, Reply};
pub use broker::{Mosquitto, NatsServer};
pub use browser::Browser;
pub use decoder::{Decoders, ZplPrinter};
pub use events::{EventFollower, Told};
pub use fuzz::{Fuzz, Said};
pub use galera::Galera;
pub use identity::OidcProvider;
pub use mariadb::{MariaDb, Replicated};
pub use mtm_process::Mtm;
pub use odbc::Odbc;
pub use opcua::OpcuaServer;
pub use printer::{CupsServer, IppEvePrinter};
#[cfg(unix)]
pub use pty::Pty;
pub use receiver::Receiver;
pub use skip::Fixture;
pub use smtp::SmtpServer;
pub use sparkplug::SparkplugLibrary;

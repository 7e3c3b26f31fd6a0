//! Load over HTTP, and an honest account of what came back.
//!
//! # What the figures mean
//!
//! * **per second** is accepted work (movements for the writing scenarios, requests for the
//!   reading ones) over the time from the end of the warm-up to the last answer. A refusal or a
//!   lost answer is not work.
//! * **service** is the time from writing a request to having read its whole answer.
//! * **response** is what somebody waited who wanted the booking at its planned moment. With an
//!   open [`Pace`] requests have planned moments that do not wait for earlier answers, and the
//!   time runs from there: a server that stalls for a second makes every request planned in that
//!   second late, and each is counted (no *coordinated omission*). With a closed pace there are
//!   no planned moments; the service times are corrected as if each client had kept sending at
//!   its mean pace through every stall. Both are kept in histograms of three significant digits.
//! * **generator lag** is how late this generator itself was although a client was idle. It is
//!   part of the response times. Timers have a resolution of a millisecond; where the lag is as
//!   large as the response times, the figures are about the generator, not the server.
//! * **resent** are requests whose answer was lost (connection cut, time-out) and that were
//!   sent again under the same key. That is what clients shall do; the audit shows that it
//!   counted once.
//!
//! # What they do not mean
//!
//! The generator shares the machine's cores with the server unless it runs elsewhere: figures on
//! one machine are a lower bound of what the server can do. A run of seconds says nothing about
//! growth over years. Figures of different machines are not comparable; ratios against a
//! [`Baseline`] measured in the same run are.
//!
//! A result without an [`Audit`] proves speed and nothing else: the program adds one, comparing
//! what was acknowledged with what the ledger holds afterwards.
//!
//! Deliberately absent: TLS (it would measure the client's cryptography on the same cores), a
//! database driver (the program measures the bare loop and hands the figure in), and any
//! judgement against a budget.

mod client;
mod connection;
mod histogram;
mod machine;
mod material;
mod pace;
mod prepare;
mod report;
mod run;
mod scenario;
mod tally;
mod target;
mod work;

pub use histogram::{Latency, Recorder};
pub use machine::Machine;
pub use material::Material;
pub use pace::{Pace, Stop};
pub use report::{Audit, AuditVerdict, Baseline, BenchReport, DataSize};
pub use run::{BenchPlan, Faults, RunResult, run};
pub use scenario::{Scenario, UnknownScenario};
pub use tally::Tally;
pub use target::{BenchError, Target};

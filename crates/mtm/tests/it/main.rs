//! The program as people and scripts meet it: real processes, real files, real connections.

mod administering;
mod bench;
mod booking;
mod browser_journey;
mod concurrency;
mod configuring;
mod import;
mod killing;
mod looking;
mod migrate;
mod proving;
mod starting;
mod support;

//! The program as people and scripts meet it: real processes, real files, real connections.

mod administering;
mod booking;
mod concurrency;
mod configuring;
mod killing;
mod looking;
mod proving;
mod starting;
mod support;

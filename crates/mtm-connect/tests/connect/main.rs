//! Calls to real servers, and signatures by hand.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod b2mml;
mod brokers;
mod calls;
#[cfg(unix)]
mod erp;
mod guard;
mod guard_model;
mod ipp;
mod mail;
mod mtconnect;
mod oidc;
#[cfg(unix)]
mod opcua;
mod peers;
mod printer;
mod rest;
mod scales;
#[cfg(unix)]
mod scanners;
mod signatures;
mod sparkplug;

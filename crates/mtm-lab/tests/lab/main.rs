//! Tests of the generator and the load generator through their public faces.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test states its expectations by panicking, in its fixtures too"
)]

mod bench_server;
mod ledger;
mod plant_ledger;
mod plant_shapes;
mod proxy;
mod server;
mod simulator;
mod simulator_identity;
mod simulator_mtconnect;

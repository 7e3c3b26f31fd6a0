//! The program as people and scripts meet it: real processes, real files, real connections.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod administering;
mod archives;
mod auditing;
mod bench;
mod booking;
mod brokering;
mod browser_journey;
mod browser_wedges;
mod checkpoints;
mod cluster;
mod codes;
mod concurrency;
mod configuring;
mod connections;
mod counting;
mod database;
mod disks;
#[cfg(unix)]
mod exchanging;
mod floor;
mod guide;
mod import;
mod importing;
mod killing;
mod lab_sparkplug;
mod load;
mod looking;
mod machine_journey;
mod mapping;
mod measuring;
mod migrate;
mod migrate_follow;
mod migrate_server;
mod peers;
mod printing;
mod proving;
mod publishing;
mod reading_erp;
mod reading_rest;
mod reads;
mod receiving;
mod reconciling;
mod relaying;
mod reloading;
mod saving;
#[cfg(unix)]
mod scan_devices;
mod scanning;
mod scanning_labels;
mod secrets;
mod sign_in_journey;
mod sign_in_lab;
mod starting;
mod support;
mod telling;
mod telling_erp;
mod tracing;
mod truth;
mod workflow;

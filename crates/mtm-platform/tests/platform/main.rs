//! Promises of the platform crate that need a second process or a failing disk.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod disk;
mod owner;

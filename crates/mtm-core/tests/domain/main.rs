//! The domain's promises, told as stories and tried on random histories.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test states its expectations by panicking"
)]

#[expect(unreachable_pub, reason = "other test binaries take the folder in as it is")]
#[path = "../model/mod.rs"]
mod model;
mod properties;
mod stories;

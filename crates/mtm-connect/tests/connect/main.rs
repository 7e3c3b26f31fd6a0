//! Calls to real servers, and signatures by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod calls;
mod signatures;

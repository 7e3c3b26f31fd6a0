//! When something came in, by the clock that the servers on this machine have as well.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970.
pub fn micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

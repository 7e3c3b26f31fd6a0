//! What a guard goes by.

use std::time::Duration;

/// What a guard goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The peer is left alone when so many of a hundred calls failed.
    pub error_percent: u8,
    /// A call that takes as long is slow.
    pub slow: Duration,
    /// The peer is left alone when so many of a hundred calls were slow.
    pub slow_percent: u8,
    /// Fewer calls within the window say nothing.
    pub least_calls: u32,
    /// For how long a call counts.
    pub window: Duration,
    /// How long it is left alone at first; each failed probe doubles it.
    pub pause: Duration,
    /// The longest pause: a peer that is well again is called within it.
    pub longest_pause: Duration,
    /// Longest that a peer can ask to be left alone for (`Retry-After`).
    pub longest_asked: Duration,
    /// Until when a call has to end; a probe that did not is given up.
    pub deadline: Duration,
    /// Calls under way at once.
    pub at_once: u16,
    /// Calls that may wait for others to end.
    pub waiting: u16,
    /// Calls in a second; 0 for as many as come.
    pub per_second: u32,
    /// Of a hundred calls so many may be repeated by the guard itself.
    pub repeat_percent: u8,
    /// How often one call is repeated at most.
    pub repeats: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            error_percent: 50,
            slow: Duration::from_secs(5),
            slow_percent: 80,
            least_calls: 10,
            window: Duration::from_secs(60),
            pause: Duration::from_secs(5),
            longest_pause: Duration::from_secs(60),
            longest_asked: Duration::from_secs(3_600),
            deadline: Duration::from_secs(15),
            at_once: 8,
            waiting: 64,
            per_second: 0,
            repeat_percent: 10,
            repeats: 2,
        }
    }
}

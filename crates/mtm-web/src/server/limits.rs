//! Bounds on what a client may cost.

use std::time::Duration;

use crate::request::BodyLimit;

/// What one server grants its clients; generous to people, boring to attackers.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most connections at once; more wait in the system's queue.
    pub connections: usize,
    /// Longest time for the header fields of a request, the TLS handshake, and between requests.
    pub header_time: Duration,
    /// Most bytes of header fields.
    pub header_size: usize,
    /// Bodies that are read whole.
    pub body: BodyLimit,
    /// Bodies that are read as a stream, such as imports.
    pub stream: StreamLimit,
    /// Longest time a client may leave sent bytes unread.
    pub write_time: Duration,
    /// Longest time that open requests are given when the server stops.
    pub drain_time: Duration,
    /// Pause between signs of life on an event stream.
    pub heartbeat: Duration,
}

/// What a streamed body may cost.
#[derive(Debug, Clone, Copy)]
pub struct StreamLimit {
    /// Longest pause between two pieces.
    pub pause: Duration,
    /// Most bytes of one line.
    pub line: usize,
    /// Most bytes of an uploaded file.
    pub file: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            header_time: Duration::from_secs(10),
            header_size: 64 * 1024,
            body: BodyLimit::default(),
            stream: StreamLimit {
                pause: Duration::from_secs(30),
                line: 64 * 1024,
                file: 100 * 1024 * 1024,
            },
            write_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(10),
            heartbeat: Duration::from_secs(15),
        }
    }
}

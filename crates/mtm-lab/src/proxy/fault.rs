//! What can happen to bytes on their way.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// What clients send.
    ToServer,
    /// What the server sends.
    ToClient,
}

/// What happens to the bytes of a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// They arrive.
    #[default]
    Pass,
    /// They arrive, each as much later.
    Delay(Duration),
    /// They arrive a few at a time.
    Drip {
        /// How many.
        bytes: NonZeroUsize,
        /// How long apart.
        every: Duration,
    },
    /// They are taken and never arrive, and neither does the end of the stream: the connection
    /// stays open as if the other side had vanished. With both directions set, a black hole.
    Swallow,
    /// Connections are ended, those that exist at once and new ones as soon as they are accepted.
    /// One direction is enough.
    Over(End),
}

/// How a connection ends, towards both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Closed in order (FIN), as by a program that exits.
    Cut,
    /// Reset (RST), as by a machine that restarted or a firewall that forgot. What was on its way
    /// to the receiver may be lost.
    Reset,
}

/// What holds for all connections now.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rules {
    to_server: Fault,
    to_client: Fault,
    /// How often all connections were ended, and how last.
    ended: u64,
    end: Option<End>,
}

impl Rules {
    pub(super) fn set(&mut self, direction: Direction, fault: Fault) {
        match direction {
            Direction::ToServer => self.to_server = fault,
            Direction::ToClient => self.to_client = fault,
        }
    }

    pub(super) fn heal(&mut self) {
        (self.to_server, self.to_client) = (Fault::Pass, Fault::Pass);
    }

    pub(super) fn end_all(&mut self, end: End) {
        self.ended += 1;
        self.end = Some(end);
    }

    pub(super) fn of(&self, direction: Direction) -> Fault {
        match direction {
            Direction::ToServer => self.to_server,
            Direction::ToClient => self.to_client,
        }
    }

    /// Which generation of connections one belongs to that comes now.
    pub(super) fn generation(&self) -> u64 {
        self.ended
    }

    /// Whether a connection of that generation must end, and how.
    pub(super) fn end_of(&self, generation: u64) -> Option<End> {
        match (self.to_server, self.to_client) {
            (Fault::Over(end), _) | (_, Fault::Over(end)) => Some(end),
            _ => self.end.filter(|_| self.ended > generation),
        }
    }
}

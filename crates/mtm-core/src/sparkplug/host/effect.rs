//! What follows from what an edge node says.

use std::fmt;

use super::super::Id;
use crate::machine::Batch;

/// What something is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// The edge node with all its devices.
    Node,
    /// One device.
    Device(Id),
}

/// Why an edge node has to be born again. Reads well after "because".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Nothing was heard of it yet.
    Opened,
    /// Something was said without a birth before it.
    Unborn(Owner),
    /// The message with this number did not come.
    Missed(u8),
    /// A message could not be read.
    Unreadable(String),
    /// An alias stands for nothing.
    UnknownAlias(u64),
    /// A birth did not name this metric.
    UnknownName(String),
    /// It has more metrics or devices than are kept.
    TooMany,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened => f.write_str("nothing was heard of it yet"),
            Self::Unborn(Owner::Node) => f.write_str("it spoke without a birth"),
            Self::Unborn(Owner::Device(device)) => {
                write!(f, "it spoke of {device} without a birth of that")
            }
            Self::Missed(seq) => write!(f, "its message {seq} did not come"),
            Self::Unreadable(why) => write!(f, "a message of it {why}"),
            Self::UnknownAlias(alias) => write!(f, "its alias {alias} stands for nothing"),
            Self::UnknownName(name) => write!(f, "no birth named its metric {name:?}"),
            Self::TooMany => f.write_str("it has more metrics or devices than are kept"),
        }
    }
}

/// What follows from what was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The machine said this.
    Batch(Batch),
    /// The node is to be asked for its births.
    AskRebirth(Why),
    /// It is gone, and what it had is unavailable; a batch says so too.
    Stale(Owner),
}

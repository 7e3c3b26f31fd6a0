//! Channels: messages of one type kept apart.

use std::sync::Arc;

/// Keeps messages of one type apart. What is sent on a channel is told to those who registered on
/// it and to nobody else; the default is the common channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Channel(Option<Arc<str>>);

impl Channel {
    /// The channel of this name: whoever names it the same is on the same one.
    pub fn named(name: impl std::fmt::Display) -> Self {
        Self(Some(name.to_string().into()))
    }
}

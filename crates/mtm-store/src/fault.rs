//! Infrastructure failing, as opposed to the domain refusing.

/// Why the store could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It may work when tried again: nothing was written.
    #[error("the database is not available now: {0}")]
    Transient(String),
    /// Whether it was written is not known; look the key up before trying again.
    #[error("the database did not confirm the write: {0}")]
    Ambiguous(String),
    /// Trying again does not help.
    #[error("the database cannot do that: {0}")]
    Permanent(String),
    /// The file holds something this program must not touch.
    #[error("{0}")]
    Unusable(String),
}

impl Fault {
    /// Whether the caller may simply try again.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Transient(_))
    }
}

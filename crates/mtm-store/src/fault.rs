//! Infrastructure failing, as opposed to the domain refusing.

use mtm_core::code::Code;
use mtm_core::trouble::Trouble;

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
    /// The code a caller is answered with.
    pub const fn code(&self) -> Code {
        match self {
            Self::Transient(_) => Code::Unavailable,
            Self::Ambiguous(_) => Code::OutcomeUnknown,
            Self::Permanent(_) | Self::Unusable(_) => Code::Internal,
        }
    }

    /// What is done about it.
    pub const fn trouble(&self) -> Trouble {
        self.code().trouble()
    }

    /// Whether the caller may simply try again.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Transient(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_means_what_it_is_called() {
        let text = String::new;
        for (fault, trouble) in [
            (Fault::Transient(text()), Trouble::Transient),
            (Fault::Ambiguous(text()), Trouble::Ambiguous),
            (Fault::Permanent(text()), Trouble::Permanent),
            (Fault::Unusable(text()), Trouble::Permanent),
        ] {
            assert_eq!(fault.trouble(), trouble, "{fault:?}");
            assert_eq!(fault.is_transient(), trouble == Trouble::Transient, "{fault:?}");
        }
    }
}

//! Why a piece of work inside the writer did not go through.

use mtm_core::Rejection;

use crate::fault::Fault;
use crate::sqlite::fault::{Trouble, trouble};
use crate::submission::PostError;

/// A refusal, or trouble.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The domain said no. Nothing of the work was written, or it was undone.
    Refused(Rejection),
    /// The engine failed.
    Engine(rusqlite::Error),
    /// The server failed, or the way to it.
    Server(mysql_async::Error),
    /// Somebody else was faster: what was decided on is not so any more.
    Stale,
    /// The store failed, as it says.
    Fault(Fault),
    /// The tables do not say what they must.
    Broken(String),
}

impl Failure {
    /// Whether the rest of the group may go through without the work that failed.
    pub(crate) fn concerns_only_itself(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Broken(_) => true,
            Self::Engine(error) => trouble(error) == Trouble::Statement,
            Self::Server(_) | Self::Fault(_) | Self::Stale => false,
        }
    }

    /// Whether the connection must be opened anew before it is used again.
    pub(crate) fn spoils_connection(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Stale | Self::Broken(_) => false,
            Self::Engine(error) => matches!(trouble(error), Trouble::Disk | Trouble::Damaged),
            Self::Server(_) | Self::Fault(_) => true,
        }
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<Failure> for PostError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(rejection) => Self::Rejected(rejection),
            Failure::Engine(error) => Self::Fault(error.into()),
            Failure::Server(error) => Self::Fault(crate::mariadb::fault(error)),
            Failure::Stale => Self::Fault(stale()),
            Failure::Fault(fault) => Self::Fault(fault),
            Failure::Broken(message) => Self::Fault(Fault::Unusable(message)),
        }
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(rejection) => Self::Permanent(rejection.message),
            Failure::Engine(error) => error.into(),
            Failure::Server(error) => crate::mariadb::fault(error),
            Failure::Stale => stale(),
            Failure::Fault(fault) => fault,
            Failure::Broken(message) => Self::Unusable(message),
        }
    }
}

fn stale() -> Fault {
    Fault::Transient("others changed the same things at the same time".to_owned())
}

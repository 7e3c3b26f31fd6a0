//! Why a call of a peer brought no answer.

use std::time::Duration;

use mtm_core::trouble::Trouble;

use crate::credential::CredentialError;
use crate::guard::Refusal;
use crate::outgoing::{CallError, ClientError, TargetError};

/// Why a call of a peer brought no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallFailed {
    /// There was nothing to prove with who asks; it was not called.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// It does not take the proof, nor a fresh one.
    #[error("it does not take this server's proof of who it is (status 401)")]
    NotTaken,
    /// It was not called, because it was left alone just then.
    #[error(transparent)]
    Guarded(Refusal),
    /// It was called, and did not answer as it should.
    #[error(transparent)]
    Call(#[from] CallError),
    /// No answer by the deadline; it may have been received.
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// It answered with something else than was asked for.
    #[error("it answered with {found} instead of {wanted}")]
    OtherContent {
        /// What was asked for.
        wanted: String,
        /// What came.
        found: String,
    },
    /// It answered, and not as is known of it.
    #[error("it answered otherwise than is known of it: {0}")]
    Unreadable(&'static str),
    /// The path leads away from its address.
    #[error("the path leads away from its address")]
    Elsewhere,
    /// The path makes no address.
    #[error(transparent)]
    Address(#[from] TargetError),
    /// Its certificates cannot be used.
    #[error(transparent)]
    Certificates(#[from] ClientError),
    /// It answered, but that it is not well.
    #[error("it answered with status {0}")]
    Unwell(u16),
}

impl CallFailed {
    /// A stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Credential(error) => error.code(),
            Self::NotTaken => "credential_refused",
            Self::Guarded(_) => "left_alone",
            Self::Call(CallError::Refused(_)) | Self::Address(_) | Self::Elsewhere => {
                "address_refused"
            }
            Self::Call(CallError::Tls(fault)) => fault.code(),
            Self::Call(CallError::Unreachable(_)) => "unreachable",
            Self::Call(CallError::TimedOut(_)) | Self::TimedOut(_) => "timed_out",
            Self::Call(CallError::Broken(_)) => "connection_broken",
            Self::Call(CallError::Endless(_)) => "answer_too_long",
            Self::OtherContent { .. } => "content_type_differs",
            Self::Unreadable(_) => "answer_unreadable",
            Self::Certificates(_) => "certificates_unusable",
            Self::Unwell(_) => "not_well",
        }
    }

    /// What to do about it.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Credential(error) => error.next_step(),
            Self::NotTaken => {
                "Have the other system know this key, secret or client, and compare audience and scope."
            }
            Self::Guarded(_) => {
                "It is called again by itself; the page of the other systems says when."
            }
            Self::Call(CallError::Refused(_)) => {
                "Correct url, or the name's address: services of the hosting platform are not called."
            }
            Self::Call(CallError::Tls(fault)) => fault.next_step(),
            Self::Call(CallError::Unreachable(_)) => {
                "Look whether the other system runs, and whether a firewall is in the way."
            }
            Self::Call(CallError::TimedOut(_) | CallError::Broken(_)) | Self::TimedOut(_) => {
                "Look at the other system's log and load; deadline_ms says how long it is waited for."
            }
            Self::Call(CallError::Endless(_)) => {
                "Raise answer_kib, if the answer is to be that long."
            }
            Self::OtherContent { .. } => {
                "Look whether url leads to the interface itself, not to a page before it."
            }
            Self::Unreadable(_) => {
                "Compare the mapping with what the other system's documentation says it answers."
            }
            Self::Address(_) | Self::Elsewhere => "Correct url or the path.",
            Self::Certificates(_) => {
                "Correct ca_file, client_certificate_file and client_key_file."
            }
            Self::Unwell(404) => "Correct url or health: there is nothing at that path.",
            Self::Unwell(403) => "Have the other system allow this client to read that path.",
            Self::Unwell(300..=399) => {
                "Name the address that it sends to: nobody else is told who this server is."
            }
            Self::Unwell(_) => "Look into the other system's log.",
        }
    }

    /// What that is to whoever wanted the call.
    pub const fn trouble(&self) -> Trouble {
        match self {
            Self::Credential(error) if error.passes() => Trouble::Transient,
            Self::Guarded(_) | Self::Call(CallError::Tls(_) | CallError::Unreachable(_)) => {
                Trouble::Transient
            }
            Self::TimedOut(_)
            | Self::Call(CallError::TimedOut(_) | CallError::Broken(_) | CallError::Endless(_))
            | Self::OtherContent { .. }
            | Self::Unreadable(_) => Trouble::Ambiguous,
            Self::Credential(_)
            | Self::NotTaken
            | Self::Call(CallError::Refused(_))
            | Self::Elsewhere
            | Self::Address(_)
            | Self::Certificates(_) => Trouble::Permanent,
            Self::Unwell(status) => match Trouble::of_answer(*status) {
                Some(trouble) => trouble,
                None => Trouble::Permanent,
            },
        }
    }
}

//! Why an agent says nothing that can be used.

use std::time::Duration;

use super::document::{Said, shortened};
use super::stream::Torn;
use super::xml::Unreadable;
use crate::outgoing::{CallError, ClientError, TargetError};

/// Why an agent says nothing that can be used. It ends the source: it is opened anew after a pause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Away {
    /// The certificates for it cannot be used.
    #[error(transparent)]
    Certificates(#[from] ClientError),
    /// Its address and the name of its device make no address.
    #[error(transparent)]
    Address(#[from] TargetError),
    /// It was not reached, or the call broke.
    #[error("the agent cannot be asked: {0}")]
    Call(CallError),
    /// It said nothing on a stream, not even that it is there.
    #[error("the agent said nothing for {} s, not even that it is there", .0.as_secs_f32())]
    Silent(Duration),
    /// It ended a stream.
    #[error("the agent ended its stream")]
    Ended,
    /// It answered with this status of HTTP, and not in its own words.
    #[error("it answered with status {0}")]
    Refused(u16),
    /// It is no agent.
    #[error("this is no agent of MTConnect: it answered with {0}")]
    NotMtconnect(String),
    /// A document or a part of a stream was not read to its end.
    #[error("a document of the agent is longer than {0} bytes")]
    TooLarge(usize),
    /// A document cannot be read, or holds more than is taken.
    #[error("a document of the agent cannot be read: line {line}: {what}")]
    Malformed {
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// A stream cannot be taken apart.
    #[error("the stream of the agent cannot be read: {0}")]
    Torn(&'static str),
    /// It has no such device.
    #[error("the agent has no device {0:?}")]
    NoSuchDevice(String),
    /// The device has no such data item any more.
    #[error("the device has no data item {0:?}")]
    TagGone(String),
    /// It said an error of the standard.
    #[error("the agent says {code}: {words}")]
    Said {
        /// The code, as it was said.
        code: String,
        /// The words with it.
        words: String,
    },
}

impl Away {
    /// Stable machine-readable name of the cause.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Certificates(_) => "certificates_unusable",
            Self::Address(_) | Self::Call(CallError::Refused(_)) => "address_refused",
            Self::Call(CallError::Tls(_)) => "tls_failed",
            Self::Call(CallError::Unreachable(_)) => "unreachable",
            Self::Call(CallError::TimedOut(_)) => "timed_out",
            Self::Call(CallError::Broken(_)) | Self::Ended => "connection_broken",
            Self::Call(CallError::Endless(_)) | Self::TooLarge(_) => "answer_too_long",
            Self::Silent(_) => "agent_silent",
            Self::Refused(_) => "agent_refused",
            Self::NotMtconnect(_) => "no_agent",
            Self::Malformed { .. } | Self::Torn(_) => "answer_unreadable",
            Self::NoSuchDevice(_) => "unknown_device",
            Self::TagGone(_) => "unknown_data_item",
            Self::Said { .. } => "agent_error",
        }
    }

    /// What a person can do about it.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Certificates(_) => "Correct the files of the certificates.",
            Self::Address(_) | Self::Call(CallError::Refused(_)) => "Correct the address.",
            Self::Call(CallError::Tls(fault)) => fault.next_step(),
            Self::Call(CallError::Unreachable(_)) => {
                "Look whether the agent runs, and whether a firewall is in the way."
            }
            Self::Call(CallError::TimedOut(_) | CallError::Broken(_))
            | Self::Silent(_)
            | Self::Ended => {
                "It is asked again by itself. If that goes on, look at the agent and the network."
            }
            Self::Call(CallError::Endless(_)) | Self::TooLarge(_) => {
                "Name one device of the agent, so that its documents are shorter."
            }
            Self::Refused(300..=399) => {
                "Name the address that it sends to: redirects are not followed."
            }
            Self::Refused(_) | Self::NotMtconnect(_) => {
                "Look whether the address is the agent's root: below it, /probe answers with XML."
            }
            Self::Malformed { .. } | Self::Torn(_) => {
                "Have the maker of the agent correct what it answers."
            }
            Self::NoSuchDevice(_) => "Name the device as /probe of the agent does, or none.",
            Self::TagGone(_) => "Choose the counter anew: /probe of the agent lists what there is.",
            Self::Said { .. } => "Look into the agent's log.",
        }
    }

    /// What an agent's own words mean to somebody who asked for `device`.
    pub(super) fn said(errors: Vec<Said>, device: Option<&str>) -> Self {
        let first = errors.into_iter().next();
        let Said { code, words } = first.unwrap_or_else(|| Said {
            code: "an error".to_owned(),
            words: "without saying which".to_owned(),
        });
        match device {
            Some(device) if code == "NO_DEVICE" => Self::NoSuchDevice(device.to_owned()),
            _ => Self::Said { code, words },
        }
    }

    /// What came is of this type, and no document.
    pub(super) fn no_document(content_type: &str) -> Self {
        Self::NotMtconnect(shortened(content_type, 60))
    }
}

impl From<CallError> for Away {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Endless(most) => Self::TooLarge(most),
            other => Self::Call(other),
        }
    }
}

impl From<Unreadable> for Away {
    fn from(Unreadable { line, message }: Unreadable) -> Self {
        Self::Malformed { line, what: message }
    }
}

impl From<Torn> for Away {
    fn from(torn: Torn) -> Self {
        match torn {
            Torn::TooLarge(most) => Self::TooLarge(most),
            Torn::Odd(why) => Self::Torn(why),
        }
    }
}

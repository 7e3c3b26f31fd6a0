//! Why a request has no proof.

use std::time::Duration;

use crate::guard::Refusal;
use crate::outgoing::{CallError, ClientError};
use crate::secret::SecretError;

/// What an authorization server says no with (RFC 6749, §5.2). A word of its own is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The request lacks something.
    InvalidRequest,
    /// It does not know us, or not by this secret or key.
    InvalidClient,
    /// The grant is none.
    InvalidGrant,
    /// We may not have tokens in this way.
    UnauthorizedClient,
    /// It gives no tokens in this way.
    UnsupportedGrantType,
    /// The scope is none, or more than we may.
    InvalidScope,
    /// The audience or resource is none (RFC 8707, §2).
    InvalidTarget,
    /// Something else.
    Other,
}

impl Denial {
    /// Of the server's word.
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "invalid_request" => Self::InvalidRequest,
            "invalid_client" => Self::InvalidClient,
            "invalid_grant" => Self::InvalidGrant,
            "unauthorized_client" => Self::UnauthorizedClient,
            "unsupported_grant_type" => Self::UnsupportedGrantType,
            "invalid_scope" => Self::InvalidScope,
            "invalid_target" => Self::InvalidTarget,
            _ => Self::Other,
        }
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::Other => "another reason",
        }
    }

    const fn next_step(self) -> &'static str {
        match self {
            Self::InvalidClient => {
                "Compare client_id and the secret or key with what is registered at the authorization server."
            }
            Self::UnauthorizedClient | Self::InvalidGrant | Self::UnsupportedGrantType => {
                "Have the client credentials grant allowed for this client at the authorization server."
            }
            Self::InvalidScope => "Correct scope, or have it allowed for this client.",
            Self::InvalidTarget => "Correct audience or resource.",
            Self::InvalidRequest | Self::Other => {
                "Look into the log of the authorization server; client_auth, scope, audience and resource decide what it is sent."
            }
        }
    }
}

/// Why a request has no proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The secret is not there.
    #[error("no secret: {0}")]
    Secret(#[from] SecretError),
    /// The key is none that can sign.
    #[error("the private key cannot be used: {0}")]
    Key(&'static str),
    /// The authorization server says no.
    #[error("the authorization server gives no token: {}", .0.as_str())]
    Denied(Denial),
    /// The authorization server does not answer as it should; it passes.
    #[error("the authorization server cannot be reached: {why}")]
    Away {
        /// What came of it.
        why: String,
        /// How long it asks to be left alone for.
        asked: Option<Duration>,
    },
    /// Its answer breaks a rule.
    #[error("the answer of the authorization server is no token: {0}")]
    Untrusted(&'static str),
    /// It was not asked, because it was left alone just then.
    #[error("the authorization server was not asked: {0}")]
    Guarded(Refusal),
    /// The certificates that belong to it cannot be used.
    #[error(transparent)]
    Certificates(#[from] ClientError),
}

impl CredentialError {
    /// A stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Secret(_) => "secret_missing",
            Self::Key(_) => "key_unusable",
            Self::Denied(_) => "token_denied",
            Self::Away { .. } | Self::Guarded(_) => "token_endpoint_unavailable",
            Self::Untrusted(_) => "token_unusable",
            Self::Certificates(_) => "certificates_unusable",
        }
    }

    /// What to do about it.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Secret(error) => error.next_step(),
            Self::Key(_) => {
                "Give it in PKCS#8 (`openssl pkcs8 -topk8 -nodes`): RSA from 2048 bits, P-256 or Ed25519."
            }
            Self::Denied(denial) => denial.next_step(),
            Self::Away { .. } => {
                "Look whether token_url is right and answers; `mtm connect test` shows how far it gets."
            }
            Self::Untrusted(_) => {
                "Look whether token_url is the token endpoint itself, not a page before it."
            }
            Self::Guarded(_) => "It is tried again by itself.",
            Self::Certificates(_) => {
                "Correct ca_file, client_certificate_file and client_key_file."
            }
        }
    }

    /// Whether it passes by itself.
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Away { .. } | Self::Guarded(_))
    }

    pub(crate) fn away(error: &CallError) -> Self {
        Self::Away { why: error.to_string(), asked: None }
    }
}

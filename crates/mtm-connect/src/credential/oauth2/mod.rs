//! Tokens of an authorization server for this program itself (client credentials: RFC 6749, §4.4), by a
//! shared secret (§2.3.1) or by a key of ours (`private_key_jwt`: RFC 7523).
//!
//! A token is kept in memory and shared by all calls. [`tokens`] is the state machine that decides when one
//! is asked for: once, however many callers want one, and again before it is over, behind everybody's back,
//! while it still counts. A server that gives none is left alone for a while that doubles; callers are
//! told why meanwhile, and nobody asks it once more.
//!
//! Absent on purpose: refresh tokens (this grant has none), `tls_client_auth`, and `DPoP`.

mod answer;
mod assertion;
mod client;
pub mod tokens;

pub use self::answer::Given;
pub use self::assertion::Algorithm;
pub use self::client::{Client, Standing};
use crate::outgoing::Target;
use crate::secret::Reference;

/// How tokens are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The token endpoint.
    pub token_url: Target,
    /// Our name there.
    pub client_id: String,
    /// How we say that it is us.
    pub proof: Proof,
    /// What is asked for, with blanks between.
    pub scope: Option<String>,
    /// For whom the token is, where the server has a word for that (`audience`).
    pub audience: Option<String>,
    /// For what the token is (RFC 8707).
    pub resource: Option<String>,
}

/// How we say at a token endpoint that it is us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Name and secret in `Authorization` (`client_secret_basic`).
    Basic(Reference),
    /// Name and secret among the fields (`client_secret_post`).
    Post(Reference),
    /// What our key signed (`private_key_jwt`).
    Key {
        /// The key, as PEM.
        key: Reference,
        /// Its name there.
        key_id: Option<String>,
        /// By what it signs; by what fits the key where nobody says.
        algorithm: Option<Algorithm>,
        /// For whom the statement is; the token endpoint where nobody says.
        audience: Option<String>,
    },
}

impl Proof {
    /// The name of the kind, as the configuration has it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Basic(_) | Self::Post(_) => "oauth2",
            Self::Key { .. } => "private_key_jwt",
        }
    }

    /// Where the secret or key is.
    pub const fn reference(&self) -> &Reference {
        match self {
            Self::Basic(secret) | Self::Post(secret) => secret,
            Self::Key { key, .. } => key,
        }
    }
}

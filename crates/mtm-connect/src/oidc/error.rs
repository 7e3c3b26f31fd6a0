//! Why nobody was signed in.

use crate::outgoing::CallError;

/// Why the provider did not say who somebody is. No variant holds a token, a code or a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// It does not answer, or not so that it can be understood; it passes.
    #[error("the identity provider cannot be reached ({step}): {why}")]
    Away {
        /// What was asked for.
        step: &'static str,
        /// What came of it.
        why: String,
    },
    /// It said no, with a word of RFC 6749 or `OpenID` Connect (`access_denied`).
    #[error("the identity provider said no: {0}")]
    Refused(String),
    /// The answer belongs to no attempt of this browser, or is somebody else's (`state`).
    #[error("the answer belongs to no attempt of this browser")]
    Foreign,
    /// The code is none, was used, or is too old.
    #[error("the identity provider does not know the code any more")]
    CodeUsed,
    /// What it published or sent breaks a rule.
    #[error("what the identity provider sent cannot be believed: {0}")]
    Untrusted(String),
    /// It does not know this server as the configuration says.
    #[error("the identity provider does not take this server for what it says it is: {0}")]
    Misconfigured(String),
    /// No randomness.
    #[error("the system gives no randomness")]
    NoRandomness,
}

impl OidcError {
    pub(super) fn away(step: &'static str, error: &CallError) -> Self {
        Self::Away { step, why: error.to_string() }
    }

    pub(super) fn untrusted(why: impl Into<String>) -> Self {
        Self::Untrusted(why.into())
    }
}

/// An `error` of a provider as far as it may be shown: the letters that the standards' own have.
pub(super) fn word(text: &str) -> String {
    let plain = |it: &char| it.is_ascii_alphanumeric() || "_-.".contains(*it);
    let word: String = text.chars().filter(plain).take(60).collect();
    if word.is_empty() { "no reason given".to_owned() } else { word }
}

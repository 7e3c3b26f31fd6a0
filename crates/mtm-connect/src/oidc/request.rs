//! Sending a browser to the provider, and what it comes back with.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};
use url::Url;

use super::Client;
use super::discovery::Metadata;
use super::error::OidcError;

/// One try to sign in. Whoever began it keeps it, for the same browser only, and uses it once.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Comes back with the browser: binds the answer to the attempt (RFC 6749, §10.12).
    pub state: String,
    /// Comes back in the token: binds the token to the attempt (`OpenID` Connect Core, §3.1.2.1).
    pub nonce: String,
    /// Goes to the provider with the code: binds the code to whoever began (RFC 7636).
    pub verifier: String,
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attempt(…)")
    }
}

impl Attempt {
    /// A fresh one, of 256 random bits each.
    pub fn fresh() -> Result<Self, OidcError> {
        Ok(Self { state: random()?, nonce: random()?, verifier: random()? })
    }

    /// What the provider is told of the verifier (S256).
    pub(super) fn challenge(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.verifier.as_bytes());
        URL_SAFE_NO_PAD.encode(digest)
    }
}

fn random() -> Result<String, OidcError> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| OidcError::NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What a browser came back with: the parameters of the redirect, each empty where it is missing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// `state`.
    pub state: String,
    /// `code`.
    pub code: String,
    /// `error`.
    pub error: String,
    /// `iss` (RFC 9207).
    pub issuer: String,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer(…)")
    }
}

/// The address at the provider that a browser is sent to.
pub(super) fn address(
    metadata: &Metadata,
    client: &Client,
    redirect: &str,
    attempt: &Attempt,
) -> Result<String, OidcError> {
    let mut url = Url::parse(&metadata.authorization)
        .map_err(|_| OidcError::untrusted("its authorization_endpoint is no address"))?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &client.client_id)
        .append_pair("redirect_uri", redirect)
        .append_pair("scope", &client.scopes)
        .append_pair("state", &attempt.state)
        .append_pair("nonce", &attempt.nonce)
        .append_pair("code_challenge", &attempt.challenge())
        .append_pair("code_challenge_method", "S256");
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standards_own_example() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
        let attempt = Attempt { verifier, ..Attempt::fresh().unwrap() };
        assert_eq!(attempt.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_ne!(Attempt::fresh().unwrap(), Attempt::fresh().unwrap());
        assert!(!format!("{attempt:?}").contains("dBj"));
    }
}

//! A plant's identity provider says who somebody is: `OpenID` Connect, authorization code flow.
//!
//! Followed are `OpenID` Connect Core 1.0 (code flow, §3.1; ID token, §3.1.3.7; `UserInfo`, §5.3),
//! Discovery 1.0, OAuth 2.0 (RFC 6749), PKCE with S256 (RFC 7636), the issuer in the answer (RFC 9207) and
//! the best practice for JWT (RFC 8725).
//!
//! A [`Provider`] sends a browser away with an [`Attempt`] ([`Provider::begin`]) and judges what it comes
//! back with ([`Provider::finish`]). Whoever calls keeps the attempt meanwhile, bound to that browser,
//! and lets each be used once. Nothing here is believed because it was said: what counts is a token that
//! the provider's own key signed, for this client, in answer to this attempt, a moment ago.
//!
//! Every call goes through [`outgoing`](crate::outgoing), so it ends by a deadline, follows no redirect,
//! and reads no more than it must. What the provider published is kept for an hour, and nobody who is
//! signed in is ever asked about again: a provider that is away keeps new people out, and nothing else.
//!
//! Absent on purpose: implicit and hybrid flows, encrypted tokens, dynamic registration, refresh tokens,
//! and keys that a client and its provider share (HS256): each is another way in, and none is needed.

mod claims;
mod discovery;
mod error;
mod exchange;
mod keys;
mod provider;
mod request;
mod token;

pub use claims::Claims;
pub use error::OidcError;
pub use provider::{Identity, Provider};
pub use request::{Answer, Attempt};

/// How a provider is reached, and what is asked of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// The provider's name for itself, exactly as its tokens have it: an address.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there; without one, PKCE alone binds the code to us.
    pub client_secret: Option<String>,
    /// What is asked for, with blanks between; `openid` is among them.
    pub scopes: String,
    /// Claims that are looked for in the ID token and, where one of them is missing, in `UserInfo`. A dot
    /// leads into a claim.
    pub claims: Vec<String>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Whether `address` may be an issuer or one of its endpoints: encrypted, or on this machine.
pub fn is_private_way(address: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else { return false };
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(url::Host::Domain(name))) => name == "localhost",
        ("http", Some(url::Host::Ipv4(ip))) => ip.is_loopback(),
        ("http", Some(url::Host::Ipv6(ip))) => ip.is_loopback(),
        _ => false,
    }
}

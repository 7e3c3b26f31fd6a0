//! An ID token (`OpenID` Connect Core 1.0, §2 and §3.1.3.7).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::claims::Claims;
use super::error::OidcError;
use super::keys::{Algorithm, Keys};

/// How far two clocks may be apart, in seconds.
const SKEW: i64 = 60;

/// Longest subject (§2).
const LONGEST_SUBJECT: usize = 255;

/// A token whose signature nobody has looked at.
pub(super) struct Unproved<'t> {
    pub(super) key_id: Option<String>,
    algorithm: Algorithm,
    message: &'t [u8],
    signature: Vec<u8>,
    claims: Map<String, Value>,
}

/// What a token must say to be the answer to an attempt.
pub(super) struct Expected<'e> {
    pub(super) issuer: &'e str,
    pub(super) client_id: &'e str,
    pub(super) nonce: &'e str,
    /// Seconds since 1970.
    pub(super) now: i64,
}

impl<'t> Unproved<'t> {
    /// Takes a token apart. One whose algorithm does not count ends here, before any key is looked for.
    pub(super) fn parse(token: &'t str) -> Result<Self, OidcError> {
        let broken = || OidcError::untrusted("its token is none");
        let (message, signature) = token.rsplit_once('.').ok_or_else(broken)?;
        let (header, claims) = message.split_once('.').ok_or_else(broken)?;
        let part = |text: &str| match serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?) {
            Ok(Value::Object(object)) => Some(object),
            _ => None,
        };
        let (header, claims) = (part(header).ok_or_else(broken)?, part(claims).ok_or_else(broken)?);
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        let algorithm = text("alg").and_then(Algorithm::from_name).ok_or_else(|| {
            OidcError::untrusted("its token is not signed by RS256, PS256, ES256 or EdDSA")
        })?;
        // Something that must be understood, and is not (RFC 7515, §4.1.11).
        if header.contains_key("crit") {
            return Err(OidcError::untrusted("its token asks for what is not understood here"));
        }
        // A token of another kind is none of ours, whoever signed it (RFC 8725, §3.11).
        let kind = text("typ").unwrap_or("JWT");
        let kind = kind.strip_prefix("application/").unwrap_or(kind);
        if !kind.eq_ignore_ascii_case("JWT") {
            return Err(OidcError::untrusted("its token is not an ID token"));
        }
        Ok(Self {
            key_id: text("kid").map(str::to_owned),
            algorithm,
            message: message.as_bytes(),
            signature: URL_SAFE_NO_PAD.decode(signature).map_err(|_| broken())?,
            claims,
        })
    }

    /// Its claims and its subject, if one of `keys` signed it and it says what is expected.
    pub(super) fn prove(
        self,
        keys: &Keys,
        expected: &Expected<'_>,
    ) -> Result<(String, Claims), OidcError> {
        let Self { key_id, algorithm, message, signature, claims } = self;
        if !keys.signed(key_id.as_deref(), algorithm, message, &signature) {
            return Err(OidcError::untrusted("its token is not signed by one of its keys"));
        }
        let claims = Claims::new(claims);
        let subject = judge(&claims, expected).map_err(OidcError::untrusted)?;
        Ok((subject, claims))
    }
}

/// The subject of claims that say what is expected; otherwise what they do not.
fn judge(claims: &Claims, expected: &Expected<'_>) -> Result<String, &'static str> {
    if claims.text("iss") != Some(expected.issuer) {
        return Err("its token names another issuer");
    }
    let audience = claims.texts("aud");
    if !audience.contains(&expected.client_id) {
        return Err("its token is for somebody else");
    }
    match claims.text("azp") {
        Some(party) if party != expected.client_id => {
            return Err("its token was given to somebody else");
        }
        None if audience.len() > 1 => {
            return Err("its token is for several and does not say who asked");
        }
        _ => {}
    }
    let now = expected.now;
    match claims.number("exp") {
        Some(end) if now < end.saturating_add(SKEW) => {}
        Some(_) => return Err("its token is over; are both clocks right?"),
        None => return Err("its token has no end"),
    }
    match claims.number("iat") {
        Some(made) if made <= now.saturating_add(SKEW) => {}
        Some(_) => return Err("its token comes from the future; are both clocks right?"),
        None => return Err("its token does not say when it was made"),
    }
    if claims.has("nbf")
        && claims.number("nbf").is_none_or(|start| start > now.saturating_add(SKEW))
    {
        return Err("its token does not count yet; are both clocks right?");
    }
    if claims.text("nonce") != Some(expected.nonce) {
        return Err("its token answers another attempt");
    }
    match claims.text("sub") {
        Some(subject) if subject.len() <= LONGEST_SUBJECT => Ok(subject.to_owned()),
        Some(_) => Err("its name for the person is too long"),
        None => Err("its token names nobody"),
    }
}

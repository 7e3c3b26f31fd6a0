//! Tokens, signed and not.

use anyhow::{Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::{self, KeyPair as RsaPair};
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use ring::{hmac, signature::RsaEncoding};
use serde_json::{Value, json};

/// A private key made for tests; nothing anywhere trusts it. `ring` makes none of this kind itself.
pub(super) const RSA: &[u8] = include_bytes!("rsa.pk8");

/// A key of a provider.
pub struct Signer {
    id: String,
    algorithm: &'static str,
    pair: Pair,
}

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaPair, &'static dyn RsaEncoding),
}

impl Signer {
    /// A fresh one for ES256, of this name.
    pub fn es256(id: &str) -> Result<Self> {
        let (kind, random) = (&signature::ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let key = EcdsaKeyPair::generate_pkcs8(kind, &random).map_err(|_| anyhow!("no key"))?;
        let pair = EcdsaKeyPair::from_pkcs8(kind, key.as_ref(), &random)
            .map_err(|error| anyhow!("no key: {error}"))?;
        Ok(Self { id: id.to_owned(), algorithm: "ES256", pair: Pair::P256(pair) })
    }

    /// A fresh one for `EdDSA`.
    pub fn eddsa(id: &str) -> Result<Self> {
        let key =
            Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| anyhow!("no key"))?;
        let pair = Ed25519KeyPair::from_pkcs8(key.as_ref()).map_err(|error| anyhow!("{error}"))?;
        Ok(Self { id: id.to_owned(), algorithm: "EdDSA", pair: Pair::Ed25519(pair) })
    }

    /// The one there is for RS256.
    pub fn rs256(id: &str) -> Result<Self> {
        Self::rsa(id, "RS256", &signature::RSA_PKCS1_SHA256)
    }

    /// The same key for PS256.
    pub fn ps256(id: &str) -> Result<Self> {
        Self::rsa(id, "PS256", &signature::RSA_PSS_SHA256)
    }

    fn rsa(id: &str, algorithm: &'static str, how: &'static dyn RsaEncoding) -> Result<Self> {
        let pair = RsaPair::from_pkcs8(RSA).map_err(|error| anyhow!("no key: {error}"))?;
        Ok(Self { id: id.to_owned(), algorithm, pair: Pair::Rsa(pair, how) })
    }

    /// Its public part, as a provider publishes it.
    pub fn public(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut key = match &self.pair {
            Pair::P256(pair) => {
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..]) })
            }
            Pair::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref()) })
            }
            Pair::Rsa(pair, _) => {
                let parts = rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({ "kty": "RSA", "n": text(&parts.n), "e": text(&parts.e) })
            }
        };
        key["kid"] = json!(self.id);
        key["alg"] = json!(self.algorithm);
        key["use"] = json!("sig");
        key
    }

    /// A token that says `claims`.
    pub fn token(&self, claims: &Value) -> Result<String> {
        self.token_with(&json!({ "alg": self.algorithm, "kid": self.id, "typ": "JWT" }), claims)
    }

    /// One whose header a test chooses.
    pub fn token_with(&self, header: &Value, claims: &Value) -> Result<String> {
        let message = message(header, claims);
        let (bytes, random) = (message.as_bytes(), SystemRandom::new());
        let signature = match &self.pair {
            Pair::P256(pair) => {
                pair.sign(&random, bytes).map_err(|_| anyhow!("not signed"))?.as_ref().to_vec()
            }
            Pair::Ed25519(pair) => pair.sign(bytes).as_ref().to_vec(),
            Pair::Rsa(pair, how) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(*how, &random, bytes, &mut signature)
                    .map_err(|_| anyhow!("not signed"))?;
                signature
            }
        };
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// A token that nobody signed.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.", message(header, claims))
}

/// A token authenticated by what both sides are thought to share (HS256).
pub fn authenticated(key: &[u8], header: &Value, claims: &Value) -> String {
    let message = message(header, claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

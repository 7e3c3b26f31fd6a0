//! Keys by which machines say who they are.

use anyhow::{Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use serde_json::{Value, json};

use super::Signer;
use super::signer::RSA;

/// A key of a machine, in both parts.
#[derive(Clone)]
pub struct MachineKey {
    /// The private part, as PEM.
    pub pem: String,
    /// The public part, as a server knows it (RFC 7517).
    pub public: Value,
}

impl MachineKey {
    /// An RSA key; always the same one.
    pub fn rsa(id: &str) -> Result<Self> {
        let text = STANDARD.encode(RSA);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        let lines = lines.join("\n");
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n");
        let mut public = Signer::rs256(id)?.public();
        // It signs by more than one algorithm.
        public.as_object_mut().ok_or_else(|| anyhow!("no key"))?.remove("alg");
        Ok(Self { pem, public })
    }

    /// A fresh key on the curve P-256.
    pub fn p256(id: &str) -> Result<Self> {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let point = pair.public_key_raw();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (x, y) = (text(&point[1..33]), text(&point[33..65]));
        let public =
            json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": id, "use": "sig" });
        Ok(Self { pem: pair.serialize_pem(), public })
    }

    /// A fresh Ed25519 key.
    pub fn ed25519(id: &str) -> Result<Self> {
        let pair = KeyPair::generate_for(&PKCS_ED25519)?;
        let x = URL_SAFE_NO_PAD.encode(pair.public_key_raw());
        let public = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": id, "use": "sig" });
        Ok(Self { pem: pair.serialize_pem(), public })
    }
}

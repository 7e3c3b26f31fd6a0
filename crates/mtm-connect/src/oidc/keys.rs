//! The keys by which a provider signs (JSON Web Key, RFC 7517 and 7518), and signatures of theirs.
//!
//! `ring` judges every signature. Which algorithms count is said here, and never by a token: RS256, PS256,
//! ES256 and `EdDSA` with Ed25519. A key that says what it is for is used for nothing else (RFC 8725, §3.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::{Map, Value};

use super::error::OidcError;

/// Most keys that are looked at.
const MOST: usize = 100;

/// An algorithm that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Ps256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Material {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    id: Option<String>,
    algorithm: Option<Algorithm>,
    material: Material,
}

/// The keys of a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Keys(Vec<Key>);

impl Keys {
    /// Those of a published set that can be used; what is for something else is passed over.
    pub(super) fn of(set: &Map<String, Value>) -> Result<Self, OidcError> {
        let listed = set.get("keys").and_then(Value::as_array);
        let listed = listed.ok_or_else(|| OidcError::untrusted("its keys are no list"))?;
        Ok(Self(listed.iter().take(MOST).filter_map(key).collect()))
    }

    /// Whether there is a key of this name, or any where none is named.
    pub(super) fn know(&self, id: Option<&str>) -> bool {
        self.0.iter().any(|key| id.is_none() || key.id.as_deref() == id)
    }

    /// Whether one of them, of the name `id` where there is one, made `signature` over `message`.
    pub(super) fn signed(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let named = |key: &&Key| id.is_none() || key.id.as_deref() == id;
        let fits = |key: &&Key| key.algorithm.is_none_or(|its| its == algorithm);
        self.0
            .iter()
            .filter(named)
            .filter(fits)
            .any(|key| key.material.signed(algorithm, message, signature))
    }
}

impl Material {
    fn signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let judged = match (self, algorithm) {
            (Self::Rsa { modulus, exponent }, Algorithm::Rs256) => {
                RsaPublicKeyComponents { n: modulus, e: exponent }.verify(
                    &signature::RSA_PKCS1_2048_8192_SHA256,
                    message,
                    signature,
                )
            }
            (Self::Rsa { modulus, exponent }, Algorithm::Ps256) => {
                RsaPublicKeyComponents { n: modulus, e: exponent }.verify(
                    &signature::RSA_PSS_2048_8192_SHA256,
                    message,
                    signature,
                )
            }
            (Self::P256(point), Algorithm::Es256) => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
                    .verify(message, signature)
            }
            (Self::Ed25519(point), Algorithm::EdDsa) => {
                UnparsedPublicKey::new(&signature::ED25519, point).verify(message, signature)
            }
            _ => return false,
        };
        judged.is_ok()
    }
}

/// A key of the set, where it is one to check signatures with.
fn key(value: &Value) -> Option<Key> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let bytes = |name: &str| text(name).and_then(|it| URL_SAFE_NO_PAD.decode(it).ok());
    if text("use").is_some_and(|it| it != "sig") {
        return None;
    }
    let operations = value.get("key_ops").and_then(Value::as_array);
    if operations.is_some_and(|list| !list.iter().any(|it| it == "verify")) {
        return None;
    }
    let material = match (text("kty")?, text("crv")) {
        ("RSA", _) => {
            Material::Rsa { modulus: unsigned(&bytes("n")?), exponent: unsigned(&bytes("e")?) }
        }
        ("EC", Some("P-256")) => {
            let (x, y) = (bytes("x")?, bytes("y")?);
            if x.len() != 32 || y.len() != 32 {
                return None;
            }
            // Not compressed (SEC 1, §2.3.3).
            Material::P256([&[4], &x[..], &y[..]].concat())
        }
        ("OKP", Some("Ed25519")) => Material::Ed25519(bytes("x")?),
        _ => return None,
    };
    let algorithm = match text("alg") {
        // For an algorithm that does not count here.
        Some(name) => Some(Algorithm::from_name(name)?),
        None => None,
    };
    Some(Key { id: text("kid").map(str::to_owned), algorithm, material })
}

/// Without leading zeros, which some write and `ring` refuses.
fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    bytes[first..].to_vec()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_for_something_else_and_of_no_use_are_passed_over() {
        let x = URL_SAFE_NO_PAD.encode([1; 32]);
        let keys = |list: Value| Keys::of(json!({ "keys": list }).as_object().unwrap());
        let good = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "1" });
        assert!(keys(json!([good])).unwrap().know(Some("1")));
        let with = |name: &str, value: Value| {
            let mut key = good.clone();
            key[name] = value;
            key
        };
        for passed in [
            with("use", json!("enc")),
            with("key_ops", json!(["encrypt"])),
            with("alg", json!("HS256")),
            with("crv", json!("X25519")),
            with("x", json!("=")),
            json!({ "kty": "oct", "k": x, "kid": "1" }),
            json!({ "kty": "EC", "crv": "P-256", "x": x, "y": "AQ", "kid": "1" }),
            json!(7),
        ] {
            let found = keys(json!([passed])).unwrap();
            assert!(!found.know(None), "{passed}");
        }
        assert!(keys(json!({})).is_err());
    }
}

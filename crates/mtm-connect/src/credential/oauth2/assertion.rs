//! What our key says of us to a token endpoint (`private_key_jwt`: RFC 7523, §2.2 and §3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::json;

use crate::credential::CredentialError;
use crate::secret::Secret;

/// For how many seconds a statement counts.
const LASTS: i64 = 60;

/// What a key signs by (RFC 7518, §3.1, and RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA, PKCS#1 v1.5.
    Rs256,
    /// RSA-PSS.
    Ps256,
    /// ECDSA with P-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Pair {
    fn parse(pem: &Secret) -> Result<Self, CredentialError> {
        let none = CredentialError::Key("it is no private key in PEM");
        let key = PrivateKeyDer::from_pem_slice(pem.bytes()).map_err(|_| none)?;
        let der = match &key {
            PrivateKeyDer::Pkcs1(der) => {
                let pair = RsaKeyPair::from_der(der.secret_pkcs1_der());
                return pair.map(|it| Self::Rsa(Box::new(it))).map_err(|_| {
                    CredentialError::Key("it is an RSA key of less than 2048 bits, or none")
                });
            }
            PrivateKeyDer::Pkcs8(der) => der.secret_pkcs8_der(),
            _ => return Err(CredentialError::Key("it is not in PKCS#8")),
        };
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
            return Ok(Self::Rsa(Box::new(pair)));
        }
        let random = SystemRandom::new();
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random) {
            return Ok(Self::P256(pair));
        }
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Self::Ed25519).map_err(|_| {
            CredentialError::Key("it is neither RSA from 2048 bits nor P-256 nor Ed25519")
        })
    }

    fn algorithm(&self, wanted: Option<Algorithm>) -> Result<Algorithm, CredentialError> {
        match (self, wanted) {
            (Self::Rsa(_), None | Some(Algorithm::Rs256)) => Ok(Algorithm::Rs256),
            (Self::Rsa(_), Some(Algorithm::Ps256)) => Ok(Algorithm::Ps256),
            (Self::P256(_), None | Some(Algorithm::Es256)) => Ok(Algorithm::Es256),
            (Self::Ed25519(_), None | Some(Algorithm::EdDsa)) => Ok(Algorithm::EdDsa),
            _ => Err(CredentialError::Key("it does not sign by the algorithm that is named")),
        }
    }

    fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, CredentialError> {
        let random = SystemRandom::new();
        let failed = |_| CredentialError::Key("it does not sign");
        match self {
            Self::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Self::P256(pair) => {
                pair.sign(&random, message).map(|it| it.as_ref().to_vec()).map_err(failed)
            }
            Self::Rsa(pair) => {
                let how: &dyn RsaEncoding = match algorithm {
                    Algorithm::Ps256 => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(how, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
        }
    }
}

/// What a statement says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Statement<'s> {
    pub(super) client_id: &'s str,
    pub(super) audience: &'s str,
    pub(super) key_id: Option<&'s str>,
    pub(super) algorithm: Option<Algorithm>,
    /// Seconds since 1970.
    pub(super) now: i64,
}

impl Statement<'_> {
    /// The statement, signed by the key in `pem`. Each is another one, and counts for a minute.
    pub(super) fn sign(&self, pem: &Secret) -> Result<String, CredentialError> {
        let pair = Pair::parse(pem)?;
        let algorithm = pair.algorithm(self.algorithm)?;
        let mut id = [0; 16];
        let random = SystemRandom::new();
        random.fill(&mut id).map_err(|_| CredentialError::Key("there is no randomness here"))?;
        let mut header = json!({ "alg": algorithm.as_str(), "typ": "JWT" });
        if let Some(key_id) = self.key_id {
            header["kid"] = json!(key_id);
        }
        let claims = json!({
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.audience,
            "jti": URL_SAFE_NO_PAD.encode(id),
            "iat": self.now,
            "exp": self.now.saturating_add(LASTS),
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(&claims));
        let signature = pair.sign(algorithm, message.as_bytes())?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, KeyPair as _, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    fn statement(algorithm: Option<Algorithm>) -> Statement<'static> {
        let (client_id, audience) = ("mtm", "https://id.plant/token");
        Statement { client_id, audience, key_id: Some("k1"), algorithm, now: 1_900_000_000 }
    }

    fn part(token: &str, nth: usize) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(token.split('.').nth(nth).unwrap()).unwrap()
    }

    #[test]
    fn a_statement_is_for_one_server_and_a_minute_and_is_never_the_same_twice() {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        let pem = Secret::of(key.serialize_pem().as_bytes());
        let token = statement(None).sign(&pem).unwrap();
        let json = |nth| serde_json::from_slice::<Value>(&part(&token, nth)).unwrap();
        assert_eq!(json(0), serde_json::json!({ "alg": "EdDSA", "kid": "k1", "typ": "JWT" }));
        let claims = json(1);
        assert_eq!((&claims["iss"], &claims["sub"]), (&"mtm".into(), &"mtm".into()));
        assert_eq!(claims["aud"], "https://id.plant/token");
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), LASTS);
        let other = statement(None).sign(&pem).unwrap();
        assert_ne!(part(&token, 1), part(&other, 1), "the same jti");
        let message = token.rsplit_once('.').unwrap().0;
        let public = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&key.serialize_der()).unwrap();
        let public = UnparsedPublicKey::new(&ED25519, public.public_key().as_ref().to_vec());
        public.verify(message.as_bytes(), &part(&token, 2)).unwrap();
    }

    #[test]
    fn a_key_signs_by_what_fits_it_and_anything_else_is_told() {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let pem = Secret::of(key.serialize_pem().as_bytes());
        let token = statement(Some(Algorithm::Es256)).sign(&pem).unwrap();
        let random = SystemRandom::new();
        let der = key.serialize_der();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random).unwrap();
        let public =
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref().to_vec());
        let message = token.rsplit_once('.').unwrap().0;
        public.verify(message.as_bytes(), &part(&token, 2)).unwrap();
        let wrong = statement(Some(Algorithm::Rs256)).sign(&pem);
        assert!(matches!(wrong, Err(CredentialError::Key(_))), "{wrong:?}");
        let none = statement(None).sign(&Secret::of(b"geheim")).unwrap_err();
        assert!(!none.to_string().contains("geheim"));
    }
}

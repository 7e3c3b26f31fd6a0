//! What a provider publishes about itself (`OpenID` Connect Discovery 1.0, §3 and §4).

use serde_json::{Map, Value};

use super::error::OidcError;
use super::is_private_way;
use crate::outgoing::{Client, Target, Whole};

/// Longest document that is read, in bytes.
pub(super) const LONGEST: usize = 256 * 1024;

const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// How a client says who it is at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// Name and secret in `Authorization` (`client_secret_basic`).
    Basic,
    /// Name and secret among the fields (`client_secret_post`).
    Post,
    /// The name alone (`none`).
    Nothing,
}

/// The parts of the document that are used.
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    pub(super) authorization: String,
    pub(super) token: Target,
    pub(super) keys: Target,
    pub(super) user_info: Option<Target>,
    /// Whether every answer of it names the issuer (RFC 9207).
    pub(super) names_issuer: bool,
    methods: Vec<String>,
}

impl Metadata {
    /// Asks `issuer` for it.
    pub(super) async fn fetch(client: &Client, issuer: &str) -> Result<Self, OidcError> {
        let address = format!("{}{WELL_KNOWN}", issuer.trim_end_matches('/'));
        let target = Target::parse(&address)
            .map_err(|error| OidcError::Misconfigured(format!("oidc.issuer: {error}")))?;
        let answer = client.fetch(&target, &[("accept", "application/json")], LONGEST).await;
        let answer = answer.map_err(|error| OidcError::away("discovery", &error))?;
        Self::of(issuer, &object("discovery", &answer)?)
    }

    fn of(issuer: &str, document: &Map<String, Value>) -> Result<Self, OidcError> {
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        // Exactly, or somebody else's document could send people elsewhere (§4.3).
        if text("issuer") != Some(issuer) {
            return Err(OidcError::untrusted("its document names another issuer than oidc.issuer"));
        }
        let needed = |name: &str| {
            text(name).ok_or_else(|| OidcError::untrusted(format!("its document has no {name}")))
        };
        let target = |name: &str, address: &str| {
            let parsed = Target::parse(address).ok().filter(|_| is_private_way(address));
            parsed.ok_or_else(|| OidcError::untrusted(format!("its {name} cannot be called")))
        };
        let authorization = needed("authorization_endpoint")?;
        target("authorization_endpoint", authorization)?;
        let listed =
            document.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
        let methods = listed.map(|list| list.iter().filter_map(Value::as_str).map(str::to_owned));
        Ok(Self {
            authorization: authorization.to_owned(),
            token: target("token_endpoint", needed("token_endpoint")?)?,
            keys: target("jwks_uri", needed("jwks_uri")?)?,
            user_info: text("userinfo_endpoint")
                .map(|address| target("userinfo_endpoint", address))
                .transpose()?,
            names_issuer: document.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
            // What counts where nothing is said (§3).
            methods: methods
                .map_or_else(|| vec!["client_secret_basic".to_owned()], Iterator::collect),
        })
    }

    /// How a client with a secret, or without one, says who it is there.
    pub(super) fn proof(&self, has_secret: bool) -> Result<Proof, OidcError> {
        let takes = |method: &str| self.methods.iter().any(|known| known == method);
        if !has_secret {
            return Ok(Proof::Nothing);
        }
        if takes("client_secret_basic") {
            return Ok(Proof::Basic);
        }
        if takes("client_secret_post") {
            return Ok(Proof::Post);
        }
        let why = "it takes a secret neither by client_secret_basic nor by client_secret_post";
        Err(OidcError::Misconfigured(why.to_owned()))
    }
}

/// The JSON object of an answer that says yes.
pub(super) fn object(step: &'static str, answer: &Whole) -> Result<Map<String, Value>, OidcError> {
    if answer.status != 200 {
        let why = format!("it answered with status {}", answer.status);
        return Err(OidcError::Away { step, why });
    }
    json(step, answer)
}

/// The JSON object of an answer.
pub(super) fn json(step: &'static str, answer: &Whole) -> Result<Map<String, Value>, OidcError> {
    let kind = answer.content_type.split(';').next().unwrap_or_default().trim();
    let is_json = kind.eq_ignore_ascii_case("application/json")
        // RFC 7517 has a name of its own for keys.
        || kind.eq_ignore_ascii_case("application/jwk-set+json");
    let parsed = serde_json::from_slice(&answer.body).ok().filter(|_| is_json);
    match parsed {
        Some(Value::Object(object)) => Ok(object),
        _ => Err(OidcError::Untrusted(format!("its answer ({step}) is no JSON"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(change: &Value) -> Result<Metadata, OidcError> {
        let mut document = json!({
            "issuer": "https://id.plant", "authorization_endpoint": "https://id.plant/auth",
            "token_endpoint": "https://id.plant/token", "jwks_uri": "https://id.plant/keys",
        });
        for (name, value) in change.as_object().unwrap() {
            document[name] = value.clone();
        }
        Metadata::of("https://id.plant", document.as_object().unwrap())
    }

    #[test]
    fn a_document_is_used_only_where_it_is_the_issuers_and_leads_where_secrets_may_go() {
        let plain = check(&json!({})).unwrap();
        assert_eq!(plain.proof(true), Ok(Proof::Basic));
        assert_eq!(plain.proof(false), Ok(Proof::Nothing));
        assert!(!plain.names_issuer && plain.user_info.is_none());
        let methods =
            |list: Value| check(&json!({"token_endpoint_auth_methods_supported": list})).unwrap();
        assert_eq!(methods(json!(["client_secret_post"])).proof(true), Ok(Proof::Post));
        assert!(methods(json!(["private_key_jwt"])).proof(true).is_err());
        for wrong in [
            json!({ "issuer": "https://id.plant/" }),
            json!({ "issuer": null }),
            json!({ "token_endpoint": "http://id.plant/token" }),
            json!({ "jwks_uri": "https://169.254.169.254/keys" }),
            json!({ "authorization_endpoint": "javascript:alert(1)" }),
            json!({ "userinfo_endpoint": "ftp://id.plant/" }),
            json!({ "token_endpoint": null }),
        ] {
            assert!(matches!(check(&wrong), Err(OidcError::Untrusted(_))), "{wrong}");
        }
    }
}

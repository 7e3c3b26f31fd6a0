//! A code becomes tokens (RFC 6749, §4.1.3), and a token what is known of somebody (`UserInfo`, `OpenID`
//! Connect Core §5.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Client;
use super::claims::Claims;
use super::discovery::{LONGEST, Metadata, Proof, json, object};
use super::error::{OidcError, word};
use crate::outgoing::{self, Target};

/// What the provider gave for a code.
pub(super) struct Tokens {
    pub(super) id: String,
    access: Option<String>,
}

/// Gives the code, and proves by secret and verifier that it is ours.
pub(super) async fn tokens(
    http: &outgoing::Client,
    metadata: &Metadata,
    client: &Client,
    redirect: &str,
    code: &str,
    verifier: &str,
) -> Result<Tokens, OidcError> {
    let secret = client.client_secret.as_deref();
    let proof = metadata.proof(secret.is_some())?;
    let secret = secret.unwrap_or_default();
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect),
        ("code_verifier", verifier),
    ];
    let mut headers = vec![("accept", "application/json")];
    let basic = basic(&client.client_id, secret);
    match proof {
        Proof::Basic => headers.push(("authorization", &basic)),
        Proof::Post => {
            fields.extend([("client_id", &*client.client_id), ("client_secret", secret)]);
        }
        Proof::Nothing => fields.push(("client_id", &client.client_id)),
    }
    let answer = http.post_form(&metadata.token, &headers, &fields, LONGEST).await;
    let answer = answer.map_err(|error| OidcError::away("token", &error))?;
    if matches!(answer.status, 400 | 401) {
        let refused = json("token", &answer)?;
        let reason = refused.get("error").and_then(Value::as_str).unwrap_or_default();
        return Err(match reason {
            "invalid_grant" => OidcError::CodeUsed,
            reason => OidcError::Misconfigured(word(reason)),
        });
    }
    let given = object("token", &answer)?;
    let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    let bearer = text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
    let id = text("id_token");
    let id =
        id.ok_or_else(|| OidcError::untrusted("it gave no ID token; is `openid` in oidc.scopes?"))?;
    Ok(Tokens { id, access: text("access_token").filter(|_| bearer) })
}

/// What `UserInfo` says about `subject`; nothing where the provider has none.
pub(super) async fn user_info(
    http: &outgoing::Client,
    target: Option<&Target>,
    tokens: &Tokens,
    subject: &str,
) -> Result<Claims, OidcError> {
    let (Some(target), Some(access)) = (target, &tokens.access) else {
        return Ok(Claims::default());
    };
    let bearer = format!("Bearer {access}");
    let headers = [("accept", "application/json"), ("authorization", bearer.as_str())];
    let answer = http.fetch(target, &headers, LONGEST).await;
    let answer = answer.map_err(|error| OidcError::away("userinfo", &error))?;
    let claims = Claims::new(object("userinfo", &answer)?);
    // Otherwise it might be about somebody else (§5.3.2).
    if claims.text("sub") != Some(subject) {
        return Err(OidcError::untrusted("its UserInfo is about somebody else"));
    }
    Ok(claims)
}

/// Name and secret, each encoded as a form's field first (RFC 6749, §2.3.1).
fn basic(name: &str, secret: &str) -> String {
    let encoded =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(name), encoded(secret))))
}

//! What a token endpoint answered (RFC 6749, §5.1 and §5.2).

use std::time::Duration;

use serde_json::{Map, Value};

use crate::credential::{CredentialError, Denial};
use crate::outgoing::Answered;
use crate::secret::Secret;

/// Longest answer that is read, in bytes.
pub(super) const LONGEST: usize = 64 * 1024;
/// Longest token, which becomes a header.
const LONGEST_TOKEN: usize = 16 * 1024;

/// A token as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its text.
    pub token: Secret,
    /// For how long it counts, where that was said.
    pub lifetime: Option<Duration>,
}

/// The token in an answer.
pub(super) fn given(answer: &Answered) -> Result<Given, CredentialError> {
    match answer.status {
        200 => token(&object(answer).ok_or(CredentialError::Untrusted("it is no JSON"))?),
        300..=399 => Err(CredentialError::Untrusted(
            "it sends elsewhere, and nobody but the endpoint that was named is told a secret",
        )),
        status @ (408 | 425 | 429 | 500..=599) => Err(CredentialError::Away {
            why: format!("it answered with status {status}"),
            asked: answer.retry_after,
        }),
        _ => {
            let named = object(answer).and_then(|it| Some(it.get("error")?.as_str()?.to_owned()));
            Err(CredentialError::Denied(named.map_or(Denial::Other, |it| Denial::from_word(&it))))
        }
    }
}

fn token(object: &Map<String, Value>) -> Result<Given, CredentialError> {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    let untrusted = CredentialError::Untrusted;
    if !text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return Err(untrusted("its token is of a kind that is not supported (token_type)"));
    }
    let token = text("access_token").ok_or(untrusted("it has no access_token"))?;
    let fits = !token.is_empty()
        && token.len() <= LONGEST_TOKEN
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits {
        return Err(untrusted("its access_token cannot be sent in a header"));
    }
    let lifetime = match object.get("expires_in") {
        None | Some(Value::Null) => None,
        Some(said) => Some(seconds(said)?),
    };
    Ok(Given { token: Secret::of(token.as_bytes()), lifetime })
}

/// Seconds as a number; some servers write it as text.
fn seconds(said: &Value) -> Result<Duration, CredentialError> {
    let number = match said {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse::<f64>().ok(),
        _ => None,
    };
    let number = number.filter(|it| it.is_finite());
    let number = number.ok_or(CredentialError::Untrusted("its expires_in is no number"))?;
    if number < 1.0 {
        return Err(CredentialError::Untrusted("its token is over already (expires_in)"));
    }
    Ok(Duration::try_from_secs_f64(number).unwrap_or(Duration::MAX))
}

fn object(answer: &Answered) -> Option<Map<String, Value>> {
    let kind = answer.media_type();
    let is_json = kind == "application/json" || kind.ends_with("+json");
    match serde_json::from_slice(&answer.body).ok().filter(|_| is_json) {
        Some(Value::Object(object)) => Some(object),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &Value) -> Answered {
        let content_type = "application/json;charset=UTF-8".to_owned();
        Answered {
            status,
            content_type,
            body: body.to_string().into_bytes(),
            ..Answered::default()
        }
    }

    fn lasts(said: Value) -> Result<Option<Duration>, CredentialError> {
        let mut body = json!({ "access_token": "t", "token_type": "bearer" });
        if said != json!("nothing") {
            body["expires_in"] = said;
        }
        given(&answer(200, &body)).map(|given| given.lifetime)
    }

    #[test]
    fn how_long_a_token_counts_is_read_however_it_is_written() {
        let seconds = |number| Ok(Some(Duration::from_secs(number)));
        assert_eq!(lasts(json!(3600)), seconds(3600));
        assert_eq!(lasts(json!("3600")), seconds(3600));
        assert_eq!(lasts(json!(1e300)), Ok(Some(Duration::MAX)));
        assert_eq!(lasts(json!("nothing")), Ok(None));
        assert_eq!(lasts(Value::Null), Ok(None));
        for wrong in [json!(0), json!(-5), json!("soon"), json!([1]), json!(true), json!("NaN")] {
            assert!(matches!(lasts(wrong.clone()), Err(CredentialError::Untrusted(_))), "{wrong}");
        }
    }

    #[test]
    fn a_no_is_known_by_its_word_and_a_word_of_its_own_is_not_repeated() {
        let no = |status, body: Value| given(&answer(status, &body)).unwrap_err();
        let denied = CredentialError::Denied;
        assert_eq!(no(401, json!({ "error": "invalid_client" })), denied(Denial::InvalidClient));
        assert_eq!(no(400, json!({ "error": "invalid_scope" })), denied(Denial::InvalidScope));
        let other = no(400, json!({ "error": "geheim", "error_description": "geheim" }));
        assert_eq!(other, denied(Denial::Other));
        assert!(!other.to_string().contains("geheim"));
        assert_eq!(no(403, json!(["no"])), denied(Denial::Other));
        let wanted = Some(Duration::from_secs(9));
        let later = Answered { retry_after: wanted, ..answer(429, &json!({})) };
        assert!(
            matches!(given(&later), Err(CredentialError::Away { asked, .. }) if asked == wanted)
        );
        assert!(matches!(no(302, json!({})), CredentialError::Untrusted(_)));
    }

    #[test]
    fn what_is_no_token_is_not_sent_to_anybody() {
        let page = Answered {
            status: 200,
            content_type: "text/html".to_owned(),
            body: b"{\"access_token\":\"t\",\"token_type\":\"bearer\"}".to_vec(),
            ..Answered::default()
        };
        assert_eq!(given(&page), Err(CredentialError::Untrusted("it is no JSON")));
        for wrong in [
            json!({ "access_token": "t" }),
            json!({ "access_token": "t", "token_type": "mac" }),
            json!({ "token_type": "bearer" }),
            json!({ "access_token": "", "token_type": "bearer" }),
            json!({ "access_token": "a\r\nb", "token_type": "bearer" }),
            json!({ "access_token": "x".repeat(LONGEST_TOKEN + 1), "token_type": "bearer" }),
            json!(["t"]),
        ] {
            let judged = given(&answer(200, &wrong));
            assert!(matches!(judged, Err(CredentialError::Untrusted(_))), "{judged:?}");
        }
    }
}

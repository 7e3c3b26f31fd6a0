//! The simulated identity provider is as strict as real ones, in the standards' own codes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mtm_testkit::api::{Api, Reply};
use serde_json::Value;

use crate::simulator::lab;

const BACK: &str = "http%3A%2F%2F127.0.0.1%3A8080%2Fback";
/// Verifier and challenge of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What a well-behaved client asks, with `changes`; an empty value leaves a parameter out.
fn authorize(api: &Api, changes: &[(&str, &str)]) -> Reply {
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", "mtm"),
        ("redirect_uri", BACK),
        ("scope", "openid%20profile"),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("login_hint", "anna"),
    ];
    for (name, value) in changes {
        query.retain(|(known, _)| known != name);
        query.push((name, value));
    }
    let query: Vec<String> = query
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    api.get(&format!("/oidc/authorize?{}", query.join("&"))).unwrap()
}

/// A parameter of the address that a browser is sent to.
fn part(reply: &Reply, name: &str) -> String {
    let address = reply.header("location").unwrap_or_else(|| panic!("{}", reply.text));
    assert!(address.starts_with("http://127.0.0.1:8080/back?"), "{address}");
    let found = address.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    found.unwrap_or_default().replace("%5F", "_").replace("%2D", "-")
}

fn code(api: &Api) -> String {
    part(&authorize(api, &[]), "code")
}

fn exchange(api: &Api, code: &str, changes: &[(&str, &str)]) -> Reply {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
        ("client_id", "mtm"),
        ("client_secret", "s3cret%26more"),
    ];
    for (name, value) in changes {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    let form: Vec<String> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    api.send("POST", "/oidc/token", &headers, form.join("&")).unwrap()
}

fn error(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json().unwrap()["error"].as_str().unwrap_or_default().to_owned())
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn a_code_becomes_tokens_that_say_who_somebody_is() {
    let api = lab();
    let document = api.get("/oidc/.well-known/openid-configuration").unwrap().json().unwrap();
    let issuer = format!("{}/oidc", api.base());
    assert_eq!(document["issuer"], issuer.as_str());
    let keys = api.get("/oidc/keys").unwrap().json().unwrap();
    let length =
        |name: &str| URL_SAFE_NO_PAD.decode(keys["keys"][0][name].as_str().unwrap()).unwrap().len();
    assert_eq!((length("x"), length("y")), (32, 32));

    let sent = authorize(&api, &[]);
    assert_eq!((sent.status, part(&sent, "state").as_str()), (303, "s"));
    let tokens = exchange(&api, &part(&sent, "code"), &[]);
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    let tokens = tokens.json().unwrap();
    let said = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((&said["iss"], &said["aud"]), (&issuer.as_str().into(), &"mtm".into()));
    assert_eq!((&said["nonce"], &said["groups"][0]), (&"n".into(), &"floor".into()));
    let bearer = api.with_token(tokens["access_token"].as_str().unwrap());
    let info = bearer.get("/oidc/userinfo").unwrap().json().unwrap();
    assert_eq!((&info["sub"], &info["name"]), (&said["sub"], &"Anna Kern".into()));
    let stranger = api.with_token("x").get("/oidc/userinfo").unwrap();
    assert_eq!(error(&stranger), (401, "invalid_token".to_owned()));
    assert!(stranger.header("www-authenticate").unwrap().starts_with("Bearer"));
}

#[test]
fn nobody_is_sent_to_an_address_that_is_not_registered() {
    let api = lab();
    for change in [
        ("client_id", "other"),
        ("redirect_uri", "http%3A%2F%2Fevil.example%2F"),
        ("redirect_uri", "http%3A%2F%2F127.0.0.1%3A8080%2Fback%2F"),
        ("redirect_uri", ""),
    ] {
        let reply = authorize(&api, &[change]);
        assert_eq!((reply.status, reply.header("location")), (400, None), "{change:?}");
    }
    for (change, expected) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "profile"), "invalid_scope"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("nonce", ""), "invalid_request"),
        (("state", ""), "invalid_request"),
    ] {
        let reply = authorize(&api, &[change]);
        assert_eq!(part(&reply, "error"), expected, "{change:?}");
        assert!(part(&reply, "code").is_empty());
    }
    // Whom nobody knows, is asked who they are.
    let page = authorize(&api, &[("login_hint", "nobody")]);
    assert!(page.status == 200 && page.text.contains("Anna Kern"), "{}", page.text);
}

#[test]
fn a_code_is_good_once_for_whoever_began() {
    let api = lab();
    let first = code(&api);
    assert_eq!(exchange(&api, &first, &[]).status, 200);
    let refused = |status, error: &str| (status, error.to_owned());
    assert_eq!(error(&exchange(&api, &first, &[])), refused(400, "invalid_grant"));
    for change in [("code_verifier", "x"), ("redirect_uri", "http%3A%2F%2F127.0.0.1%2F")] {
        let other = code(&api);
        assert_eq!(error(&exchange(&api, &other, &[change])), refused(400, "invalid_grant"));
        // It is used, whatever came of it.
        assert_eq!(error(&exchange(&api, &other, &[])), refused(400, "invalid_grant"));
    }
    let other = code(&api);
    let wrong = [("client_secret", "wrong")];
    assert_eq!(error(&exchange(&api, &other, &wrong)), refused(401, "invalid_client"));
    let machine = [("grant_type", "password")];
    assert_eq!(error(&exchange(&api, &other, &machine)), refused(400, "unsupported_grant_type"));
    assert_eq!(exchange(&api, &other, &[]).status, 200, "nobody used it");
    assert_eq!(api.post("/control/reset", "", &Value::Null).unwrap().status, 204);
    let kept = code(&api);
    assert_eq!(exchange(&api, &kept, &[]).status, 200, "a reset keeps people and addresses");
}

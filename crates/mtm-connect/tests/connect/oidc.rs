//! What is believed of an identity provider, and what is not. The provider is a real server that says
//! what each test wants; a certified one signs people in in the program's own journey.

use std::time::Duration;

use mtm_connect::oidc::{Answer, Attempt, Client, Identity, OidcError, Provider};
use mtm_connect::outgoing::{self, Deadlines};
use mtm_core::word::Timestamp;
use mtm_testkit::called::{self, Authority, CalledServer};
use mtm_testkit::identity::{IdentityServer, Said, Signer, authenticated, unsigned};
use serde_json::{Value, json};
use url::Url;

const REDIRECT: &str = "http://127.0.0.1:1/sign-in/oidc/callback";
const SECRET: &str = "a secret: with + and %";
const NOW: i64 = 1_900_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// A provider and its client.
struct Plant {
    server: IdentityServer,
    signer: Signer,
    provider: Provider,
}

impl Plant {
    fn new() -> Self {
        Self::of(Signer::es256("k1").unwrap(), Some(SECRET))
    }

    fn of(signer: Signer, secret: Option<&str>) -> Self {
        let server = IdentityServer::start(&[&signer]).unwrap();
        let client = Client {
            issuer: server.issuer(),
            client_id: "mtm client".to_owned(),
            client_secret: secret.map(str::to_owned),
            scopes: "openid groups".to_owned(),
            claims: vec!["groups".to_owned()],
        };
        let deadlines =
            Deadlines { connect: Duration::from_secs(5), whole: Duration::from_millis(1_500) };
        let provider = Provider::new(client, outgoing::Client::new(deadlines).unwrap());
        Self { server, signer, provider }
    }

    /// What a token says that is as it should be.
    fn claims(&self, attempt: &Attempt) -> Value {
        json!({
            "iss": self.server.issuer(), "aud": "mtm client", "sub": "anna-1", "nonce": attempt.nonce,
            "iat": NOW, "exp": NOW + 300, "groups": ["floor"],
        })
    }

    async fn finish(&self, attempt: &Attempt) -> Result<Identity, OidcError> {
        self.finish_at(attempt, NOW).await
    }

    async fn finish_at(&self, attempt: &Attempt, seconds: i64) -> Result<Identity, OidcError> {
        let (state, code) = (attempt.state.clone(), "the-code".to_owned());
        let answer = Answer { state, code, ..Answer::default() };
        self.provider.finish(REDIRECT, attempt, &answer, at(seconds)).await
    }

    /// What comes of a token whose claims are changed so.
    async fn with(&self, change: impl Fn(&mut Value)) -> Result<Identity, OidcError> {
        let attempt = Attempt::fresh().unwrap();
        let mut claims = self.claims(&attempt);
        change(&mut claims);
        self.server.give(&self.signer.token(&claims).unwrap());
        self.finish(&attempt).await
    }
}

fn is_untrusted<T>(result: &Result<T, OidcError>) -> bool {
    matches!(result, Err(OidcError::Untrusted(_)))
}

#[tokio::test]
async fn a_browser_is_sent_with_everything_that_binds_its_answer_and_comes_back_as_somebody() {
    let plant = Plant::new();
    let attempt = Attempt::fresh().unwrap();
    let address = plant.provider.begin(REDIRECT, &attempt, at(NOW)).await.unwrap();
    let url = Url::parse(&address).unwrap();
    let asked: std::collections::HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert!(address.starts_with(&format!("{}/authorize?", plant.server.issuer())));
    let fixed = [
        ("response_type", "code"),
        ("client_id", "mtm client"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid groups"),
        ("state", &attempt.state),
        ("nonce", &attempt.nonce),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in fixed {
        assert_eq!(asked[name], value, "{name}");
    }
    assert!(!address.contains(&attempt.verifier) && asked["code_challenge"].len() == 43);
    plant.server.give(&plant.signer.token(&plant.claims(&attempt)).unwrap());
    let identity = plant.finish(&attempt).await.unwrap();
    assert_eq!((identity.subject.as_str(), identity.issuer), ("anna-1", plant.server.issuer()));
    assert_eq!(identity.claims.texts("groups"), ["floor"]);
    let asked = &plant.server.asked("/token")[0];
    // "mtm+client:a+secret%3A+with+%2B+and+%25" (RFC 6749, 2.3.1).
    assert_eq!(asked.authorization, "Basic bXRtK2NsaWVudDphK3NlY3JldCUzQSt3aXRoKyUyQithbmQrJTI1");
    assert!(asked.body.contains(&format!("code_verifier={}", attempt.verifier)), "{}", asked.body);
    assert!(!asked.body.contains("client_secret"));
    assert!(plant.server.asked("/userinfo").is_empty(), "nothing was missing");
}

#[tokio::test]
async fn each_algorithm_that_counts_proves_a_token() {
    let signers = [Signer::rs256, Signer::ps256, Signer::es256, Signer::eddsa];
    for signer in signers {
        let plant = Plant::of(signer("k1").unwrap(), None);
        let identity = plant.with(|_| {}).await.unwrap();
        assert_eq!(identity.subject, "anna-1");
        let asked = &plant.server.asked("/token")[0];
        assert!(asked.authorization.is_empty() && asked.body.contains("client_id=mtm+client"));
    }
}

#[tokio::test]
async fn a_token_that_does_not_say_what_it_must_is_not_believed() {
    let plant = Plant::new();
    let table: &[(&str, Value)] = &[
        ("iss", json!("https://other.example")),
        ("iss", Value::Null),
        ("aud", json!("other")),
        ("aud", json!(["other"])),
        ("aud", json!(["mtm client", "other"])),
        ("aud", Value::Null),
        ("azp", json!("other")),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("exp", json!(NOW - 61)),
        ("exp", json!("soon")),
        ("exp", Value::Null),
        ("iat", json!(NOW + 62)),
        ("iat", Value::Null),
        ("nbf", json!(NOW + 62)),
        ("nbf", json!("now")),
        ("sub", Value::Null),
        ("sub", json!("")),
        ("sub", json!("x".repeat(256))),
        ("sub", json!(7)),
    ];
    for (name, value) in table {
        let result = plant.with(|claims| claims[name] = value.clone()).await;
        assert!(is_untrusted(&result), "{name} {value}");
    }
    let good: &[(&str, Value)] = &[
        ("aud", json!(["mtm client"])),
        ("azp", json!("mtm client")),
        ("exp", json!(NOW - 30)),
        ("iat", json!(NOW + 30)),
        ("nbf", json!(NOW)),
        ("sub", json!("x".repeat(255))),
    ];
    for (name, value) in good {
        let result = plant.with(|claims| claims[name] = value.clone()).await;
        assert!(result.is_ok(), "{name} {value}: {result:?}");
    }
}

#[tokio::test]
async fn a_token_that_its_key_did_not_sign_is_not_believed() {
    let plant = Plant::new();
    let attempt = Attempt::fresh().unwrap();
    let claims = plant.claims(&attempt);
    let good = plant.signer.token(&claims).unwrap();
    let header = |algorithm: &str| json!({ "alg": algorithm, "kid": "k1", "typ": "JWT" });
    let public = plant.signer.public();
    let point = public["x"].as_str().unwrap();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let mut other = claims.clone();
    other["sub"] = json!("boss");
    let foreign = plant.signer.token(&other).unwrap();
    let swapped = format!("{}.{signature}", foreign.rsplit_once('.').unwrap().0);
    let stranger = Signer::es256("k1").unwrap();
    let signed = |header: Value| plant.signer.token_with(&header, &claims).unwrap();
    let table = [
        ("none", unsigned(&header("none"), &claims)),
        ("NONE", unsigned(&header("NONE"), &claims)),
        ("no signature", format!("{message}.")),
        (
            "HS256 with the public key",
            authenticated(public.to_string().as_bytes(), &header("HS256"), &claims),
        ),
        ("HS256 with a part of it", authenticated(point.as_bytes(), &header("HS256"), &claims)),
        ("another's claims", swapped),
        ("a stranger's key", stranger.token(&claims).unwrap()),
        ("another algorithm's name", signed(header("RS256"))),
        ("no algorithm", signed(json!({ "kid": "k1" }))),
        ("what must be understood", signed(json!({ "alg": "ES256", "kid": "k1", "crit": ["x"] }))),
        ("an access token", signed(json!({ "alg": "ES256", "kid": "k1", "typ": "at+jwt" }))),
        ("two parts", message.to_owned()),
        ("nothing", String::new()),
        ("no JSON", "e30.e30".to_owned()),
        ("an encrypted one", format!("{good}.x.y")),
    ];
    for (what, token) in table {
        plant.server.give(&token);
        assert!(is_untrusted(&plant.finish(&attempt).await), "{what}");
    }
    plant.server.give(&good);
    assert!(plant.finish(&attempt).await.is_ok());
}

#[tokio::test]
async fn an_answer_counts_for_its_own_attempt_and_provider_only() {
    let plant = Plant::new();
    let attempt = Attempt::fresh().unwrap();
    plant.server.give(&plant.signer.token(&plant.claims(&attempt)).unwrap());
    let came = async |change: fn(&mut Answer)| {
        let (state, code) = (attempt.state.clone(), "c".to_owned());
        let mut answer = Answer { state, code, ..Answer::default() };
        change(&mut answer);
        plant.provider.finish(REDIRECT, &attempt, &answer, at(NOW)).await
    };
    assert_eq!(came(|it| it.state.push('x')).await, Err(OidcError::Foreign));
    assert_eq!(came(|it| it.state.clear()).await, Err(OidcError::Foreign));
    assert_eq!(came(|it| it.code.clear()).await, Err(OidcError::Foreign));
    assert!(is_untrusted(&came(|it| it.issuer = "https://other.example".to_owned()).await));
    let refused = came(|it| it.error = "access_denied".to_owned()).await;
    assert_eq!(refused, Err(OidcError::Refused("access_denied".to_owned())));
    let odd = came(|it| it.error = "<b>\u{1b}[1m".to_owned()).await;
    assert_eq!(odd, Err(OidcError::Refused("b1m".to_owned())));
    let away = came(|it| it.error = "server_error".to_owned()).await;
    assert!(matches!(away, Err(OidcError::Away { .. })), "{away:?}");
    assert!(plant.server.asked("/token").is_empty(), "no code was given away");
    assert!(came(|_| {}).await.is_ok());
    // A provider that says it names itself in every answer must do so (RFC 9207).
    let strict = Plant::new();
    strict.server.document(&json!({ "authorization_response_iss_parameter_supported": true }));
    strict.server.give(&strict.signer.token(&strict.claims(&attempt)).unwrap());
    assert!(is_untrusted(&strict.finish(&attempt).await));
}

#[tokio::test]
async fn a_new_key_is_asked_for_once_and_not_for_every_stranger() {
    let plant = Plant::new();
    plant.with(|_| {}).await.unwrap();
    let fresh = Signer::eddsa("k2").unwrap();
    plant.server.publish(&[&fresh]);
    let attempt = Attempt::fresh().unwrap();
    plant.server.give(&fresh.token(&plant.claims(&attempt)).unwrap());
    assert!(plant.finish_at(&attempt, NOW + 1).await.is_ok());
    assert_eq!(plant.server.asked("/keys").len(), 2);
    // The old one is not published any more.
    plant.server.give(&plant.signer.token(&plant.claims(&attempt)).unwrap());
    assert!(is_untrusted(&plant.finish_at(&attempt, NOW + 1).await));
    plant.server.give(&Signer::es256("k3").unwrap().token(&plant.claims(&attempt)).unwrap());
    for second in 2..5 {
        assert!(is_untrusted(&plant.finish_at(&attempt, NOW + second).await));
    }
    assert_eq!(plant.server.asked("/keys").len(), 2, "within a minute");
    assert!(is_untrusted(&plant.finish_at(&attempt, NOW + 62).await));
    assert_eq!(plant.server.asked("/keys").len(), 3);
}

#[tokio::test]
async fn what_the_token_does_not_say_user_info_says_if_it_is_about_the_same_person() {
    let plant = Plant::new();
    let without = |claims: &mut Value| claims["groups"] = Value::Null;
    let drop_groups = |claims: &mut Value| {
        without(claims);
        claims.as_object_mut().unwrap().remove("groups");
    };
    let info = json!({ "sub": "anna-1", "groups": ["lead"], "iss": "x" });
    plant.server.say("/userinfo", Said::Json(200, info));
    let identity = plant.with(drop_groups).await.unwrap();
    assert_eq!(identity.claims.texts("groups"), ["lead"]);
    assert_eq!(
        identity.claims.text("iss"),
        Some(plant.server.issuer().as_str()),
        "the token's stays"
    );
    assert_eq!(plant.server.asked("/userinfo")[0].authorization, "Bearer an-access-token");
    plant.server.say("/userinfo", Said::Json(200, json!({ "sub": "ben", "groups": ["admin"] })));
    assert!(is_untrusted(&plant.with(drop_groups).await));
    plant.server.say("/userinfo", Said::Labelled("application/jwt", json!({ "sub": "anna-1" })));
    assert!(is_untrusted(&plant.with(drop_groups).await));
}

#[tokio::test]
async fn an_answer_without_an_end_or_a_beginning_or_manners_ends_the_attempt_and_nothing_else() {
    let attempt = Attempt::fresh().unwrap();
    let places = ["/.well-known/openid-configuration", "/keys", "/token"];
    for place in places {
        let said = [
            Said::Endless,
            Said::Silence,
            Said::Elsewhere("http://169.254.169.254/".to_owned()),
            Said::Labelled("text/html", json!({})),
            Said::Json(503, json!({})),
            Said::Json(200, json!([])),
        ];
        for said in said {
            let plant = Plant::new();
            plant.server.give(&plant.signer.token(&plant.claims(&attempt)).unwrap());
            let what = format!("{place} {said:?}");
            plant.server.say(place, said);
            let result = plant.finish(&attempt).await;
            let told = matches!(result, Err(OidcError::Away { .. } | OidcError::Untrusted(_)));
            assert!(told, "{what}: {result:?}");
        }
    }
    let plant = Plant::new();
    for (reason, expected) in [
        ("invalid_grant", OidcError::CodeUsed),
        ("invalid_client", OidcError::Misconfigured("invalid_client".to_owned())),
    ] {
        plant.server.say("/token", Said::Json(400, json!({ "error": reason })));
        assert_eq!(plant.finish(&attempt).await, Err(expected));
    }
}

#[tokio::test]
async fn a_provider_that_is_away_is_left_alone_for_a_moment_and_found_again() {
    let plant = Plant::new();
    let attempt = Attempt::fresh().unwrap();
    let document = "/.well-known/openid-configuration";
    plant.server.say(document, Said::Json(503, json!({})));
    let begin = async |seconds| plant.provider.begin(REDIRECT, &attempt, at(seconds)).await;
    for second in 0..4 {
        assert!(matches!(begin(NOW + second).await, Err(OidcError::Away { .. })));
    }
    assert_eq!(plant.server.asked(document).len(), 1);
    plant.server.document(&json!({}));
    assert!(begin(NOW + 6).await.is_ok());
    assert!(begin(NOW + 3_000).await.is_ok());
    assert_eq!(plant.server.asked(document).len(), 2, "kept for an hour");
    assert!(begin(NOW + 3_700).await.is_ok());
    assert_eq!(plant.server.asked(document).len(), 3);
}

#[tokio::test]
async fn a_provider_whose_certificate_is_over_is_asked_nothing() {
    let (directory, authority) = (tempfile::tempdir().unwrap(), Authority::new().unwrap());
    let ca_file = directory.path().join("ca.pem");
    std::fs::write(&ca_file, authority.pem()).unwrap();
    let shown = |until| authority.server("localhost", (2020, until)).unwrap().serving().unwrap();
    let server =
        CalledServer::secure(shown(2021), |_| called::Said::json(503, &json!({}))).unwrap();
    let begun = async || {
        let client = Client {
            issuer: server.url(),
            client_id: "mtm".to_owned(),
            client_secret: None,
            scopes: "openid".to_owned(),
            claims: Vec::new(),
        };
        let http = outgoing::Client::trusting(Deadlines::default(), Some(&ca_file)).unwrap();
        let attempt = Attempt::fresh().unwrap();
        Provider::new(client, http).begin(REDIRECT, &attempt, at(NOW)).await
    };
    let told = begun().await.unwrap_err();
    assert!(matches!(&told, OidcError::Away { why, .. } if why.contains("expired")), "{told}");
    assert!(server.asked().is_empty());
    server.present(shown(2090));
    begun().await.unwrap_err();
    assert_eq!(server.asked().len(), 1, "with another one it is asked");
}

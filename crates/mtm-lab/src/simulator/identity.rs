//! An identity provider: people sign in here and are sent back (`OpenID` Connect Core 1.0, Discovery 1.0,
//! RFC 6749, 7636 and 9207).
//!
//! It is strict where real ones are: it knows one client, sends people back to registered addresses only,
//! wants `state`, `nonce` and PKCE by S256, and takes a code once, with the verifier and the address that it was
//! given for. It asks nobody for a password: whoever reaches it is whom they say.

use std::fmt::Write as _;
use std::io;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Settings;
use super::fault::Fault;
use super::reply::Reply;
use super::request::Call;
use super::token::{client, refusal};

/// How long a code is good.
const CODE: Duration = Duration::from_secs(60);
/// Seconds for which a token is good.
const TOKEN: u64 = 300;
/// When a token was made that is over, in seconds from now.
const LONG_AGO: i64 = -86_400;
/// Most codes and tokens that are kept; the oldest go.
const MOST: usize = 10_000;
/// The name of the one key.
const KEY: &str = "lab-1";

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The login name.
    pub user: String,
    /// What people call them.
    #[serde(default)]
    pub name: String,
    /// The groups they are in.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// What a code stands for.
#[derive(Debug, Clone)]
struct Granted {
    person: Person,
    redirect: String,
    challenge: String,
    nonce: String,
    until: Instant,
}

/// The provider.
#[derive(Debug)]
pub(super) struct Identities {
    key: EcdsaKeyPair,
    people: Vec<Person>,
    /// Where people may be sent back to.
    redirects: Vec<String>,
    /// How many codes were given.
    given: u64,
    codes: Vec<(String, Granted)>,
    tokens: Vec<(String, Person)>,
}

impl Identities {
    /// One with a fresh key, which sends people back to `redirects`.
    pub(super) fn new(people: Vec<Person>, redirects: Vec<String>) -> io::Result<Self> {
        let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let no_key = || io::Error::other("no key could be made");
        let made = EcdsaKeyPair::generate_pkcs8(kind, &random).map_err(|_| no_key())?;
        let key = EcdsaKeyPair::from_pkcs8(kind, made.as_ref(), &random).map_err(|_| no_key())?;
        Ok(Self { key, people, redirects, given: 0, codes: Vec::new(), tokens: Vec::new() })
    }

    /// These are the people from now on.
    pub(super) fn know(&mut self, people: Vec<Person>) {
        self.people = people;
    }

    /// People are sent back there from now on.
    pub(super) fn register(&mut self, redirects: Vec<String>) {
        self.redirects = redirects;
    }

    /// What was given is good no more.
    pub(super) fn forget(&mut self) {
        self.codes.clear();
        self.tokens.clear();
    }

    /// Answers `call`, whose path below the issuer is `path`. `issuer` is its name for itself.
    pub(super) fn answer(
        &mut self,
        settings: &Settings,
        issuer: &str,
        path: &str,
        call: &Call,
        faults: &[Fault],
    ) -> Reply {
        match (call.method.as_str(), path) {
            ("GET", "/.well-known/openid-configuration") => Reply::json(200, &document(issuer)),
            ("GET", "/keys") => Reply::json(200, &json!({ "keys": [self.public()] })),
            ("GET", "/authorize") => self.authorize(settings, issuer, call),
            ("POST", "/token") => self.exchange(settings, issuer, call, faults),
            ("GET", "/userinfo") => self.user_info(call),
            _ => Reply::problem(404, "not_found", "the provider has nothing here"),
        }
    }

    fn public(&self) -> Value {
        // An uncompressed point: a mark, and two coordinates of 32 bytes each.
        let point = self.key.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y), "kid": KEY, "alg": "ES256",
            "use": "sig",
        })
    }

    /// `GET /authorize`: back with a code where the person is named, else the page to pick one.
    fn authorize(&mut self, settings: &Settings, issuer: &str, call: &Call) -> Reply {
        let said = |name: &str| call.query.get(name).map_or("", String::as_str);
        // Nobody is sent to an address that is not known (RFC 6749, 4.1.2.1).
        if said("client_id") != settings.client_id {
            return told(400, "invalid_client", "no client of this name is known here");
        }
        let redirect = said("redirect_uri");
        if !self.redirects.iter().any(|known| known == redirect) {
            let words = "this address to come back to is not registered; lab up --redirect, or \
                         PUT /control/oidc";
            return told(400, "invalid_request", words);
        }
        let refused = |error: &str, words: &str| {
            let pairs = [
                ("error", error),
                ("error_description", words),
                ("state", said("state")),
                ("iss", issuer),
            ];
            sent(redirect, &pairs)
        };
        if said("response_type") != "code" {
            return refused("unsupported_response_type", "response_type is code");
        }
        if !said("scope").split(' ').any(|scope| scope == "openid") {
            return refused("invalid_scope", "openid is not among the scopes");
        }
        let challenge = said("code_challenge");
        if said("code_challenge_method") != "S256" || challenge.len() != 43 {
            return refused("invalid_request", "PKCE by S256 is needed");
        }
        if said("state").is_empty() || said("nonce").is_empty() {
            return refused("invalid_request", "state and nonce are needed");
        }
        let hint = said("login_hint");
        let Some(person) = self.people.iter().find(|person| person.user == hint).cloned() else {
            return self.page(call);
        };
        self.given += 1;
        // Nothing is protected by it but a simulation.
        let code = digest(&format!("code:{}:{}", settings.client_secret, self.given));
        let granted = Granted {
            person,
            redirect: redirect.to_owned(),
            challenge: challenge.to_owned(),
            nonce: said("nonce").to_owned(),
            until: Instant::now() + CODE,
        };
        keep(&mut self.codes, (code.clone(), granted));
        sent(redirect, &[("code", &code), ("state", said("state")), ("iss", issuer)])
    }

    /// The page on which somebody says who they are.
    fn page(&self, call: &Call) -> Reply {
        let kept: Vec<(&str, &str)> = call
            .query
            .iter()
            .filter(|(name, _)| *name != "login_hint")
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let mut list = String::new();
        for person in &self.people {
            let mut pairs = kept.clone();
            pairs.push(("login_hint", &person.user));
            let (address, user) = (escaped(&query(&pairs)), escaped(&person.user));
            let (name, groups) = (escaped(&person.name), escaped(&person.groups.join(", ")));
            // Writing into a string cannot fail.
            let _ = writeln!(list, "<li><a href=\"?{address}\">{user}</a> {name} ({groups})</li>");
        }
        if list.is_empty() {
            list.push_str("<li>nobody; put people into plant.json</li>\n");
        }
        html(200, &format!("<h1>Who are you?</h1>\n<ul>\n{list}</ul>\n"))
    }

    /// `POST /token`: a code becomes tokens, once.
    fn exchange(
        &mut self,
        settings: &Settings,
        issuer: &str,
        call: &Call,
        faults: &[Fault],
    ) -> Reply {
        let form = call.form();
        let said = |name: &str| form.get(name).map_or("", String::as_str);
        if client(call, &form) != Some((settings.client_id.clone(), settings.client_secret.clone()))
        {
            return refusal(401, "invalid_client").header("www-authenticate", "Basic");
        }
        if said("grant_type") != "authorization_code" {
            return refusal(400, "unsupported_grant_type");
        }
        // Whatever comes of it, the code is used.
        let at = self.codes.iter().position(|(code, _)| code == said("code"));
        let Some(granted) = at.map(|at| self.codes.remove(at).1) else {
            return refusal(400, "invalid_grant");
        };
        let good = granted.until > Instant::now()
            && granted.redirect == said("redirect_uri")
            && granted.challenge == digest(said("code_verifier"));
        if !good {
            return refusal(400, "invalid_grant");
        }
        let Some(id) = self.id_token(settings, issuer, &granted, faults) else {
            return Reply::problem(500, "internal_error", "the token could not be signed");
        };
        let access = digest(&format!("access:{}:{}", settings.client_secret, said("code")));
        keep(&mut self.tokens, (access.clone(), granted.person));
        let answer = json!({
            "access_token": access, "token_type": "Bearer", "expires_in": TOKEN, "id_token": id,
        });
        Reply::json(200, &answer).header("cache-control", "no-store")
    }

    /// The ID token, as the script lets it be.
    fn id_token(
        &self,
        settings: &Settings,
        issuer: &str,
        granted: &Granted,
        faults: &[Fault],
    ) -> Option<String> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let off = faults.iter().find_map(|fault| match fault {
            Fault::Clock { seconds } => Some(*seconds),
            Fault::Expired => Some(LONG_AGO),
            _ => None,
        });
        let made = i64::try_from(now.as_secs()).ok()?.checked_add(off.unwrap_or(0))?;
        let mut claims = claims(&granted.person);
        claims["iss"] = json!(issuer);
        claims["aud"] = json!(settings.client_id);
        claims["iat"] = json!(made);
        claims["auth_time"] = json!(made);
        claims["exp"] = json!(made.checked_add(i64::try_from(TOKEN).ok()?)?);
        claims["nonce"] = json!(granted.nonce);
        if faults.contains(&Fault::WrongAudience) {
            claims["aud"] = json!("another-client");
        }
        if faults.contains(&Fault::WrongNonce) {
            claims["nonce"] = json!("of another attempt");
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        if faults.contains(&Fault::Unsigned) {
            let header = json!({ "alg": "none", "typ": "JWT" });
            return Some(format!("{}.{}.", part(&header), part(&claims)));
        }
        let header = json!({ "alg": "ES256", "kid": KEY, "typ": "JWT" });
        let message = format!("{}.{}", part(&header), part(&claims));
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).ok()?;
        Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
    }

    /// `GET /userinfo`.
    fn user_info(&self, call: &Call) -> Reply {
        let token = call.header("authorization").and_then(|it| it.strip_prefix("Bearer "));
        let known = token.and_then(|token| self.tokens.iter().find(|(known, _)| known == token));
        match known {
            Some((_, person)) => Reply::json(200, &claims(person)),
            None => Reply::json(401, &json!({ "error": "invalid_token" }))
                .header("www-authenticate", "Bearer error=\"invalid_token\""),
        }
    }
}

/// What is published about it.
fn document(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": ["openid", "profile", "email", "groups"],
        "claims_supported": ["sub", "name", "preferred_username", "groups"],
        "authorization_response_iss_parameter_supported": true,
    })
}

/// What is known of somebody. The subject is not the login name: that may change.
fn claims(person: &Person) -> Value {
    json!({
        "sub": digest(&format!("person:{}", person.user)), "preferred_username": person.user,
        "name": person.name, "groups": person.groups,
    })
}

fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

fn keep<T>(all: &mut Vec<T>, one: T) {
    if all.len() == MOST {
        all.remove(0);
    }
    all.push(one);
}

fn query(pairs: &[(&str, &str)]) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    pairs
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// Back to where somebody came from.
fn sent(redirect: &str, pairs: &[(&str, &str)]) -> Reply {
    let joint = if redirect.contains('?') { '&' } else { '?' };
    let address = format!("{redirect}{joint}{}", query(pairs));
    Reply { status: 303, ..Reply::empty() }
        .header("location", address)
        .header("cache-control", "no-store")
}

/// A refusal that a person reads, because nobody can be sent back.
fn told(status: u16, error: &str, words: &str) -> Reply {
    html(status, &format!("<h1>{}</h1>\n<p>{}</p>\n", escaped(error), escaped(words)))
}

fn html(status: u16, main: &str) -> Reply {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Simulated sign-in</title></head>\n\
         <body>\n<main>\n{main}</main>\n</body>\n</html>\n"
    );
    let media_type = "text/html; charset=utf-8".to_owned();
    Reply { status, media_type, body: page.into_bytes(), ..Reply::empty() }
        .header("cache-control", "no-store")
        .header("content-security-policy", "default-src 'none'")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

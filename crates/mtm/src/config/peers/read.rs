//! A peer out of its table.

use std::time::Duration;

use mtm_connect::credential::Settings as Auth;
use mtm_connect::credential::oauth2::{self, Algorithm, Proof};
use mtm_connect::oidc::is_private_way;
use mtm_connect::outgoing::{Identity, Papers, Target};
use mtm_connect::peer::{Limits, Settings};
use mtm_connect::secret::Reference;

use crate::config::table::Table;

const KINDS: &str = "one of none, api_key, basic, hmac, oauth2 and private_key_jwt";

/// Members that belong to some kinds only.
const OWN: &[(&str, &[&str])] = &[
    ("secret", &["api_key", "basic", "hmac", "oauth2"]),
    ("secret_file", &["api_key", "basic", "hmac", "oauth2"]),
    ("header", &["api_key"]),
    ("prefix", &["api_key"]),
    ("user", &["basic"]),
    ("key_id", &["hmac", "private_key_jwt"]),
    ("token_url", &["oauth2", "private_key_jwt"]),
    ("client_id", &["oauth2", "private_key_jwt"]),
    ("client_auth", &["oauth2"]),
    ("private_key", &["private_key_jwt"]),
    ("private_key_file", &["private_key_jwt"]),
    ("algorithm", &["private_key_jwt"]),
    ("assertion_audience", &["private_key_jwt"]),
    ("scope", &["oauth2", "private_key_jwt"]),
    ("audience", &["oauth2", "private_key_jwt"]),
    ("resource", &["oauth2", "private_key_jwt"]),
    ("token_ca_file", &["oauth2", "private_key_jwt"]),
];

/// The peer, where nothing that it takes is missing or wrong.
pub(super) fn peer(table: &mut Table<'_>) -> Option<Settings> {
    let url = table.needed("url", "every system has an address");
    let url = url.and_then(|text| target(table, "url", text));
    let kind = table.needed("auth", "say how it is told who asks (none where it is not)");
    let auth = kind.and_then(|kind| {
        refuse_foreign(table, kind);
        auth(table, kind)
    });
    if let (Some(url), Some(kind)) = (&url, kind)
        && !matches!(kind, "none" | "hmac")
        && !is_private_way(url.as_str())
    {
        table.refuse(
            "url",
            "not encrypted, and everybody on the way could read the secret; begin it with https://",
        );
    }
    let papers = papers(table, url.as_ref());
    let token_ca = table.path("token_ca_file");
    let token_papers =
        Papers { ca_file: token_ca.or_else(|| papers.ca_file.clone()), ..papers.clone() };
    let deadline = table.number("deadline_ms", 100..=600_000, 15_000).map(Duration::from_millis);
    let longest = table.number("answer_kib", 1..=1_048_576, 1_024);
    let look = table.number("look_seconds", 0..=86_400, 60);
    let at_once = table.optional("at_once", 1..=1_000);
    let per_second = table.optional("per_second", 0..=1_000_000);
    let health_type = table.text("health_type").unwrap_or("application/json");
    if !health_type.contains('/') || health_type.contains([' ', ';', ',']) {
        table.refuse("health_type", "no type of content such as application/json");
    }
    Some(Settings {
        name: table.name.to_owned(),
        url: url?,
        auth: auth?,
        papers,
        token_papers,
        health: table.text("health").unwrap_or("/").to_owned(),
        health_type: (health_type != "*/*").then(|| health_type.to_owned()),
        deadline: deadline?,
        longest: usize::try_from(longest?).unwrap_or(usize::MAX).saturating_mul(1_024),
        limits: Limits {
            at_once: at_once.and_then(|it| u16::try_from(it).ok()),
            per_second: per_second.and_then(|it| u32::try_from(it).ok()),
            deadline,
            slow: None,
        },
        look: look.filter(|it| *it > 0).map(Duration::from_secs),
    })
}

fn refuse_foreign(table: &mut Table<'_>, kind: &str) {
    for (member, kinds) in OWN {
        if table.text(member).is_some() && !kinds.contains(&kind) && is_kind(kind) {
            table.refuse(
                member,
                format!("not a member of auth = {kind:?}; it belongs to {}", kinds.join(", ")),
            );
        }
    }
}

fn is_kind(kind: &str) -> bool {
    ["none", "api_key", "basic", "hmac", "oauth2", "private_key_jwt"].contains(&kind)
}

fn auth(table: &mut Table<'_>, kind: &str) -> Option<Auth> {
    match kind {
        "none" => Some(Auth::Nothing),
        "api_key" => {
            let secret = secret(table, "secret", "secret_file");
            let header = table.text("header").unwrap_or("x-api-key");
            let prefix = table.text("prefix").map(str::to_owned);
            if !is_header(header) {
                table.refuse("header", "no name of a header");
                return None;
            }
            if prefix.as_ref().is_some_and(|it| !is_value(it)) {
                table.refuse("prefix", "not ASCII");
                return None;
            }
            Some(Auth::ApiKey { header: header.to_ascii_lowercase(), prefix, secret: secret? })
        }
        "basic" => {
            let user = table.needed("user", "basic sends a name and a password").map(str::to_owned);
            if user.as_ref().is_some_and(|user| user.contains(':')) {
                table.refuse("user", "with a colon, which ends it");
            }
            let secret = secret(table, "secret", "secret_file");
            Some(Auth::Basic { user: user?, secret: secret? })
        }
        "hmac" => {
            let key_id = table.needed("key_id", "the other system finds the secret by it");
            if key_id.is_some_and(|it| !is_value(it)) {
                table.refuse("key_id", "not ASCII");
            }
            let secret = secret(table, "secret", "secret_file");
            Some(Auth::Hmac { key_id: key_id?.to_owned(), secret: secret? })
        }
        "oauth2" => {
            let secret = secret(table, "secret", "secret_file");
            let proof = match table.text("client_auth").unwrap_or("basic") {
                "basic" => secret.map(Proof::Basic),
                "post" => secret.map(Proof::Post),
                _ => {
                    table.refuse("client_auth", "not one of basic and post");
                    None
                }
            };
            oauth2(table, proof)
        }
        "private_key_jwt" => {
            let key = secret(table, "private_key", "private_key_file");
            let algorithm = table.text("algorithm");
            let known = algorithm.map(Algorithm::from_name);
            if known == Some(None) {
                table.refuse("algorithm", "not one of RS256, PS256, ES256 and EdDSA");
            }
            let text = |member: &str| table.text(member).map(str::to_owned);
            let (key_id, audience) = (text("key_id"), text("assertion_audience"));
            let algorithm = known.flatten();
            oauth2(table, key.map(|key| Proof::Key { key, key_id, algorithm, audience }))
        }
        _ => {
            table.refuse("auth", format!("not {KINDS}"));
            None
        }
    }
}

fn oauth2(table: &mut Table<'_>, proof: Option<Proof>) -> Option<Auth> {
    let token_url = table.needed("token_url", "tokens are asked for there");
    let token_url = token_url.and_then(|text| {
        if !is_private_way(text) {
            table.refuse("token_url", "not encrypted, and everybody on the way could read the secret; begin it with https://");
            return None;
        }
        target(table, "token_url", text)
    });
    let client_id = table.needed("client_id", "the authorization server knows this server by it");
    let text = |member: &str| table.text(member).map(str::to_owned);
    Some(Auth::OAuth2(oauth2::Settings {
        token_url: token_url?,
        client_id: client_id?.to_owned(),
        proof: proof?,
        scope: text("scope"),
        audience: text("audience"),
        resource: text("resource"),
    }))
}

/// Where a secret is. A secret in its place is refused, and not repeated.
/// Where a secret is that has to be there.
fn secret(table: &mut Table<'_>, member: &'static str, file: &'static str) -> Option<Reference> {
    let reference = table.secret(member, file).ok()?;
    if reference.is_none() {
        let message = format!(
            "not set; say where it is: env:NAME, file:PATH or credential:NAME, or name a file with {file}"
        );
        table.refuse(member, message);
    }
    reference
}

fn papers(table: &mut Table<'_>, url: Option<&Target>) -> Papers {
    let ca_file = table.path("ca_file");
    let (one, other) = ("client_certificate_file", "client_key_file");
    let identity = match (table.path(one), table.path(other)) {
        (Some(certificate), Some(key)) => Some(Identity { certificate, key }),
        (None, None) => None,
        (Some(_), None) => {
            table.refuse(other, format!("not set, and {one} is"));
            None
        }
        (None, Some(_)) => {
            table.refuse(one, format!("not set, and {other} is"));
            None
        }
    };
    if url.is_some_and(|url| url.as_str().starts_with("http:")) {
        for (member, is_set) in [("ca_file", ca_file.is_some()), (one, identity.is_some())] {
            if is_set {
                table
                    .refuse(member, "of no use: url begins with http://, and nothing is encrypted");
            }
        }
    }
    Papers { ca_file, identity }
}

fn target(table: &mut Table<'_>, member: &str, text: &str) -> Option<Target> {
    let parsed = Target::parse(text);
    parsed.map_err(|error| table.refuse(member, format!("no target: {error}"))).ok()
}

fn is_header(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it))
}

fn is_value(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_graphic() || it == b' ')
}

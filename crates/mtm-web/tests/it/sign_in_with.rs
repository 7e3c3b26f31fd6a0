//! Signing in with an identity provider, as a browser without scripts meets it. The provider is a real
//! server that says what each test wants.
#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

use axum::body::Body;
use axum::http::StatusCode;
use mtm_app::auth::{NewPerson, PersonChanges, ProviderRules, RoleMap, SignInProvider};
use mtm_connect::oidc::{Client, Provider};
use mtm_connect::outgoing::{self, Deadlines};
use mtm_core::policy::Role;
use mtm_testkit::identity::{IdentityServer, Said, Signer};
use serde_json::{Value, json};

use crate::pages::{answer, encoded, hidden, on_hand};
use crate::plant::{Plant, Reply};

const HOST: &str = "127.0.0.1:8080";

struct Site {
    plant: Plant,
    server: IdentityServer,
    signer: Signer,
}

/// A browser that is at the provider.
struct Away {
    cookie: String,
    state: String,
    nonce: String,
}

impl Site {
    async fn new() -> Self {
        Self::with(false).await
    }

    async fn with(link: bool) -> Self {
        let signer = Signer::es256("k1").unwrap();
        let server = IdentityServer::start(&[&signer]).unwrap();
        let plant = Plant::new().await;
        let rules = ProviderRules {
            name: "plant account".to_owned(),
            public_url: None,
            role_claim: "groups".to_owned(),
            roles: RoleMap::parse("mtm-leads=lead,floor=operator").unwrap(),
            login_claim: "preferred_username".to_owned(),
            link,
        };
        let client = Client {
            issuer: server.issuer(),
            client_id: "mtm".to_owned(),
            client_secret: None,
            scopes: "openid".to_owned(),
            claims: vec!["groups".to_owned()],
        };
        let http = outgoing::Client::new(Deadlines::default()).unwrap();
        let provider = SignInProvider::new(rules, Provider::new(client, http));
        plant.app.use_provider(Some(provider));
        Self { plant, server, signer }
    }

    async fn get(&self, path: &str, cookie: &str) -> Reply {
        let headers = [("host", HOST), ("cookie", cookie)];
        self.plant.send(self.plant.request(None, "GET", path, &headers, Body::empty())).await
    }

    async fn leave(&self, next: &str) -> Away {
        let reply = self.get(&format!("/sign-in/oidc?next={next}"), "").await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
        let cookie = reply.header("set-cookie");
        let flags = "; Path=/; HttpOnly; SameSite=Lax; Max-Age=600";
        assert!(cookie.starts_with("mtm_attempt=") && cookie.ends_with(flags), "{cookie}");
        let address = reply.header("location").to_owned();
        assert!(address.starts_with(&format!("{}/authorize?", self.server.issuer())), "{address}");
        let back = "redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fsign-in%2Foidc%2Fcallback&";
        assert!(address.contains(back), "{address}");
        let part = |name: &str| {
            let at = address.split(&format!("&{name}=")).nth(1).unwrap();
            at.split('&').next().unwrap().to_owned()
        };
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Away { state: part("state"), nonce: part("nonce"), cookie }
    }

    /// Has the provider vouch for somebody with these groups.
    fn vouch(&self, away: &Away, subject: &str, groups: &[&str]) {
        let now = self.plant.app.clock().now().micros() / 1_000_000;
        let claims: Value = json!({
            "iss": self.server.issuer(), "aud": "mtm", "sub": format!("id of {subject}"), "iat": now,
            "exp": now + 60, "nonce": away.nonce, "groups": groups, "preferred_username": subject,
            "name": "Anna \u{7}Kern",
        });
        self.server.give(&self.signer.token(&claims).unwrap());
    }

    async fn come_back(&self, away: &Away) -> Reply {
        let path = format!("/sign-in/oidc/callback?code=the-code&state={}", away.state);
        self.get(&path, &away.cookie).await
    }

    /// Goes there and back as somebody with these groups.
    async fn visit(&self, subject: &str, groups: &[&str]) -> Reply {
        let away = self.leave("/").await;
        self.vouch(&away, subject, groups);
        self.come_back(&away).await
    }

    /// The role of whoever has this session.
    async fn role(&self, session: &str) -> String {
        let reply = self.get("/api/v1/me", session).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        reply.json()["role"].as_str().unwrap().to_owned()
    }
}

/// The session of somebody who was let in.
fn session(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
    let cookies: Vec<&str> =
        reply.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect();
    assert!(cookies.iter().any(|it| it.starts_with("mtm_attempt=;")), "{cookies:?}");
    let session = cookies.iter().find(|it| it.starts_with("mtm_session=")).unwrap();
    session.split(';').next().unwrap().to_owned()
}

/// Nobody came in: the sign-in page says why, and keeps to itself what the address held.
fn refused(reply: &Reply, status: StatusCode, words: &str) {
    assert_eq!(reply.status, status, "{}", reply.text);
    assert!(reply.text.contains(words), "{words:?} is not in {}", reply.text);
    assert!(reply.text.contains("id=\"sign-in-password\""), "the local form stays");
    assert!(!reply.text.contains("the-code") && !reply.text.contains("callback"), "{}", reply.text);
    let cookies = reply.headers.get_all("set-cookie").iter();
    assert!(cookies.map(|it| it.to_str().unwrap()).all(|it| !it.starts_with("mtm_session")));
}

#[tokio::test]
async fn people_come_in_with_the_role_of_their_groups_and_go_where_they_wanted_to() {
    let site = Site::new().await;
    let page = site.get("/sign-in?next=%2Fhistory", "").await;
    let link = "href=\"/sign-in/oidc?next=%2Fhistory\"";
    assert!(page.text.contains(link) && page.text.contains("Sign in with plant account"));
    let away = site.leave("%2Fhistory%3Fpart%3DA").await;
    site.vouch(&away, "anna", &["floor", "canteen"]);
    let reply = site.come_back(&away).await;
    assert_eq!(reply.header("location"), "/history?part=A");
    let first = session(&reply);
    assert_eq!(site.role(&first).await, "operator");
    // The next time she is a lead, in every browser of hers and at once.
    let second = session(&site.visit("anna", &["mtm-leads", "floor"]).await);
    assert_eq!((site.role(&first).await, site.role(&second).await), ("lead".into(), "lead".into()));
    let users = site.plant.get(Role::Admin, "/api/v1/users").await.json();
    let anna = users["items"].as_array().unwrap().iter().find(|it| it["name"] == "anna").unwrap();
    assert_eq!((&anna["has_identity"], &anna["display_name"]), (&json!(true), &json!("Anna Kern")));
}

#[tokio::test]
async fn without_a_provider_there_is_neither_a_button_nor_a_way() {
    let plant = Plant::new().await;
    let get = async |path: &str| {
        plant.send(plant.request(None, "GET", path, &[("host", HOST)], Body::empty())).await
    };
    assert!(!get("/sign-in").await.text.contains("sign-in-provider"));
    for path in ["/sign-in/oidc", "/sign-in/oidc/callback?code=c&state=s"] {
        assert_eq!(get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn an_answer_counts_once_and_in_the_browser_that_began() {
    let site = Site::new().await;
    let away = site.leave("https%3A%2F%2Fevil.example").await;
    site.vouch(&away, "anna", &["floor"]);
    let other = site.leave("/").await;
    let expired = StatusCode::FORBIDDEN;
    for cookie in ["", "mtm_attempt=x", &other.cookie, &format!("{}A", away.cookie)] {
        let stranger =
            Away { cookie: cookie.to_owned(), state: away.state.clone(), nonce: String::new() };
        refused(&site.come_back(&stranger).await, expired, "Begin again on the sign-in page.");
    }
    assert!(site.server.asked("/token").is_empty(), "no code of another browser is given away");
    let reply = site.come_back(&away).await;
    assert_eq!(reply.header("location"), "/", "never another site");
    session(&reply);
    refused(&site.come_back(&away).await, expired, "Begin again on the sign-in page.");
    assert_eq!(site.server.asked("/token").len(), 1);
}

#[tokio::test]
async fn whatever_the_provider_does_the_local_form_stays_and_says_what_to_do() {
    let site = Site::new().await;
    let away = site.leave("/").await;
    let path = format!("/sign-in/oidc/callback?error=access_denied&state={}", away.state);
    let reply = site.get(&path, &away.cookie).await;
    refused(&reply, StatusCode::FORBIDDEN, "said no: access_denied. Try again;");
    let reply = site.visit("anna", &["canteen"]).await;
    refused(&reply, StatusCode::FORBIDDEN, "Ask your administrator for a group that may come in");
    let away = site.leave("/").await;
    site.server.give("no.token.atall");
    let reply = site.come_back(&away).await;
    refused(&reply, StatusCode::FORBIDDEN, "sent cannot be believed.");
    let away = site.leave("/").await;
    site.server.say("/token", Said::Json(503, json!({})));
    let reply = site.come_back(&away).await;
    refused(&reply, StatusCode::SERVICE_UNAVAILABLE, "or sign in with a password");
    let elsewhere = [("host", "wip.plant")];
    let request = site.plant.request(None, "GET", "/sign-in/oidc", &elsewhere, Body::empty());
    let reply = site.plant.send(request).await;
    refused(&reply, StatusCode::FORBIDDEN, "server.public_url");
}

#[tokio::test]
async fn names_that_are_taken_and_people_who_are_disabled_stay_out_whole() {
    let site = Site::new().await;
    let ben = |name: &str| NewPerson {
        name: name.to_owned(),
        display_name: None,
        role: Role::Viewer,
        password: None,
    };
    site.plant.app.create_user(&site.plant.admin, ben("Ben"), None).await.unwrap();
    let reply = site.visit("ben", &["floor"]).await;
    refused(&reply, StatusCode::CONFLICT, "There is a user Ben here already");
    session(&site.visit("anna", &["floor"]).await);
    let users = site.plant.app.ledger().users().await.unwrap();
    let anna = users.iter().find(|user| user.name.as_str() == "anna").unwrap();
    let disable = PersonChanges { disabled: Some(true), ..PersonChanges::default() };
    site.plant.app.edit_user(&site.plant.admin, anna.id, None, disable, None).await.unwrap();
    refused(&site.visit("anna", &["mtm-leads"]).await, StatusCode::FORBIDDEN, "disabled here");
    // Where the plant says so, the name is enough.
    let site = Site::with(true).await;
    let ben = site.plant.app.create_user(&site.plant.admin, ben("Ben"), None).await.unwrap();
    session(&site.visit("ben", &["floor"]).await);
    let taken = site.plant.app.ledger().user(ben.id).await.unwrap().unwrap();
    assert_eq!((taken.role, taken.has_identity), (Role::Operator, true));
}

#[tokio::test]
async fn guessing_is_slow_and_succeeding_is_not_counted() {
    let site = Site::new().await;
    for _ in 0..11 {
        session(&site.visit("anna", &["floor"]).await);
    }
    let nobody = Away { cookie: String::new(), state: "x".to_owned(), nonce: String::new() };
    for _ in 0..10 {
        assert_eq!(site.come_back(&nobody).await.status, StatusCode::FORBIDDEN);
    }
    let reply = site.come_back(&nobody).await;
    refused(&reply, StatusCode::TOO_MANY_REQUESTS, "Too many tries");
}

#[tokio::test]
async fn whoever_is_signed_in_works_on_while_the_provider_is_away() {
    let site = Site::new().await;
    let session = session(&site.visit("anna", &["floor"]).await);
    let asked = || {
        ["/.well-known/openid-configuration", "/keys", "/token", "/userinfo"]
            .map(|path| site.server.asked(path).len())
    };
    let before = asked();
    for path in ["/.well-known/openid-configuration", "/keys", "/token", "/userinfo"] {
        site.server.say(path, Said::Silence);
    }
    let page = site.get("/stock", &session).await;
    assert_eq!((page.status, site.role(&session).await), (StatusCode::OK, "operator".to_owned()));
    let fields = [
        ("csrf", hidden(&page.text, "csrf")),
        ("idempotency_key", "k-1".to_owned()),
        ("part", "11058-1779".to_owned()),
        ("operation", "19".to_owned()),
        ("location", "R-E4-18".to_owned()),
        ("quantity", "7".to_owned()),
    ];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let headers = [
        ("host", HOST),
        ("origin", "http://127.0.0.1:8080"),
        ("cookie", session.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let booking = site.plant.request(None, "POST", "/in", &headers, encoded(&fields));
    let booked = site.plant.send(booking).await;
    assert!(answer(&booked.text).contains("Booked in"), "{}", booked.text);
    assert_eq!((on_hand(&site.plant).await, asked()), (7, before), "nobody asked the provider");
}

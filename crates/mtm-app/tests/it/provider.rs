//! An attempt to sign in with the identity provider: how long it lasts, and who can finish it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use mtm_app::App;
use mtm_app::auth::{Departure, ProviderAnswer, ProviderRules, RoleMap, SignInProvider};
use mtm_app::vault::Vault;
use mtm_connect::oidc::{Client, Provider};
use mtm_connect::outgoing::{self, Deadlines};
use mtm_core::code::Code;
use mtm_core::policy::Role;
use mtm_core::word::Timestamp;
use mtm_store::{Clock as _, Ledger, ManualClock, OpenOptions};
use mtm_testkit::identity::{IdentityServer, Signer};
use serde_json::json;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const REDIRECT: &str = "http://127.0.0.1:1/sign-in/oidc/callback";
const MINUTE: i64 = 60_000_000;

/// Two servers over one ledger, with one key file.
struct Plant {
    servers: [App; 2],
    clock: Arc<ManualClock>,
    provider: IdentityServer,
    signer: Signer,
    directory: tempfile::TempDir,
}

impl Plant {
    async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let start = Timestamp::parse("2026-11-29T08:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::new(start, 7));
        let options =
            OpenOptions { create: true, clock: Arc::clone(&clock) as _, ..OpenOptions::default() };
        let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        let signer = Signer::es256("k1").unwrap();
        let provider = IdentityServer::start(&[&signer]).unwrap();
        let one = server(&ledger, &directory.path().join("secrets.key"), &provider).await;
        let two = server(&ledger, &directory.path().join("secrets.key"), &provider).await;
        Self { servers: [one, two], clock, provider, signer, directory }
    }

    /// Begins at the first server; gives what the browser keeps, and what it comes back with as `anna`.
    async fn begin(&self) -> (Departure, ProviderAnswer) {
        let departure = self.servers[0].begin_with_provider(REDIRECT, "/history").await.unwrap();
        let part = |name: &str| {
            let at = departure.address.split(&format!("&{name}=")).nth(1).unwrap();
            at.split('&').next().unwrap().to_owned()
        };
        let now = self.clock.now().micros() / 1_000_000;
        let claims = json!({
            "iss": self.provider.issuer(), "aud": "mtm", "sub": "1", "iat": now, "exp": now + 3_600,
            "nonce": part("nonce"), "groups": ["floor"], "preferred_username": "anna",
        });
        self.provider.give(&self.signer.token(&claims).unwrap());
        let answer = ProviderAnswer {
            state: part("state"),
            code: "c".to_owned(),
            ..ProviderAnswer::default()
        };
        (departure, answer)
    }
}

async fn server(ledger: &Ledger, key: &std::path::Path, provider: &IdentityServer) -> App {
    let app = App::with_vault(ledger.clone(), Vault::open(key).unwrap()).await.unwrap();
    let rules = ProviderRules {
        name: "plant account".to_owned(),
        public_url: None,
        role_claim: "groups".to_owned(),
        roles: RoleMap::parse("floor=operator").unwrap(),
        login_claim: "preferred_username".to_owned(),
        link: false,
    };
    let client = Client {
        issuer: provider.issuer(),
        client_id: "mtm".to_owned(),
        client_secret: None,
        scopes: "openid".to_owned(),
        claims: Vec::new(),
    };
    let http = outgoing::Client::new(Deadlines::default()).unwrap();
    app.use_provider(Some(SignInProvider::new(rules, Provider::new(client, http))));
    app
}

async fn finish(app: &App, kept: &str, answer: &ProviderAnswer) -> Result<String, Code> {
    let finished = app.finish_with_provider(Some(kept), answer, HERE, None).await;
    let (grant, next) = finished.map_err(|error| error.code())?;
    assert_eq!(grant.principal.role, Role::Operator);
    Ok(next)
}

#[tokio::test]
async fn whichever_server_is_asked_finishes_what_another_began() {
    let plant = Plant::open().await;
    let (departure, answer) = plant.begin().await;
    let next = finish(&plant.servers[1], &departure.kept, &answer).await;
    assert_eq!(next.as_deref(), Ok("/history"));
    let again = finish(&plant.servers[1], &departure.kept, &answer).await;
    assert_eq!(again, Err(Code::SignInExpired));
    // Under another key nothing of it can be read.
    let other = plant.directory.path().join("other.key");
    let stranger = server(plant.servers[0].ledger(), &other, &plant.provider).await;
    let (departure, answer) = plant.begin().await;
    assert_eq!(finish(&stranger, &departure.kept, &answer).await, Err(Code::SignInExpired));
}

#[tokio::test]
async fn an_attempt_lasts_for_ten_minutes() {
    let plant = Plant::open().await;
    let (departure, answer) = plant.begin().await;
    plant.clock.advance(10 * MINUTE - 1);
    assert!(finish(&plant.servers[0], &departure.kept, &answer).await.is_ok());
    let (departure, answer) = plant.begin().await;
    plant.clock.advance(10 * MINUTE);
    let late = finish(&plant.servers[0], &departure.kept, &answer).await;
    assert_eq!(late, Err(Code::SignInExpired));
}

#[tokio::test]
async fn a_provider_that_is_taken_away_signs_nobody_in_any_more() {
    let plant = Plant::open().await;
    let (departure, answer) = plant.begin().await;
    plant.servers[0].use_provider(None);
    assert_eq!(finish(&plant.servers[0], &departure.kept, &answer).await, Err(Code::NotFound));
    let begun = plant.servers[0].begin_with_provider(REDIRECT, "/").await;
    assert_eq!(begun.unwrap_err().code(), Code::NotFound);
}

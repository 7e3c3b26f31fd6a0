//! Systems that are called: real servers, with real certificates and a certified authorization server.

mod calls;
pub(crate) mod certificates;
mod conformance;
mod hostile;
mod machines;
mod parallel;
mod rotation;
mod tokens;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mtm_connect::credential::Settings as Auth;
use mtm_connect::credential::oauth2::{self, Proof};
use mtm_connect::guard::{Guard, Moments, Settings as Guarding};
use mtm_connect::outgoing::{Papers, Target};
use mtm_connect::peer::{CallFailed, Guards, Limits, Peer, Request, Response, Settings};
use mtm_connect::secret::Reference;
use mtm_core::word::Timestamp;
use serde_json::json;

const SECRET: &str = "what only both sides know";
const SOON: Duration = Duration::from_secs(60);

/// The real clock.
fn real() -> Moments {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
    })
}

/// A clock that a test sets forward, in seconds.
#[derive(Clone)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_900_000_000)))
    }

    fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn moments(&self) -> Moments {
        let hands = self.clone();
        Arc::new(move || Timestamp::from_micros(hands.0.load(Ordering::SeqCst) * 1_000_000))
    }
}

pub(crate) fn settings(url: &str, auth: Auth) -> Settings {
    Settings {
        name: "erp".to_owned(),
        url: Target::parse(url).unwrap(),
        auth,
        papers: Papers::default(),
        token_papers: Papers::default(),
        health: "/health".to_owned(),
        health_type: Some("application/json".to_owned()),
        deadline: Duration::from_secs(20),
        longest: 64 * 1024,
        limits: Limits::default(),
        look: None,
    }
}

fn peer_at(settings: Settings, moments: Moments) -> Peer {
    let all = Guarding { at_once: 1_000, waiting: 1_000, ..Guarding::default() };
    let guarding = settings.limits.over(&all);
    let guard = || Guard::new(guarding.clone(), 7, Arc::clone(&moments));
    let guards = Guards { calls: guard(), tokens: guard() };
    Peer::new(settings, guards, moments, 7)
}

pub(crate) fn peer(settings: Settings) -> Peer {
    peer_at(settings, real())
}

/// A file that holds a secret.
pub(crate) fn file(directory: &Path, name: &str, text: &str) -> Reference {
    let (path, fresh) = (directory.join(name), directory.join("fresh"));
    std::fs::write(&fresh, text).unwrap();
    std::fs::rename(fresh, &path).unwrap();
    Reference::File(path)
}

fn oauth2(token_url: &str, client_id: &str, proof: Proof) -> Auth {
    Auth::OAuth2(oauth2::Settings {
        token_url: Target::parse(token_url).unwrap(),
        client_id: client_id.to_owned(),
        proof,
        scope: None,
        audience: None,
        resource: None,
    })
}

fn token(text: &str) -> serde_json::Value {
    json!({ "access_token": text, "token_type": "Bearer", "expires_in": 600 })
}

async fn health(peer: &Peer) -> Result<Response, CallFailed> {
    peer.call(&Request::reading("/health", Some("application/json"))).await
}

//! Many callers, one token.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mtm_connect::credential::oauth2::Proof;
use mtm_connect::credential::{CredentialError, Denial};
use mtm_connect::peer::{CallFailed, Peer};
use mtm_testkit::called::{CalledServer, Said};
use serde_json::json;

use super::{Hands, SECRET, file, health, oauth2, peer_at, settings, token};

/// An authorization server and a system in one; it takes the newest token only, or those that a test says.
struct Plant {
    server: CalledServer,
    peer: Peer,
    hands: Hands,
    _directory: tempfile::TempDir,
}

impl Plant {
    fn new(
        token: impl Fn(usize) -> Said + Send + Sync + 'static,
        takes: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let secret = file(directory.path(), "secret", SECRET);
        let asked = AtomicUsize::new(0);
        let server = CalledServer::start(move |it| match it.path.as_str() {
            "/token" => token(asked.fetch_add(1, Ordering::SeqCst) + 1),
            _ if takes(it.header("authorization")) => Said::json(200, &json!({})),
            _ => Said::json(401, &json!({})),
        });
        let (server, hands) = (server.unwrap(), Hands::new());
        let auth = oauth2(&format!("{}/token", server.url()), "mtm", Proof::Basic(secret));
        let peer = peer_at(settings(&server.url(), auth), hands.moments());
        Self { server, peer, hands, _directory: directory }
    }

    fn asked(&self) -> usize {
        self.server.asked().iter().filter(|it| it.path == "/token").count()
    }

    /// So many callers at once; how they fared.
    async fn call(&self, callers: usize) -> Vec<Result<u16, CallFailed>> {
        let peer = Arc::new(self.peer.clone());
        let calls = (0..callers).map(|_| {
            let peer = Arc::clone(&peer);
            tokio::spawn(async move { health(&peer).await.map(|it| it.status) })
        });
        let calls: Vec<_> = calls.collect();
        let mut fared = Vec::new();
        for call in calls {
            fared.push(call.await.unwrap());
        }
        fared
    }
}

fn given(nth: usize) -> Said {
    Said::json(200, &token(&format!("token-{nth}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_callers_ask_for_one_token() {
    // guide: one
    let plant = Plant::new(given, |shown| shown == "Bearer token-1");
    let fared = plant.call(500).await;
    assert!(fared.iter().all(|it| *it == Ok(200)), "{fared:?}");
    assert_eq!(plant.asked(), 1);
    // guide: end
    let standing = plant.peer.standing().token.unwrap();
    assert_eq!((standing.requests, standing.failed), (1, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_callers_whose_token_was_revoked_ask_for_one_more() {
    let plant = Plant::new(given, |shown| shown == "Bearer token-2");
    let fared = plant.call(500).await;
    assert!(fared.iter().all(|it| *it == Ok(200)), "{fared:?}");
    assert_eq!(plant.asked(), 2, "one for the first, and one for that which was refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_that_takes_no_token_makes_no_storm() {
    let plant = Plant::new(given, |_| false);
    for _ in 0..3 {
        let fared = plant.call(50).await;
        assert!(fared.iter().all(|it| *it == Err(CallFailed::NotTaken)), "{fared:?}");
    }
    assert_eq!(plant.asked(), 2);
    plant.hands.forward(11);
    plant.call(50).await;
    assert_eq!(plant.asked(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_of_a_server_that_gives_none_are_told_why_without_asking_again() {
    let no = |_| Said::json(401, &json!({ "error": "invalid_client" }));
    let plant = Plant::new(no, |_| true);
    let denied = CallFailed::Credential(CredentialError::Denied(Denial::InvalidClient));
    for _ in 0..3 {
        let fared = plant.call(50).await;
        assert!(fared.iter().all(|it| *it == Err(denied.clone())), "{fared:?}");
    }
    assert_eq!(plant.asked(), 1);
    assert_eq!(plant.server.asked().len(), 1, "nobody was called without a token");
    plant.hands.forward(3);
    plant.call(50).await;
    assert_eq!(plant.asked(), 2, "after a pause");
    // The peer itself did nothing wrong.
    assert_eq!(plant.peer.guard().view().failed, 0);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_is_over_and_nobody_waits_for_that() {
    let plant = Plant::new(given, |_| true);
    assert_eq!(plant.call(1).await, [Ok(200)]);
    let until = plant.peer.standing().token.unwrap().valid_until.unwrap();
    // 600 s, less 30 for clocks.
    assert_eq!(until.micros() / 1_000_000, 1_900_000_000 + 570);
    plant.hands.forward(440);
    assert_eq!(plant.call(1).await, [Ok(200)]);
    assert_eq!(plant.asked(), 1, "it is early");
    plant.hands.forward(125);
    assert_eq!(plant.call(1).await, [Ok(200)]);
    let renewed = || async {
        let at = plant.peer.standing().token.unwrap().obtained_at;
        Ok((at.unwrap().micros() / 1_000_000 == 1_900_000_565).then_some(()))
    };
    mtm_testkit::poll::eventually("a new token", super::SOON, async || renewed().await)
        .await
        .unwrap();
    assert_eq!(plant.asked(), 2);
}

#[tokio::test]
async fn a_token_that_is_over_is_never_shown() {
    let plant = Plant::new(given, |_| true);
    plant.call(1).await;
    plant.hands.forward(571);
    plant.call(1).await;
    let last = plant.server.asked().last().unwrap().header("authorization").to_owned();
    assert_eq!((last.as_str(), plant.asked()), ("Bearer token-2", 2));
    // A clock that was set back: the token counts, and a new one is asked for behind it.
    plant.hands.forward(-100_000);
    assert_eq!(plant.call(1).await, [Ok(200)]);
}

//! Token endpoints that do what they should not. Each costs a caller no more than the deadline, and says
//! what is wrong without a word of theirs.

use std::time::Duration;

use mtm_connect::credential::oauth2::Proof;
use mtm_connect::credential::{CredentialError, Denial};
use mtm_connect::peer::{CallFailed, Settings};
use mtm_testkit::called::{CalledServer, Said};
use serde_json::json;

use super::{SECRET, file, health, oauth2, peer, settings};

/// What comes of a token endpoint that answers so.
async fn told(said: impl Fn() -> Said + Send + Sync + 'static) -> CredentialError {
    let directory = tempfile::tempdir().unwrap();
    let secret = file(directory.path(), "secret", SECRET);
    let tokens = CalledServer::start(move |_| said()).unwrap();
    let system = CalledServer::start(|_| Said::json(200, &json!({}))).unwrap();
    let auth = oauth2(&format!("{}/token", tokens.url()), "mtm", Proof::Basic(secret));
    let deadline = Duration::from_millis(600);
    let peer = peer(Settings { deadline, ..settings(&system.url(), auth) });
    let failed = health(&peer).await.unwrap_err();
    assert!(system.asked().is_empty(), "nobody is called without a token");
    let shown = format!("{failed} {failed:?} {:?} {}", peer.standing(), failed.next_step());
    assert!(!shown.contains(SECRET) && !shown.contains("geheim"), "{shown}");
    match failed {
        CallFailed::Credential(error) => error,
        // The deadline of the call came first.
        CallFailed::TimedOut(_) => CredentialError::Away { why: "late".to_owned(), asked: None },
        other => panic!("{other:?}"),
    }
}

fn is_away(error: &CredentialError) -> bool {
    matches!(error, CredentialError::Away { .. })
}

#[tokio::test]
async fn answers_that_never_come_or_never_end_are_given_up() {
    assert!(is_away(&told(|| Said::Silence).await));
    assert!(is_away(&told(|| Said::Drip).await));
    assert!(is_away(&told(|| Said::HangUp).await));
    assert_eq!(told(|| Said::Endless).await, CredentialError::Untrusted("it does not end"));
}

#[tokio::test]
async fn pages_redirects_and_other_things_are_no_tokens() {
    let page = told(|| Said::of("text/html", 200, b"<html>geheim</html>".to_vec())).await;
    assert_eq!(page, CredentialError::Untrusted("it is no JSON"));
    for place in ["http://169.254.169.254/latest", "https://other.example/token"] {
        let elsewhere = move || Said::Whole(302, vec![("location", place.to_owned())], Vec::new());
        assert!(matches!(told(elsewhere).await, CredentialError::Untrusted(_)), "{place}");
    }
    let echo = told(|| Said::json(400, &json!({ "error": SECRET, "error_description": "geheim" })));
    assert_eq!(echo.await, CredentialError::Denied(Denial::Other));
    let denied = told(|| Said::json(401, &json!({ "error": "invalid_client" }))).await;
    assert_eq!(denied, CredentialError::Denied(Denial::InvalidClient));
    let over = told(|| {
        Said::json(200, &json!({ "access_token": "t", "token_type": "bearer", "expires_in": 0 }))
    });
    assert!(matches!(over.await, CredentialError::Untrusted(_)));
}

#[tokio::test]
async fn one_that_wants_to_be_left_alone_is() {
    let directory = tempfile::tempdir().unwrap();
    let secret = file(directory.path(), "secret", SECRET);
    let later = || Said::Whole(429, vec![("retry-after", "120".to_owned())], Vec::new());
    let server = CalledServer::start(move |_| later()).unwrap();
    let hands = super::Hands::new();
    let auth = oauth2(&format!("{}/token", server.url()), "mtm", Proof::Basic(secret));
    let peer = super::peer_at(settings(&server.url(), auth), hands.moments());
    for (forward, asked) in [(0, 1), (60, 1), (59, 1), (120, 2)] {
        hands.forward(forward);
        let failed = health(&peer).await.unwrap_err();
        assert!(matches!(failed, CallFailed::Credential(_)), "{failed:?}");
        assert_eq!(server.asked().len(), asked, "after {forward} s more");
    }
}

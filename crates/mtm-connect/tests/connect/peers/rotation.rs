//! Secrets and certificates are replaced while calls are made, and no call fails for it.

use std::sync::{Arc, Mutex};

use mtm_connect::credential::Settings as Auth;
use mtm_connect::credential::oauth2::Proof;
use mtm_connect::outgoing::{Identity, Papers};
use mtm_connect::peer::CallFailed;
use mtm_testkit::called::{Authority, CalledServer, Said};
use serde_json::json;

use super::{file, health, oauth2, peer, settings, token};

#[tokio::test]
async fn a_key_that_is_rotated_in_order_fails_no_call() {
    let directory = tempfile::tempdir().unwrap();
    let taken = Arc::new(Mutex::new(vec!["key-1"]));
    let known = Arc::clone(&taken);
    let server = CalledServer::start(move |asked| {
        let is_known = known.lock().unwrap().contains(&asked.header("x-api-key"));
        Said::json(if is_known { 200 } else { 401 }, &json!({}))
    });
    let server = server.unwrap();
    let secret = file(directory.path(), "secret", "key-1");
    let header = "x-api-key".to_owned();
    let peer = peer(settings(&server.url(), Auth::ApiKey { header, prefix: None, secret }));
    let well = async || assert_eq!(health(&peer).await.unwrap().status, 200);
    well().await;
    // guide: rotate
    // First the other side knows both, then the file is another one, then the old key goes.
    taken.lock().unwrap().push("key-2");
    well().await;
    file(directory.path(), "secret", "key-2");
    well().await;
    taken.lock().unwrap().retain(|key| *key == "key-2");
    well().await;
    assert_eq!(server.asked().last().unwrap().header("x-api-key"), "key-2");
    assert!(server.asked().len() == 4, "no call was made twice");
    // guide: end
    // A file that is gone, or empty, leaves what was there.
    std::fs::write(directory.path().join("secret"), "").unwrap();
    well().await;
    let told = peer.standing().not_rotated.unwrap();
    assert!(told.contains("is empty"), "{told}");
}

#[tokio::test]
async fn a_secret_of_the_token_endpoint_is_read_again_when_it_says_no() {
    let directory = tempfile::tempdir().unwrap();
    let taken = Arc::new(Mutex::new("secret-1"));
    let known = Arc::clone(&taken);
    let server = CalledServer::start(move |asked| match asked.path.as_str() {
        "/token" => {
            let body = String::from_utf8_lossy(&asked.body).into_owned();
            if body.contains(&format!("client_secret={}", known.lock().unwrap())) {
                Said::json(200, &token("a-token"))
            } else {
                Said::json(400, &json!({ "error": "invalid_client" }))
            }
        }
        _ => Said::json(200, &json!({})),
    });
    let server = server.unwrap();
    let secret = file(directory.path(), "secret", "secret-0");
    let auth = oauth2(&format!("{}/token", server.url()), "mtm", Proof::Post(secret));
    let peer = peer(settings(&server.url(), auth));
    assert!(matches!(health(&peer).await, Err(CallFailed::Credential(_))));
    let tried = server.asked().len();
    // The right one: what failed by the wrong one is forgotten at once.
    file(directory.path(), "secret", "secret-1");
    assert_eq!(health(&peer).await.unwrap().status, 200);
    assert_eq!(server.asked().len(), tried + 2);
}

#[tokio::test]
async fn a_certificate_of_ours_is_replaced_between_two_calls() {
    let directory = tempfile::tempdir().unwrap();
    let (old, new) = (Authority::new().unwrap(), Authority::new().unwrap());
    let shown = old.server("localhost", (2020, 2090)).unwrap();
    let answer = |_: &_| Said::json(200, &json!({}));
    let server = CalledServer::secure(old.asking(&shown).unwrap(), answer).unwrap();
    let ca_file = directory.path().join("ca.pem");
    std::fs::write(&ca_file, format!("{}{}", old.pem(), new.pem())).unwrap();
    let ours = old.client("mtm").unwrap();
    let (certificate, key) = ours.write(directory.path(), "own").unwrap();
    let identity = Some(Identity { certificate, key });
    let papers = Papers { ca_file: Some(ca_file), identity };
    let of = |papers: &Papers| mtm_connect::peer::Settings {
        papers: papers.clone(),
        ..settings(&server.url(), Auth::Nothing)
    };
    let peer = peer(of(&papers));
    assert_eq!(health(&peer).await.unwrap().status, 200);
    assert!(
        peer.standing().their_certificate.is_some() && peer.standing().our_certificate.is_some()
    );
    // Ours is another authority's now, and so is what the server asks for.
    new.client("mtm").unwrap().write(directory.path(), "own").unwrap();
    server.present(new.asking(&new.server("localhost", (2020, 2091)).unwrap()).unwrap());
    assert_eq!(health(&peer).await.unwrap().status, 200);
    // Half of a pair does not count, and what was there does.
    let other = new.client("mtm").unwrap();
    std::fs::write(directory.path().join("own.pem"), &other.certificate).unwrap();
    assert_eq!(health(&peer).await.unwrap().status, 200);
    let told = peer.standing().not_rotated.unwrap();
    assert!(told.contains("own.pem"), "{told}");
    std::fs::write(directory.path().join("own.key"), &other.key).unwrap();
    assert_eq!(health(&peer).await.unwrap().status, 200);
    assert_eq!(peer.standing().not_rotated, None);
}

//! A certified authorization server gives tokens, and takes them back.

use mtm_connect::credential::oauth2::{Algorithm, Proof, Settings as Asking};
use mtm_connect::credential::{CredentialError, Denial, Settings as Auth};
use mtm_connect::outgoing::Target;
use mtm_connect::peer::{CallFailed, Peer, Request};
use mtm_testkit::OidcProvider;
use mtm_testkit::identity::MachineKey;
use serde_json::{Value, json};

use super::{file, oauth2, peer, settings};

const SUITE: &str = "tokens of a certified authorization server";

async fn client(peer: &Peer) -> Result<Value, CallFailed> {
    let response = peer.call(&Request::reading("/protected", Some("application/json"))).await?;
    assert_eq!(response.status, 200);
    Ok(serde_json::from_slice(&response.body).unwrap())
}

#[tokio::test]
async fn a_secret_gets_a_token_in_both_ways_and_a_wrong_one_none() {
    let Some(provider) = OidcProvider::start().unwrap().or_skip(SUITE) else { return };
    let directory = tempfile::tempdir().unwrap();
    let right = file(directory.path(), "right", OidcProvider::SECRET);
    let wrong = file(directory.path(), "wrong", "no such secret");
    let asking = |scope: &str, name: &str, proof| {
        let auth = match oauth2(&provider.token_url(), name, proof) {
            Auth::OAuth2(it) => Auth::OAuth2(Asking { scope: Some(scope.to_owned()), ..it }),
            other => other,
        };
        peer(settings(&provider.issuer(), auth))
    };
    let of = |name: &str, proof| asking("stock", name, proof);
    for (name, proof) in [
        (OidcProvider::MACHINE_BASIC, Proof::Basic(right.clone())),
        (OidcProvider::MACHINE_POST, Proof::Post(right.clone())),
    ] {
        let told = client(&of(name, proof)).await.unwrap();
        assert_eq!(told, json!({ "client": name, "scope": "stock" }));
    }
    let denied = client(&of(OidcProvider::MACHINE_BASIC, Proof::Basic(wrong))).await.unwrap_err();
    assert_eq!(denied, CallFailed::Credential(CredentialError::Denied(Denial::InvalidClient)));
    let more = asking("groups", OidcProvider::MACHINE_BASIC, Proof::Basic(right));
    let denied = client(&more).await.unwrap_err();
    assert_eq!(denied, CallFailed::Credential(CredentialError::Denied(Denial::InvalidScope)));
}

#[tokio::test]
async fn keys_of_every_kind_get_a_token_and_a_foreign_one_none() {
    let keys = [
        (MachineKey::rsa("rsa").unwrap(), "rsa", Some(Algorithm::Rs256)),
        (MachineKey::rsa("rsa").unwrap(), "rsa", Some(Algorithm::Ps256)),
        (MachineKey::p256("p256").unwrap(), "p256", None),
        (MachineKey::ed25519("ed").unwrap(), "ed", None),
    ];
    let public: Vec<Value> = keys[1..].iter().map(|(key, ..)| key.public.clone()).collect();
    let started = OidcProvider::start_knowing(&public).unwrap();
    let Some(provider) = started.or_skip(SUITE) else { return };
    let directory = tempfile::tempdir().unwrap();
    let of = |key: &MachineKey, id: &str, algorithm| {
        let proof = Proof::Key {
            key: file(directory.path(), id, &key.pem),
            key_id: Some(id.to_owned()),
            algorithm,
            audience: None,
        };
        let auth = oauth2(&provider.token_url(), OidcProvider::MACHINE_KEY, proof);
        peer(settings(&provider.issuer(), auth))
    };
    for (key, id, algorithm) in &keys {
        let told = client(&of(key, id, *algorithm)).await;
        assert_eq!(told.unwrap()["client"], OidcProvider::MACHINE_KEY, "{id} {algorithm:?}");
    }
    let stranger = MachineKey::p256("p256").unwrap();
    let denied = client(&of(&stranger, "p256", None)).await.unwrap_err();
    assert_eq!(denied, CallFailed::Credential(CredentialError::Denied(Denial::InvalidClient)));
}

#[tokio::test]
async fn a_token_that_was_taken_back_or_is_over_is_replaced_within_the_call() {
    let Some(provider) = OidcProvider::start().unwrap().or_skip(SUITE) else { return };
    let directory = tempfile::tempdir().unwrap();
    let secret = file(directory.path(), "secret", OidcProvider::SECRET);
    let name = OidcProvider::MACHINE_BASIC;
    let auth = oauth2(&provider.token_url(), name, Proof::Basic(secret));
    let hands = super::Hands::new();
    let mut settings = settings(&provider.issuer(), auth);
    settings.url = Target::parse(&provider.issuer()).unwrap();
    let peer = super::peer_at(settings, hands.moments());
    client(&peer).await.unwrap();
    client(&peer).await.unwrap();
    assert_eq!(provider.asked().unwrap(), 1);
    provider.take_back().unwrap();
    client(&peer).await.unwrap();
    assert_eq!(provider.asked().unwrap(), 2);
    // As long as its server says, and no longer: our clock goes on, theirs does not matter.
    provider.set_lifetime(60).unwrap();
    hands.forward(600);
    client(&peer).await.unwrap();
    assert_eq!(provider.asked().unwrap(), 3);
    let until = peer.standing().token.unwrap().valid_until.unwrap().micros() / 1_000_000;
    assert_eq!(until, 1_900_000_600 + 45, "a quarter less, of a short one");
}

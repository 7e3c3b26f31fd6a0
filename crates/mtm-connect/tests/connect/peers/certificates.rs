//! Certificates that are not as they should be: each says what is wrong, and what to do.

use mtm_connect::credential::Settings as Auth;
use mtm_connect::credential::oauth2::Proof;
use mtm_connect::outgoing::{CallError, Identity, Papers, TlsFault};
use mtm_connect::peer::{CallFailed, Peer, Settings};
use mtm_testkit::called::{Authority, CalledServer, Certified, Said};
use serde_json::json;
use tempfile::TempDir;

use super::{SECRET, file, health, oauth2, peer, settings, token};

fn answering(tls: std::sync::Arc<rustls::ServerConfig>) -> CalledServer {
    CalledServer::secure(tls, |_| Said::json(200, &json!({}))).unwrap()
}

/// How `server` is called by whoever believes `authority` alone.
pub(crate) fn trusting(server: &CalledServer, directory: &TempDir, authority: &str) -> Settings {
    let ca_file = directory.path().join("ca.pem");
    std::fs::write(&ca_file, authority).unwrap();
    let papers = Papers { ca_file: Some(ca_file), identity: None };
    Settings { papers, ..settings(&server.url(), Auth::Nothing) }
}

async fn fault(peer: &Peer) -> TlsFault {
    match health(peer).await {
        Err(CallFailed::Call(CallError::Tls(fault))) => fault,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_expired_a_foreign_and_a_self_signed_certificate_are_told_apart() {
    let (directory, authority) = (tempfile::tempdir().unwrap(), Authority::new().unwrap());
    let other = Authority::new().unwrap();
    let check = async |shown: Certified, known: &str, expected: TlsFault| {
        let server = answering(shown.serving().unwrap());
        let peer = peer(trusting(&server, &directory, known));
        let fault = fault(&peer).await;
        assert_eq!(fault, expected);
        assert!(!fault.next_step().is_empty());
        assert!(server.asked().is_empty(), "nothing was sent");
        assert!(peer.standing().their_certificate.is_some(), "it is shown until when it counts");
    };
    let years = (2020, 2090);
    let by_us = |name: &str, years| authority.server(name, years).unwrap();
    check(by_us("localhost", (2020, 2021)), authority.pem(), TlsFault::Expired).await;
    check(by_us("localhost", (2089, 2090)), authority.pem(), TlsFault::NotYet).await;
    check(by_us("erp.plant", years), authority.pem(), TlsFault::OtherName).await;
    check(by_us("localhost", years), other.pem(), TlsFault::UnknownAuthority).await;
    let itself = Certified::by_itself("localhost").unwrap();
    check(itself.clone(), authority.pem(), TlsFault::UnknownAuthority).await;
    // Named as its own authority it is known.
    let server = answering(itself.serving().unwrap());
    let known = peer(trusting(&server, &directory, &itself.certificate));
    assert_eq!(health(&known).await.unwrap().status, 200);
    let good = answering(by_us("localhost", years).serving().unwrap());
    let good = peer(trusting(&good, &directory, authority.pem()));
    assert_eq!(health(&good).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_server_that_asks_for_ours_says_so_and_takes_the_right_one_only() {
    let (directory, authority) = (tempfile::tempdir().unwrap(), Authority::new().unwrap());
    let shown = authority.server("localhost", (2020, 2090)).unwrap();
    let server = answering(authority.asking(&shown).unwrap());
    let without = trusting(&server, &directory, authority.pem());
    assert_eq!(fault(&peer(without.clone())).await, TlsFault::OwnMissing);
    let with = |certified: Certified| {
        let (certificate, key) = certified.write(directory.path(), "own").unwrap();
        let mut settings = without.clone();
        settings.papers.identity = Some(Identity { certificate, key });
        peer(settings)
    };
    let stranger = Authority::new().unwrap().client("mtm").unwrap();
    let refused = fault(&with(stranger)).await;
    assert!(matches!(refused, TlsFault::OwnRefused(_)), "{refused:?}");
    let ours = with(authority.client("mtm").unwrap());
    assert_eq!(health(&ours).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_server_without_tls_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let plain = CalledServer::start(|_| Said::json(200, &json!({}))).unwrap();
    let authority = Authority::new().unwrap();
    let mut settings = trusting(&plain, &directory, authority.pem());
    let url = plain.url().replace("http:", "https:");
    settings.url = mtm_connect::outgoing::Target::parse(&url).unwrap();
    let fault = fault(&peer(settings)).await;
    assert!(matches!(fault, TlsFault::Protocol(_)), "{fault:?}");
}

#[tokio::test]
async fn a_token_server_whose_certificate_is_over_gives_no_token_and_nobody_is_called() {
    let (directory, authority) = (tempfile::tempdir().unwrap(), Authority::new().unwrap());
    let shown = |until| authority.server("localhost", (2020, until)).unwrap().serving().unwrap();
    let tokens = CalledServer::secure(shown(2021), |_| Said::json(200, &token("t"))).unwrap();
    let system = CalledServer::start(|_| Said::json(200, &json!({}))).unwrap();
    let secret = Proof::Basic(file(directory.path(), "secret", SECRET));
    let auth = oauth2(&format!("{}/token", tokens.url()), "mtm", secret);
    let token_papers = trusting(&tokens, &directory, authority.pem()).papers;
    let called = || {
        peer(Settings {
            token_papers: token_papers.clone(),
            ..settings(&system.url(), auth.clone())
        })
    };
    let failed = health(&called()).await.unwrap_err();
    assert_eq!(failed.code(), "token_endpoint_unavailable");
    assert!(failed.to_string().contains("expired"), "{failed}");
    assert!(tokens.asked().is_empty() && system.asked().is_empty(), "nothing was sent");
    // Another certificate is all that was missing.
    tokens.present(shown(2090));
    assert_eq!(health(&called()).await.unwrap().status, 200);
    assert_eq!((tokens.asked().len(), system.asked().len()), (1, 1));
}

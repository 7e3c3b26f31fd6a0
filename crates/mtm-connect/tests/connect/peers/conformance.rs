//! What `mtm connect test` says of ways that end at each step.

use std::time::Duration;

use mtm_connect::credential::Settings as Auth;
use mtm_connect::credential::oauth2::Proof;
use mtm_connect::outgoing::{Papers, Target};
use mtm_connect::peer::Settings;
use mtm_connect::peer::conformance::{STEPS, State, Step, examine};
use mtm_testkit::called::{Authority, CalledServer, Said};
use serde_json::json;

use super::{SECRET, file, oauth2, peer, settings, token};

/// How the steps ended, and the first that failed.
async fn examined(settings: Settings) -> (String, Option<Step>) {
    let steps = examine(&peer(settings)).await;
    let names: Vec<_> = steps.iter().map(|step| step.name).collect();
    assert_eq!(names, STEPS);
    let mark = |step: &Step| match step.state {
        State::Ok => '+',
        State::Warning => '!',
        State::Failed => 'x',
        State::NotTried => '-',
        State::NotNeeded => '.',
    };
    let marks = steps.iter().map(mark).collect();
    let failed = steps.into_iter().find(|step| step.state == State::Failed);
    if let Some(failed) = &failed {
        assert!(failed.next_step.is_some() && failed.code.is_some(), "{failed:?}");
        assert!(!format!("{failed:?}").contains(SECRET));
    }
    (marks, failed)
}

fn key(directory: &tempfile::TempDir) -> Auth {
    let secret = file(directory.path(), "secret", SECRET);
    Auth::ApiKey { header: "x-api-key".to_owned(), prefix: None, secret }
}

#[tokio::test]
async fn a_way_that_is_well_is_well_at_every_step() {
    let (directory, authority) = (tempfile::tempdir().unwrap(), Authority::new().unwrap());
    let shown = authority.server("localhost", (2020, 2090)).unwrap();
    let server = CalledServer::secure(shown.serving().unwrap(), |asked| {
        match (asked.path.as_str(), asked.header("authorization")) {
            ("/token", _) => Said::json(200, &token("the-token")),
            (_, "Bearer the-token") => Said::json(200, &json!({ "ok": true })),
            _ => Said::json(401, &json!({})),
        }
    });
    let server = server.unwrap();
    let ca_file = Some(directory.path().join("ca.pem"));
    std::fs::write(directory.path().join("ca.pem"), authority.pem()).unwrap();
    let papers = Papers { ca_file, identity: None };
    let secret = file(directory.path(), "secret", SECRET);
    let auth = oauth2(&format!("{}/token", server.url()), "mtm", Proof::Basic(secret));
    let token_papers = papers.clone();
    let whole = Settings { papers, token_papers, ..settings(&server.url(), auth) };
    let steps = examine(&peer(whole.clone())).await;
    assert_eq!(examined(whole).await.0, "+++++++.+");
    assert!(steps[3].found.starts_with("TLS 1.3, 1 certificates, "), "{}", steps[3].found);
}

#[tokio::test]
async fn each_way_ends_where_it_is_broken() {
    let directory = tempfile::tempdir().unwrap();
    let server = CalledServer::start(|asked| match asked.path.as_str() {
        "/health" if asked.header("x-api-key") == SECRET => Said::json(200, &json!({})),
        "/page" => Said::of("text/html", 200, b"<html>".to_vec()),
        "/open" => Said::json(200, &json!({})),
        "/broken" => Said::json(503, &json!({})),
        _ => Said::json(401, &json!({})),
    });
    let server = server.unwrap();
    let whole = settings(&server.url(), key(&directory));
    let at = |health: &str| Settings { health: health.to_owned(), ..whole.clone() };
    let check = async |settings: Settings, marks: &str, code: Option<&str>| {
        let (found, failed) = examined(settings).await;
        assert_eq!((found.as_str(), failed.and_then(|it| it.code)), (marks, code));
    };
    check(whole.clone(), "+++.+++.+", None).await;
    check(at("/open"), "+++.+++.!", None).await;
    check(at("/page"), "+++.++x--", Some("content_type_differs")).await;
    check(at("/broken"), "+++.+x---", Some("not_well")).await;
    check(at("/../../x"), "+++.+x---", Some("credential_refused")).await;
    let nobody = Target::parse("http://no-such-host.invalid/").unwrap();
    let unknown = Settings { url: nobody, ..whole.clone() };
    check(unknown, "+x-------", Some("name_unknown")).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed = Target::parse(&format!("http://{free}")).unwrap();
    check(Settings { url: closed, ..whole.clone() }, "++x------", Some("unreachable")).await;
    std::fs::remove_file(directory.path().join("secret")).unwrap();
    check(whole, "+++.x----", Some("secret_missing")).await;
}

#[tokio::test]
async fn a_silent_system_ends_the_way_by_the_deadline() {
    let server = CalledServer::start(|_| Said::Silence).unwrap();
    let deadline = Duration::from_millis(300);
    let silent = Settings { deadline, ..settings(&server.url(), Auth::Nothing) };
    let (marks, failed) = examined(silent).await;
    assert_eq!((marks.as_str(), failed.unwrap().code), ("+++..x---", Some("timed_out")));
}

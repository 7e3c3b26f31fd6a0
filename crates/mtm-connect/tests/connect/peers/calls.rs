//! What a request shows, and what of an answer counts. The other side in memory keeps the same promises.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mtm_connect::credential::Settings as Auth;
use mtm_connect::credential::signature::{Covered, content_digest};
use mtm_connect::guard::{Guard, Repeatable, Settings as Guarding};
use mtm_connect::outgoing::{Answered, CallError, Client, Deadlines, Message, Method, Rotating};
use mtm_connect::peer::{CallFailed, Guards, Peer, Request};
use mtm_testkit::called::{Asked, CalledServer, Said};
use serde_json::json;

use super::{SECRET, file, health, peer, real, settings};

/// A peer whose other side answers by the script, really and in memory.
enum Side {
    Real(Peer, CalledServer),
    Memory(Peer, Arc<Mutex<Vec<Message>>>),
}

type Script = fn(&str, usize) -> (u16, &'static str, &'static str);

impl Side {
    fn both(auth: &Auth, script: Script) -> [Self; 2] {
        let count = Arc::new(Mutex::new(0));
        let times = move || {
            let mut count = count.lock().unwrap();
            *count += 1;
            *count - 1
        };
        let server = CalledServer::start(move |asked| {
            let (status, kind, body) = script(&asked.path, times());
            Said::of(kind, status, body.as_bytes().to_vec())
        });
        let server = server.unwrap();
        let real_side = Self::Real(peer(settings(&server.url(), auth.clone())), server);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let calls = Arc::clone(&asked);
        let client = Client::fake_of_all(Deadlines::default(), move |message: &Message| {
            let mut calls = calls.lock().unwrap();
            let path = message.target.as_str().replace("http://localhost", "");
            let (status, kind, body) = script(&path, calls.len());
            calls.push(message.clone());
            let (content_type, body) = (kind.to_owned(), body.as_bytes().to_vec());
            Ok::<_, CallError>(Answered { status, content_type, body, ..Answered::default() })
        });
        let guard = || Guard::new(Guarding::default(), 7, real());
        let guards = Guards { calls: guard(), tokens: guard() };
        let (way, tokens) = (Rotating::fixed(client.clone()), Rotating::fixed(client));
        let settings = settings("http://localhost", auth.clone());
        [real_side, Self::Memory(Peer::by(settings, way, tokens, guards, real(), 7), asked)]
    }

    fn peer(&self) -> &Peer {
        match self {
            Self::Real(peer, _) | Self::Memory(peer, _) => peer,
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Real(_, server) => server.asked().len(),
            Self::Memory(_, asked) => asked.lock().unwrap().len(),
        }
    }

    /// The value of a header of the last call.
    fn header(&self, name: &str) -> String {
        match self {
            Self::Real(_, server) => server.asked().last().unwrap().header(name).to_owned(),
            Self::Memory(_, asked) => {
                let asked = asked.lock().unwrap();
                let headers = &asked.last().unwrap().headers;
                let found = headers.iter().find(|it| it.name.eq_ignore_ascii_case(name));
                found.map(|it| it.value.clone()).unwrap_or_default()
            }
        }
    }
}

fn key(directory: &tempfile::TempDir, prefix: Option<&str>) -> Auth {
    let secret = file(directory.path(), "secret", SECRET);
    let prefix = prefix.map(str::to_owned);
    Auth::ApiKey { header: "x-api-key".to_owned(), prefix, secret }
}

#[tokio::test]
async fn a_key_a_password_and_nothing_are_shown_as_configured() {
    let directory = tempfile::tempdir().unwrap();
    let secret = file(directory.path(), "secret", SECRET);
    let basic = Auth::Basic { user: "mtm".to_owned(), secret };
    let pair = STANDARD.encode(format!("mtm:{SECRET}"));
    for (auth, header, shown) in [
        (key(&directory, None), "x-api-key", SECRET.to_owned()),
        (key(&directory, Some("token")), "x-api-key", format!("token {SECRET}")),
        (basic, "authorization", format!("Basic {pair}")),
        (Auth::Nothing, "authorization", String::new()),
    ] {
        for side in Side::both(&auth, |_, _| (200, "application/json", "{}")) {
            let response = health(side.peer()).await.unwrap();
            assert_eq!((response.status, response.body), (200, b"{}".to_vec()));
            assert_eq!(side.header(header), shown);
        }
    }
}

#[tokio::test]
async fn an_answer_that_says_no_is_one_and_another_kind_of_content_is_none() {
    let script = |path: &str, _| match path {
        "/missing" => (404, "text/plain", "nothing there"),
        "/page" => (200, "text/html", "<html>sign in first</html>"),
        "/problem" => (200, "application/problem+json", "{}"),
        "/long" => (200, "application/json", "[1,2,3,4,5,6,7,8,9]"),
        _ => (204, "", ""),
    };
    for side in Side::both(&Auth::Nothing, script) {
        let ask = |path| Request::reading(path, Some("application/json"));
        assert_eq!(side.peer().call(&ask("missing")).await.unwrap().status, 404);
        assert_eq!(side.peer().call(&ask("problem")).await.unwrap().status, 200);
        assert_eq!(side.peer().call(&ask("empty")).await.unwrap().status, 204);
        let page = side.peer().call(&ask("page")).await.unwrap_err();
        let found = "text/html".to_owned();
        assert_eq!(page, CallFailed::OtherContent { wanted: "application/json".to_owned(), found });
        assert_eq!(side.peer().call(&ask("../x")).await.map(|it| it.status), Ok(204));
    }
}

#[tokio::test]
async fn only_what_may_be_sent_twice_is_sent_twice() {
    let script = |_: &str, before| match before {
        0 | 2 | 3 => (500, "application/json", "{}"),
        _ => (200, "application/json", "{}"),
    };
    // guide: request
    let post = |repeatable| Request {
        method: Method::Post,
        path: "moves",
        headers: &[],
        body: Some(("application/json", b"{}")),
        wanted: Some("application/json"),
        repeatable,
    };
    // guide: end
    for side in Side::both(&Auth::Nothing, script) {
        // guide: key
        // It answers 500 at first: under a key the call is made once more, without one it is not.
        let keyed = post(Repeatable::under("move-1"));
        assert_eq!(side.peer().call(&keyed).await.unwrap().status, 200);
        assert_eq!((side.count(), side.header("idempotency-key")), (2, "move-1".to_owned()));
        assert_eq!(side.peer().call(&post(None)).await.unwrap().status, 500);
        assert_eq!((side.count(), side.header("idempotency-key")), (3, String::new()));
        // guide: end
        assert!(side.peer().standing().failed.is_some());
    }
}

#[tokio::test]
async fn a_proof_that_is_not_taken_is_not_shown_again_and_again() {
    let directory = tempfile::tempdir().unwrap();
    for side in Side::both(&key(&directory, None), |_, _| (401, "text/plain", SECRET)) {
        let refused = health(side.peer()).await.unwrap_err();
        assert_eq!((refused.clone(), side.count()), (CallFailed::NotTaken, 1));
        assert!(!format!("{refused}{refused:?}{:?}", side.peer().standing()).contains(SECRET));
    }
}

#[tokio::test]
async fn a_request_is_signed_as_rfc_9421_has_it() {
    let directory = tempfile::tempdir().unwrap();
    let secret = file(directory.path(), "secret", SECRET);
    let auth = Auth::Hmac { key_id: "plant \"1\"".to_owned(), secret };
    let server = CalledServer::start(|_| Said::json(200, &json!({}))).unwrap();
    let peer = peer(settings(&format!("{}/api", server.url()), auth));
    let body = b"{\"part\":\"A-1\"}";
    let request = Request {
        method: Method::Post,
        path: "moves?dry=1",
        headers: &[],
        body: Some(("application/json", body)),
        wanted: None,
        repeatable: None,
    };
    peer.call(&request).await.unwrap();
    health(&peer).await.unwrap();
    let asked = server.asked();
    verify(&asked[0], &server.url(), &content_digest(body));
    verify(&asked[1], &server.url(), "");
}

/// Checks a signature as a receiver would: out of what came in, and what it says that it covers.
fn verify(asked: &Asked, url: &str, digest: &str) {
    assert_eq!(asked.header("content-digest"), digest);
    let input = asked.header("signature-input").strip_prefix("mtm=").unwrap();
    let (names, parameters) = input.split_once(");").unwrap();
    assert!(parameters.ends_with(";keyid=\"plant \\\"1\\\"\";alg=\"hmac-sha256\""), "{parameters}");
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let query = format!("?{query}");
    let authority = url.strip_prefix("http://").unwrap();
    let names = names.trim_start_matches('(').split(' ').map(|name| name.trim_matches('"'));
    let components: Vec<_> = names
        .map(|name| match name {
            "@method" => (name, asked.method.as_str()),
            "@authority" => (name, authority),
            "@path" => (name, path),
            "@query" => (name, query.as_str()),
            header => (name, asked.header(header)),
        })
        .collect();
    let has = |name| components.iter().any(|(known, _)| *known == name);
    assert!(has("@method") && has("@authority") && has("@path"));
    assert_eq!(has("content-digest"), !digest.is_empty());
    let covered = Covered { components: &components, parameters };
    let expected = format!("mtm=:{}:", covered.sign(SECRET.as_bytes()));
    assert_eq!(asked.header("signature"), expected);
}

//! No log holds a secret, however much is logged: passwords, tokens, cookies, secrets of webhooks and
//! sources, passwords of brokers and databases.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mtm_connect::webhook::{Secret, sign};
use mtm_testkit::mtm_process::Start;
use mtm_testkit::receiver::Answer;
use mtm_testkit::{Api, Mosquitto, Receiver, poll};
use serde_json::{Value, json};

use crate::support::{PROGRAM, masters, receipt};

const SOON: Duration = Duration::from_secs(60);
const PASSWORD: &str = "correct-horse-battery-staple";
const WRONG: &str = "wrong-horse-battery-staple";
const BROKER: &str = "a-word-for-the-broker";

/// What must stand nowhere.
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    fn keep(&mut self, what: &'static str, secret: &str) {
        assert!(secret.len() > 8, "{what} is too short to be looked for");
        self.0.push((what, secret.to_owned()));
    }
}

/// A person signs in, also with a wrong password, and does something.
fn visit(api: &Api, server: &Api, secrets: &mut Secrets) {
    let person = json!({ "name": "anna", "role": "operator", "password": PASSWORD });
    let made = api.post("/api/v1/users", "anna", &person).unwrap();
    assert_eq!(made.status, 201, "{}", made.text);
    secrets.keep("password", PASSWORD);
    secrets.keep("wrong password", WRONG);
    let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", server.base())];
    for (word, status) in [(WRONG, 403), (PASSWORD, 303)] {
        let body = format!("login=anna&password={word}");
        let reply = server.send("POST", "/sign-in", &form, body).unwrap();
        assert_eq!(reply.status, status, "{}", reply.text);
        if status == 303 {
            let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
            secrets.keep("cookie", cookie.split_once('=').unwrap().1);
            let page = server.send("GET", "/stock", &[("Cookie", &cookie)], "").unwrap();
            assert_eq!(page.status, 200);
            let mark = "name=\"csrf\" value=\"";
            let at = page.text.find(mark).unwrap() + mark.len();
            secrets.keep("proof of forms", page.text[at..].split('"').next().unwrap());
        }
    }
}

/// A webhook and a source are made, changed and used.
fn connect(api: &Api, server: &Api, receiver: &Receiver, secrets: &mut Secrets) {
    let hook = json!({ "name": "x", "url": receiver.url(), "types": ["movement.recorded"] });
    let made = api.post("/api/v1/webhooks", "hook", &hook).unwrap().json().unwrap();
    let path = format!("/api/v1/webhooks/{}/rotate-secret", made["id"].as_str().unwrap());
    let rotated = api.post(&path, "rotate", &json!({})).unwrap().json().unwrap();
    let source = json!({ "name": "erp" });
    let source = api.post("/api/v1/inbound-sources", "erp", &source).unwrap().json().unwrap();
    let bare = |answer: &Value| {
        answer["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap().to_owned()
    };
    secrets.keep("secret of a webhook", &bare(&made));
    secrets.keep("another secret of it", &bare(&rotated));
    secrets.keep("secret of a source", &bare(&source));
    let secret = Secret::parse(source["secret"].as_str().unwrap()).unwrap();
    for (id, body) in [("m-1", receipt(5).to_string()), ("m-2", "{".to_owned())] {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let now = i64::try_from(now).unwrap();
        let signed = sign(std::slice::from_ref(&secret), id, now, body.as_bytes());
        let headers = [
            ("Content-Type", "application/json"),
            ("webhook-id", id),
            ("webhook-timestamp", signed.timestamp.as_str()),
            ("webhook-signature", signed.signature.as_str()),
        ];
        server.send("POST", "/api/v1/inbound/erp", &headers, body.clone()).unwrap();
    }
    receiver.wait_for(|effects| !effects.is_empty()).unwrap();
}

#[test]
fn no_secret_is_logged_however_much_is() {
    let (certificate, key) = certificate();
    let guarded = Mosquitto::start_guarded(&certificate, &key, "mtm", BROKER).unwrap();
    let Some(broker) = guarded.or_skip("events by MQTT") else { return };
    let directory = tempfile::tempdir().unwrap();
    let authority = directory.path().join("ca.pem");
    std::fs::write(&authority, &certificate).unwrap();
    let receiver = Receiver::start(|_, _| Answer::Status(200)).unwrap();
    let mut server = Start::new(PROGRAM)
        .environment("MTM_LOG__FILTER", "trace")
        .environment("MTM_LOG__FORMAT", "json")
        .environment("MTM_MQTT__URL", broker.url_for("mtm"))
        .environment("MTM_MQTT__PASSWORD", BROKER)
        .environment("MTM_MQTT__CA_FILE", &authority)
        .start()
        .unwrap();
    let token = server.token("test", "admin").unwrap();
    let (open, api) = (server.api(), server.api().with_token(&token));
    let mut secrets = Secrets(Vec::new());
    secrets.keep("token", &token);
    secrets.keep("password of a broker", BROKER);
    masters(&api);
    let bearer = open.clone().with_token("mtm_a-token-that-is-none");
    assert_eq!(bearer.get("/api/v1/stock").unwrap().status, 401);
    secrets.keep("wrong token", "mtm_a-token-that-is-none");
    visit(&api, &open, &mut secrets);
    connect(&api, &open, &receiver, &mut secrets);
    poll::until("the broker is told", SOON, || {
        let list = api.get("/api/v1/integrations")?.json()?;
        let mqtt = list["items"].as_array().unwrap().iter().find(|it| it["name"] == "mqtt");
        Ok((mqtt.unwrap()["lag"] == 0).then_some(()))
    })
    .unwrap();
    assert!(server.terminate().unwrap().success());
    let log = server.stderr().lines();
    let traced = log.iter().filter(|line| line.contains("\"level\":\"TRACE\"")).count();
    assert!(traced > 0 && log.len() > 50, "only {traced} of {} lines are traces", log.len());
    for (what, secret) in &secrets.0 {
        let found: Vec<_> =
            log.iter().filter(|line| line.contains(secret.as_str())).take(3).collect();
        assert!(found.is_empty(), "the log holds a {what}: {found:#?}");
    }
}

/// A certificate of its own for `localhost`, and its key.
fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

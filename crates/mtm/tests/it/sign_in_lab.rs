//! People sign in at the simulated identity provider, on the real program; what it gets wrong is refused.

use std::time::Duration;

use mtm_lab::simulator::{Masters, Person, Settings, Simulators};
use mtm_testkit::mtm_process::Start;
use mtm_testkit::{Api, Mtm, poll};
use serde_json::{Value, json};

use crate::support::PROGRAM;

/// What the page says of a provider that cannot be believed.
const WORDS: &str = "your administrator finds the reason in the server";
const SOON: Duration = Duration::from_secs(30);
const SECRET: &str = "what only the lab and the server know";

/// The simulated systems on a thread of their own; they end with the test's process.
fn lab() -> Api {
    let person = |user: &str, groups: &[&str]| Person {
        user: user.to_owned(),
        name: user.to_uppercase(),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
    };
    let people = vec![person("anna", &["floor"]), person("<i>zoe", &["canteen"])];
    let settings = Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        client_id: "mtm".to_owned(),
        client_secret: SECRET.to_owned(),
        token_seconds: 60,
        masters: Masters { people, ..Masters::default() },
        redirects: Vec::new(),
    };
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let simulators = Simulators::bind(settings).await.unwrap();
            send.send(simulators.url()).unwrap();
            simulators.run(std::future::pending()).await;
        });
    });
    Api::new(receive.recv().unwrap())
}

/// A server that knows the lab, and the lab that knows the server.
struct Site {
    lab: Api,
    server: Mtm,
    api: Api,
}

/// Where somebody ended who went to the provider and came back.
struct Back {
    status: u16,
    text: String,
    session: String,
}

impl Site {
    fn start() -> Self {
        let lab = lab();
        let server = Start::new(PROGRAM)
            .environment("MTM_OIDC__ISSUER", format!("{}/oidc", lab.base()))
            .environment("MTM_OIDC__CLIENT_ID", "mtm")
            .environment("MTM_OIDC__CLIENT_SECRET", SECRET)
            .environment("MTM_OIDC__NAME", "lab")
            .environment("MTM_LOG__FORMAT", "json")
            .environment("MTM_OIDC__ROLES", "leads=lead,floor=operator")
            .start()
            .unwrap();
        let api = Api::new(server.url());
        let site = Self { lab, server, api };
        let back = format!("{}/sign-in/oidc/callback", site.server.url());
        site.control("PUT", "/control/oidc", &json!({ "redirects": [back] }));
        site
    }

    fn control(&self, method: &str, path: &str, body: &Value) {
        let json = [("Content-Type", "application/json")];
        let reply = self.lab.send(method, path, &json, body.to_string()).unwrap();
        assert_eq!(reply.status, 204, "{}", reply.text);
    }

    /// The lab's path that the server sends a browser to, and the cookie that binds the attempt.
    fn leave(&self) -> (String, String) {
        let sent = self.api.get("/sign-in/oidc?next=/in").unwrap();
        let address = sent.header("location").unwrap_or_else(|| panic!("{}", sent.text));
        let path = address.strip_prefix(self.lab.base()).unwrap().to_owned();
        (path, cookie(sent.header("set-cookie").unwrap()))
    }

    /// Goes there as `user` and comes back.
    fn visit(&self, user: &str) -> Back {
        let (path, attempt) = self.leave();
        let sent = self.lab.get(&format!("{path}&login_hint={user}")).unwrap();
        assert_eq!(sent.status, 303, "{}", sent.text);
        self.come_back(sent.header("location").unwrap(), &attempt)
    }

    fn come_back(&self, address: &str, attempt: &str) -> Back {
        let path = address.strip_prefix(self.api.base()).unwrap();
        let reply = self.api.send("GET", path, &[("Cookie", attempt)], "").unwrap();
        let cookies = reply.headers.get_all("set-cookie").iter();
        let session = cookies.filter_map(|it| it.to_str().ok()).find(|it| it.contains("session"));
        let session = session.map(cookie).unwrap_or_default();
        Back { status: reply.status, text: reply.text, session }
    }

    /// Waits until the log has the code and this reason.
    fn until_logged(&self, why: &str) {
        let logged = |line: &String| line.contains("provider_untrusted") && line.contains(why);
        let found = || Ok(self.server.stderr().lines().iter().any(logged).then_some(()));
        poll::until(why, SOON, found).unwrap();
    }

    fn me(&self, session: &str) -> Value {
        let reply = self.api.send("GET", "/api/v1/me", &[("Cookie", session)], "").unwrap();
        reply.json().unwrap()
    }
}

fn cookie(set: &str) -> String {
    set.split(';').next().unwrap_or_default().to_owned()
}

#[test]
fn a_person_of_the_lab_signs_in_and_whoever_may_not_stays_out() {
    let site = Site::start();
    let (path, attempt) = site.leave();
    let page = site.lab.get(&path).unwrap();
    assert_eq!(page.status, 200);
    assert!(page.text.contains("anna</a> ANNA (floor)"), "{}", page.text);
    assert!(!page.text.contains("<i>"), "names are no markup");
    // The link that a person presses leads back.
    let link = page.text.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    let link = link.replace("&amp;", "&");
    assert!(link.contains("login%5Fhint=anna"), "{link}");
    let sent = site.lab.get(&format!("/oidc/authorize{link}")).unwrap();
    let back = site.come_back(sent.header("location").unwrap(), &attempt);
    assert_eq!(back.status, 303, "{}", back.text);
    let me = site.me(&back.session);
    assert_eq!((&me["name"], &me["role"]), (&json!("anna"), &json!("operator")), "{me}");

    // Another group the next time, and another role.
    let people = json!({ "people": [{ "user": "anna", "groups": ["leads"] }, { "user": "zoe" }] });
    site.control("PUT", "/control/erp", &people);
    assert_eq!(site.me(&site.visit("anna").session)["role"], "lead");
    let out = site.visit("zoe");
    assert!(out.status == 403 && out.text.contains("Ask your administrator for a group"));
    // The same answer again is none.
    let again = site.come_back(sent.header("location").unwrap(), &attempt);
    assert!(again.session.is_empty() && again.status >= 400, "{}", again.text);
}

#[test]
fn what_the_lab_gets_wrong_is_refused_in_the_documented_words() {
    let site = Site::start();
    for (kind, why) in [
        ("expired", "is over"),
        ("wrong_audience", "for somebody else"),
        ("wrong_nonce", "another attempt"),
        ("unsigned", "not signed"),
    ] {
        let rule = json!([{ "path": "/oidc/token", "times": 1, "fault": { "kind": kind } }]);
        site.control("POST", "/control/faults", &rule);
        let back = site.visit("anna");
        assert_eq!((back.status, back.session.as_str()), (403, ""), "{kind}: {}", back.text);
        assert!(back.text.contains(WORDS), "{kind}: {}", back.text);
        site.until_logged(why);
    }
    for seconds in [-3_600, 3_600] {
        let fault = json!({ "kind": "clock", "seconds": seconds });
        let rule = json!([{ "path": "/oidc/token", "times": 1, "fault": fault }]);
        site.control("POST", "/control/faults", &rule);
        let back = site.visit("anna");
        assert!(back.session.is_empty() && back.text.contains(WORDS), "{seconds}");
    }
    // A minute is forgiven, and then all is well again.
    let fault = json!({ "kind": "clock", "seconds": 30 });
    let rule = json!([{ "path": "/oidc/token", "times": 1, "fault": fault }]);
    site.control("POST", "/control/faults", &rule);
    assert!(!site.visit("anna").session.is_empty());
    assert!(!site.visit("anna").session.is_empty());
}

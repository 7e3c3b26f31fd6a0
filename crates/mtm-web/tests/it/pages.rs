//! Pages as a browser without scripts meets them: forms, cookies, redirects.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what a test cannot read fails it"
)]

use axum::body::Body;
use axum::http::StatusCode;
use mtm_app::auth::NewPerson;
use mtm_app::query::StockQuery;
use mtm_core::policy::Role;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::plant::{Plant, Reply};

const PASSWORD: &str = "correct horse battery";

/// A person with a browser.
pub(crate) struct Visitor<'p> {
    plant: &'p Plant,
    cookie: String,
}

/// Fields of a form as it is sent.
pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

/// The value of the first hidden field `name` of a page.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let start =
        page.find(&mark).unwrap_or_else(|| panic!("no field {name} in {page}")) + mark.len();
    page[start..].split('"').next().unwrap().to_owned()
}

/// The panel that says what the server answered.
pub(crate) fn answer(page: &str) -> &str {
    let start = page.find("id=\"answer\"").expect("a page with an answer");
    let end = page[start..].find("<form id=").map_or(page.len(), |at| start + at);
    &page[start..end]
}

pub(crate) async fn post_anonymous(plant: &Plant, path: &str, fields: &[(&str, &str)]) -> Reply {
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("host", "wip.plant"),
        ("origin", "http://wip.plant"),
    ];
    plant.send(plant.request(None, "POST", path, &headers, encoded(fields))).await
}

impl<'p> Visitor<'p> {
    /// Somebody of that role, signed in by the form.
    pub(crate) async fn of(plant: &'p Plant, role: Role) -> Self {
        let name = format!("{role}-person");
        let person = NewPerson {
            name: name.clone(),
            display_name: Some(format!("The {role}")),
            role,
            password: Some(PASSWORD.to_owned()),
        };
        plant.app.create_user(&plant.admin, person, None).await.unwrap();
        let fields = [("login", name.as_str()), ("password", PASSWORD)];
        let reply = post_anonymous(plant, "/sign-in", &fields).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
        let cookie = reply.header("set-cookie");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        Self { plant, cookie: cookie.split(';').next().unwrap().to_owned() }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        let headers = [("cookie", self.cookie.as_str()), ("host", "wip.plant")];
        self.plant.send(self.plant.request(None, "GET", path, &headers, Body::empty())).await
    }

    /// Sends a form from a page of the server.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_from("http://wip.plant", path, fields).await
    }

    async fn post_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("host", "wip.plant"),
            ("origin", origin),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.plant.send(self.plant.request(None, "POST", path, &headers, encoded(fields))).await
    }

    /// The session's proof, from any page.
    pub(crate) async fn csrf(&self) -> String {
        hidden(&self.get("/stock").await.text, "csrf")
    }
}

pub(crate) async fn on_hand(plant: &Plant) -> i64 {
    let stock = plant.app.ledger().stock(StockQuery::default()).await.unwrap();
    stock.items.iter().map(|row| row.quantity.whole()).sum()
}

#[tokio::test]
async fn nobody_is_sent_to_the_sign_in_and_back() {
    let plant = Plant::new().await;
    let get =
        async |path: &str| plant.send(plant.request(None, "GET", path, &[], Body::empty())).await;
    let reply = get("/history?part=24%20126").await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    let address = reply.header("location").to_owned();
    assert_eq!(address, "/sign-in?next=%2Fhistory%3Fpart%3D24%2520126");
    let page = get(&address).await;
    assert_eq!(hidden(&page.text, "next"), "/history?part=24%20126");
    // A link may not send people to another site with our sign-in in front.
    let page = get("/sign-in?next=https%3A%2F%2Fevil.example").await;
    assert_eq!(hidden(&page.text, "next"), "/");
    assert!(!page.text.contains("name=\"demo\""), "no one-click sign-in outside the demo");
}

#[tokio::test]
async fn a_wrong_password_keeps_the_name_and_says_so() {
    let plant = Plant::new().await;
    let fields = [("login", "jmiller"), ("password", "wrong")];
    let reply = post_anonymous(&plant, "/sign-in", &fields).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(reply.text.contains("value=\"jmiller\"") && !reply.text.contains("wrong\""));
    assert!(reply.text.contains("Name or password is wrong."), "{}", reply.text);
    let demo = post_anonymous(&plant, "/sign-in", &[("demo", "demo")]).await;
    assert_eq!(demo.status, StatusCode::FORBIDDEN, "not a demo");
}

#[tokio::test]
async fn a_setup_link_works_once() {
    let plant = Plant::new().await;
    let link = format!("/setup/{}", plant.app.setup_link().await.unwrap().reveal());
    let page = plant.send(plant.request(None, "GET", &link, &[], Body::empty())).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let fields = |password: &'static str, again: &'static str| {
        [("login", "boss"), ("password", password), ("password_again", again)]
    };
    let differ = post_anonymous(&plant, &link, &fields(PASSWORD, "something else")).await;
    assert_eq!(differ.status, StatusCode::UNPROCESSABLE_ENTITY);
    let weak = post_anonymous(&plant, &link, &fields("short", "short")).await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(weak.text.contains("at least ten characters"), "{}", weak.text);
    let done = post_anonymous(&plant, &link, &fields(PASSWORD, PASSWORD)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert!(done.header("set-cookie").starts_with("mtm_session="));
    let again = post_anonymous(&plant, &link, &fields(PASSWORD, PASSWORD)).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert!(again.text.contains("<main"), "people get a page: {}", again.text);
}

#[tokio::test]
async fn every_screen_opens_for_those_who_may() {
    let plant = Plant::new().await;
    plant.receive("k", 40).await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    assert_eq!(operator.get("/").await.header("location"), "/in");
    assert_eq!(viewer.get("/").await.header("location"), "/stock");
    for path in ["/in?part=11058-1779", "/out", "/move"] {
        let reply = operator.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
        let refused = viewer.get(path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert!(refused.text.contains("<main"), "{path}: people get a page");
    }
    let lot = format!("/lot/{}", first_lot(&plant).await);
    let explain = "/stock/explain?part=11058-1779&operation=19&location=R-E4-18";
    for path in ["/stock", "/history", "/quick-buttons", &lot, explain] {
        for person in [&operator, &viewer] {
            let reply = person.get(path).await;
            assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
            assert!(
                reply.header("content-security-policy").contains("script-src 'self'"),
                "{path}"
            );
            assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        }
    }
    for path in ["/stock?colour=red&cursor=nonsense", "/history?limit=x&type=gift&cursor=00"] {
        assert_eq!(viewer.get(path).await.status, StatusCode::OK, "{path}: unknown is ignored");
    }
    for path in ["/lot/9999999999", "/history?movement=nonsense"] {
        assert_eq!(viewer.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

async fn first_lot(plant: &Plant) -> String {
    let stock = plant.app.ledger().stock(StockQuery::default()).await.unwrap();
    stock.items[0].lot.to_string()
}

#[tokio::test]
async fn stock_and_history_show_what_was_booked() {
    let plant = Plant::new().await;
    plant.receive("k", 1_240).await;
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    let lot = first_lot(&plant).await;
    for path in ["/stock", "/stock?group_by=part", "/stock?q=058-17", "/stock?part=11058%25"] {
        let reply = viewer.get(path).await;
        assert!(reply.text.contains("1,240"), "{path}: {}", reply.text);
    }
    for path in ["/stock?part=24%20126%20251", "/stock?as_of=2020-01-01T00:00"] {
        let reply = viewer.get(path).await;
        assert!(reply.text.contains("Nothing on hand that fits"), "{path}: {}", reply.text);
    }
    let reply = viewer.get("/stock?as_of=noon").await;
    assert!(reply.text.contains("not a day and time"), "{}", reply.text);
    for path in ["/history", "/history?days=today", "/history?type=in", "/history?lot=1"] {
        let reply = viewer.get(path).await;
        assert!(reply.text.contains(&lot), "{path}: {}", reply.text);
    }
    assert!(viewer.get("/history?type=out").await.text.contains("No movements that fit"));
    let page = viewer.get(&format!("/lot/{lot}")).await.text;
    assert!(page.contains("1,240") && page.contains("R-E4-18"), "{page}");
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let plant = Plant::new().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let page = operator.get("/in").await.text;
    let (csrf, key) = (hidden(&page, "csrf"), hidden(&page, "idempotency_key"));
    let fields = |csrf: &'static str| {
        vec![
            ("csrf", csrf),
            ("part", "11058-1779"),
            ("operation", "19"),
            ("quantity", "5"),
            ("location", "R-E4-18"),
        ]
    };
    let mut guessed = fields("guess");
    guessed.push(("idempotency_key", &key));
    assert_eq!(operator.post("/in", &guessed).await.status, StatusCode::FORBIDDEN);
    let mut right = fields("");
    right[0].1 = &csrf;
    right.push(("idempotency_key", &key));
    let foreign = operator.post_from("http://evil.example", "/in", &right).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert_eq!(on_hand(&plant).await, 0);
    let own = operator.post("/in", &right).await;
    assert_eq!(own.status, StatusCode::OK, "{}", own.text);
    assert_eq!(on_hand(&plant).await, 5);
}

#[tokio::test]
async fn scripts_and_styles_are_kept_for_ever() {
    let plant = Plant::new().await;
    let page = plant.send(plant.request(None, "GET", "/sign-in", &[], Body::empty())).await.text;
    let start = page.find("/assets/").unwrap();
    let current = page[start..].split('"').next().unwrap();
    let reply = plant.send(plant.request(None, "GET", current, &[], Body::empty())).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.header("cache-control").contains("immutable"), "{current}");
    let old = "/assets/0123456789abcdef/js/app.js";
    let reply = plant.send(plant.request(None, "GET", old, &[], Body::empty())).await;
    assert_eq!((reply.status, reply.header("cache-control")), (StatusCode::OK, "no-cache"));
    let none = "/assets/0123456789abcdef/../Cargo.toml";
    let reply = plant.send(plant.request(None, "GET", none, &[], Body::empty())).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let plant = Plant::new().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let csrf = operator.csrf().await;
    let reply = operator.post("/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!(reply.header("location"), "/sign-in");
    assert!(reply.header("set-cookie").contains("Max-Age=0"));
    let after = operator.get("/stock").await;
    assert_eq!(after.status, StatusCode::SEE_OTHER, "{}", after.text);
}

#[tokio::test]
async fn scripts_learn_what_was_typed_and_scanned() {
    let plant = Plant::new().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let reply = operator.get("/ui/suggest?kind=part&q=1105&part=").await;
    assert_eq!(reply.json()["items"][0]["value"], "11058-1779", "{}", reply.text);
    assert_eq!(operator.get("/ui/suggest?kind=gift&q=").await.code(), "invalid_parameter");
    let csrf = operator.csrf().await;
    let scan = async |data: &str| {
        let body = json!({ "data": data, "screen": "in", "part": "" }).to_string();
        let headers = [
            ("cookie", operator.cookie.as_str()),
            ("host", "wip.plant"),
            ("origin", "http://wip.plant"),
            ("content-type", "application/json"),
            ("x-csrf-token", csrf.as_str()),
        ];
        plant.send(plant.request(None, "POST", "/ui/scan", &headers, body)).await
    };
    let reply = scan("r-e4-18").await;
    assert_eq!(
        (&reply.json()["kind"], &reply.json()["value"]),
        (&json!("location"), &json!("R-E4-18"))
    );
    // Text that nothing here has may be a foreign work order: a person or the focus decides.
    let reply = scan("NOWHERE-1").await;
    assert_eq!(reply.json()["kind"], "unknown", "{}", reply.text);
    assert_eq!(reply.json()["candidates"][0]["kind"], "work_order", "{}", reply.text);
    assert_eq!(scan("WO-060723").await.json()["kind"], "work_order");
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_a_page_for_a_browser_and_a_problem_for_a_machine() {
    let plant = Plant::new().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let ask = async |path: &str, accept: &str| {
        let headers = [("cookie", operator.cookie.as_str()), ("accept", accept)];
        plant.send(plant.request(None, "GET", path, &headers, String::new())).await
    };
    let page = ask("/lots/0000000001", "text/html,*/*;q=0.8").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.header("content-type").starts_with("text/html"), "{}", page.text);
    for (path, accept) in [("/lots/0000000001", "*/*"), ("/api/v1/lots/x/y", "text/html")] {
        let problem = ask(path, accept).await;
        assert_eq!((problem.status, problem.code().as_str()), (StatusCode::NOT_FOUND, "not_found"));
    }
}

//! What people have to post in an ERP, over HTTP and from its pages, proved by the ERP's ledger.

use std::sync::Arc;

use axum::http::StatusCode;
use mtm_app::sync::{Class, FlowRelay, FlowSettings};
use mtm_core::policy::Role;
use serde_json::{Value, json};

use crate::books::{Books, PEER, map};
use crate::pages::Visitor;

const FLOW: &str = "clerk";
const POSTINGS: &str = "/api/v1/flows/postings";

/// Books, and a flow whose postings people make, from now on.
struct Worklist {
    books: Books,
    relay: FlowRelay,
}

impl Worklist {
    async fn over(books: Books) -> Self {
        let relay = FlowRelay::new(books.plant.app.clone());
        books.plant.app.use_flows(vec![FlowSettings {
            name: FLOW.to_owned(),
            via: None,
            map: Some(Arc::new(map())),
            erp: Some(PEER.to_owned()),
            classes: Class::ALL.to_vec(),
        }]);
        let it = Self { books, relay };
        it.step().await;
        let body = json!({ "mode": "worklist", "start": "now" });
        let path = format!("/api/v1/flows/{FLOW}");
        let reply = it.books.plant.post(Role::Admin, &path, "on", &body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        it
    }

    async fn step(&self) {
        self.books.clock.advance(1_000);
        while self.relay.step().await.unwrap() {}
    }

    async fn postings(&self, query: &str) -> Vec<Value> {
        let path = format!("{POSTINGS}?{query}");
        let listed = self.books.plant.get(Role::Viewer, &path).await;
        assert_eq!(listed.status, StatusCode::OK, "{}", listed.text);
        listed.json()["items"].as_array().unwrap().clone()
    }

    async fn decide(&self, role: Role, id: &Value, body: &Value) -> crate::plant::Reply {
        let path = format!("{POSTINGS}/{id}/decide");
        self.books.plant.post(role, &path, "", body).await
    }
}

#[tokio::test]
async fn what_people_posted_is_proved_by_the_ledger_there() {
    let mut it = Worklist::over(Books::clean().await).await;
    it.books.a_day_later().await;
    it.step().await;
    let open = it.postings("needs_somebody=true&limit=100").await;
    assert_eq!(open.len(), 11, "one for each move between places of theirs");
    assert!(open.iter().all(|row| row["state"] == "todo" && row["class"] == "transfer"));
    assert_eq!(open[0]["fact"]["from"]["place"], "FLOOR");
    // guide: proved
    it.books.read(None).await;
    it.step().await;
    assert_eq!(it.postings("needs_somebody=true").await, Vec::<Value>::new());
    let posted = it.postings("state=posted&limit=100").await;
    assert_eq!(posted.len(), 11);
    assert!(posted.iter().all(|row| row["proved_at"].is_string()));
    // guide: end
    // Each by both ends of a transfer of its own.
    let mut shown = std::collections::BTreeSet::new();
    for row in &posted {
        let path = format!("{POSTINGS}/{}", row["id"]);
        let sheet = it.books.plant.get(Role::Viewer, &path).await.json();
        shown.extend(sheet["shown_by"].as_array().unwrap().iter().map(ToString::to_string));
    }
    assert_eq!(shown.len(), 22);
}

#[tokio::test]
async fn what_nobody_posted_stays_and_is_settled_when_somebody_did() {
    let mut it = Worklist::over(Books::clean().await).await;
    it.books.forgotten_move("Q-6", 15).await;
    it.step().await;
    it.books.read(None).await;
    it.step().await;
    let open = it.postings("needs_somebody=true").await;
    assert_eq!((open.len(), &open[0]["part"]), (1, &json!("Q-6")));
    let id = &open[0]["id"];
    let denied = it.decide(Role::Operator, id, &json!({ "deed": "done" })).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    let silent = it.decide(Role::Lead, id, &json!({ "deed": "accept" })).await;
    assert_eq!(silent.code(), "reason_required");
    let nobody = it.decide(Role::Lead, id, &json!({ "deed": "resend" })).await;
    assert_eq!(nobody.code(), "invalid_body", "there is no system to send it to");
    let done = json!({ "deed": "done", "document": "IT-4711" });
    let told = it.decide(Role::Lead, id, &done).await.json();
    assert_eq!(told["state"], "told", "their ledger is to show it");
    let twice = it.decide(Role::Lead, id, &done).await;
    assert_eq!(twice.code(), "posting_settled");
    it.books.read(None).await;
    it.step().await;
    assert_eq!(it.postings("state=told").await.len(), 1, "it does not, yet");
    it.books.post_transfer("Q-6", 15);
    it.books.read(None).await;
    it.step().await;
    let posted = it.postings("document=IT-4711").await;
    assert_eq!(posted.len(), 1, "the number that somebody gave stays");
    assert_eq!(posted[0]["state"], "posted");
    let movement = posted[0]["movement"].as_str().unwrap();
    assert_eq!(it.postings(&format!("movement={movement}")).await, posted);
    let metrics = it.books.plant.get(Role::Lead, "/metrics").await.text;
    let line = format!("mtm_flow_postings{{flow=\"{FLOW}\",state=\"posted\"}} 1");
    assert!(metrics.contains(&line), "{metrics}");
}

#[tokio::test]
async fn the_pages_lead_a_clerk_through_the_list_without_scripts() {
    let mut it = Worklist::over(Books::clean().await).await;
    let operator = Visitor::of(&it.books.plant, Role::Operator).await;
    let empty = operator.get("/worklist").await.text;
    for words in ["Nothing waits for anybody.", "People post what is on this list.", "visual"] {
        assert!(empty.contains(words), "{words} is missing in {empty}");
    }
    assert!(!empty.contains("Who posts</summary>"), "only who administers decides that");
    it.books.forgotten_move("Q-6", 15).await;
    it.books.forgotten_move("Q-7", 16).await;
    it.step().await;
    let plant = &it.books.plant;
    let lead = Visitor::of(plant, Role::Lead).await;
    let csrf = lead.csrf().await;
    let listed = lead.get("/worklist").await.text;
    for words in ["Something waits for somebody.", "Q-6", "MAIN/FLOOR → MAIN/RACK", "to be posted"]
    {
        assert!(listed.contains(words), "{words} is missing in {listed}");
    }
    let id = it.postings("part=q-6").await[0]["id"].clone();
    let path = format!("/worklist/{id}");
    let page = lead.get(&path).await.text;
    for words in
        ["Transfer", "Enter it in the other system", "It is posted there", "Accept the difference"]
    {
        assert!(page.contains(words), "{words} is missing in {page}");
    }
    let send = async |key: &str, deed: &str, note: &str, document: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("idempotency_key", key),
            ("deed", deed),
            ("note", note),
            ("document", document),
        ];
        lead.post(&path, &fields).await
    };
    let silent = send("a", "accept", "", "").await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text.contains("id=\"decide-note-error\""), "{}", silent.text);
    let done = send("b", "done", "", "IT-1").await;
    assert!(done.text.contains("It is settled when the other system"), "{}", done.text);
    assert!(done.text.contains("IT-1") && done.text.contains("It was not posted after all"));
    let back = send("c", "not_done", "wrong line", "").await;
    assert!(back.text.contains("wrong line"), "{}", back.text);
    let accepted = send("d", "accept", "written off in March", "").await;
    assert!(accepted.text.contains("accepted difference"), "{}", accepted.text);
    let found = lead.get("/worklist?document=IT-1").await.text;
    assert!(found.contains("Q-6") && !found.contains("Q-7"), "{found}");

    let admin = Visitor::of(plant, Role::Admin).await;
    let csrf = admin.csrf().await;
    let fields =
        [("csrf", csrf.as_str()), ("idempotency_key", "off"), ("flow", FLOW), ("mode", "off")];
    let off = admin.post("/worklist", &fields).await;
    assert!(off.text.contains("clerk: Nobody is told"), "{}", off.text);
    let fields =
        [("csrf", csrf.as_str()), ("idempotency_key", "on"), ("flow", FLOW), ("mode", "automatic")];
    let refused = admin.post("/worklist", &fields).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "nobody is there to be called");
}

//! Simulated systems keep the contract that integrators are told, and go wrong as a script says.

use mtm_lab::simulator::{Location, Masters, Part, Person, Settings, Simulators};
use mtm_testkit::api::{Api, Reply};
use serde_json::{Value, json};

/// Simulated systems on a thread of their own; they end with the test's process.
pub(crate) fn lab() -> Api {
    let masters = Masters {
        parts: vec![Part { id: "P-1".into(), description: String::new(), unit: "EA".into() }],
        locations: ["A", "B"]
            .map(|it| Location { warehouse: "MAIN".into(), location: it.into() })
            .to_vec(),
        people: vec![Person {
            user: "anna".into(),
            name: "Anna Kern".into(),
            groups: vec!["floor".into()],
        }],
    };
    let settings = Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        client_id: "mtm".into(),
        client_secret: "s3cret&more".into(),
        token_seconds: 60,
        masters,
        redirects: vec!["http://127.0.0.1:8080/back".into()],
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
    let api = Api::new(receive.recv().unwrap());
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let body = "grant_type=client_credentials&client_id=mtm&client_secret=s3cret%26more";
    let token = api.send("POST", "/oauth2/token", &form, body).unwrap().json().unwrap();
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(60)));
    api.with_token(token["access_token"].as_str().unwrap())
}

fn order(class: &str, quantity: i64, from: Option<&str>, to: Option<&str>) -> Value {
    let place = |it: &str| json!({ "warehouse": "MAIN", "location": it });
    json!({
        "class": class, "part": "P-1", "quantity": quantity,
        "from": from.map(place), "to": to.map(place),
    })
}

fn post(api: &Api, key: &str, order: &Value) -> Reply {
    api.post("/erp/api/v1/transactions", key, order).unwrap()
}

fn script(api: &Api, rules: &Value) {
    assert_eq!(api.post("/control/faults", "", rules).unwrap().status, 204);
}

fn items(api: &Api, path: &str) -> Vec<Value> {
    let reply = api.get(path).unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json().unwrap()["items"].as_array().unwrap().clone()
}

#[test]
fn the_erp_posts_once_a_key_and_never_below_nothing() {
    let api = lab();
    assert_eq!(post(&api, "k1", &order("receipt", 10, None, Some("A"))).status, 201);
    let moved = post(&api, "k2", &order("transfer", 4, Some("A"), Some("B")));
    assert_eq!(moved.json().unwrap()["transactions"], json!([2, 3]));
    let again = post(&api, "k2", &order("transfer", 4, Some("A"), Some("B")));
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(again.json().unwrap(), moved.json().unwrap());
    assert_eq!(post(&api, "k2", &order("transfer", 5, Some("A"), Some("B"))).status, 422);
    let short = post(&api, "k3", &order("issue", 7, Some("A"), None));
    assert_eq!(short.json().unwrap()["code"], "insufficient_quantity");
    // A refusal had no effect, and is judged afresh.
    assert_eq!(post(&api, "k3", &order("issue", 6, Some("A"), None)).status, 201);

    let here: Vec<_> = items(&api, "/erp/api/v1/on-hand")
        .iter()
        .map(|row| {
            (row["location"].as_str().unwrap().to_owned(), row["quantity"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(here, [("B".to_owned(), 4)]);
    let page = api.get("/erp/api/v1/transactions?limit=3").unwrap().json().unwrap();
    assert_eq!(page["next"], 3);
    assert_eq!(page["items"][1]["transfer_of"], 3);
    assert_eq!(items(&api, "/erp/api/v1/transactions?after=3").len(), 1);
}

#[test]
fn the_erp_refuses_what_it_does_not_know() {
    let api = lab();
    let good = order("receipt", 1, None, Some("A"));
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        post(&api, "k", &changed)
    };
    assert_eq!(with("colour", json!("red")).status, 400);
    assert_eq!(with("quantity", json!(0)).status, 400);
    assert_eq!(with("quantity", json!(1.5)).status, 400);
    assert_eq!(with("part", json!("P-2")).json().unwrap()["code"], "unknown_part");
    let nowhere = json!({ "warehouse": "MAIN", "location": "C" });
    assert_eq!(with("to", nowhere).json().unwrap()["code"], "unknown_location");
    assert_eq!(post(&api, "", &good).json().unwrap()["code"], "key_required");
    let stranger = Api::new(api.base());
    assert_eq!(stranger.get("/erp/api/v1/parts").unwrap().status, 401);
    let key = [("X-Api-Key", "s3cret&more")];
    assert_eq!(stranger.send("GET", "/erp/api/v1/parts", &key, "").unwrap().status, 200);
    assert_eq!(api.post("/control/tokens/revoke", "", &json!({})).unwrap().status, 204);
    assert_eq!(api.get("/erp/api/v1/parts").unwrap().status, 401);
}

#[test]
fn a_lost_answer_was_work_done_and_a_cut_was_not() {
    let api = lab();
    let one = json!({ "path": "/erp", "method": "POST", "times": 1, "fault": { "kind": "cut" } });
    script(&api, &json!([one]));
    let good = order("receipt", 1, None, Some("A"));
    assert!(api.post("/erp/api/v1/transactions", "k1", &good).is_err());
    assert_eq!(api.get("/erp/api/v1/documents/k1").unwrap().status, 404);
    assert_eq!(api.send("DELETE", "/control/faults", &[], "").unwrap().status, 204);
    // guide: lost
    script(&api, &json!([{ "path": "/erp", "times": 1, "fault": { "kind": "lost_answer" } }]));
    assert!(api.post("/erp/api/v1/transactions", "k1", &good).is_err());
    assert_eq!(api.get("/erp/api/v1/documents/k1").unwrap().status, 200);
    assert_eq!(post(&api, "k1", &good).status, 200);
    assert_eq!(items(&api, "/erp/api/v1/transactions").len(), 1);
    // guide: end
    let asked = items(&api, "/control/requests");
    let lost = asked.iter().find(|it| it["faults"] == json!(["lost_answer"])).unwrap();
    assert_eq!(lost["status"], Value::Null);
}

#[test]
fn answers_go_wrong_as_the_script_says() {
    let api = lab();
    for (key, to) in [("k1", "A"), ("k2", "B")] {
        post(&api, key, &order("receipt", 1, None, Some(to)));
    }
    let path = "/erp/api/v1/transactions";
    let with = |fault: Value| {
        script(&api, &json!([{ "path": "/erp", "times": 1, "fault": fault }]));
        api.get(path)
    };
    let ids = |reply: Reply| -> Vec<i64> {
        let items = reply.json().unwrap()["items"].as_array().unwrap().clone();
        items.iter().map(|it| it["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(ids(with(json!({ "kind": "double_items" })).unwrap()), [1, 1, 2, 2]);
    assert_eq!(ids(with(json!({ "kind": "reverse_items" })).unwrap()), [2, 1]);
    assert_eq!(ids(with(json!({ "kind": "drip", "bytes": 40, "ms": 1 })).unwrap()), [1, 2]);
    assert!(with(json!({ "kind": "half" })).is_err());
    assert!(with(json!({ "kind": "garbage" })).map_or(true, |reply| reply.json().is_err()));
    let busy = with(json!({ "kind": "status", "status": 429, "retry_after": 7 })).unwrap();
    assert_eq!((busy.status, busy.header("retry-after")), (429, Some("7")));
    let away = with(json!({ "kind": "redirect", "to": "http://169.254.169.254/" })).unwrap();
    assert_eq!((away.status, away.header("location")), (307, Some("http://169.254.169.254/")));
    let page = with(json!({ "kind": "media_type", "media_type": "text/html" })).unwrap();
    assert_eq!(page.header("content-type"), Some("text/html"));
    let late = with(json!({ "kind": "clock", "seconds": -86_400 })).unwrap();
    assert_ne!(late.header("date"), api.get(path).unwrap().header("date"));
    assert_eq!(ids(api.get(path).unwrap()), [1, 2], "the script is over");
}

#[test]
fn a_receiver_takes_what_is_signed_and_tells_repetitions_apart() {
    let api = lab();
    let send = |id: &str, signature: &str| {
        let headers = [
            ("webhook-id", id),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", signature),
        ];
        api.send("POST", "/webhooks/erp", &headers, "{\"test\": 2432232314}").unwrap().status
    };
    assert_eq!(send("msg_1", ""), 204);
    // The example of the specification, signed by its secret.
    let secret = json!({ "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
    let headers = [("Content-Type", "application/json")];
    let trusted = api.send("PUT", "/control/webhooks/erp", &headers, secret.to_string()).unwrap();
    assert_eq!(trusted.status, 204, "{}", trusted.text);
    let (id, signature) =
        ("msg_p5jXN8AQM9LWM0D4loKWxJek", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert_eq!(send(id, signature), 204);
    assert_eq!(send(id, &format!("v1,AAAA {signature}")), 204);
    assert_eq!(send(id, "v1,AAAA"), 401);
    let account = api.get("/webhooks/erp").unwrap().json().unwrap();
    assert_eq!((&account["received"], &account["unsigned"]), (&json!(4), &json!(1)));
    assert_eq!(account["distinct"], 2);
    assert_eq!(account["items"][2]["first"], false);
}

#[test]
fn inventree_takes_what_there_is_and_knows_only_what_is_documented() {
    let api = lab();
    let token = [("Authorization", "Token s3cret&more"), ("Content-Type", "application/json")];
    let send = |method: &str, path: &str, body: Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/inventree/api/{path}");
        Api::new(api.base()).send(method, &path, &token, body).unwrap()
    };
    let made = json!({ "part": 1, "location": 1, "batch": "L", "quantity": 7 });
    let made = send("POST", "stock/", made);
    assert_eq!((made.status, &made.json().unwrap()[0]["pk"]), (201, &json!(1)));
    let line = |pk: u64, quantity: &str| json!({ "items": [{ "pk": pk, "quantity": quantity }] });
    assert_eq!(send("POST", "stock/add/", line(1, "0.5")).status, 201);
    let there = send("GET", "stock/?limit=10&batch=l&in_stock=true", Value::Null).json().unwrap();
    assert_eq!((&there["count"], &there["results"][0]["quantity"]), (&json!(1), &json!(7.5)));
    assert_eq!(send("POST", "stock/remove/", line(1, "9")).status, 201, "it takes what there is");
    assert_eq!(send("GET", "stock/", Value::Null).json().unwrap(), json!([]));
    let gone = send("POST", "stock/remove/", line(1, "1"));
    assert_eq!((gone.status, gone.json().unwrap()["items"][0]["pk"].is_array()), (400, true));
    assert_eq!(send("POST", "stock/", json!({ "part": 1, "colour": "red" })).status, 400);
    assert_eq!(send("GET", "stock/?colour=red", Value::Null).status, 400);
    assert_eq!(api.get("/inventree/api/stock/").unwrap().status, 401);
}

#[test]
fn erpnext_moves_stock_by_what_is_submitted_and_knows_only_what_is_documented() {
    let api = lab();
    let token = [("Authorization", "token mtm:s3cret&more"), ("Content-Type", "application/json")];
    let send = |method: &str, path: &str, body: &Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/erpnext/api/resource/{path}");
        Api::new(api.base()).send(method, &path, &token, body).unwrap()
    };
    let entry = |kind: &str, docstatus: u8, line: Value| json!({ "stock_entry_type": kind, "docstatus": docstatus, "items": [line] });
    let line = |name: &str, qty: i64| json!({ "item_code": "P-1", "qty": qty, "uom": "Nos", name: "MAIN" });
    let post = |body: &Value| send("POST", "Stock%20Entry", body);
    assert_eq!(post(&entry("Material Receipt", 0, line("t_warehouse", 5))).status, 200);
    let short = post(&entry("Material Issue", 1, line("s_warehouse", 1)));
    let kind = short.json().unwrap()["exc_type"].clone();
    assert_eq!((short.status, kind), (417, json!("NegativeStockError")), "a draft is no stock");
    assert_eq!(post(&entry("Material Receipt", 1, line("t_warehouse", 5))).status, 200);
    let bins = send("GET", "Bin?fields=%5B%22actual_qty%22%5D", &Value::Null).json().unwrap();
    assert_eq!(bins["data"], json!([{ "actual_qty": 5.0 }]));
    for wrong in [
        entry("Material Gift", 1, line("t_warehouse", 5)),
        entry("Material Receipt", 1, line("s_warehouse", 5)),
        entry("Material Receipt", 1, line("colour", 5)),
        entry("Material Receipt", 2, line("t_warehouse", 5)),
    ] {
        assert_eq!(post(&wrong).status, 417, "{wrong}");
    }
    assert_eq!(send("GET", "Bin?colour=red", &Value::Null).status, 417);
    let one = send("GET", "Stock%20Entry/MAT-STE-2026-00002", &Value::Null).json().unwrap();
    assert_eq!(one["data"]["docstatus"], 1);
    assert_eq!(api.get("/erpnext/api/resource/Bin").unwrap().status, 401);
}

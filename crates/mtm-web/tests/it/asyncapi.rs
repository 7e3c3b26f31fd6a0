//! The `AsyncAPI` document against what is really told.

use std::collections::BTreeSet;

use axum::body::Body;
use mtm_core::event::EventType;
use mtm_core::policy::Role;
use serde_json::{Value, json};

use crate::plant::{Plant, receipt};

fn document() -> Value {
    serde_json::from_str(mtm_web::asyncapi_json()).unwrap()
}

/// What is wrong with `value` by `schema`, as far as the document uses JSON Schema. An unknown word
/// is an error: a schema that is not understood would say yes to anything.
fn wrong(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (word, rule) in schema.as_object().expect("a schema is an object") {
        let each = |rules: &Value| -> Vec<Vec<String>> {
            let rules = rules.as_array().unwrap();
            rules.iter().map(|rule| wrong(document, rule, value, at)).collect()
        };
        match word.as_str() {
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                let target = document.pointer(pointer).expect(pointer);
                assert!(target.is_object(), "{pointer} leads nowhere");
                found.extend(wrong(document, target, value, at));
            }
            "type" => {
                let types = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                if !types.iter().any(|kind| is_of(value, kind.as_str().unwrap())) {
                    found.push(format!("{at} is {value}, not {rule}"));
                }
            }
            "enum" if !rule.as_array().unwrap().contains(value) => {
                found.push(format!("{at} is {value}, none of {rule}"));
            }
            "required" => {
                let missing = rule.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                let missing = missing.filter(|name| value.get(name).is_none());
                found.extend(missing.map(|name| format!("{at}.{name} is missing")));
            }
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    let Some(member) = value.get(name) else { continue };
                    found.extend(wrong(document, rule, member, &format!("{at}.{name}")));
                }
            }
            "items" => {
                for item in value.as_array().unwrap_or(&Vec::new()) {
                    found.extend(wrong(document, rule, item, &format!("{at}[]")));
                }
            }
            "allOf" => found.extend(each(rule).into_iter().flatten()),
            "oneOf" | "anyOf" => {
                let verdicts = each(rule);
                if !verdicts.iter().any(Vec::is_empty) {
                    found.push(format!("{at} is {value}: {verdicts:?}"));
                }
            }
            "minimum" if value.as_f64().is_some_and(|it| it < rule.as_f64().unwrap()) => {
                found.push(format!("{at} is {value}, less than {rule}"));
            }
            "enum" | "minimum" | "maximum" | "description" | "format" | "title" | "default"
            | "examples" | "example" | "minLength" | "maxLength" | "pattern" | "propertyNames" => {}
            other => found.push(format!("{at}: nobody here knows what {other} means")),
        }
    }
    found
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        // A type that nobody here knows is nobody's.
        _ => false,
    }
}

fn check(document: &Value, name: &str, event: &Value) {
    let schema = &document["components"]["schemas"][name];
    assert!(schema.is_object(), "no schema of {name}");
    assert_eq!(wrong(document, schema, event, name), Vec::<String>::new());
}

#[test]
fn every_type_is_told_by_every_way_and_its_example_is_as_its_schema_says() {
    let document = document();
    assert_eq!(document["asyncapi"], "3.0.0");
    let names: BTreeSet<_> = EventType::ALL.iter().map(|kind| kind.as_str()).collect();
    for way in ["server-sent-events", "webhooks", "mqtt", "nats"] {
        let channel = &document["channels"][way];
        let told: BTreeSet<_> =
            channel["messages"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(told, names, "{way}");
        let operation = &document["operations"][format!("tell-by-{way}")];
        assert_eq!(operation["channel"]["$ref"], format!("#/channels/{way}"));
    }
    for name in names {
        let message = &document["components"]["messages"][name];
        assert_eq!(message["payload"]["$ref"], format!("#/components/schemas/{name}"));
        let examples = message["examples"].as_array().unwrap();
        assert!(!examples.is_empty());
        for example in examples {
            check(&document, name, &example["payload"]);
        }
    }
}

#[test]
fn what_is_not_as_the_schema_says_is_found() {
    let document = document();
    let message = &document["components"]["messages"]["movement.recorded"];
    let good = &message["examples"][0]["payload"];
    let schema = &document["components"]["schemas"]["movement.recorded"];
    for (pointer, value) in [
        ("/type", json!("mtm.lot.held.v1")),
        ("/data/quantity", json!("many")),
        ("/data/type", json!("gift")),
        ("/data/user", Value::Null),
        ("/sequence", json!(7)),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!wrong(&document, schema, &bad, "").is_empty(), "{pointer}");
    }
    let mut bad = good.clone();
    bad["data"].as_object_mut().unwrap().remove("lot");
    assert!(!wrong(&document, schema, &bad, "").is_empty());
}

#[tokio::test]
async fn what_is_really_told_is_as_the_document_says() {
    let plant = Plant::new().await;
    let post = async |role: Role, path: &str, key: &str, body: &Value| {
        let reply = plant.post(role, path, key, body).await;
        assert!(reply.status.is_success(), "{path} {}", reply.text);
        reply.json()
    };
    let booked = plant.receive("a", 50).await;
    let lot = booked["lots"][0].as_str().unwrap().to_owned();
    let hold = json!({ "lot": lot, "reason": "quality" });
    let held = post(Role::Lead, "/api/v1/holds", "b", &hold).await;
    let release = format!("/api/v1/holds/{}/release", held["id"].as_str().unwrap());
    post(Role::Lead, &release, "c", &json!({})).await;
    let movement = booked["movements"][0]["id"].as_str().unwrap();
    let undo = format!("/api/v1/movements/{movement}/reverse");
    post(Role::Lead, &undo, "d", &json!({ "reason": "wrong part" })).await;
    post(Role::Lead, "/api/v1/parts", "e", &json!({ "code": "P-NEW" })).await;
    plant.post(Role::Operator, "/api/v1/movements", "f", &receipt(40)).await;
    let document = document();
    let mut told = BTreeSet::new();
    for event in plant.app.ledger().events_after(0, Vec::new(), 1_000).await.unwrap() {
        check(&document, &event.kind, &event.envelope("plant"));
        told.insert(event.kind);
    }
    for kind in
        ["movement.recorded", "movement.reversed", "lot.held", "lot.released", "master.changed"]
    {
        assert!(told.contains(kind), "{kind} was not told: {told:?}");
    }
    let request = plant.request(None, "GET", "/api/v1/asyncapi.json", &[], Body::empty());
    let served = plant.send(request).await;
    assert_eq!(served.json(), document);
}

//! The `AsyncAPI` document: what is told, by which ways, generated from the event types.
//!
//! A type without a schema does not compile ([`data`]), and what handlers and events share (a movement, a
//! record of master data) is described once, in the `OpenAPI` document, and taken over from there.

mod data;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use mtm_core::event::EventType;
use serde_json::{Map, Value, json};

use crate::openapi;
use crate::request::NoParameters;
use crate::web::Shared;

const DESCRIPTION: &str = "\
Everything that happens is told once it is committed, at least once, in order for each subject. \
De-duplicate by `id`. The same event comes by every way.";

/// The document as it is sent.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());
    &TEXT
}

/// `GET /api/v1/asyncapi.json`.
pub(crate) async fn show(State(_): State<Shared>, _: NoParameters) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text()).into_response()
}

/// A way by which events come.
struct Way {
    name: &'static str,
    address: Value,
    description: &'static str,
    bindings: Value,
}

fn ways() -> [Way; 4] {
    let way =
        |name, address: Value, description, bindings| Way { name, address, description, bindings };
    [
        way(
            "server-sent-events",
            "/api/v1/events".into(),
            "Follow with a token or a session; `Last-Event-ID` goes on without a gap.",
            json!({ "http": { "method": "GET", "bindingVersion": "0.3.0" } }),
        ),
        way(
            "webhooks",
            Value::Null,
            "Posted to the address of each webhook, signed after the Standard Webhooks specification: \
             `webhook-id` is the event's id.",
            json!({ "http": { "method": "POST", "bindingVersion": "0.3.0" } }),
        ),
        way(
            "mqtt",
            "mtm/v1/{site}/{type}".into(),
            "MQTT 5, where the server is configured with a broker. Attributes are user properties as well.",
            json!({ "mqtt": { "qos": 1, "retain": false, "bindingVersion": "0.2.0" } }),
        ),
        way(
            "nats",
            "mtm.{site}.{type}".into(),
            "NATS JetStream, where the server is configured with one. `Nats-Msg-Id` is the event's id.",
            json!({ "nats": { "bindingVersion": "0.1.0" } }),
        ),
    ]
}

fn document() -> Value {
    let shared: Value = serde_json::from_str(openapi::text()).unwrap_or_default();
    let mut messages = Map::new();
    let mut schemas = Map::new();
    for kind in EventType::ALL.iter().copied() {
        let (name, told) = (kind.as_str(), data::of(kind));
        messages.insert(name.to_owned(), message(kind, &told));
        schemas.insert(name.to_owned(), envelope(kind, &told.schema));
    }
    take_over(&shared, &mut schemas);
    let mut channels = Map::new();
    let mut operations = Map::new();
    for way in ways() {
        operations.insert(format!("tell-by-{}", way.name), operation(&way));
        channels.insert(way.name.to_owned(), channel(way));
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "MTM WIP", "version": env!("CARGO_PKG_VERSION"), "description": DESCRIPTION,
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages, "schemas": schemas },
    })
}

fn names() -> impl Iterator<Item = &'static str> {
    EventType::ALL.iter().map(|kind| kind.as_str())
}

fn channel(way: Way) -> Value {
    let reference = |name: &str| json!({ "$ref": format!("#/components/messages/{name}") });
    let messages: Map<String, Value> =
        names().map(|name| (name.to_owned(), reference(name))).collect();
    let mut channel = json!({ "description": way.description, "messages": messages });
    if way.address.as_str().is_some_and(|address| address.contains('{')) {
        channel["parameters"] = json!({
            "site": {
                "description": "The site's name; whatever is no letter, digit or `_` becomes `-`.",
            },
            "type": { "description": "The event's type.", "enum": names().collect::<Vec<_>>() },
        });
    }
    channel["address"] = way.address;
    channel
}

fn operation(way: &Way) -> Value {
    json!({
        "action": "send",
        "channel": { "$ref": format!("#/channels/{}", way.name) },
        "summary": "Tell what happened.",
        "bindings": way.bindings,
    })
}

fn message(kind: EventType, told: &data::Told) -> Value {
    let name = kind.as_str();
    json!({
        "name": name,
        "title": kind.qualified(),
        "summary": told.summary,
        "contentType": "application/cloudevents+json",
        "payload": { "$ref": format!("#/components/schemas/{name}") },
        "examples": [{ "name": name, "payload": example(kind, told) }],
    })
}

/// The envelope of an event whose data is as `schema` says.
fn envelope(kind: EventType, schema: &Value) -> Value {
    json!({
        "type": "object",
        "required": [
            "specversion", "id", "source", "type", "subject", "time", "sequence", "datacontenttype", "data",
        ],
        "properties": {
            "specversion": { "type": "string", "enum": ["1.0"] },
            "id": { "type": "string", "format": "uuid", "description": "Identity: de-duplicate by it." },
            "source": { "type": "string", "description": "`/mtm/` and the site's name." },
            "type": { "type": "string", "enum": [kind.qualified()] },
            "subject": { "type": "string", "description": "The lot, or the key of what it is about." },
            "time": { "type": "string", "format": "date-time" },
            "sequence": { "type": "string", "description": "Its place among all events, without gaps." },
            "datacontenttype": { "type": "string", "enum": ["application/json"] },
            "traceparent": { "type": "string", "description": "W3C trace context of what caused it." },
            "data": schema,
        },
    })
}

fn example(kind: EventType, told: &data::Told) -> Value {
    json!({
        "specversion": "1.0",
        "id": "01936f2a-0000-7000-8000-000000000001",
        "source": "/mtm/plant",
        "type": kind.qualified(),
        "subject": told.subject,
        "time": "2026-11-23T13:04:05.000001Z",
        "sequence": "120471",
        "datacontenttype": "application/json",
        "data": told.example,
    })
}

/// Takes over from the `OpenAPI` document whatever is referred to, and what that refers to.
fn take_over(shared: &Value, schemas: &mut Map<String, Value>) {
    loop {
        let mut wanted = BTreeSet::new();
        schemas.values().for_each(|schema| references(schema, &mut wanted));
        wanted.retain(|name| !schemas.contains_key(name));
        if wanted.is_empty() {
            return;
        }
        for name in wanted {
            let found = shared["components"]["schemas"].get(&name).cloned();
            schemas.insert(name, found.unwrap_or_default());
        }
    }
}

fn references(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|it| it.strip_prefix("#/components/schemas/"));
            found.extend(name.map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

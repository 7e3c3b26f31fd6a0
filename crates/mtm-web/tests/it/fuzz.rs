//! Requests that nobody thought of, made of the served document: for every operation some that it allows, and
//! some in which one thing is otherwise. Whatever comes, it is answered as the document says: no failure of
//! ours, no status, content or member that is not in it.

use axum::body::Body;
use axum::http::StatusCode;
use mtm_core::policy::Role;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use crate::plant::{Plant, Reply};

/// Requests for each operation.
const REQUESTS: usize = 24;
/// How deep a made body is.
const DEEPEST: usize = 5;

/// What stands where a text is wanted; some of it is known to the plant.
const TEXTS: [&str; 18] = [
    "11058-1779",
    "19",
    "R-E4-18",
    "FLOOR",
    "0000000001",
    "count",
    "01930000-0000-7000-8000-000000000001",
    "2026-11-23T06:00:00Z",
    "2026-11-23",
    "",
    " ",
    "*",
    "%2F..",
    "ß\u{0}\u{202e}",
    "=1+1",
    "https://example.invalid/x",
    "[)>\u{1e}06\u{1d}P11058-1779\u{1d}Q5\u{1d}7Q1KG\u{1e}\u{4}",
    "]C1010950600013435210LOT-7\u{1d}3048",
];
const NUMBERS: [i64; 9] = [0, 1, 2, 7, -1, 1_000, 1_001, i64::MAX, i64::MIN];

/// The served document, and what chance makes of it.
struct Fuzz {
    document: Value,
    random: ChaCha8Rng,
}

impl Fuzz {
    fn resolved<'v>(&'v self, schema: &'v Value) -> &'v Value {
        match schema["$ref"].as_str() {
            Some(place) => self.document.pointer(&place[1..]).expect("a reference that leads on"),
            None => schema,
        }
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        *of.choose(&mut self.random).expect("something to choose from")
    }

    /// A value that a schema allows, as far as types go.
    fn value(&mut self, schema: &Value, depth: usize) -> Value {
        let schema = self.resolved(schema).clone();
        for choice in ["oneOf", "anyOf"] {
            if let Some(all) = schema[choice].as_array() {
                let at = self.random.random_range(0..all.len());
                return self.value(&all[at], depth);
            }
        }
        if let Some(all) = schema["enum"].as_array() {
            return all[self.random.random_range(0..all.len())].clone();
        }
        let kinds: Vec<String> = match &schema["type"] {
            Value::Array(kinds) => {
                kinds.iter().filter_map(|kind| kind.as_str().map(str::to_owned)).collect()
            }
            kind => kind.as_str().map(str::to_owned).into_iter().collect(),
        };
        let is_object = schema["properties"].is_object() || schema["allOf"].is_array();
        let kind = match kinds.len() {
            0 if is_object => "object",
            0 => return json!(self.one(&TEXTS)),
            many => &kinds[self.random.random_range(0..many)],
        };
        match kind {
            "null" => Value::Null,
            "boolean" => json!(self.random.random_bool(0.5)),
            "integer" | "number" => json!(self.one(&NUMBERS)),
            "array" if depth > DEEPEST => json!([]),
            "array" => {
                let many = self.random.random_range(0..3);
                (0..many).map(|_| self.value(&schema["items"], depth + 1)).collect()
            }
            "object" => self.object(&schema, depth),
            _ => json!(self.one(&TEXTS)),
        }
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut made = Map::new();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            if let Value::Object(members) = self.value(part, depth) {
                made.extend(members);
            }
        }
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            let is_required = required.contains(&json!(name));
            if is_required || depth <= DEEPEST && self.random.random_bool(0.5) {
                made.insert(name.clone(), self.value(member, depth + 1));
            }
        }
        Value::Object(made)
    }

    /// The same with one thing otherwise.
    fn spoilt(&mut self, mut value: Value) -> Value {
        let junk = [
            Value::Null,
            json!(1.5e300),
            json!("x".repeat(5_000)),
            json!([[[[]]]]),
            json!({ "": {} }),
            json!(true),
        ];
        let other = junk[self.random.random_range(0..junk.len())].clone();
        match &mut value {
            Value::Object(members) if !members.is_empty() => {
                let names: Vec<String> = members.keys().cloned().collect();
                let name = names[self.random.random_range(0..names.len())].clone();
                match self.random.random_range(0..3) {
                    0 => drop(members.remove(&name)),
                    1 => drop(members.insert(format!("{name}x"), other)),
                    _ => drop(members.insert(name, other)),
                }
                value
            }
            _ => other,
        }
    }

    fn path(&mut self, template: &str) -> String {
        let mut path = template.to_owned();
        while let Some((start, end)) = path.find('{').zip(path.find('}')) {
            let mut text = if self.random.random_bool(0.3) {
                self.one(&NUMBERS).to_string()
            } else {
                self.one(&TEXTS).to_owned()
            };
            if text.is_empty() {
                "1".clone_into(&mut text);
            }
            let encoded = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
            path.replace_range(start..=end, &encoded);
        }
        path
    }

    fn query(&mut self, operation: &Value) -> String {
        let mut pairs = Vec::new();
        for parameter in operation["parameters"].as_array().cloned().into_iter().flatten() {
            if parameter["in"] != "query" || self.random.random_bool(0.6) {
                continue;
            }
            let mut value = self.value(&parameter["schema"], 0);
            if self.random.random_bool(0.2) {
                value = self.spoilt(value);
            }
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let text: String = text.chars().take(300).collect();
            let name = parameter["name"].as_str().expect("a name");
            pairs.push(format!("{name}={}", utf8_percent_encode(&text, NON_ALPHANUMERIC)));
        }
        if self.random.random_bool(0.05) {
            pairs.push("nosuchparameter=1".to_owned());
        }
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    /// Content and body, where the operation takes one.
    fn body(&mut self, operation: &Value) -> Option<(String, String)> {
        let contents = operation["requestBody"]["content"].as_object()?.clone();
        let (kind, content) = contents.iter().next()?;
        if kind != "application/json" {
            return Some((kind.clone(), self.one(&TEXTS).to_owned()));
        }
        let mut value = self.value(&content["schema"], 0);
        if self.random.random_bool(0.4) {
            value = self.spoilt(value);
        }
        Some((kind.clone(), value.to_string()))
    }

    /// What of an answer is not as the schema says; nothing where all is.
    fn differs(&self, schema: &Value, value: &Value, at: &str) -> Option<String> {
        let schema = self.resolved(schema);
        for choice in ["oneOf", "anyOf"] {
            if let Some(all) = schema[choice].as_array() {
                let fits = all.iter().any(|one| self.differs(one, value, at).is_none());
                return (!fits).then(|| format!("{at} is none of {choice}: {value}"));
            }
        }
        if let Some(all) = schema["enum"].as_array()
            && !all.contains(value)
        {
            return Some(format!("{at} is not among the words: {value}"));
        }
        let kinds = match &schema["type"] {
            Value::Array(kinds) => kinds.clone(),
            Value::Null => Vec::new(),
            kind => vec![kind.clone()],
        };
        let is = |kind: &Value| match kind.as_str() {
            Some("null") => value.is_null(),
            Some("boolean") => value.is_boolean(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            Some("string") => value.is_string(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            _ => true,
        };
        if !kinds.is_empty() && !kinds.iter().any(is) {
            return Some(format!("{at} is no {kinds:?}: {value}"));
        }
        if let Some(items) = value.as_array().filter(|_| schema["items"].is_object()) {
            let mut wrong = items.iter().enumerate();
            return wrong
                .find_map(|(n, it)| self.differs(&schema["items"], it, &format!("{at}[{n}]")));
        }
        let members = value.as_object()?;
        let known = self.members(schema);
        if known.is_empty() {
            return None;
        }
        for (name, (member, is_required)) in &known {
            match members.get(name) {
                Some(value) => {
                    let wrong = self.differs(member, value, &format!("{at}.{name}"));
                    if wrong.is_some() {
                        return wrong;
                    }
                }
                None if *is_required => return Some(format!("{at} has no {name}")),
                None => {}
            }
        }
        let is_open = schema["additionalProperties"].is_object();
        let stranger = members.keys().find(|name| !known.contains_key(*name));
        stranger.filter(|_| !is_open).map(|name| format!("{at}.{name} is not in the document"))
    }

    /// The members of an object, with those of what it is made of.
    fn members(&self, schema: &Value) -> std::collections::BTreeMap<String, (Value, bool)> {
        let mut all = std::collections::BTreeMap::new();
        let schema = self.resolved(schema);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            all.extend(self.members(part));
        }
        // One of several: what any has may be there, as any has it, and none has to.
        for part in schema["oneOf"].as_array().into_iter().flatten() {
            for (name, (member, _)) in self.members(part) {
                let before = all.get(&name).map(|(before, _): &(Value, bool)| before.clone());
                let any =
                    before.map_or(member.clone(), |before| json!({ "anyOf": [before, member] }));
                all.insert(name, (any, false));
            }
        }
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            let is_required = required.contains(&json!(name));
            all.insert(name.clone(), (member.clone(), is_required));
        }
        all
    }

    /// What of an answer is not in the document.
    fn judge(&self, operation: &Value, reply: &Reply) -> Option<String> {
        let status = reply.status;
        if status.is_server_error() {
            return Some("a failure of ours".to_owned());
        }
        let answers = &operation["responses"];
        let code = status.as_u16().to_string();
        let documented =
            if answers[&code].is_object() { &answers[&code] } else { &answers["default"] };
        if !answers[&code].is_object() && !status.is_client_error() {
            return Some(format!("{status} is not in the document"));
        }
        let documented = self.resolved(documented);
        let kind = reply.header("content-type").split(';').next().unwrap_or_default().trim();
        let Some(contents) = documented["content"].as_object() else {
            return (!reply.text.is_empty()).then(|| "a body where there is none".to_owned());
        };
        let mut contents = contents.iter();
        let is_it = |known: &str| known.split(';').next() == Some(kind);
        let Some((_, content)) = contents.find(|(known, _)| is_it(known)) else {
            return Some(format!("content {kind:?} is not in the document"));
        };
        if !kind.ends_with("json") {
            return None;
        }
        match serde_json::from_str(&reply.text) {
            Ok(value) => self.differs(&content["schema"], &value, "$"),
            Err(error) => Some(format!("no JSON: {error}")),
        }
    }
}

fn seed() -> u64 {
    std::env::var("MTM_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_130)
}

#[tokio::test]
async fn whatever_is_asked_is_answered_as_the_document_says() {
    let plant = Plant::new().await;
    plant.receive("fuzz", 5).await;
    let document: Value = serde_json::from_str(mtm_web::openapi_json()).unwrap();
    let mut fuzz = Fuzz { document: document.clone(), random: ChaCha8Rng::seed_from_u64(seed()) };
    let (mut asked, mut taken, mut wrong) = (0_u32, 0_u32, Vec::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        // The stream of events never ends.
        let operations = item.as_object().unwrap().iter().filter(|_| path != "/api/v1/events");
        for (method, operation) in operations {
            for nth in 0..REQUESTS {
                let target = format!("{}{}", fuzz.path(path), fuzz.query(operation));
                let key = format!("fuzz-{asked}");
                let mut headers = vec![("idempotency-key", key.as_str()), ("if-match", "\"1\"")];
                let body = fuzz.body(operation);
                if let Some((kind, _)) = &body {
                    headers.push(("content-type", kind));
                }
                let text = body.as_ref().map(|(_, text)| text.clone()).unwrap_or_default();
                let method = method.to_uppercase();
                let request = plant.request(
                    Role::Admin,
                    &method,
                    &target,
                    &headers,
                    Body::from(text.clone()),
                );
                let reply = plant.send(request).await;
                asked += 1;
                taken += u32::from(reply.status.is_success());
                if let Some(why) = fuzz.judge(operation, &reply) {
                    let answer: String = reply.text.chars().take(300).collect();
                    let text: String = text.chars().take(300).collect();
                    wrong.push(format!(
                        "{why}\n  {method} {target} ({nth})\n  {text}\n  {} {answer}",
                        reply.status
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "seed {}: {} of {asked}:\n{}", seed(), wrong.len(), wrong.join("\n"));
    assert!(taken > asked / 20, "{taken} of {asked} were taken: this looks at refusals only");
    assert_eq!(plant.get(Role::Admin, "/readyz").await.status, StatusCode::OK);
}
